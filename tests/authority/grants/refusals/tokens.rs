//! Sections 4, 5, 7, 8 and 13: tokens and grants.

use super::*;

// Section 4: 200 for any string, exactly `{valid:false}` where it is not good; 400 otherwise.
#[test]
fn verify_says_false_of_any_string_and_refuses_what_is_none() {
    let house = House::new(117);
    let (api, agent) = live(&house);
    let token = api.granted(&agent, &["s"]);
    let text = token["grantToken"].as_str().unwrap();
    let mut altered = text.to_owned();
    altered.replace_range(text.len() - 3.., "AAA");
    let verify = |token: Value| api.post("/v1/tokens/verify", json!({"token": token}));
    for bad in [
        "x",
        "a.b.c",
        &altered,
        &format!("{text} "),
        &"x".repeat(100_000),
    ] {
        assert_eq!(verify(json!(bad)), (200, json!({"valid": false})));
    }
    for bad in [Value::Null, json!(""), json!(7), json!(["x"]), json!({})] {
        assert_refused(&verify(bad), 400, "BAD_REQUEST");
    }
    assert_refused(
        &api.post("/v1/tokens/verify", json!({})),
        400,
        "BAD_REQUEST",
    );
    let expiry = verify(json!(text)).1["expiresAt"]
        .as_str()
        .unwrap()
        .to_owned();
    house.advance(24 * 60 * 60 * 1000);
    assert_eq!(
        verify(json!(text)),
        (200, json!({"valid": false})),
        "{expiry}"
    );
}

// Section 13: `{revoked, status}`, and whatever is not known to be good is not good.
#[test]
fn how_a_grant_stands_is_told_by_its_ids() {
    let house = House::new(138);
    let (api, agent) = live(&house);
    let stranger = Api::sign_up(&house, "live");
    let granted = api.granted(&agent, &["s"]);
    let other = api.granted(&agent, &["s"]);
    let grant = granted["grantId"].as_str().unwrap();
    let verify = json!({"token": granted["grantToken"]});
    let (_, inspected) = api.post("/v1/grants/verify", verify);
    let token = inspected["claims"]["jti"].as_str().unwrap();
    let status = |api: &Api<'_>, query: &str| {
        let (status, body) = api.get(&format!("/v1/revocations/status?{query}"));
        assert_eq!(status, 200, "{query} {body}");
        let status = body["status"].as_str().unwrap().to_owned();
        assert_eq!(
            body,
            json!({"revoked": status != "active", "status": status})
        );
        status
    };
    let both = format!("grantId={grant}&jti={token}");
    let (by_grant, by_token) = (format!("grantId={grant}"), format!("jti={token}"));
    for query in [&both, &by_grant, &by_token] {
        assert_eq!(status(&api, query), "active");
        assert_eq!(status(&stranger, query), "unknown");
    }
    let mixed = format!("grantId={}&jti={token}", other["grantId"].as_str().unwrap());
    for query in [mixed.as_str(), "jti=tok_x", "grantId=grnt_x"] {
        assert_eq!(status(&api, query), "unknown");
    }
    assert_refused(&api.get("/v1/revocations/status"), 400, "BAD_REQUEST");
    assert_eq!(api.post("/v1/tokens/revoke", json!({"jti": token})).0, 204);
    assert_eq!(status(&api, &both), "revoked");
    assert_eq!(status(&api, &by_grant), "active");
    assert_eq!(api.delete(&format!("/v1/grants/{grant}")).0, 204);
    assert_eq!(status(&api, &by_grant), "revoked");
    house.advance(25 * 60 * 60 * 1000);
    let other = format!("grantId={}", other["grantId"].as_str().unwrap());
    assert_eq!(status(&api, &other), "expired");
}

