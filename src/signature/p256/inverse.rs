//! Inversion modulo p and modulo n, in variable time.
//!
//! Bernstein and Yang's division steps (eprint 2019/266), thirty at a time: a batch looks
//! only at the low bits of f and g and yields a 2 x 2 matrix, which is then applied to the
//! whole numbers. In variable time a batch also jumps over runs of zeros, and clears up to
//! eight bits at once with the inverse of f modulo 2^8. 1.2 us in WebAssembly, where a
//! power by Fermat takes ten times as long.
//!
//! Numbers here have nine limbs of 30 bits in `i32`: what a matrix of 30-bit entries and a
//! limb make, twice, and a carry, fits an `i64`.
#![allow(
    clippy::indexing_slicing,
    reason = "arrays of nine limbs with indices below nine, and a table indexed by its mask"
)]

use super::integer::U256;

const LIMBS: usize = 9;
const LIMB_BITS: usize = 30;
const LIMB_MASK: i32 = (1 << LIMB_BITS) - 1;
const BATCH: i32 = 30;

type Limbs = [i32; LIMBS];

/// An odd modulus m below 2^256, and the factor that every inverse is multiplied with.
pub(super) struct Modulus {
    limbs: Limbs,
    /// m^-1 modulo 2^30.
    inverse: i32,
    factor: Limbs,
}

/// What thirty division steps do: (f, g) becomes (u f + v g, q f + r g) / 2^30.
/// |u| + |v| <= 2^30 and |q| + |r| <= 2^30.
struct Matrix {
    u: i32,
    v: i32,
    q: i32,
    r: i32,
}

impl Modulus {
    pub(super) const fn new(modulus: &U256, factor: &U256) -> Self {
        let limbs = narrow(modulus);
        // Newton: each round doubles the bits that are right, of which there are 3 at first.
        let (m, mut x, mut round) = (limbs[0], limbs[0], 0);
        while round < 4 {
            x = x.wrapping_mul(2i32.wrapping_sub(m.wrapping_mul(x)));
            round += 1;
        }
        Self {
            limbs,
            inverse: x & LIMB_MASK,
            factor: narrow(factor),
        }
    }

    /// `factor / x` modulo m, in [0, m), for x in [0, m); zero for zero.
    ///
    /// It keeps f = d x / factor and g = e x / factor modulo m. When g has become zero, f is
    /// the greatest common divisor, 1 or -1, and d the answer but for its sign. Starting e
    /// at `factor` and not at 1 saves the multiplications that would follow.
    #[inline(never)]
    pub(super) fn inverse(&self, x: &U256) -> U256 {
        let (mut d, mut e) = ([0; LIMBS], self.factor);
        let (mut f, mut g) = (self.limbs, narrow(x));
        let mut eta = -1;
        // f and g shrink, and the limbs that they have left behind need no work.
        let mut length = LIMBS;
        loop {
            let matrix = division_steps(&mut eta, f[0], g[0]);
            matrix.update_cofactors(&mut d, &mut e, self);
            matrix.update_values(&mut f, &mut g, length);
            if g[..length].iter().all(|limb| *limb == 0) {
                break;
            }
            let (top_f, top_g) = (f[length - 1], g[length - 1]);
            if length > 2 && is_sign(top_f) && is_sign(top_g) {
                // The sign moves into the bits above the thirty of the limb below.
                length -= 1;
                f[length - 1] |= top_f << LIMB_BITS;
                g[length - 1] |= top_g << LIMB_BITS;
            }
        }
        self.normalize(d, f[length - 1] < 0)
    }

    /// `d` or `-d`, brought from (-2m, m) to [0, m).
    fn normalize(&self, mut d: Limbs, negate: bool) -> U256 {
        if d[LIMBS - 1] < 0 {
            self.add_to(&mut d); // now in (-m, m)
        }
        if negate {
            d = d.map(|limb| -limb);
        }
        carry(&mut d);
        if d[LIMBS - 1] < 0 {
            self.add_to(&mut d);
            carry(&mut d);
        }
        U256::from_limbs(&d.map(i64::from), LIMB_BITS)
    }

