//! JSON, written: what the authority signs and stores, and what its doors answer.
//!
//! An object is written from its members where it is used: `object! { "id": id, "ended": true }`.
//! A member's value is known by what it can do, not by its type, so that an answer weighs no
//! more than its names and a few pointers; code made for each type weighed as much as a door.

use alloc::{format, string::String, vec::Vec};

use crate::{jcs, jose::json::Value};

/// What has a JSON form (RFC 8259).
pub(crate) trait Json {
    /// Appends the value's JSON.
    fn write(&self, json: &mut String);

    /// Whether an object has no such member.
    fn is_absent(&self) -> bool {
        false
    }
}

/// JSON that is written already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written(pub(crate) String);

/// A member that is there only if it has a value; a bare [`Option`] would be `null`.
#[derive(Debug, Clone)]
pub(crate) struct IfAny<T>(pub(crate) Option<T>);

/// Writes an object of these members, in their order.
macro_rules! object {
    ($($name:literal: $value:expr),+ $(,)?) => {
        $crate::authority::json::write_object(&[$($name),+], &[$(&$value),+])
    };
}
pub(crate) use object;

/// What [`object!`] writes: `values` in the order of their `names`.
pub(crate) fn write_object(names: &[&str], values: &[&dyn Json]) -> Written {
    let mut json = String::from("{");
    for (name, value) in names.iter().zip(values) {
        if value.is_absent() {
            continue;
        }
        if json.len() > 1 {
            json.push(',');
        }
        jcs::push_string(&mut json, name);
        json.push(':');
        value.write(&mut json);
    }
    json.push('}');
    Written(json)
}

impl Json for Written {
    fn write(&self, json: &mut String) {
        json.push_str(&self.0);
    }
}

impl Json for str {
    fn write(&self, json: &mut String) {
        jcs::push_string(json, self);
    }
}

impl Json for String {
    fn write(&self, json: &mut String) {
        jcs::push_string(json, self);
    }
}

impl Json for bool {
    fn write(&self, json: &mut String) {
        json.push_str(if *self { "true" } else { "false" });
    }
}

impl Json for i64 {
    fn write(&self, json: &mut String) {
        json.push_str(&format!("{self}"));
    }
}

impl Json for usize {
    fn write(&self, json: &mut String) {
        json.push_str(&format!("{self}"));
    }
}

macro_rules! whole_numbers {
    ($($number:ty)+) => { $(
        impl Json for $number {
            fn write(&self, json: &mut String) {
                i64::from(*self).write(json);
            }
        }
    )+ };
}
whole_numbers!(u8 u16 u32);

impl<T: Json + ?Sized> Json for &T {
    fn write(&self, json: &mut String) {
        (**self).write(json);
    }

    fn is_absent(&self) -> bool {
        (**self).is_absent()
    }
}

impl<T: Json> Json for Option<T> {
    fn write(&self, json: &mut String) {
        match self {
            Some(value) => value.write(json),
            None => json.push_str("null"),
        }
    }
}

impl<T: Json> Json for IfAny<T> {
    fn write(&self, json: &mut String) {
        self.0.write(json);
    }

    fn is_absent(&self) -> bool {
        self.0.is_none()
    }
}

impl<T: Json> Json for [T] {
    fn write(&self, json: &mut String) {
        json.push('[');
        for (index, element) in self.iter().enumerate() {
            if index > 0 {
                json.push(',');
            }
            element.write(json);
        }
        json.push(']');
    }
}

impl<T: Json> Json for Vec<T> {
    fn write(&self, json: &mut String) {
        self.as_slice().write(json);
    }
}

/// The texts of a list of nothing else, read.
pub(crate) fn texts(value: &Value<'_>) -> Option<Vec<String>> {
    let Value::Array(list) = value else {
        return None;
    };
    list.elements()
        .map(|element| Some(element.as_text()?.decode().into_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_written_in_its_order() {
        let list = ["a", "b"];
        let object = object! {
            "z": 1_u8, "a": "\"", "list": list.as_slice(), "none": None::<bool>, "in": object! { "i": -2_i64 },
        };
        let expected = r#"{"z":1,"a":"\"","list":["a","b"],"none":null,"in":{"i":-2}}"#;
        assert_eq!(object.0, expected);
    }

    #[test]
    fn a_member_without_a_value_can_be_left_out() {
        let (none, some) = (IfAny(None::<bool>), IfAny(Some("b")));
        assert_eq!(object! { "a": none, "b": some }.0, r#"{"b":"b"}"#);
        assert_eq!(object! { "a": none }.0, "{}");
    }

    #[test]
    fn texts_numbers_and_lists_are_written_as_serde_json_writes_them() {
        let all: String = (0..=0x2100_u32).filter_map(char::from_u32).collect();
        let texts = Vec::from([all, String::new(), "\u{ffff}\u{10ffff}".into()]);
        let mut json = String::new();
        texts.write(&mut json);
        assert_eq!(json, serde_json::to_string(&texts).unwrap());
        for number in [0, -1, i64::MIN, i64::MAX] {
            let expected = format!(r#"{{"n":{number}}}"#);
            assert_eq!(object! { "n": number }.0, expected);
        }
    }
}
