//! What was sent: a browser's form, or a program's JSON object of the same fields.

use alloc::string::{String, ToString};

use super::cookie;
use crate::{
    authority::{
        Client, World,
        account::form_token::{self, FormProof},
        json::texts,
        refusal::{MalformedBody, Refusal},
    },
    doors::{Request, form::Fields},
    jose::json::{Limits, Members, Value},
};

/// The fields of the body.
///
/// # Errors
/// [`MalformedBody::Form`], where the body is neither a form nor a flat JSON object.
pub(super) fn read(request: &Request) -> Result<Fields, Refusal> {
    let media_type = request.header("content-type").unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let fields = if request.body.is_empty() {
        Some(Fields::default())
    } else if essence.eq_ignore_ascii_case("application/json") {
        (request.body.len() <= Fields::LENGTH_LIMIT)
            .then(|| flat(&request.body))
            .flatten()
    } else {
        Fields::parse(&request.body).ok()
    };
    fields.ok_or(MalformedBody::Form.into())
}

/// The fields of the query; none where it is not well formed.
pub(super) fn query(request: &Request) -> Fields {
    Fields::parse(request.query.as_bytes()).unwrap_or_default()
}

/// Who is at the other end.
pub(super) fn client(request: &Request) -> Client {
    let program = request.header("user-agent").unwrap_or_default();
    Client::new(&request.client.address, program)
}

/// Checks the token of a form that was sent before signing in.
///
/// # Errors
/// [`Refusal::FormRejected`].
pub(super) fn proof(
    world: &World<'_>,
    request: &Request,
    form: &str,
    fields: &Fields,
) -> Result<FormProof, Refusal> {
    if comes_from_elsewhere(request) {
        return Err(Refusal::FormRejected);
    }
    let browser = cookie::browser(request).unwrap_or_default();
    form_token::check_before_session(world, form, browser, fields.text("form_token"))
}

/// Whether the browser says that another site sent this. A second lock beside the token.
pub(super) fn comes_from_elsewhere(request: &Request) -> bool {
    // W3C Fetch Metadata section 2.1: `none` is the person's own doing.
    request
        .header("sec-fetch-site")
        .is_some_and(|site| site != "same-origin" && site != "none")
}

/// The members of a flat JSON object: texts, numbers, yes and no, and lists of texts, which a
/// form sends as lines.
fn flat(body: &[u8]) -> Option<Fields> {
    let mut members = Members::of(body, Limits::DOCUMENT).ok()?;
    let mut fields = Fields::default();
    while let Some((name, value)) = members.next().ok()? {
        fields
            .insert(name.decode().into_owned(), text(&value)?)
            .ok()?;
    }
    Some(fields)
}

/// A member's value as a form would send it.
fn text(value: &Value<'_>) -> Option<String> {
    Some(match value {
        Value::Null => String::new(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.raw().into(),
        Value::String(text) => text.decode().into_owned(),
        Value::Array(_) => {
            let lines = texts(value)?;
            // A line break would make two of one.
            let is_line = |line: &String| !line.contains(['\n', '\r']);
            lines.iter().all(is_line).then(|| lines.join("\n"))?
        }
        Value::Object(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(media_type: &str, body: &str) -> Option<Fields> {
        let request = Request {
            headers: alloc::vec![("content-type".into(), media_type.into())],
            body: body.as_bytes().to_vec(),
            ..Request::default()
        };
        read(&request).ok()
    }

    #[test]
    fn a_form_and_an_object_say_the_same() {
        let form = sent("application/x-www-form-urlencoded", "a=1&b=true&c=x%0Ay").unwrap();
        let object = sent(
            "application/json; charset=utf-8",
            r#"{"a":1,"b":true,"c":["x","y"]}"#,
        );
        assert_eq!(object, Some(form));
    }

    #[test]
    fn what_is_not_flat_or_says_two_things_is_refused() {
        for body in [
            "[]",
            "1",
            r#"{"a":{}}"#,
            r#"{"a":[1]}"#,
            r#"{"a":["x\ny"]}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a":1}x"#,
        ] {
            assert_eq!(sent("application/json", body), None, "{body}");
        }
        assert_eq!(sent("", "a=1&a=2"), None);
    }

    #[test]
    fn another_site_is_told_by_the_browser() {
        let from = |site: &str| {
            comes_from_elsewhere(&Request {
                headers: alloc::vec![("sec-fetch-site".into(), site.into())],
                ..Request::default()
            })
        };
        assert!(from("cross-site") && from("same-site"));
        assert!(!from("same-origin") && !from("none"));
        assert!(!comes_from_elsewhere(&Request::default()));
    }
}
