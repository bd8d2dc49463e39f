//! JSON bodies: read into a type within a bound, written from a type.

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};

use super::{Request, Response};

/// The body is not what this path takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::doors) enum Malformed {
    /// Longer than this path's bound, in bytes.
    TooLong {
        /// The bound.
        limit: usize,
    },
    /// Not JSON, or JSON of another shape: a member is missing, is there twice, or has
    /// another type. The place where the reader stopped, counted from 1.
    Unreadable {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
    },
}

/// Reads a body of at most `limit` bytes. Members that `T` does not name are passed over:
/// clients of a newer generation send more.
///
/// # Errors
/// [`Malformed`]; it never repeats what the body said.
pub(in crate::doors) fn read<'a, T: Deserialize<'a>>(
    request: &'a Request,
    limit: usize,
) -> Result<T, Malformed> {
    if request.body.len() > limit {
        return Err(Malformed::TooLong { limit });
    }
    serde_json::from_slice(&request.body).map_err(|error| Malformed::Unreadable {
        line: error.line(),
        column: error.column(),
    })
}

/// An object of a few members, written where it is used: `object! { "id": id, "ended": true }`.
///
/// It is written straight from its members. A tree of `serde_json::Value` would bring maps
/// and the printing of any number along, which weigh as much as a door.
macro_rules! object {
    ($($name:literal: $value:expr),+ $(,)?) => {
        $crate::doors::json::Object(($(($name, $value),)+))
    };
}
pub(in crate::doors) use object;

/// What [`object!`] makes.
pub(in crate::doors) struct Object<T>(pub(in crate::doors) T);

macro_rules! serialize_objects {
    ($($($name:ident $value:ident)+;)+) => { $(
        impl<$($value: Serialize),+> Serialize for Object<($((&str, $value),)+)> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut members = serializer.serialize_map(None)?;
                let ($($name,)+) = &self.0;
                $( members.serialize_entry($name.0, &$name.1)?; )+
                members.end()
            }
        }
    )+ };
}
serialize_objects! {
    a A;
    a A b B;
    a A b B c C;
    a A b B c C d D;
}

/// An answer with a JSON body that nobody keeps.
pub(in crate::doors) fn answer<T: Serialize>(status: u16, body: &T) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => Response::new(status)
            .with_body("application/json", bytes)
            .with_header("cache-control", "no-store"),
        // Only a map with keys that are no strings can fail here, and no answer holds one.
        Err(_) => Response::new(500),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{borrow::Cow, string::String};

    #[derive(Deserialize, Debug, PartialEq)]
    struct Wanted<'a> {
        #[serde(borrow)]
        name: Cow<'a, str>,
        #[serde(default)]
        level: Option<u8>,
    }

    fn request(body: &str) -> Request {
        Request {
            body: body.as_bytes().into(),
            ..Request::default()
        }
    }

    #[test]
    fn reads_escapes_and_passes_over_other_members() {
        let request = request(r#"{"name":"a\u00e9","other":[1],"level":7}"#);
        assert_eq!(
            read::<Wanted<'_>>(&request, 100),
            Ok(Wanted {
                name: Cow::Owned(String::from("aé")),
                level: Some(7)
            })
        );
    }

    #[test]
    fn refuses_what_is_too_long_or_of_another_shape() {
        assert_eq!(
            read::<Wanted<'_>>(&request(r#"{"name":"abc"}"#), 13),
            Err(Malformed::TooLong { limit: 13 })
        );
        for body in [
            "",
            "[]x",
            "{}",
            r#"{"name":1}"#,
            r#"{"name":"a","name":"b"}"#,
            r#"{"name":"a"}{}"#,
            r#"{"name":"a","level":256}"#,
            "\u{feff}{\"name\":\"a\"}",
        ] {
            assert!(
                matches!(
                    read::<Wanted<'_>>(&request(body), 100),
                    Err(Malformed::Unreadable { .. })
                ),
                "{body}"
            );
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = alloc::format!(r#"{{"x":{}"#, "[".repeat(100_000));
        assert!(read::<Wanted<'_>>(&request(&deep), 1 << 20).is_err());
    }

    #[test]
    fn an_object_is_written_in_its_order() {
        let list = ["a", "b"];
        let object = object! { "z": 1, "a": "\"", "list": list, "none": None::<bool> };
        let expected = r#"{"z":1,"a":"\"","list":["a","b"],"none":null}"#;
        assert_eq!(serde_json::to_string(&object).unwrap(), expected);
        assert_eq!(
            serde_json::to_string(&object! { "a": true }).unwrap(),
            r#"{"a":true}"#
        );
    }

    #[test]
    fn an_answer_is_not_kept() {
        let response = answer(200, &true);
        assert_eq!(response.body, b"true");
        assert!(
            response
                .headers
                .contains(&("cache-control".into(), "no-store".into()))
        );
    }
}
