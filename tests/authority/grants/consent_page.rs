//! The page on which a principal decides: it says everything that the decision is about,
//! escapes whatever a developer wrote, and leads on.

use countersign::authority::account::session;
use countersign::doors::{Method, Request, Response};
use serde_json::{Value, json};

use super::api::{Api, call, header};
use crate::{
    anexus::answer,
    house::House,
    mail_link,
    people::{client, join},
};

fn page(house: &House, id: &str) -> (u16, String) {
    let request = Request {
        path: "/grantex/consent".into(),
        query: format!("req={id}"),
        ..Request::default()
    };
    let response = answer(house, request);
    (response.status, String::from_utf8(response.body).unwrap())
}

/// The value of the hidden field with this name in the page's first form.
fn hidden<'p>(page: &'p str, name: &str) -> &'p str {
    let field = page
        .split("<input")
        .find(|tag| tag.contains(&format!("name=\"{name}\"")))
        .unwrap();
    field
        .split("value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
}

fn submit(house: &House, what: &str, id: &str, token: &str) -> Response {
    let request = Request {
        method: Method::Post,
        path: format!("/consent/{what}"),
        headers: vec![(
            "content-type".into(),
            "application/x-www-form-urlencoded".into(),
        )],
        body: format!("req={id}&form_token={token}").into_bytes(),
        ..Request::default()
    };
    answer(house, request)
}

fn ask(api: &Api<'_>, agent: &str, change: &[(&str, Value)]) -> String {
    let mut body = json!({"agentId": agent, "principalId": "usr_1", "scopes": ["s"]});
    for (name, value) in change {
        body[*name] = value.clone();
    }
    let (status, body) = api.post("/v1/authorize", body);
    assert_eq!(status, 201, "{body}");
    body["authRequestId"].as_str().unwrap().to_owned()
}

#[test]
fn it_says_everything_that_is_decided() {
    let house = House::new(800);
    let api = Api::sign_up(&house, "live");
    let (_, agent) = api.post(
        "/v1/agents",
        json!({"name": "Planner", "description": "Plans your week"}),
    );
    let agent = agent["id"].as_str().unwrap();
    let id = ask(
        &api,
        agent,
        &[
            (
                "scopes",
                json!(["calendar:read", "payments:initiate:max_50"]),
            ),
            ("expiresIn", json!("36h")),
            ("audience", json!("https://api.example")),
            ("redirectUri", json!("https://app.example:8443/cb?x=1")),
        ],
    );
    let (status, page) = page(&house, &id);
    assert_eq!(status, 200);
    for wanted in [
        "<h1><bdi>Planner</bdi> asks to act for you",
        "Plans your week",
        "Acme",
        &format!("did:grantex:{agent}"),
        "usr_1",
        "See your calendar and its events",
        "Pay with your money, up to 50 in one payment",
        "It cannot send e-mail in your name",
        "36 hours",
        "https://api.example",
        "https://app.example:8443",
    ] {
        assert!(page.contains(wanted), "{wanted}");
    }
    for absent in ["It cannot pay with your money", "An unusual address"] {
        assert!(!page.contains(absent), "{absent}");
    }
    assert_eq!(page.matches("<form").count(), 2);
}

// A scope of the developer's own may mean anything: nothing is promised beside it.
#[test]
fn it_promises_nothing_beside_a_scope_that_is_not_registered() {
    let house = House::new(809);
    let api = Api::sign_up(&house, "live");
    let agent = api.agent("a");
    let id = ask(&api, &agent, &[("scopes", json!(["email:read", "*"]))]);
    let (_, shown) = page(&house, &id);
    assert!(shown.contains("Read your e-mail") && shown.contains("which the developer defines"));
    assert!(!shown.contains("It cannot pay") && shown.contains("It cannot do more"));
}

#[test]
fn it_escapes_whatever_a_developer_wrote() {
    let house = House::new(801);
    let api = Api::sign_up(&house, "live");
    let hostile = "<img src=x onerror=alert(1)>\"'&";
    let body = json!({"name": hostile, "description": hostile});
    let (_, agent) = api.post("/v1/agents", body);
    assert_eq!(api.patch("/v1/me", json!({"name": hostile})).0, 200);
    let id = ask(
        &api,
        agent["id"].as_str().unwrap(),
        &[
            ("scopes", json!([hostile])),
            ("principalId", json!(hostile)),
            ("audience", json!(hostile)),
            ("state", json!(hostile)),
        ],
    );
    let (_, page) = page(&house, &id);
    assert!(!page.contains("<img"));
    // The title, the heading, who asks, its description, the developer, the principal, the
    // scope and its sentence, the audience.
    assert!(page.matches("onerror").count() >= 8);
}

