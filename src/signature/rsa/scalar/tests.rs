use super::*;
use crate::signature::rsa::extremes::{self, bytes};
use num_bigint::BigUint;
use proptest::prelude::*;

const E: u32 = 65537;

fn number(value: &BigUint, limbs: usize) -> Vec<u32> {
    (0..limbs)
        .map(|i| {
            let limb = (value >> (i * WIDTH as usize)) & BigUint::from(MASK);
            limb.try_into().unwrap()
        })
        .collect()
}

fn value(limbs: &[u32]) -> BigUint {
    limbs
        .iter()
        .rev()
        .fold(BigUint::ZERO, |v, limb| (v << WIDTH) + limb)
}

/// `signature^65537` as the constant of an engine and a digest, at the ends of what digests are
/// and congruent to nothing else.
fn opens_exactly(n: &BigUint, bits: usize, s: &BigUint) {
    let signature = bytes(s, bits);
    let power = s.modpow(&E.into(), n);
    for digest in [[0; 32], [0xff; 32], core::array::from_fn(|i| i as u8)] {
        let constant = (&power + n - BigUint::from_bytes_be(&digest) % n) % n;
        let engine = Engine::new(&n.to_bytes_be(), bits, &constant.to_bytes_be());
        assert!(engine.opens(&signature, &digest), "n {n:x} s {s:x}");
        for (byte, bit) in [(0, 0x80), (15, 0x10), (31, 1)] {
            let mut wrong = digest;
            wrong[byte] ^= bit;
            assert!(!engine.opens(&signature, &wrong), "n {n:x} s {s:x}");
        }
    }
}

#[test]
fn extreme_powers_agree_with_big_integers() {
    for bits in extremes::SIZES {
        for (index, n) in extremes::moduli(bits).into_iter().enumerate() {
            // All numbers for a few moduli, a few for all.
            let every = if matches!(bits, 2048 | 4096) { 1 } else { 5 };
            for s in extremes::below(&n)
                .iter()
                .skip(index % every)
                .step_by(every)
            {
                opens_exactly(&n, bits, s);
            }
        }
    }
}

#[test]
fn a_signature_not_below_the_modulus_is_refused() {
    for bits in [2048, 2049, 4096] {
        let n: BigUint = (BigUint::from(1u8) << (bits - 1)) + 3u8;
        let opens = |constant: BigUint, signature: BigUint| {
            let engine = Engine::new(&n.to_bytes_be(), bits, &constant.to_bytes_be());
            engine.opens(&bytes(&signature, bits), &[0; 32])
        };
        assert!(opens(&n - 1u8, &n - 1u8));
        assert!(!opens(BigUint::ZERO, n.clone()));
        assert!(!opens(1u8.into(), &n + 1u8));
    }
}

fn multiply(x: &mut [u32], y: &[u32], shifted: &[u32]) {
    let mut workspace = Workspace::new();
    let columns = workspace.cleared(x.len());
    add_product(columns, x, y);
    reduce(columns, shifted, x);
}

/// The invariant of the chain, where columns are fullest: `x, y < 2 N` give a result that is
/// congruent to `x y / R` and less than `2 N`. Overflow checks are on in tests, so that a
/// column beyond 64 bits would panic here.
#[test]
fn products_stay_below_twice_the_modulus() {
    for bits in extremes::SIZES {
        let limbs = limbs_for(bits);
        let mut workspace = Workspace::new();
        for n in extremes::moduli(bits) {
            let engine = Engine::new(&n.to_bytes_be(), bits, &[]);
            let multiple = &n * engine.modulus.multiplier;
            let twice = &multiple * 2u8;
            let r = BigUint::from(1u8) << (limbs * WIDTH as usize);
            let numbers = [
                &twice - 1u8,
                &multiple - 1u8,
                extremes::below(&twice)[7].clone(),
            ];
            for x in &numbers {
                let mut square = number(x, limbs);
                workspace.square(&mut square, &engine.shifted);
                let square = value(&square);
                assert!(square < twice);
                assert_eq!(&square * &r % &multiple, x * x % &multiple);
                for y in &numbers {
                    let mut product = number(x, limbs);
                    multiply(&mut product, &number(y, limbs), &engine.shifted);
                    let product = value(&product);
                    assert!(product < twice);
                    assert_eq!(&product * &r % &multiple, x * y % &multiple);
                }
            }
        }
    }
}

/// Columns as full as limbs can make them, beyond what any modulus allows: with a modulus of
/// ones in every limb, the bound that the head of the file states holds for the largest
/// count that does not carry, and for the largest of all that does.
#[test]
fn the_fullest_columns_fit() {
    for limbs in [limbs_for(3330), MAX_LIMBS] {
        let full = alloc::vec![MASK as u32; limbs];
        let mut workspace = Workspace::new();
        let mut x = full.clone();
        multiply(&mut x, &full, &full);
        let mut x = full.clone();
        workspace.square(&mut x, &full);
    }
    assert!(limbs_for(3330) <= MAX_LIMBS_WITHOUT_CARRY);
    assert!(limbs_for(3331) > MAX_LIMBS_WITHOUT_CARRY);
    let limb = u128::from(MASK);
    let products = |count: usize| count as u128 * limb.pow(2) + limb + (1 << 36);
    let digest = 256usize.div_ceil(WIDTH as usize);
    assert!(products(2 * MAX_LIMBS_WITHOUT_CARRY + digest) < 1 << 64);
    assert!(products(2 * (MAX_LIMBS_WITHOUT_CARRY + 1) + digest) >= 1 << 64);
    assert!(products(MAX_LIMBS + digest) < 1 << 64);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_power_agrees_with_big_integers(
        size in prop::sample::select(&extremes::SIZES[..]),
        modulus in prop::collection::vec(any::<u8>(), 512),
        s in prop::collection::vec(any::<u8>(), 512),
    ) {
        let mut n = BigUint::from_bytes_be(&modulus) % (BigUint::from(1u8) << size);
        n.set_bit(0, true);
        n.set_bit(size as u64 - 1, true);
        opens_exactly(&n, size, &(BigUint::from_bytes_be(&s) % &n));
    }
}
