//! Judging a code, offline.

use super::{Code, Target, parse};
use crate::jose::{Algorithm, KeySet, MAX_TIME, MAX_TOLERANCE, Reason, Refusal};
use crate::sha256;

/// What a code must be. Times are in seconds.
#[derive(Clone, Copy, Debug)]
pub struct CodeExpectations<'a> {
    /// The name of this platform.
    pub target: &'a str,
    /// The time of day, since 1970.
    pub now: i64,
    /// How far clocks may differ: 0 to 600.
    pub clock_tolerance: i64,
}

/// A code whose signature was not verified yet, and what is to be said of it once it was.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Presented<'a> {
    /// The code, of which nothing is known to be true.
    pub code: Code<'a>,
    /// What the code is refused for, if it is genuine.
    pub verdict: Result<(), Refusal>,
}

/// Whether a code is genuine, for this platform and still good, as far as can be told
/// without asking whether it was spent.
///
/// # Errors
/// The first fault, in this order: what is expected; the form; `code_key_unknown` (forged,
/// or the keys are old), `code_signature_invalid` (forged or altered),
/// `code_target_mismatch`, `code_not_yet_valid`, `code_expired`.
pub fn check<'a>(
    text: &'a str,
    keys: &KeySet,
    expect: &CodeExpectations<'_>,
) -> Result<Code<'a>, Refusal> {
    let Presented { code, verdict } = present(text, expect)?;
    is_signed(&code, keys)?;
    verdict.map(|()| code)
}

/// All of [`check`] but the signature, for callers that have the arithmetic elsewhere.
///
/// # Errors
/// What is wrong with the expectations or the form, whoever signed.
pub fn present<'a>(text: &'a str, expect: &CodeExpectations<'_>) -> Result<Presented<'a>, Refusal> {
    let target = Target::parse(expect.target)?;
    if !(0..=MAX_TIME).contains(&expect.now) || expect.clock_tolerance < 0 {
        return Err(Reason::ExpectedTimeOutOfRange.into());
    }
    if expect.clock_tolerance > MAX_TOLERANCE {
        return Err(Reason::ExpectedToleranceTooLarge.into());
    }
    let code = parse(text)?;
    let verdict = is_meant(&code, target, expect);
    Ok(Presented { code, verdict })
}

fn is_meant(
    code: &Code<'_>,
    target: Target<'_>,
    expect: &CodeExpectations<'_>,
) -> Result<(), Refusal> {
    if code.target != target {
        return Err(Reason::CodeTargetMismatch.into());
    }
    // At the second of its issue a code is good, at that of its expiry it is not.
    if expect.now + expect.clock_tolerance < code.issued_at {
        return Err(Reason::CodeNotYetValid.by(code.issued_at - expect.now));
    }
    if expect.now >= code.expires_at() + expect.clock_tolerance {
        return Err(Reason::CodeExpired.by(expect.now - code.expires_at()));
    }
    Ok(())
}

/// 48 bits of a thumbprint name a key, they do not prove it: of keys that share them, any
/// may have signed.
fn is_signed(code: &Code<'_>, keys: &KeySet) -> Result<(), Refusal> {
    let digest = sha256::digest(code.signing_input());
    let mut refusal = Reason::CodeKeyUnknown;
    for key in keys.keys() {
        if key.algorithm() == Algorithm::Es256 && key.thumbprint().starts_with(&code.key) {
            match key.verify_digest(&digest, &code.signature) {
                Ok(()) => return Ok(()),
                Err(_) => refusal = Reason::CodeSignatureInvalid,
            }
        }
    }
    Err(refusal.into())
}
