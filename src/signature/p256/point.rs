//! The curve y^2 = x^3 - 3x + b, and its group.
//!
//! A running sum is kept as (X, Y, ZZ, ZZZ) with x = X / ZZ, y = Y / ZZZ and ZZ^3 = ZZZ^2
//! (Explicit-Formulas Database, "XYZZ"). Adding an affine point costs 8 multiplications and
//! 2 squares, where Jacobian coordinates take 7 and 4; their advantage, cheaper doublings,
//! is worth nothing where prepared tables leave none to do.
//!
//! # Bounds
//!
//! In multiples of p, every coordinate between two operations lies in
//!
//! | X | Y | ZZ, ZZZ | affine x, y |
//! |---|---|---|---|
//! | (-4.5, 2.5) | (-1, 2) | (-1, 2) | [0, 1), y after negation (-1, 1) |
//!
//! and each operation returns there with every product in the budget of `field.rs`. The
//! test `coordinates_stay_within_their_bounds` walks through the formulas below with
//! intervals in place of numbers, and so proves it for all numbers at once.

use super::field::FieldElement;
use super::integer::U256;

/// The coefficient b (SEC 2 section 2.4.2).
const B: FieldElement = FieldElement::from_integer(&U256::from_be_words([
    0x5ac6_35d8_aa3a_93e7,
    0xb3eb_bd55_7698_86bc,
    0x651d_06b0_cc53_b0f6,
    0x3bce_3c3e_27d2_604b,
]));

/// A point that is not the identity. Coordinates are canonical.
#[derive(Clone, Copy, Debug)]
pub(super) struct AffinePoint {
    pub(super) x: FieldElement,
    pub(super) y: FieldElement,
}

/// A point in XYZZ coordinates; the identity has ZZ = ZZZ = 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) x: FieldElement,
    pub(super) y: FieldElement,
    pub(super) zz: FieldElement,
    pub(super) zzz: FieldElement,
}

impl AffinePoint {
    /// The generator G (SEC 2 section 2.4.2).
    pub(super) fn generator() -> Self {
        let x = U256::from_be_words([
            0x6b17_d1f2_e12c_4247,
            0xf8bc_e6e5_63a4_40f2,
            0x7703_7d81_2deb_33a0,
            0xf4a1_3945_d898_c296,
        ]);
        let y = U256::from_be_words([
            0x4fe3_42e2_fe1a_7f9b,
            0x8ee7_eb4a_7c0f_9e16,
            0x2bce_3357_6b31_5ece,
            0xcbb6_4068_37bf_51f5,
        ]);
        Self::from_integers(&x, &y)
    }

    /// Coordinates below p.
    pub(super) fn from_integers(x: &U256, y: &U256) -> Self {
        Self {
            x: FieldElement::from_integer(x).canonical(),
            y: FieldElement::from_integer(y).canonical(),
        }
    }

    pub(super) fn is_on_curve(&self) -> bool {
        let cube = self.x.square().multiply(&self.x);
        let line = B.plus_multiple(-3, &self.x);
        // y^2 - x^3 + 3x - b, between -3 and 5 p: near enough for the canonical form.
        self.y.square().minus(&cube).minus(&line).is_zero()
    }
}

impl Point {
    pub(super) const IDENTITY: Self = Self {
        x: FieldElement::ZERO,
        y: FieldElement::ZERO,
        zz: FieldElement::ZERO,
        zzz: FieldElement::ZERO,
    };

    #[inline(always)]
    pub(super) const fn from_affine(point: &AffinePoint) -> Self {
        let one = FieldElement::ONE;
        Self {
            x: point.x,
            y: point.y,
            zz: one,
            zzz: one,
        }
    }

    pub(super) fn is_identity(&self) -> bool {
        self.zz.is_zero()
    }

    /// The sum of this point and one whose x is larger by `h / ZZ`, and whose y by
    /// `r / ZZZ`, for an `h` that is not zero.
    fn add_by(&self, h: &FieldElement, r: &FieldElement) -> Self {
        let h2 = h.square();
        let h3 = h.multiply(&h2);
        let q = self.x.multiply(&h2);
        let x = r.square_minus(&h3, &q);
        Self {
            x,
            y: r.multiply_difference_minus_product(&q, &x, &self.y, &h3),
            zz: self.zz.multiply(&h2),
            zzz: self.zzz.multiply(&h3),
        }
    }

    /// `2 * self`, for any point: of the identity it is the identity, and no point of a
    /// group of odd order is its own opposite.
    pub(super) fn double(&self) -> Self {
        let u = self.y.times(2);
        let v = u.square();
        let w = u.multiply(&v);
        let s = self.x.multiply(&v);
        // The slope's numerator 3x^2 - 3, times ZZ^2.
        let m = self.x.square().minus(&self.zz.square()).times(3);
        let x = m.square_minus(&FieldElement::ZERO, &s);
        Self {
            x,
            y: m.multiply_difference_minus_product(&s, &x, &w, &self.y),
            zz: v.multiply(&self.zz),
            zzz: w.multiply(&self.zzz),
        }
    }

    /// The sum of any point and an affine one, exceptional cases included.
    #[inline(never)]
    pub(super) fn add(&self, other: &AffinePoint) -> Self {
        let h = other.x.multiply_minus(&self.zz, &self.x);
        let r = other.y.multiply_minus(&self.zzz, &self.y);
        // The identity's coordinates are all zero, and so are its h and r.
        if !h.is_zero() {
            self.add_by(&h, &r)
        } else if self.is_identity() {
            Self::from_affine(other)
        } else if r.is_zero() {
            self.double()
        } else {
            Self::IDENTITY
        }
    }

    /// The same point with ZZ = 1, by the inverse of its ZZZ; the identity has none.
    pub(super) fn to_affine(self, inverse: &FieldElement) -> AffinePoint {
        // ZZ^3 = ZZZ^2, hence 1 / ZZ = (ZZ / ZZZ)^2.
        let zz_inverse = self.zz.multiply(inverse).square();
        AffinePoint {
            x: self.x.multiply(&zz_inverse).canonical(),
            y: self.y.multiply(inverse).canonical(),
        }
    }

    /// Whether x = X / ZZ is the integer `x`, below p. Comparing X with x * ZZ spares an
    /// inversion. The identity has no x, and must not be asked.
    pub(super) fn has_x(&self, x: &U256) -> bool {
        FieldElement::from_integer(x)
            .multiply_minus(&self.zz, &self.x)
            .is_zero()
    }
}

/// `u1 * G + u2 * Q` with complete additions, for any input: no tables, one doubling for
/// every bit and an addition for three bits in four. About seven times slower than the
/// prepared tables.
#[inline(never)]
pub(super) fn double_multiply(u1: &U256, u2: &U256, q: &AffinePoint) -> Point {
    let g = AffinePoint::generator();
    let both = Point::from_affine(&g).add(q);
    // Where Q is -G both together are nothing to add.
    let both = (!both.is_identity()).then(|| both.to_affine(&both.zzz.invert()));
    let mut sum = Point::IDENTITY;
    for bit in (0..256).rev() {
        sum = sum.double();
        let term = match (u1.bits(bit, 1), u2.bits(bit, 1)) {
            (0, 0) => None,
            (_, 0) => Some(&g),
            (0, _) => Some(q),
            (_, _) => both.as_ref(),
        };
        if let Some(term) = term {
            sum = sum.add(term);
        }
    }
    sum
}

#[cfg(test)]
#[path = "point_tests.rs"]
mod tests;
