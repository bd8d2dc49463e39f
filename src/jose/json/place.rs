//! Views without their document, for where both move into one struct.

use super::Limits;
use super::text::Text;
use super::value::{Array, Value, View};
use core::str;

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
            Value::String(text) if text.is_escaped() => (text.raw, PlaceKind::Escaped),
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
                escapes: 0,
            }),
            PlaceKind::Escaped => Value::String(Text {
                raw: text,
                escapes: 1,
            }),
            PlaceKind::Array => Value::Array(Array(View { text, limits })),
        })
    }
}
