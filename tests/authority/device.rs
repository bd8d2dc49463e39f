//! The device flow through the Anexus door.

use countersign::{
    authority::{
        account::{agent, one_time},
        across::{
            SignedIn,
            device::{decide, describe},
        },
        refusal::Refusal,
    },
    doors::Method::Post,
};
use serde_json::{Value, json as value};

use crate::{
    anexus::{anexus, answer, json},
    house::{House, Mischief, No},
    people::join,
};

struct Scene {
    house: House,
    ada: SignedIn,
    device_code: String,
    user_code: String,
}

impl Scene {
    fn new() -> Self {
        let house = House::new(4);
        let ada = join(&house, "ada");
        let opened = post(
            &house,
            "/api/v1/device/authorize",
            &value!({ "name": " Helper " }),
        );
        assert_eq!(opened["success"], true, "{opened}");
        assert_eq!(
            (&opened["expires_in"], &opened["interval"]),
            (&value!(600), &value!(5))
        );
        let text = |member: &str| opened[member].as_str().unwrap().to_owned();
        assert_eq!(text("verification_uri"), "http://localhost:8787/device");
        Self {
            ada,
            device_code: text("device_code"),
            user_code: text("user_code"),
            house,
        }
    }

    /// Waits as the client does, then polls.
    fn poll(&self) -> Value {
        self.house.advance(5_000);
        self.poll_at_once()
    }

    fn poll_at_once(&self) -> Value {
        let body = value!({ "device_code": self.device_code });
        post(&self.house, "/api/v1/device/poll", &body)
    }

    fn decide(&self, who: &SignedIn, approved: bool) -> Result<(), No> {
        self.house
            .account(who.account, |account| {
                decide(account, &self.user_code, approved, "")
            })
            .map(drop)
    }
}

fn post(house: &House, path: &str, body: &Value) -> Value {
    json(&answer(house, anexus(Post, path, &body.to_string(), &[])))
}

