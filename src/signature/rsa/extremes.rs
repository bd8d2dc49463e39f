//! Moduli and numbers at the ends of what the engines accept, and the test to which both are
//! put with them.

use super::Engine;
use alloc::vec::Vec;
use num_bigint::BigUint;

/// The sizes, in bits: both ends, sizes that fill no byte, those between two counts of rows of
/// the exact engine (2068 and 2069, 4092 and 4095) and between two classes of the fused one.
pub(super) const SIZES: [usize; 14] = [
    2048, 2049, 2056, 2068, 2069, 2089, 2090, 2560, 3072, 3109, 3110, 4092, 4095, 4096,
];

fn one() -> BigUint {
    1u8.into()
}

/// Odd numbers of exactly `bits` bits: the least, the greatest, long runs of ones and of
/// zeros, and those whose friendly factor is the least (1) and the greatest.
pub(super) fn moduli(bits: usize) -> Vec<BigUint> {
    let top = one() << (bits - 1);
    let all = (one() << bits) - 1u8;
    let mut moduli = alloc::vec![
        &top + 1u8,
        &top + 3u8,
        all.clone(),
        &all - 2u8,
        &all - (one() << (bits / 2)),
        &top + (one() << (bits / 2)) - 1u8,
    ];
    for width in [46, 51] {
        // n = -1 and n = 1 modulo 2^width: factor 1 and 2^width - 1.
        let low = (one() << width) - 1u8;
        moduli.push(&top + &low);
        moduli.push(&all - &low + 1u8);
        moduli.push(&top + (one() << width) + 1u8);
        // A limb of zeros, and one of ones, where the digits look ahead.
        moduli.push(&all - (&low << width));
        moduli.push(&top + (&low << width) + 1u8);
    }
    moduli
}

/// Numbers below `bound`, most of them at some end.
pub(super) fn below(bound: &BigUint) -> Vec<BigUint> {
    let bits = bound.bits() as usize;
    let mut numbers = alloc::vec![
        BigUint::ZERO,
        one(),
        2u8.into(),
        bound - 1u8,
        bound - 2u8,
        bound >> 1u8,
        (one() << (bits - 1)) - 1u8,
    ];
    for width in [23usize, 51] {
        let ones = (one() << width) - 1u8;
        let count = bits / width;
        // Every limb full; every other limb full; only the highest bit of each, and all below
        // it: signed limbs at both their ends.
        let pattern = |step: usize, limb: &BigUint| {
            (0..count)
                .step_by(step)
                .fold(BigUint::ZERO, |all, i| all | (limb << (i * width)))
        };
        numbers.push(pattern(1, &ones) % bound);
        numbers.push(pattern(2, &ones) % bound);
        numbers.push(pattern(1, &(one() << (width - 1))) % bound);
        numbers.push(pattern(1, &((one() << (width - 1)) - 1u8)) % bound);
        numbers.push(one() << width);
        numbers.push(ones);
    }
    numbers
}

/// A number in as many bytes as a modulus of `bits` bits has.
pub(super) fn bytes(value: &BigUint, bits: usize) -> Vec<u8> {
    let short = value.to_bytes_be();
    let mut bytes = alloc::vec![0; bits.div_ceil(8) - short.len()];
    bytes.extend(short);
    bytes
}

/// An odd modulus of exactly `bits` bits, by the bytes that somebody drew.
pub(super) fn modulus(bits: usize, drawn: &[u8]) -> BigUint {
    let mut n = BigUint::from_bytes_be(drawn) % (one() << bits);
    n.set_bit(0, true);
    n.set_bit(bits as u64 - 1, true);
    n
}

/// Extreme signatures for the extreme moduli: one in `thorough` for those of 2048 and 4096 bits,
/// of the others one in five.
pub(super) fn powers_agree<E: Engine>(thorough: usize) {
    for bits in SIZES {
        let every = if matches!(bits, 2048 | 4096) {
            thorough
        } else {
            5
        };
        for (index, n) in moduli(bits).iter().enumerate() {
            for s in below(n).iter().skip(index % every).step_by(every) {
                opens_exactly::<E>(n, bits, s);
            }
        }
    }
}

/// `s^65537` as the constant of an engine and a digest, at the ends of what digests are, and
/// congruent to nothing else.
pub(super) fn opens_exactly<E: Engine>(n: &BigUint, bits: usize, s: &BigUint) {
    let signature = bytes(s, bits);
    let power = s.modpow(&65537u32.into(), n);
    for digest in [[0; 32], [0xff; 32], core::array::from_fn(|i| i as u8)] {
        let constant = (&power + n - BigUint::from_bytes_be(&digest) % n) % n;
        let engine = E::new(&n.to_bytes_be(), bits, &constant.to_bytes_be());
        assert!(engine.opens(&signature, &digest), "n {n:x} s {s:x}");
        for (byte, bit) in [(0, 0x80), (15, 0x10), (31, 1)] {
            let mut wrong = digest;
            wrong[byte] ^= bit;
            assert!(!engine.opens(&signature, &wrong), "n {n:x} s {s:x}");
        }
    }
}
