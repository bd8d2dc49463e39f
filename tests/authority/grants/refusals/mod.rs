//! Every way in which the protocol says no, one test for each clause.
//!
//! A refusal has a status, a code, words and the request's id; and it spends nothing.

use countersign::{
    doors::{Method, Response},
    pkce::CodeVerifier,
};
use serde_json::{Value, json};

use super::api::{Api, Said, call, header, said, send, to_bytes};
use crate::house::House;

mod accounts;
mod public;
mod requests;
mod tokens;
mod transport;

/// Section 1: the shape of every refusal.
fn assert_refused((status, body): &Said, wanted: u16, code: &str) {
    assert_eq!((*status, &body["code"]), (wanted, &json!(code)), "{body}");
    assert!(!body["message"].as_str().unwrap().is_empty(), "{body}");
    assert!(!body["reason"].as_str().unwrap().is_empty(), "{body}");
    let id = body["requestId"].as_str().unwrap();
    assert_eq!((id.len(), id.matches('-').count()), (36, 4), "{id}");
    assert_eq!(body.as_object().unwrap().len(), 4, "{body}");
}

fn live(house: &House) -> (Api<'_>, String) {
    let api = Api::sign_up(house, "live");
    let agent = api.agent("a");
    (api, agent)
}

fn asking(agent: &str, change: &[(&str, Value)]) -> Value {
    let mut body = json!({"agentId": agent, "principalId": "usr_1", "scopes": ["s"]});
    for (name, value) in change {
        body[*name] = value.clone();
    }
    body
}

fn rows(house: &House, api: &Api<'_>, sql: &'static str) -> usize {
    house.rows(place(api), sql).len()
}

fn place(api: &Api<'_>) -> countersign::authority::Place {
    let name = api.id.strip_prefix("dev_").unwrap();
    countersign::authority::Place::Account(countersign::authority::AccountId::parse(name).unwrap())
}
