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

// Section 1: 401 for every API-key route, whatever is wrong with the key.
#[test]
fn every_route_with_a_key_refuses_without_one() {
    let house = House::new(100);
    let (api, _) = live(&house);
    let other_account = Api::sign_up(&house, "live").key;
    let swapped = format!("{}{}", &other_account[..30], &api.key[30..]);
    let routes = [
        (Method::Post, "/v1/keys/rotate"),
        (Method::Get, "/v1/me"),
        (Method::Patch, "/v1/me"),
        (Method::Post, "/v1/agents"),
        (Method::Get, "/v1/agents"),
        (Method::Get, "/v1/agents/x"),
        (Method::Post, "/v1/agents/x"),
        (Method::Patch, "/v1/agents/x"),
        (Method::Delete, "/v1/agents/x"),
        (Method::Post, "/v1/authorize"),
        (Method::Post, "/v1/token"),
        (Method::Post, "/v1/token/refresh"),
        (Method::Post, "/v1/tokens/verify"),
        (Method::Post, "/v1/tokens/revoke"),
        (Method::Get, "/v1/revocations/status"),
        (Method::Get, "/v1/grants"),
        (Method::Post, "/v1/grants/delegate"),
        (Method::Post, "/v1/grants/verify"),
        (Method::Get, "/v1/grants/x"),
        (Method::Delete, "/v1/grants/x"),
        (Method::Post, "/v1/audit/log"),
        (Method::Get, "/v1/audit/entries"),
        (Method::Get, "/v1/audit/x"),
        (Method::Post, "/v1/principal-sessions"),
        (Method::Get, "/v1/principal/grants"),
        (Method::Delete, "/v1/principal/grants/x"),
        (Method::Get, "/v1/principal/audit"),
    ];
    for (method, path) in routes {
        for key in ["", "nonsense", "gx_live_", &swapped, &"x".repeat(10_000)] {
            let response = send(&house, key, method, path, b"", &[]);
            assert_refused(&said(&response), 401, "UNAUTHORIZED");
            assert_eq!(header(&response, "www-authenticate"), Some("Bearer"));
        }
    }
}

// Section 1: the scheme's case does not matter; another scheme is no key.
#[test]
fn a_key_comes_as_a_bearer_credential() {
    let house = House::new(101);
    let (api, _) = live(&house);
    for (scheme, status) in [("Bearer", 200), ("bEARER", 200), ("Basic", 401)] {
        let value = format!("{scheme} {}", api.key);
        let headers = [("authorization", value.as_str())];
        let response = send(&house, "", Method::Get, "/v1/me", b"", &headers);
        assert_eq!(response.status, status, "{scheme}");
    }
}

// Section 1: an unknown route is 404, for whoever has no key 401 first.
#[test]
fn an_unknown_route_is_401_before_it_is_404() {
    let house = House::new(102);
    let (api, _) = live(&house);
    for path in ["/v1/policies", "/v1/webhooks", "/v1/nothing/at/all"] {
        let without = call(&house, "", Method::Get, path, &Value::Null);
        assert_refused(&without, 401, "UNAUTHORIZED");
        assert_refused(&api.get(path), 404, "NOT_FOUND");
    }
}

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

// Section 1: a body is JSON in UTF-8 of the shape that the path takes, each member once.
#[test]
fn a_body_of_another_shape_is_400() {
    let house = House::new(104);
    let (api, _) = live(&house);
    let paths = [
        "/v1/agents",
        "/v1/authorize",
        "/v1/token",
        "/v1/token/refresh",
        "/v1/tokens/verify",
        "/v1/tokens/revoke",
        "/v1/grants/delegate",
        "/v1/grants/verify",
        "/v1/audit/log",
        "/v1/principal-sessions",
    ];
    let bodies: [&[u8]; 7] = [
        b"",
        b"{",
        b"[1]",
        b"null",
        b"{}x",
        b"{\"name\":\"\xff\"}",
        b"7",
    ];
    for path in paths {
        for body in bodies {
            let response = send(&house, &api.key, Method::Post, path, body, &[]);
            assert_refused(&said(&response), 400, "BAD_REQUEST");
        }
    }
    let deep = format!("{{\"name\":\"a\",\"x\":{}", "[".repeat(200_000));
    let response = send(
        &house,
        &api.key,
        Method::Post,
        "/v1/agents",
        deep.as_bytes(),
        &[],
    );
    assert_refused(&said(&response), 400, "BAD_REQUEST");
}

// Section 1: at most 1 MiB, and up to there nothing is too long for this door.
#[test]
fn a_body_beyond_a_mebibyte_is_413() {
    let house = House::new(105);
    let (api, _) = live(&house);
    let body = |length: usize| {
        let frame = "{\"name\":\"a\",\"x\":\"\"}".len();
        format!(
            "{{\"name\":\"a\",\"x\":\"{}\"}}",
            "x".repeat(length - frame)
        )
    };
    let post = |text: &str| {
        send(
            &house,
            &api.key,
            Method::Post,
            "/v1/agents",
            text.as_bytes(),
            &[],
        )
    };
    assert_eq!(post(&body(1 << 20)).status, 201);
    assert_refused(&said(&post(&body((1 << 20) + 1))), 413, "BAD_REQUEST");
}

