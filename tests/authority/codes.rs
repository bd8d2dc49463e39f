//! Codes through the Anexus door: login check, issue, redeem; every refusal and its order.

use countersign::{
    authority::{
        AccountId, Algorithm, Place,
        account::{
            audit,
            code::{CodeFate, history},
            permission,
            platform_key::{
                self, CreatedPlatformKey, NewPlatformKey, list, revoke, set_require_signature,
            },
        },
        across::SignedIn,
    },
    code::{self, CodeExpectations},
    doors::{
        Method::{Delete, Get, Post},
        Response,
    },
    jose::import_jwks,
    mac::sign_request,
};
use serde_json::{Value, json as value};

use crate::{
    anexus::{anexus, answer, json},
    house::{House, Mischief},
    people::join,
};

const VERIFY: &str = "/api/v1/codes/verify";
const GENERATE: &str = "/api/v1/codes/generate";
const CHECK: &str = "/api/v1/session/check";

/// A person with something to give, and a platform with a key.
struct Scene {
    house: House,
    ada: SignedIn,
    shop: SignedIn,
    key: CreatedPlatformKey,
}

impl Scene {
    fn new() -> Self {
        let house = House::new(1);
        let (ada, shop) = (join(&house, "ada"), join(&house, "shop-owner"));
        let key = new_key(&house, &shop, "shopify", true);
        house
            .account(ada.account, |account| {
                permission::set(account, "shopify", &["read_orders".into(), "manage".into()])
            })
            .unwrap();
        Self {
            house,
            ada,
            shop,
            key,
        }
    }

