//! Strings and their escapes (RFC 8259 section 7).

use alloc::borrow::Cow;
use alloc::string::String;

/// A string, as it stands in the document between its quotes.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    pub(super) raw: &'a str,
    pub(super) escaped: bool,
}

impl<'a> Text<'a> {
    pub(super) const fn is_escaped(&self) -> bool {
        self.escaped
    }

    /// What stands between the quotes, escapes untouched.
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// The string that is meant; borrowed where nothing is escaped.
    pub fn decode(&self) -> Cow<'a, str> {
        if self.is_escaped() {
            Cow::Owned(Unescaped(self.raw).collect::<String>())
        } else {
            Cow::Borrowed(self.raw)
        }
    }

    /// Whether the string that is meant is `other`.
    pub fn is(&self, other: &str) -> bool {
        if self.is_escaped() {
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
        if !self.is_escaped() {
            return self.raw;
        }
        room.clear();
        room.extend(Unescaped(self.raw));
        room
    }

    /// Whether the string means the same as another that is spelled so.
    pub(super) fn is_spelled_as(&self, other: &str) -> bool {
        if self.is_escaped() || other.contains('\\') {
            Unescaped(self.raw).eq(Unescaped(other))
        } else {
            self.raw == other
        }
    }
}

/// The number that four hexadecimal digits are.
pub(super) fn hex4(digits: &[u8]) -> Option<u32> {
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
