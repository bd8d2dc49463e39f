//! Sections 3 and 4: what is asked of a principal, and the code that follows.

use super::*;

// Section 3: the fields of a request, each with its rule.
#[test]
fn authorize_refuses_every_field_that_breaks_its_rule() {
    let house = House::new(110);
    let (api, agent) = live(&house);
    let long = |length: usize| json!("x".repeat(length));
    let challenge = json!("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    let bad: Vec<Vec<(&str, Value)>> = vec![
        vec![("agentId", Value::Null)],
        vec![("agentId", json!(""))],
        vec![("agentId", long(257))],
        vec![("agentId", json!(7))],
        vec![("principalId", Value::Null)],
        vec![("principalId", json!(""))],
        vec![("principalId", json!("  "))],
        vec![("principalId", long(257))],
        vec![("principalId", json!("a\u{202e}b"))],
        vec![("principalId", json!("a\u{200b}"))],
        vec![("scopes", json!(["read\u{200d}"]))],
        vec![("scopes", Value::Null)],
        vec![("scopes", json!([]))],
        vec![("scopes", json!("s"))],
        vec![("scopes", json!([1]))],
        vec![("scopes", json!([""]))],
        vec![("scopes", json!([" "]))],
        vec![("scopes", json!(["a\nb"]))],
        vec![("scopes", json!([long(257)]))],
        vec![("scopes", json!(vec!["s"; 101]))],
        vec![("expiresIn", json!(""))],
        vec![("expiresIn", json!("0h"))],
        vec![("expiresIn", json!("1w"))],
        vec![("expiresIn", json!("-1h"))],
        vec![("expiresIn", json!(3600))],
        vec![("expiresIn", json!("999999999d"))],
        vec![("expiresIn", json!("367d"))],
        vec![("redirectUri", json!("/relative"))],
        vec![("redirectUri", json!("ftp://app.example/"))],
        vec![("redirectUri", json!("javascript:alert(1)"))],
        vec![("redirectUri", json!("https://user@app.example/"))],
        vec![("redirectUri", json!("https://app.example/#fragment"))],
        vec![("redirectUri", json!("https://app.example;script-src/"))],
        vec![("redirectUri", json!("https://app.example\\@evil.example/"))],
        vec![("redirectUri", json!("https:///path"))],
        vec![(
            "redirectUri",
            json!(format!("https://a.example/{}", "x".repeat(2048))),
        )],
        vec![("codeChallenge", challenge.clone())],
        vec![("codeChallengeMethod", json!("S256"))],
        vec![
            ("codeChallenge", challenge.clone()),
            ("codeChallengeMethod", json!("plain")),
        ],
        vec![
            ("codeChallenge", challenge.clone()),
            ("codeChallengeMethod", json!("s256")),
        ],
        vec![
            ("codeChallenge", long(42)),
            ("codeChallengeMethod", json!("S256")),
        ],
        vec![
            ("codeChallenge", long(44)),
            ("codeChallengeMethod", json!("S256")),
        ],
        vec![
            ("codeChallenge", json!("+".repeat(43))),
            ("codeChallengeMethod", json!("S256")),
        ],
        vec![("state", long(1025))],
        vec![("state", json!(1))],
        vec![("audience", json!(""))],
        vec![("audience", long(1025))],
    ];
    for change in bad {
        let said = api.post("/v1/authorize", asking(&agent, &change));
        assert_eq!(said.0, 400, "{change:?} {}", said.1);
        assert_refused(&said, 400, "BAD_REQUEST");
    }
    // A request that is refused leaves no record.
    assert_eq!(rows(&house, &api, "SELECT 1 FROM grant_requests"), 0);
    let good: Vec<Vec<(&str, Value)>> = vec![
        vec![("principalId", json!("é".repeat(256)))],
        vec![("scopes", json!(vec!["s".repeat(256); 100]))],
        vec![("expiresIn", json!("1s"))],
        vec![("expiresIn", json!("366d"))],
        vec![("redirectUri", json!("http://localhost:3000/cb?x=1"))],
        vec![
            ("codeChallenge", challenge),
            ("codeChallengeMethod", json!("S256")),
        ],
        vec![("state", long(1024)), ("audience", long(1024))],
        vec![("state", json!("\n\u{202e}"))],
        // RFC 7636 asks for the characters; that no verifier leads there is nobody's harm.
        vec![
            ("codeChallenge", long(43)),
            ("codeChallengeMethod", json!("S256")),
        ],
        vec![("unknownMember", json!({"of": "a newer client"}))],
    ];
    for change in good {
        let (status, body) = api.post("/v1/authorize", asking(&agent, &change));
        assert_eq!(status, 201, "{change:?} {body}");
    }
}