    fn code(&self, target: &str) -> String {
        let answer = json(&self.generate(target));
        answer["code"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"))
            .into()
    }

    fn generate(&self, target: &str) -> Response {
        answer(
            &self.house,
            anexus(
                Post,
                GENERATE,
                &value!({ "target": target }).to_string(),
                &[("x-session-token", &self.ada.session_token)],
            ),
        )
    }

    fn verify(&self, body: &Value, headers: &[(&str, &str)]) -> (u16, Value) {
        let response = answer(
            &self.house,
            anexus(Post, VERIFY, &body.to_string(), headers),
        );
        (response.status, json(&response))
    }

    fn redeem(&self, code: &str) -> (u16, Value) {
        self.verify(&value!({ "code": code, "api_key": self.key.api_key }), &[])
    }

    fn signed(&self, code: &str, timestamp: i64) -> Value {
        let secret = self.key.api_secret.as_ref().unwrap();
        let timestamp = u64::try_from(timestamp).unwrap();
        value!({
            "code": code,
            "api_key": self.key.api_key,
            "timestamp": timestamp.to_string(),
            "signature": sign_request(secret, "POST", VERIFY, timestamp),
        })
    }

    fn log(&self, who: &SignedIn) -> Vec<(String, String)> {
        self.house
            .account(who.account, |account| audit::page(account, None, 200))
            .unwrap()
            .into_iter()
            .map(|entry| (entry.kind, entry.detail))
            .collect()
    }
}

fn new_key(house: &House, owner: &SignedIn, target: &str, with_secret: bool) -> CreatedPlatformKey {
    house
        .account(owner.account, |account| {
            platform_key::create(
                account,
                NewPlatformKey {
                    target,
                    label: "test",
                    with_secret,
                    require_signature: false,
                },
            )
        })
        .unwrap()
}

/// Whether the account that nobody has is still nobody's.
fn nobody(house: &House) -> bool {
    let place = Place::Account(AccountId::parse("0123456789abcdef").unwrap());
    house
        .rows(place, "SELECT name FROM sqlite_master")
        .is_empty()
}

/// From now on the answer to the question of this number is lost, and nobody asks again.
fn lose_answer(house: &House, number: u32) {
    let mut left = number;
    house.mischief(0, move |_, _| {
        left = left.wrapping_sub(1);
        if left == 0 {
            Mischief::LoseAnswer
        } else {
            Mischief::None
        }
    });
}

fn spent_or_expired(answer: &(u16, Value)) -> bool {
    answer.1["verified"] == false && answer.1["error"] == "Code expired or already used"
}

#[test]
fn a_session_check_says_who_it_is() {
    let scene = Scene::new();
    let token = scene.ada.session_token.as_str();
    let response = answer(
        &scene.house,
        anexus(Get, CHECK, "", &[("x-session-token", token)]),
    );
    assert_eq!(response.status, 200);
    assert_eq!(
        json(&response),
        value!({
            "logged_in": true,
            "user_id": scene.ada.account.user_id(),
            "username": "ada",
            "email": "ada@example.com",
            "role": "human",
        })
    );
}

#[test]
fn a_session_check_without_a_session_is_an_answer_and_leaves_nothing() {
    let scene = Scene::new();
    let stranger = format!("ses_0123456789abcdef{}", "A".repeat(43));
    for headers in [
        vec![],
        vec![("x-session-token", "")],
        vec![("x-session-token", "nonsense")],
        vec![("x-session-token", stranger.as_str())],
        vec![("x-session-token", scene.key.api_key.as_str())],
    ] {
        let response = answer(&scene.house, anexus(Get, CHECK, "", &headers));
        assert_eq!(response.status, 200);
        let body = json(&response);
        assert_eq!(body["logged_in"], false);
        assert!(body["error"].is_string());
        let body = r#"{"target":"shopify"}"#;
        let response = answer(&scene.house, anexus(Post, GENERATE, body, &headers));
        assert_eq!(response.status, 200, "the client loses any other's body");
        assert_eq!(json(&response)["success"], false);
    }
    assert!(nobody(&scene.house));
}

#[test]
fn a_code_is_issued_as_the_protocol_has_it_and_holds_offline() {
    let scene = Scene::new();
    let response = scene.generate("shopify");
    let answer = json(&response);
    let code = answer["code"].as_str().unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(
        answer,
        value!({
            "success": true,
            "code": code,
            "target": "shopify",
            "expires_in": "1 hour",
            "geo_location": "CN/GD",
        })
    );
    let seconds = scene.house.now().seconds();
    let prefix = format!(
        "anx://shopify/{}?exp=3600&ts={seconds}",
        scene.ada.account.user_id()
    );
    assert!(code.starts_with(&prefix), "{code}");
    assert!(code.len() < 240, "{}", code.len());
    let keys =
        import_jwks(scene.house.keyring().unwrap().jwks[&Algorithm::Es256].as_bytes()).unwrap();
    let expect = CodeExpectations {
        target: "shopify",
        now: seconds,
        clock_tolerance: 0,
    };
    code::check(code, &keys, &expect).unwrap();
}

#[test]
fn no_two_codes_of_one_second_are_one() {
    let scene = Scene::new();
    assert_ne!(scene.code("shopify"), scene.code("shopify"));
}

#[test]
fn a_code_is_redeemed_once() {
    let scene = Scene::new();
    let code = scene.code("shopify");
    assert_eq!(
        scene.redeem(&code),
        (
            200,
            value!({
                "verified": true,
                "username": "ada",
                "user_id": scene.ada.account.user_id(),
                "name": "ada",
                "target_platform": "shopify",
                "identity_type": "human",
                "permissions": ["read_orders", "manage"],
                "geo_location": "CN/GD",
                "repeat": false,
            })
        )
    );
    assert!(
        spent_or_expired(&scene.redeem(&code)),
        "also for the same platform"
    );
}

#[test]
fn what_counts_is_what_is_given_at_the_moment_of_redeeming() {
    let scene = Scene::new();
    let code = scene.code("shopify");
    scene
        .house
        .account(scene.ada.account, |account| {
            permission::set(account, "shopify", &[])
        })
        .unwrap();
    assert_eq!(scene.redeem(&code).1["permissions"], value!([]));
}

#[test]
fn a_code_lives_to_the_millisecond_of_its_hour() {
    let scene = Scene::new();
    let (early, late) = (scene.code("shopify"), scene.code("shopify"));
    scene.house.advance(3_600_000 - 1);
    assert_eq!(scene.redeem(&early).1["verified"], true);
    scene.house.advance(1);
    assert!(spent_or_expired(&scene.redeem(&late)));
}

#[test]
fn forged_altered_and_made_up_codes_look_like_spent_ones() {
    let scene = Scene::new();
    let code = scene.code("shopify");
    let last = if code.ends_with('A') { "Q" } else { "A" };
    for forged in [
        String::new(),
        "nonsense".into(),
        code[..code.len() - 1].into(),
        format!("{code} "),
        format!("{}{last}", &code[..code.len() - 1]),
        code.replace("exp=3600", "exp=3599"),
        code.replace("anx://shopify/", "anx://shopifz/"),
        code.replace(scene.ada.account.as_str(), scene.shop.account.as_str()),
        code.replace(scene.ada.account.as_str(), "0123456789abcdef"),
        code.split("&n=").next().unwrap().into(),
    ] {
        assert!(spent_or_expired(&scene.redeem(&forged)), "{forged}");
    }
    assert!(
        nobody(&scene.house),
        "nothing is kept for a made-up account"
    );
    assert_eq!(
        scene.redeem(&code).1["verified"],
        true,
        "and the genuine one is not spent"
    );
}

#[test]
fn another_platforms_key_is_refused_and_spends_nothing() {
    let scene = Scene::new();
    let code = scene.code("shopify");
    let other = new_key(&scene.house, &scene.shop, "notion", false);
    let refused = scene.verify(&value!({ "code": code, "api_key": other.api_key }), &[]);
    assert!(spent_or_expired(&refused));
    assert_eq!(scene.redeem(&code).1["verified"], true);
    let log = scene.log(&scene.ada);
    assert!(
        log.contains(&("code_refused".into(), "bound to another".into())),
        "{log:?}"
    );
}

#[test]
fn the_log_tells_apart_what_looks_alike_outside() {
    let scene = Scene::new();
    let (spent, expired) = (scene.code("shopify"), scene.code("shopify"));
    scene.redeem(&spent);
    scene.redeem(&spent);
    scene.house.advance(3_600_000);
    scene.redeem(&expired);
    let log = scene.log(&scene.ada);
    let refused: Vec<_> = log
        .iter()
        .filter(|(kind, _)| kind == "code_refused")
        .collect();
    assert_eq!(refused.len(), 2);
    assert!(refused[0].1.starts_with("expired"), "{refused:?}");
    assert!(refused[1].1.starts_with("spent, by key_"), "{refused:?}");
    assert!(
        log.iter()
            .any(|(kind, detail)| kind == "code_redeemed" && detail == "shopify")
    );
    assert_eq!(
        log.iter().filter(|(kind, _)| kind == "code_issued").count(),
        2
    );
    let everything = format!("{log:?}");
    assert!(!everything.contains("anx://") && !everything.contains("nxs6_"));
}

#[test]
fn the_key_is_judged_before_the_signature_and_the_signature_before_the_code() {
    let scene = Scene::new();
    let code = scene.code("shopify");
    let now = scene.house.now().seconds();
    let mut stranger = scene.signed(&code, now);
    stranger["api_key"] = value!(format!("nxs6_{}{}", scene.shop.account, "A".repeat(43)));
    let mut unknown = stranger.clone();
    unknown["api_key"] = value!(format!("nxs6_0123456789abcdef{}", "A".repeat(43)));
    for body in [
        stranger,
        unknown,
        value!({ "code": code, "api_key": "nxs6_x" }),
    ] {
        let (status, answer) = scene.verify(&body, &[]);
        assert_eq!(
            (status, &answer["error"]),
            (401, &value!("Invalid API key"))
        );
        assert_eq!(answer["verified"], false);
    }
    // A wrong signature is refused even where the code is nonsense too.
    let mut wrong = scene.signed("nonsense", now);
    wrong["signature"] = value!("0".repeat(64));
    let (status, answer) = scene.verify(&wrong, &[]);
    assert_eq!(
        (status, &answer["reason"]),
        (401, &value!("signature_rejected"))
    );
    assert!(nobody(&scene.house));
    assert_eq!(
        scene.redeem(&code).1["verified"],
        true,
        "none of it spent the code"
    );
}

#[test]
fn a_signature_holds_for_300_seconds_either_way() {
    let scene = Scene::new();
    let now = scene.house.now().seconds();
    for apart in [-300, 0, 300] {
        let code = scene.code("shopify");
        let (status, answer) = scene.verify(&scene.signed(&code, now + apart), &[]);
        assert_eq!(
            (status, &answer["verified"]),
            (200, &value!(true)),
            "{apart}"
        );
    }
    let code = scene.code("shopify");
    for apart in [-301, 301] {
        let (status, answer) = scene.verify(&scene.signed(&code, now + apart), &[]);
        assert_eq!(
            (status, &answer["reason"]),
            (401, &value!("timestamp_rejected")),
            "{apart}"
        );
    }
    assert_eq!(scene.redeem(&code).1["verified"], true);
}

#[test]
fn half_a_signature_is_refused() {
    let scene = Scene::new();
    let code = scene.code("shopify");
    let whole = scene.signed(&code, scene.house.now().seconds());
    for half in ["timestamp", "signature"] {
        let mut body = whole.clone();
        body.as_object_mut().unwrap().remove(half);
        let (status, answer) = scene.verify(&body, &[]);
        assert_eq!(
            (status, &answer["reason"]),
            (401, &value!("signature_rejected")),
            "{half}"
        );
    }
    let bare = new_key(&scene.house, &scene.shop, "shopify", false);
    let mut body = whole.clone();
    body["api_key"] = value!(bare.api_key);
    assert_eq!(
        scene.verify(&body, &[]).0,
        401,
        "a key without a secret checks none"
    );
    assert_eq!(scene.verify(&whole, &[]).1["verified"], true);
}

#[test]
fn a_key_may_require_signatures() {
    let scene = Scene::new();
    let id = scene.key.key.id.clone();
    let owner = scene.shop.account;
    scene
        .house
        .account(owner, |account| set_require_signature(account, &id, true))
        .unwrap();
    let code = scene.code("shopify");
    let (status, answer) = scene.redeem(&code);
    assert_eq!(
        (status, &answer["reason"]),
        (401, &value!("signature_required"))
    );
    let signed = scene.signed(&code, scene.house.now().seconds());
    assert_eq!(scene.verify(&signed, &[]).1["verified"], true);
    let log = scene.log(&scene.shop);
    assert!(log.contains(&("signature_refused".into(), "signature_required".into())));
}

#[test]
fn wrong_signatures_are_limited_and_say_when_to_come_back() {
    let scene = Scene::new();
    let mut body = scene.signed("x", scene.house.now().seconds());
    body["signature"] = value!("0".repeat(64));
    let limited = (0..100)
        .map(|_| answer(&scene.house, anexus(Post, VERIFY, &body.to_string(), &[])))
        .find(|response| response.status == 429)
        .expect("a limit");
    assert!(
        limited
            .headers
            .iter()
            .any(|(name, value)| name == "retry-after" && value == "1")
    );
    assert_eq!(json(&limited)["verified"], false);
}

#[test]
fn who_goes_on_showing_a_spent_code_is_stopped_and_the_log_stays_readable() {
    let scene = Scene::new();
    let code = scene.code("shopify");
    scene.redeem(&code);
    let statuses: Vec<u16> = (0..200).map(|_| scene.redeem(&code).0).collect();
    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        120
    );
    assert!(statuses[120..].iter().all(|status| *status == 429));
    let refused = |scene: &Scene| {
        let log = scene.log(&scene.ada);
        log.iter()
            .filter(|(kind, _)| kind == "code_refused")
            .count()
    };
    assert_eq!(refused(&scene), 120);
    assert_eq!(
        scene.redeem(&scene.code("shopify")).1["verified"],
        true,
        "a good one passes"
    );
}

