use super::*;
use crate::signature::rsa::extremes;
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

/// Bytes of the modulus' length.
fn bytes(value: &BigUint, bits: usize) -> Vec<u8> {
    let short = value.to_bytes_be();
    let mut bytes = alloc::vec![0; bits.div_ceil(8) - short.len()];
    bytes.extend(short);
    bytes
}

fn opens_exactly(engine: &Engine, n: &BigUint, bits: usize, s: &BigUint) {
    let expected = s.modpow(&E.into(), n);
    let signature = bytes(s, bits);
    assert!(
        engine.opens(&signature, &bytes(&expected, bits)),
        "n {n:x} s {s:x}"
    );
    // A residue is canonical: neither its neighbours nor what is congruent to it pass.
    for wrong in [
        &expected + 1u8,
        &expected + (BigUint::from(1u8) << (bits - 2)),
    ] {
        assert!(
            !engine.opens(&signature, &wrong.to_bytes_be()),
            "n {n:x} s {s:x}"
        );
    }
    if (&expected + n).bits() as usize <= bits {
        assert!(!engine.opens(&signature, &bytes(&(expected + n), bits)));
    }
}

#[test]
fn extreme_powers_agree_with_big_integers() {
    for bits in extremes::SIZES {
        for (index, n) in extremes::moduli(bits).into_iter().enumerate() {
            let engine = Engine::new(&n.to_bytes_be(), bits);
            // All numbers for a few moduli, a few for all.
            let every = if matches!(bits, 2048 | 4096) { 1 } else { 5 };
            for s in extremes::below(&n)
                .iter()
                .skip(index % every)
                .step_by(every)
            {
                opens_exactly(&engine, &n, bits, s);
            }
        }
    }
}

#[test]
fn a_signature_not_below_the_modulus_is_refused() {
    for bits in [2048, 2049, 4096] {
        let n: BigUint = (BigUint::from(1u8) << (bits - 1)) + 3u8;
        let engine = Engine::new(&n.to_bytes_be(), bits);
        assert!(engine.opens(&bytes(&(&n - 1u8), bits), &bytes(&(&n - 1u8), bits)));
        assert!(!engine.opens(&bytes(&n, bits), &bytes(&BigUint::ZERO, bits)));
        assert!(!engine.opens(&bytes(&(&n + 1u8), bits), &bytes(&BigUint::from(1u8), bits)));
    }
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
            let engine = Engine::new(&n.to_bytes_be(), bits);
            let multiple = &n * engine.modulus.multiplier;
            let twice = &multiple * 2u8;
            let r = BigUint::from(1u8) << (limbs * WIDTH as usize);
            assert_eq!(value(&engine.r_squared) % &multiple, &r * &r % &multiple);
            assert!(value(&engine.r_squared) < twice);
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
                    workspace.multiply(&mut product, &number(y, limbs), &engine.shifted);
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
    for limbs in [limbs_for(3442), MAX_LIMBS] {
        let full = alloc::vec![MASK as u32; limbs];
        let mut workspace = Workspace::new();
        let mut x = full.clone();
        workspace.multiply(&mut x, &full, &full);
        let mut x = full.clone();
        workspace.square(&mut x, &full);
    }
    assert!(limbs_for(3442) <= MAX_LIMBS_WITHOUT_CARRY);
    assert!(limbs_for(3443) > MAX_LIMBS_WITHOUT_CARRY);
    let fullest = 2 * MAX_LIMBS_WITHOUT_CARRY as u128 * u128::from(MASK).pow(2) + (1 << 36);
    assert!(fullest < 1 << 64);
    let carried = MAX_LIMBS as u128 * u128::from(MASK).pow(2) + u128::from(MASK) + (1 << 36);
    assert!(carried < 1 << 64);
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
        let engine = Engine::new(&n.to_bytes_be(), size);
        opens_exactly(&engine, &n, size, &(BigUint::from_bytes_be(&s) % &n));
    }
}
