//! Where a value stands in its document and of which kind it is: a view without its
//! document, for where both move into one struct.

use super::Limits;
use super::text::{Escapes, Text};
use super::value::{Array, Number, Object, Value, View};
use core::num::NonZeroU64;

/// In one word: the start, the length, the kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span(NonZeroU64);

/// The kinds of values that a scanner tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Null = 0,
    True = 1,
    False = 2,
    Number = 3,
    /// A string without escapes.
    Plain = 4,
    /// A string with some.
    Escaped = 5,
    Array = 6,
    Object = 7,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Null,
        Self::True,
        Self::False,
        Self::Number,
        Self::Plain,
        Self::Escaped,
        Self::Array,
        Self::Object,
    ];
}

impl Span {
    /// The longest document.
    pub(super) const MAX: usize = (1 << 28) - 1;

    #[inline]
    pub(super) fn new(kind: Kind, start: usize, end: usize) -> Self {
        let length = (end - start) as u64;
        // The lowest bit says that it is a span at all.
        Self(NonZeroU64::MIN | (start as u64) << 32 | length << 4 | (kind as u64) << 1)
    }

    /// A place holder.
    pub(super) const NOTHING: Self = Self(NonZeroU64::MIN);

    /// A string that has escapes, or had them.
    pub(super) fn escaped(start: usize, end: usize) -> Self {
        Self::new(Kind::Escaped, start, end)
    }

    pub(super) fn is_escaped(self) -> bool {
        self.kind() == Kind::Escaped
    }

    #[inline]
    fn kind(self) -> Kind {
        *Kind::ALL
            .get((self.0.get() >> 1 & 7) as usize)
            .unwrap_or(&Kind::Null)
    }

    #[inline]
    pub(super) fn raw(self, document: &str) -> &str {
        let start = (self.0.get() >> 32) as usize;
        let length = (self.0.get() as u32 >> 4) as usize;
        document.get(start..start + length).unwrap_or_default()
    }

    /// The string that a name is.
    #[inline]
    pub(super) fn text(self, document: &str) -> Text<'_> {
        Text {
            raw: self.raw(document),
            escapes: match self.kind() {
                Kind::Escaped => Escapes::Some,
                _ => Escapes::None,
            },
        }
    }

    /// The view. `limits` are those with which the document was read.
    #[inline]
    pub(super) fn value(self, document: &str, limits: Limits) -> Value<'_> {
        let text = self.raw(document);
        match self.kind() {
            Kind::Null => Value::Null,
            Kind::True => Value::Bool(true),
            Kind::False => Value::Bool(false),
            Kind::Number => Value::Number(Number(text)),
            Kind::Plain => Value::String(Text {
                raw: text,
                escapes: Escapes::None,
            }),
            Kind::Escaped => Value::String(Text {
                raw: text,
                escapes: Escapes::Some,
            }),
            Kind::Array => Value::Array(Array(View { text, limits })),
            Kind::Object => Value::Object(Object(View { text, limits })),
        }
    }

    /// The place of `value`, a string or an array that is a view of `document`.
    pub(crate) fn of(document: &[u8], value: &Value<'_>) -> Option<Self> {
        let (text, kind) = match value {
            Value::String(text) if text.is_escaped() => (text.raw, Kind::Escaped),
            Value::String(text) => (text.raw, Kind::Plain),
            Value::Array(array) => (array.0.text, Kind::Array),
            _ => return None,
        };
        let start = text.as_ptr().addr().checked_sub(document.as_ptr().addr())?;
        Some(Self::new(kind, start, start + text.len()))
    }

    /// The view again, of the same document.
    pub(crate) fn view(self, document: &[u8], limits: Limits) -> Option<Value<'_>> {
        let document = core::str::from_utf8(document).ok()?;
        Some(self.value(document, limits))
    }
}
