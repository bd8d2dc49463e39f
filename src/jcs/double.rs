//! Decimal text to doubles and back, exactly.
//!
//! By long division of natural numbers, a bit or a digit at a time: some microseconds a
//! number. The ways that are faster, the standard library's among them, carry 10 kB of
//! powers along, and what is canonicalised here has few numbers with a fraction, if any.

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
    // An exponent that no number can hold is as good as the greatest that one can.
    let written: i64 = exponent.parse().unwrap_or_else(|_| {
        if exponent.starts_with('-') {
            -(1 << 40)
        } else {
            1 << 40
        }
    });

    let mut natural = Natural::from(0);
    for digit in digits().skip(zeros).take(DECIDING) {
        natural.multiply_add(10, u32::from(digit - b'0'));
    }
    let mut last = written - fraction.len() as i64;
    if count > DECIDING {
        last += (count - DECIDING) as i64;
        if digits().skip(zeros + DECIDING).any(|digit| digit != b'0') {
            natural.multiply_add(10, 1);
            last -= 1;
        }
    }
    let first = last.saturating_add(count.min(DECIDING) as i64);
    let value = match (natural.is_zero(), first) {
        (true, _) | (_, ..=-330) => 0.0,
        (_, 320..) => f64::INFINITY,
        _ => nearest(natural, last as i32),
    };
    if negative { -value } else { value }
}

/// The double nearest to `natural * 10^exponent`, for a natural number that is not zero.
fn nearest(mut numerator: Natural, exponent: i32) -> f64 {
    let mut denominator = Natural::from(1);
    let scaled = if exponent < 0 {
        &mut denominator
    } else {
        &mut numerator
    };
    for _ in 0..exponent.unsigned_abs() {
        scaled.multiply_add(10, 0);
    }
    // Shifted so that 1 <= numerator / denominator < 2, the value is that * 2^binary.
    let mut binary = numerator.bit_length() - denominator.bit_length();
    if binary < 0 {
        numerator.shift_left(binary.unsigned_abs());
    } else {
        denominator.shift_left(binary.unsigned_abs());
    }
    if numerator.cmp(&denominator) == Ordering::Less {
        numerator.shift_left(1);
        binary -= 1;
    }
    // Below the smallest double of full precision, each halving costs a bit.
    let bits = PRECISION.min(PRECISION + binary - LEAST);
    let mut significand = 0u64;
    for _ in 0..bits {
        significand <<= 1;
        if numerator.cmp(&denominator) != Ordering::Less {
            numerator.subtract(&denominator);
            significand |= 1;
        }
        numerator.shift_left(1);
    }
    let up = bits >= 0
        && match numerator.cmp(&denominator) {
            Ordering::Less => false,
            Ordering::Equal => significand & 1 == 1,
            Ordering::Greater => true,
        };
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
///
/// Steele and White, "How to print floating-point numbers accurately" (1990), (FPP)2.
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
    // value = rest / unit; halfway up to the next double lies `above` / unit, down `below`.
    let mut rest = Natural::from(significand);
    let mut unit = Natural::from(1);
    let mut below = Natural::from(1);
    // Down from a power of two the next double is half as far.
    let is_power = fraction == 0 && field > 1;
    rest.shift_left(1 + u32::from(is_power) + binary.max(0).unsigned_abs());
    unit.shift_left(1 + u32::from(is_power) + binary.min(0).unsigned_abs());
    below.shift_left(binary.max(0).unsigned_abs());
    let mut above = below.clone();
    above.shift_left(u32::from(is_power));
    // A text in the very middle is read as the even double.
    let reads_back = if significand % 2 == 0 {
        Ordering::is_ge
    } else {
        Ordering::is_gt
    };

    // Scaled so that the first digit is the one before the point.
    let mut exponent = 0;
    while reads_back(rest.plus(&above).cmp(&unit)) {
        unit.multiply_add(10, 0);
        exponent += 1;
    }
    loop {
        let tenfold = |natural: &Natural| {
            let mut natural = natural.clone();
            natural.multiply_add(10, 0);
            natural
        };
        if reads_back(tenfold(&rest.plus(&above)).cmp(&unit)) {
            break;
        }
        for natural in [&mut rest, &mut above, &mut below] {
            natural.multiply_add(10, 0);
        }
        exponent -= 1;
    }

    let mut digits = 0u64;
    loop {
        for natural in [&mut rest, &mut above, &mut below] {
            natural.multiply_add(10, 0);
        }
        let mut digit = 0;
        while rest.cmp(&unit).is_ge() {
            rest.subtract(&unit);
            digit += 1;
        }
        digits = digits * 10 + digit;
        let low = reads_back(below.cmp(&rest));
        let high = reads_back(rest.plus(&above).cmp(&unit));
        if !(low || high) {
            continue;
        }
        let nearer = rest.plus(&rest).cmp(&unit);
        let up = match (low, high) {
            (true, true) => nearer.is_gt() || (nearer.is_eq() && digit % 2 == 1),
            (_, high) => high,
        };
        return (digits + u64::from(up), exponent - 1);
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
        let mut borrow = 0;
        for (index, limb) in self.0.iter_mut().enumerate() {
            let taken = i64::from(other.0.get(index).copied().unwrap_or(0)) + borrow;
            let rest = i64::from(*limb) - taken;
            borrow = i64::from(rest < 0);
            *limb = rest as u32;
        }
        self.trim();
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