// Section 4: 404 unknown, foreign or revoked; 400 missing; the grant and its other tokens stay.
#[test]
fn one_token_is_revoked_once() {
    let house = House::new(118);
    let (api, agent) = live(&house);
    let stranger = Api::sign_up(&house, "live");
    let first = api.granted(&agent, &["s"]);
    let body = json!({"refreshToken": first["refreshToken"], "agentId": agent});
    let (_, second) = api.post("/v1/token/refresh", body);
    let (_, inspected) = api.post("/v1/grants/verify", json!({"token": first["grantToken"]}));
    let jti = inspected["claims"]["jti"].clone();
    for body in [json!({}), json!({"jti": ""}), json!({"jti": 7})] {
        assert_refused(&api.post("/v1/tokens/revoke", body), 400, "BAD_REQUEST");
    }
    let revoke = json!({"jti": jti});
    assert_refused(
        &stranger.post("/v1/tokens/revoke", revoke.clone()),
        404,
        "NOT_FOUND",
    );
    assert_refused(
        &api.post("/v1/tokens/revoke", json!({"jti": "tok_x"})),
        404,
        "NOT_FOUND",
    );
    assert_eq!(api.post("/v1/tokens/revoke", revoke.clone()).0, 204);
    assert_refused(&api.post("/v1/tokens/revoke", revoke), 404, "NOT_FOUND");
    assert_eq!(
        [&first, &second].map(|token| api.is_valid(token)),
        [false, true]
    );
    let grant = api.get(&format!(
        "/v1/grants/{}",
        first["grantId"].as_str().unwrap()
    ));
    assert_eq!(grant.1["status"], "active");
    assert_refused(&api.delegate(&first, &agent, &["s"]), 400, "BAD_REQUEST");
}

// Section 5: what a token is to whoever asks; a forged one is none, expired or not.
#[test]
fn grants_verify_tells_why_and_refuses_what_is_not_ours() {
    let house = House::new(119);
    let (api, agent) = live(&house);
    let stranger = Api::sign_up(&house, "live");
    let token = api.granted(&agent, &["s"]);
    let text = token["grantToken"].as_str().unwrap();
    let verify =
        |api: &Api<'_>, token: &str| api.post("/v1/grants/verify", json!({"token": token}));
    assert_eq!(verify(&api, text).1["active"], true);
    let inactive = |reason: &str| json!({"active": false, "reason": reason, "token": ""});
    assert_eq!(verify(&stranger, text), (200, inactive("wrong_developer")));
    let mut forged = text.to_owned();
    forged.replace_range(text.len() - 3.., "AAA");
    for bad in ["", "x", "a.b.c", &forged] {
        assert_refused(&verify(&api, bad), 400, "BAD_REQUEST");
    }
    for body in [json!({}), json!({"token": 7})] {
        assert_refused(&api.post("/v1/grants/verify", body), 400, "BAD_REQUEST");
    }
    let revoked = api.granted(&agent, &["s"]);
    let path = format!("/v1/grants/{}", revoked["grantId"].as_str().unwrap());
    assert_eq!(api.delete(&path).0, 204);
    let of = |token: &Value| token["grantToken"].as_str().unwrap().to_owned();
    assert_eq!(verify(&api, &of(&revoked)), (200, inactive("revoked")));
    let (other, orphan) = (api.agent("b"), api.agent("c"));
    let deleted = of(&api.granted(&orphan, &["s"]));
    assert_eq!(api.delete(&format!("/v1/agents/{orphan}")).0, 204);
    assert_eq!(verify(&api, &deleted), (200, inactive("not_found")));
    drop(other);
    house.advance(24 * 60 * 60 * 1000);
    assert_eq!(verify(&api, text), (200, inactive("expired")));
    assert_refused(&verify(&api, &forged), 400, "BAD_REQUEST");
    assert_eq!(verify(&stranger, text).1["reason"], "wrong_developer");
}

