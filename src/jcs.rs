//! The JSON Canonicalization Scheme (RFC 8785): one spelling for one value, so that it can
//! be hashed.
//!
//! What is read is read by the strict reader of [`crate::jose::json`]: a document with two
//! members of one name, or with half a surrogate pair, has no one value and is refused, as
//! RFC 8785 section 3.1 asks.

mod double;

use crate::jose::json::{JsonError, Limits, Step, Value, Walk};
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
    match value.walk() {
        Some(mut walk) => push_next(out, &mut walk),
        None => {
            push_leaf(out, value);
            Ok(())
        }
    }
}

fn push_next(out: &mut String, walk: &mut Walk<'_>) -> Result<(), JsonError> {
    match walk.step()? {
        Step::Leaf(value) => push_leaf(out, &value),
        Step::Array => {
            out.push('[');
            let mut started = false;
            while walk.element(started)? {
                if started {
                    out.push(',');
                }
                push_next(out, walk)?;
                started = true;
            }
            out.push(']');
        }
        Step::Object => {
            let start = out.len();
            let mut members: Vec<(Cow<'_, str>, usize, usize)> = Vec::new();
            while let Some(name) = walk.name(!members.is_empty())? {
                let (name, from) = (name.decode(), out.len() - start);
                push_string(out, &name);
                out.push(':');
                push_next(out, walk)?;
                members.push((name, from, out.len() - start));
            }
            members.sort_unstable_by(|(a, ..), (b, ..)| in_utf16(a).cmp(in_utf16(b)));
            let written = out.split_off(start);
            out.push('{');
            for (index, (_, from, to)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(written.get(*from..*to).unwrap_or_default());
            }
            out.push('}');
        }
    }
    Ok(())
}

/// RFC 8785 section 3.2.3: names are in the order of their UTF-16 code units. That is the order
/// of their UTF-8 but for what is beyond U+FFFF: its surrogates come before U+E000 to U+FFFF,
/// which begin with 0xee and 0xef, where as bytes it comes after them.
fn in_utf16(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().map(|byte| match byte {
        0xee | 0xef => byte + 0x10,
        _ => byte,
    })
}

fn push_leaf(out: &mut String, value: &Value<'_>) {
    match value {
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => match number.as_integer() {
            Some(integer) => push_display(out, integer),
            None => push_number(out, double::parse(number.raw())),
        },
        Value::String(text) => push_string(out, &text.decode()),
        _ => out.push_str("null"),
    }
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
    let (digits, exponent) = double::shortest(value.abs());
    let mut text = String::new();
    push_display(&mut text, digits);
    push_digits(out, &text, exponent);
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
