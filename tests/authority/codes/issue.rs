//! Codes are issued to whoever is signed in, and hold offline.

use super::*;

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
