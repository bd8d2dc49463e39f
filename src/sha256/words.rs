//! Four words of the message schedule side by side.
//!
//! In WebAssembly with SIMD an operation on all four is one instruction; elsewhere they are taken
//! one by one, which is also how any machine holds the schedule to its oracle.

#[cfg(target_feature = "simd128")]
pub(super) use in_webassembly::Words;
#[cfg(not(target_feature = "simd128"))]
pub(super) use portable::Words;

use super::BLOCK_LENGTH;

impl Words {
    /// The sixteen words of a block.
    #[inline(always)]
    pub(super) fn of_block(block: &[u8; BLOCK_LENGTH]) -> [Self; 4] {
        let (fours, _) = block.as_chunks::<16>();
        core::array::from_fn(|i| Self::from_be_bytes(&fours[i]))
    }

    /// The four words after these sixteen. FIPS 180-4 section 6.2.2 step 1:
    ///
    /// ```text
    /// W(t) = sigma_1(W(t - 2)) + W(t - 7) + sigma_0(W(t - 15)) + W(t - 16)
    /// ```
    #[inline(always)]
    pub(super) fn next([first, second, third, fourth]: [Self; 4]) -> Self {
        first
            .plus(first.one_later(second).sigma_0())
            .plus(third.one_later(fourth))
            .plus_sigma_1_of_two_before(fourth)
    }
}

#[cfg(target_feature = "simd128")]
mod in_webassembly {
    use core::arch::wasm32::*;

    #[derive(Clone, Copy)]
    pub(in super::super) struct Words(v128);

    impl Words {
        pub(in super::super) const fn new([a, b, c, d]: [u32; 4]) -> Self {
            Self(u32x4(a, b, c, d))
        }

        #[inline(always)]
        #[rustfmt::skip]
        pub(super) fn from_be_bytes(bytes: &[u8; 16]) -> Self {
            let (halves, _) = bytes.as_chunks::<8>();
            let [low, high] = [0, 1].map(|i| u64::from_le_bytes(halves[i]));
            let words = u64x2(low, high);
            Self(u8x16_shuffle::<3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12>(words, words))
        }

        #[inline(always)]
        pub(in super::super) fn plus(self, other: Self) -> Self {
            Self(u32x4_add(self.0, other.0))
        }

        /// The last three of these and the first of the next.
        #[inline(always)]
        pub(super) fn one_later(self, next: Self) -> Self {
            Self(u32x4_shuffle::<1, 2, 3, 4>(self.0, next.0))
        }

        #[inline(always)]
        pub(super) fn sigma_0(self) -> Self {
            let rotated = |by| v128_xor(u32x4_shr(self.0, by), u32x4_shl(self.0, 32 - by));
            Self(v128_xor(
                v128_xor(rotated(7), rotated(18)),
                u32x4_shr(self.0, 3),
            ))
        }

        /// Two words depend on the two before these, and two on the first two of these.
        #[inline(always)]
        pub(super) fn plus_sigma_1_of_two_before(self, before: Self) -> Self {
            let first = sigma_1(u32x4_shuffle::<2, 2, 3, 3>(before.0, before.0));
            let half = u32x4_add(self.0, v128_and(first, u32x4(!0, !0, 0, 0)));
            let last = sigma_1(u32x4_shuffle::<0, 0, 1, 1>(half, half));
            Self(u32x4_add(half, v128_and(last, u32x4(0, 0, !0, !0))))
        }

        #[inline(always)]
        pub(in super::super) fn to_array(self) -> [u32; 4] {
            [
                u32x4_extract_lane::<0>(self.0),
                u32x4_extract_lane::<1>(self.0),
                u32x4_extract_lane::<2>(self.0),
                u32x4_extract_lane::<3>(self.0),
            ]
        }
    }

    /// Of two words that each stand there twice, once in either half. A word beside itself
    /// rotates by being shifted, 64 bits at once.
    #[inline(always)]
    fn sigma_1(twice: v128) -> v128 {
        let rotated = v128_xor(u64x2_shr(twice, 17), u64x2_shr(twice, 19));
        let both = v128_xor(rotated, u32x4_shr(twice, 10));
        u32x4_shuffle::<0, 2, 0, 2>(both, both)
    }
}

#[cfg(not(target_feature = "simd128"))]
mod portable {
    #[derive(Clone, Copy)]
    pub(in super::super) struct Words([u32; 4]);

    impl Words {
        pub(in super::super) const fn new(words: [u32; 4]) -> Self {
            Self(words)
        }

        #[inline(always)]
        pub(super) fn from_be_bytes(bytes: &[u8; 16]) -> Self {
            let (words, _) = bytes.as_chunks::<4>();
            Self(core::array::from_fn(|i| u32::from_be_bytes(words[i])))
        }

        #[inline(always)]
        pub(in super::super) fn plus(self, other: Self) -> Self {
            Self(core::array::from_fn(|i| self.0[i].wrapping_add(other.0[i])))
        }

        /// The last three of these and the first of the next.
        #[inline(always)]
        pub(super) fn one_later(self, next: Self) -> Self {
            let ([_, b, c, d], [e, ..]) = (self.0, next.0);
            Self([b, c, d, e])
        }

        #[inline(always)]
        pub(super) fn sigma_0(self) -> Self {
            Self(
                self.0
                    .map(|x| x.rotate_right(7) ^ x.rotate_right(18) ^ (x >> 3)),
            )
        }

        /// Two words depend on the two before these, and two on the first two of these.
        #[inline(always)]
        pub(super) fn plus_sigma_1_of_two_before(self, before: Self) -> Self {
            let ([a, b, c, d], [_, _, y, z]) = (self.0, before.0);
            let [a, b] = [a.wrapping_add(sigma_1(y)), b.wrapping_add(sigma_1(z))];
            let [c, d] = [c.wrapping_add(sigma_1(a)), d.wrapping_add(sigma_1(b))];
            Self([a, b, c, d])
        }

        #[inline(always)]
        pub(in super::super) const fn to_array(self) -> [u32; 4] {
            self.0
        }
    }

    #[inline(always)]
    const fn sigma_1(x: u32) -> u32 {
        x.rotate_right(17) ^ x.rotate_right(19) ^ (x >> 10)
    }
}
