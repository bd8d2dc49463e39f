//! Lower-case hexadecimal, written and read in one canonical form.

use alloc::string::String;
use alloc::vec::Vec;

/// Why a text is not lower-case hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HexError {
    /// A byte takes two digits; this text has an odd number of characters, or not twice as
    /// many as the bytes that were expected.
    Length {
        /// Length of the text in bytes.
        found: usize,
    },
    /// A character that is not in `0`-`9` or `a`-`f`; upper case is refused, so that a
    /// value has one spelling.
    Digit {
        /// Where in the text, counted in bytes.
        at: usize,
    },
}

impl HexError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Length { .. } => "hex_length",
            Self::Digit { .. } => "hex_digit",
        }
    }
}

impl core::fmt::Display for HexError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.code())
    }
}

impl core::error::Error for HexError {}

/// Two lower-case digits a byte. Takes no branch and reads no table by the value, so that
/// it may write secrets.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(digit(byte >> 4)));
        text.push(char::from(digit(byte & 15)));
    }
    text
}

/// `0`-`9` for 0 to 9, `a`-`f` for 10 to 15: beyond 9 the subtraction borrows and its sign
/// lets the distance between the two ranges of ASCII through.
const fn digit(nibble: u8) -> u8 {
    const GAP: u8 = b'a' - b'0' - 10;
    let beyond_nine = 9u8.wrapping_sub(nibble) >> 7;
    b'0' + nibble + (beyond_nine.wrapping_neg() & GAP)
}

/// The bytes of a text of lower-case digits, of any even length.
///
/// # Errors
/// [`HexError`] when the text is anything else. The time depends on the text: for public
/// values, such as a digest that somebody presents.
pub fn decode(text: &str) -> Result<Vec<u8>, HexError> {
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    if !odd.is_empty() {
        return Err(HexError::Length { found: text.len() });
    }
    pairs
        .iter()
        .enumerate()
        .map(|(index, pair)| byte(*pair, index * 2))
        .collect()
}

/// The bytes of a text of exactly `2 N` lower-case digits.
///
/// # Errors
/// As [`decode`].
pub fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !odd.is_empty() {
        return Err(HexError::Length { found: text.len() });
    }
    let mut out = [0; N];
    for (index, (to, pair)) in out.iter_mut().zip(pairs).enumerate() {
        *to = byte(*pair, index * 2)?;
    }
    Ok(out)
}

fn byte([high, low]: [u8; 2], at: usize) -> Result<u8, HexError> {
    let high = value(high).ok_or(HexError::Digit { at })?;
    let low = value(low).ok_or(HexError::Digit { at: at + 1 })?;
    Ok(high << 4 | low)
}

const fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::ToString};
    use proptest::prelude::*;

    #[test]
    fn every_byte_has_its_two_digits() {
        for byte in 0..=255u8 {
            assert_eq!(encode(&[byte]), format!("{byte:02x}"));
            assert_eq!(decode(&format!("{byte:02x}")), Ok(std::vec![byte]));
        }
    }

    #[test]
    fn only_lower_case_digits_are_read() {
        for character in 0..=127u8 {
            let text = format!("0{}", char::from(character));
            let digit = matches!(character, b'0'..=b'9' | b'a'..=b'f');
            assert_eq!(decode(&text).is_ok(), digit, "{text:?}");
            if !digit {
                assert_eq!(decode(&text), Err(HexError::Digit { at: 1 }));
            }
        }
        assert_eq!(decode("0é1"), Err(HexError::Digit { at: 1 }));
        assert_eq!(decode("é0"), Err(HexError::Length { found: 3 }));
    }

    #[test]
    fn lengths_are_exact() {
        assert_eq!(decode(""), Ok(std::vec![]));
        assert_eq!(decode("abc"), Err(HexError::Length { found: 3 }));
        assert_eq!(decode_array::<2>("abcd"), Ok([0xab, 0xcd]));
        for text in ["", "ab", "abc", "abcde", "abcdef"] {
            assert_eq!(
                decode_array::<2>(text),
                Err(HexError::Length { found: text.len() })
            );
        }
        assert_eq!(HexError::Length { found: 1 }.to_string(), "hex_length");
        assert_eq!(HexError::Digit { at: 1 }.to_string(), "hex_digit");
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(decode(&encode(&bytes)), Ok(bytes));
        }

        #[test]
        fn what_is_read_has_one_spelling(text in "[0-9a-fA-F]{0,8}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }
    }
}
