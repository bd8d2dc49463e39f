//! One-time codes for the host: all that can be said of one without arithmetic.
//!
//! Who signed is found out by the verifier, which is another module: a code that is read here
//! is not yet a code to believe.

#![allow(
    unsafe_code,
    reason = "exports have names; nothing else here is unsafe"
)]

use super::boundary::{Single, call};
use crate::code::{CodeExpectations, Presented, present};
use core::str;

/// r and s of the last code. They stay until the next, so that the host can read them.
static SIGNATURE: Single<[u8; 64]> = Single::new([0; 64]);

/// Two fields, a code and the platform's name, at the time `now`, in seconds. Leaves what to
/// say of the code once its signature was found to be good: the detail (low and high word)
/// and the status of a refusal, or zeros. Then address and length of target and user, the
/// second of issue (low and high word), the lifetime, and the address of the signature.
#[unsafe(export_name = "read_code")]
extern "C" fn read_code(now: f64, clock_tolerance: f64) -> u32 {
    call(|[code, target], answer| {
        let code = str::from_utf8(code).ok()?;
        let expect = CodeExpectations {
            target: str::from_utf8(target).ok()?,
            now: now as i64,
            clock_tolerance: clock_tolerance as i64,
        };
        Some(match present(code, &expect) {
            Ok(Presented { code, verdict }) => {
                let (status, detail) = verdict.err().map_or((0, 0), |refusal| {
                    let (reason, detail) = refusal.to_numbers();
                    (reason + 1, detail)
                });
                let signature = SIGNATURE.with(|kept| {
                    *kept = code.signature;
                    kept.as_ptr() as u32
                });
                let (target, user) = (code.target.as_str(), code.user.as_str());
                answer.words(&[
                    detail as u32,
                    (detail >> 32) as u32,
                    status,
                    target.as_ptr() as u32,
                    target.len() as u32,
                    user.as_ptr() as u32,
                    user.len() as u32,
                    code.issued_at as u32,
                    (code.issued_at >> 32) as u32,
                    code.lifetime,
                    signature,
                ]);
                0
            }
            Err(refusal) => answer.refuse(refusal),
        })
    })
}
