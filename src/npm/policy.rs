//! What tokens must be, kept so that it is not told again with every token.
//!
//! A policy comes as JSON, written by the host's `JSON.stringify` and read by the strict
//! reader: text that is no valid Unicode, which other ways would turn into other text, is
//! refused there.

use crate::jose::json::{Array, Limits, Members, Value};
use crate::jose::{Expectations, Kind, Leniency};
use alloc::string::String;
use alloc::vec::Vec;

const LIMITS: Limits = Limits {
    depth: 2,
    members: 16,
};

/// [`Expectations`] without the time of day, owned.
#[derive(Debug, Default)]
pub struct Policy {
    issuer: String,
    audiences: Vec<String>,
    typ: Option<String>,
    clock_tolerance: i64,
    max_token_age: Option<i64>,
    claims: Vec<String>,
    scopes: Vec<String>,
    leniency: Leniency,
}

impl Policy {
    /// Reads a policy; `None` where it is not what `pkg/src/policy.ts` writes.
    ///
    /// Numbers that are no plain integers become -1, which is refused with its own code when
    /// a token is judged by them.
    #[must_use]
    pub fn read(json: &[u8]) -> Option<Self> {
        let mut policy = Self::default();
        let mut members = Members::of(json, LIMITS).ok()?;
        while let Some((name, value)) = members.next().ok()? {
            match (name.raw(), value) {
                ("issuer", Value::String(text)) => policy.issuer = text.decode().into(),
                ("audience", Value::Array(list)) => policy.audiences = texts(list)?,
                ("typ", Value::String(text)) => policy.typ = Some(text.decode().into()),
                ("clockTolerance", Value::Number(seconds)) => {
                    policy.clock_tolerance = seconds.as_integer().unwrap_or(-1);
                }
                ("maxTokenAge", Value::Number(seconds)) => {
                    policy.max_token_age = Some(seconds.as_integer().unwrap_or(-1));
                }
                ("requiredClaims", Value::Array(list)) => policy.claims = texts(list)?,
                ("requiredScopes", Value::Array(list)) => policy.scopes = texts(list)?,
                ("untyped", Value::Bool(on)) => policy.leniency.untyped = on,
                ("withoutExpiry", Value::Bool(on)) => policy.leniency.without_expiry = on,
                ("anyIssuer", Value::Bool(on)) => policy.leniency.any_issuer = on,
                ("anyAudience", Value::Bool(on)) => policy.leniency.any_audience = on,
                _ => return None,
            }
        }
        Some(policy)
    }

    /// Runs `body` with what a token must be at the time `now`, in seconds.
    pub fn at<R>(&self, now: i64, body: impl FnOnce(&Expectations<'_>) -> R) -> R {
        fn views(texts: &[String]) -> Vec<&str> {
            texts.iter().map(String::as_str).collect()
        }
        body(&Expectations {
            kind: self.kind(),
            clock_tolerance: self.clock_tolerance,
            max_token_age: self.max_token_age,
            required_claims: &views(&self.claims),
            required_scopes: &views(&self.scopes),
            leniency: self.leniency,
            ..Expectations::new(&self.issuer, &views(&self.audiences), now)
        })
    }

    /// The kinds that have claims of their own are known by their `typ`.
    fn kind(&self) -> Kind<'_> {
        let Some(typ) = self.typ.as_deref() else {
            return Kind::Jwt;
        };
        for kind in [Kind::Jwt, Kind::AccessToken] {
            if typ.eq_ignore_ascii_case(kind.typ()) {
                return kind;
            }
        }
        Kind::Other(typ)
    }
}

fn texts(list: Array<'_>) -> Option<Vec<String>> {
    let text = |element: Value<'_>| element.as_text().map(|text| text.decode().into_owned());
    list.elements().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Policy> {
        Policy::read(json.as_bytes())
    }

    #[test]
    fn every_member_finds_its_place() {
        let policy = read(
            r#"{"issuer":"https://i","audience":["a","b\u0063"],"typ":"at+jwt","clockTolerance":5,
            "maxTokenAge":60,"requiredClaims":["sub"],"requiredScopes":["read","write"],
            "untyped":true,"withoutExpiry":true,"anyIssuer":true,"anyAudience":true}"#,
        )
        .unwrap();
        policy.at(77, |expect| {
            assert_eq!(expect.issuer, "https://i");
            assert_eq!(expect.audiences, ["a", "bc"]);
            assert_eq!(expect.kind, Kind::AccessToken);
            assert_eq!((expect.now, expect.clock_tolerance), (77, 5));
            assert_eq!(expect.max_token_age, Some(60));
            assert_eq!(expect.required_claims, ["sub"]);
            assert_eq!(expect.required_scopes, ["read", "write"]);
            let all = Leniency {
                untyped: true,
                without_expiry: true,
                any_issuer: true,
                any_audience: true,
            };
            assert_eq!(expect.leniency, all);
        });
    }

    #[test]
    fn what_is_not_said_is_at_its_strictest() {
        let policy = read("{}").unwrap();
        policy.at(1, |expect| {
            assert_eq!(expect.leniency, Leniency::default());
            assert_eq!(expect.kind, Kind::Jwt);
            assert_eq!((expect.issuer, expect.audiences), ("", [].as_slice()));
        });
    }

    #[test]
    fn kinds_are_known_by_their_type() {
        for (typ, kind) in [
            ("AT+JWT", Kind::AccessToken),
            ("jwt", Kind::Jwt),
            ("logout+jwt", Kind::Other("logout+jwt")),
        ] {
            let json = std::format!(r#"{{"typ":"{typ}"}}"#);
            read(&json)
                .unwrap()
                .at(1, |expect| assert_eq!(expect.kind, kind));
        }
    }

    #[test]
    fn what_the_host_does_not_write_is_no_policy() {
        for json in [
            "",
            "[]",
            r#"{"issuer":1}"#,
            r#"{"issuers":"x"}"#,
            r#"{"audience":["a",1]}"#,
            r#"{"audience":"a"}"#,
            r#"{"issuer":"\ud800"}"#,
            r#"{"issuer":"a","issuer":"b"}"#,
        ] {
            assert!(read(json).is_none(), "{json}");
        }
    }

    #[test]
    fn a_span_that_is_no_integer_is_negative() {
        let policy = read(r#"{"clockTolerance":1.5,"maxTokenAge":1e3}"#).unwrap();
        policy.at(1, |expect| {
            assert_eq!(
                (expect.clock_tolerance, expect.max_token_age),
                (-1, Some(-1))
            );
        });
    }
}
