//! Proof Key for Code Exchange, method S256 (RFC 7636).
//!
//! Who begins a flow keeps a verifier and shows its hash, the challenge; who finishes it
//! shows the verifier. The method `plain`, in which the challenge is the verifier, proves
//! nothing to whoever has seen the challenge, and is not here.

use crate::jose::base64url;
use crate::mac::constant_time_eq;
use crate::sha256;
use alloc::string::String;
use core::fmt;

/// RFC 7636 section 4.1: the characters of a verifier, at least and at most.
const VERIFIER_LENGTH: core::ops::RangeInclusive<usize> = 43..=128;

/// The characters of a challenge: 32 bytes in base64url without padding.
const CHALLENGE_LENGTH: usize = 43;

/// Why a text is no verifier or no challenge. Whoever sent it is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PkceError {
    /// The verifier has fewer than 43 or more than 128 characters.
    VerifierLength {
        /// Its length in bytes.
        found: usize,
    },
    /// The verifier has a character outside `A`-`Z` `a`-`z` `0`-`9` `-` `.` `_` `~`.
    VerifierCharacter {
        /// Where in the text, counted in bytes.
        at: usize,
    },
    /// The challenge is not 43 characters of canonical base64url, hence no SHA-256 digest.
    Challenge,
}

impl PkceError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::VerifierLength { .. } => "pkce_verifier_length",
            Self::VerifierCharacter { .. } => "pkce_verifier_character",
            Self::Challenge => "pkce_challenge_malformed",
        }
    }
}

impl fmt::Display for PkceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl core::error::Error for PkceError {}

/// The secret of a flow: 43 to 128 unreserved characters. Never printed by `Debug`.
#[derive(Clone)]
pub struct CodeVerifier(String);

impl CodeVerifier {
    /// The verifier of 32 random bytes, which is what RFC 7636 section 4.1 recommends.
    #[must_use]
    pub fn from_random(random: &[u8; 32]) -> Self {
        Self(base64url::encode(random))
    }

    /// Reads a verifier that somebody presents.
    ///
    /// # Errors
    /// [`PkceError::VerifierLength`] or [`PkceError::VerifierCharacter`].
    pub fn parse(text: &str) -> Result<Self, PkceError> {
        // RFC 7636 section 4.1: code-verifier = 43*128unreserved.
        if !VERIFIER_LENGTH.contains(&text.len()) {
            return Err(PkceError::VerifierLength { found: text.len() });
        }
        let unreserved =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        match text.bytes().position(|byte| !unreserved(byte)) {
            Some(at) => Err(PkceError::VerifierCharacter { at }),
            None => Ok(Self(text.into())),
        }
    }

    /// RFC 7636 section 4.2: SHA-256 of the verifier's ASCII.
    #[must_use]
    pub fn challenge(&self) -> CodeChallenge {
        CodeChallenge(sha256::digest(self.0.as_bytes()))
    }

    /// The text, to be sent to the token endpoint and nowhere else.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

debug_without_secrets!(CodeVerifier {});

/// What a flow begins with: the digest of its verifier. `Display` writes it as it is sent.
#[derive(Clone, Copy, Debug)]
pub struct CodeChallenge([u8; sha256::DIGEST_LENGTH]);

impl CodeChallenge {
    /// Reads a challenge that somebody presents.
    ///
    /// # Errors
    /// [`PkceError::Challenge`] unless it is exactly 43 characters of canonical base64url.
    pub fn parse(text: &str) -> Result<Self, PkceError> {
        // RFC 7636 section 4.2: the 256 bits of a digest, base64url without padding.
        if text.len() != CHALLENGE_LENGTH {
            return Err(PkceError::Challenge);
        }
        let mut digest = [0; sha256::DIGEST_LENGTH];
        base64url::decode_into(text.as_bytes(), &mut digest).map_err(|_| PkceError::Challenge)?;
        Ok(Self(digest))
    }