#[test]
fn a_revoked_key_is_dead_at_once() {
    let scene = Scene::new();
    let code = scene.code("shopify");
    let owner = scene.shop.account;
    scene
        .house
        .account(owner, |account| revoke(account, &scene.key.key.id))
        .unwrap();
    assert_eq!(scene.redeem(&code).0, 401);
    assert!(scene.house.account(owner, list).unwrap().is_empty());
    let next = new_key(&scene.house, &scene.shop, "shopify", false);
    let answer = scene.verify(&value!({ "code": code, "api_key": next.api_key }), &[]);
    assert_eq!(answer.1["verified"], true, "the name stays the owner's");
}

#[test]
fn a_lost_answer_may_be_asked_for_again_by_the_same_key_alone() {
    let scene = Scene::new();
    let code = scene.code("shopify");
    let body = value!({ "code": code, "api_key": scene.key.api_key });
    let once = [("idempotency-key", "order 17")];
    let first = scene.verify(&body, &once).1;
    assert_eq!(
        (&first["verified"], &first["repeat"]),
        (&value!(true), &value!(false))
    );
    // What the person gives has changed since: the answer has not.
    scene
        .house
        .account(scene.ada.account, |account| {
            permission::set(account, "shopify", &[])
        })
        .unwrap();
    scene.house.advance(59_999);
    let mut again = scene.verify(&body, &once).1;
    assert_eq!(again["repeat"], true);
    again["repeat"] = value!(false);
    assert_eq!(again, first);

    assert!(spent_or_expired(&scene.verify(&body, &[])));
    assert!(spent_or_expired(
        &scene.verify(&body, &[("idempotency-key", "order 18")])
    ));
    let second_key = new_key(&scene.house, &scene.shop, "shopify", false);
    let others = value!({ "code": code, "api_key": second_key.api_key });
    assert!(spent_or_expired(&scene.verify(&others, &once)));
    scene.house.advance(1);
    assert!(
        spent_or_expired(&scene.verify(&body, &once)),
        "60 seconds are over"
    );
}

