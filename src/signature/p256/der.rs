//! The ASN.1 form of a signature, `Ecdsa-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }`
//! (RFC 3279 section 2.2.3), for WebAuthn and its like. JWS never has it.

use core::fmt;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

/// r and s, 32 bytes each, big-endian, out of strict DER (ITU-T X.690 section 10).
///
/// There is one encoding of a signature and no other is taken: no long form of a length, no
/// integer with a zero too many, nothing after the end. r and s may be any integers below
/// 2^256; their range is for the verification to judge.
///
/// # Errors
///
/// When the bytes are not that encoding.
pub fn signature_from_der(der: &[u8]) -> Result<[u8; 64], InvalidDer> {
    let (content, rest) = element(SEQUENCE, der)?;
    let (r, second) = element(INTEGER, content)?;
    let (s, end) = element(INTEGER, second)?;
    if !rest.is_empty() || !end.is_empty() {
        return Err(InvalidDer::TrailingBytes);
    }
    let mut signature = [0; 64];
    let (left, right) = signature.split_at_mut(32);
    unsigned(r, left)?;
    unsigned(s, right)?;
    Ok(signature)
}

/// The content of the element that `bytes` begin with, and what follows it. Two integers of
/// 33 bytes make 70: what X.690 section 10.1 lets be written in one byte of length.
fn element(tag: u8, bytes: &[u8]) -> Result<(&[u8], &[u8]), InvalidDer> {
    let [first, length, rest @ ..] = bytes else {
        return Err(InvalidDer::Truncated);
    };
    if *first != tag {
        return Err(InvalidDer::UnexpectedTag(*first));
    }
    if *length > 127 {
        return Err(InvalidDer::LongForm);
    }
    rest.split_at_checked((*length).into())
        .ok_or(InvalidDer::Truncated)
}

/// X.690 section 8.3: two's complement in the fewest bytes, which for a number that is not
/// negative means a leading zero exactly where the next bit is set.
fn unsigned(content: &[u8], output: &mut [u8]) -> Result<(), InvalidDer> {
    let digits = match content {
        [] => return Err(InvalidDer::Truncated),
        [0] => &[],
        [0, next, ..] if *next < 128 => return Err(InvalidDer::NotMinimal),
        [0, digits @ ..] => digits,
        [first, ..] if *first >= 128 => return Err(InvalidDer::Negative),
        digits => digits,
    };
    let start = output
        .len()
        .checked_sub(digits.len())
        .ok_or(InvalidDer::TooLarge)?;
    if let Some(end) = output.get_mut(start..) {
        end.copy_from_slice(digits);
    }
    Ok(())
}

/// Why bytes are not the DER of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidDer {
    /// An element is longer than what contains it, or empty.
    Truncated,
    /// Another tag than SEQUENCE outside and INTEGER inside.
    UnexpectedTag(u8),
    /// A length in the long form, which none here needs.
    LongForm,
    /// Bytes after s, or after the sequence.
    TrailingBytes,
    /// An integer with a leading zero that it does not need.
    NotMinimal,
    /// A negative integer.
    Negative,
    /// An integer that is not below 2^256.
    TooLarge,
}

impl InvalidDer {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Truncated => "der_truncated",
            Self::UnexpectedTag(_) => "der_unexpected_tag",
            Self::LongForm => "der_long_form",
            Self::TrailingBytes => "der_trailing_bytes",
            Self::NotMinimal => "der_not_minimal",
            Self::Negative => "der_negative",
            Self::TooLarge => "der_too_large",
        }
    }
}

impl fmt::Display for InvalidDer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl core::error::Error for InvalidDer {}

#[cfg(test)]
mod tests {
    use super::{InvalidDer, signature_from_der};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn refusal(der: &[u8]) -> InvalidDer {
        signature_from_der(der).unwrap_err()
    }

    #[test]
    fn x690_section_8_3_integers_are_minimal_and_not_negative() {
        assert_eq!(
            refusal(&[0x30, 7, 2, 2, 0, 1, 2, 1, 1]),
            InvalidDer::NotMinimal
        );
        assert_eq!(
            refusal(&[0x30, 7, 2, 2, 0, 0x7f, 2, 1, 1]),
            InvalidDer::NotMinimal
        );
        assert!(signature_from_der(&[0x30, 7, 2, 2, 0, 0x80, 2, 1, 1]).is_ok());
        assert_eq!(
            refusal(&[0x30, 6, 2, 1, 0x80, 2, 1, 1]),
            InvalidDer::Negative
        );
        assert_eq!(refusal(&[0x30, 5, 2, 0, 2, 1, 1]), InvalidDer::Truncated);
        let zero = signature_from_der(&[0x30, 6, 2, 1, 0, 2, 1, 1]).unwrap();
        assert!(zero[..63].iter().all(|byte| *byte == 0) && zero[63] == 1);
    }

    #[test]
    fn x690_section_10_1_lengths_have_one_form() {
        assert_eq!(
            refusal(&[0x30, 0x81, 6, 2, 1, 1, 2, 1, 1]),
            InvalidDer::LongForm
        );
        assert_eq!(
            refusal(&[0x30, 0x80, 2, 1, 1, 2, 1, 1, 0, 0]),
            InvalidDer::LongForm
        );
        assert_eq!(
            refusal(&[0x30, 6, 2, 1, 1, 2, 1, 1, 0]),
            InvalidDer::TrailingBytes
        );
        assert_eq!(
            refusal(&[0x30, 7, 2, 1, 1, 2, 1, 1, 0]),
            InvalidDer::TrailingBytes
        );
        assert_eq!(
            refusal(&[0x30, 6, 2, 1, 1, 3, 1, 1]),
            InvalidDer::UnexpectedTag(3)
        );
        assert_eq!(refusal(&[]), InvalidDer::Truncated);
    }

    #[test]
    fn an_integer_has_at_most_256_bits() {
        let mut der = Vec::from([0x30, 38, 2, 33, 1]);
        der.extend([0; 32]);
        der.extend([2, 1, 1]);
        assert_eq!(refusal(&der), InvalidDer::TooLarge);
    }

    proptest! {
        #[test]
        fn what_is_taken_is_the_only_encoding(der in proptest::collection::vec(0u8..4, 0..12), cut in 0usize..12) {
            // Small bytes are likely to be tags, lengths and leading zeros.
            let mut der = der;
            if !der.is_empty() { der[0] = 0x30; }
            der.truncate(cut);
            if let Ok(signature) = signature_from_der(&der) {
                let encode = |half: &[u8]| {
                    let first = half.iter().position(|byte| *byte != 0).unwrap_or(31);
                    let pad = usize::from(half[first] >= 128);
                    let mut out = std::vec![2, (32 - first + pad) as u8];
                    out.extend(std::vec![0; pad]);
                    out.extend(&half[first..]);
                    out
                };
                let content = [encode(&signature[..32]), encode(&signature[32..])].concat();
                let encoded = [std::vec![0x30, content.len() as u8], content].concat();
                prop_assert_eq!(encoded, der);
            }
        }

        #[test]
        fn the_reference_encoder_is_understood(r in any::<[u8; 32]>(), s in any::<[u8; 32]>()) {
            let bytes = [r, s].concat();
            if let Ok(reference) = ::p256::ecdsa::Signature::from_slice(&bytes) {
                let decoded = signature_from_der(reference.to_der().as_bytes()).unwrap();
                prop_assert_eq!(decoded.as_slice(), bytes);
            }
        }
    }
}
