//! EMSA-PKCS1-v1_5 (RFC 8017 section 9.2) of a SHA-256 digest.
//!
//! The digest comes last, so that all encodings of one length are a constant plus the digest.
//! What a signature opens to is compared with that sum, whole. Nothing of a presented encoding
//! is ever parsed: that is what every forgery of this padding since 2006 has lived on.

use super::limbs::MAX_BITS;

/// RFC 8017 section 9.2 note 1: the DER of a DigestInfo that names SHA-256 with NULL
/// parameters, up to where the digest begins.
const DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// Bytes at the end: DigestInfo and digest.
const TAIL: usize = DIGEST_INFO.len() + 32;

/// The encoded message for a digest of zeros.
pub(super) struct EncodedMessage {
    bytes: [u8; MAX_BITS / 8],
    length: usize,
}

impl EncodedMessage {
    /// `00 01 FF … FF 00 DigestInfo 00 … 00`, filled to `length` bytes: those of the modulus,
    /// 256 to 512. As a modulus has no leading zeros, this plus any digest is less.
    pub(super) fn new(length: usize) -> Self {
        // RFC 8017 section 9.2 step 4: PS is all that the rest leaves, here at least 202
        // bytes where the standard asks for 8.
        let padding_end = length.saturating_sub(TAIL + 1);
        let mut bytes = [0xff; MAX_BITS / 8];
        let parts = [0x00, 0x01].iter().enumerate().chain(
            core::iter::once(&0x00)
                .chain(&DIGEST_INFO)
                .chain(&[0; 32])
                .enumerate()
                .map(|(index, byte)| (padding_end + index, byte)),
        );
        for (index, byte) in parts {
            if let Some(place) = bytes.get_mut(index) {
                *place = *byte;
            }
        }
        Self { bytes, length }
    }

    /// The bytes, big-endian.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shape, byte for byte, at the least, an odd and the greatest length.
    #[test]
    fn rfc_8017_section_9_2() {
        for length in [256, 257, 384, 511, 512] {
            let encoded = EncodedMessage::new(length);
            let bytes = encoded.as_bytes();
            assert_eq!(bytes.len(), length);
            assert_eq!(bytes[..2], [0, 1]);
            assert!(bytes[2..length - 52].iter().all(|byte| *byte == 0xff));
            assert_eq!(bytes[length - 52], 0);
            assert_eq!(bytes[length - 51..length - 32], DIGEST_INFO);
            assert_eq!(bytes[length - 32..], [0; 32]);
        }
    }
}
