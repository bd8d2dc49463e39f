//! The one of two: where (r, s) is an ECDSA signature, so is (r, n - s), and anybody can
//! make the second from the first. A code takes the one with the smaller s, so that whoever
//! has a code cannot make another that is as good.

use crate::jose::P256_ORDER;

/// Half of the order, rounded down.
const HALF: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// Whether s is the smaller of the two.
pub(super) fn is_low(signature: &[u8; 64]) -> bool {
    let (_, s) = signature.split_at(32);
    s <= &HALF[..]
}

/// The signature with the smaller s.
pub(super) fn lowered(mut signature: [u8; 64]) -> [u8; 64] {
    if !is_low(&signature) {
        let (_, s) = signature.split_at_mut(32);
        let mut borrow = false;
        for (digit, order) in s.iter_mut().zip(P256_ORDER).rev() {
            let (difference, first) = order.overflowing_sub(*digit);
            let (difference, second) = difference.overflowing_sub(u8::from(borrow));
            (*digit, borrow) = (difference, first | second);
        }
    }
    signature
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;
    use proptest::prelude::*;

    #[test]
    fn half_is_half() {
        let order = BigUint::from_bytes_be(&P256_ORDER);
        assert_eq!(BigUint::from_bytes_be(&HALF), order >> 1);
    }

    proptest! {
        #[test]
        fn the_sum_of_both_is_the_order(bytes: [u8; 32], high: bool) {
            let mut signature = [9; 64];
            signature[32..].copy_from_slice(&bytes);
            if high {
                signature[32] |= 0x80;
            }
            let s = BigUint::from_bytes_be(&signature[32..]);
            let order = BigUint::from_bytes_be(&P256_ORDER);
            prop_assume!(s < order);
            let low = lowered(signature);
            prop_assert!(is_low(&low));
            let t = BigUint::from_bytes_be(&low[32..]);
            prop_assert!(t == s || t + s == order);
            prop_assert_eq!(&low[..32], &signature[..32]);
        }
    }
}
