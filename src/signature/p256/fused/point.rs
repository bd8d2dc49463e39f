//! Two running sums of points, one in each lane; the formulas are those of `../point.rs`.

use super::constants::Constants;
use super::field51::{Operand, Reduced};

/// Two points in XYZZ coordinates.
pub(super) struct Points {
    x: Reduced,
    y: Reduced,
    zz: Reduced,
    zzz: Reduced,
}

impl Points {
    pub(super) fn from_affine(constants: &Constants, x: Operand, y: Operand) -> Self {
        let one = constants.one.to_reduced();
        Self {
            x: x.to_reduced(),
            y: y.to_reduced(),
            zz: one,
            zzz: one,
        }
    }

    /// Adds an affine point to each. In a lane where the two are equal or opposite, ZZ
    /// becomes zero modulo p and remains so.
    #[inline(never)]
    pub(super) fn add_affine(&self, constants: &Constants, x: &Operand, y: &Operand) -> Self {
        let h = x.multiply_minus(constants, &self.zz.limbs, &self.x).limbs;
        let r = y.multiply_minus(constants, &self.zzz.limbs, &self.y).limbs;
        let h2 = h.square(constants).limbs;
        let h3 = h.multiply(constants, &h2);
        let q = self.x.limbs.multiply(constants, &h2);
        let x = r.square_minus(constants, &h3, &q);
        let rest = q.limbs.minus(constants, &x.limbs);
        Self {
            x,
            y: r.multiply_minus_product(constants, &rest, &self.y.limbs, &h3.limbs),
            zz: self.zz.limbs.multiply(constants, &h2),
            zzz: self.zzz.limbs.multiply(constants, &h3.limbs),
        }
    }

    /// X and ZZ of the sum of the two points, in both lanes: each lane adds the other's
    /// point to its own. ZZ is zero when either was, or when they are equal or opposite.
    pub(super) fn join(&self, constants: &Constants) -> (Operand, Operand) {
        let (zz, zzz) = (&self.zz.limbs, &self.zzz.limbs);
        let u = self.x.limbs.multiply(constants, &zz.swap()).limbs;
        let s = self.y.limbs.multiply(constants, &zzz.swap()).limbs;
        let h = u.swap().minus(constants, &u);
        let r = s.swap().minus(constants, &s);
        let h2 = h.square(constants).limbs;
        let h3 = h.multiply(constants, &h2);
        let q = u.multiply(constants, &h2);
        let x = r.square_minus(constants, &h3, &q).limbs;
        let both = zz.multiply(constants, &zz.swap()).limbs;
        (x, both.multiply(constants, &h2).limbs)
    }
}