#[test]
fn it_warns_of_where_the_browser_goes() {
    let house = House::new(802);
    let api = Api::sign_up(&house, "live");
    let agent = api.agent("a");
    for (uri, words) in [
        ("http://localhost:3000/cb", "A program on this computer"),
        ("https://203.0.113.7/cb", "An unusual address"),
        ("https://xn--pple-43d.com/cb", "An unusual address"),
    ] {
        let id = ask(&api, &agent, &[("redirectUri", json!(uri))]);
        assert!(page(&house, &id).1.contains(words), "{uri}");
    }
}

#[test]
fn approve_and_deny_lead_on_with_the_outcome_in_the_query() {
    let house = House::new(803);
    let api = Api::sign_up(&house, "live");
    let agent = api.agent("a");
    let change = [
        (
            "redirectUri",
            json!("https://app.example/cb?x=1&code=forged"),
        ),
        ("state", json!("a b&c")),
    ];
    for what in ["approve", "deny"] {
        let id = ask(&api, &agent, &change);
        let (_, page) = page(&house, &id);
        let response = submit(&house, what, &id, hidden(&page, "form_token"));
        assert_eq!(response.status, 303);
        let location = header(&response, "location").unwrap();
        let rest = location
            .strip_prefix("https://app.example/cb?x=1&")
            .unwrap();
        let outcome = rest
            .strip_suffix("&state=a%20b%26c")
            .or(rest.strip_suffix("&state=a+b%26c"));
        match what {
            "deny" => assert_eq!(outcome, Some("error=access_denied")),
            _ => {
                let code = outcome.unwrap().strip_prefix("code=").unwrap();
                let body = json!({"code": code, "agentId": agent});
                assert_eq!(api.post("/v1/token", body).0, 201);
            }
        }
    }
}

#[test]
fn without_an_address_it_says_what_was_decided() {
    let house = House::new(804);
    let api = Api::sign_up(&house, "live");
    let agent = api.agent("a");
    for (what, words) in [("approve", "Approved"), ("deny", "Denied")] {
        let id = ask(&api, &agent, &[]);
        let (_, shown) = page(&house, &id);
        let response = submit(&house, what, &id, hidden(&shown, "form_token"));
        assert_eq!(response.status, 200);
        assert!(String::from_utf8(response.body).unwrap().contains(words));
        let (status, over) = page(&house, &id);
        assert_eq!(status, 200);
        assert!(over.contains("This request is over"));
    }
}

#[test]
fn a_form_of_another_request_or_none_decides_nothing() {
    let house = House::new(805);
    let api = Api::sign_up(&house, "live");
    let agent = api.agent("a");
    let (id, other) = (ask(&api, &agent, &[]), ask(&api, &agent, &[]));
    let (_, others) = page(&house, &other);
    for token in ["", "x", hidden(&others, "form_token")] {
        let response = submit(&house, "approve", &id, token);
        assert_eq!(response.status, 400);
        let shown = String::from_utf8(response.body).unwrap();
        assert!(shown.contains("had grown old") && shown.contains("<form"));
    }
    assert_eq!(page(&house, &id).0, 200);
}

// A page that one person was shown is no other's to send.
#[test]
fn a_form_is_its_sessions_alone() {
    let house = House::new(808);
    let api = Api::sign_up(&house, "live");
    let agent = api.agent("a");
    let id = ask(&api, &agent, &[]);
    let shown = answer(
        &house,
        Request {
            path: "/consent".into(),
            query: format!("req={id}"),
            headers: vec![("cookie".into(), "__Host-session=theirs".into())],
            ..Request::default()
        },
    );
    let shown = String::from_utf8(shown.body).unwrap();
    let refused = submit(&house, "approve", &id, hidden(&shown, "form_token"));
    assert_eq!(refused.status, 400);
    assert_eq!(page(&house, &id).0, 200);
}

// Section 3: a page, whatever the id.
#[test]
fn unknown_and_expired_requests_have_a_page_that_helps() {
    let house = House::new(806);
    let api = Api::sign_up(&house, "live");
    let agent = api.agent("a");
    for unknown in ["", "nonsense", "areq_", "%ff", "<script>"] {
        let (status, page) = page(&house, unknown);
        assert_eq!(status, 200, "{unknown}");
        assert!(page.contains("There is no such request"));
    }
    let id = ask(&api, &agent, &[]);
    let (_, shown) = page(&house, &id);
    house.advance(15 * 60 * 1000);
    let (status, over) = page(&house, &id);
    assert_eq!(status, 200);
    assert!(over.contains("start again where you came from"));
    assert_eq!(
        submit(&house, "approve", &id, hidden(&shown, "form_token")).status,
        410
    );
}