#[test]
fn an_answer_that_died_with_the_front_is_had_again() {
    let scene = Scene::new();
    let code = scene.code("shopify");
    let body = value!({ "code": code, "api_key": scene.key.api_key });
    lose_answer(&scene.house, 2);
    let (status, answer) = scene.verify(&body, &[("idempotency-key", "a")]);
    assert_eq!((status, &answer["verified"]), (500, &value!(false)));
    let (_, answer) = scene.verify(&body, &[("idempotency-key", "a")]);
    assert_eq!(
        (&answer["verified"], &answer["repeat"]),
        (&value!(true), &value!(true))
    );
}

#[test]
fn a_bad_idempotency_key_spends_nothing() {
    let scene = Scene::new();
    let code = scene.code("shopify");
    let body = value!({ "code": code, "api_key": scene.key.api_key });
    for bad in ["", "é", &"x".repeat(256)] {
        assert_eq!(
            scene.verify(&body, &[("idempotency-key", bad)]).0,
            400,
            "{bad}"
        );
    }
    assert_eq!(scene.redeem(&code).1["verified"], true);
}

#[test]
fn the_owner_sees_what_became_of_each_code() {
    let scene = Scene::new();
    let redeemed = scene.code("shopify");
    scene.redeem(&redeemed);
    scene.house.advance(2_000);
    scene.code("notion");
    let fates = |scene: &Scene| {
        scene
            .house
            .account(scene.ada.account, |account| history(account, None, 10))
            .unwrap()
            .into_iter()
            .map(|code| (code.target, code.fate))
            .collect::<Vec<_>>()
    };
    let before = fates(&scene);
    assert_eq!(before[0], ("notion".into(), CodeFate::Open));
    assert!(matches!(&before[1], (target, CodeFate::Redeemed { by, .. })
        if target == "shopify" && *by == scene.key.key.id));
    scene.house.advance(3_600_000);
    assert_eq!(fates(&scene)[0].1, CodeFate::Expired);
}

