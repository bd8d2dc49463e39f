//! What the tests of this room share: big integers to compare with, and integers near the
//! edges where arithmetic goes wrong.

use super::field::P;
use super::integer::U256;
use super::point::Point;
use super::scalar::N;
use num_bigint::BigUint;
use proptest::prelude::*;

pub(super) fn big(integer: &U256) -> BigUint {
    BigUint::from(integer.bits(192, 64)) << 192
        | BigUint::from(integer.bits(128, 64)) << 128
        | BigUint::from(integer.bits(64, 64)) << 64
        | BigUint::from(integer.bits(0, 64))
}

pub(super) fn modulus_p() -> BigUint {
    big(&P)
}

/// Any integer below 2^256: random, made of runs of ones and zeros, or close to zero, p, n
/// or 2^256.
pub(super) fn integer() -> impl Strategy<Value = U256> {
    let word = prop_oneof![
        Just(0),
        Just(u64::MAX),
        any::<u64>(),
        (0u32..64).prop_map(|k| 1 << k)
    ];
    let words = proptest::array::uniform4(word).prop_map(U256::from_be_words);
    let edge = (
        prop_oneof![Just(U256::ZERO), Just(P), Just(N)],
        0u64..4,
        any::<bool>(),
    );
    let near = edge.prop_map(|(edge, distance, below)| {
        let distance = U256::from_be_words([0, 0, 0, distance]);
        if below {
            edge.subtract(&distance).0
        } else {
            edge.add(&distance).0
        }
    });
    prop_oneof![any::<[u64; 4]>().prop_map(U256::from_be_words), words, near]
}

pub(super) fn is_same_point(a: &Point, b: &Point) -> bool {
    let same = |left: &super::field::FieldElement, right: &super::field::FieldElement| {
        left.minus(right).is_zero()
    };
    if a.is_identity() || b.is_identity() {
        return a.is_identity() && b.is_identity();
    }
    same(&a.x.multiply(&b.zz), &b.x.multiply(&a.zz))
        && same(&a.y.multiply(&b.zzz), &b.y.multiply(&a.zzz))
}
