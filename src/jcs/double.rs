//! Decimal text to doubles and back, exactly.
//!
//! Each way is one division of natural numbers whose quotient fits a word, and the question
//! whether anything remains. That is some microseconds for the doubles that are the farthest
//! from 1: the ways that are faster carry 10 kB of powers along.

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// Bits of a double's significand, the first included.
const PRECISION: i32 = 53;
/// The exponent of the smallest double of full precision.
const LEAST: i32 = -1022;
/// Digits that can decide: 767 lie between two doubles' middle and its neighbours, and of
/// those beyond only whether there are any.
const DECIDING: usize = 800;
/// More than the digits of any text in memory.
const BEYOND: i64 = 1 << 60;

/// The double nearest to the number that a JSON text is, and of two as near the even one
/// (IEEE 754 section 4.3.1); infinite beyond the last.
pub(super) fn parse(text: &str) -> f64 {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || whole.bytes().chain(fraction.bytes());
    let zeros = digits().take_while(|digit| *digit == b'0').count();
    let count = whole.len() + fraction.len() - zeros;
    // Beyond what any count of digits makes up for, one exponent is as good as another.
    let beyond = if exponent.starts_with('-') {
        -BEYOND
    } else {
        BEYOND
    };
    let written = exponent.parse().unwrap_or(beyond).clamp(-BEYOND, BEYOND);

    let mut natural = Natural::from(0);
    let (mut factor, mut nine) = (1, 0);
    for digit in digits().skip(zeros).take(DECIDING) {
        (factor, nine) = (factor * 10, nine * 10 + u32::from(digit - b'0'));
        if factor == 1_000_000_000 {
            natural.multiply_add(factor, nine);
            (factor, nine) = (1, 0);
        }
    }
    natural.multiply_add(factor, nine);
    let mut last = written - fraction.len() as i64;
    if count > DECIDING {
        last += (count - DECIDING) as i64;
        if digits().skip(zeros + DECIDING).any(|digit| digit != b'0') {
            natural.multiply_add(10, 1);
            last -= 1;
        }
    }
    let first = last + count.min(DECIDING) as i64;
    let value = match (natural.is_zero(), first) {
        (true, _) | (_, ..=-330) => 0.0,
        (_, 320..) => f64::INFINITY,
        _ => nearest(natural, last as i32),
    };
    if negative { -value } else { value }
}

/// The double nearest to `natural * 10^exponent`, for a natural number that is not zero.
fn nearest(mut natural: Natural, exponent: i32) -> f64 {
    // The power of ten is one of five, and one of two, which only moves the point.
    let mut divisor = Natural::from(1);
    if exponent < 0 {
        divisor.multiply_by_fives(exponent.unsigned_abs());
    } else {
        natural.multiply_by_fives(exponent.unsigned_abs());
    }
    // Shifted so that the quotient has 62 or 63 bits, the value is that * 2^point.
    let shift = 62 - (natural.bit_length() - divisor.bit_length());
    scale(&mut natural, &mut divisor, shift);
    let (quotient, is_exact) = natural.divide(&divisor);
    let point = exponent - shift;
    let length = 64 - quotient.leading_zeros() as i32;
    let binary = point + length - 1;
    // Below the smallest double of full precision, each halving costs a bit.
    let bits = PRECISION.min(PRECISION + binary - LEAST);
    if bits < 0 {
        return 0.0;
    }
    let dropped = length - bits;
    let mut significand = quotient >> dropped;
    let (rest, half) = (quotient - (significand << dropped), 1 << (dropped - 1));
    let up = rest > half || (rest == half && (!is_exact || significand & 1 == 1));
    significand += u64::from(up);
    // The first bit of the significand counts one up in the field of the exponent; so does a
    // carry out of it, and out of the smallest.
    let field = (binary - LEAST).max(0) as u64;
    let bits = (field << (PRECISION - 1)) + significand;
    f64::from_bits(bits.min(f64::INFINITY.to_bits()))
}

