//! ECDSA over P-256 (FIPS 186-5, SEC 1), verification only.
//!
//! What this room is for: the fastest verification that WebAssembly allows, for keys that
//! are used again and again, as an issuer's are. It knows of the SHA-256 digest and of the
//! signature's bytes, not of tokens.
//!
//! A verification computes `u1 G + u2 Q` and compares an x coordinate. Both points are known
//! beforehand, so both get tables of multiples (`table.rs`) that leave 64 additions, for the
//! hottest keys 52, and no doubling. They are added in coordinates that need no inversion
//! (`point.rs`) over a field whose element is cut for 64-bit integers without carries
//! (`field.rs`), or, where fused multiply-adds of floating-point numbers exist, two sums at once
//! over one that is cut for those (`fused/`). What is left is one inversion modulo n by division steps
//! (`inverse.rs`, `scalar.rs`).
//!
//! | file | idea |
//! |---|---|
//! | `integer.rs` | 256 bits as words, before they become limbs |
//! | `field.rs` | nine signed limbs of 29 bits, Montgomery |
//! | `inverse.rs` | division steps |
//! | `scalar.rs` | modulo n |
//! | `point.rs` | the curve, additions with their bounds, the complete path |
//! | `table.rs`, `prepared.rs` | multiples, odd digits; when a table is made |
//! | `arithmetic.rs`, `running_sum.rs`, `fused/` | the two ways to add up the terms |
//! | `verify.rs`, `key.rs`, `der.rs` | the equation, the key, the other encoding |
//! | `self_test.rs` | a known answer, for engines that are not to be taken on trust |
//!
//! **Everything here is in variable time, for public inputs only**: nothing but
//! verification is exported, so that none of it can be used on a secret.
//!
//! To add to it: state the bound that you rely on where you rely on it, and let a test
//! against big integers go to its extremes (`testing.rs`); measure in V8, with contenders
//! interleaved in one process, and write the ratio beside the choice.

mod arithmetic;
mod der;
mod field;
#[cfg(any(target_feature = "relaxed-simd", test))]
mod fused;
mod integer;
mod inverse;
mod key;
mod point;
mod prepared;
#[cfg(any(not(target_feature = "relaxed-simd"), test))]
mod running_sum;
mod scalar;
mod self_test;
mod table;
mod verify;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use der::{InvalidDer, signature_from_der};
pub use key::{InvalidPoint, VerifyingKey};
pub use self_test::self_test;