    fn add_to(&self, limbs: &mut Limbs) {
        for (limb, m) in limbs.iter_mut().zip(self.limbs) {
            *limb += m;
        }
    }
}

/// Thirty steps on the low bits of f (odd) and g. `eta` is minus the delta of the paper.
///
/// The entries of the matrix are kept shifted left by the steps done, as unsigned words
/// that wrap; they end within the bounds of [`Matrix`].
fn division_steps(eta: &mut i32, f: i32, g: i32) -> Matrix {
    let (mut f, mut g) = (f.cast_unsigned(), g.cast_unsigned());
    let (mut u, mut v, mut q, mut r) = (1u32, 0u32, 0u32, 1u32);
    let mut left = BATCH;
    loop {
        // While g is even a step only halves it. The sentinel stops the count at `left`.
        let zeros = (g | u32::MAX << left).trailing_zeros();
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        *eta -= zeros.cast_signed();
        left -= zeros.cast_signed();
        if left == 0 {
            break;
        }
        if *eta < 0 {
            *eta = -*eta;
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, u.wrapping_neg());
            (v, r) = (r, v.wrapping_neg());
        }
        // Until eta would turn negative only multiples of f are added to g: choose the one
        // that clears as many low bits as that allows, at most the eight of the table.
        let limit = (*eta + 1).min(left).min(8);
        let mask = (1u32 << limit) - 1;
        let multiple = g.wrapping_mul(NEGATED_INVERSES[(f >> 1 & 127) as usize].into()) & mask;
        g = g.wrapping_add(f.wrapping_mul(multiple));
        q = q.wrapping_add(u.wrapping_mul(multiple));
        r = r.wrapping_add(v.wrapping_mul(multiple));
    }
    let [u, v, q, r] = [u, v, q, r].map(u32::cast_signed);
    Matrix { u, v, q, r }
}

/// -1 / (2 i + 1) modulo 2^8 at index i.
static NEGATED_INVERSES: [u8; 128] = {
    let mut table = [0u8; 128];
    let mut i = 0;
    while i < 128 {
        let odd = (2 * i + 1) as u8;
        let (mut x, mut round) = (odd, 0);
        while round < 2 {
            x = x.wrapping_mul(2u8.wrapping_sub(odd.wrapping_mul(x)));
            round += 1;
        }
        table[i] = x.wrapping_neg();
        i += 1;
    }
    table
};

impl Matrix {
    /// (d, e) becomes (u d + v e, q d + r e) / 2^30 modulo m. Both stay in (-2m, m): for
    /// each negative one its column of the matrix is added as a multiple of m, and another
    /// multiple makes the sum divisible by 2^30.
    fn update_cofactors(&self, d: &mut Limbs, e: &mut Limbs, modulus: &Modulus) {
        let Self { u, v, q, r } = *self;
        let (sign_d, sign_e) = (d[LIMBS - 1] >> 31, e[LIMBS - 1] >> 31);
        let low_d = u.wrapping_mul(d[0]).wrapping_add(v.wrapping_mul(e[0]));
        let low_e = q.wrapping_mul(d[0]).wrapping_add(r.wrapping_mul(e[0]));
        let multiple = |signs: i32, low: i32| {
            let exact = modulus.inverse.wrapping_mul(low).wrapping_add(signs) & LIMB_MASK;
            i64::from(signs - exact)
        };
        let multiple_d = multiple((u & sign_d) + (v & sign_e), low_d);
        let multiple_e = multiple((q & sign_d) + (r & sign_e), low_e);

        let m = i64::from(modulus.limbs[0]);
        let mut carry_d = (dot(u, d[0], v, e[0]) + m * multiple_d) >> LIMB_BITS;
        let mut carry_e = (dot(q, d[0], r, e[0]) + m * multiple_e) >> LIMB_BITS;
        for i in 1..LIMBS {
            let m = i64::from(modulus.limbs[i]);
            carry_d += dot(u, d[i], v, e[i]) + m * multiple_d;
            carry_e += dot(q, d[i], r, e[i]) + m * multiple_e;
            d[i - 1] = low_limb(carry_d);
            e[i - 1] = low_limb(carry_e);
            carry_d >>= LIMB_BITS;
            carry_e >>= LIMB_BITS;
        }
        d[LIMBS - 1] = top_limb(carry_d);
        e[LIMBS - 1] = top_limb(carry_e);
    }