/// The fewest digits that read back as this double, and the exponent of the first of them.
/// Of several, those nearest to it, and of two as near the even ones: what ECMAScript
/// recommends, V8 does and RFC 8785 requires. For a double that is finite and not negative.
pub(super) fn shortest(value: f64) -> (u64, i32) {
    if value == 0.0 {
        return (0, 0);
    }
    let bits = value.to_bits();
    let (fraction, field) = (
        bits & ((1 << (PRECISION - 1)) - 1),
        (bits >> (PRECISION - 1)) as i32,
    );
    let (significand, binary) = match field {
        0 => (fraction, LEAST - PRECISION + 1),
        _ => (fraction | 1 << (PRECISION - 1), field + LEAST - PRECISION),
    };
    // 17 digits tell any two doubles apart. In units of 10^unit the value has a digit or two
    // more than that before the point, so whole numbers of an interval are all that is asked of.
    let magnitude = binary + 63 - significand.leading_zeros() as i32;
    let unit = ((magnitude * LOG10_OF_2) >> 16) - 17;
    // In quarters of the distance to the next double, so that the middles are whole.
    let mut quarter = Natural::from(1);
    let mut divisor = Natural::from(1);
    if unit < 0 {
        quarter.multiply_by_fives(unit.unsigned_abs());
    } else {
        divisor.multiply_by_fives(unit.unsigned_abs());
    }
    scale(&mut quarter, &mut divisor, binary - 2 - unit);
    let exact = quarter.times(significand << 2);
    let half = quarter.plus(&quarter);
    let above = exact.plus(&half);
    let mut below = exact.clone();
    // Down from a power of two the next double is half as far.
    let is_power = fraction == 0 && field > 1;
    below.subtract(if is_power { &quarter } else { &half });
    let [
        (low, low_is_exact),
        (middle, is_exact),
        (high, high_is_exact),
    ] = [below, exact, above].map(|natural| natural.divide(&divisor));
    // A text in the very middle between two doubles is read as the even one.
    let is_even = significand & 1 == 0;
    let low = low + u64::from(!(low_is_exact && is_even));
    let high = high - u64::from(high_is_exact && !is_even);

    // The largest power of ten that has a multiple in the interval leaves the fewest digits.
    let (mut power, mut zeros) = (10, 1);
    while high / (power * 10) * (power * 10) >= low {
        (power, zeros) = (power * 10, zeros + 1);
    }
    let digits = middle / power;
    let rest = middle - digits * power;
    let is_nearer = match rest.cmp(&(power / 2)) {
        Ordering::Equal if is_exact => digits & 1 == 1,
        order => order.is_ge(),
    };
    let up = digits * power < low || (is_nearer && (digits + 1) * power <= high);
    let digits = digits + u64::from(up);
    (digits, unit + zeros + digits.ilog10() as i32)
}

/// The decimal logarithm of 2 in 65536ths: times the exponent of a double, right to a hundredth.
const LOG10_OF_2: i32 = 19_728;

/// Multiplies the fraction of the two by 2^shift.
fn scale(numerator: &mut Natural, denominator: &mut Natural, shift: i32) {
    if shift < 0 {
        denominator.shift_left(shift.unsigned_abs());
    } else {
        numerator.shift_left(shift.unsigned_abs());
    }
}

/// A natural number: 32 bits a limb, the least first, no zero last.
#[derive(Clone)]
struct Natural(Vec<u32>);

impl From<u64> for Natural {
    fn from(value: u64) -> Self {
        let mut natural = Self(vec![value as u32, (value >> 32) as u32]);
        natural.trim();
        natural
    }
}

