//! The corpus, as it is checked in, against this library.

use super::{Corpus, NOW};
use crate::golden::assert_current;
use countersign::code::{CodeDraft, CodeExpectations, Target, UserId, check};
use countersign::jose::{
    Expectations, KeySet, Kind, Leniency, PublicKey, Reason, Refusal, TypeRule, base64url,
    import_jwks, verify_detached, verify_jws, verify_jwt,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const PATH: &str = "tests/vectors/corpus.json";

fn load() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PATH);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn strings(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .map(|list| list.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default()
}

fn type_rule(expect: &Value) -> TypeRule<'_> {
    match expect["typ"].as_str() {
        Some(typ) => TypeRule::Is(typ),
        None => TypeRule::Any,
    }
}

fn verdict(case: &Value, sets: &BTreeMap<String, KeySet>) -> &'static str {
    let expect = &case["expect"];
    let bytes = |name: &str| {
        case[name]
            .as_str()
            .map(|text| base64url::decode(text.as_bytes()).unwrap())
    };
    let decoded = bytes("input_base64url");
    let input = decoded
        .as_deref()
        .unwrap_or_else(|| case["input"].as_str().unwrap().as_bytes());
    let mut input = input.to_vec();
    input.resize(
        input.len() + case["pad"].as_u64().unwrap_or(0) as usize,
        b' ',
    );
    let input = input.as_slice();
    let payload = bytes("payload").unwrap_or_default();
    let keys = || &sets[case["keys"].as_str().unwrap()];
    let flag = |name: &str| expect["leniency"][name].as_bool().unwrap_or(false);
    let number = |name: &str| expect[name].as_i64();
    let refusal = match case["operation"].as_str().unwrap() {
        "jwt" => {
            let (audiences, required_claims, required_scopes) = (
                strings(&expect["audiences"]),
                strings(&expect["required_claims"]),
                strings(&expect["required_scopes"]),
            );
            let expectations = Expectations {
                kind: match expect["typ"].as_str().unwrap() {
                    "JWT" => Kind::Jwt,
                    "at+jwt" => Kind::AccessToken,
                    typ => Kind::Other(typ),
                },
                clock_tolerance: number("clock_tolerance").unwrap_or(0),
                max_token_age: number("max_token_age"),
                required_claims: &required_claims,
                required_scopes: &required_scopes,
                leniency: Leniency {
                    untyped: flag("untyped"),
                    without_expiry: flag("without_expiry"),
                    any_issuer: flag("any_issuer"),
                    any_audience: flag("any_audience"),
                },
                ..Expectations::new(
                    expect["issuer"].as_str().unwrap_or_default(),
                    &audiences,
                    number("now").unwrap(),
                )
            };
            verify_jwt(input, keys(), &expectations).map(|_| ()).err()
        }
        "jws" => verify_jws(input, keys(), type_rule(expect))
            .map(|_| ())
            .err(),
        "detached" => verify_detached(input, &payload, keys(), type_rule(expect))
            .map(|_| ())
            .err(),
        "der" => keys().keys()[0].verify_ecdsa_der(&payload, input).err(),
        "keys" => import_jwks(input).map(|_| ()).err().map(|e| e.refusal),
        "key" => PublicKey::from_jwk(input)
            .map(|_| ())
            .err()
            .map(|e| e.refusal),
        "code" => {
            let expectations = CodeExpectations {
                target: expect["target"].as_str().unwrap(),
                now: number("now").unwrap(),
                clock_tolerance: number("clock_tolerance").unwrap_or(0),
            };
            check(core::str::from_utf8(input).unwrap(), keys(), &expectations)
                .map(|_| ())
                .err()
        }
        "draft" => draft(expect).err(),
        other => panic!("operation {other}"),
    };
    refusal.map_or("valid", |refusal| refusal.code())
}

fn draft(expect: &Value) -> Result<(), Refusal> {
    let text = |name: &str| expect[name].as_str().unwrap();
    let draft = CodeDraft {
        target: Target::parse(text("target"))?,
        user: UserId::parse(text("user"))?,
        issued_at: expect["issued_at"].as_i64().unwrap(),
        lifetime: expect["lifetime"].as_u64().unwrap() as u32,
        nonce: [7; 16],
    };
    draft.signing_input(&[0; 32]).map(|_| ())
}

#[test]
fn corpus_is_current() {
    let wanted = Corpus::generate().print();
    assert_current(PATH, &wanted, "--test vectors corpus");
}

#[test]
fn corpus_gets_its_codes() {
    let corpus = load();
    let sets: BTreeMap<_, _> = corpus["keys"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, set)| {
            (
                name.clone(),
                import_jwks(set.as_str().unwrap().as_bytes()).unwrap(),
            )
        })
        .collect();
    let mut wrong = Vec::new();
    for case in corpus["cases"].as_array().unwrap() {
        let found = verdict(case, &sets);
        if found != case["code"].as_str().unwrap() {
            wrong.push(format!(
                "{}: {} expected, {found} found",
                case["name"], case["code"]
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn corpus_earns_every_code() {
    let corpus = load();
    let cases = corpus["cases"].as_array().unwrap();
    let earned: BTreeSet<_> = cases
        .iter()
        .map(|case| case["code"].as_str().unwrap())
        .collect();
    // What needs more than one token is tested where it lives: `grant`, `status_list`.
    let elsewhere = |code: &&str| {
        let rooms = ["grant_", "delegation_", "status_", "revocation_"];
        *code == "token_revoked" || rooms.iter().any(|room| code.starts_with(room))
    };
    let missing: Vec<_> = Reason::ALL
        .iter()
        .map(|r| r.row().code)
        .filter(|code| !earned.contains(code) && !elsewhere(code))
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
    let names: BTreeSet<_> = cases
        .iter()
        .map(|case| case["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), cases.len(), "each name once");
    let forged = cases.iter().filter(|case| case["code"] != "valid").count();
    assert!(forged >= 300, "{forged} forged");
    assert!(cases.len() - forged >= 40);
    assert!(
        cases
            .iter()
            .all(|case| !case["clause"].as_str().unwrap().is_empty())
    );
    assert_eq!(NOW, cases[0]["expect"]["now"].as_i64().unwrap());
}