#[test]
fn a_name_belongs_to_the_first_who_claims_it() {
    let scene = Scene::new();
    let claim = |who: &SignedIn, target: &'static str| {
        scene.house.account(who.account, |account| {
            platform_key::create(
                account,
                NewPlatformKey {
                    target,
                    label: "mine",
                    with_secret: false,
                    require_signature: false,
                },
            )
        })
    };
    let refused = claim(&scene.ada, "shopify").err().expect("taken");
    assert!(format!("{refused:?}").contains("NameTaken"), "{refused:?}");
    assert!(
        claim(&scene.shop, "shopify").is_ok(),
        "several keys for one name"
    );
    assert!(claim(&scene.ada, "Ada-Shop ").is_ok(), "spelt the one way");
    assert!(claim(&scene.shop, "ada-shop").is_err());
    let keys = scene.house.account(scene.shop.account, list).unwrap();
    assert_eq!(keys.len(), 2);
    let shown = format!("{keys:?}");
    assert!(
        !shown.contains("nxs6_") && !shown.contains("nxss_"),
        "secrets are shown once"
    );
}

#[test]
fn a_claim_that_was_cut_off_is_made_again() {
    let scene = Scene::new();
    let create = || {
        scene.house.account(scene.ada.account, |account| {
            platform_key::create(
                account,
                NewPlatformKey {
                    target: "fresh",
                    label: "mine",
                    with_secret: true,
                    require_signature: true,
                },
            )
        })
    };
    lose_answer(&scene.house, 1);
    assert!(create().is_err());
    assert!(create().is_ok());
}

