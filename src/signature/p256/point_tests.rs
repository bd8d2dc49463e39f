use super::super::testing::{integer, is_same_point};
use super::{AffinePoint, Point, U256, double_multiply};
use ::p256::elliptic_curve::sec1::ToSec1Point;
use ::p256::{ProjectivePoint, Scalar as ReferenceScalar};
use core::ops::{Add, Mul, Sub};
use proptest::prelude::*;

/// A range of values in multiples of p. Ends are rounded by less than the slack that every
/// assertion leaves.
#[derive(Clone, Copy, Debug)]
struct Interval(f64, f64);

impl Interval {
    /// What a reduction makes of a sum of products: the budget is 32 p^2, R > 32 p.
    fn reduced(self) -> Self {
        assert!(
            self.0 >= -32.0 && self.1 <= 32.0,
            "beyond the budget: {self:?}"
        );
        Self(self.0 / 32.0, self.1 / 32.0 + 1.0)
    }

    fn squared(self) -> Self {
        Self(0.0, (self.0 * self.0).max(self.1 * self.1))
    }

    fn times(self, factor: f64) -> Self {
        Self(self.0 * factor, self.1 * factor)
    }

    fn assert_within(self, bound: Self) {
        assert!(
            self.0 > bound.0 && self.1 < bound.1,
            "{self:?} is not within {bound:?}"
        );
    }
}

impl Mul for Interval {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let ends = [
            self.0 * other.0,
            self.0 * other.1,
            self.1 * other.0,
            self.1 * other.1,
        ];
        Self(
            ends.into_iter().fold(f64::MAX, f64::min),
            ends.into_iter().fold(f64::MIN, f64::max),
        )
    }
}

impl Add for Interval {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }
}

impl Sub for Interval {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.1, self.1 - other.0)
    }
}

const X: Interval = Interval(-4.5, 2.5);
const Y: Interval = Interval(-1.0, 2.0);
const Z: Interval = Interval(-1.0, 2.0);

#[test]
fn coordinates_stay_within_their_bounds() {
    // Where a chain begins: an affine point.
    let (x, y) = (Interval(0.0, 1.0), Interval(-1.0, 1.0));
    Interval(0.0, 1.0).assert_within(X);

    // add
    let (h, r) = ((x * Z).reduced() - X, (y * Z).reduced() - Y);
    let h2 = h.squared().reduced();
    let h3 = (h * h2).reduced();
    let q = (X * h2).reduced();
    let sum = r.squared().reduced() - (h3 + q.times(2.0));
    sum.assert_within(X);
    (r * (q - sum) - Y * h3).reduced().assert_within(Y);
    (Z * h2).reduced().assert_within(Z);
    (Z * h3).reduced().assert_within(Z);

    // double
    let u = Y.times(2.0);
    let v = u.squared().reduced();
    let w = (u * v).reduced();
    let s = (X * v).reduced();
    let m = (X.squared().reduced() - Z.squared().reduced()).times(3.0);
    let x = m.squared().reduced() - s.times(2.0);
    x.assert_within(X);
    (m * (s - x) - w * Y).reduced().assert_within(Y);
    (v * Z).reduced().assert_within(Z);
    (w * Z).reduced().assert_within(Z);
}

fn bytes(k: &U256) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (chunk, word) in bytes.chunks_exact_mut(8).zip([192, 128, 64, 0]) {
        chunk.copy_from_slice(&k.bits(word, 64).to_be_bytes());
    }
    bytes
}

fn reference_scalar(k: &U256) -> ReferenceScalar {
    use ::p256::elliptic_curve::ops::Reduce;
    <ReferenceScalar as Reduce<::p256::FieldBytes>>::reduce(&bytes(k).into())
}

fn from_reference(point: &ProjectivePoint) -> Option<AffinePoint> {
    let encoded = point.to_affine().to_sec1_point(false);
    let coordinate = |bytes: &[u8]| U256::from_be_bytes(bytes.try_into().unwrap());
    Some(AffinePoint::from_integers(
        &coordinate(encoded.x()?),
        &coordinate(encoded.y()?),
    ))
}

fn is_reference(point: &Point, reference: &ProjectivePoint) -> bool {
    match from_reference(reference) {
        None => point.is_identity(),
        Some(expected) => is_same_point(point, &Point::from_affine(&expected)),
    }
}

#[test]
fn the_generator_is_the_generator() {
    let g = AffinePoint::generator();
    assert!(g.is_on_curve());
    assert!(is_reference(
        &Point::from_affine(&g),
        &ProjectivePoint::GENERATOR
    ));
}

#[test]
fn a_point_beside_the_curve_is_not_on_it() {
    let g = AffinePoint::generator();
    assert!(!AffinePoint { x: g.y, y: g.x }.is_on_curve());
    assert!(!AffinePoint { x: g.x, y: g.x }.is_on_curve());
    let zero = super::FieldElement::ZERO;
    assert!(!AffinePoint { x: zero, y: zero }.is_on_curve());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn multiples_of_two_points_agree_with_the_reference(u1 in integer(), u2 in integer(), k in integer()) {
        let q = ProjectivePoint::GENERATOR * reference_scalar(&k);
        let Some(own) = from_reference(&q) else { return Ok(()) };
        prop_assert!(own.is_on_curve());
        let expected = ProjectivePoint::GENERATOR * reference_scalar(&u1) + q * reference_scalar(&u2);
        prop_assert!(is_reference(&double_multiply(&u1, &u2, &own), &expected));
    }

    #[test]
    fn complete_additions_agree_in_every_case(i in 0u64..4, j in 1u64..8, opposite in any::<bool>()) {
        let multiple = |k: u64| ProjectivePoint::GENERATOR * ReferenceScalar::from(k);
        let own = |point: &ProjectivePoint| from_reference(point).map_or(Point::IDENTITY, |p| Point::from_affine(&p));
        let (a, b) = (multiple(i), if opposite { -multiple(j) } else { multiple(j) });
        let affine = from_reference(&b).unwrap();
        prop_assert!(is_reference(&own(&a).add(&affine), &(a + b)));
        // Doubled, so that ZZ is not one.
        prop_assert!(is_reference(&own(&a).double().add(&affine), &(a + a + b)));
    }

    #[test]
    fn a_point_has_its_own_x_and_no_other(k in 1u64.., bit in 0usize..256) {
        let point = ProjectivePoint::GENERATOR * ReferenceScalar::from(k);
        let encoded = point.to_affine().to_sec1_point(false);
        let mut x: [u8; 32] = encoded.x().unwrap().as_slice().try_into().unwrap();
        let own = double_multiply(&U256::from_be_words([0, 0, 0, k]), &U256::ZERO, &AffinePoint::generator());
        prop_assert!(own.has_x(&U256::from_be_bytes(&x)));
        x[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!own.has_x(&U256::from_be_bytes(&x)));
    }
}
