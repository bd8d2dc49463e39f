//! Calls that run at the same time, steps of one between steps of another; answers that are
//! lost, and places that die before and after they have kept what they did.

use std::{cell::RefCell, rc::Rc};

use countersign::{
    authority::{AccountId, Outcome, Place, account::Account, call::Call},
    doors::{self, DOORS, Handler, Matched, Method, Response, Route},
};
use serde_json::{Value, json};

use super::api::{Api, Said, call, request, said, to_bytes};
use crate::house::{Dice, House, Mischief, Run};

/// A call by a developer that has not begun.
fn begun<'r>(
    api: &Api<'r>,
    method: Method,
    path: &str,
    body: &Value,
    headers: &[(&str, &str)],
) -> Run<'r, Response> {
    let mut request = request(&api.key, method, path, &to_bytes(body), headers);
    let Matched::Route(
        door,
        &Route {
            handler: Handler::Account { locate, handle },
            ..
        },
    ) = doors::find(DOORS, &mut request)
    else {
        panic!("{path} runs in an account");
    };
    let id: AccountId = locate(&request).unwrap();
    api.house
        .account_run(id, move |account: &Account<'_>| -> Outcome<Response> {
            handle(account, &request).or_else(|halt| match halt {
                countersign::authority::Halt::Refused(_) => Ok((door.halted)(&request, &halt)),
                halt => Err(halt),
            })
        })
}

fn race(api: &Api<'_>, runs: Vec<Run<'_, Response>>) -> Vec<Said> {
    let ends = api.house.race(runs);
    ends.into_iter().map(|end| said(&end.unwrap())).collect()
}

fn count(answers: &[Said], status: u16) -> usize {
    answers.iter().filter(|(found, _)| *found == status).count()
}

#[test]
fn a_code_is_exchanged_once_whoever_races_for_it() {
    for seed in 0..20 {
        let house = House::new(400 + seed);
        let api = Api::sign_up(&house, "live");
        let (agent, other) = (api.agent("a"), api.agent("b"));
        let code = api.approved(&agent, &["s"]);
        let runs = (0..12).map(|number| {
            let by = if number % 3 == 0 { &other } else { &agent };
            let body = json!({"code": code, "agentId": by});
            begun(&api, Method::Post, "/v1/token", &body, &[])
        });
        let answers = race(&api, runs.collect());
        assert_eq!(
            (count(&answers, 201), count(&answers, 400)),
            (1, 11),
            "{seed}"
        );
        assert_eq!(api.get("/v1/grants").1["total"], 1);
    }
}

#[test]
fn a_refresh_token_is_spent_once_and_its_answer_given_to_one_key_alone() {
    for seed in 0..20 {
        let house = House::new(420 + seed);
        let api = Api::sign_up(&house, "live");
        let agent = api.agent("a");
        let first = api.granted(&agent, &["s"]);
        let body = json!({"refreshToken": first["refreshToken"], "agentId": agent});
        // Four without a key, four with one, four with another.
        let runs = (0..12).map(|number| {
            let headers: &[(&str, &str)] = match number % 3 {
                0 => &[],
                1 => &[("idempotency-key", "k1")],
                _ => &[("idempotency-key", "k2")],
            };
            begun(&api, Method::Post, "/v1/token/refresh", &body, headers)
        });
        let answers = race(&api, runs.collect());
        let given: Vec<_> = answers
            .iter()
            .filter(|(status, _)| *status == 201)
            .collect();
        // The winner alone, or all four of its key with one and the same answer.
        assert!(matches!(given.len(), 1 | 4), "{seed}: {}", given.len());
        assert!(given.iter().all(|answer| *answer == given[0]), "{seed}");
        assert!(api.is_valid(&given[0].1));
        let next = json!({"refreshToken": given[0].1["refreshToken"], "agentId": agent});
        assert_eq!(api.post("/v1/token/refresh", next).0, 201);
    }
}

// Section 8: serialised against concurrent delegation, so that no child slips in.
#[test]
fn no_delegation_slips_past_a_cascade() {
    let (mut before, mut after) = (0, 0);
    for seed in 0..30 {
        let house = House::new(450 + seed);
        let api = Api::sign_up(&house, "live");
        let agent = api.agent("a");
        let root = api.granted(&agent, &["s"]);
        let (_, child) = api.delegate(&root, &agent, &["s"]);
        let delegate = |parent: &Value| {
            let body = json!({
                "parentGrantToken": parent["grantToken"], "subAgentId": agent, "scopes": ["s"],
            });
            begun(&api, Method::Post, "/v1/grants/delegate", &body, &[])
        };
        let revoke = || {
            let path = format!("/v1/grants/{}", root["grantId"].as_str().unwrap());
            begun(&api, Method::Delete, &path, &Value::Null, &[])
        };
        let mut runs = vec![revoke(), revoke()];
        for number in 0..8 {
            let mut run = delegate(if number % 2 == 0 { &root } else { &child });
            // It has found its parent good and waits for its token's signature.
            assert!(house.step(&mut run).is_none());
            runs.push(run);
        }
        let answers = race(&api, runs);
        assert_eq!(
            (count(&answers, 204), count(&answers, 404)),
            (1, 1),
            "{seed}"
        );
        before += count(&answers, 201);
        after += count(&answers, 400);
        let slipped = answers.iter().filter(|(status, _)| *status == 201);
        for (_, token) in slipped.chain([&(201, root.clone()), &(201, child.clone())]) {
            assert!(!api.is_valid(token), "{seed}");
        }
        assert_eq!(api.get("/v1/grants?status=active").1["total"], 0, "{seed}");
    }
    // Both orders have happened.
    assert!(before > 20 && after > 20, "{before} {after}");
}