#[test]
fn permissions_keep_their_bounds() {
    let scene = Scene::new();
    let set = |target: &str, granted: &[String]| {
        scene
            .house
            .account(scene.ada.account, |account| {
                permission::set(account, target, granted)
            })
            .is_ok()
    };
    let many = |count: usize| (0..count).map(|n| format!("p{n}")).collect::<Vec<_>>();
    assert!(set("a", &many(32)) && !set("a", &many(33)));
    assert!(set("a", &["x".repeat(64)]) && !set("a", &["x".repeat(65)]));
    for bad in ["", "a\nb", "a\u{202e}"] {
        assert!(!set("a", &[bad.into()]), "{bad:?}");
    }
    assert!(!set("a", &["x".into(), "x".into()]) && !set("no name", &["x".into()]));
    for number in 0..198 {
        assert!(set(&format!("t{number}"), &["x".into()]), "{number}");
    }
    assert!(!set("one-more", &["x".into()]) && set("t0", &["y".into()]) && set("t0", &[]));
    assert!(set("one-more", &["x".into()]));
    let listed = scene
        .house
        .account(scene.ada.account, permission::list)
        .unwrap();
    assert_eq!(listed.len(), 200);
}

#[test]
fn targets_that_no_platform_can_have_are_refused() {
    let scene = Scene::new();
    for target in ["", " ", "a b", "a/b", "-a", "ä", &"a".repeat(49)] {
        let response = scene.generate(target);
        let answer = json(&response);
        assert_eq!(
            (response.status, &answer["success"]),
            (200, &value!(false)),
            "{target}"
        );
        assert_eq!(answer["reason"], "invalid_field");
    }
    assert_eq!(json(&scene.generate(&"a".repeat(48)))["success"], true);
}

#[test]
fn every_error_has_the_shape_that_the_caller_of_the_path_reads() {
    let scene = Scene::new();
    let token = scene.ada.session_token.as_str();
    let ask = |method, path: &str, body: &str| {
        let response = answer(
            &scene.house,
            anexus(method, path, body, &[("x-session-token", token)]),
        );
        let kept = response
            .headers
            .iter()
            .any(|(name, value)| name == "cache-control" && value == "no-store");
        assert!(kept, "{path}");
        (response.status, json(&response))
    };
    for (method, path, body, status, flag) in [
        (Get, "/api/v1/nothing", "", 404, "success"),
        (Get, "/", "", 404, "success"),
        (Get, VERIFY, "", 405, "verified"),
        (Delete, GENERATE, "", 405, "success"),
        (Post, CHECK, "", 405, "logged_in"),
        (Post, VERIFY, "", 400, "verified"),
        (Post, VERIFY, "[]", 400, "verified"),
        (Post, VERIFY, r#"{"code":1,"api_key":"x"}"#, 400, "verified"),
        (
            Post,
            VERIFY,
            r#"{"code":"a","code":"b","api_key":"x"}"#,
            400,
            "verified",
        ),
        (Post, GENERATE, "{}", 200, "success"),
        (Post, GENERATE, "{", 200, "success"),
    ] {
        let (found, answer) = ask(method, path, body);
        assert_eq!(found, status, "{path} {body}");
        assert_eq!(answer[flag], false, "{path} {answer}");
        assert!(
            answer["error"].is_string() && answer["reason"].is_string(),
            "{answer}"
        );
    }
    let long = format!(r#"{{"code":"{}","api_key":"x"}}"#, "x".repeat(5000));
    assert_eq!(ask(Post, VERIFY, &long).0, 413);
    let response = answer(&scene.house, anexus(Get, VERIFY, "", &[]));
    assert!(response.headers.contains(&("allow".into(), "POST".into())));
}

#[test]
fn a_redemption_asks_two_places_once_each() {
    let scene = Scene::new();
    let code = scene.code("shopify");
    let before = scene.house.questions();
    assert_eq!(scene.redeem(&code).1["verified"], true);
    assert_eq!(scene.house.questions() - before, 2);
}
