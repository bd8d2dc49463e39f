//! Strings and their escapes (RFC 8259 section 7).

use alloc::borrow::Cow;
use alloc::string::String;

/// A string, as it stands in the document between its quotes.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    pub(super) raw: &'a str,
    pub(super) escapes: Escapes,
}

/// Whether a string has escapes. A word wide: values are moved word by word then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Escapes {
    None,
    Some,
}

impl<'a> Text<'a> {
    pub(super) fn is_escaped(&self) -> bool {
        self.escapes == Escapes::Some
    }

    /// What stands between the quotes, escapes untouched.
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// The string that is meant; borrowed where nothing is escaped.
    pub fn decode(&self) -> Cow<'a, str> {
        if self.is_escaped() {
            Cow::Owned(unescape(self.raw))
        } else {
            Cow::Borrowed(self.raw)
        }
    }

    /// Whether the string that is meant is `other`.
    pub fn is(&self, other: &str) -> bool {
        if self.is_escaped() {
            unescape(self.raw) == other
        } else {
            self.raw == other
        }
    }

    /// The name, for a `match`; a name with escapes in it is unescaped onto `room`.
    pub fn name<'r>(&self, room: &'r mut String) -> &'r str
    where
        'a: 'r,
    {
        if !self.is_escaped() {
            return self.raw;
        }
        *room = unescape(self.raw);
        room
    }
}

/// The number that four hexadecimal digits are.
pub(super) fn hex4(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, &digit| {
        Some(value << 4 | char::from(digit).to_digit(16)?)
    })
}

/// What a checked string means. Hardly any has escapes: small before fast.
#[cold]
#[inline(never)]
fn unescape(mut raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    while let Some(plain) = raw.bytes().position(|byte| byte == b'\\') {
        let (before, escape) = raw.split_at_checked(plain).unwrap_or_default();
        text.push_str(before);
        let Some((character, after)) = escaped(escape) else {
            break;
        };
        text.push(character);
        raw = after;
    }
    text.push_str(raw);
    text
}

/// The character that an escape at the front of `raw` means, and what follows it.
fn escaped(raw: &str) -> Option<(char, &str)> {
    let (escape, rest) = raw.split_at_checked(2)?;
    let character = match escape.as_bytes().last()? {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let (mut code, mut rest) = code_unit(rest)?;
            if (0xd800..0xdc00).contains(&code) {
                let low;
                (low, rest) = code_unit(rest.get(2..)?)?;
                code = 0x10000 + ((code - 0xd800) << 10) + low.checked_sub(0xdc00)?;
            }
            return Some((char::from_u32(code)?, rest));
        }
        itself => char::from(*itself),
    };
    Some((character, rest))
}

fn code_unit(raw: &str) -> Option<(u32, &str)> {
    let (digits, rest) = raw.split_at_checked(4)?;
    Some((hex4(digits.as_bytes())?, rest))
}