// Section 1: every answer has the header `x-request-id`, a refusal says the same in its body.
#[test]
fn the_request_id_is_in_the_header_and_in_the_body() {
    let house = House::new(106);
    let (api, _) = live(&house);
    let id = |response: &Response| header(response, "x-request-id").unwrap().to_owned();
    let refused = send(&house, &api.key, Method::Get, "/v1/agents/x", b"", &[]);
    assert_eq!(said(&refused).1["requestId"], id(&refused));
    let answered = send(&house, &api.key, Method::Get, "/v1/agents", b"", &[]);
    assert_eq!(id(&answered).len(), 36);
    let unknown = send(&house, "", Method::Get, "/v1/consent/x", b"", &[]);
    assert_eq!(said(&unknown).1["requestId"], id(&unknown));
}

// Section 1: the rate headers are on every API-key answer, and whole numbers.
#[test]
fn every_answer_to_a_key_says_how_the_budget_stands() {
    let house = House::new(107);
    let (api, agent) = live(&house);
    let calls = [
        (Method::Get, "/v1/me".to_owned(), Value::Null, 200),
        (Method::Get, "/v1/agents/x".to_owned(), Value::Null, 404),
        (Method::Post, "/v1/agents".to_owned(), json!({}), 400),
        (Method::Post, "/v1/agents".to_owned(), json!([]), 400),
        (
            Method::Post,
            "/v1/authorize".to_owned(),
            asking("x", &[]),
            404,
        ),
        (
            Method::Delete,
            format!("/v1/agents/{agent}"),
            Value::Null,
            204,
        ),
    ];
    for (method, path, body, status) in calls {
        let response = send(&house, &api.key, method, &path, &to_bytes(&body), &[]);
        assert_eq!(response.status, status, "{path}");
        for name in ["limit", "remaining", "reset"] {
            let value = header(&response, &format!("x-ratelimit-{name}"));
            assert!(value.unwrap().parse::<u32>().is_ok(), "{path} {value:?}");
        }
    }
    let keys = send(&house, "", Method::Get, "/.well-known/jwks.json", b"", &[]);
    assert_eq!(header(&keys, "x-ratelimit-limit"), None);
}

// Section 1: 429 has `Retry-After`, and `retry in <n> seconds` in its words.
#[test]
fn too_many_requests_are_429_and_say_when() {
    let house = House::new(108);
    let (api, agent) = live(&house);
    let body = to_bytes(&asking(&agent, &[]));
    let ask = || send(&house, &api.key, Method::Post, "/v1/authorize", &body, &[]);
    let refused = (0..6_001)
        .map(|_| ask())
        .find(|answer| answer.status != 201);
    let refused = refused.unwrap();
    assert_refused(&said(&refused), 429, "RATE_LIMITED");
    let wait: i64 = header(&refused, "retry-after").unwrap().parse().unwrap();
    let message = said(&refused).1["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains(&format!("retry in {wait} seconds")),
        "{message}"
    );
    assert_eq!(header(&refused, "x-ratelimit-remaining"), Some("0"));
    house.advance(wait * 1000);
    assert_eq!(ask().status, 201);
}

// "Limits never get in the way of honest use".
#[test]
fn a_burst_of_honest_calls_is_served() {
    let house = House::new(109);
    let (api, agent) = live(&house);
    for _ in 0..30 {
        api.authorize(&agent, &["s"]);
    }
    for number in 0..200 {
        assert_eq!(
            api.post("/v1/agents", json!({"name": format!("a{number}")}))
                .0,
            201
        );
    }
}

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

// Section 0: all JSON is camelCase, and so are the members that a message names.
#[test]
fn a_message_names_the_member_as_it_is_sent() {
    let house = House::new(137);
    let (api, agent) = live(&house);
    for name in ["principalId", "redirectUri", "expiresIn"] {
        let (_, body) = api.post("/v1/authorize", asking(&agent, &[(name, json!(""))]));
        let message = body["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("{name} is ")), "{message}");
    }
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

// A status list is signed for developers alone: a stranger who makes up names starts nothing.
#[test]
fn a_status_list_of_nobody_is_404_and_leaves_nothing() {
    let house = House::new(131);
    let nobody = "z".repeat(16);
    for path in [
        format!("/status/{nobody}/0"),
        format!("/status/{nobody}/-1"),
        "/status/x/0".to_owned(),
    ] {
        let refused = call(&house, "", Method::Get, &path, &Value::Null);
        assert_refused(&refused, 404, "NOT_FOUND");
    }
    let (api, _) = live(&house);
    let name = api.id.strip_prefix("dev_").unwrap();
    for number in ["1", "-1", "x", "99999999999999999999"] {
        let path = format!("/status/{name}/{number}");
        let refused = call(&house, "", Method::Get, &path, &Value::Null);
        assert_refused(&refused, 404, "NOT_FOUND");
    }
}

// A verifier in a browser may read the keys and the lists, and asks first.
#[test]
fn keys_and_status_lists_are_for_every_origin() {
    let house = House::new(132);
    let (api, _) = live(&house);
    let list = format!("/status/{}/0", api.id.strip_prefix("dev_").unwrap());
    for path in ["/.well-known/jwks.json", list.as_str()] {
        for (method, status) in [(Method::Options, 204), (Method::Get, 200)] {
            let response = send(&house, "", method, path, b"", &[]);
            assert_eq!(response.status, status, "{path}");
            assert_eq!(header(&response, "access-control-allow-origin"), Some("*"));
        }
    }
    assert_eq!(
        send(&house, "", Method::Options, "/v1/me", b"", &[]).status,
        405
    );
}
