//! The grammar, read once from front to back.

use super::text::{Text, hex4};
use super::value::{Array, Number, Object, Value, View};
use super::{JsonError, JsonFault, Limits};
use alloc::vec::Vec;
use core::str;

/// What is remembered of an object while its members are read.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Where its names start among those of all objects that are open.
    first: usize,
    /// One bit per bucket of names seen: names are compared only where the bit is taken.
    seen: u64,
    started: bool,
}

#[derive(Debug)]
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    limits: Limits,
    /// The names of all objects that are open, outermost first.
    names: Vec<Text<'a>>,
}

/// Bytes at which a run of plain characters in a string ends.
static ENDS_RUN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        #[allow(
            clippy::indexing_slicing,
            reason = "in a constant, checked by the compiler"
        )]
        {
            table[byte] = byte < 0x20 || byte == b'"' as usize || byte == b'\\' as usize;
        }
        byte += 1;
    }
    table
};

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
            names: Vec::new(),
        }
    }

    pub(super) fn fault(&self, fault: JsonFault) -> JsonError {
        JsonError {
            fault,
            offset: self.at,
        }
    }

    /// The byte at hand; 0, which has no place outside of strings, at the end.
    pub(super) fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// RFC 8259 section 2: four characters are whitespace, no others.
    pub(super) fn whitespace(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

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

    pub(super) fn member(
        &mut self,
        open: &mut Open,
        depth: u8,
    ) -> Result<Option<(Text<'a>, Value<'a>)>, JsonError> {
        if !self.another(open.started, b'}')? {
            self.names.truncate(open.first);
            return Ok(None);
        }
        open.started = true;
        if self.peek() != b'"' {
            return Err(self.fault(JsonFault::Syntax));
        }
        let begin = self.at;
        let name = self.string()?;
        self.remember(open, name).map_err(|fault| JsonError {
            fault,
            offset: begin,
        })?;
        self.expect(b':')?;
        let value = self.value(depth)?;
        Ok(Some((name, value)))
    }

    fn remember(&mut self, open: &mut Open, name: Text<'a>) -> Result<(), JsonFault> {
        let before = self.names.get(open.first..).unwrap_or_default();
        if before.len() >= usize::from(self.limits.members) {
            return Err(JsonFault::TooManyMembers);
        }
        let bucket = if name.escaped {
            // Spelled otherwise, it may be any of them; and any later one may be it.
            open.seen = u64::MAX;
            u64::MAX
        } else {
            let bytes = name.raw.as_bytes();
            let [first, last] = [bytes.first(), bytes.last()].map(|b| b.copied().unwrap_or(0));
            let hash = u32::from(first) * 5 + u32::from(last) * 3 + bytes.len() as u32;
            1 << (hash % 64)
        };
        if open.seen & bucket != 0 && before.iter().any(|earlier| earlier.same(&name)) {
            return Err(JsonFault::DuplicateMember);
        }
        open.seen |= bucket;
        if self.names.capacity() == 0 {
            self.names.reserve(24);
        }
        self.names.push(name);
        Ok(())
    }

    pub(super) fn element(
        &mut self,
        started: bool,
        depth: u8,
    ) -> Result<Option<Value<'a>>, JsonError> {
        if !self.another(started, b']')? {
            return Ok(None);
        }
        self.value(depth).map(Some)
    }

    pub(super) fn value(&mut self, depth: u8) -> Result<Value<'a>, JsonError> {
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

    fn object(&mut self, depth: u8) -> Result<Object<'a>, JsonError> {
        let (begin, inner) = self.descend(depth)?;
        let mut open = Open {
            first: self.names.len(),
            ..Open::default()
        };
        while self.member(&mut open, inner)?.is_some() {}
        Ok(Object(self.view(begin)))
    }

    fn array(&mut self, depth: u8) -> Result<Array<'a>, JsonError> {
        let (begin, inner) = self.descend(depth)?;
        let mut started = false;
        while self.element(started, inner)?.is_some() {
            started = true;
        }
        Ok(Array(self.view(begin)))
    }

    /// Steps into a container; returns where it begins and its depth.
    fn descend(&mut self, depth: u8) -> Result<(usize, u8), JsonError> {
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

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn string(&mut self) -> Result<Text<'a>, JsonError> {
        self.at += 1;
        let begin = self.at;
        let mut escaped = false;
        loop {
            let rest = self.rest();
            let run = rest
                .iter()
                .position(|&b| ENDS_RUN.get(usize::from(b)) == Some(&true));
            self.at += run.unwrap_or(rest.len());
            match self.peek() {
                b'"' => break,
                b'\\' => self.escape()?,
                // RFC 8259 section 7: control characters must be escaped.
                _ => return Err(self.fault(JsonFault::Syntax)),
            }
            escaped = true;
        }
        let raw = self.text.get(begin..self.at).unwrap_or_default();
        self.at += 1;
        Ok(Text { raw, escaped })
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
