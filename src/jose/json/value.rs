//! Values: views of a document that was found good.

use super::scanner::{Scanner, Stop};
use super::text::Text;
use super::walk::Walk;
use super::{Elements, JsonError, Limits, Members};

/// A number, as it stands in the document.
#[derive(Clone, Copy, Debug)]
pub struct Number<'a>(pub(super) &'a str);

/// An array that was checked; its elements can be walked.
#[derive(Clone, Copy, Debug)]
pub struct Array<'a>(pub(super) View<'a>);

/// An object that was checked; its members can be walked.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a>(pub(super) View<'a>);

#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub(super) text: &'a str,
    pub(super) limits: Limits,
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
        match scanner
            .value(0)
            .and_then(|value| scanner.end().map(|()| value))
        {
            Ok(span) => Ok(span.value(scanner.text, limits)),
            Err(Stop) => Err(scanner.error()),
        }
    }

    /// The text, where the value is a string.
    pub fn as_text(&self) -> Option<Text<'a>> {
        if let Self::String(text) = self {
            Some(*text)
        } else {
            None
        }
    }

    /// Walks an array or an object with all that is within.
    pub(crate) fn walk(&self) -> Option<Walk<'a>> {
        match self {
            Self::Array(Array(view)) | Self::Object(Object(view)) => {
                Some(Walk::over(view.text, view.limits))
            }
            _ => None,
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
        Elements::start(Scanner::over(self.0.text, self.0.limits))
    }
}

impl<'a> Object<'a> {
    /// The object as it is spelled, from its first brace to its last.
    pub fn raw(&self) -> &'a str {
        self.0.text
    }

    /// Walks the members.
    pub fn members(&self) -> Members<'a> {
        Members::start(Scanner::over(self.0.text, self.0.limits))
    }
}
