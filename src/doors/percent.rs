//! Percent-encoding (RFC 3986 section 2.1).

use alloc::{string::String, vec::Vec};

/// Encodes a text so that it stands safely in a query, a path segment or a form's body.
#[must_use]
pub(in crate::doors) fn encode(text: &str) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        // RFC 3986 section 2.3: the unreserved characters stand for themselves.
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for digit in [byte >> 4, byte & 15] {
                encoded.push(DIGITS.get(usize::from(digit)).copied().unwrap_or('0'));
            }
        }
    }
    encoded
}

/// Decodes; `None` for a broken escape or bytes that are not UTF-8.
#[must_use]
pub(in crate::doors) fn decode(mut encoded: impl Iterator<Item = u8>) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.size_hint().0);
    while let Some(byte) = encoded.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(encoded.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).ok()?
            }
            _ => byte,
        });
    }
    String::from_utf8(bytes).ok()
}
