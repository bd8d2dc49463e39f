//! One-time codes for the host, checked offline.

#![allow(
    unsafe_code,
    reason = "exports have names; nothing else here is unsafe"
)]

use super::boundary::call;
use super::keys::{refuse, with_set};
use crate::code::{CodeExpectations, check};
use core::str;

/// Two fields, a code and the platform's name, at the time `now`, in seconds. Leaves address
/// and length of target and user, the second of issue (low and high word), and the lifetime.
#[unsafe(export_name = "check_code")]
extern "C" fn check_code(keys: u32, now: f64, clock_tolerance: f64) -> u32 {
    call(|[code, target], answer| {
        let code = str::from_utf8(code).ok()?;
        let expect = CodeExpectations {
            target: str::from_utf8(target).ok()?,
            now: now as i64,
            clock_tolerance: clock_tolerance as i64,
        };
        with_set(keys, |keys| match check(code, keys, &expect) {
            Ok(code) => {
                let (target, user) = (code.target.as_str(), code.user.as_str());
                answer.words(&[
                    target.as_ptr() as u32,
                    target.len() as u32,
                    user.as_ptr() as u32,
                    user.len() as u32,
                    code.issued_at as u32,
                    (code.issued_at >> 32) as u32,
                    code.lifetime,
                ]);
                0
            }
            Err(refusal) => refuse(refusal, answer),
        })
    })
}