// Section 3: an agent that is unknown or suspended is 404; section 6: so is a deleted one.
#[test]
fn authorize_needs_an_active_agent() {
    let house = House::new(111);
    let (api, agent) = live(&house);
    assert_refused(
        &api.post("/v1/authorize", asking("ag_x", &[])),
        404,
        "NOT_FOUND",
    );
    let path = format!("/v1/agents/{agent}");
    assert_eq!(api.patch(&path, json!({"status": "suspended"})).0, 200);
    assert_refused(
        &api.post("/v1/authorize", asking(&agent, &[])),
        404,
        "NOT_FOUND",
    );
    assert_eq!(api.patch(&path, json!({"status": "active"})).0, 200);
    assert_eq!(api.post("/v1/authorize", asking(&agent, &[])).0, 201);
    assert_eq!(api.delete(&path).0, 204);
    assert_refused(
        &api.post("/v1/authorize", asking(&agent, &[])),
        404,
        "NOT_FOUND",
    );
}

// Section 3: the order of checks: shape, PKCE pair, agent, duration, and a request without
// them all is refused for the first.
#[test]
fn authorize_refuses_in_the_order_of_the_protocol() {
    let house = House::new(112);
    let (api, _) = live(&house);
    let ask = |change: &[_]| api.post("/v1/authorize", asking("ag_x", change));
    let half = ("codeChallengeMethod", json!("S256"));
    let never = ("expiresIn", json!("never"));
    assert_refused(&ask(&[half, never.clone()]), 400, "BAD_REQUEST");
    assert_refused(&ask(&[never]), 404, "NOT_FOUND");
}

