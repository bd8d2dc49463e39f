//! base64url without padding (RFC 4648 section 5, RFC 7515 section 2), one spelling only.
//!
//! A decoder that forgives (padding, the other alphabet, line breaks, stray bits in the
//! last character) gives one value many spellings, and whoever compares, caches or
//! revokes by the text of a token is then fooled. So each value here has exactly one text.

#![allow(
    clippy::indexing_slicing,
    reason = "a table of 256 entries is indexed by a byte, the alphabet of 64 by six bits, and \
              every slice comes from `chunks_exact`"
)]

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What a character of the alphabet stands for; [`BAD`] for all others.
static VALUES: [u8; 256] = values();

/// Set in a table entry whose character is not of the alphabet: seen once, at the end.
const BAD: u8 = 1 << 7;

const fn values() -> [u8; 256] {
    let mut table = [BAD; 256];
    let mut value = 0;
    while value < 64 {
        table[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    table
}

/// The text is not the canonical, unpadded base64url of anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidBase64url;

impl fmt::Display for InvalidBase64url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not canonical, unpadded base64url")
    }
}

impl core::error::Error for InvalidBase64url {}

/// The number of bytes that `encoded` characters stand for; `None` where no text has that length.
pub const fn decoded_len(encoded: usize) -> Option<usize> {
    match encoded % 4 {
        0 => Some(encoded / 4 * 3),
        1 => None,
        rest => Some(encoded / 4 * 3 + rest - 1),
    }
}

/// Encodes without padding.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() / 3 * 4 + 4);
    encode_onto(bytes, &mut text);
    text
}

/// Appends the encoding of `bytes` to `text`.
pub fn encode_onto(bytes: &[u8], text: &mut String) {
    for group in bytes.chunks(3) {
        let (characters, length) = encode_group(group);
        text.extend(characters.into_iter().take(length).map(char::from));
    }
}

/// Encodes as many of `bytes` as have room in `out`; returns how many characters there are.
pub(crate) fn encode_into(bytes: &[u8], out: &mut [u8]) -> usize {
    let mut count = 0;
    for (group, place) in bytes.chunks(3).zip(out.chunks_exact_mut(4)) {
        let (characters, length) = encode_group(group);
        place.copy_from_slice(&characters);
        count += length;
    }
    count
}

/// The characters of one, two or three bytes, and how many of them count.
fn encode_group(bytes: &[u8]) -> ([u8; 4], usize) {
    let byte = |place: usize| u32::from(bytes.get(place).copied().unwrap_or(0));
    let group = byte(0) << 16 | byte(1) << 8 | byte(2);
    let characters = [18, 12, 6, 0].map(|shift| ALPHABET[(group >> shift & 63) as usize]);
    (characters, bytes.len() + 1)
}

/// Decodes `text`, refusing whatever [`encode`] would not have written.
///
/// # Errors
/// [`InvalidBase64url`] on padding, a character outside the alphabet, an impossible length
/// or unused bits that are not zero (RFC 4648 section 3.5).
pub fn decode(text: &[u8]) -> Result<Vec<u8>, InvalidBase64url> {
    let mut bytes = vec![0; decoded_len(text.len()).ok_or(InvalidBase64url)?];
    decode_into(text, &mut bytes)?;
    Ok(bytes)
}

/// Decodes `text` to the front of `out` and returns the number of bytes written.
///
/// # Errors
/// As [`decode`], and also where `out` is too short ([`decoded_len`] says how long it must
/// be). What `out` then holds is of no meaning.
pub fn decode_into(text: &[u8], out: &mut [u8]) -> Result<usize, InvalidBase64url> {
    let length = decoded_len(text.len()).ok_or(InvalidBase64url)?;
    let out = out.get_mut(..length).ok_or(InvalidBase64url)?;
    let at = |character: u8| VALUES[usize::from(character)];

    let mut seen = 0;
    let mut groups = text.chunks_exact(4);
    let mut triples = out.chunks_exact_mut(3);
    for (g, bytes) in (&mut groups).zip(&mut triples) {
        let [a, b, c, d] = [at(g[0]), at(g[1]), at(g[2]), at(g[3])];
        seen |= a | b | c | d;
        bytes[0] = a << 2 | b >> 4;
        bytes[1] = b << 4 | c >> 2;
        bytes[2] = c << 6 | d;
    }
    // Bits of the last character that no byte uses are zero.
    let unused = |bits| if bits == 0 { 0 } else { BAD };
    match (groups.remainder(), triples.into_remainder()) {
        (&[a, b], [byte]) => {
            let [a, b] = [at(a), at(b)];
            seen |= a | b | unused(b & 0xf);
            *byte = a << 2 | b >> 4;
        }
        (&[a, b, c], [high, low]) => {
            let [a, b, c] = [at(a), at(b), at(c)];
            seen |= a | b | c | unused(c & 0x3);
            *high = a << 2 | b >> 4;
            *low = b << 4 | c >> 2;
        }
        _ => {}
    }
    if seen & BAD == 0 {
        Ok(length)
    } else {
        Err(InvalidBase64url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rfc4648_section_10_vectors_without_padding() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text.as_bytes()).unwrap(), bytes.as_bytes());
        }
        // RFC 7515 appendix C
        assert_eq!(encode(&[3, 236, 255, 224, 193]), "A-z_4ME");
    }

    #[test]
    fn rfc7515_section_2_no_padding_and_no_other_alphabet() {
        for text in [
            "Zg==", "Zg=", "Zm8=", "A+z/4ME", "Z g", "Zm9v\n", "Zm9v\0", "Zé", "A",
        ] {
            assert_eq!(decode(text.as_bytes()), Err(InvalidBase64url), "{text}");
        }
    }

    #[test]
    fn rfc4648_section_3_5_unused_bits_are_zero() {
        for text in ["Zh", "Zn", "Zm9", "Zm-", "Zm9vYh", "Zm9vYmF"] {
            assert_eq!(decode(text.as_bytes()), Err(InvalidBase64url), "{text}");
        }
    }

    #[test]
    fn a_buffer_that_is_too_short_is_refused() {
        let mut out = [0; 5];
        assert_eq!(decode_into(b"Zm9vYmFy", &mut out), Err(InvalidBase64url));
        assert_eq!(decode_into(b"Zm9vYmE", &mut out), Ok(5));
        assert_eq!(decode_into(b"Zm9v", &mut out), Ok(3));
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes(bytes: Vec<u8>) {
            prop_assert_eq!(decode(encode(&bytes).as_bytes()).unwrap(), bytes);
        }

        #[test]
        fn each_value_has_one_spelling(text in "[A-Za-z0-9_=-]{0,12}") {
            if let Ok(bytes) = decode(text.as_bytes()) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(text: Vec<u8>, room in 0usize..64) {
            let mut out = alloc::vec![0; room];
            let _ = decode_into(&text, &mut out);
        }
    }
}
