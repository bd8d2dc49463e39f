//! From sign-up to revocation, as an honest developer goes through it.

use countersign::{
    authority::{
        Algorithm, Place,
        keyring::{LEAD, LONGEST_TOKEN, RotateKeys, STALENESS},
    },
    doors::Method,
    grant::{
        GrantExpectations, Revocation, StatusListToken, verify_delegation_chain, verify_grant_token,
    },
    jose::{KeySet, MAX_KEYS, Reason, import_jwks},
    pkce::CodeVerifier,
};
use serde_json::{Value, json};

use super::api::{Api, call};
use crate::house::House;

fn keys(house: &House) -> KeySet {
    import_jwks(house.keyring().unwrap().jwks[&Algorithm::Rs256].as_bytes()).unwrap()
}

fn expect<'a>(house: &House, scopes: &'a [&'a str], issuer: &'a str) -> GrantExpectations<'a> {
    GrantExpectations {
        issuer,
        audiences: &[],
        developers: &[],
        required_scopes: scopes,
        now: house.now().seconds(),
        clock_tolerance: 0,
        untyped: false,
    }
}

fn issuer(house: &House) -> String {
    let (_, document) = call(house, "", Method::Get, "/health", &Value::Null);
    assert_eq!(document["status"], "healthy");
    let api = Api::sign_up(house, "sandbox");
    let agent = api.agent("a");
    let token = api.granted_in_sandbox(&agent);
    let (_, verified) = api.post("/v1/grants/verify", json!({"token": token["grantToken"]}));
    verified["claims"]["iss"].as_str().unwrap().to_owned()
}

#[test]
fn a_principal_approves_and_the_agent_gets_a_token_that_verifies_offline() {
    let house = House::new(1);
    let api = Api::sign_up(&house, "live");
    let agent = api.agent("Planner");
    let asked = api.authorize(&agent, &["calendar:read", "email:send"]);
    assert_eq!(asked["status"], "pending");
    assert!(asked.get("code").is_none());
    let id = asked["authRequestId"].as_str().unwrap();

    let (status, shown) = call(
        &house,
        "",
        Method::Get,
        &format!("/v1/consent/{id}"),
        &Value::Null,
    );
    assert_eq!(status, 200);
    assert_eq!(shown["agentName"], "Planner");
    assert_eq!(
        shown["scopeDescriptions"][0],
        "See your calendar and its events"
    );
    assert_eq!(shown["scopeDescriptions"].as_array().unwrap().len(), 2);

    let path = format!("/v1/consent/{id}/approve");
    let (status, decided) = call(&house, "", Method::Post, &path, &Value::Null);
    assert_eq!(status, 200);
    let exchange = json!({"code": decided["code"], "agentId": agent});
    let (status, issued) = api.post("/v1/token", exchange);
    assert_eq!(status, 201);
    assert!(api.is_valid(&issued));

    let issuer = issuer(&house);
    let token = issued["grantToken"].as_str().unwrap();
    let expect = expect(&house, &["calendar:read"], &issuer);
    let claims = verify_grant_token(token.as_bytes(), &keys(&house), &expect).unwrap();
    assert_eq!(claims.agent, format!("did:grantex:{agent}"));
    assert_eq!(claims.developer, api.id);
    assert_eq!(claims.grant_id, issued["grantId"]);
    assert_eq!(claims.scopes, ["calendar:read", "email:send"]);
}

#[test]
fn pkce_binds_the_code_to_its_verifier_and_a_wrong_one_spends_nothing() {
    let house = House::new(2);
    let api = Api::sign_up(&house, "sandbox");
    let agent = api.agent("a");
    let verifier = CodeVerifier::from_random(&[3; 32]);
    let (_, asked) = api.post(
        "/v1/authorize",
        json!({
            "agentId": agent, "principalId": "usr_1", "scopes": ["s"],
            "codeChallenge": verifier.challenge().to_string(), "codeChallengeMethod": "S256",
        }),
    );
    assert_eq!(
        (&asked["status"], &asked["sandbox"]),
        (&json!("approved"), &json!(true))
    );
    let exchange = |verifier: Value| {
        let body = json!({"code": asked["code"], "agentId": agent, "codeVerifier": verifier});
        api.post("/v1/token", body).0
    };
    let other = CodeVerifier::from_random(&[4; 32]);
    assert_eq!(exchange(Value::Null), 400);
    assert_eq!(exchange(json!(other.as_str())), 400);
    assert_eq!(exchange(json!(verifier.as_str())), 201);
    assert_eq!(exchange(json!(verifier.as_str())), 400);
}

