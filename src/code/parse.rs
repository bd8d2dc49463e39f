//! Reading a code, in its one spelling. A code that was read is not yet a code to believe.

use super::low_s::is_low;
use super::{MAX_CODE, MAX_LIFETIME, SIGNATURE_PARAMETER, Target, UserId};
use crate::jose::base64url;
use crate::jose::error::Part;
use crate::jose::{Reason, Refusal};

/// A code, taken apart.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Code<'a> {
    text: &'a str,
    /// The platform that it is for.
    pub target: Target<'a>,
    /// Who sent the agent.
    pub user: UserId<'a>,
    /// When it was issued, in seconds since 1970.
    pub issued_at: i64,
    /// How long it lives, in seconds.
    pub lifetime: u32,
    /// What makes it unique.
    pub nonce: [u8; 16],
    /// The first six bytes of the thumbprint of the key that signed.
    pub key: [u8; 6],
    /// r and s, not verified.
    pub signature: [u8; 64],
}

debug_without_secrets!(Code<'_> { target, user, issued_at, lifetime });

impl<'a> Code<'a> {
    /// When it has expired, in seconds since 1970.
    pub const fn expires_at(&self) -> i64 {
        self.issued_at + self.lifetime as i64
    }

    /// The whole code.
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// What the signature is over.
    pub fn signing_input(&self) -> &'a [u8] {
        let length = self.text.len().saturating_sub(SIGNATURE_PARAMETER);
        self.text.as_bytes().get(..length).unwrap_or_default()
    }
}

/// Reads a code. **Its signature is not verified**, see [`check`](super::check()).
///
/// # Errors
/// [`Reason::CodeTooLong`]; [`Reason::CodeMalformed`] with the place, for every text that is
/// not exactly what an issuer writes.
pub fn parse(text: &str) -> Result<Code<'_>, Refusal> {
    if text.len() > MAX_CODE {
        return Err(Reason::CodeTooLong.into());
    }
    let mut cursor = Cursor { text, rest: text };
    cursor.literal("anx://")?;
    let target = cursor.until('/', |name| Target::parse(name).ok())?;
    let user = cursor.until('?', |id| UserId::parse(id).ok())?;
    cursor.literal("exp=")?;
    let lifetime = cursor.until('&', |digits| {
        number(digits).filter(|n| (1..=i64::from(MAX_LIFETIME)).contains(n))
    })?;
    cursor.literal("ts=")?;
    let issued_at = cursor.until('&', |digits| number(digits).filter(|_| digits.len() == 10))?;
    cursor.literal("n=")?;
    let nonce = cursor.until('&', bytes)?;
    cursor.literal("k=")?;
    let key = cursor.until('&', bytes)?;
    cursor.literal("sig=")?;
    let signature = bytes(cursor.rest)
        .filter(is_low)
        .ok_or_else(|| cursor.fault())?;
    Ok(Code {
        text,
        target,
        user,
        issued_at,
        lifetime: lifetime as u32,
        nonce,
        key,
        signature,
    })
}

struct Cursor<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn fault(&self) -> Refusal {
        Reason::CodeMalformed.at(Part::Code, self.text.len() - self.rest.len())
    }

    fn literal(&mut self, literal: &str) -> Result<(), Refusal> {
        self.rest = self
            .rest
            .strip_prefix(literal)
            .ok_or_else(|| self.fault())?;
        Ok(())
    }

    fn until<T>(
        &mut self,
        end: char,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Result<T, Refusal> {
        let (part, rest) = self.rest.split_once(end).ok_or_else(|| self.fault())?;
        let value = read(part).ok_or_else(|| self.fault())?;
        self.rest = rest;
        Ok(value)
    }
}

/// A number of 1 to 10 digits without zeros before it.
fn number(digits: &str) -> Option<i64> {
    if digits.is_empty() || digits.len() > 10 || digits.starts_with('0') {
        return None;
    }
    digits.bytes().try_fold(0, |value, digit| {
        digit
            .is_ascii_digit()
            .then(|| value * 10 + i64::from(digit - b'0'))
    })
}

/// Canonical base64url of exactly `N` bytes.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let length = base64url::decode_into(text.as_bytes(), &mut bytes).ok()?;
    (length == N).then_some(bytes)
}
