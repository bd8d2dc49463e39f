use super::super::constants::{CONSTANTS, RADIX_BITS};
use super::super::lanes::Lanes;
use super::{LIMB_BITS, LIMBS, Operand, P_LIMBS, Reduced, balanced_limbs};
use crate::signature::p256::field::P;
use crate::signature::p256::testing::{big, integer, modulus_p};
use num_bigint::BigInt;
use proptest::prelude::*;

const LIMB_BOUND: i64 = (1 << 50) + (1 << 45) + 2;
const TOP_BOUND: i64 = (1 << 51) + (1 << 32);

type Limbs = [i64; LIMBS];

/// One lane at the bounds, beside them, at small numbers, or anywhere between.
fn lane() -> impl Strategy<Value = Limbs> {
    let limb =
        |bound: i64| {
            let edge = (0i64..5, any::<bool>()).prop_map(move |(less, negative)| {
                if negative { less - bound } else { bound - less }
            });
            prop_oneof![2 => edge, 1 => -2i64..=2, 2 => -bound..=bound]
        };
    (proptest::array::uniform4(limb(LIMB_BOUND)), limb(TOP_BOUND))
        .prop_map(|([a, b, c, d], top)| [a, b, c, d, top])
}

#[derive(Clone, Debug)]
struct Pair(Limbs, Limbs);

fn pair() -> impl Strategy<Value = Pair> {
    (lane(), lane()).prop_map(|(first, second)| Pair(first, second))
}

impl Pair {
    fn operand(&self) -> Operand {
        Operand(core::array::from_fn(|i| {
            Lanes::pair(self.0[i] as f64, self.1[i] as f64)
        }))
    }

    fn reduced(&self) -> Reduced {
        self.operand().to_reduced()
    }

    fn values(&self) -> [BigInt; 2] {
        [value(&self.0), value(&self.1)]
    }
}

fn value(limbs: &Limbs) -> BigInt {
    limbs
        .iter()
        .rev()
        .fold(BigInt::ZERO, |sum, limb| (sum << LIMB_BITS) + limb)
}

/// The limbs of both lanes, which must be integers within the bounds.
fn limbs(operand: &Operand) -> Result<[Limbs; 2], TestCaseError> {
    let lanes = [operand.0.map(Lanes::first), operand.0.map(Lanes::second)];
    for lane in lanes {
        for (i, limb) in lane.into_iter().enumerate() {
            prop_assert!(limb.fract() == 0.0);
            let bound = if i < LIMBS - 1 { LIMB_BOUND } else { TOP_BOUND };
            prop_assert!(limb.abs() <= bound as f64, "limb {}: {}", i, limb);
        }
    }
    Ok(lanes.map(|lane| lane.map(|limb| limb as i64)))
}

fn congruent(left: &BigInt, right: &BigInt) -> bool {
    (left - right) % BigInt::from(modulus_p()) == BigInt::ZERO
}

fn assert_reduced(result: &Reduced, times_radix: [BigInt; 2]) -> Result<(), TestCaseError> {
    let lanes = limbs(&result.limbs)?;
    let tops = [result.top.first_integer(), result.top.second_integer()];
    for ((lane, top), expected) in lanes.iter().zip(tops).zip(times_radix) {
        prop_assert_eq!(lane[LIMBS - 1], top);
        prop_assert!(congruent(&(value(lane) << RADIX_BITS), &expected));
    }
    Ok(())
}