impl Natural {
    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    fn bit_length(&self) -> i32 {
        let top = self.0.last().map_or(0, |limb| limb.leading_zeros());
        (self.0.len() * 32) as i32 - top as i32
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    fn multiply_add(&mut self, factor: u32, addend: u32) {
        let mut carry = u64::from(addend);
        for limb in &mut self.0 {
            carry += u64::from(*limb) * u64::from(factor);
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn times(&self, factor: u64) -> Self {
        let [mut low, mut high] = [self.clone(), self.clone()];
        low.multiply_add(factor as u32, 0);
        high.multiply_add((factor >> 32) as u32, 0);
        high.shift_left(32);
        high.plus(&low)
    }

    fn multiply_by_fives(&mut self, count: u32) {
        /// The most that a limb holds.
        const MOST: u32 = 13;
        for _ in 0..count / MOST {
            self.multiply_add(5u32.pow(MOST), 0);
        }
        self.multiply_add(5u32.pow(count % MOST), 0);
    }

    fn shift_left(&mut self, bits: u32) {
        if self.is_zero() {
            return;
        }
        self.multiply_add(1 << (bits % 32), 0);
        let limbs = (bits / 32) as usize;
        self.0.splice(0..0, core::iter::repeat_n(0, limbs));
    }

    fn plus(&self, other: &Self) -> Self {
        let length = self.0.len().max(other.0.len());
        let limb = |natural: &Self, index| u64::from(natural.0.get(index).copied().unwrap_or(0));
        let mut carry = 0;
        let mut sum = Vec::with_capacity(length + 1);
        for index in 0..=length {
            carry += limb(self, index) + limb(other, index);
            sum.push(carry as u32);
            carry >>= 32;
        }
        let mut sum = Self(sum);
        sum.trim();
        sum
    }

    /// Takes away a number that is not greater.
    fn subtract(&mut self, other: &Self) {
        self.subtract_multiple(other, 1, 0);
    }

    /// Takes away `other * factor * 2^(32 * limbs)`, which is not greater.
    fn subtract_multiple(&mut self, other: &Self, factor: u32, limbs: usize) {
        let mut owed = 0;
        let from = self.0.get_mut(limbs..).unwrap_or_default();
        for (index, limb) in from.iter_mut().enumerate() {
            let taken = other.0.get(index).copied().unwrap_or(0);
            owed += u64::from(taken) * u64::from(factor);
            let (rest, borrows) = limb.overflowing_sub(owed as u32);
            *limb = rest;
            owed = (owed >> 32) + u64::from(borrows);
        }
        self.trim();
    }

    /// The quotient, which fits 64 bits, and whether nothing remains.
    fn divide(mut self, divisor: &Self) -> (u64, bool) {
        // With its top bit set, the first limb of a divisor says enough of it.
        let mut divisor = divisor.clone();
        let zeros = divisor.0.last().map_or(0, |limb| limb.leading_zeros());
        divisor.shift_left(zeros);
        self.shift_left(zeros);
        let top = u64::from(divisor.0.last().copied().unwrap_or(u32::MAX)) + 1;
        let mut quotient = 0;
        while self.cmp(&divisor).is_ge() {
            // Never too great, as the divisor is taken for more than it is; what it is too
            // small by is for the next round.
            let more = self.0.len() - divisor.0.len();
            let limbs = more.saturating_sub(1);
            let first = self.0.iter().rev().take(1 + more.min(1));
            let first = first.fold(0, |value, limb| value << 32 | u64::from(*limb));
            let part = (first / top).clamp(1, u32::MAX.into());
            self.subtract_multiple(&divisor, part as u32, limbs);
            quotient += part << (32 * limbs);
        }
        (quotient, self.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::String};
    use proptest::prelude::*;

    /// The standard library's digits: the fewest, and nearest, but of two as near not
    /// always the even.
    fn of_std(value: f64) -> (String, i32) {
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap();
        (mantissa.replace('.', ""), exponent.parse().unwrap())
    }

    fn agree(value: f64) {
        let (digits, exponent) = shortest(value);
        let (expected, expected_exponent) = of_std(value);
        let ours = format!("{digits}");
        assert_eq!(
            (ours.len(), exponent),
            (expected.len(), expected_exponent),
            "{value:e}"
        );
        let theirs: u64 = expected.parse().unwrap();
        assert!(digits.abs_diff(theirs) <= 1, "{value:e}: {digits}");
        if digits != theirs {
            assert_eq!(digits % 2, 0, "{value:e}: {digits}");
        }
        let text = format!("{digits}e{}", exponent + 1 - ours.len() as i32);
        assert_eq!(parse(&text).to_bits(), value.to_bits(), "{text}");
        assert_eq!(text.parse(), Ok(value));
    }

    #[test]
    fn the_edges_of_doubles() {
        for value in [
            f64::MIN_POSITIVE,
            f64::MIN_POSITIVE.next_down(),
            f64::MIN_POSITIVE.next_up(),
            f64::from_bits(1),
            f64::from_bits(2),
            f64::MAX,
            f64::MAX.next_down(),
            f64::EPSILON,
            0.1,
            0.3,
            1.0,
            1e21,
            1e22,
            1e23,
            5e-324,
            9.5,
            9_007_199_254_740_993.0,
        ] {
            agree(value);
        }
        for exponent in -1074..=1023 {
            let power = if exponent < LEAST {
                f64::from_bits(1 << (exponent + 1074))
            } else {
                f64::from_bits(((exponent - LEAST + 1) as u64) << 52)
            };
            for value in [power.next_down(), power, power.next_up()] {
                if value > 0.0 && value.is_finite() {
                    agree(value);
                }
            }
        }
        assert_eq!(shortest(0.0), (0, 0));
    }

    #[test]
    fn texts_at_the_middle_between_two_doubles() {
        for text in [
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "2.47032822920623272088284396434110686182529901307162382212792841250337753635104375932649918180817996189898282347722858865463328355177969898199387398005390939063150356595155702263922908583924491051844359318028499365361525003193704576782492193656236698636584807570015857692699037063119282795585513329278343384093519780155312465972635795746227664652728272200563740064854999770965994704540208281662262378573934507363390079677305775067501763246736009689513405355374585166611342237666786041621596804619144672918403005300575308490487653917113865916462395249126236538818796362393732804238910186723484976682350898633885879256283027559956575244555072551893136908362547791869486679949683240497058210285131854513962138377228261454376934125320985913276672363281250e-324",
            "2.47032822920623272088284396434110686182529901307162382212792841250337753635104375932649918180817996189898282347722858865463328355177969898199387398005390939063150356595155702263922908583924491051844359318028499365361525003193704576782492193656236698636584807570015857692699037063119282795585513329278343384093519780155312465972635795746227664652728272200563740064854999770965994704540208281662262378573934507363390079677305775067501763246736009689513405355374585166611342237666786041621596804619144672918403005300575308490487653917113865916462395249126236538818796362393732804238910186723484976682350898633885879256283027559956575244555072551893136908362547791869486679949683240497058210285131854513962138377228261454376934125320985913276672363281250000000000000000000000000000000000000000000000000000000000000000000000001e-324",
            "9007199254740992.999999999999999999999999",
            "9007199254740993",
            "9007199254740993.000000000000000000000001",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "0.000000000000000000000000000000000000000000000000000000000000001",
            "100000000000000000000000000000000000000000000000000000000000000",
            "0e999999999999999999999",
            "1e-999999999999999999999",
            "-0",
            "-0.0e5",
        ] {
            let expected: f64 = text.parse().unwrap();
            assert_eq!(parse(text).to_bits(), expected.to_bits(), "{text}");
        }
        assert_eq!(parse("1e999999999999999999999"), f64::INFINITY);
    }

    // Found by fuzzing: a fraction under the least exponent that a word holds read as infinity.
    #[test]
    fn exponents_beyond_all_numbers() {
        for exponent in [
            i64::MIN,
            i64::MIN + 1,
            -BEYOND,
            BEYOND,
            i64::MAX - 1,
            i64::MAX,
        ] {
            for mantissa in ["1", "-1.5", "0.0001", "1000000000000", "0", "-0.00"] {
                for more in ["", "0"] {
                    let text = format!("{mantissa}e{exponent}{more}");
                    let expected: f64 = text.parse().unwrap();
                    assert_eq!(parse(&text).to_bits(), expected.to_bits(), "{text}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn any_double_there_and_back(bits in 0u64..0x7ff0_0000_0000_0000) {
            agree(f64::from_bits(bits));
        }

        #[test]
        fn any_text_reads_as_the_standard_library_reads_it(
            text in "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?"
        ) {
            let expected: f64 = text.parse().unwrap();
            prop_assert_eq!(parse(&text).to_bits(), expected.to_bits());
        }
    }
}