#[test]
fn a_program_gets_a_persons_word_once() {
    let scene = Scene::new();
    assert_eq!(scene.user_code.len(), 8);
    let waiting = scene.poll();
    assert_eq!(
        (&waiting["status"], &waiting["reason"]),
        (&value!("pending"), &value!("authorization_pending"))
    );
    let typed = format!(
        "{}-{}",
        &scene.user_code[..4],
        scene.user_code[4..].to_lowercase()
    );
    let shown = scene
        .house
        .account(scene.ada.account, |account| describe(account, &typed))
        .unwrap();
    assert_eq!(
        (
            shown.name.as_str(),
            shown.country.as_str(),
            shown.region.as_str()
        ),
        ("Helper", "CN", "GD")
    );
    assert_eq!(shown.expires_at.0 - shown.requested_at.0, 600_000);
    scene.decide(&scene.ada, true).unwrap();

    let answer = scene.poll();
    assert_eq!(answer["status"], "authorized", "{answer}");
    let text = |member: &str| answer[member].as_str().unwrap();
    assert!(text("api_key").starts_with(&format!("nxs6_{}", scene.ada.account)));
    assert!(text("agent_secret").starts_with(&format!("as_{}", scene.ada.account)));
    assert!(text("agent_id").starts_with(&format!("ai_{}", scene.ada.account)));
    let identity = post(
        &scene.house,
        "/api/v1/identity/verify",
        &value!({ "api_key": text("api_key") }),
    );
    assert_eq!(
        (&identity["verified"], &identity["name"]),
        (&value!(true), &value!("Helper"))
    );

    for _ in 0..2 {
        let again = scene.poll();
        assert_eq!(again["status"], "expired");
        assert!(again.get("api_key").is_none());
    }
    assert_eq!(
        scene
            .house
            .account(scene.ada.account, agent::list)
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn racing_polls_get_one_answer() {
    let scene = Scene::new();
    scene.decide(&scene.ada, true).unwrap();
    scene.house.advance(5_000);
    let runs = (0..16)
        .map(|_| {
            scene.house.front_run(|world| {
                countersign::authority::across::device::poll(world, &scene.device_code)
            })
        })
        .collect();
    let authorized = scene
        .house
        .race(runs)
        .into_iter()
        .filter(|end| {
            matches!(
                end,
                Ok(countersign::authority::across::device::Polled::Authorized(
                    _
                ))
            )
        })
        .count();
    assert_eq!(authorized, 1);
    assert_eq!(
        scene
            .house
            .account(scene.ada.account, agent::list)
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_no_ends_the_wait() {
    let scene = Scene::new();
    scene.decide(&scene.ada, false).unwrap();
    let answer = scene.poll();
    assert_eq!(
        (&answer["status"], &answer["reason"]),
        (&value!("expired"), &value!("access_denied"))
    );
    let rejected = Err(No::Refused(Refusal::SecretRejected));
    assert_eq!(scene.decide(&scene.ada, true), rejected, "a no stands");
}

#[test]
fn the_first_who_answers_decides() {
    let scene = Scene::new();
    let eve = join(&scene.house, "eve");
    scene.decide(&scene.ada, true).unwrap();
    let rejected = Err(No::Refused(Refusal::SecretRejected));
    assert_eq!(scene.decide(&eve, true), rejected);
    assert_eq!(scene.decide(&eve, false), rejected);
    scene
        .decide(&scene.ada, true)
        .expect("to say it again is no harm");
    assert_eq!(scene.poll()["status"], "authorized");
    scene
        .decide(&scene.ada, true)
        .expect("nor is it afterwards");
    assert_eq!(scene.poll()["status"], "expired");
}

#[test]
fn a_decision_that_was_cut_off_is_made_again() {
    let scene = Scene::new();
    scene.house.mischief(0, |_, _| Mischief::LoseAnswer);
    assert_eq!(scene.decide(&scene.ada, true), Err(No::Died));
    scene.house.peace();
    // The directory knows, the account does not: nothing is lost, and nothing handed over.
    assert_eq!(scene.poll()["status"], "pending");
    scene.decide(&scene.ada, true).unwrap();
    assert_eq!(scene.poll()["status"], "authorized");
}

#[test]
fn ten_minutes_are_all_the_time_there_is() {
    let scene = Scene::new();
    scene.house.advance(599_999);
    assert_eq!(scene.poll_at_once()["status"], "pending");
    scene.house.advance(1);
    assert_eq!(scene.poll_at_once()["reason"], "expired_token");
    let rejected = Err(No::Refused(Refusal::SecretRejected));
    assert_eq!(scene.decide(&scene.ada, true), rejected);

    let late = Scene::new();
    late.house.advance(590_000);
    late.decide(&late.ada, true).unwrap();
    late.house.advance(10_000);
    assert_eq!(
        late.poll_at_once()["status"],
        "expired",
        "approved, and nobody came"
    );
    late.house.ring().unwrap();
    assert_eq!(late.poll_at_once()["status"], "expired");
}

#[test]
fn who_polls_too_often_is_told() {
    let scene = Scene::new();
    assert_eq!(scene.poll_at_once()["reason"], "slow_down");
    assert_eq!(scene.poll()["reason"], "authorization_pending");
    scene.house.advance(3_999);
    let hasty = scene.poll_at_once();
    assert_eq!(
        (&hasty["status"], &hasty["reason"]),
        (&value!("pending"), &value!("slow_down"))
    );
    scene.house.advance(1);
    assert_eq!(scene.poll_at_once()["reason"], "authorization_pending");
}

#[test]
fn made_up_device_codes_have_expired() {
    let scene = Scene::new();
    let forged = format!("{}{}", &scene.device_code[..20], "A".repeat(35));
    for code in ["", "dev_", "nonsense", "dev_ÄÖÜÄÖÜÄÖ", forged.as_str()] {
        let body = value!({ "device_code": code });
        let answer = post(&scene.house, "/api/v1/device/poll", &body);
        assert_eq!(answer["status"], "expired", "{code}");
    }
    let malformed = post(&scene.house, "/api/v1/device/poll", &value!({}));
    assert_eq!(malformed["status"], "error");
}

#[test]
fn a_person_who_guesses_user_codes_is_limited() {
    let scene = Scene::new();
    let guess = |code: &str| {
        scene
            .house
            .account(scene.ada.account, |account| describe(account, code))
    };
    for _ in 0..20 {
        assert_eq!(guess("BCDFGHJK"), Err(No::Refused(Refusal::SecretRejected)));
    }
    let refused = guess("BCDFGHJK");
    assert!(
        matches!(refused, Err(No::Refused(Refusal::RateLimited { .. }))),
        "{refused:?}"
    );
    assert!(matches!(
        guess(&scene.user_code),
        Err(No::Refused(Refusal::RateLimited { .. }))
    ));
    scene.house.advance(30_000);
    assert!(guess(&scene.user_code).is_ok());
}

#[test]
fn no_secret_of_the_agent_is_kept_before_it_comes() {
    let scene = Scene::new();
    scene.decide(&scene.ada, true).unwrap();
    let secrets = scene
        .house
        .account(scene.ada.account, |account| {
            one_time::page(account, one_time::SecretKind::DeviceGrant, None, 10)
        })
        .unwrap();
    assert_eq!(secrets.len(), 1);
    assert_eq!(secrets[0].payload, b"Helper");
    assert!(
        scene
            .house
            .account(scene.ada.account, agent::list)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn an_account_that_is_full_lets_nobody_in() {
    let scene = Scene::new();
    let full = scene.house.account(scene.ada.account, |account| {
        for number in 0..agent::MOST {
            let kept = agent::NewAgent::make(account.world, account.id).kept;
            let profile = agent::AgentProfile::named(&format!("a{number}"));
            agent::admit(account, &kept, &profile, false)?;
        }
        Ok(())
    });
    full.unwrap();
    let refused = Err(No::Refused(Refusal::TooMany { most: agent::MOST }));
    assert_eq!(scene.decide(&scene.ada, true), refused);
    assert_eq!(
        scene.poll()["status"],
        "pending",
        "another account may still say yes"
    );
}

#[test]
fn names_that_hide_something_are_refused() {
    let house = House::new(4);
    for name in ["", "  ", "a\nb", "a\u{202e}b", &"x".repeat(201)] {
        let answer = post(
            &house,
            "/api/v1/device/authorize",
            &value!({ "name": name }),
        );
        assert_eq!(answer["success"], false, "{name:?}");
    }
}