    /// Whether `verifier` is the one that this challenge was made of, in constant time.
    #[must_use]
    pub fn matches(&self, verifier: &CodeVerifier) -> bool {
        // RFC 7636 section 4.6: hashed again and compared.
        constant_time_eq(&self.0, &verifier.challenge().0)
    }
}

impl fmt::Display for CodeChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::encode(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::ToString};
    use proptest::prelude::*;

    #[test]
    fn rfc_7636_appendix_b() {
        let random = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212,
            37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let verifier = CodeVerifier::from_random(&random);
        assert_eq!(
            verifier.as_str(),
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        );
        let challenge = verifier.challenge();
        assert_eq!(
            challenge.to_string(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
        let read = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        assert!(read.matches(&verifier));
        assert!(!read.matches(&CodeVerifier::from_random(&[0; 32])));
    }

    /// RFC 7636 section 4.1.
    #[test]
    fn a_verifier_has_43_to_128_unreserved_characters() {
        for length in [0, 42, 129, 1000] {
            assert_eq!(
                CodeVerifier::parse(&"a".repeat(length)).unwrap_err(),
                PkceError::VerifierLength { found: length }
            );
        }
        for length in [43, 128] {
            assert_eq!(
                CodeVerifier::parse(&"~".repeat(length))
                    .unwrap()
                    .as_str()
                    .len(),
                length
            );
        }
        for character in (0..128u8).map(char::from) {
            let text = format!("{}{character}", "a".repeat(42));
            let unreserved = character.is_ascii_alphanumeric() || "-._~".contains(character);
            assert_eq!(
                CodeVerifier::parse(&text).is_ok(),
                unreserved,
                "{character:?}"
            );
        }
        assert_eq!(
            CodeVerifier::parse(&format!("{}é", "a".repeat(42))).unwrap_err(),
            PkceError::VerifierCharacter { at: 42 }
        );
    }

    /// RFC 7636 section 4.2.
    #[test]
    fn a_challenge_is_a_digest_in_canonical_base64url() {
        let good = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(CodeChallenge::parse(good).is_ok());
        // The last character carries two bits that no byte uses: only zeros are canonical.
        let unused_bits = format!("{}N", &good[..42]);
        let padded = format!("{good}=");
        let plus = good.replace('-', "+");
        for text in [
            "",
            &good[..42],
            &good[1..],
            &format!("{good}A"),
            &padded,
            &unused_bits,
            &plus,
            &format!("{} ", &good[..42]),
            &format!("{}é", &good[..41]),
        ] {
            assert_eq!(
                CodeChallenge::parse(text).unwrap_err(),
                PkceError::Challenge,
                "{text:?}"
            );
        }
    }

    #[test]
    fn debug_shows_no_verifier() {
        let verifier = CodeVerifier::from_random(&[7; 32]);
        assert_eq!(format!("{verifier:?}"), "CodeVerifier { .. }");
    }

    #[test]
    fn codes_are_stable() {
        let codes = [
            PkceError::VerifierLength { found: 0 },
            PkceError::VerifierCharacter { at: 0 },
            PkceError::Challenge,
        ]
        .map(|error| error.to_string());
        assert_eq!(
            codes,
            [
                "pkce_verifier_length",
                "pkce_verifier_character",
                "pkce_challenge_malformed"
            ]
        );
    }

    proptest! {
        #[test]
        fn a_challenge_fits_its_verifier_alone(text in "[A-Za-z0-9._~-]{43,128}", other in any::<[u8; 32]>()) {
            let verifier = CodeVerifier::parse(&text).unwrap();
            let challenge = verifier.challenge();
            prop_assert!(challenge.matches(&verifier));
            prop_assert!(CodeChallenge::parse(&challenge.to_string()).unwrap().matches(&verifier));
            prop_assert!(!challenge.matches(&CodeVerifier::from_random(&other)));
        }
    }
}
