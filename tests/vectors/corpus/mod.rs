//! The corpus: forged, broken and good tokens, keys and codes, each with the one code that
//! it must get. It is generated here from keys that it makes, checked in as `corpus.json`
//! for verifiers in other languages, and held against this library.
//!
//! `COUNTERSIGN_REWRITE=1 cargo test --test vectors corpus` writes it again. To add a case,
//! add it to the file of its group, with the clause that it breaks.
//!
//! The format, one case a line:
//!
//! - `name`, `clause`: what is tried, and what forbids or allows it.
//! - `operation`: `jwt`, `jws`, `detached`, `keys`, `key`, `code`, `der` or `draft` (a
//!   code that is to be issued, all in `expect`).
//! - `keys`: the name of an entry of the top-level `keys`, which are texts of JWK Sets; for
//!   `keys` and `key`, `input` is the text to import (or `input_base64url`, its bytes; `pad` spaces
//!   follow it).
//! - `input`: the token, the code; for `detached` and `der`, `payload` is base64url of the
//!   content.
//! - `expect`: what the caller expects, times in seconds.
//! - `code`: `valid`, or the code of the refusal.

mod claims;
mod codes;
mod good;
mod header;
mod json;
mod key_purposes;
mod key_sets;
mod keys;
mod run;
mod shape;
mod signature;
mod spellings;

use crate::signers::{Ec, Rsa};
use countersign::jose::base64url::encode;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub(crate) const NOW: i64 = 1_767_225_600;
pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const AUDIENCE: &str = "https://api.example";

/// One case.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) clause: String,
    pub(crate) operation: &'static str,
    pub(crate) keys: &'static str,
    pub(crate) input: Vec<u8>,
    pub(crate) payload: Option<Vec<u8>>,
    pub(crate) expect: Value,
    pub(crate) code: &'static str,
    /// Spaces after the input, which need not be in the file.
    pub(crate) pad: usize,
}

/// The keys of the corpus, and the cases so far.
pub(crate) struct Corpus {
    pub(crate) es: Ec,
    pub(crate) es_other: Ec,
    pub(crate) rs: Rsa,
    pub(crate) rs_other: Rsa,
    pub(crate) rs_3072: Rsa,
    pub(crate) rs_4096: Rsa,
    pub(crate) sets: BTreeMap<&'static str, String>,
    pub(crate) cases: Vec<Case>,
}

pub(crate) const HEADER: &str = r#"{"alg":"ES256","kid":"es-1","typ":"JWT"}"#;
pub(crate) const RS_HEADER: &str = r#"{"alg":"RS256","kid":"rs-1","typ":"JWT"}"#;

/// Claims that everything expects.
pub(crate) fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "user-1", "aud": AUDIENCE, "exp": NOW + 300, "nbf": NOW - 10,
        "iat": NOW - 10, "jti": "token-1", "client_id": "agent-1", "scope": "calendar:read mail:send",
    })
}

/// The claims with some changed; null removes one.
pub(crate) fn claims_with(changes: &Value) -> String {
    merged(claims(), changes).to_string()
}

pub(crate) fn expect() -> Value {
    json!({"issuer": ISSUER, "audiences": [AUDIENCE], "typ": "JWT", "now": NOW})
}

pub(crate) fn expect_with(changes: &Value) -> Value {
    merged(expect(), changes)
}

/// `base` with some members changed; null removes one.
pub(crate) fn merged(mut base: Value, changes: &Value) -> Value {
    let object = base.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => object.remove(name),
            other => object.insert(name.clone(), other.clone()),
        };
    }
    base
}