#[test]
fn refresh_rotates_and_replays_only_with_its_idempotency_key() {
    let house = House::new(3);
    let api = Api::sign_up(&house, "live");
    let agent = api.agent("a");
    let first = api.granted(&agent, &["s"]);
    let body = json!({"refreshToken": first["refreshToken"], "agentId": agent});
    let (status, second) = api.post("/v1/token/refresh", body.clone());
    assert_eq!(status, 201);
    assert_eq!(second["grantId"], first["grantId"]);
    assert_eq!(second["expiresAt"], first["expiresAt"]);
    assert_ne!(second["refreshToken"], first["refreshToken"]);
    assert!(api.is_valid(&first) && api.is_valid(&second));
    assert_eq!(api.post("/v1/token/refresh", body).0, 400);
    let body = json!({"refreshToken": second["refreshToken"], "agentId": agent});
    assert_eq!(api.post("/v1/token/refresh", body).0, 201);
}

#[test]
fn delegation_narrows_and_a_cascade_ends_all_of_it() {
    let house = House::new(4);
    let api = Api::sign_up(&house, "live");
    let agents = ["a", "b", "c", "d", "e"].map(|name| api.agent(name));
    let root = api.granted(&agents[0], &["x", "y", "z"]);
    let (status, child) = api.delegate(&root, &agents[1], &["x", "y"]);
    assert_eq!(status, 201, "{child}");
    let (_, grandchild) = api.delegate(&child, &agents[2], &["x"]);
    let (_, deepest) = api.delegate(&grandchild, &agents[3], &["x"]);
    let (status, refused) = api.delegate(&deepest, &agents[4], &["x"]);
    assert_eq!(
        (status, &refused["code"]),
        (403, &json!("DELEGATION_DEPTH_EXCEEDED"))
    );

    let issuer = issuer(&house);
    let chain = [&root, &child, &grandchild, &deepest];
    let tokens = chain.map(|token| token["grantToken"].as_str().unwrap().as_bytes());
    let claims =
        verify_delegation_chain(&tokens, &keys(&house), &expect(&house, &["x"], &issuer)).unwrap();
    assert_eq!(claims[3].depth(), 3);

    let sibling = api.granted(&agents[0], &["x"]);
    let path = format!("/v1/grants/{}", child["grantId"].as_str().unwrap());
    assert_eq!(api.delete(&path).0, 204);
    assert_eq!(api.delete(&path).0, 404);
    let valid = [&root, &child, &grandchild, &deepest, &sibling].map(|token| api.is_valid(token));
    assert_eq!(valid, [true, false, false, false, true]);
    assert_eq!(api.delegate(&child, &agents[2], &["x"]).0, 400);
}

#[test]
fn a_status_list_tells_offline_verifiers_at_once() {
    let house = House::new(5);
    let api = Api::sign_up(&house, "live");
    let agent = api.agent("a");
    let tokens = [api.granted(&agent, &["s"]), api.granted(&agent, &["s"])];
    let issuer = issuer(&house);
    let keys = keys(&house);
    let references = tokens.each_ref().map(|token| {
        let text = token["grantToken"].as_str().unwrap();
        let expect = expect(&house, &["s"], &issuer);
        verify_grant_token(text.as_bytes(), &keys, &expect)
            .unwrap()
            .status
            .unwrap()
    });
    let look = || {
        let path = references[0].uri.strip_prefix(&issuer).unwrap();
        let list = fetch(&house, path);
        let now = house.now().seconds();
        let list =
            StatusListToken::verify(list.as_bytes(), &keys, &issuer, &references[0].uri, now, 0)
                .unwrap();
        references
            .each_ref()
            .map(|token| list.revocation_of(token, now, now).unwrap())
    };
    assert_eq!(look(), [Revocation::Valid; 2]);
    let (_, verified) = api.post(
        "/v1/grants/verify",
        json!({"token": tokens[1]["grantToken"]}),
    );
    let revoke = json!({"jti": verified["claims"]["jti"]});
    assert_eq!(api.post("/v1/tokens/revoke", revoke.clone()).0, 204);
    assert_eq!(look(), [Revocation::Valid, Revocation::Revoked]);
    assert_eq!(api.post("/v1/tokens/revoke", revoke).0, 404);
    let path = format!("/v1/grants/{}", tokens[0]["grantId"].as_str().unwrap());
    assert_eq!(api.delete(&path).0, 204);
    assert_eq!(look(), [Revocation::Revoked; 2]);
}

