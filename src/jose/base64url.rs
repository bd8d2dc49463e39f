//! base64url without padding (RFC 4648 section 5, RFC 7515 section 2), one spelling only.
//!
//! A decoder that forgives (padding, the other alphabet, line breaks, stray bits in the
//! last character) gives one value many spellings, and whoever compares, caches or
//! revokes by the text of a token is then fooled. So each value here has exactly one text.

#![allow(
    clippy::indexing_slicing,
    reason = "tables of 256 entries are indexed by a byte, the alphabet of 64 by six bits, \
              and every slice comes from `chunks_exact`"
)]

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Set in a table entry whose character is not of the alphabet. The values use 24 bits.
const BAD: u32 = 1 << 24;

/// One table for each place in a group of four, its value already shifted there: a group
/// costs four loads and three ORs, and a bad character is seen once, at the end.
static PLACES: [[u32; 256]; 4] = places();

const fn places() -> [[u32; 256]; 4] {
    let mut tables = [[BAD; 256]; 4];
    let mut value = 0;
    while value < 64 {
        let character = ALPHABET[value] as usize;
        let mut place = 0;
        while place < 4 {
            tables[place][character] = (value as u32) << (18 - 6 * place);
            place += 1;
        }
        value += 1;
    }
    tables
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
    let character = |group: u32, shift: u32| char::from(ALPHABET[(group >> shift & 63) as usize]);
    let mut groups = bytes.chunks_exact(3);
    for g in &mut groups {
        let group = u32::from(g[0]) << 16 | u32::from(g[1]) << 8 | u32::from(g[2]);
        for shift in [18, 12, 6, 0] {
            text.push(character(group, shift));
        }
    }
    match *groups.remainder() {
        [a] => {
            let group = u32::from(a) << 16;
            text.extend([18, 12].map(|shift| character(group, shift)));
        }
        [a, b] => {
            let group = u32::from(a) << 16 | u32::from(b) << 8;
            text.extend([18, 12, 6].map(|shift| character(group, shift)));
        }
        _ => {}
    }
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
    let [first, second, third, fourth] = &PLACES;
    let at = |table: &[u32; 256], character: u8| table[usize::from(character)];

    let mut seen = 0;
    let mut groups = text.chunks_exact(4);
    let mut triples = out.chunks_exact_mut(3);
    for (g, bytes) in (&mut groups).zip(&mut triples) {
        let group = at(first, g[0]) | at(second, g[1]) | at(third, g[2]) | at(fourth, g[3]);
        seen |= group;
        bytes[0] = (group >> 16) as u8;
        bytes[1] = (group >> 8) as u8;
        bytes[2] = group as u8;
    }
    match (groups.remainder(), triples.into_remainder()) {
        (&[a, b], [byte]) => {
            let group = at(first, a) | at(second, b);
            // Bits of the last character that no byte uses show up below the bytes.
            seen |= group | if group & 0xffff == 0 { 0 } else { BAD };
            *byte = (group >> 16) as u8;
        }
        (&[a, b, c], [high, low]) => {
            let group = at(first, a) | at(second, b) | at(third, c);
            seen |= group | if group & 0xff == 0 { 0 } else { BAD };
            *high = (group >> 16) as u8;
            *low = (group >> 8) as u8;
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