// Section 7: 404 unknown or revoked before.
#[test]
fn a_grant_is_revoked_once() {
    let house = House::new(121);
    let (api, agent) = live(&house);
    let token = api.granted(&agent, &["s"]);
    let path = format!("/v1/grants/{}", token["grantId"].as_str().unwrap());
    assert_eq!(api.delete(&path).0, 204);
    assert_refused(&api.delete(&path), 404, "NOT_FOUND");
    assert_refused(&api.delete("/v1/grants/grnt_x"), 404, "NOT_FOUND");
    assert_refused(&api.get("/v1/grants/grnt_x"), 404, "NOT_FOUND");
    assert_eq!(api.get(&path).1["status"], "revoked");
}

// Section 8: the checks in their order.
#[test]
fn delegation_is_refused_in_the_order_of_the_protocol() {
    let house = House::new(122);
    let (api, agent) = live(&house);
    let stranger = Api::sign_up(&house, "live");
    let strangers_agent = stranger.agent("s");
    let foreign = stranger.granted(&strangers_agent, &["s"]);
    let token = api.granted(&agent, &["s", "t"]);
    let delegate = |parent: &Value, agent: &str, scopes: Value, expires: Value| {
        let mut body = json!({"parentGrantToken": parent["grantToken"], "subAgentId": agent});
        body["scopes"] = scopes;
        body["expiresIn"] = expires;
        api.post("/v1/grants/delegate", body)
    };
    let (none, hour) = (json!({"grantToken": "x"}), json!("1h"));
    for scopes in [Value::Null, json!([]), json!("s"), json!([7]), json!([""])] {
        assert_refused(
            &delegate(&foreign, &agent, scopes, hour.clone()),
            400,
            "BAD_REQUEST",
        );
    }
    assert_refused(
        &delegate(&foreign, "", json!(["s"]), hour.clone()),
        400,
        "BAD_REQUEST",
    );
    // The parent's token before everything else that is wrong.
    assert_refused(
        &delegate(&none, "ag_x", json!(["w"]), json!("x")),
        400,
        "BAD_REQUEST",
    );
    assert_refused(
        &delegate(&foreign, "ag_x", json!(["w"]), json!("x")),
        403,
        "FORBIDDEN",
    );
    // Depth before scopes.
    let mut deepest = token.clone();
    for _ in 0..3 {
        let (status, child) = api.delegate(&deepest, &agent, &["s"]);
        assert_eq!(status, 201, "{child}");
        deepest = child;
    }
    let refused = delegate(&deepest, "ag_x", json!(["w"]), json!("x"));
    assert_refused(&refused, 403, "DELEGATION_DEPTH_EXCEEDED");
    // Scopes before the agent, the agent before the duration.
    assert_refused(
        &delegate(&token, "ag_x", json!(["s", "w"]), json!("x")),
        400,
        "BAD_REQUEST",
    );
    assert_refused(
        &delegate(&token, "ag_x", json!(["s"]), json!("x")),
        404,
        "NOT_FOUND",
    );
    assert_refused(
        &delegate(&token, &strangers_agent, json!(["s"]), hour.clone()),
        404,
        "NOT_FOUND",
    );
    for expires in ["", "x", "0s", "-1h"] {
        let refused = delegate(&token, &agent, json!(["s"]), json!(expires));
        assert_refused(&refused, 400, "BAD_REQUEST");
    }
    let other = api.agent("b");
    api.patch(
        &format!("/v1/agents/{other}"),
        json!({"status": "suspended"}),
    );
    assert_refused(
        &delegate(&token, &other, json!(["s"]), hour.clone()),
        404,
        "NOT_FOUND",
    );
    assert_eq!(rows(&house, &api, "SELECT 1 FROM grants"), 4);
    house.advance(24 * 60 * 60 * 1000);
    assert_refused(
        &delegate(&token, &agent, json!(["s"]), hour),
        400,
        "BAD_REQUEST",
    );
}

