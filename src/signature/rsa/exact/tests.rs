use super::*;
use crate::signature::rsa::extremes::{self, bytes};
use num_bigint::{BigInt, BigUint};
use proptest::prelude::*;

/// The farthest from zero that a limb may be after a reduction.
const FARTHEST: i64 = (1 << 22) + (1 << 7) + 1;

fn number(value: &BigUint, pairs: usize) -> Vec<Doubles> {
    let limbs: Vec<u64> = (0..pairs)
        .map(|i| {
            let limb = (value >> (i * PAIR as usize)) & BigUint::from(mask(PAIR));
            limb.try_into().unwrap()
        })
        .collect();
    to_doubles(&limbs)
}

fn value(number: &[Doubles]) -> BigInt {
    let limbs = number.iter().flat_map(|pair| pair.to_array());
    limbs.rev().fold(BigInt::ZERO, |v, limb| {
        assert!(limb.fract() == 0.0 && limb.abs() <= FARTHEST as f64);
        (v << WIDTH) + limb as i64
    })
}

#[test]
fn extreme_powers_agree_with_big_integers() {
    extremes::powers_agree::<Exact>(1);
}

#[test]
fn a_signature_not_below_the_modulus_is_refused() {
    for bits in [2048, 2049, 4096] {
        let n: BigUint = (BigUint::from(1u8) << (bits - 1)) + 3u8;
        let opens = |constant: BigUint, signature: BigUint| {
            let engine = Exact::new(&n.to_bytes_be(), bits, &constant.to_bytes_be());
            engine.opens(&bytes(&signature, bits), &[0; 32])
        };
        assert!(opens(&n - 1u8, &n - 1u8));
        assert!(!opens(BigUint::ZERO, n.clone()));
        assert!(!opens(1u8.into(), &n + 1u8));
    }
}

#[test]
fn counts_of_pairs_are_multiples_of_two_rows() {
    for (bits, pairs) in [
        (2048, 46),
        (2068, 46),
        (2069, 48),
        (3072, 68),
        (4092, 90),
        (4096, 92),
    ] {
        assert_eq!(pairs_for(bits), pairs, "{bits}");
    }
}

#[test]
fn limbs_are_signed_halves_of_pairs() {
    for bits in extremes::SIZES {
        let pairs = pairs_for(bits);
        for x in extremes::below(&(BigUint::from(1u8) << (bits + PAIR as usize))) {
            let doubles = number(&x, pairs);
            let limbs = doubles.iter().flat_map(|pair| pair.to_array());
            assert!(limbs.clone().all(|limb| limb.abs() <= (1 << 22) as f64));
            assert_eq!(value(&doubles), x.clone().into());
            assert_eq!(number(&x, pairs).len(), doubles.len());
            let back = to_limbs(&doubles);
            let back = back
                .iter()
                .rev()
                .fold(BigUint::ZERO, |v, l| (v << PAIR) + l);
            assert_eq!(back, x);
        }
    }
}

/// `x y / R`, or `x^2 / R` where there is no `y`.
fn multiply(x: &[Doubles], y: Option<&[Doubles]>, shifted: &[Doubles]) -> Vec<Doubles> {
    let mut columns = Columns::new(x.len());
    add_product(columns.cleared(), x, y);
    let mut out = x.to_vec();
    reduce(columns.places(), shifted, &mut out);
    out
}

/// The invariant of the chain, where columns are fullest: `x, y` between `-N` and `N` give a
/// result that is congruent to `x y / R` and between `-N` and `N`.
#[test]
fn products_stay_within_the_modulus() {
    for bits in extremes::SIZES {
        let pairs = pairs_for(bits);
        for n in extremes::moduli(bits) {
            let engine = Exact::new(&n.to_bytes_be(), bits, &[]);
            let multiple = &n * engine.modulus.multiplier;
            let below = extremes::below(&multiple);
            let numbers = [
                &multiple - 1u8,
                below[7].clone(),
                below[9].clone(),
                below[10].clone(),
            ]
            .map(|x| number(&x, pairs))
            .map(|x| [negative(&x), x]);
            let multiple = BigInt::from(multiple);
            let agrees = |product: &[Doubles], x: &[Doubles], y: &[Doubles]| {
                let (product, exact) = (value(product), value(x) * value(y));
                assert!(-&multiple < product && product < multiple);
                assert!(
                    (((product << (pairs * PAIR as usize)) - exact) % &multiple) == BigInt::ZERO
                );
            };
            for x in numbers.as_flattened() {
                agrees(&multiply(x, None, &engine.shifted), x, x);
                for y in numbers.as_flattened() {
                    agrees(&multiply(x, Some(y), &engine.shifted), x, y);
                }
            }
        }
    }
}

fn negative(x: &[Doubles]) -> Vec<Doubles> {
    x.iter()
        .map(|pair| Doubles::splat(0.0).minus(*pair))
        .collect()
}

/// Columns as full as limbs can make them, beyond what any modulus allows: every limb of the
/// operands and of the modulus as far from zero as one may be, all of one sign so that nothing
/// cancels, at the largest count of pairs. A sum that did not fit would be rounded, and the
/// result no longer congruent.
#[test]
fn the_fullest_columns_fit() {
    let pairs = pairs_for(4096);
    // The last pair of any number is small, see `Engine::new`.
    let full = |limb: i64, pairs: usize| {
        let mut doubles = vec![Doubles::splat(limb as f64); pairs];
        doubles[pairs - 1] = Doubles::splat(0.0);
        doubles
    };
    let congruent = |product: &[Doubles], exact: BigInt, shifted: &[Doubles]| {
        let multiple = (value(shifted) << PAIR) - 1;
        assert!((((value(product) << (pairs * PAIR as usize)) - exact) % multiple) == BigInt::ZERO);
    };
    for farthest in [1 << 22, -(1 << 22)] {
        let shifted = full(farthest, pairs - 1);
        for limb in [FARTHEST, -FARTHEST] {
            let x = full(limb, pairs);
            let exact = value(&x) * value(&x);
            congruent(&multiply(&x, None, &shifted), exact.clone(), &shifted);
            congruent(&multiply(&x, Some(&x), &shifted), exact, &shifted);
        }
    }
    let rows = 2 * pairs as i64;
    let fullest = (rows + rows + 2 * DIGEST_PAIRS as i64) * FARTHEST.pow(2) + (1 << 32);
    assert!(fullest < 1 << 53);
}

/// Ends of what is rounded, and halfway between two multiples.
#[test]
fn what_is_split_is_whole_again() {
    let most = (1i64 << 53) - 1;
    for near in [
        0,
        1 << 22,
        3 << 22,
        1 << 23,
        1 << 44,
        1 << 52,
        most - (1 << 22),
    ] {
        for sum in near - 2..=near + 2 {
            for sum in [sum, -sum, most, -most] {
                let mut places = vec![Doubles::splat(0.0); 1 + 4 * 4];
                // The first column above those of the digits.
                places[9] = Doubles::new(sum as f64, 0.0);
                let mut out = vec![Doubles::splat(0.0); 4];
                let shifted = vec![Doubles::splat(0.0); 3];
                reduce(&mut places, &shifted, &mut out);
                assert_eq!(value(&out), sum.into());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_power_agrees_with_big_integers(
        size in prop::sample::select(&extremes::SIZES[..]),
        modulus in prop::collection::vec(any::<u8>(), 512),
        s in prop::collection::vec(any::<u8>(), 512),
    ) {
        let n = extremes::modulus(size, &modulus);
        extremes::opens_exactly::<Exact>(&n, size, &(BigUint::from_bytes_be(&s) % &n));
    }
}