fn each(f: impl Fn(usize) -> BigInt) -> [BigInt; 2] {
    [f(0), f(1)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn products_agree_and_are_operands(a in pair(), b in pair(), c in pair(), d in pair()) {
        let constants = &CONSTANTS;
        let ([va, vb, vc, vd], [oa, ob, oc, od]) = (
            [&a, &b, &c, &d].map(Pair::values),
            [&a, &b, &c, &d].map(Pair::operand),
        );
        assert_reduced(&oa.multiply(constants, &ob), each(|i| &va[i] * &vb[i]))?;
        assert_reduced(
            &oa.multiply_minus(constants, &ob, &c.reduced()),
            each(|i| &va[i] * &vb[i] - (&vc[i] << RADIX_BITS)),
        )?;
        assert_reduced(
            &oa.multiply_minus_product(constants, &ob, &oc, &od),
            each(|i| &va[i] * &vb[i] - &vc[i] * &vd[i]),
        )?;
        assert_reduced(&oa.square(constants), each(|i| &va[i] * &va[i]))?;
        assert_reduced(
            &oa.square_minus(constants, &c.reduced(), &d.reduced()),
            each(|i| &va[i] * &va[i] - ((&vc[i] + 2 * &vd[i]) << RADIX_BITS)),
        )?;
    }

    #[test]
    fn differences_agree_and_are_operands(a in pair(), b in pair()) {
        let lanes = limbs(&a.operand().minus(&CONSTANTS, &b.operand()))?;
        for (i, lane) in lanes.iter().enumerate() {
            prop_assert!(congruent(&value(lane), &(&a.values()[i] - &b.values()[i])));
        }
    }

    #[test]
    fn congruence_is_that_of_the_numbers(a in pair(), b in pair()) {
        let expected = congruent(&a.values()[0], &b.values()[0]);
        prop_assert_eq!(a.operand().first_is_congruent(&b.operand()), expected);
        prop_assert!(a.operand().first_is_congruent(&a.operand()));
    }

    #[test]
    fn balanced_limbs_are_an_operand_of_the_same_number(a in integer()) {
        let a = if a.less_than(&P) { a } else { a.subtract(&P).0 };
        let operand = Operand::splat(&balanced_limbs(&a));
        for lane in limbs(&operand)? {
            prop_assert!(congruent(&value(&lane), &big(&a).into()));
        }
    }
}

#[test]
fn all_limbs_at_their_bounds() {
    // 2^10 sign patterns of two operands with every limb at its bound, one in each lane.
    let at_bounds = |signs: usize| -> Limbs {
        core::array::from_fn(|i| {
            let bound = if i < LIMBS - 1 { LIMB_BOUND } else { TOP_BOUND };
            if signs >> i & 1 == 1 { -bound } else { bound }
        })
    };
    for signs in 0..1 << 10 {
        let (a, b) = (at_bounds(signs), at_bounds(signs >> 5));
        let (a, b) = (Pair(a, b), Pair(b, a));
        let ((va, vb), (oa, ob)) = ((a.values(), b.values()), (a.operand(), b.operand()));
        let product = oa.multiply(&CONSTANTS, &ob);
        assert_reduced(&product, each(|i| &va[i] * &vb[i])).unwrap();
        let difference = oa.multiply_minus_product(&CONSTANTS, &ob, &ob, &ob);
        assert_reduced(&difference, each(|i| &va[i] * &vb[i] - &vb[i] * &vb[i])).unwrap();
        let square = oa.square_minus(&CONSTANTS, &b.reduced(), &b.reduced());
        assert_reduced(
            &square,
            each(|i| &va[i] * &va[i] - ((3 * &vb[i]) << RADIX_BITS)),
        )
        .unwrap();
    }
}

/// The same value with the lower limbs balanced, as every operation leaves them.
fn balance(mut limbs: Limbs) -> Limbs {
    for i in 0..LIMBS - 1 {
        let carry = (limbs[i] + (1 << (LIMB_BITS - 1))) >> LIMB_BITS;
        limbs[i] -= carry << LIMB_BITS;
        limbs[i + 1] += carry;
    }
    limbs
}

proptest! {
    #[test]
    fn a_number_is_congruent_to_itself_less_p(low in lane(), top in -(1i64 << 31)..1 << 31, bit in 0usize..51, limb in 0usize..LIMBS) {
        // Only numbers near p / 2 are within the bounds both with and without p.
        let number = balance([low[0], low[1], low[2], low[3], (1 << 51) + top]);
        let less_p = balance(core::array::from_fn(|i| number[i] - P_LIMBS[i]));
        let mut other = less_p;
        other[limb] ^= 1 << bit;
        let [number, less_p, other] = [number, less_p, other].map(|limbs| Pair(limbs, [0; LIMBS]).operand());
        prop_assert!(number.first_is_congruent(&less_p));
        prop_assert!(less_p.first_is_congruent(&number));
        prop_assert!(!number.first_is_congruent(&other));
        prop_assert!(!other.first_is_congruent(&number));
    }
}