// Section 13: refresh: 400 unknown, used, expired, wrong agent, grant not active.
#[test]
fn a_refresh_token_is_refused_by_its_rules() {
    let house = House::new(126);
    let (api, agent) = live(&house);
    let other = api.agent("b");
    let stranger = Api::sign_up(&house, "live");
    let refresh = |api: &Api<'_>, token: &Value, agent: &str| {
        api.post(
            "/v1/token/refresh",
            json!({"refreshToken": token, "agentId": agent}),
        )
    };
    let first = api.granted(&agent, &["s"]);
    let token = &first["refreshToken"];
    for body in [json!({"agentId": agent}), json!({"refreshToken": token})] {
        assert_refused(&api.post("/v1/token/refresh", body), 400, "BAD_REQUEST");
    }
    assert_refused(&refresh(&api, &json!("ref_x"), &agent), 400, "BAD_REQUEST");
    assert_refused(&refresh(&api, token, &other), 400, "BAD_REQUEST");
    assert_refused(&refresh(&stranger, token, &agent), 400, "BAD_REQUEST");
    api.patch(
        &format!("/v1/agents/{agent}"),
        json!({"status": "suspended"}),
    );
    assert_refused(&refresh(&api, token, &agent), 400, "BAD_REQUEST");
    api.patch(&format!("/v1/agents/{agent}"), json!({"status": "active"}));
    assert_eq!(refresh(&api, token, &agent).0, 201);
    assert_refused(&refresh(&api, token, &agent), 400, "BAD_REQUEST");
    let revoked = api.granted(&agent, &["s"]);
    api.delete(&format!(
        "/v1/grants/{}",
        revoked["grantId"].as_str().unwrap()
    ));
    assert_refused(
        &refresh(&api, &revoked["refreshToken"], &agent),
        400,
        "BAD_REQUEST",
    );
    let (_, delegated) = api.delegate(&api.granted(&other, &["s"]), &agent, &["s"]);
    api.delete(&format!("/v1/agents/{other}"));
    assert_refused(
        &refresh(&api, &delegated["refreshToken"], &agent),
        400,
        "BAD_REQUEST",
    );
    let expired = api.granted(&agent, &["s"]);
    house.advance(24 * 60 * 60 * 1000);
    assert_refused(
        &refresh(&api, &expired["refreshToken"], &agent),
        400,
        "BAD_REQUEST",
    );
}

// Section 13: the same answer for the same `Idempotency-Key` for about 5 minutes.
#[test]
fn a_lost_refresh_answer_is_given_again_for_five_minutes() {
    let house = House::new(127);
    let (api, agent) = live(&house);
    let first = api.granted(&agent, &["s"]);
    let body = to_bytes(&json!({"refreshToken": first["refreshToken"], "agentId": agent}));
    let refresh = |key: &str| {
        let headers = [("idempotency-key", key)];
        said(&send(
            &house,
            &api.key,
            Method::Post,
            "/v1/token/refresh",
            &body,
            &headers,
        ))
    };
    assert_refused(&refresh(""), 400, "BAD_REQUEST");
    assert_refused(&refresh(&"k".repeat(256)), 400, "BAD_REQUEST");
    let answer = refresh("k1");
    assert_eq!(answer.0, 201);
    house.advance(5 * 60 * 1000 - 1);
    assert_eq!(refresh("k1"), answer);
    assert_refused(&refresh("k2"), 400, "BAD_REQUEST");
    house.advance(1);
    assert_refused(&refresh("k1"), 400, "BAD_REQUEST");
}

// What is given again must still be of use.
#[test]
fn an_answer_is_not_given_again_after_its_grant_has_ended() {
    let house = House::new(128);
    let (api, agent) = live(&house);
    let first = api.granted(&agent, &["s"]);
    let body = to_bytes(&json!({"refreshToken": first["refreshToken"], "agentId": agent}));
    let refresh = || {
        let headers = [("idempotency-key", "k")];
        said(&send(
            &house,
            &api.key,
            Method::Post,
            "/v1/token/refresh",
            &body,
            &headers,
        ))
    };
    assert_eq!(refresh().0, 201);
    api.delete(&format!(
        "/v1/grants/{}",
        first["grantId"].as_str().unwrap()
    ));
    assert_refused(&refresh(), 400, "BAD_REQUEST");
}
