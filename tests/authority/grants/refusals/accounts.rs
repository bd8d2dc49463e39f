//! Sections 6, 9, 11 and 13: agents, trails, developers and principals.

use super::*;

// Section 2: `PUT` and `DELETE /v1/audit/{id}` must be 404 or 405.
#[test]
fn an_entry_of_the_trail_is_neither_changed_nor_deleted() {
    let house = House::new(103);
    let (api, _) = live(&house);
    for method in [Method::Put, Method::Delete, Method::Patch, Method::Post] {
        let response = send(&house, &api.key, method, "/v1/audit/alog_x", b"{}", &[]);
        assert_refused(&said(&response), 405, "METHOD_NOT_ALLOWED");
        assert_eq!(header(&response, "allow"), Some("GET"));
    }
}

// Section 6: 400 for a missing name, no field or a bad value; 404 for what is not there.
#[test]
fn agents_are_refused_by_their_rules() {
    let house = House::new(120);
    let (api, agent) = live(&house);
    let bad = [
        json!({"name": ""}),
        json!({"name": "  "}),
        json!({"name": 7}),
        json!({"name": "x".repeat(201)}),
        json!({"name": "a\nb"}),
        json!({"name": "a\u{202e}b"}),
        json!({"name": "a", "description": 7}),
        json!({"name": "a", "description": "x".repeat(2001)}),
        json!({"name": "a", "scopes": "s"}),
        json!({"name": "a", "scopes": [7]}),
        json!({"name": "a", "scopes": [""]}),
        json!({"name": "a", "scopes": vec!["s"; 101]}),
        json!({"name": "a", "status": "revoked"}),
    ];
    let path = format!("/v1/agents/{agent}");
    let (_, before) = api.get(&path);
    for body in bad {
        assert_refused(&api.post("/v1/agents", body.clone()), 400, "BAD_REQUEST");
        assert_refused(&api.post(&path, body.clone()), 400, "BAD_REQUEST");
        assert_refused(&api.patch(&path, body), 400, "BAD_REQUEST");
    }
    assert_refused(&api.post("/v1/agents", json!({})), 400, "BAD_REQUEST");
    for none in [json!({}), json!({"other": 1}), json!({"name": null})] {
        assert_refused(&api.patch(&path, none), 400, "BAD_REQUEST");
    }
    assert_eq!(api.get(&path).1, before);
    let change = json!({"name": "b"});
    for refused in [
        api.get("/v1/agents/ag_x"),
        api.post("/v1/agents/ag_x", change.clone()),
        api.patch("/v1/agents/ag_x", change),
        api.delete("/v1/agents/ag_x"),
    ] {
        assert_refused(&refused, 404, "NOT_FOUND");
    }
    assert_eq!(api.delete(&path).0, 204);
    assert_refused(&api.delete(&path), 404, "NOT_FOUND");
}

// Section 9: 400 for an empty action, a bad status, metadata that is no object, and for what
// cannot be derived.
#[test]
fn the_trail_refuses_what_it_cannot_hold() {
    let house = House::new(123);
    let (api, agent) = live(&house);
    let token = api.granted(&agent, &["s"]);
    let log = |change: &[(&str, Value)]| {
        let mut body = json!({
            "agentId": agent, "grantId": token["grantId"], "action": "a", "status": "success",
        });
        for (name, value) in change {
            body[*name] = value.clone();
        }
        api.post("/v1/audit/log", body)
    };
    let mut deep = json!({});
    for _ in 0..16 {
        deep = json!({"x": deep});
    }
    for bad in [
        ("agentId", json!("ag_x")),
        ("agentId", json!("")),
        ("grantId", json!("grnt_x")),
        ("grantId", Value::Null),
        ("action", json!("")),
        ("action", json!("x".repeat(257))),
        ("action", Value::Null),
        ("status", json!("done")),
        ("status", json!(1)),
        ("metadata", json!([])),
        ("metadata", json!("text")),
        ("metadata", json!(1)),
        ("metadata", json!({"x": "y".repeat(16_384)})),
        ("metadata", deep),
    ] {
        let said = log(std::slice::from_ref(&bad));
        assert_eq!(said.0, 400, "{bad:?}");
        assert_refused(&said, 400, "BAD_REQUEST");
    }
    assert_refused(&api.get("/v1/audit/alog_x"), 404, "NOT_FOUND");
    for query in [
        "since=yesterday",
        "until=1",
        "page=0",
        "page=x",
        "pageSize=-1",
    ] {
        let said = api.get(&format!("/v1/audit/entries?{query}"));
        assert_refused(&said, 400, "BAD_REQUEST");
    }
    assert_eq!(rows(&house, &api, "SELECT 1 FROM trail"), 0);
    // With all five given nothing has to be known.
    let given = [
        ("agentId", json!("ag_x")),
        ("agentDid", json!("did:grantex:ag_x")),
        ("grantId", json!("grnt_x")),
        ("principalId", json!("usr_2")),
    ];
    assert_eq!(log(&given).0, 201);
}