// Section 3: GET 404 unknown, 410 over; approve 410 for all; deny 404 for all.
#[test]
fn a_request_that_is_over_can_be_neither_seen_nor_decided() {
    let house = House::new(113);
    let (api, agent) = live(&house);
    let look = |id: &str| {
        call(
            &house,
            "",
            Method::Get,
            &format!("/v1/consent/{id}"),
            &Value::Null,
        )
    };
    let decide = |id: &str, what: &str| {
        let path = format!("/v1/consent/{id}/{what}");
        call(&house, "", Method::Post, &path, &Value::Null)
    };
    let stranger = format!("areq_{}{}", "z".repeat(16), "y".repeat(22));
    for unknown in ["nonsense", "areq_", stranger.as_str()] {
        assert_refused(&look(unknown), 404, "NOT_FOUND");
        assert_refused(&decide(unknown, "approve"), 410, "GONE");
        assert_refused(&decide(unknown, "deny"), 404, "NOT_FOUND");
    }
    let id = || {
        api.authorize(&agent, &["s"])["authRequestId"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (approved, denied, expired) = (id(), id(), id());
    assert_eq!(decide(&approved, "approve").0, 200);
    assert_eq!(decide(&denied, "deny"), (200, json!({})));
    let over = |id: &str| {
        assert_refused(&look(id), 410, "GONE");
        assert_refused(&decide(id, "approve"), 410, "GONE");
        assert_refused(&decide(id, "deny"), 404, "NOT_FOUND");
    };
    over(&approved);
    over(&denied);
    house.advance(15 * 60 * 1000 - 1);
    assert_eq!(look(&expired).0, 200);
    house.advance(1);
    over(&expired);
}

// Section 4: 400 for every code that is not this agent's to exchange now; none is consumed.
#[test]
fn a_refused_exchange_spends_nothing() {
    let house = House::new(114);
    let (api, agent) = live(&house);
    let (other, stranger) = (api.agent("b"), Api::sign_up(&house, "live"));
    let strangers_agent = stranger.agent("c");
    let code = api.approved(&agent, &["s"]);
    let exchange = |api: &Api<'_>, body: Value| api.post("/v1/token", body);
    let full = json!({"code": code, "agentId": agent});
    for refused in [
        exchange(&api, json!({"agentId": agent})),
        exchange(&api, json!({"code": code})),
        exchange(&api, json!({"code": "", "agentId": agent})),
        exchange(&api, json!({"code": "x".repeat(513), "agentId": agent})),
        exchange(&api, json!({"code": code, "agentId": other})),
        exchange(&api, json!({"code": code, "agentId": "x".repeat(10_000)})),
        exchange(&api, json!({"code": format!("{code}x"), "agentId": agent})),
        exchange(&stranger, full.clone()),
        exchange(&stranger, json!({"code": code, "agentId": strangers_agent})),
    ] {
        assert_refused(&refused, 400, "BAD_REQUEST");
    }
    let path = format!("/v1/agents/{agent}");
    api.patch(&path, json!({"status": "suspended"}));
    assert_refused(&exchange(&api, full.clone()), 400, "BAD_REQUEST");
    api.patch(&path, json!({"status": "active"}));
    assert_eq!(rows(&house, &api, "SELECT 1 FROM grants"), 0);
    assert_eq!(rows(&house, &api, "SELECT 1 FROM grant_tokens"), 0);
    assert_eq!(exchange(&api, full.clone()).0, 201);
    assert_refused(&exchange(&api, full), 400, "BAD_REQUEST");
}

// Section 4: a code dies with its request, and with its agent.
#[test]
fn a_code_dies_with_its_request_and_with_its_agent() {
    let house = House::new(115);
    let (api, agent) = live(&house);
    let (kept, late) = (api.approved(&agent, &["s"]), api.approved(&agent, &["s"]));
    house.advance(15 * 60 * 1000 - 1);
    let exchange = |code: &str| api.post("/v1/token", json!({"code": code, "agentId": agent}));
    assert_eq!(exchange(&kept).0, 201);
    house.advance(1);
    assert_refused(&exchange(&late), 400, "BAD_REQUEST");
    let orphan = api.approved(&agent, &["s"]);
    let waiting = api.authorize(&agent, &["s"])["authRequestId"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(api.delete(&format!("/v1/agents/{agent}")).0, 204);
    assert_refused(&exchange(&orphan), 400, "BAD_REQUEST");
    let approve = api.post(&format!("/v1/consent/{waiting}/approve"), Value::Null);
    assert_refused(&approve, 410, "GONE");
}

// Section 11 (PKCE): missing or wrong verifier 400, the code stays usable; a verifier without
// a challenge is ignored.
#[test]
fn a_verifier_must_be_its_challenges() {
    let house = House::new(116);
    let (api, agent) = live(&house);
    let verifier = CodeVerifier::from_random(&[3; 32]);
    let body = asking(
        &agent,
        &[
            ("codeChallenge", json!(verifier.challenge().to_string())),
            ("codeChallengeMethod", json!("S256")),
        ],
    );
    let (_, asked) = api.post("/v1/authorize", body);
    let id = asked["authRequestId"].as_str().unwrap();
    let (_, decided) = api.post(&format!("/v1/consent/{id}/approve"), Value::Null);
    let exchange = |verifier: Value| {
        let body = json!({"code": decided["code"], "agentId": agent, "codeVerifier": verifier});
        api.post("/v1/token", body)
    };
    let challenge = verifier.challenge().to_string();
    let wrong = [
        "",
        "short",
        challenge.as_str(),
        &"a".repeat(129),
        &"!".repeat(43),
    ];
    for wrong in wrong.map(Value::from).into_iter().chain([Value::Null]) {
        assert_refused(&exchange(wrong), 400, "BAD_REQUEST");
    }
    assert_eq!(exchange(json!(verifier.as_str())).0, 201);
    let code = api.approved(&agent, &["s"]);
    let body = json!({"code": code, "agentId": agent, "codeVerifier": "whatever"});
    assert_eq!(api.post("/v1/token", body).0, 201);
}