    /// (f, g) becomes (u f + v g, q f + r g) / 2^30, which is exact.
    fn update_values(&self, f: &mut Limbs, g: &mut Limbs, length: usize) {
        let Self { u, v, q, r } = *self;
        let mut carry_f = dot(u, f[0], v, g[0]) >> LIMB_BITS;
        let mut carry_g = dot(q, f[0], r, g[0]) >> LIMB_BITS;
        for i in 1..length {
            carry_f += dot(u, f[i], v, g[i]);
            carry_g += dot(q, f[i], r, g[i]);
            f[i - 1] = low_limb(carry_f);
            g[i - 1] = low_limb(carry_g);
            carry_f >>= LIMB_BITS;
            carry_g >>= LIMB_BITS;
        }
        f[length - 1] = top_limb(carry_f);
        g[length - 1] = top_limb(carry_g);
    }
}

#[inline(always)]
fn dot(a: i32, x: i32, b: i32, y: i32) -> i64 {
    i64::from(a) * i64::from(x) + i64::from(b) * i64::from(y)
}

#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "masked to 30 bits")]
fn low_limb(sum: i64) -> i32 {
    sum as i32 & LIMB_MASK
}

#[inline(always)]
#[allow(
    clippy::cast_possible_truncation,
    reason = "what is above the lower limbs fits 32 bits"
)]
fn top_limb(sum: i64) -> i32 {
    sum as i32
}

/// Whether a top limb holds nothing but the sign.
fn is_sign(limb: i32) -> bool {
    limb == limb >> 31
}

fn carry(limbs: &mut Limbs) {
    for i in 0..LIMBS - 1 {
        limbs[i + 1] += limbs[i] >> LIMB_BITS;
        limbs[i] &= LIMB_MASK;
    }
}

#[allow(clippy::cast_possible_truncation, reason = "limbs of 30 bits")]
const fn narrow(integer: &U256) -> Limbs {
    let wide: [i64; LIMBS] = integer.limbs(LIMB_BITS);
    let mut limbs = [0; LIMBS];
    let mut i = 0;
    while i < LIMBS {
        limbs[i] = wide[i] as i32;
        i += 1;
    }
    limbs
}

#[cfg(test)]
mod tests {
    use super::super::field::P;
    use super::super::scalar::N;
    use super::super::testing::{big, integer};
    use super::*;
    use alloc::vec;
    use core::array::from_fn;
    use num_bigint::{BigInt, BigUint};
    use proptest::prelude::*;

    fn check(modulus: &U256, factor: &U256, x: &U256) {
        let (m, expected) = (big(modulus), big(factor) % big(modulus));
        let inverse = Modulus::new(modulus, factor).inverse(x);
        assert!(inverse.less_than(modulus));
        assert_eq!(big(&inverse) * big(x) % m, expected, "{x:?}");
    }

    fn value(limbs: &Limbs) -> BigInt {
        let rising = limbs.iter().rev();
        rising.fold(BigInt::ZERO, |sum, limb| (sum << LIMB_BITS) + limb)
    }

    /// Eprint 2019/266 section 3, one step after the other: `delta`, and f and g doubled in
    /// place of halved.
    fn steps_of_the_paper(delta: &mut i32, mut f: i64, mut g: i64) -> [i64; 4] {
        let (mut u, mut v, mut q, mut r) = (1, 0, 0, 1);
        for _ in 0..BATCH {
            let odd = g & 1;
            if *delta > 0 && odd == 1 {
                *delta = -*delta;
                (f, g) = (g, -f);
                (u, v, q, r) = (q, r, -u, -v);
            }
            *delta += 1;
            g = (g + odd * f) >> 1;
            (q, r) = (q + odd * u, r + odd * v);
            (u, v) = (2 * u, 2 * v);
        }
        [u, v, q, r]
    }

