//! The grammar, read once from front to back.

use super::names::{Names, Open};
use super::text::{Text, hex4};
use super::value::{Array, Number, Object, Value, View};
use super::{JsonError, JsonFault, Limits};
use core::str;

#[derive(Debug)]
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    limits: Limits,
    names: Names<'a>,
}

/// How many bytes at the front of `bytes` stand in a string for themselves: up to the first
/// quote, backslash or control character, or all of them.
///
/// Eight at a time: of the three tests each sets the top bit of a byte that it is looking
/// for. A borrow can set more, but only above the lowest, and the lowest is what counts.
fn plain_run(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let ends = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let quote = word ^ (ONES * b'"' as u64);
        let backslash = word ^ (ONES * b'\\' as u64);
        let found = (word.wrapping_sub(ONES * 0x20) & !word
            | quote.wrapping_sub(ONES) & !quote
            | backslash.wrapping_sub(ONES) & !backslash)
            & TOPS;
        if found != 0 {
            return index * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let run = rest
        .iter()
        .position(|byte| ends(*byte))
        .unwrap_or(rest.len());
    bytes.len() - rest.len() + run
}

impl<'a> Scanner<'a> {
    /// Stands before the value of a document.
    pub(super) fn of(bytes: &'a [u8], limits: Limits) -> Result<Self, JsonError> {
        if bytes.starts_with(b"\xef\xbb\xbf") {
            return Err(JsonError {
                fault: JsonFault::ByteOrderMark,
                offset: 0,
            });
        }
        let text = str::from_utf8(bytes).map_err(|e| JsonError {
            fault: JsonFault::NotUtf8,
            offset: e.valid_up_to(),
        })?;
        let mut scanner = Self::over(text, limits);
        scanner.whitespace();
        Ok(scanner)
    }

    /// Nothing but whitespace follows the value of a document.
    pub(super) fn end(&mut self) -> Result<(), JsonError> {
        self.whitespace();
        if self.at < self.text.len() {
            return Err(self.fault(JsonFault::Syntax));
        }
        Ok(())
    }

    pub(super) fn over(text: &'a str, limits: Limits) -> Self {
        Self {
            text,
            at: 0,
            limits,
            names: Names::new(),
        }
    }

    pub(super) fn fault(&self, fault: JsonFault) -> JsonError {
        JsonError {
            fault,
            offset: self.at,
        }
    }

    /// The byte at hand; 0, which has no place outside of strings, at the end.
    #[inline]
    pub(super) fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// RFC 8259 section 2: four characters are whitespace, no others.
    #[inline]
    pub(super) fn whitespace(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        self.whitespace();
        if self.peek() != byte {
            return Err(self.fault(JsonFault::Syntax));
        }
        self.at += 1;
        Ok(())
    }

    /// Whether another item follows in a container that `close` ends; steps over the comma
    /// or the end.
    #[inline]
    fn another(&mut self, started: bool, close: u8) -> Result<bool, JsonError> {
        self.whitespace();
        if self.peek() == close {
            self.at += 1;
            return Ok(false);
        }
        if started {
            self.expect(b',')?;
            self.whitespace();
        }
        Ok(true)
    }

    #[inline]
    pub(super) fn member(
        &mut self,
        open: &mut Open,
        started: bool,
        depth: u32,
    ) -> Result<Option<(Text<'a>, Value<'a>)>, JsonError> {
        if !self.another(started, b'}')? {
            self.names.close(open);
            return Ok(None);
        }
        let offset = self.at;
        if self.peek() != b'"' {
            return Err(self.fault(JsonFault::Syntax));
        }
        let name = self.string()?;
        if self.names.count(open) >= self.limits.members as usize {
            return Err(JsonError {
                fault: JsonFault::TooManyMembers,
                offset,
            });
        }
        if !self.names.add(open, name) {
            return Err(JsonError {
                fault: JsonFault::DuplicateMember,
                offset,
            });
        }
        self.expect(b':')?;
        let value = self.value(depth)?;
        Ok(Some((name, value)))
    }

    pub(super) fn element(
        &mut self,
        started: bool,
        depth: u32,
    ) -> Result<Option<Value<'a>>, JsonError> {
        if !self.another(started, b']')? {
            return Ok(None);
        }
        self.value(depth).map(Some)
    }

    pub(super) fn value(&mut self, depth: u32) -> Result<Value<'a>, JsonError> {
        self.whitespace();
        match self.peek() {
            b'"' => self.string().map(Value::String),
            b'-' | b'0'..=b'9' => self.number().map(Value::Number),
            b'{' => self.object(depth).map(Value::Object),
            b'[' => self.array(depth).map(Value::Array),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => Err(self.fault(JsonFault::Syntax)),
        }
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, JsonError> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err(self.fault(JsonFault::Syntax));
        }
        self.at += word.len();
        Ok(value)
    }

    fn object(&mut self, depth: u32) -> Result<Object<'a>, JsonError> {
        let (begin, inner) = self.descend(depth)?;
        let mut open = self.names.open();
        let mut started = false;
        while self.member(&mut open, started, inner)?.is_some() {
            started = true;
        }
        Ok(Object(self.view(begin)))
    }

    fn array(&mut self, depth: u32) -> Result<Array<'a>, JsonError> {
        let (begin, inner) = self.descend(depth)?;
        let mut started = false;
        while self.element(started, inner)?.is_some() {
            started = true;
        }
        Ok(Array(self.view(begin)))
    }

    /// Steps into a container; returns where it begins and its depth.
    fn descend(&mut self, depth: u32) -> Result<(usize, u32), JsonError> {
        if depth >= self.limits.depth {
            return Err(self.fault(JsonFault::TooDeep));
        }
        self.at += 1;
        Ok((self.at - 1, depth + 1))
    }

    fn view(&self, begin: usize) -> View<'a> {
        View {
            text: self.text.get(begin..self.at).unwrap_or_default(),
            limits: self.limits,
        }
    }

    #[inline]
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn string(&mut self) -> Result<Text<'a>, JsonError> {
        self.at += 1;
        let begin = self.at;
        let mut escapes = 0;
        loop {
            self.at += plain_run(self.rest());
            match self.peek() {
                b'"' => break,
                b'\\' => self.escape()?,
                // RFC 8259 section 7: control characters must be escaped.
                _ => return Err(self.fault(JsonFault::Syntax)),
            }
            escapes += 1;
        }
        let raw = self.text.get(begin..self.at).unwrap_or_default();
        self.at += 1;
        Ok(Text { raw, escapes })
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        let begin = self.at;
        self.at += 1;
        if self.peek() != b'u' {
            if !matches!(
                self.peek(),
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't'
            ) {
                return Err(self.fault(JsonFault::Syntax));
            }
            self.at += 1;
            return Ok(());
        }
        let unit = self.code_unit()?;
        let lone = JsonError {
            fault: JsonFault::LoneSurrogate,
            offset: begin,
        };
        match unit {
            0xd800..0xdc00 if self.rest().starts_with(b"\\u") => {
                self.at += 1;
                if matches!(self.code_unit()?, 0xdc00..0xe000) {
                    Ok(())
                } else {
                    Err(lone)
                }
            }
            0xd800..0xe000 => Err(lone),
            _ => Ok(()),
        }
    }

    /// The number in `uXXXX`, with the cursor at the `u`.
    fn code_unit(&mut self) -> Result<u32, JsonError> {
        let hex = self.rest().get(1..5).and_then(hex4);
        let unit = hex.ok_or(self.fault(JsonFault::Syntax))?;
        self.at += 5;
        Ok(unit)
    }

    /// RFC 8259 section 6, in full.
    fn number(&mut self) -> Result<Number<'a>, JsonError> {
        let begin = self.at;
        if self.peek() == b'-' {
            self.at += 1;
        }
        let whole = if self.peek() == b'0' {
            self.at += 1;
            1
        } else {
            self.digits()?
        };
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        let mut magnitude = whole as i64;
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            let down = self.peek() == b'-';
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            let first = self.at;
            self.digits()?;
            let exponent = self.text.get(first..self.at).unwrap_or_default();
            let exponent = exponent.bytes().fold(0_i64, |e, digit| {
                e.saturating_mul(10).saturating_add((digit - b'0').into())
            });
            magnitude = magnitude.saturating_add(if down { -exponent } else { exponent });
        }
        // The number is below 10^magnitude, and a double holds a little more than 10^308.
        if magnitude > 308 {
            return Err(JsonError {
                fault: JsonFault::NumberOutOfRange,
                offset: begin,
            });
        }
        Ok(Number(self.text.get(begin..self.at).unwrap_or_default()))
    }

    fn digits(&mut self) -> Result<usize, JsonError> {
        let begin = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == begin {
            return Err(self.fault(JsonFault::Syntax));
        }
        Ok(self.at - begin)
    }
}
