//! The vectors, as they are checked in, against this library.

use super::Vectors;
use crate::golden::assert_current;
use countersign::chain::{ChainStart, ExportError, verify_export};
use countersign::grant::{
    GrantExpectations, Revocation, StatusListToken, verify_delegation_chain, verify_grant_token,
};
use countersign::jose::json::Limits;
use countersign::jose::{KeySet, Reason, import_jwks};
use countersign::mac::hex;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

const PATH: &str = "tests/vectors/grants.json";

fn load() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PATH);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap()
}

fn strings(value: &Value) -> Vec<&str> {
    let list = value.as_array().into_iter().flatten();
    list.map(|text| text.as_str().unwrap()).collect()
}

/// What must come of a case, and what came of it: the members `code`, `at`, `head`, `online`.
fn verdict(case: &Value, keys: &KeySet) -> Value {
    let wanted = &case["expect"];
    let [audiences, developers, scopes] =
        ["audiences", "developers", "required_scopes"].map(|name| strings(&wanted[name]));
    let expect = GrantExpectations {
        issuer: wanted["issuer"].as_str().unwrap_or_default(),
        audiences: &audiences,
        developers: &developers,
        required_scopes: &scopes,
        now: wanted["now"].as_i64().unwrap_or_default(),
        clock_tolerance: wanted["clock_tolerance"].as_i64().unwrap_or_default(),
        untyped: wanted["untyped"].as_bool().unwrap_or_default(),
    };
    let list = |token: &str| {
        let uri = text(case, "uri");
        StatusListToken::verify(token.as_bytes(), keys, expect.issuer, uri, expect.now, 0)
    };
    let refusal = match text(case, "operation") {
        "grant" => verify_grant_token(text(case, "token").as_bytes(), keys, &expect).err(),
        "chain" => {
            let tokens = strings(&case["tokens"]);
            let tokens: Vec<_> = tokens.iter().map(|token| token.as_bytes()).collect();
            verify_delegation_chain(&tokens, keys, &expect).err()
        }
        "list" => list(text(case, "token")).err(),
        "revocation" => return revocation(case, keys, &expect),
        "audit" => return audit(case),
        other => panic!("operation {other}"),
    };
    json!({"code": refusal.map_or("valid", |refusal| refusal.code())})
}

fn revocation(case: &Value, keys: &KeySet, expect: &GrantExpectations<'_>) -> Value {
    let claims = verify_grant_token(text(case, "token").as_bytes(), keys, expect).unwrap();
    let fetched_at = case["fetched_at"].as_i64().unwrap();
    let (uri, token) = (text(case, "uri"), text(case, "list"));
    let list =
        StatusListToken::verify(token.as_bytes(), keys, expect.issuer, uri, fetched_at, 0).unwrap();
    let said = claims
        .status
        .as_ref()
        .map_or(Ok(Revocation::Unknown), |at| {
            list.revocation_of(at, fetched_at, expect.now)
        });
    let (code, online) = match said {
        Ok(Revocation::Valid) => ("valid", "valid"),
        Ok(Revocation::Revoked) => ("revoked", Reason::TokenRevoked.row().code),
        Ok(Revocation::Unknown) => ("unknown", Reason::RevocationUnknown.row().code),
        Err(refusal) => ("unknown", refusal.code()),
    };
    match case.get("online") {
        Some(_) => json!({"code": code, "online": online}),
        None => json!({"code": code}),
    }
}

fn audit(case: &Value) -> Value {
    let start = match text(case, "start") {
        "genesis" => ChainStart::Genesis,
        "anywhere" => ChainStart::Anywhere,
        hash => ChainStart::After(hex::decode_array(hash).unwrap()),
    };
    match verify_export(text(case, "text").as_bytes(), start, Limits::DOCUMENT) {
        Ok(whole) => match whole.hash {
            Some(head) => json!({"code": "valid", "head": hex::encode(&head)}),
            None => json!({"code": "valid"}),
        },
        Err(ExportError::Json(_)) => json!({"code": "json"}),
        Err(ExportError::NoEntries) => json!({"code": "no_entries"}),
        Err(ExportError::Broken(at)) => json!({"code": at.fault.code(), "at": at.index}),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn grants_are_current() {
    let wanted = Vectors::generate().print();
    assert_current(PATH, &wanted, "--test vectors grants");
}

#[test]
fn grants_get_their_verdicts() {
    let vectors = load();
    let keys = import_jwks(text(&vectors, "keys").as_bytes()).unwrap();
    let mut wrong = Vec::new();
    for case in vectors["cases"].as_array().unwrap() {
        let said = ["code", "at", "head", "online"].map(|name| (name, case.get(name)));
        let wanted: Value = said
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.clone())))
            .collect();
        let found = verdict(case, &keys);
        if found != wanted {
            wrong.push(format!(
                "{}: {wanted} expected, {found} found",
                case["name"]
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
fn grants_earn_every_code() {
    let vectors = load();
    let cases = vectors["cases"].as_array().unwrap();
    let earned: BTreeSet<_> = cases
        .iter()
        .flat_map(|case| [&case["code"], &case["online"]])
        .filter_map(Value::as_str)
        .collect();
    let ours = |code: &&str| {
        let rooms = ["grant_", "delegation_", "status_", "revocation_"];
        *code == "token_revoked" || rooms.iter().any(|room| code.starts_with(room))
    };
    let codes = Reason::ALL.iter().map(|reason| reason.row().code);
    let missing: Vec<_> = codes
        .filter(|code| ours(code) && !earned.contains(code))
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
    let names: BTreeSet<_> = cases.iter().map(|case| text(case, "name")).collect();
    assert_eq!(names.len(), cases.len(), "each name once");
    assert!(cases.iter().all(|case| !text(case, "clause").is_empty()));
}
