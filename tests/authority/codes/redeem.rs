//! A code is redeemed once, by the platform that it is for; every refusal and its order.

use super::*;

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
fn every_error_has_the_shape_that_the_caller_of_the_path_reads() {
    let scene = Scene::new();
    let token = scene.ada.session_token.as_str();
    let ask = |method, path: &str, body: &str| {
        let response = answer(
            &scene.house,
            anexus(method, path, body, &[("x-session-token", token)]),
        );
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