#[test]
fn from_the_answer_to_a_revocation_on_nothing_verifies() {
    for seed in 0..20 {
        let house = House::new(500 + seed);
        let api = Api::sign_up(&house, "live");
        let agent = api.agent("a");
        let token = api.granted(&agent, &["s"]);
        let path = format!("/v1/grants/{}", token["grantId"].as_str().unwrap());
        let verify = || {
            let body = json!({"token": token["grantToken"]});
            begun(&api, Method::Post, "/v1/tokens/verify", &body, &[])
        };
        let mut runs: Vec<_> = (0..6).map(|_| verify()).collect();
        runs.push(begun(&api, Method::Delete, &path, &Value::Null, &[]));
        let answers = race(&api, runs);
        assert_eq!(count(&answers, 200), 6);
        assert!(!api.is_valid(&token), "{seed}");
        // Whoever deletes the agent meanwhile changes nothing about that.
        let second = api.granted(&agent, &["s"]);
        let body = json!({"token": second["grantToken"]});
        let runs = vec![
            begun(
                &api,
                Method::Delete,
                &format!("/v1/agents/{agent}"),
                &Value::Null,
                &[],
            ),
            begun(&api, Method::Post, "/v1/grants/verify", &body, &[]),
        ];
        assert_eq!(count(&race(&api, runs), 204), 1);
        assert!(!api.is_valid(&second));
    }
}

#[test]
fn racing_entries_make_one_chain() {
    for seed in 0..10 {
        let house = House::new(530 + seed);
        let api = Api::sign_up(&house, "live");
        let runs = (0..20).map(|number| {
            let body = json!({
                "agentId": "a", "agentDid": "d", "grantId": "g", "principalId": "p",
                "action": format!("a{number}"),
            });
            begun(&api, Method::Post, "/v1/audit/log", &body, &[])
        });
        assert_eq!(count(&race(&api, runs.collect()), 201), 20);
        let (_, list) = api.get("/v1/audit/entries");
        let entries = list["entries"].as_array().unwrap();
        assert!(entries[0]["prevHash"].is_null());
        for pair in entries.windows(2) {
            assert_eq!(pair[1]["prevHash"], pair[0]["hash"]);
        }
    }
}

// The decision is the one question between places: it may be lost before or after it was
// taken. Whatever the principal heard, the request is decided once at the most, and a code
// that was heard is one that can be exchanged.
#[test]
fn a_decision_that_gets_lost_is_taken_once_at_the_most() {
    let (mut heard, mut over, mut died) = (0, 0, 0);
    for seed in 0..40 {
        let house = House::new(600 + seed);
        let api = Api::sign_up(&house, "live");
        let agent = api.agent("a");
        let asked = api.authorize(&agent, &["s"]);
        let id = asked["authRequestId"].as_str().unwrap();
        let dice = Rc::new(Dice::new(seed));
        let taken = Rc::new(RefCell::new(0));
        let (fate, seen) = (dice, taken.clone());
        house.mischief(0, move |_: &Place, call: &Call| {
            if !matches!(call, Call::DecideRequest(_)) {
                return Mischief::None;
            }
            let mischief = match fate.below(3) {
                0 => Mischief::None,
                1 => Mischief::CrashBeforeCommit,
                _ => Mischief::LoseAnswer,
            };
            if mischief != Mischief::CrashBeforeCommit {
                *seen.borrow_mut() += 1;
            }
            mischief
        });
        let path = format!("/v1/consent/{id}/approve");
        let mut codes = Vec::new();
        for _ in 0..4 {
            let (status, body) = call(&house, "", Method::Post, &path, &Value::Null);
            match status {
                200 => {
                    heard += 1;
                    codes.push(body["code"].clone());
                }
                410 => over += 1,
                500 => died += 1,
                status => panic!("{status} {body}"),
            }
        }
        house.peace();
        assert!(codes.len() <= 1, "{seed}");
        for code in codes {
            assert_eq!(
                api.post("/v1/token", json!({"code": code, "agentId": agent}))
                    .0,
                201
            );
        }
        let decided = house.rows(
            Place::Account(AccountId::parse(api.id.strip_prefix("dev_").unwrap()).unwrap()),
            "SELECT 1 FROM one_time_secrets WHERE kind = 'authorization_code'",
        );
        assert_eq!(decided.len(), usize::from(*taken.borrow() > 0), "{seed}");
    }
    assert!(heard > 5 && over > 5 && died > 5, "{heard} {over} {died}");
}

// Approve against deny: one of them, and deny has no code.
#[test]
fn one_decision_wins() {
    for seed in 0..20 {
        let house = House::new(660 + seed);
        let api = Api::sign_up(&house, "live");
        let agent = api.agent("a");
        let asked = api.authorize(&agent, &["s"]);
        let id = asked["authRequestId"].as_str().unwrap();
        let decide = |what: &str| {
            let path = format!("/v1/consent/{id}/{what}");
            let mut request = request("", Method::Post, &path, b"", &[]);
            let Matched::Route(
                door,
                &Route {
                    handler: Handler::Front(rule),
                    ..
                },
            ) = doors::find(DOORS, &mut request)
            else {
                panic!("it runs at the front");
            };
            house.front_run(move |world| {
                rule(world, &request).or_else(|halt| match halt {
                    countersign::authority::Halt::Refused(_) => Ok((door.halted)(&request, &halt)),
                    halt => Err(halt),
                })
            })
        };
        let runs = ["approve", "deny", "approve", "deny"].map(decide);
        let answers = race(&api, runs.into_iter().collect());
        assert_eq!(count(&answers, 200), 1, "{seed}");
    }
}
