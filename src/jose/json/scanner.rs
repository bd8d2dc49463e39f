//! The grammar, read once from front to back.
//!
//! Spans are one word and errors none, so that both are returned in registers: views and
//! errors in full, copied through memory between these small functions, took half of the
//! time that a document takes to read.

use super::names::Names;
use super::span::{Kind, Span};
use super::text::hex4;
use super::{JsonError, JsonFault, Limits};
use core::str;

/// The digits of the greatest double, which is 1.7976931348623157 * 10^308.
const GREATEST: &str = "17976931348623157";

#[derive(Debug)]
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) limits: Limits,
    at: usize,
    /// What was found good before has no name twice: it is not compared again, however often
    /// it is walked.
    is_new: bool,
    names: Names,
    error: JsonError,
}

/// The document is not good; [`Scanner::error`] says why.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop;

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
        if text.len() > Span::MAX {
            return Err(JsonError {
                fault: JsonFault::Syntax,
                offset: Span::MAX,
            });
        }
        let mut scanner = Self::over(text, limits);
        scanner.is_new = true;
        scanner.whitespace();
        Ok(scanner)
    }

    /// Stands before a value that was found good before.
    pub(super) fn over(text: &'a str, limits: Limits) -> Self {
        let error = JsonError {
            fault: JsonFault::Syntax,
            offset: 0,
        };
        Self {
            text,
            limits,
            at: 0,
            is_new: false,
            names: Names::new(),
            error,
        }
    }

    /// How many bytes it has read.
    #[cfg(feature = "authority")]
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Why it stopped.
    pub(super) fn error(&self) -> JsonError {
        self.error
    }

    #[cold]
    fn stop_at(&mut self, offset: usize, fault: JsonFault) -> Stop {
        self.error = JsonError { fault, offset };
        Stop
    }

    #[cold]
    pub(super) fn stop(&mut self, fault: JsonFault) -> Stop {
        self.stop_at(self.at, fault)
    }

    /// Steps over a byte that was looked at.
    #[inline]
    pub(super) fn step(&mut self) {
        self.at += 1;
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

    /// Nothing but whitespace follows the value of a document.
    pub(super) fn end(&mut self) -> Result<(), Stop> {
        self.whitespace();
        if self.at < self.text.len() {
            return Err(self.stop(JsonFault::Syntax));
        }
        Ok(())
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), Stop> {
        self.whitespace();
        if self.peek() != byte {
            return Err(self.stop(JsonFault::Syntax));
        }
        self.at += 1;
        Ok(())
    }

    /// Whether another item follows in a container that `close` ends; steps over the comma
    /// or the end.
    #[inline]
    pub(super) fn another(&mut self, started: bool, close: u8) -> Result<bool, Stop> {
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

    /// The name of the next member, up to its colon; `None` at the end of the object.
    #[inline]
    pub(super) fn name(&mut self, first: usize, started: bool) -> Result<Option<Span>, Stop> {
        if !self.another(started, b'}')? {
            self.names.close(first);
            return Ok(None);
        }
        let begin = self.at;
        if self.peek() != b'"' {
            return Err(self.stop(JsonFault::Syntax));
        }
        let name = self.string()?;
        if self.is_new {
            if self.names.count(first) >= self.limits.members as usize {
                return Err(self.stop_at(begin, JsonFault::TooManyMembers));
            }
            if !self.names.add(first, name, self.text) {
                return Err(self.stop_at(begin, JsonFault::DuplicateMember));
            }
        }
        self.expect(b':')?;
        Ok(Some(name))
    }

    pub(super) fn value(&mut self, depth: u32) -> Result<Span, Stop> {
        self.whitespace();
        match self.peek() {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b't' => self.word("true", Kind::True),
            b'f' => self.word("false", Kind::False),
            b'n' => self.word("null", Kind::Null),
            _ => Err(self.stop(JsonFault::Syntax)),
        }
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<Span, Stop> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err(self.stop(JsonFault::Syntax));
        }
        self.at += word.len();
        Ok(Span::new(kind, self.at - word.len(), self.at))
    }

    fn object(&mut self, depth: u32) -> Result<Span, Stop> {
        let begin = self.at;
        let inner = self.descend(depth)?;
        let first = self.names.open();
        let mut started = false;
        while self.name(first, started)?.is_some() {
            self.value(inner)?;
            started = true;
        }
        Ok(Span::new(Kind::Object, begin, self.at))
    }

    fn array(&mut self, depth: u32) -> Result<Span, Stop> {
        let begin = self.at;
        let inner = self.descend(depth)?;
        let mut started = false;
        while self.another(started, b']')? {
            self.value(inner)?;
            started = true;
        }
        Ok(Span::new(Kind::Array, begin, self.at))
    }

    /// Steps into a container; returns the depth within.
    fn descend(&mut self, depth: u32) -> Result<u32, Stop> {
        if depth >= self.limits.depth {
            return Err(self.stop(JsonFault::TooDeep));
        }
        self.at += 1;
        Ok(depth + 1)
    }

    #[inline]
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn string(&mut self) -> Result<Span, Stop> {
        self.at += 1;
        let begin = self.at;
        let mut kind = Kind::Plain;
        loop {
            self.at += plain_run(self.rest());
            match self.peek() {
                b'"' => break,
                b'\\' => self.escape()?,
                // RFC 8259 section 7: control characters must be escaped.
                _ => return Err(self.stop(JsonFault::Syntax)),
            }
            kind = Kind::Escaped;
        }
        self.at += 1;
        Ok(Span::new(kind, begin, self.at - 1))
    }

    fn escape(&mut self) -> Result<(), Stop> {
        let begin = self.at;
        self.at += 1;
        if self.peek() != b'u' {
            if !matches!(
                self.peek(),
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't'
            ) {
                return Err(self.stop(JsonFault::Syntax));
            }
            self.at += 1;
            return Ok(());
        }
        let unit = self.code_unit()?;
        match unit {
            0xd800..0xdc00 if self.rest().starts_with(b"\\u") => {
                self.at += 1;
                if matches!(self.code_unit()?, 0xdc00..0xe000) {
                    Ok(())
                } else {
                    Err(self.stop_at(begin, JsonFault::LoneSurrogate))
                }
            }
            0xd800..0xe000 => Err(self.stop_at(begin, JsonFault::LoneSurrogate)),
            _ => Ok(()),
        }
    }

    /// The number in `uXXXX`, with the cursor at the `u`.
    fn code_unit(&mut self) -> Result<u32, Stop> {
        let Some(unit) = self.rest().get(1..5).and_then(hex4) else {
            return Err(self.stop(JsonFault::Syntax));
        };
        self.at += 5;
        Ok(unit)
    }

    /// RFC 8259 section 6, in full.
    fn number(&mut self) -> Result<Span, Stop> {
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
        let mantissa = self.text.get(begin..self.at).unwrap_or_default();
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
        // RFC 7493 section 2.2: the number is below 10^magnitude, and of those between 10^308
        // and 10^309 the digits decide.
        let digits = mantissa.bytes().filter(u8::is_ascii_digit);
        if magnitude > 309 || magnitude == 309 && digits.gt(GREATEST.bytes()) {
            return Err(self.stop_at(begin, JsonFault::NumberOutOfRange));
        }
        Ok(Span::new(Kind::Number, begin, self.at))
    }

    fn digits(&mut self) -> Result<usize, Stop> {
        let begin = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == begin {
            return Err(self.stop(JsonFault::Syntax));
        }
        Ok(self.at - begin)
    }
}
