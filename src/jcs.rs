//! The JSON Canonicalization Scheme (RFC 8785): one spelling for one value, so that it can
//! be hashed.
//!
//! What is read is read by the strict reader of [`crate::jose::json`]: a document with two
//! members of one name, or with half a surrogate pair, has no one value and is refused, as
//! RFC 8785 section 3.1 asks. The reader also stops short of the last decade of doubles, at
//! 10^308; [`push_number`] does not.

use crate::jose::json::{JsonError, Limits, Text, Value};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

/// The canonical spelling of a JSON text of any kind.
///
/// # Errors
/// [`JsonError`] when the text is not JSON that has one meaning within `limits`.
pub fn canonicalize(json: &[u8], limits: Limits) -> Result<String, JsonError> {
    let value = Value::of(json, limits)?;
    let mut out = String::with_capacity(json.len());
    push_value(&mut out, &value)?;
    Ok(out)
}

/// Appends the canonical spelling of a value that was read.
///
/// # Errors
/// None: whatever a value consists of was read with it.
pub fn push_value(out: &mut String, value: &Value<'_>) -> Result<(), JsonError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => match number.as_integer() {
            Some(integer) => push_display(out, integer),
            // What the reader passes is a number of Rust's grammar too, and finite.
            None => push_number(out, number.raw().parse().unwrap_or_default()),
        },
        Value::String(text) => push_string(out, &text.decode()),
        Value::Array(array) => {
            out.push('[');
            for (index, element) in array.elements().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                push_value(out, &element)?;
            }
            out.push(']');
        }
        Value::Object(object) => {
            let mut members: Vec<(Cow<'_, str>, Value<'_>)> = Vec::new();
            let mut rest = object.members();
            while let Some((name, member)) = rest.next()? {
                members.push((Text::decode(&name), member));
            }
            // RFC 8785 section 3.2.3: by UTF-16 code units. That is not the order of UTF-8:
            // a surrogate comes before U+E000 to U+FFFF.
            members.sort_unstable_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                push_string(out, name);
                out.push(':');
                push_value(out, member)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// Appends a string with its quotes, as ECMAScript's `JSON.stringify` writes it.
pub fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        // RFC 8785 section 3.2.2.2: two characters where JSON has them, `\u00xx` for the
        // other controls, and everything else as it is.
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' => {
                let code = character as u32;
                out.push_str(if code < 16 { "\\u000" } else { "\\u001" });
                out.extend(char::from_digit(code % 16, 16));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

/// Appends a number as ECMAScript's `Number::toString` writes it; `null` when it is not
/// finite, as `JSON.stringify` does.
pub fn push_number(out: &mut String, value: f64) {
    if !value.is_finite() {
        out.push_str("null");
        return;
    }
    // RFC 8785 section 3.2.2.3: zero has no sign.
    if value < 0.0 {
        out.push('-');
    }
    let (digits, exponent) = shortest(value.abs());
    let mut text = String::new();
    push_display(&mut text, digits);
    push_digits(out, &text, exponent);
}

/// The fewest digits that read back as this double, and the exponent of the first of them.
/// Of several, those nearest to it, and of two as near the even ones: what ECMAScript
/// recommends, V8 does and RFC 8785 requires.
fn shortest(value: f64) -> (u64, i32) {
    // `d.ddde-ddd`: the fewest and the nearest, but of two as near not always the even.
    let mut text = String::new();
    push_display(&mut text, format_args!("{value:e}"));
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let (digits, count) = mantissa
        .bytes()
        .filter(u8::is_ascii_digit)
        .fold((0, 0), |(all, count), digit| {
            (all * 10 + u64::from(digit - b'0'), count + 1)
        });
    let last = exponent + 1 - count;
    if digits % 2 == 1 {
        for even in [digits - 1, digits + 1] {
            if is_halfway(value, digits + even, last) {
                let mut text = String::new();
                push_display(&mut text, format_args!("{even}e{last}"));
                if text.parse() == Ok(value) {
                    return (even, exponent);
                }
            }
        }
    }
    (digits, exponent)
}

/// Whether `2 value = sum * 10^exponent`, exactly, for an odd sum of two neighbours of at
/// most 17 digits: whether the value lies in the middle between them.
fn is_halfway(value: f64, sum: u64, exponent: i32) -> bool {
    // value = odd * 2^binary.
    let bits = value.to_bits();
    let (fraction, field) = (bits & ((1 << 52) - 1), (bits >> 52) as i32);
    let (significand, binary) = if field == 0 {
        (fraction, -1074)
    } else {
        (fraction | 1 << 52, field - 1075)
    };
    let zeros = significand.trailing_zeros();
    let (odd, binary) = (u128::from(significand >> zeros), binary + zeros as i32);
    // The powers of 2 on both sides must agree, as the sum is odd; then what is left are
    // odd numbers below 2^58 and a power of 5, and 5^28 is beyond those.
    let fives = 5u128.pow(exponent.unsigned_abs().min(28));
    let sum = u128::from(sum);
    binary + 1 == exponent
        && if exponent < 0 {
            odd * fives == sum
        } else {
            sum * fives == odd
        }
}

/// ECMA-262 section 6.1.6.1.20, `Number::toString`, for the value `d.ddd * 10^exponent` of
/// the digits: the steps from where the digits are known.
fn push_digits(out: &mut String, digits: &str, exponent: i32) {
    let count = digits.len() as i32;
    let point = exponent + 1;
    if (1..=21).contains(&point) {
        let (whole, fraction) = digits.split_at(point.min(count) as usize);
        out.push_str(whole);
        out.extend(core::iter::repeat_n('0', (point - count).max(0) as usize));
        if !fraction.is_empty() {
            out.push('.');
            out.push_str(fraction);
        }
    } else if (-5..=0).contains(&point) {
        out.push_str("0.");
        out.extend(core::iter::repeat_n('0', point.unsigned_abs() as usize));
        out.push_str(digits);
    } else {
        let (first, rest) = digits.split_at(1);
        out.push_str(first);
        if !rest.is_empty() {
            out.push('.');
            out.push_str(rest);
        }
        out.push_str(if exponent < 0 { "e-" } else { "e+" });
        push_display(out, exponent.unsigned_abs());
    }
}

fn push_display(out: &mut String, value: impl core::fmt::Display) {
    // Writing onto a string does not fail.
    let _ = write!(out, "{value}");
}

#[cfg(test)]
mod tests;
