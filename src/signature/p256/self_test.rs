//! A known answer: whether this build computes as it should on the engine it is on.

use super::arithmetic::Arithmetic;
use super::key::Preferred;
use super::point::AffinePoint;
use super::prepared::Preparation;
use super::verify::{Signature, verify_by_tables};

/// The SHA-256 of "sample", the message of RFC 6979 appendix A.2.5.
pub(super) const DIGEST: [u8; 32] = [
    0xaf, 0x2b, 0xdb, 0xe1, 0xaa, 0x9b, 0x6e, 0xc1, 0xe2, 0xad, 0xe1, 0xd6, 0x94, 0xf4, 0x1f, 0xc7,
    0x1a, 0x83, 0x1d, 0x02, 0x68, 0xe9, 0x89, 0x15, 0x62, 0x11, 0x3d, 0x8a, 0x62, 0xad, 0xd1, 0xbf,
];

/// Its deterministic signature (RFC 6979) under the private key 1.
pub(super) const SIGNATURE: [u8; 64] = [
    0x04, 0x66, 0x34, 0x11, 0x74, 0xd5, 0x9e, 0x93, 0xeb, 0x98, 0x4c, 0x2a, 0x7c, 0x92, 0x3a, 0x80,
    0xab, 0x99, 0xa9, 0xe9, 0x15, 0x55, 0xbc, 0x73, 0xeb, 0xd8, 0x07, 0x3d, 0x4c, 0x72, 0x21, 0x21,
    0x99, 0x8f, 0x2b, 0x7b, 0xb6, 0x30, 0x82, 0xe9, 0x76, 0x21, 0x5e, 0x6a, 0xe4, 0x63, 0x44, 0xd6,
    0x6d, 0x2d, 0x4e, 0xde, 0xa6, 0x7d, 0x65, 0xd9, 0x15, 0x95, 0xf2, 0x13, 0x11, 0xdf, 0x50, 0x30,
];

/// Whether one signature is accepted and one refused, by the tables and not by the path
/// that catches what they cannot do. Where the arithmetic depends on what an engine makes
/// of an instruction, ask before the first use.
///
/// The public key of the private key 1 is G, whose tables every verification needs: the
/// test leaves none behind that would not have been made.
#[must_use]
pub fn self_test() -> bool {
    let Some(signature) = Signature::parse(&SIGNATURE) else {
        return false;
    };
    let verdict = |digest: &[u8; 32]| {
        let (g, tables) = (AffinePoint::generator(), Preferred::generator());
        verify_by_tables(&g, tables, Preparation::Small, digest, &signature)
    };
    let mut other = DIGEST;
    other.reverse();
    verdict(&DIGEST) == Some(true) && verdict(&other) == Some(false)
}
