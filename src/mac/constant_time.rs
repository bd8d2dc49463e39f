//! Comparison that tells nothing of where two strings differ.

use core::hint::black_box;

/// Whether two byte strings are equal, in a time that depends on their lengths alone.
///
/// Lengths may leak: strings of different length are told apart at once. Where the length
/// is itself a secret, compare digests.
///
/// The language promises no timing. All that can be done without assembly is done: every
/// byte is visited, the differences are gathered without a branch, and the compiler is
/// kept from seeing that only zero matters.
#[must_use]
pub fn constant_time_eq(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let difference = left
        .iter()
        .zip(right)
        .fold(0u8, |all, (a, b)| black_box(all | (a ^ b)));
    black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[test]
    fn lengths_must_agree() {
        assert!(constant_time_eq(b"", b""));
        assert!(!constant_time_eq(b"", b"\0"));
        assert!(!constant_time_eq(b"ab", b"abc"));
    }

    #[test]
    fn any_single_bit_makes_a_difference() {
        let original = [0x5au8; 40];
        for bit in 0..original.len() * 8 {
            let mut changed = original;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!constant_time_eq(&original, &changed), "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_equality(left in prop::collection::vec(0u8..3, 0..6), right in prop::collection::vec(0u8..3, 0..6)) {
            prop_assert_eq!(constant_time_eq(&left, &right), left == right);
            let copy: Vec<u8> = left.clone();
            prop_assert!(constant_time_eq(&left, &copy));
        }
    }
}
