//! JSON bodies: read into a type within a bound, and sent.

use alloc::{string::String, vec::Vec};

use super::{Request, Response};
use crate::{
    authority::{
        json::{self, Written},
        refusal::{MalformedBody, Refusal},
    },
    jose::json::{Limits, Members, Value},
};

/// A body that a path takes: an object, and where the value of each member goes.
///
/// One reader fills all of them. A reader for each, as `derive` would make it, weighs more
/// than what the path does.
pub(in crate::doors) trait Body: Default {
    /// The members that the path knows.
    fn members(&mut self) -> Vec<Member<'_>>;
}

/// A member of a [`Body`].
pub(in crate::doors) struct Member<'a> {
    /// Its name in JSON.
    pub(in crate::doors) name: &'static str,
    /// Where its value goes.
    pub(in crate::doors) slot: Slot<'a>,
    /// Whether a body may lack it.
    pub(in crate::doors) optional: bool,
    /// Whether this body had it.
    pub(in crate::doors) given: bool,
}

/// Where a value goes, and thereby what it may be. The optional ones take `null`, too.
pub(in crate::doors) enum Slot<'a> {
    Text(&'a mut String),
    OptionalText(&'a mut Option<String>),
    Texts(&'a mut Vec<String>),
    OptionalTexts(&'a mut Option<Vec<String>>),
    OptionalFlag(&'a mut Option<bool>),
    Integer(&'a mut i64),
    Unsigned16(&'a mut u16),
    Unsigned32(&'a mut u32),
    Word(&'a mut Option<&'static str>, &'static [&'static str]),
    OptionalObject(&'a mut Raw),
}

/// An object as it was sent; empty where there was none.
#[derive(Default)]
pub(in crate::doors) struct Raw(pub(in crate::doors) String);

/// One of the words that a member may be.
macro_rules! word {
    ($(#[$doc:meta])* $name:ident: $($word:literal)|+) => {
        $(#[$doc])*
        #[derive(Default)]
        struct $name(Option<&'static str>);

        impl $crate::doors::json::Held for $name {
            const OPTIONAL: bool = true;
            fn slot(&mut self) -> $crate::doors::json::Slot<'_> {
                $crate::doors::json::Slot::Word(&mut self.0, &[$($word),+])
            }
        }
    };
}
pub(in crate::doors) use word;

/// A type that a member can have.
pub(in crate::doors) trait Held {
    /// Whether a body may lack the member.
    const OPTIONAL: bool;
    /// Where the member's value goes.
    fn slot(&mut self) -> Slot<'_>;
}

macro_rules! values {
    ($($type:ty: $slot:ident $optional:literal,)+) => { $(
        impl Held for $type {
            const OPTIONAL: bool = $optional;
            fn slot(&mut self) -> Slot<'_> {
                Slot::$slot(self)
            }
        }
    )+ };
}
values! {
    String: Text false,
    Option<String>: OptionalText true,
    Vec<String>: Texts false,
    Option<Vec<String>>: OptionalTexts true,
    Option<bool>: OptionalFlag true,
    i64: Integer false,
    u16: Unsigned16 false,
    u32: Unsigned32 false,
    Raw: OptionalObject true,
}

/// Makes a [`Body`] of a type's fields and their names in JSON; `or default` lets a body lack a
/// member that is no `Option`.
macro_rules! body {
    (@is_optional) => { false };
    (@is_optional default) => { true };
    ($(#[$doc:meta])* $visible:vis struct $type:ident {
        $($field_visible:vis $field:ident: $value:ty = $name:literal $(or $default:ident)?,)+
    }) => {
        $(#[$doc])*
        #[derive(Default)]
        $visible struct $type {
            $($field_visible $field: $value,)+
        }

        impl $crate::doors::json::Body for $type {
            fn members(&mut self) -> alloc::vec::Vec<$crate::doors::json::Member<'_>> {
                use $crate::doors::json::{Held, Member};
                alloc::vec![$(Member {
                    name: $name,
                    slot: self.$field.slot(),
                    optional: <$value as Held>::OPTIONAL
                        || $crate::doors::json::body!(@is_optional $($default)?),
                    given: false,
                }),+]
            }
        }
    };
}
pub(in crate::doors) use body;

/// Reads a body of at most `limit` bytes. Members that `T` does not name are passed over:
/// clients of a newer generation send more.
///
/// # Errors
/// [`Refusal::MalformedBody`]; it never repeats what the body said.
pub(in crate::doors) fn read<T: Body>(request: &Request, limit: usize) -> Result<T, Refusal> {
    let mut body = T::default();
    within(request, limit)?;
    Members::of(&request.body, Limits::DOCUMENT)
        .map_err(|error| Unfilled::At(error.offset + 1))
        .and_then(|object| fill(&mut body.members(), object))
        .map_err(|why| unreadable(request, why))?;
    Ok(body)
}

/// Reads a list of such bodies.
///
/// # Errors
/// As [`read`].
pub(in crate::doors) fn read_list<T: Body>(
    request: &Request,
    limit: usize,
) -> Result<Vec<T>, Refusal> {
    within(request, limit)?;
    let Value::Array(array) = Value::of(&request.body, Limits::DOCUMENT)
        .map_err(|error| unreadable(request, Unfilled::At(error.offset + 1)))?
    else {
        return Err(unreadable(request, Unfilled::At(1)));
    };
    let mut list = Vec::new();
    let mut elements = array.elements();
    while let Some(element) = elements.next() {
        let mut body = T::default();
        let filled = match element {
            Value::Object(object) => fill(&mut body.members(), object.members()),
            _ => Err(Unfilled::At(0)),
        };
        filled.map_err(|why| {
            let before = request.body.len() - request.body.trim_ascii_start().len();
            let element = Unfilled::At(before + elements.offset());
            unreadable(
                request,
                if let Unfilled::At(_) = why {
                    element
                } else {
                    why
                },
            )
        })?;
        list.push(body);
    }
    Ok(list)
}

fn within(request: &Request, limit: usize) -> Result<(), Refusal> {
    match request.body.len() <= limit {
        true => Ok(()),
        false => Err(MalformedBody::TooLong { most: limit }.into()),
    }
}

/// Why a body was not filled.
enum Unfilled {
    /// What is there is not read, after so many bytes.
    At(usize),
    /// It lacks this member.
    Missing(&'static str),
    /// This member is not what it must be.
    Mistyped(&'static str),
}

/// Fills the members; stops at the first that is not what it must be.
fn fill(members: &mut [Member<'_>], mut object: Members<'_>) -> Result<(), Unfilled> {
    while let Some((name, value)) = object
        .next()
        .map_err(|error| Unfilled::At(error.offset + 1))?
    {
        if let Some(member) = members.iter_mut().find(|member| name.is(member.name)) {
            member.slot.take(&value).ok_or(match value {
                Value::Null => Unfilled::Missing(member.name),
                _ => Unfilled::Mistyped(member.name),
            })?;
            member.given = true;
        }
    }
    match members
        .iter()
        .find(|member| !member.given && !member.optional)
    {
        Some(member) => Err(Unfilled::Missing(member.name)),
        None => Ok(()),
    }
}

fn unreadable(request: &Request, why: Unfilled) -> Refusal {
    match why {
        Unfilled::At(read) => {
            let read = request.body.get(..read).unwrap_or(&request.body);
            let mut lines = read.rsplit(|byte| *byte == b'\n');
            MalformedBody::Unreadable {
                column: lines.next().unwrap_or_default().len(),
                line: 1 + lines.count(),
            }
        }
        Unfilled::Missing(member) => MalformedBody::Missing {
            member: member.into(),
        },
        Unfilled::Mistyped(member) => MalformedBody::Mistyped {
            member: member.into(),
        },
    }
    .into()
}

impl Slot<'_> {
    /// Takes the value, unless it is of another kind.
    fn take(&mut self, value: &Value<'_>) -> Option<()> {
        match (self, value) {
            (
                Self::OptionalText(_)
                | Self::OptionalTexts(_)
                | Self::OptionalFlag(_)
                | Self::OptionalObject(_)
                | Self::Word(..),
                Value::Null,
            ) => {}
            (Self::Text(to), Value::String(text)) => **to = text.decode().into_owned(),
            (Self::OptionalText(to), Value::String(text)) => {
                **to = Some(text.decode().into_owned());
            }
            (Self::Texts(to), list) => **to = json::texts(list)?,
            (Self::OptionalTexts(to), list) => **to = Some(json::texts(list)?),
            (Self::OptionalFlag(to), Value::Bool(flag)) => **to = Some(*flag),
            (Self::Integer(to), Value::Number(number)) => **to = number.as_integer()?,
            (Self::Unsigned16(to), Value::Number(number)) => {
                **to = number.as_integer()?.try_into().ok()?;
            }
            (Self::Unsigned32(to), Value::Number(number)) => {
                **to = number.as_integer()?.try_into().ok()?;
            }
            (Self::Word(to, words), Value::String(text)) => {
                **to = Some(words.iter().find(|word| text.is(word))?);
            }
            (Self::OptionalObject(to), Value::Object(object)) => to.0 = object.raw().into(),
            _ => return None,
        }
        Some(())
    }
}

/// An answer with a JSON body.
pub(in crate::doors) fn answer(status: u16, body: Written) -> Response {
    Response::new(status).with_body("application/json", body.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    word!(Level: "low" | "high");

    body! {
        struct Wanted {
            name: String = "name",
            note: Option<String> = "note",
            level: Level = "level",
            tags: Option<Vec<String>> = "tags",
            count: i64 = "count" or default,
            rest: Raw = "rest",
        }
    }

    fn request(body: &str) -> Request {
        Request {
            body: body.as_bytes().into(),
            ..Request::default()
        }
    }

    #[test]
    fn reads_what_it_knows_and_passes_over_other_members() {
        let text = r#"{"name":"a\u00e9","other":[1],"level":"high","rest": {"a": 1} ,"count":-7}"#;
        let body: Wanted = read(&request(text), 100).unwrap();
        assert_eq!((body.name.as_str(), body.level.0), ("aé", Some("high")));
        assert_eq!((body.rest.0.as_str(), body.count), (r#"{"a": 1}"#, -7));
        assert_eq!((body.note, body.tags), (None, None));
    }

    #[test]
    fn null_is_nothing_where_nothing_may_be() {
        let text = r#"{"name":"a","note":null,"level":null,"tags":null,"rest":null}"#;
        let body: Wanted = read(&request(text), 100).unwrap();
        assert_eq!((body.note, body.level.0, body.tags), (None, None, None));
        assert_eq!(body.rest.0, "");
        assert!(read::<Wanted>(&request(r#"{"name":null}"#), 100).is_err());
        assert!(read::<Wanted>(&request(r#"{"name":"a","count":null}"#), 100).is_err());
    }

    #[test]
    fn a_list_is_read_to_its_end() {
        let text = r#"[{"name":"a"},{"name":"b","note":"c"}]"#;
        let list = read_list::<Wanted>(&request(text), 100).unwrap();
        let names: Vec<_> = list.iter().map(|body| body.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        for body in ["{}", r#"[{}]"#, r#"[{"name":"a"}"#, r#"[{"name":"a"},]"#] {
            assert!(read_list::<Wanted>(&request(body), 100).is_err(), "{body}");
        }
    }

    #[test]
    fn the_place_is_where_the_reader_stopped() {
        for (body, place) in [
            ("", (1, 0)),
            ("[\n]", (1, 1)),
            ("{\"name\":\n x", (2, 2)),
            (r#"{"name":"a","name":"b"}"#, (1, 13)),
        ] {
            let Err(Refusal::MalformedBody(MalformedBody::Unreadable { line, column })) =
                read::<Wanted>(&request(body), 100)
            else {
                panic!("{body}");
            };
            assert_eq!((line, column), place, "{body}");
        }
    }

    // Who wrote the body is told which member to look at, wherever it stands.
    #[test]
    fn a_member_that_is_missing_or_of_another_type_is_named() {
        let missing = |member: &str| MalformedBody::Missing {
            member: member.into(),
        };
        let mistyped = |member: &str| MalformedBody::Mistyped {
            member: member.into(),
        };
        for (body, malformed) in [
            ("{}", missing("name")),
            (r#"{"name":null}"#, missing("name")),
            (r#"{"name":1}"#, mistyped("name")),
            (r#"{"name":"a","level":"none"}"#, mistyped("level")),
            (r#"{"name":"a","tags":"b"}"#, mistyped("tags")),
            (r#"{"name":"a","tags":[1]}"#, mistyped("tags")),
            (r#"{"name":"a","count":1.5}"#, mistyped("count")),
        ] {
            let refusal = Refusal::from(malformed);
            let alone = read::<Wanted>(&request(body), 100).err();
            assert_eq!(alone.as_ref(), Some(&refusal), "{body}");
            let listed = alloc::format!(r#"[{{"name":"first"}},{body}]"#);
            let listed = read_list::<Wanted>(&request(&listed), 100).err();
            assert_eq!(listed, Some(refusal), "{body}");
        }
        let words = Refusal::from(missing("name")).message();
        assert_eq!(words, "name is missing.");
    }

    #[test]
    fn refuses_what_is_too_long_or_of_another_shape() {
        assert_eq!(
            read::<Wanted>(&request(r#"{"name":"abc"}"#), 13).err(),
            Some(MalformedBody::TooLong { most: 13 }.into())
        );
        for body in [
            "",
            "[]x",
            r#"{"name":"a","name":"b"}"#,
            r#"{"name":"a"}{}"#,
            r#"["a"]"#,
            r#"{"name":"a","other":{"b":1,"b":2}}"#,
            "\u{feff}{\"name\":\"a\"}",
        ] {
            assert!(
                matches!(
                    read::<Wanted>(&request(body), 100),
                    Err(Refusal::MalformedBody(MalformedBody::Unreadable { .. }))
                ),
                "{body}"
            );
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = alloc::format!(r#"{{"x":{}"#, "[".repeat(100_000));
        assert!(read::<Wanted>(&request(&deep), 1 << 20).is_err());
    }

    #[test]
    fn members_are_bounded() {
        let wide = |members: usize| {
            let more: String = (1..members)
                .map(|n| alloc::format!(",\"\\u0061{n}\":0"))
                .collect();
            alloc::format!(r#"{{"name":"a"{more}}}"#)
        };
        assert!(read::<Wanted>(&request(&wide(256)), 1 << 20).is_ok());
        assert!(read::<Wanted>(&request(&wide(257)), 1 << 20).is_err());
    }
}
