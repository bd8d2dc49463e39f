//! What tokens must be, kept so that it is not told again with every token.
//!
//! The texts of a policy come as JSON, written by the host's `JSON.stringify` and read by the
//! strict reader, so that text that is no valid Unicode, which other ways would turn into
//! other text, is refused.

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
    /// The issuer, the type, the audiences, the claims and the scopes asked for. Of issuer and
    /// type the first counts.
    texts: [Vec<String>; 5],
    clock_tolerance: i64,
    max_token_age: Option<i64>,
    leniency: Leniency,
}

impl Policy {
    /// Reads a policy: five lists of texts; spans in seconds, of which the second is not a
    /// number where no age is asked for; the leniencies, a bit each. `None` where it is not
    /// what `pkg/src/policy.ts` writes.
    #[must_use]
    pub fn read(
        json: &[u8],
        clock_tolerance: f64,
        max_token_age: f64,
        lenient: u32,
    ) -> Option<Self> {
        let Value::Array(lists) = Value::of(json, LIMITS).ok()? else {
            return None;
        };
        let mut lists = lists.elements();
        let mut texts = [const { Vec::new() }; 5];
        for texts in &mut texts {
            let Value::Array(list) = lists.next()? else {
                return None;
            };
            for text in list.elements() {
                texts.push(text.as_text()?.decode().into_owned());
            }
        }
        let is = |bit: u32| lenient & bit != 0;
        lists.next().is_none().then_some(Self {
            texts,
            clock_tolerance: clock_tolerance as i64,
            max_token_age: (!max_token_age.is_nan()).then_some(max_token_age as i64),
            leniency: Leniency {
                untyped: is(1),
                without_expiry: is(2),
                any_issuer: is(4),
                any_audience: is(8),
            },
        })
    }

    /// What a token must be at the time `now`, in seconds.
    #[must_use]
    pub fn at(&self, now: i64) -> Expectations<'_, String> {
        let [issuer, typ, audiences, required_claims, required_scopes] = &self.texts;
        Expectations {
            issuer: issuer.first().map_or("", String::as_str),
            audiences,
            kind: Kind::of(typ.first().map_or("", String::as_str)),
            now,
            clock_tolerance: self.clock_tolerance,
            max_token_age: self.max_token_age,
            required_claims,
            required_scopes,
            leniency: self.leniency,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Policy> {
        Policy::read(json.as_bytes(), 0.0, f64::NAN, 0)
    }

    #[test]
    fn every_entry_finds_its_place() {
        let json = r#"[["https://i"],["at+jwt"],["a","b\u0063"],["sub"],["read","write"]]"#;
        let policy = Policy::read(json.as_bytes(), 5.0, 60.0, 0).unwrap();
        let expect = policy.at(77);
        assert_eq!(expect.issuer, "https://i");
        assert_eq!(expect.audiences, ["a", "bc"]);
        assert_eq!(expect.kind, Kind::AccessToken);
        assert_eq!((expect.now, expect.clock_tolerance), (77, 5));
        assert_eq!(expect.max_token_age, Some(60));
        assert_eq!(expect.required_claims, ["sub"]);
        assert_eq!(expect.required_scopes, ["read", "write"]);
        assert_eq!(expect.leniency, Leniency::default());
        assert_eq!(read(json).unwrap().at(77).max_token_age, None);
    }

    #[test]
    fn each_leniency_is_its_own() {
        for on in 0..4 {
            let policy = Policy::read(b"[[],[],[],[],[]]", 0.0, 0.0, 1 << on).unwrap();
            let leniency = policy.at(1).leniency;
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
            ("application/at+jwt", Kind::AccessToken),
            ("jwt", Kind::Jwt),
            ("logout+jwt", Kind::Other("logout+jwt")),
        ] {
            let json = std::format!(r#"[[],["{typ}"],[],[],[]]"#);
            assert_eq!(read(&json).unwrap().at(1).kind, kind);
        }
    }

    #[test]
    fn what_the_host_does_not_write_is_no_policy() {
        let good = r#"[["i"],["JWT"],["a"],[],[]]"#;
        assert!(read(good).is_some());
        for (part, other) in [
            (r#""i""#, "1"),
            (r#""i""#, r#""\ud800""#),
            (r#"["a"]"#, r#"["a",1]"#),
            (r#"["a"]"#, r#""a""#),
            (r#"["a"]"#, r#"[["a"]]"#),
            ("[],[]", "[]"),
            ("[],[]", "[],null"),
            ("[],[]", "[],[],[]"),
            ("]]", "]"),
            ("[[", "{["),
        ] {
            let json = good.replacen(part, other, 1);
            assert!(json != good && read(&json).is_none(), "{json}");
        }
    }

    #[test]
    fn a_span_that_is_negative_stays_so() {
        let policy = Policy::read(b"[[],[],[],[],[]]", -1.0, -1.0, 0).unwrap();
        let expect = policy.at(1);
        assert_eq!(
            (expect.clock_tolerance, expect.max_token_age),
            (-1, Some(-1))
        );
    }
}
