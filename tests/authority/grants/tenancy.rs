//! Another developer's object does not exist, whatever it is and however one asks for it.

use countersign::{
    authority::Algorithm,
    doors::Method,
    grant::{GrantExpectations, verify_grant_token},
    jose::import_jwks,
};
use serde_json::{Value, json};

use super::api::{Api, Said, call};
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

/// Every call that names something, with ids of somebody's own where those are needed, too.
fn naming(api: &Api<'_>, own: &(Ids, Value), named: &(Ids, Value)) -> Vec<(&'static str, Said)> {
    let (mine, parent) = own;
    let (ids, secrets) = named;
    let Ids {
        agent,
        grant,
        jti,
        entry,
    } = ids;
    let (_, opened) = api.post("/v1/principal-sessions", json!({"principalId": "usr_1"}));
    let session = opened["sessionToken"].as_str().unwrap();
    let as_principal = |method, path: &str| call(api.house, session, method, path, &Value::Null);
    let code = &secrets["code"];
    let refresh = &secrets["refreshToken"];
    let ask = |agent: &str| json!({"agentId": agent, "principalId": "usr_1", "scopes": ["s"]});
    let entry_of = |agent: &str, grant: &str| {
        api.post(
            "/v1/audit/log",
            json!({"agentId": agent, "grantId": grant, "action": "a"}),
        )
    };
    let delegate = json!({
        "parentGrantToken": parent["grantToken"], "subAgentId": agent, "scopes": ["s"],
    });
    vec![
        ("an agent", api.get(&format!("/v1/agents/{agent}"))),
        (
            "changed",
            api.post(&format!("/v1/agents/{agent}"), json!({"name": "b"})),
        ),
        (
            "patched",
            api.patch(&format!("/v1/agents/{agent}"), json!({"name": "b"})),
        ),
        ("deleted", api.delete(&format!("/v1/agents/{agent}"))),
        ("who asks", api.post("/v1/authorize", ask(agent))),
        (
            "a code",
            api.post("/v1/token", json!({"code": code, "agentId": mine.agent})),
        ),
        (
            "and its agent",
            api.post("/v1/token", json!({"code": code, "agentId": agent})),
        ),
        (
            "a refresh token",
            api.post(
                "/v1/token/refresh",
                json!({"refreshToken": refresh, "agentId": mine.agent}),
            ),
        ),
        (
            "and its agent",
            api.post(
                "/v1/token/refresh",
                json!({"refreshToken": refresh, "agentId": agent}),
            ),
        ),
        (
            "verified",
            api.post("/v1/tokens/verify", json!({"token": secrets["grantToken"]})),
        ),
        (
            "revoked",
            api.post("/v1/tokens/revoke", json!({"jti": jti})),
        ),
        ("a grant", api.get(&format!("/v1/grants/{grant}"))),
        ("ended", api.delete(&format!("/v1/grants/{grant}"))),
        (
            "whom to delegate to",
            api.post("/v1/grants/delegate", delegate),
        ),
        ("an entry", api.get(&format!("/v1/audit/{entry}"))),
        ("an entry's agent", entry_of(agent, &mine.grant)),
        ("an entry's grant", entry_of(&mine.agent, grant)),
        (
            "cut off",
            as_principal(Method::Delete, &format!("/v1/principal/grants/{grant}")),
        ),
        ("grants of", api.get(&format!("/v1/grants?agentId={agent}"))),
        (
            "entries of",
            api.get(&format!("/v1/audit/entries?grantId={grant}")),
        ),
        (
            "entries by",
            api.get(&format!("/v1/audit/entries?agentId={agent}")),
        ),
    ]
}

// Whoever has the id of another developer's object learns nothing by it: every answer is the
// one that an id of nothing gets.
#[test]
fn what_is_anothers_is_answered_like_what_is_not() {
    let house = House::new(203);
    let (owner, stranger) = (Api::sign_up(&house, "live"), Api::sign_up(&house, "live"));
    let own = furnish(&stranger);
    let (ids, mut token) = furnish(&owner);
    token["code"] = json!(owner.approved(&ids.agent, &["s"]));
    let nothing = |text: &str| format!("{}{}", &text[..text.len() - 4], "zzzz");
    let unknown = Ids {
        agent: nothing(&ids.agent),
        grant: nothing(&ids.grant),
        jti: nothing(&ids.jti),
        entry: nothing(&ids.entry),
    };
    let secrets = json!({
        "code": nothing(token["code"].as_str().unwrap()),
        "refreshToken": nothing(token["refreshToken"].as_str().unwrap()),
        "grantToken": nothing(token["grantToken"].as_str().unwrap()),
    });
    let (named, none) = ((ids, token), (unknown, secrets));
    let theirs = naming(&stranger, &own, &named);
    let missing = naming(&stranger, &own, &none);
    for ((call, mut said), (_, mut wanted)) in theirs.into_iter().zip(missing) {
        for (_, body) in [&mut said, &mut wanted] {
            if let Some(members) = body.as_object_mut() {
                members.remove("requestId");
            }
        }
        assert_eq!(said, wanted, "{call}");
        let found_nothing = said.0 >= 400 || said.1["valid"] == false || said.1["total"] == 0;
        assert!(found_nothing, "{call}: {said:?}");
    }
    assert!(owner.is_valid(&named.1));
    // Nothing of it was spent either.
    let (ids, token) = named;
    let code = json!({"code": token["code"], "agentId": ids.agent});
    assert_eq!(owner.post("/v1/token", code).0, 201);
    let refresh = json!({"refreshToken": token["refreshToken"], "agentId": ids.agent});
    assert_eq!(owner.post("/v1/token/refresh", refresh).0, 201);
}

// A principal is a name in its developer's name space, and a sandbox consents to anything: only
// the developer tells two principals of one name apart.
#[test]
fn offline_too_a_strangers_principal_is_nobodys_but_theirs() {
    let house = House::new(204);
    let (owner, stranger) = (
        Api::sign_up(&house, "live"),
        Api::sign_up(&house, "sandbox"),
    );
    let ours = owner.granted(&owner.agent("a"), &["s"]);
    let theirs = stranger.granted_in_sandbox(&stranger.agent("a"));
    let (_, seen) = owner.post("/v1/grants/verify", json!({"token": ours["grantToken"]}));
    let keyring = house.keyring().unwrap();
    let keys = import_jwks(keyring.jwks[&Algorithm::Rs256].as_bytes()).unwrap();
    let verify = |token: &Value, developers: &[&str]| {
        let expect = GrantExpectations {
            issuer: seen["claims"]["iss"].as_str().unwrap(),
            audiences: &[],
            developers,
            required_scopes: &["s"],
            now: house.now().seconds(),
            clock_tolerance: 0,
            untyped: false,
        };
        let text = token["grantToken"].as_str().unwrap();
        verify_grant_token(text.as_bytes(), &keys, &expect)
            .map(|claims| claims.principal)
            .map_err(|refusal| refusal.code())
    };
    assert_eq!(verify(&ours, &[]), verify(&theirs, &[]));
    assert_eq!(verify(&ours, &[&owner.id]).as_deref(), Ok("usr_1"));
    let refused = Err("grant_developer_mismatch");
    assert_eq!(verify(&theirs, &[&owner.id]), refused);
    assert_eq!(verify(&ours, &[&stranger.id]), refused);
}
