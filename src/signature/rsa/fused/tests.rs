use super::*;
use crate::signature::rsa::extremes::{self, bytes};
use crate::signature::rsa::limbs::mask;
use alloc::vec::Vec;
use num_bigint::BigUint;
use proptest::prelude::*;

fn number(value: &BigUint, pairs: usize) -> Vec<Doubles> {
    let limbs: Vec<u64> = (0..2 * pairs)
        .map(|i| {
            let limb = (value >> (i * WIDTH as usize)) & BigUint::from(mask(WIDTH));
            u64::try_from(limb).unwrap()
        })
        .collect();
    to_doubles(&limbs)
}

fn value(number: &[Doubles]) -> BigUint {
    let limbs = to_limbs(number);
    assert!(limbs.iter().all(|limb| *limb <= mask(WIDTH)));
    limbs
        .iter()
        .rev()
        .fold(BigUint::ZERO, |v, limb| (v << WIDTH) + limb)
}

#[test]
fn a_signature_not_below_the_modulus_is_refused() {
    let n: BigUint = (BigUint::from(1u8) << 2047) + 3u8;
    let engine = Fused::new(&n.to_bytes_be(), 2048, &[]);
    assert!(engine.opens(&[0; 256], &[0; 32]));
    assert!(!engine.opens(&bytes(&n, 2048), &[0; 32]));
}

#[test]
fn three_classes_hold_all_sizes() {
    for (bits, pairs) in [
        (2048, 21),
        (2089, 21),
        (2090, 31),
        (3072, 31),
        (3109, 31),
        (3110, 41),
        (4096, 41),
    ] {
        assert_eq!(pairs_for(bits), pairs, "{bits}");
    }
}

/// Both halves at every end: products of the least and the greatest limbs, of a doubled
/// limb, and those around the middle between two multiples of 2^51, where `high` rounds.
#[test]
fn a_product_is_its_halves() {
    let top = (1u64 << WIDTH) - 1;
    let limbs = [
        0,
        1,
        2,
        3,
        top,
        top - 1,
        top - 2,
        top / 2,
        top / 2 + 1,
        1 << 50,
        1 << 26,
        (1 << 26) - 1,
        (1 << 25) + 1,
        0x5_5555_5555_5555 & top,
        0x2_aaaa_aaaa_aaaa,
    ];
    for a in limbs.into_iter().flat_map(|a| [a, 2 * a]) {
        for b in limbs {
            let pair = Doubles::new(b as f64, 0.0);
            let (high, low) = product(Doubles::splat(a as f64), pair);
            let [high, zero_high] = high.to_array();
            let [low, zero_low] = low.to_array();
            let (high, low) = (high - HIGH_BIAS, low - LOW_BIAS);
            assert_eq!((zero_high - HIGH_BIAS, zero_low - LOW_BIAS), (0, 0));
            assert!(
                (0..1 << 52).contains(&high) && low.abs() <= 1 << 50,
                "{a} {b}"
            );
            let sum = (i128::from(high) << WIDTH) + i128::from(low);
            assert_eq!(sum, i128::from(a) * i128::from(b), "{a} {b}");
        }
    }
}

#[test]
fn extreme_powers_agree_with_big_integers() {
    extremes::powers_agree::<Fused>(2);
}

/// The invariant of the chain, where columns are fullest: `x, y < 2 N` give a result that is
/// congruent to `x y / R`, less than `2 N`, and in canonical limbs.
#[test]
fn products_stay_below_twice_the_modulus() {
    for bits in extremes::SIZES {
        let pairs = pairs_for(bits);
        let mut columns = Columns::new(pairs);
        let product_bias = Columns::biased(pairs, |_| 0..pairs);
        for n in extremes::moduli(bits) {
            let engine = Fused::new(&n.to_bytes_be(), bits, &[]);
            let multiple = &n * engine.modulus.multiplier;
            let twice = &multiple * 2u8;
            let r = BigUint::from(1u8) << (2 * pairs * WIDTH as usize);
            let below = extremes::below(&twice);
            let numbers = [&twice - 1u8, &multiple - 1u8, below[13].clone()];
            for x in &numbers {
                let mut square = number(x, pairs);
                engine.square(&mut square, &mut columns);
                let square = value(&square);
                assert!(square < twice);
                assert_eq!(&square * &r % &multiple, x * x % &multiple);
                for y in &numbers {
                    let mut product = number(x, pairs);
                    columns.copy_from(&product_bias);
                    columns.add_product(&product, &number(y, pairs));
                    reduce(&mut columns, &engine.shifted, &mut product);
                    let product = value(&product);
                    assert!(product < twice);
                    assert_eq!(&product * &r % &multiple, x * y % &multiple);
                }
            }
        }
    }
}

/// The bound of the head of `mod.rs`, for the largest class and all limbs full.
#[test]
fn the_fullest_columns_fit() {
    let limbs = 2 * pairs_for(4096) as i128;
    let halves = (1i128 << 51) + (1 << 50);
    let fullest = (2 * limbs + 2 * DIGEST_PAIRS as i128) * halves + (1 << 51);
    assert!(fullest <= 1 << 59);
    // Within what `digit` makes positive, with the carry of the column before.
    assert!(fullest + (fullest >> WIDTH) + 1 < 1 << 62);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_power_agrees_with_big_integers(
        size in prop::sample::select(&extremes::SIZES[..]),
        modulus in prop::collection::vec(any::<u8>(), 512),
        s in prop::collection::vec(any::<u8>(), 512),
    ) {
        let n = extremes::modulus(size, &modulus);
        extremes::opens_exactly::<Fused>(&n, size, &(BigUint::from_bytes_be(&s) % &n));
    }
}
