use super::super::testing::{big, integer, modulus_p};
use super::{FieldElement, LIMB_BITS, LIMBS, P_LIMBS, U256};
use num_bigint::BigInt;
use proptest::prelude::*;

fn value(element: &FieldElement) -> BigInt {
    element
        .0
        .iter()
        .rev()
        .fold(BigInt::ZERO, |sum, limb| (sum << LIMB_BITS) + limb)
}

fn modulus() -> BigInt {
    modulus_p().into()
}

fn radix() -> BigInt {
    BigInt::from(1) << super::RADIX_BITS
}

/// Equal modulo p.
fn congruent(left: &BigInt, right: &BigInt) -> bool {
    (left - right) % modulus() == BigInt::ZERO
}

/// What multiplications are defined for: limbs in (-2^29, 2^29), the extremes more often
/// than not, and a value that the top limb keeps below `multiple * p`.
fn operand(multiple: i64) -> impl Strategy<Value = FieldElement> {
    const EDGE: i64 = (1 << LIMB_BITS) - 1;
    let limb = prop_oneof![Just(EDGE), Just(-EDGE), Just(0), -EDGE..=EDGE];
    // p / 2^232 < 2^24, and the limbs below the top are less than one of it.
    let top = (multiple << 24) - 2;
    let top = prop_oneof![Just(top), Just(-top), -top..=top];
    (proptest::array::uniform8(limb), top).prop_map(|(low, top)| {
        let mut limbs = [0; LIMBS];
        limbs[..LIMBS - 1].copy_from_slice(&low);
        limbs[LIMBS - 1] = top;
        FieldElement(limbs)
    })
}

/// The same as results are: limbs below the top in [0, 2^29).
fn carried(multiple: i64) -> impl Strategy<Value = FieldElement> {
    operand(multiple).prop_map(|element| {
        let mut limbs = element.0;
        for limb in &mut limbs[..LIMBS - 1] {
            *limb = limb.abs();
        }
        FieldElement(limbs)
    })
}

fn is_carried(element: &FieldElement) -> bool {
    element.0[..LIMBS - 1]
        .iter()
        .all(|limb| (0..1 << LIMB_BITS).contains(limb))
}

fn assert_result(
    result: &FieldElement,
    times_radix: &BigInt,
    extra: (i64, i64),
) -> Result<(), TestCaseError> {
    let (low, high) = (-1 - extra.1, 2 + extra.0);
    prop_assert!(is_carried(result));
    prop_assert!(congruent(&(value(result) * radix()), times_radix));
    prop_assert!(value(result) > modulus() * low && value(result) < modulus() * high);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn products_within_the_budget_agree_and_are_bounded(a in operand(5), b in operand(6), c in operand(5)) {
        assert_result(&a.multiply(&b), &(value(&a) * value(&b)), (0, 0))?;
        let times_radix = value(&a) * value(&b) - value(&c) * radix();
        assert_result(&a.multiply_minus(&b, &c), &times_radix, (5, 5))?;
    }

    #[test]
    fn squares_within_the_budget_agree_and_are_not_negative(a in operand(5), c in operand(5), d in operand(5)) {
        let square = a.square();
        assert_result(&square, &(value(&a) * value(&a)), (0, 0))?;
        prop_assert!(value(&square) >= BigInt::ZERO);
        let subtrahend = value(&c) + 2 * value(&d);
        let times_radix = value(&a) * value(&a) - subtrahend * radix();
        assert_result(&a.square_minus(&c, &d), &times_radix, (15, 15))?;
    }

    #[test]
    fn differences_of_products_agree_and_are_bounded(a in operand(4), b in carried(2), c in carried(2), d in operand(4), e in operand(4)) {
        let times_radix = value(&a) * (value(&b) - value(&c)) - value(&d) * value(&e);
        assert_result(&a.multiply_difference_minus_product(&b, &c, &d, &e), &times_radix, (0, 0))?;
    }

    #[test]
    fn linear_operations_agree(a in operand(5), b in operand(5), negative in any::<bool>()) {
        prop_assert_eq!(value(&a.minus(&b)), value(&a) - value(&b));
        prop_assert_eq!(value(&a.plus_multiple(3, &b)), value(&a) + 3 * value(&b));
        prop_assert_eq!(value(&a.negated_if(negative)), value(&a) * if negative { -1 } else { 1 });
        let sum = a.plus_multiple(2, &b);
        prop_assert_eq!(value(&sum.carried()), value(&sum));
        prop_assert!(is_carried(&sum.carried()));
    }

    #[test]
    fn the_canonical_form_is_the_least_residue(a in operand(6)) {
        let canonical = a.canonical();
        prop_assert!(is_carried(&canonical));
        prop_assert!(congruent(&value(&canonical), &value(&a)));
        prop_assert!(value(&canonical) >= BigInt::ZERO && value(&canonical) < modulus());
        prop_assert_eq!(a.is_zero(), value(&a) % modulus() == BigInt::ZERO);
        prop_assert_eq!(FieldElement::unpack(&canonical.pack()).0, canonical.0);
        prop_assert_eq!(BigInt::from(big(&canonical.montgomery_integer())), value(&canonical));
    }
}

proptest! {
    #[test]
    fn montgomery_form_is_times_the_radix(a in integer()) {
        let element = FieldElement::from_integer(&a);
        assert_result(&element, &(BigInt::from(big(&a)) * radix() * radix()), (0, 0))?;
        let other = element.multiply(&FieldElement::to_radix(255));
        prop_assert!(congruent(&value(&other), &(BigInt::from(big(&a)) << 255)));
    }

    #[test]
    fn an_element_times_its_inverse_is_one(a in operand(5)) {
        prop_assume!(!a.is_zero());
        prop_assert!(a.multiply(&a.invert()).minus(&FieldElement::ONE).is_zero());
    }
}

#[test]
fn the_largest_limbs_do_not_overflow() {
    // Overflow checks are on in tests. The signs are those that make every column largest.
    let edge = (1 << LIMB_BITS) - 1;
    let (high, low) = (FieldElement([edge; LIMBS]), FieldElement([-edge; LIMBS]));
    for (a, b) in [(high, high), (high, low), (low, low)] {
        let _ = a.multiply(&b);
        let _ = a.square_minus(&b, &b);
        let _ =
            a.multiply_difference_minus_product(&b, &FieldElement::ZERO, &a.negated_if(true), &b);
        let _ = a.multiply_difference_minus_product(&FieldElement::ZERO, &b, &a, &b);
    }
}

#[test]
fn zero_and_one() {
    let p = FieldElement(P_LIMBS);
    for multiple in -15..=15 {
        assert!(FieldElement::ZERO.plus_multiple(multiple, &p).is_zero());
        assert!(!FieldElement::ONE.plus_multiple(multiple, &p).is_zero());
    }
    assert!(FieldElement::ZERO.invert().is_zero());
    let one = U256::from_be_words([0, 0, 0, 1]);
    assert!(
        FieldElement::from_integer(&one)
            .minus(&FieldElement::ONE)
            .is_zero()
    );
}
