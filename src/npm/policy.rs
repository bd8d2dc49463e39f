//! What tokens must be, kept so that it is not told again with every token.
//!
//! A policy comes as a JSON array, its entries in the order of [`Policy`]: written by the
//! host's `JSON.stringify` and read by the strict reader, so that text that is no valid
//! Unicode, which other ways would turn into other text, is refused.

use crate::jose::json::{Limits, Value};
use crate::jose::{Expectations, Kind, Leniency};
use alloc::string::String;
use alloc::vec::Vec;

const LIMITS: Limits = Limits {
    depth: 2,
    members: 0,
};

/// [`Expectations`] without the time of day, owned.
#[derive(Debug)]
pub struct Policy {
    issuer: String,
    audiences: Vec<String>,
    typ: String,
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
        let Value::Array(entries) = Value::of(json, LIMITS).ok()? else {
            return None;
        };
        let mut entries = entries.elements();
        let mut policy = Self {
            issuer: text(&entries.next()?)?,
            audiences: texts(&entries.next()?)?,
            typ: text(&entries.next()?)?,
            clock_tolerance: seconds(&entries.next()?)?,
            max_token_age: match entries.next()? {
                Value::Null => None,
                span => Some(seconds(&span)?),
            },
            claims: texts(&entries.next()?)?,
            scopes: texts(&entries.next()?)?,
            leniency: Leniency::default(),
        };
        let Leniency {
            untyped,
            without_expiry,
            any_issuer,
            any_audience,
        } = &mut policy.leniency;
        for leniency in [untyped, without_expiry, any_issuer, any_audience] {
            let Value::Bool(on) = entries.next()? else {
                return None;
            };
            *leniency = on;
        }
        entries.next().is_none().then_some(policy)
    }

    /// What a token must be at the time `now`, in seconds.
    #[must_use]
    pub fn at(&self, now: i64) -> Expectations<'_, String> {
        Expectations {
            issuer: &self.issuer,
            audiences: &self.audiences,
            kind: self.kind(),
            now,
            clock_tolerance: self.clock_tolerance,
            max_token_age: self.max_token_age,
            required_claims: &self.claims,
            required_scopes: &self.scopes,
            leniency: self.leniency,
        }
    }

    /// The kinds that have claims of their own are known by their `typ`.
    fn kind(&self) -> Kind<'_> {
        for kind in [Kind::Jwt, Kind::AccessToken] {
            if self.typ.eq_ignore_ascii_case(kind.typ()) {
                return kind;
            }
        }
        Kind::Other(&self.typ)
    }
}

#[inline(never)]
fn text(value: &Value<'_>) -> Option<String> {
    Some(value.as_text()?.decode().into_owned())
}

#[inline(never)]
fn texts(value: &Value<'_>) -> Option<Vec<String>> {
    let Value::Array(list) = value else {
        return None;
    };
    let mut texts = Vec::new();
    for element in list.elements() {
        texts.push(text(&element)?);
    }
    Some(texts)
}

fn seconds(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Number(seconds) => Some(seconds.as_integer().unwrap_or(-1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Policy> {
        Policy::read(json.as_bytes())
    }

    #[test]
    fn every_entry_finds_its_place() {
        let policy = read(
            r#"["https://i",["a","b\u0063"],"at+jwt",5,60,["sub"],["read","write"],true,false,true,true]"#,
        )
        .unwrap();
        let expect = policy.at(77);
        assert_eq!(expect.issuer, "https://i");
        assert_eq!(expect.audiences, ["a", "bc"]);
        assert_eq!(expect.kind, Kind::AccessToken);
        assert_eq!((expect.now, expect.clock_tolerance), (77, 5));
        assert_eq!(expect.max_token_age, Some(60));
        assert_eq!(expect.required_claims, ["sub"]);
        assert_eq!(expect.required_scopes, ["read", "write"]);
        let all_but_one = Leniency {
            untyped: true,
            without_expiry: false,
            any_issuer: true,
            any_audience: true,
        };
        assert_eq!(expect.leniency, all_but_one);
    }

    #[test]
    fn each_leniency_is_its_own() {
        for on in 0..4 {
            let flags = [0, 1, 2, 3].map(|flag| if flag == on { "true" } else { "false" });
            let json = std::format!(r#"["",[],"JWT",0,null,[],[],{}]"#, flags.join(","));
            let leniency = read(&json).unwrap().at(1).leniency;
            let found = [
                leniency.untyped,
                leniency.without_expiry,
                leniency.any_issuer,
                leniency.any_audience,
            ];
            assert_eq!(found, [0, 1, 2, 3].map(|flag| flag == on));
        }
    }

    #[test]
    fn kinds_are_known_by_their_type() {
        for (typ, kind) in [
            ("AT+JWT", Kind::AccessToken),
            ("jwt", Kind::Jwt),
            ("logout+jwt", Kind::Other("logout+jwt")),
        ] {
            let json = std::format!(r#"["",[],"{typ}",0,null,[],[],false,false,false,false]"#);
            assert_eq!(read(&json).unwrap().at(1).kind, kind);
        }
    }

    #[test]
    fn what_the_host_does_not_write_is_no_policy() {
        let good = r#"["i",["a"],"JWT",0,null,[],[],false,false,false,false]"#;
        assert!(read(good).is_some());
        for (part, other) in [
            (r#""i""#, "1"),
            (r#""i""#, r#""\ud800""#),
            (r#"["a"]"#, r#"["a",1]"#),
            (r#"["a"]"#, r#""a""#),
            (r#""JWT""#, "null"),
            ("0,null", "null,null"),
            ("0,null", r#"0,"1""#),
            ("[],[]", "[]"),
            ("[],[]", "[],[],[]"),
            ("false]", "0]"),
            ("false]", "false,false]"),
            (",false]", "]"),
            ("]", ""),
            ("[", "{"),
        ] {
            let json = good.replacen(part, other, 1);
            assert!(json != good && read(&json).is_none(), "{json}");
        }
    }

    #[test]
    fn a_span_that_is_no_integer_is_negative() {
        let policy = read(r#"["",[],"JWT",1.5,1e3,[],[],false,false,false,false]"#).unwrap();
        let expect = policy.at(1);
        assert_eq!(
            (expect.clock_tolerance, expect.max_token_age),
            (-1, Some(-1))
        );
    }
}