fn fetch(house: &House, path: &str) -> String {
    let request = countersign::doors::Request {
        path: format!("/grantex{path}"),
        ..Default::default()
    };
    let response = crate::anexus::answer(house, request);
    assert_eq!(response.status, 200);
    String::from_utf8(response.body).unwrap()
}

#[test]
fn the_trail_is_a_chain_that_verifies() {
    use countersign::{
        chain::{ChainStart, verify_export},
        jose::json::Limits,
    };
    let house = House::new(6);
    let api = Api::sign_up(&house, "live");
    let agent = api.agent("a");
    let granted = api.granted(&agent, &["s"]);
    for number in 0..5 {
        house.advance(1);
        let body = json!({
            "agentId": agent, "grantId": granted["grantId"], "action": "email.sent",
            "status": "success", "metadata": {"number": number, "z": 1e21, "a": {"é": null}},
        });
        let (status, entry) = api.post("/v1/audit/log", body);
        assert_eq!(status, 201, "{entry}");
        assert_eq!(entry["principalId"], "usr_1");
        assert_eq!(entry["prevHash"].is_null(), number == 0);
    }
    let (_, page) = api.get("/v1/audit/entries?pageSize=3&page=1");
    assert_eq!(page["total"], 5);
    assert_eq!(page["entries"].as_array().unwrap().len(), 3);
    let (_, all) = api.get(&format!("/v1/audit/entries?agentId={agent}"));
    let limits = Limits {
        depth: 20,
        members: 256,
    };
    let export = serde_json::to_vec(&all["entries"]).unwrap();
    assert_eq!(
        verify_export(&export, ChainStart::Genesis, limits)
            .unwrap()
            .count,
        5
    );
}

#[test]
fn a_principal_sees_what_can_act_for_them_and_cuts_it_off() {
    let house = House::new(7);
    let api = Api::sign_up(&house, "live");
    let agent = api.agent("Planner");
    let none = api.post("/v1/principal-sessions", json!({"principalId": "usr_1"}));
    assert_eq!(none.0, 404);
    let token = api.granted(&agent, &["calendar:read"]);
    let (status, opened) = api.post("/v1/principal-sessions", json!({"principalId": "usr_1"}));
    assert_eq!(status, 201, "{opened}");
    let session = opened["sessionToken"].as_str().unwrap();
    let (status, held) = call(
        &house,
        session,
        Method::Get,
        "/v1/principal/grants",
        &Value::Null,
    );
    assert_eq!(status, 200, "{held}");
    assert_eq!(held["grants"][0]["agentName"], "Planner");
    let path = format!(
        "/v1/principal/grants/{}",
        token["grantId"].as_str().unwrap()
    );
    assert_eq!(
        call(&house, session, Method::Delete, &path, &Value::Null).0,
        204
    );
    assert!(!api.is_valid(&token));
    assert_eq!(
        call(
            &house,
            &api.key,
            Method::Get,
            "/v1/principal/grants",
            &Value::Null
        )
        .0,
        401
    );
    assert_eq!(
        call(&house, session, Method::Get, "/v1/agents", &Value::Null).0,
        401
    );
}

// Section 3: the published 0.1.3 drops the code of a sandbox's answer.
#[test]
fn a_sandbox_gives_its_code_again_until_it_is_spent() {
    let house = House::new(41);
    let api = Api::sign_up(&house, "sandbox");
    let agent = api.agent("a");
    let asked = api.authorize(&agent, &["s"]);
    let id = asked["authRequestId"].as_str().unwrap();
    let approve = || api.post(&format!("/v1/consent/{id}/approve"), Value::Null);
    for _ in 0..2 {
        let (status, decided) = approve();
        assert_eq!((status, &decided["code"]), (200, &asked["code"]));
    }
    let body = json!({"code": asked["code"], "agentId": agent});
    assert_eq!(api.post("/v1/token", body.clone()).0, 201);
    assert_eq!(approve().0, 410);
    assert_eq!(api.post("/v1/token", body).0, 400);
}

// Section 9: metadata is an object.
#[test]
fn metadata_that_is_no_object_is_refused() {
    let house = House::new(42);
    let api = Api::sign_up(&house, "sandbox");
    let agent = api.agent("a");
    let granted = api.granted_in_sandbox(&agent);
    for metadata in [json!([1]), json!("text"), json!(5), json!(true)] {
        let (status, body) = api.post(
            "/v1/audit/log",
            json!({
                "agentId": agent, "grantId": granted["grantId"], "action": "a",
                "status": "success", "metadata": metadata,
            }),
        );
        assert_eq!((status, &body["code"]), (400, &json!("BAD_REQUEST")));
    }
}

