//! Platforms that sign their requests.

use super::*;

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
