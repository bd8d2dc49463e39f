//! Integers of 256 bits, as they come from outside and before they become limbs.
#![allow(
    clippy::indexing_slicing,
    reason = "four words, and limbs that `width` and their number keep within 256 bits"
)]

/// An integer below 2^256, in four words of 64 bits, the least significant first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct U256([u64; 4]);

impl U256 {
    pub(super) const ZERO: Self = Self([0; 4]);
    const ONE: Self = Self([1, 0, 0, 0]);

    /// Words as standards print them: the most significant first.
    pub(super) const fn from_be_words([a, b, c, d]: [u64; 4]) -> Self {
        Self([d, c, b, a])
    }

    pub(super) fn from_be_bytes(bytes: &[u8; 32]) -> Self {
        let mut words = [0; 4];
        for (word, chunk) in words.iter_mut().rev().zip(bytes.chunks_exact(8)) {
            *word = chunk
                .iter()
                .fold(0, |word, byte| word << 8 | u64::from(*byte));
        }
        Self(words)
    }

    /// The bits from `at` upwards, as many as `count` (at most 64). Beyond the top are zeros.
    pub(super) const fn bits(&self, at: usize, count: usize) -> u64 {
        let (word, shift) = (at / 64, at % 64);
        if word >= 4 {
            return 0;
        }
        let next = if word < 3 { self.0[word + 1] } else { 0 };
        // In two shifts, as one by 64 would be none.
        let bits = self.0[word] >> shift | next << 1 << (63 - shift);
        bits & (u64::MAX >> (64 - count))
    }

    /// The integer cut into `N` limbs of `width` bits, the least significant first.
    pub(super) const fn limbs<const N: usize>(&self, width: usize) -> [i64; N] {
        let mut limbs = [0; N];
        let mut i = 0;
        while i < N {
            limbs[i] = self.bits(i * width, width).cast_signed();
            i += 1;
        }
        limbs
    }

    /// The inverse of [`Self::limbs`]: every limb in [0, 2^width), the value below 2^256.
    pub(super) const fn from_limbs<const N: usize>(limbs: &[i64; N], width: usize) -> Self {
        let mut words = [0; 4];
        let mut i = 0;
        while i < N {
            let limb = limbs[i].cast_unsigned();
            let (word, shift) = (i * width / 64, i * width % 64);
            words[word] |= limb << shift;
            if shift + width > 64 && word < 3 {
                words[word + 1] |= limb >> (64 - shift);
            }
            i += 1;
        }
        Self(words)
    }

    pub(super) fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    pub(super) const fn is_odd(&self) -> bool {
        self.0[0] & 1 == 1
    }

    pub(super) const fn less_than(&self, other: &Self) -> bool {
        self.subtract(other).1
    }

    /// The sum modulo 2^256, and whether it overflowed.
    pub(super) const fn add(&self, other: &Self) -> (Self, bool) {
        let (mut sum, mut carry) = ([0; 4], false);
        let mut i = 0;
        while i < 4 {
            let (partial, first) = self.0[i].overflowing_add(other.0[i]);
            let (word, second) = partial.overflowing_add(carry as u64);
            sum[i] = word;
            carry = first | second;
            i += 1;
        }
        (Self(sum), carry)
    }

    /// The difference modulo 2^256, and whether it was negative.
    pub(super) const fn subtract(&self, other: &Self) -> (Self, bool) {
        let (mut difference, mut borrow) = ([0; 4], false);
        let mut i = 0;
        while i < 4 {
            let (partial, first) = self.0[i].overflowing_sub(other.0[i]);
            let (word, second) = partial.overflowing_sub(borrow as u64);
            difference[i] = word;
            borrow = first | second;
            i += 1;
        }
        (Self(difference), borrow)
    }

    /// 2^exponent modulo `modulus`: how the Montgomery constants are made at compile time,
    /// so that none of them is a number to take on trust.
    pub(super) const fn power_of_two(exponent: u32, modulus: &Self) -> Self {
        let mut power = Self::ONE;
        let mut i = 0;
        while i < exponent {
            let (double, overflow) = power.add(&power);
            let (reduced, negative) = double.subtract(modulus);
            power = if overflow || !negative {
                reduced
            } else {
                double
            };
            i += 1;
        }
        power
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{big, integer, modulus_p};
    use super::U256;
    use num_bigint::BigUint;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn addition_and_subtraction_agree_with_big_integers(a in integer(), b in integer()) {
            let top: BigUint = BigUint::from(1u8) << 256;
            let (sum, carry) = a.add(&b);
            prop_assert_eq!(big(&sum) + if carry { top.clone() } else { 0u8.into() }, big(&a) + big(&b));
            let (difference, borrow) = a.subtract(&b);
            prop_assert_eq!(big(&difference) + big(&b), big(&a) + if borrow { top } else { 0u8.into() });
            prop_assert_eq!(a.less_than(&b), big(&a) < big(&b));
        }

        #[test]
        fn limbs_of_each_width_in_use_return_the_integer(a in integer()) {
            prop_assert_eq!(U256::from_limbs(&a.limbs::<9>(29), 29), a);
            prop_assert_eq!(U256::from_limbs(&a.limbs::<9>(30), 30), a);
            prop_assert_eq!(U256::from_limbs(&a.limbs::<6>(51), 51), a);
        }
    }

    #[test]
    fn powers_of_two_agree_with_big_integers() {
        for exponent in [0, 1, 255, 256, 261, 510, 522] {
            let expected = (BigUint::from(1u8) << exponent) % modulus_p();
            assert_eq!(
                big(&U256::power_of_two(exponent, &super::super::field::P)),
                expected
            );
        }
    }
}
