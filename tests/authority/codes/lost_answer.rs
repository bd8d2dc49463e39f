//! An answer that got lost is had again, by who it was for alone.

use super::*;

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