// To spell it canonically is what costs, and so it is not begun where there is too much.
#[test]
fn metadata_is_bounded_as_it_is_sent_and_as_it_is_kept() {
    let house = House::new(43);
    let api = Api::sign_up(&house, "sandbox");
    let agent = api.agent("a");
    let granted = api.granted_in_sandbox(&agent);
    let log = |metadata: String| {
        let entry = format!(
            r#"{{"agentId":{agent:?},"grantId":{},"action":"a","metadata":{metadata}}}"#,
            granted["grantId"]
        );
        let method = countersign::doors::Method::Post;
        let response = super::api::send(
            &house,
            &api.key,
            method,
            "/v1/audit/log",
            entry.as_bytes(),
            &[],
        );
        let (status, body) = super::api::said(&response);
        (
            status,
            body["message"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let frame = r#"{"x":""}"#.len();
    let letters = |count: usize| format!(r#"{{"x":"{}"}}"#, "x".repeat(count - frame));
    let spaces = |count: usize| format!("{{{}}}", " ".repeat(count - 2));
    assert_eq!(log(letters(16_384)).0, 201);
    assert_eq!(log(spaces(32_768)).0, 201);
    for (metadata, most) in [
        (letters(16_385), "16384"),
        (spaces(32_769), "32768"),
        (
            format!(r#"{{"x":[{}0]}}"#, "1e-300,".repeat(100_000)),
            "32768",
        ),
    ] {
        let (status, message) = log(metadata);
        assert!(
            status == 400 && message.contains(most),
            "{status} {message}"
        );
    }
}

// Section 5: the aliases agree exactly, or newer clients refuse the token.
#[test]
fn a_scope_with_a_space_is_said_in_the_list_alone() {
    let house = House::new(222);
    let api = Api::sign_up(&house, "live");
    let agent = api.agent("a");
    for (scopes, scope) in [
        (["read", "write"], Some("read write")),
        (["read mail", "write"], None),
    ] {
        let token = api.granted(&agent, &scopes);
        let verify = json!({"token": token["grantToken"]});
        let (_, said) = api.post("/v1/grants/verify", verify);
        assert_eq!(said["claims"]["scp"], json!(scopes));
        assert_eq!(said["claims"].get("scope"), scope.map(Value::from).as_ref());
    }
}

// A key stays published for as long as anything that it signed is good, a grant of the longest
// kind included; and a deployment that rotates every week publishes no more than is read.
#[test]
fn the_longest_token_verifies_offline_to_its_end_under_a_key_that_was_rotated() {
    let house = House::new(43);
    let api = Api::sign_up(&house, "sandbox");
    let agent = api.agent("a");
    let issue = || {
        let body = json!({
            "agentId": agent, "principalId": "usr_1", "scopes": ["s"], "expiresIn": "366d",
        });
        let (_, asked) = api.post("/v1/authorize", body);
        let body = json!({"code": asked["code"], "agentId": agent});
        let (status, token) = api.post("/v1/token", body);
        assert_eq!(status, 201, "{token}");
        token["grantToken"].as_str().unwrap().to_owned()
    };
    let issuer = issuer(&house);
    let verify = |token: &str| {
        let expectations = expect(&house, &["s"], &issuer);
        verify_grant_token(token.as_bytes(), &keys(&house), &expectations).map_err(|no| no.reason)
    };
    let kid = |token: &str| token.split('.').next().unwrap().to_owned();
    house
        .front(|world| world.ask(Place::Keyring, RotateKeys))
        .unwrap();
    // The old key's last signature is made right before the new one's first.
    house.advance(LEAD - 1);
    let last = issue();
    house.advance(STALENESS + 1);
    let next = issue();
    assert_ne!(kid(&last), kid(&next));
    house.advance(LONGEST_TOKEN - STALENESS - 2000);
    house.ring().unwrap();
    assert!(verify(&last).is_ok() && verify(&next).is_ok());
    house.advance(4 * STALENESS);
    house.ring().unwrap();
    assert_eq!(verify(&last).unwrap_err(), Reason::KeyUnknown);
    assert_eq!(verify(&next).unwrap_err(), Reason::Expired);
    let weeks = LONGEST_TOKEN / (7 * 24 * 60 * 60 * 1000);
    assert!(usize::try_from(weeks).unwrap() + 2 < MAX_KEYS);
}
