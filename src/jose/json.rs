//! A strict JSON reader (RFC 8259, with the interoperability rules of RFC 7493): it builds
//! no tree, it hands out views of the text it was given.
//!
//! Two parsers that read one document differently are how a forged claim gets past a
//! checker: the first `sub` is checked, the last one is used. So each member name occurs
//! once (compared after unescaping), at every depth; text is UTF-8 without a byte order
//! mark or lone surrogates; numbers follow the full grammar and fit a double; depth and
//! member counts are bounded. What passes here reads the same in `JSON.parse`.
//!
//! Reading is by pulling: [`Members::next`] returns `None` only once the whole document,
//! to its last byte, has been found good. Nested arrays and objects are checked when they
//! are passed and handed out as views that can be walked again.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::str;

/// How deep and how wide a document may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Containers within each other, the document itself counted.
    pub depth: u8,
    /// Members of one object.
    pub members: u16,
}

/// Why a text is not the JSON that this reader takes, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong.
    pub fault: JsonFault,
    /// Where, in bytes from the start of the text.
    pub offset: usize,
}

/// What can be wrong with a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonFault {
    /// The bytes are not UTF-8 (RFC 8259 section 8.1).
    NotUtf8,
    /// The text starts with a byte order mark (RFC 8259 section 8.1).
    ByteOrderMark,
    /// The grammar is broken.
    Syntax,
    /// The document is something other than an object.
    NotAnObject,
    /// A member name occurs twice in one object (RFC 7493 section 2.3).
    DuplicateMember,
    /// A `\u` escape names half of a surrogate pair (RFC 7493 section 2.1).
    LoneSurrogate,
    /// A number is not clearly below 10^308, where doubles end (RFC 7493 section 2.2).
    NumberOutOfRange,
    /// Containers are nested deeper than [`Limits::depth`].
    TooDeep,
    /// An object has more than [`Limits::members`].
    TooManyMembers,
}

/// A string, as it stands in the document between its quotes.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    raw: &'a str,
    escaped: bool,
}

/// A number, as it stands in the document.
#[derive(Clone, Copy, Debug)]
pub struct Number<'a>(&'a str);

/// An array that was checked; its elements can be walked.
#[derive(Clone, Copy, Debug)]
pub struct Array<'a>(View<'a>);

/// An object that was checked; its members can be walked.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a>(View<'a>);

#[derive(Clone, Copy, Debug)]
struct View<'a> {
    text: &'a str,
    limits: Limits,
}

/// Any value.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// a number
    Number(Number<'a>),
    /// a string
    String(Text<'a>),
    /// an array
    Array(Array<'a>),
    /// an object
    Object(Object<'a>),
}

impl<'a> Value<'a> {
    /// Reads a whole document, of any kind.
    ///
    /// # Errors
    /// At the first thing that is wrong.
    pub fn of(bytes: &'a [u8], limits: Limits) -> Result<Self, JsonError> {
        let mut scanner = Scanner::of(bytes, limits)?;
        let value = scanner.value(0)?;
        scanner.end()?;
        Ok(value)
    }

    /// The text, where the value is a string.
    pub fn as_text(&self) -> Option<Text<'a>> {
        if let Self::String(text) = self {
            Some(*text)
        } else {
            None
        }
    }
}

impl<'a> Text<'a> {
    /// What stands between the quotes, escapes untouched.
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// The string that is meant; borrowed where nothing is escaped.
    pub fn decode(&self) -> Cow<'a, str> {
        if self.escaped {
            Cow::Owned(Unescaped(self.raw).collect::<String>())
        } else {
            Cow::Borrowed(self.raw)
        }
    }

    /// Whether the string that is meant is `other`.
    pub fn is(&self, other: &str) -> bool {
        if self.escaped {
            Unescaped(self.raw).eq(other.chars())
        } else {
            self.raw == other
        }
    }

    /// The name, for a `match`; a name with escapes in it is unescaped onto `room`.
    pub fn name<'r>(&self, room: &'r mut String) -> &'r str
    where
        'a: 'r,
    {
        if !self.escaped {
            return self.raw;
        }
        room.clear();
        room.extend(Unescaped(self.raw));
        room
    }

    fn same(&self, other: &Self) -> bool {
        if self.escaped || other.escaped {
            Unescaped(self.raw).eq(Unescaped(other.raw))
        } else {
            self.raw == other.raw
        }
    }
}

