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

use crate::signature::{p256, rsa};

/// Returns 1 where this build is right: 0 asks whether multiply-adds are fused in both lanes,
/// 1 and 2 whether ES256 and RS256 give their known answers. Each is asked before the first
/// key that depends on it, so that a program pays for what it uses. The build of integers
/// relies on nothing that an engine may choose, and has no trial.
#[unsafe(export_name = "trial")]
extern "C" fn trial(of: u32) -> u32 {
    u32::from(match of {
        0 => fused(),
        1 => p256::self_test(),
        _ => rsa::self_test(),
    })
}

/// (1 + 2^-30)^2 - (1 + 2^-29) is 2^-60 where the product is not rounded before the
/// subtraction, and 0 where it is. Asked of each lane with the other one idle, as an engine
/// may treat them apart.
fn fused() -> bool {
    use core::arch::wasm32::{f64x2, f64x2_extract_lane, f64x2_relaxed_madd};
    use core::hint::black_box;

    let (near_one, far) = (
        1.0 + f64::EPSILON * 4_194_304.0,
        -1.0 - f64::EPSILON * 8_388_608.0,
    );
    let least = f64::EPSILON * f64::EPSILON * 17_592_186_044_416.0;
    let first = f64x2_relaxed_madd(
        black_box(f64x2(near_one, 0.0)),
        black_box(f64x2(near_one, 0.0)),
        black_box(f64x2(far, 0.0)),
    );
    let second = f64x2_relaxed_madd(
        black_box(f64x2(0.0, near_one)),
        black_box(f64x2(0.0, near_one)),
        black_box(f64x2(0.0, far)),
    );
    f64x2_extract_lane::<0>(first) == least && f64x2_extract_lane::<1>(second) == least
}
