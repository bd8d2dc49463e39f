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

mod names;
mod scanner;
mod span;
mod text;
mod value;
mod walk;

pub(crate) use span::Span;
pub use text::Text;
pub use value::{Array, Number, Object, Value};
pub(crate) use walk::{Step, Walk};

use core::fmt;
use scanner::{Scanner, Stop};

/// How deep and how wide a document may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Containers within each other, the document itself counted.
    pub depth: u32,
    /// Members of one object.
    pub members: u32,
}

impl Limits {
    /// For tokens, their headers and keys.
    pub const TOKEN: Self = Self {
        depth: 8,
        members: 64,
    };

    /// For what is larger: bodies of requests, exports of audit trails. Both are bounded, as a
    /// name is looked up among those before it in its object, and nesting takes up the stack.
    pub const DOCUMENT: Self = Self {
        depth: 32,
        members: 256,
    };
}

/// Why a text is not the JSON that this reader takes, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JsonError {
    /// What is wrong.
    pub fault: JsonFault,
    /// Where, in bytes from the start of the text.
    pub offset: usize,
}

/// What can be wrong with a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u32)]
pub enum JsonFault {
    /// The bytes are not UTF-8 (RFC 8259 section 8.1).
    NotUtf8,
    /// The text starts with a byte order mark (RFC 8259 section 8.1).
    ByteOrderMark,
    /// The grammar is broken, or the text has 256 megabytes or more.
    Syntax,
    /// The document is something other than an object.
    NotAnObject,
    /// A member name occurs twice in one object (RFC 7493 section 2.3).
    DuplicateMember,
    /// A `\u` escape names half of a surrogate pair (RFC 7493 section 2.1).
    LoneSurrogate,
    /// A number is not clearly within the range of doubles (RFC 7493 section 2.2).
    NumberOutOfRange,
    /// Containers are nested deeper than [`Limits::depth`].
    TooDeep,
    /// An object has more than [`Limits::members`].
    TooManyMembers,
}

impl JsonFault {
    /// The stable code; the one of a [`Refusal`](super::Refusal) where there is one.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotUtf8 => "json_not_utf8",
            Self::ByteOrderMark => "json_byte_order_mark",
            Self::Syntax => "json_syntax",
            Self::NotAnObject => "json_not_an_object",
            Self::DuplicateMember => "json_duplicate_member",
            Self::LoneSurrogate => "json_lone_surrogate",
            Self::NumberOutOfRange => "json_number_out_of_range",
            Self::TooDeep => "json_too_deep",
            Self::TooManyMembers => "json_too_many_members",
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.fault.code(), self.offset)
    }
}

impl core::error::Error for JsonError {}

/// The elements of an array.
#[derive(Debug)]
pub struct Elements<'a> {
    scanner: Scanner<'a>,
    started: bool,
    done: bool,
}

impl<'a> Elements<'a> {
    /// With the scanner at the bracket.
    fn start(mut scanner: Scanner<'a>) -> Self {
        scanner.step();
        Self {
            scanner,
            started: false,
            done: false,
        }
    }

    /// How many bytes of the array were read.
    #[cfg(feature = "authority")]
    pub(crate) fn offset(&self) -> usize {
        self.scanner.at()
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        if self.done {
            return None;
        }
        // The array was checked when it was passed; an error cannot occur, and would end it.
        let scanner = &mut self.scanner;
        let element = match scanner.another(self.started, b']') {
            Ok(true) => scanner
                .value(1)
                .ok()
                .map(|span| span.value(scanner.text, scanner.limits)),
            _ => None,
        };
        self.started = true;
        self.done = element.is_none();
        element
    }
}

/// The members of an object, in their order.
#[derive(Debug)]
pub struct Members<'a> {
    scanner: Scanner<'a>,
    started: bool,
    done: bool,
}

impl<'a> Members<'a> {
    /// Starts to read a document that must be an object.
    ///
    /// # Errors
    /// Where the bytes are not UTF-8, start with a byte order mark, or do not start an object.
    pub fn of(bytes: &'a [u8], limits: Limits) -> Result<Self, JsonError> {
        let mut scanner = Scanner::of(bytes, limits)?;
        let fault = match scanner.peek() {
            b'{' => return Ok(Self::start(scanner)),
            b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => JsonFault::NotAnObject,
            _ => JsonFault::Syntax,
        };
        scanner.stop(fault);
        Err(scanner.error())
    }

    fn start(mut scanner: Scanner<'a>) -> Self {
        scanner.step();
        Self {
            scanner,
            started: false,
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
    #[inline]
    pub fn next(&mut self) -> Result<Option<(Text<'a>, Value<'a>)>, JsonError> {
        if self.done {
            return Ok(None);
        }
        match self.read() {
            Ok(Some((name, value))) => {
                let Scanner { text, limits, .. } = self.scanner;
                Ok(Some((name.text(text), value.value(text, limits))))
            }
            Ok(None) => Ok(None),
            Err(Stop) => Err(self.scanner.error()),
        }
    }

    #[inline]
    fn read(&mut self) -> Result<Option<(Span, Span)>, Stop> {
        let Some(name) = self.scanner.name(0, self.started)? else {
            self.done = true;
            self.scanner.end()?;
            return Ok(None);
        };
        self.started = true;
        Ok(Some((name, self.scanner.value(1)?)))
    }
}

#[cfg(test)]
mod tests;