impl<'a> Number<'a> {
    /// The number as it is spelled.
    pub fn raw(&self) -> &'a str {
        self.0
    }

    /// The value of a plain integer (`-?` digits, no fraction, no exponent, no negative
    /// zero) that a double holds exactly: at most 2^53 - 1 either way.
    pub fn as_integer(&self) -> Option<i64> {
        const LARGEST: i64 = (1 << 53) - 1;
        let digits = self.0.strip_prefix('-').unwrap_or(self.0);
        if digits.len() > 16 || (digits.len() < self.0.len() && digits == "0") {
            return None;
        }
        let mut value = 0_i64;
        for digit in digits.bytes() {
            if !digit.is_ascii_digit() {
                return None;
            }
            value = value * 10 + i64::from(digit - b'0');
        }
        match value {
            LARGEST.. if value > LARGEST => None,
            _ if digits.len() < self.0.len() => Some(-value),
            _ => Some(value),
        }
    }
}

impl<'a> Array<'a> {
    /// Walks the elements.
    pub fn elements(&self) -> Elements<'a> {
        let mut scanner = Scanner::over(self.0.text, self.0.limits);
        scanner.at = 1;
        Elements {
            scanner,
            started: false,
            done: false,
        }
    }
}

impl<'a> Object<'a> {
    /// Walks the members.
    pub fn members(&self) -> Members<'a> {
        Members::start(Scanner::over(self.0.text, self.0.limits))
    }
}

/// The elements of an array.
#[derive(Debug)]
pub struct Elements<'a> {
    scanner: Scanner<'a>,
    started: bool,
    done: bool,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        if self.done {
            return None;
        }
        // The array was checked when it was passed; an error cannot occur, and would end it.
        let element = self.scanner.element(self.started, 1).ok().flatten();
        self.started = true;
        self.done = element.is_none();
        element
    }
}

/// Where a string or an array stands in its document: what is left of a view when the
/// document moves into the same struct.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    start: u32,
    end: u32,
    kind: PlaceKind,
}

#[derive(Clone, Copy, Debug)]
enum PlaceKind {
    Plain,
    Escaped,
    Array,
}

impl Place {
    /// The place of `value`, a view of `document`; `None` for values of other kinds.
    pub(crate) fn of(document: &[u8], value: &Value<'_>) -> Option<Self> {
        let (text, kind) = match value {
            Value::String(text) if text.escaped => (text.raw, PlaceKind::Escaped),
            Value::String(text) => (text.raw, PlaceKind::Plain),
            Value::Array(array) => (array.0.text, PlaceKind::Array),
            _ => return None,
        };
        let start = text.as_ptr().addr().checked_sub(document.as_ptr().addr())?;
        Some(Self {
            start: start as u32,
            end: (start + text.len()) as u32,
            kind,
        })
    }

    /// The view again. `limits` are those with which the document was read.
    pub(crate) fn view<'d>(&self, document: &'d [u8], limits: Limits) -> Option<Value<'d>> {
        let text = document.get(self.start as usize..self.end as usize)?;
        let text = str::from_utf8(text).ok()?;
        Some(match self.kind {
            PlaceKind::Plain => Value::String(Text {
                raw: text,
                escaped: false,
            }),
            PlaceKind::Escaped => Value::String(Text {
                raw: text,
                escaped: true,
            }),
            PlaceKind::Array => Value::Array(Array(View { text, limits })),
        })
    }
}

/// The members of an object, in their order.
#[derive(Debug)]
pub struct Members<'a> {
    scanner: Scanner<'a>,
    open: Open,
    done: bool,
}