    /// What stands above the functions of a batch, for all the batches of an inversion.
    fn check_batches(m: &U256, factor: &U256, x: &U256) {
        let modulus = Modulus::new(m, factor);
        let bound = BigInt::from(big(m));
        let (mut d, mut e) = ([0; LIMBS], modulus.factor);
        let (mut f, mut g) = (modulus.limbs, narrow(x));
        let (mut eta, mut delta) = (-1, 1);
        while value(&g) != BigInt::ZERO {
            let expected = steps_of_the_paper(&mut delta, f[0].into(), g[0].into());
            let matrix = division_steps(&mut eta, f[0], g[0]);
            let Matrix { u, v, q, r } = matrix;
            assert_eq!(([u, v, q, r].map(i64::from), -eta), (expected, delta));
            matrix.update_cofactors(&mut d, &mut e, &modulus);
            matrix.update_values(&mut f, &mut g, LIMBS);
            for cofactor in [&d, &e].map(value) {
                assert!(-2 * &bound < cofactor && cofactor < bound);
            }
            for (number, cofactor) in [(&f, &d), (&g, &e)] {
                let [x, factor] = [x, factor].map(|integer| BigInt::from(big(integer)));
                let both = value(number) * factor - value(cofactor) * x;
                assert_eq!(both % &bound, BigInt::ZERO);
            }
        }
    }

    fn limbs(value: &BigInt) -> Limbs {
        let limb = |index| (value >> (index * LIMB_BITS)) & BigInt::from(LIMB_MASK);
        let mut limbs: Limbs = from_fn(|index| limb(index).try_into().unwrap());
        let top = value >> ((LIMBS - 1) * LIMB_BITS);
        limbs[LIMBS - 1] = top.try_into().unwrap();
        limbs
    }

    // An inversion has no cofactors near these bounds, by which no test of inversions would miss
    // what keeps to them.
    #[test]
    fn cofactors_keep_to_their_bounds_from_their_extremes() {
        let (whole, half) = (1 << BATCH, 1 << (BATCH - 1));
        let mut rows = vec![(whole, 0), (-whole, 0), (0, whole), (0, -whole)];
        for (a, b) in [(half, half), (1, whole - 1), (whole - 1, 1)] {
            rows.extend([(a, b), (a, -b), (-a, b), (-a, -b)]);
        }
        for odd in [P, N] {
            let modulus = Modulus::new(&odd, &odd);
            let m = BigInt::from(big(&odd));
            let extremes = [1 - 2 * &m, -&m, BigInt::from(-1), BigInt::ZERO, &m - 1];
            for (before_d, before_e) in extremes
                .iter()
                .flat_map(|d| extremes.iter().map(move |e| (d, e)))
            {
                for (row, &(u, v)) in rows.iter().enumerate() {
                    let (q, r) = rows[(row + 1) % rows.len()];
                    let (mut d, mut e) = (limbs(before_d), limbs(before_e));
                    Matrix { u, v, q, r }.update_cofactors(&mut d, &mut e, &modulus);
                    for (after, a, b) in [(value(&d), u, v), (value(&e), q, r)] {
                        assert!(
                            -2 * &m < after && after < m,
                            "{before_d} {before_e} {a} {b}"
                        );
                        let exact = (after << BATCH) - before_d * a - before_e * b;
                        assert_eq!(exact % &m, BigInt::ZERO);
                    }
                }
            }
        }
    }

    #[test]
    fn extremes_have_their_inverses() {
        for modulus in [P, N] {
            let one = U256::power_of_two(0, &modulus);
            for k in 0..256 {
                let power = U256::power_of_two(k, &modulus);
                check(&modulus, &one, &power);
                check(&modulus, &power, &modulus.subtract(&power).0);
                check(&modulus, &one, &modulus.subtract(&one).0);
            }
            let zero = Modulus::new(&modulus, &one).inverse(&U256::ZERO);
            assert!(big(&zero) == BigUint::ZERO);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn a_number_times_its_inverse_is_the_factor(x in integer(), factor in integer()) {
            for modulus in [P, N] {
                let reduce = |a: &U256| if a.less_than(&modulus) { *a } else { a.subtract(&modulus).0 };
                let (x, factor) = (reduce(&x), reduce(&factor));
                if !x.is_zero() {
                    check(&modulus, &factor, &x);
                    check_batches(&modulus, &factor, &x);
                }
            }
        }
    }
}