// The developer's switch: who is not signed in sees the way to sign in, and no form.
#[test]
fn where_a_sign_in_is_asked_for_nobody_else_decides() {
    let house = House::new(807);
    let api = Api::sign_up(&house, "live");
    let agent = api.agent("a");
    let before = ask(&api, &agent, &[]);
    let (_, shown) = page(&house, &before);
    let token = hidden(&shown, "form_token").to_owned();
    let switch = json!({"requirePrincipalSignIn": true});
    assert_eq!(
        api.patch("/v1/me", switch).1["requirePrincipalSignIn"],
        true
    );
    // For requests that were made before, too.
    let (status, asked) = page(&house, &before);
    assert_eq!(status, 200);
    assert!(asked.contains("/sign-in?next=") && !asked.contains("/consent/approve"));
    let refused = submit(&house, "approve", &before, &token);
    assert_eq!(refused.status, 400);
    let shown = String::from_utf8(refused.body).unwrap();
    assert!(shown.contains("/sign-in?next="), "a way on");
    let path = format!("/v1/consent/{before}/approve");
    let (status, body) = api.post(&path, Value::Null);
    assert_eq!((status, &body["code"]), (403, &json!("CONSENT_REQUIRED")));
    assert_eq!(
        api.get(&format!("/v1/consent/{before}")).1["signInRequired"],
        true
    );
}

// The switch: the one of `principalId` decides, by any name that is theirs, and nobody else.
#[test]
fn where_a_sign_in_is_asked_for_the_principal_decides() {
    let house = House::new(808);
    let api = Api::sign_up(&house, "live");
    let agent = api.agent("a");
    api.patch("/v1/me", json!({"requirePrincipalSignIn": true}));
    let (ada, eve, gone) = (
        join(&house, "ada"),
        join(&house, "eve"),
        join(&house, "gone"),
    );
    house
        .account(gone.account, |account| {
            session::sign_out(account, &gone.session_token, &client())
        })
        .unwrap();
    let user_id = format!("user_{}", ada.account);
    let decide = |principal: &str, session: &str, what: &str| {
        let id = ask(&api, &agent, &[("principalId", json!(principal))]);
        let path = format!("/v1/consent/{id}/{what}");
        let (status, body) = call(&house, session, Method::Post, &path, &Value::Null);
        // Whoever may not decide has not decided: the request still waits.
        let waits = api.get(&format!("/v1/consent/{id}")).0 == 200;
        assert_eq!(waits, status == 403, "{principal} {body}");
        (status, body["code"].as_str().unwrap_or_default().to_owned())
    };
    for principal in ["ada", user_id.as_str()] {
        for what in ["approve", "deny"] {
            assert_eq!(
                decide(principal, &ada.session_token, what).0,
                200,
                "{principal}"
            );
            for session in [
                "",
                "nonsense",
                &eve.session_token,
                &gone.session_token,
                &api.key,
            ] {
                let refused = (403, "CONSENT_REQUIRED".to_owned());
                assert_eq!(
                    decide(principal, session, what),
                    refused,
                    "{principal} {what}"
                );
            }
        }
    }
    // Of an e-mail address nobody has shown yet that it is theirs.
    assert_eq!(
        decide("ada@example.com", &ada.session_token, "approve").0,
        403
    );
    assert_eq!(decide("gone", &gone.session_token, "approve").0, 403);
    mail_link::ask_for_link(&house, "ada@example.com").unwrap();
    let link = mail_link::newest_link(&house);
    mail_link::follow(&house, &link, &ada.session_token).unwrap();
    let (status, code) = decide("ada@example.com", &ada.session_token, "approve");
    assert_eq!(status, 200);
    // As its owner may have typed it where the developer learned it.
    for typed in ["Ada@Example.com", "ADA"] {
        assert_eq!(decide(typed, &ada.session_token, "deny").0, 200, "{typed}");
        assert_eq!(decide(typed, &eve.session_token, "deny").0, 403, "{typed}");
    }
    let exchanged = api.post("/v1/token", json!({"code": code, "agentId": agent}));
    assert_eq!(exchanged.0, 201, "{}", exchanged.1);
}