impl Corpus {
    fn new() -> Self {
        let (es, es_other) = (Ec::new("es-1"), Ec::new("es-2"));
        let (rs, rs_other) = (Rsa::new("rs-1", 2048), Rsa::new("rs-2", 2048));
        let (rs_3072, rs_4096) = (Rsa::new("rs-3072", 3072), Rsa::new("rs-4096", 4096));
        let key = |members: String, rest: &str| format!("{{{members}{rest}}}");
        let all = [
            key(es.jwk(), r#","kid":"es-1","use":"sig","alg":"ES256""#),
            key(es_other.jwk(), r#","kid":"es-2""#),
            key(rs.jwk(), r#","kid":"rs-1","use":"sig","alg":"RS256""#),
            key(rs_other.jwk(), r#","kid":"rs-2""#),
            key(rs_3072.jwk(), r#","kid":"rs-3072""#),
            key(rs_4096.jwk(), r#","kid":"rs-4096""#),
            key(
                r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#
                    .into(),
                r#","kid":"ed-1""#,
            ),
        ];
        let set = |keys: &[String]| format!(r#"{{"keys":[{}]}}"#, keys.join(","));
        let sets = BTreeMap::from([
            ("all", set(&all)),
            ("es", set(&all[..1])),
            ("rs", set(&all[2..3])),
            ("es-nameless", set(&[key(es.jwk(), "")])),
            (
                "pair-nameless",
                set(&[key(es.jwk(), ""), key(rs.jwk(), "")]),
            ),
        ]);
        Self {
            es,
            es_other,
            rs,
            rs_other,
            rs_3072,
            rs_4096,
            sets,
            cases: Vec::new(),
        }
    }

    /// A token by the honest key `es-1`.
    pub(crate) fn es(&self, header: &str, payload: &str) -> String {
        self.es_bytes(header.as_bytes(), payload.as_bytes())
    }

    pub(crate) fn es_bytes(&self, header: &[u8], payload: &[u8]) -> String {
        let input = format!("{}.{}", encode(header), encode(payload));
        format!("{input}.{}", encode(&self.es.sign(input.as_bytes())))
    }

    /// A token by the honest key `rs-1`.
    pub(crate) fn rs(&self, header: &str, payload: &str) -> String {
        let input = format!(
            "{}.{}",
            encode(header.as_bytes()),
            encode(payload.as_bytes())
        );
        format!("{input}.{}", encode(&self.rs.sign(input.as_bytes())))
    }

    pub(crate) fn good_token(&self) -> String {
        self.es(HEADER, &claims().to_string())
    }

    /// A token against all keys and the usual expectations.
    pub(crate) fn jwt(
        &mut self,
        code: &'static str,
        clause: &str,
        name: &str,
        token: impl Into<Vec<u8>>,
    ) {
        self.jwt_with(code, clause, name, token, "all", &json!({}));
    }

    pub(crate) fn jwt_with(
        &mut self,
        code: &'static str,
        clause: &str,
        name: &str,
        token: impl Into<Vec<u8>>,
        keys: &'static str,
        expect: &Value,
    ) {
        let expect = expect_with(expect);
        self.add(code, clause, name, "jwt", keys, token.into(), None, expect);
    }

    #[allow(clippy::too_many_arguments, reason = "a row")]
    pub(crate) fn add(
        &mut self,
        code: &'static str,
        clause: &str,
        name: &str,
        operation: &'static str,
        keys: &'static str,
        input: Vec<u8>,
        payload: Option<Vec<u8>>,
        expect: Value,
    ) {
        let (name, clause) = (name.into(), clause.into());
        self.cases.push(Case {
            name,
            clause,
            operation,
            keys,
            input,
            payload,
            expect,
            code,
            pad: 0,
        });
    }

    /// Spaces after the input of the last case.
    pub(crate) fn pad(&mut self, spaces: usize) {
        self.cases.last_mut().unwrap().pad = spaces;
    }

    pub(crate) fn generate() -> Self {
        let mut corpus = Self::new();
        good::add(&mut corpus);
        shape::add(&mut corpus);
        json::add(&mut corpus);
        spellings::add(&mut corpus);
        header::add(&mut corpus);
        signature::add(&mut corpus);
        claims::add(&mut corpus);
        keys::add(&mut corpus);
        key_purposes::add(&mut corpus);
        key_sets::add(&mut corpus);
        codes::add(&mut corpus);
        corpus
    }

    fn print(&self) -> String {
        let mut text = String::from(
            "{\"about\":\"generated by tests/vectors/corpus, which describes the format\",\n\"keys\":{\n",
        );
        let sets: Vec<_> = self
            .sets
            .iter()
            .map(|(name, set)| format!("{}:{}", json!(name), json!(set)))
            .collect();
        writeln!(text, "{}\n}},\n\"cases\":[", sets.join(",\n")).unwrap();
        let cases: Vec<_> = self.cases.iter().map(Case::print).collect();
        writeln!(text, "{}\n]}}", cases.join(",\n")).unwrap();
        text
    }
}

impl Case {
    fn print(&self) -> String {
        let mut line = format!(
            "{{\"name\":{},\"clause\":{},\"operation\":{}",
            json!(self.name),
            json!(self.clause),
            json!(self.operation)
        );
        if !self.keys.is_empty() {
            write!(line, ",\"keys\":{}", json!(self.keys)).unwrap();
        }
        match core::str::from_utf8(&self.input) {
            Ok(text) => write!(line, ",\"input\":{}", json!(text)).unwrap(),
            Err(_) => write!(line, ",\"input_base64url\":{}", json!(encode(&self.input))).unwrap(),
        }
        if self.pad > 0 {
            write!(line, ",\"pad\":{}", self.pad).unwrap();
        }
        if let Some(payload) = &self.payload {
            write!(line, ",\"payload\":{}", json!(encode(payload))).unwrap();
        }
        write!(
            line,
            ",\"expect\":{},\"code\":{}}}",
            self.expect,
            json!(self.code)
        )
        .unwrap();
        line
    }
}
