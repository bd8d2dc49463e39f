//! Sections 0 and 1: keys, bodies, request ids, budgets.

use super::*;

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
    let post =
        |path: &str, text: &str| send(&house, &api.key, Method::Post, path, text.as_bytes(), &[]);
    let most = 1 << 20;
    assert_eq!(post("/v1/agents", &body(most)).status, 201);
    let longer = post("/v1/agents", &body(most + 1));
    assert_refused(&said(&longer), 413, "BAD_REQUEST");
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
