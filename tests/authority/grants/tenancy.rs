//! Another developer's object does not exist, whatever it is and however one asks for it.

use serde_json::{Value, json};

use super::api::{Api, Said};
use crate::house::House;

/// Everything that one developer can have, and every route that names a part of it.
fn asked_by(api: &Api<'_>, ids: &Ids) -> Vec<Said> {
    let agent = format!("/v1/agents/{}", ids.agent);
    let grant = format!("/v1/grants/{}", ids.grant);
    vec![
        api.get(&agent),
        api.post(&agent, json!({"name": "mine"})),
        api.patch(&agent, json!({"name": "mine"})),
        api.delete(&agent),
        api.post(
            "/v1/authorize",
            json!({"agentId": ids.agent, "principalId": "usr_1", "scopes": ["s"]}),
        ),
        api.get(&grant),
        api.delete(&grant),
        api.post("/v1/tokens/revoke", json!({"jti": ids.jti})),
        api.get(&format!("/v1/audit/{}", ids.entry)),
        api.post("/v1/principal-sessions", json!({"principalId": "usr_1"})),
    ]
}

struct Ids {
    agent: String,
    grant: String,
    jti: String,
    entry: String,
}

fn furnish(api: &Api<'_>) -> (Ids, Value) {
    let agent = api.agent("a");
    let token = api.granted(&agent, &["s"]);
    let (_, seen) = api.post("/v1/grants/verify", json!({"token": token["grantToken"]}));
    let (_, entry) = api.post(
        "/v1/audit/log",
        json!({
            "agentId": agent, "grantId": token["grantId"], "action": "a", "status": "success",
        }),
    );
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let ids = Ids {
        grant: text(&token["grantId"]),
        jti: text(&seen["claims"]["jti"]),
        entry: text(&entry["entryId"]),
        agent,
    };
    (ids, token)
}

#[test]
fn another_developers_object_does_not_exist() {
    let house = House::new(200);
    let (owner, stranger) = (Api::sign_up(&house, "live"), Api::sign_up(&house, "live"));
    let (ids, token) = furnish(&owner);
    for (number, said) in asked_by(&stranger, &ids).into_iter().enumerate() {
        assert_eq!(said.0, 404, "{number}: {}", said.1);
        assert_eq!(said.1["code"], "NOT_FOUND");
    }
    assert!(owner.is_valid(&token));
    assert_eq!(
        owner.get(&format!("/v1/agents/{}", ids.agent)).1["name"],
        "a"
    );
    // The same calls, by the one whose they are: none of them is 404.
    for (number, said) in asked_by(&owner, &ids).into_iter().enumerate() {
        let after_the_agent_was_deleted = number > 3;
        assert!(
            said.0 < 300 || after_the_agent_was_deleted,
            "{number}: {}",
            said.1
        );
    }
}

#[test]
fn lists_and_filters_show_ones_own_alone() {
    let house = House::new(201);
    let (owner, stranger) = (Api::sign_up(&house, "live"), Api::sign_up(&house, "live"));
    let (ids, _) = furnish(&owner);
    for path in [
        "/v1/agents".to_owned(),
        "/v1/grants".to_owned(),
        format!("/v1/grants?agentId={}", ids.agent),
        "/v1/grants?principalId=usr_1".to_owned(),
        "/v1/audit/entries".to_owned(),
        format!("/v1/audit/entries?grantId={}", ids.grant),
        "/v1/audit/entries?principalId=usr_1".to_owned(),
    ] {
        assert_eq!(owner.get(&path).1["total"], 1, "{path}");
        assert_eq!(stranger.get(&path).1["total"], 0, "{path}");
    }
}

// Each developer has a chain of their own: the first entry has nobody before it.
#[test]
fn chains_do_not_touch() {
    let house = House::new(202);
    for _ in 0..2 {
        let api = Api::sign_up(&house, "live");
        let (ids, _) = furnish(&api);
        let (_, entry) = api.get(&format!("/v1/audit/{}", ids.entry));
        assert!(entry["prevHash"].is_null());
    }
}
