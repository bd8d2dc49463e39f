//! Making a code. Signing is the caller's: the key never comes near this room.

use super::low_s::lowered;
use super::{MAX_CODE, MAX_LIFETIME, SIGNATURE_PARAMETER, Target, UserId};
use crate::jose::base64url;
use crate::jose::{Reason, Refusal};
use alloc::format;
use alloc::string::String;

/// A code before it is signed.
#[derive(Clone, Copy)]
pub struct CodeDraft<'a> {
    /// The platform that it is for.
    pub target: Target<'a>,
    /// Who sends the agent.
    pub user: UserId<'a>,
    /// When it is issued, in seconds since 1970.
    pub issued_at: i64,
    /// How long it lives: 1 to 3600 seconds.
    pub lifetime: u32,
    /// 128 random bits.
    pub nonce: [u8; 16],
}

debug_without_secrets!(CodeDraft<'_> { target, user, issued_at, lifetime });

/// What the issuer signs: ES256, over SHA-256 of these characters.
#[derive(Clone)]
pub struct SigningInput(String);

debug_without_secrets!(SigningInput {});

impl CodeDraft<'_> {
    /// The code up to its signature, for the key with this RFC 7638 thumbprint.
    ///
    /// # Errors
    /// [`Reason::CodeTimeOutOfRange`], and [`Reason::CodeTooLong`] where a long target and a
    /// long user id meet: ids of 16 characters, as issued here, fit with every target.
    pub fn signing_input(&self, thumbprint: &[u8; 32]) -> Result<SigningInput, Refusal> {
        let is_in_range = (1..=MAX_LIFETIME).contains(&self.lifetime)
            && (1_000_000_000..=9_999_999_999).contains(&self.issued_at);
        if !is_in_range {
            return Err(Reason::CodeTimeOutOfRange.into());
        }
        let Self {
            target,
            user,
            issued_at,
            lifetime,
            nonce,
        } = self;
        let (nonce, thumbprint) = (base64url::encode(nonce), base64url::encode(thumbprint));
        let key = thumbprint.get(..8).unwrap_or_default();
        let input =
            format!("anx://{target}/{user}?exp={lifetime}&ts={issued_at}&n={nonce}&k={key}");
        if input.len() + SIGNATURE_PARAMETER > MAX_CODE {
            return Err(Reason::CodeTooLong.into());
        }
        Ok(SigningInput(input))
    }
}

impl SigningInput {
    /// The bytes to sign.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The code. `signature` is r and s, as ES256 has them; whichever s it has, the code
    /// gets the smaller.
    pub fn sign_with(self, signature: &[u8; 64]) -> String {
        let mut code = self.0;
        code.push_str("&sig=");
        base64url::encode_onto(&lowered(*signature), &mut code);
        code
    }
}

/// A new user id: `user_` and 80 random bits in Crockford's base32, lower case.
pub fn new_user_id(random: [u8; 10]) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut id = String::from("user_");
    let bits = random
        .iter()
        .fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    for place in (0..16).rev() {
        let digit = (bits >> (5 * place)) as usize & 31;
        id.extend(ALPHABET.get(digit).copied().map(char::from));
    }
    id
}
