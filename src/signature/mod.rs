//! Public-key signature verification: ECDSA P-256 and RSASSA-PKCS1-v1_5, both with SHA-256.
//!
//! Everything in this room runs in variable time, for public inputs only. It holds no
//! private key type and exports no arithmetic, so that nobody can use it on a secret.
//! It knows of no JOSE: bytes in, a boolean out.

pub mod p256;
pub mod rsa;
mod written_out;

/// Whether the engine's relaxed multiply-add rounds once, in both lanes, as the arithmetic
/// of this build needs. It is allowed to round twice, and does on JavaScriptCore for x64:
/// there every valid signature would be refused. Ask after instantiation, then the self-test
/// of each algorithm; fall back to the build without relaxed SIMD.
#[cfg(target_feature = "relaxed-simd")]
#[must_use]
pub fn fused_multiply_add_is_fused() -> bool {
    use core::arch::wasm32::{f64x2, f64x2_extract_lane, f64x2_relaxed_madd};
    use core::hint::black_box;

    const TWO_30: f64 = (1u64 << 30) as f64;
    // (1 + 2^-30)^2 = 1 + 2^-29 + 2^-60, of which the last term does not survive a rounding.
    const FACTOR: f64 = 1.0 + 1.0 / TWO_30;
    const ROUNDED: f64 = -1.0 - 2.0 / TWO_30;
    const REST: f64 = 1.0 / (TWO_30 * TWO_30);
    // Each lane with the other one idle, as an engine may treat them apart.
    let multiply_add = |[first, second]: [f64; 2]| {
        let factor = black_box(f64x2(first * FACTOR, second * FACTOR));
        let addend = black_box(f64x2(first * ROUNDED, second * ROUNDED));
        f64x2_relaxed_madd(factor, factor, addend)
    };
    f64x2_extract_lane::<0>(multiply_add([1.0, 0.0])) == REST
        && f64x2_extract_lane::<1>(multiply_add([0.0, 1.0])) == REST
}
