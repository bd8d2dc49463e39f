//! Whether this build computes as it should on the engine that it is on.
//!
//! The module with fused multiply-adds validates wherever the instruction is known, and the
//! specification lets an engine round twice: there it would refuse every genuine token. So
//! nothing is verified by it before a trial, and where that fails the host takes the other
//! module.

#![allow(
    unsafe_code,
    reason = "exports have names; nothing else here is unsafe"
)]

use crate::signature::{fused_multiply_add_is_fused, p256, rsa};

/// Returns 1 where this build is right: 0 asks whether multiply-adds are fused in both lanes,
/// 1 and 2 whether ES256 and RS256 give their known answers. Each is asked before the first
/// key that depends on it, so that a program pays for what it uses. The other build
/// relies on nothing that an engine may choose, and has no trial.
#[unsafe(export_name = "trial")]
extern "C" fn trial(of: u32) -> u32 {
    u32::from(match of {
        0 => fused_multiply_add_is_fused(),
        1 => p256::self_test(),
        _ => rsa::self_test(),
    })
}