impl<'a> Members<'a> {
    /// Starts to read a document that must be an object.
    ///
    /// # Errors
    /// Where the bytes are not UTF-8, start with a byte order mark, or do not start an object.
    pub fn of(bytes: &'a [u8], limits: Limits) -> Result<Self, JsonError> {
        let scanner = Scanner::of(bytes, limits)?;
        match scanner.peek() {
            b'{' => Ok(Self::start(scanner)),
            b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                Err(scanner.fault(JsonFault::NotAnObject))
            }
            _ => Err(scanner.fault(JsonFault::Syntax)),
        }
    }

    fn start(mut scanner: Scanner<'a>) -> Self {
        scanner.at += 1;
        Self {
            scanner,
            open: Open::default(),
            done: false,
        }
    }

    /// The next member; `None` once the whole document has been read and found good.
    ///
    /// # Errors
    /// At the first thing that is wrong.
    #[allow(
        clippy::should_implement_trait,
        reason = "a fallible pull reads better with `?`"
    )]
    pub fn next(&mut self) -> Result<Option<(Text<'a>, Value<'a>)>, JsonError> {
        if self.done {
            return Ok(None);
        }
        let member = self.scanner.member(&mut self.open, 1)?;
        if member.is_none() {
            self.done = true;
            self.scanner.end()?;
        }
        Ok(member)
    }
}

/// What is remembered of an object while its members are read.
#[derive(Debug, Default)]
struct Open {
    /// Where its names start among those of all objects that are open.
    first: usize,
    /// One bit per bucket of names seen: names are compared only where the bit is taken.
    seen: u64,
    started: bool,
}

#[derive(Debug)]
struct Scanner<'a> {
    text: &'a str,
    at: usize,
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
    fn of(bytes: &'a [u8], limits: Limits) -> Result<Self, JsonError> {
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
    fn end(&mut self) -> Result<(), JsonError> {
        self.whitespace();
        if self.at < self.text.len() {
            return Err(self.fault(JsonFault::Syntax));
        }
        Ok(())
    }

    fn over(text: &'a str, limits: Limits) -> Self {
        Self {
            text,
            at: 0,
            limits,
            names: Vec::new(),
        }
    }

    fn fault(&self, fault: JsonFault) -> JsonError {
        JsonError {
            fault,
            offset: self.at,
        }
    }

    /// The byte at hand; 0, which has no place outside of strings, at the end.
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// RFC 8259 section 2: four characters are whitespace, no others.
    fn whitespace(&mut self) {
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

    fn member(
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

    fn element(&mut self, started: bool, depth: u8) -> Result<Option<Value<'a>>, JsonError> {
        if !self.another(started, b']')? {
            return Ok(None);
        }
        self.value(depth).map(Some)
    }

    fn value(&mut self, depth: u8) -> Result<Value<'a>, JsonError> {
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

fn hex4(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, &digit| {
        Some(value << 4 | char::from(digit).to_digit(16)?)
    })
}

/// The characters that a checked string means.
struct Unescaped<'a>(&'a str);

impl Iterator for Unescaped<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let mut chars = self.0.chars();
        let first = chars.next()?;
        if first != '\\' {
            self.0 = chars.as_str();
            return Some(first);
        }
        let named = chars.next()?;
        self.0 = chars.as_str();
        Some(match named {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let mut code = self.code_unit()?;
                if (0xd800..0xdc00).contains(&code) {
                    self.0 = self.0.strip_prefix("\\u")?;
                    let low = self.code_unit()?;
                    code = 0x10000 + ((code - 0xd800) << 10) + low.checked_sub(0xdc00)?;
                }
                char::from_u32(code)?
            }
            itself => itself,
        })
    }
}

impl Unescaped<'_> {
    fn code_unit(&mut self) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(4)?;
        self.0 = rest;
        hex4(digits.as_bytes())
    }
}

#[cfg(test)]
mod tests;