// Section 11 (account): 400 and 409.
#[test]
fn sign_up_refuses_a_bad_name_and_a_taken_address() {
    let house = House::new(124);
    let sign_up = |body: Value| call(&house, "", Method::Post, "/v1/signup", &body);
    for body in [
        json!({}),
        json!({"name": ""}),
        json!({"name": "x".repeat(201)}),
        json!({"name": "a", "mode": "test"}),
        json!({"name": "a", "email": "nonsense"}),
    ] {
        assert_refused(&sign_up(body), 400, "BAD_REQUEST");
    }
    let (status, first) = sign_up(json!({"name": "a", "email": "Dev@Example.COM"}));
    assert_eq!((status, &first["email"]), (201, &json!("dev@example.com")));
    let again = sign_up(json!({"name": "b", "email": "dev@example.com"}));
    assert_refused(&again, 409, "CONFLICT");
}

// Section 11 (account): the old key dies at once; the call has no body.
#[test]
fn a_rotated_key_is_dead_at_once() {
    let house = House::new(125);
    let (api, _) = live(&house);
    let (status, rotated) = api.post("/v1/keys/rotate", Value::Null);
    assert_eq!(status, 200, "{rotated}");
    assert_refused(&api.get("/v1/me"), 401, "UNAUTHORIZED");
    let key = rotated["apiKey"].as_str().unwrap();
    assert_eq!(
        call(&house, key, Method::Get, "/v1/me", &Value::Null).0,
        200
    );
}

// Section 13: principal sessions: 400; 404 without an active grant; else 401 and 404.
#[test]
fn a_principals_session_is_refused_by_its_rules() {
    let house = House::new(129);
    let (api, agent) = live(&house);
    let open = |body: Value| api.post("/v1/principal-sessions", body);
    for body in [
        json!({}),
        json!({"principalId": ""}),
        json!({"principalId": 7}),
        json!({"principalId": "usr_1", "expiresIn": "x"}),
    ] {
        assert_refused(&open(body), 400, "BAD_REQUEST");
    }
    let usr_1 = json!({"principalId": "usr_1"});
    assert_refused(&open(usr_1.clone()), 404, "NOT_FOUND");
    let token = api.granted(&agent, &["s"]);
    let session = open(usr_1.clone()).1["sessionToken"]
        .as_str()
        .unwrap()
        .to_owned();
    let as_principal = |method, path: &str| call(&house, &session, method, path, &Value::Null);
    assert_eq!(as_principal(Method::Get, "/v1/principal/grants").0, 200);
    let unknown = as_principal(Method::Delete, "/v1/principal/grants/grnt_x");
    assert_refused(&unknown, 404, "NOT_FOUND");
    let body = asking(&agent, &[("principalId", json!("usr_2"))]);
    let id = api.post("/v1/authorize", body).1["authRequestId"]
        .as_str()
        .unwrap()
        .to_owned();
    let (_, decided) = api.post(&format!("/v1/consent/{id}/approve"), Value::Null);
    let exchange = json!({"code": decided["code"], "agentId": agent});
    let others = api.post("/v1/token", exchange).1["grantId"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/principal/grants/{others}");
    assert_refused(&as_principal(Method::Delete, &path), 404, "NOT_FOUND");
    let path = format!(
        "/v1/principal/grants/{}",
        token["grantId"].as_str().unwrap()
    );
    assert_eq!(as_principal(Method::Delete, &path).0, 204);
    assert_refused(&as_principal(Method::Delete, &path), 404, "NOT_FOUND");
    assert_refused(&open(usr_1), 404, "NOT_FOUND");
    house.advance(60 * 60 * 1000);
    let over = as_principal(Method::Get, "/v1/principal/grants");
    assert_refused(&over, 401, "UNAUTHORIZED");
}

// A session's claims name the account; only the account says whether it is one.
#[test]
fn a_grant_token_or_an_altered_session_is_no_principals_session() {
    let house = House::new(130);
    let (api, agent) = live(&house);
    let token = api.granted(&agent, &["s"]);
    let open = json!({"principalId": "usr_1"});
    let (_, opened) = api.post("/v1/principal-sessions", open);
    let session = opened["sessionToken"].as_str().unwrap();
    let mut altered = session.to_owned();
    altered.pop();
    for bad in [token["grantToken"].as_str().unwrap(), &altered] {
        let refused = call(
            &house,
            bad,
            Method::Get,
            "/v1/principal/grants",
            &Value::Null,
        );
        assert_refused(&refused, 401, "UNAUTHORIZED");
    }
    assert_eq!(
        api.post("/v1/grants/verify", json!({"token": session})).0,
        400
    );
    assert_eq!(
        api.post("/v1/tokens/verify", json!({"token": session})),
        (200, json!({"valid": false}))
    );
}
