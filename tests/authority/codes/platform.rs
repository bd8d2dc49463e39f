//! What platforms claim, and what people let them do.

use super::*;

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

// What the previous master secret encrypted is encrypted anew by its next use, and then needs it
// no more.
#[test]
fn a_platforms_secret_outlives_a_change_of_the_master_secret() {
    let mut scene = Scene::new();
    let redeem = |scene: &Scene| {
        let now = scene.house.now().seconds();
        let body = scene.signed(&scene.code("shopify"), now);
        scene.verify(&body, &[]).0
    };
    let first = scene.house.settings.master_secret;
    assert_eq!(redeem(&scene), 200);
    scene.house.settings.master_secret = [8; 32];
    for previous in [Some(first), None] {
        scene.house.settings.previous_master_secret = previous;
        assert_eq!(redeem(&scene), 200, "{previous:?}");
    }
    scene.house.settings.master_secret = first;
    assert_eq!(redeem(&scene), 500, "the first opens nothing any more");
}
