//! Agents through the Anexus door: registering, identity, discovery, trust; reported calls
//! in [`call_reports`].

use countersign::{
    authority::{
        AccountId, Place,
        account::{agent, audit},
        across::device::decide,
    },
    doors::Method::{Get, Post},
};
use serde_json::{Value, json as value};

use crate::{
    anexus::{anexus, answer, json},
    house::{House, Mischief},
    people::join,
};

mod call_reports;

const REGISTER: &str = "/api/v1/agents/register";
const DEREGISTER: &str = "/api/v1/agents/deregister";
const IDENTITY: &str = "/api/v1/identity/verify";
const RECORD: &str = "/api/v1/call-history/record";

fn post(house: &House, path: &str, body: &Value) -> (u16, Value) {
    let response = answer(house, anexus(Post, path, &body.to_string(), &[]));
    (response.status, json(&response))
}

fn get(house: &House, path: &str) -> (u16, Value) {
    let response = answer(house, anexus(Get, path, "", &[]));
    (response.status, json(&response))
}

fn register(house: &House, body: &Value) -> (String, String) {
    let (status, answer) = post(house, REGISTER, body);
    assert_eq!(
        (status, &answer["success"]),
        (200, &value!(true)),
        "{answer}"
    );
    let text = |member: &str| answer[member].as_str().unwrap().to_owned();
    (text("agent_id"), text("api_key"))
}

/// An agent that a person let in through the device flow.
fn let_in(house: &House, person: AccountId, name: &str) -> (String, String) {
    let (_, opened) = post(house, "/api/v1/device/authorize", &value!({ "name": name }));
    let user_code = opened["user_code"].as_str().unwrap().to_owned();
    house
        .account(person, |account| decide(account, &user_code, true, ""))
        .unwrap();
    house.advance(5_000);
    let poll = value!({ "device_code": opened["device_code"] });
    let (_, agent) = post(house, "/api/v1/device/poll", &poll);
    let text = |member: &str| agent[member].as_str().unwrap().to_owned();
    (text("agent_id"), text("api_key"))
}

fn names(found: &Value) -> Vec<&str> {
    let agents = found["agents"].as_array().unwrap();
    agents
        .iter()
        .map(|agent| agent["name"].as_str().unwrap())
        .collect()
}

#[test]
fn an_agent_registers_and_is_known_by_its_key() {
    let house = House::new(2);
    let (id, key) = register(
        &house,
        &value!({ "name": " Scout ", "ai_type": "claude", "unknown": 1 }),
    );
    assert!(id.starts_with("ai_") && key.starts_with("nxs6_"));
    assert_eq!(
        post(&house, IDENTITY, &value!({ "api_key": key })),
        (
            200,
            value!({
                "verified": true,
                "id": id,
                "name": "Scout",
                "identity_type": "ai",
                "role": "ai_agent",
                "ai_type": "claude",
                "trust_score": 0,
                "person": false,
            })
        )
    );
}

#[test]
fn a_made_up_key_is_nobody_and_leaves_nothing() {
    let house = House::new(2);
    let made_up = format!("nxs6_0123456789abcdef{}", "A".repeat(43));
    for key in [made_up.as_str(), "", "nxs6_", "ai_x"] {
        for path in [IDENTITY, DEREGISTER] {
            let (status, answer) = post(&house, path, &value!({ "api_key": key }));
            assert_eq!(status, 401);
            assert_eq!(answer["error"], "Invalid API key");
            assert!(answer["verified"] == false || answer["success"] == false);
        }
        if !key.is_empty() {
            assert_eq!(get(&house, &format!("/api/v1/agents/{key}/trust")).0, 401);
        }
    }
    let report = value!([{ "agent_id": made_up, "endpoint": "/" }]);
    assert_eq!(post(&house, RECORD, &report).1["recorded"], 0);
    let place = Place::Account(AccountId::parse("0123456789abcdef").unwrap());
    assert!(
        house
            .rows(place, "SELECT name FROM sqlite_master")
            .is_empty()
    );
}

#[test]
fn profiles_keep_their_bounds() {
    let house = House::new(2);
    for body in [
        value!({ "name": "" }),
        value!({ "name": "  " }),
        value!({ "name": "x".repeat(201) }),
        value!({ "name": "a\nb" }),
        value!({ "name": "a", "title": "x".repeat(201) }),
        value!({ "name": "a", "description": "x".repeat(2001) }),
        value!({ "name": "a", "tags": vec!["x"; 21] }),
        value!({ "name": "a", "tags": [""] }),
        value!({ "name": "a", "tags": "one" }),
        value!({ "name": "a", "website": 7 }),
        value!({ "title": "no name" }),
    ] {
        let (status, answer) = post(&house, REGISTER, &body);
        assert_eq!(
            (status, &answer["success"]),
            (400, &value!(false)),
            "{body}"
        );
        assert!(answer["error"].is_string());
    }
    let most = value!({
        "name": "x".repeat(200), "title": null, "description": "line\nline",
        "tags": vec!["x".repeat(50); 20], "capabilities": ["é".repeat(50)],
    });
    register(&house, &most);
}

#[test]
fn registering_is_limited_by_address() {
    let house = House::new(2);
    let limited = (0..101)
        .map(|n| {
            answer(
                &house,
                anexus(Post, REGISTER, &format!(r#"{{"name":"a{n}"}}"#), &[]),
            )
        })
        .find(|response| response.status == 429)
        .expect("a limit");
    assert!(
        limited
            .headers
            .iter()
            .any(|(name, _)| name == "retry-after")
    );
    house.advance(3_600_000);
    register(&house, &value!({ "name": "later" }));
}

#[test]
fn an_agent_that_is_done_is_nobody() {
    let house = House::new(2);
    let (id, key) = register(&house, &value!({ "name": "Scout" }));
    assert_eq!(
        post(&house, DEREGISTER, &value!({ "api_key": key })),
        (200, value!({ "success": true, "agent_id": id }))
    );
    assert_eq!(post(&house, IDENTITY, &value!({ "api_key": key })).0, 401);
    assert_eq!(post(&house, DEREGISTER, &value!({ "api_key": key })).0, 401);
    assert!(names(&get(&house, "/api/v1/discover/agents").1).is_empty());
}

#[test]
fn an_agent_whose_end_was_cut_off_ends_when_asked_again() {
    let house = House::new(2);
    let (_, key) = register(&house, &value!({ "name": "Scout" }));
    house.mischief(0, |_, _| Mischief::LoseAnswer);
    assert_eq!(post(&house, DEREGISTER, &value!({ "api_key": key })).0, 500);
    house.peace();
    assert_eq!(post(&house, IDENTITY, &value!({ "api_key": key })).0, 200);
    assert_eq!(post(&house, DEREGISTER, &value!({ "api_key": key })).0, 200);
}

#[test]
fn a_platform_key_is_no_agent() {
    let house = House::new(2);
    let owner = join(&house, "owner");
    let created = house
        .account(owner.account, |account| {
            countersign::authority::account::platform_key::create(
                account,
                countersign::authority::account::platform_key::NewPlatformKey {
                    target: "shop",
                    label: "x",
                    with_secret: false,
                    require_signature: false,
                },
            )
        })
        .unwrap();
    assert_eq!(
        post(&house, IDENTITY, &value!({ "api_key": created.api_key })).0,
        401
    );
    let (_, agent_key) = register(&house, &value!({ "name": "Scout" }));
    let verify = value!({ "code": "x", "api_key": agent_key });
    assert_eq!(post(&house, "/api/v1/codes/verify", &verify).0, 401);
}

#[test]
fn agents_are_found_by_words_and_kind_and_never_by_key() {
    let house = House::new(2);
    let mut keys = Vec::new();
    for body in [
        value!({ "name": "Weather Scout", "ai_type": "GPT-4", "tags": ["météo"], "website": "https://a" }),
        value!({ "name": "Price Scout", "ai_type": "claude", "description": "compares prices" }),
        value!({ "name": "Librarian", "capabilities": ["search books"] }),
    ] {
        keys.push(register(&house, &body).1);
        house.advance(1_000);
    }
    let find = |query: &str| get(&house, &format!("/api/v1/discover/agents?{query}"));
    let (status, all) = find("");
    assert_eq!(
        (status, names(&all)),
        (200, vec!["Librarian", "Price Scout", "Weather Scout"])
    );
    for (query, found) in [
        ("query=scout", vec!["Price Scout", "Weather Scout"]),
        ("query=SCO+pri", vec!["Price Scout"]),
        ("query=meteo", vec!["Weather Scout"]),
        ("query=book", vec!["Librarian"]),
        ("query=scout&ai_type=gpt-4", vec!["Weather Scout"]),
        ("ai_type=gpt", vec![]),
        ("ai_type=gpt+4", vec![]),
        ("query=%22+OR+words%3A*", vec![]),
        ("query=-", vec!["Librarian", "Price Scout", "Weather Scout"]),
        ("min_trust_score=1", vec![]),
    ] {
        let (status, answer) = find(query);
        assert_eq!((status, names(&answer)), (200, found), "{query}");
    }
    for key in keys {
        assert!(!all.to_string().contains(&key[21..]));
    }
    for bad in [
        "min_trust_score=101",
        "min_trust_score=x",
        "query=%ff",
        "query=a&query=b",
    ] {
        assert_eq!(find(bad).0, 400, "{bad}");
    }
    assert_eq!(find(&format!("query={}", "x".repeat(201))).0, 400);
}

#[test]
fn discovery_answers_with_fifty_at_most() {
    let house = House::new(2);
    for number in 0..70 {
        register(&house, &value!({ "name": format!("Agent {number}") }));
    }
    assert_eq!(
        names(&get(&house, "/api/v1/discover/agents?query=agent").1).len(),
        50
    );
}

fn trust(house: &House, key: &str, target: &str, level: i64) -> (u16, Value) {
    let path = format!("/api/v1/agents/{key}/trust/{target}");
    let body = value!({ "trust_level": level }).to_string();
    let response = answer(house, anexus(Post, &path, &body, &[("x-agent-id", key)]));
    (response.status, json(&response))
}

#[test]
fn one_person_has_one_voice_and_agents_alone_have_none() {
    let house = House::new(2);
    let (target, target_key) = register(&house, &value!({ "name": "Target" }));
    let (_, alone) = register(&house, &value!({ "name": "Sock puppet" }));
    let (ada, bob) = (join(&house, "ada"), join(&house, "bob"));
    let (_, first) = let_in(&house, ada.account, "Ada's first");
    let (_, second) = let_in(&house, ada.account, "Ada's second");
    let (_, third) = let_in(&house, bob.account, "Bob's");
    let score = |key: &str, target: &str, level| {
        let (status, answer) = trust(&house, key, target, level);
        assert_eq!(
            (status, &answer["success"]),
            (200, &value!(true)),
            "{answer}"
        );
        answer["trust_score"].as_i64().unwrap()
    };
    assert_eq!(score(&alone, &target, 100), 0);
    assert_eq!(score(&first, &target, 100), 50);
    assert_eq!(
        score(&second, &target_key, 100),
        50,
        "named by its key, and the same voice"
    );
    assert_eq!(score(&third, &target, 80), 60);
    assert_eq!(
        score(&second, &target, 10),
        30,
        "the last word of an account counts"
    );
    assert_eq!(score(&second, &target, 0), 40, "and may be taken back");
    let found = get(&house, "/api/v1/discover/agents?min_trust_score=40").1;
    assert_eq!(found["agents"][0]["trust_score"], 40);
    assert_eq!(found["agents"][0]["trusted_by"], 1);
    assert_eq!(
        names(&get(&house, "/api/v1/discover/agents?min_trust_score=41").1).len(),
        0
    );
    // An agent's own house does not speak for it.
    let (sister, _) = let_in(&house, ada.account, "Ada's sister");
    assert_eq!(score(&first, &sister, 100), 0);
}

#[test]
fn a_trust_network_is_read_with_the_key_alone() {
    let house = House::new(2);
    let (target, _) = register(&house, &value!({ "name": "Target" }));
    let (id, key) = register(&house, &value!({ "name": "Truster" }));
    trust(&house, &key, &target, 7);
    let seconds = house.now().seconds();
    let network = get(&house, &format!("/api/v1/agents/{key}/trust"));
    assert_eq!(
        network,
        (
            200,
            value!({
                "success": true,
                "agent_id": id,
                "trust_score": 0,
                "trusted_by": 0,
                "trusts": [{
                    "agent_id": target, "name": "Target", "trust_level": 7, "since": seconds,
                }],
            })
        )
    );
    trust(&house, &key, &target, 0);
    let network = get(&house, &format!("/api/v1/agents/{key}/trust")).1;
    assert_eq!(network["trusts"], value!([]));
    assert_eq!(
        get(&house, &format!("/api/v1/agents/{id}/trust")).0,
        401,
        "an id is no key"
    );
}

#[test]
fn trust_is_refused_where_it_makes_no_sense() {
    let house = House::new(2);
    let (target, target_key) = register(&house, &value!({ "name": "Target" }));
    let (id, key) = register(&house, &value!({ "name": "Truster" }));
    for level in [-1, 101, 256, i64::MAX] {
        assert_eq!(trust(&house, &key, &target, level).0, 400, "{level}");
    }
    for oneself in [&id, &key] {
        assert_eq!(trust(&house, &key, oneself, 5).0, 400);
    }
    let unknown = format!("{}zzzzzzzzzz", &target[..19]);
    for nobody in ["x", "ai_x", unknown.as_str()] {
        assert_eq!(trust(&house, &key, nobody, 5).0, 404, "{nobody}");
    }
    assert_eq!(trust(&house, &target, &id, 5).0, 401, "an id is no key");
    let path = format!("/api/v1/agents/{key}/trust/{target}");
    let body = r#"{"trust_level":5}"#;
    let other = [("x-agent-id", target_key.as_str())];
    assert_eq!(
        answer(&house, anexus(Post, &path, body, &other)).status,
        401
    );
    assert_eq!(
        answer(&house, anexus(Post, &path, body, &[])).status,
        200,
        "the path is enough"
    );
    let half = answer(&house, anexus(Post, &path, r#"{"trust_level":"5"}"#, &[]));
    assert_eq!(half.status, 400);
}

#[test]
fn trust_that_was_cut_off_anywhere_is_given_again_and_counted_once() {
    for lost in 1..=4 {
        let house = House::new(3);
        let (target, _) = register(&house, &value!({ "name": "Target" }));
        let ada = join(&house, "ada");
        let (_, key) = let_in(&house, ada.account, "Ada's");
        let mut left = lost;
        house.mischief(0, move |_, _| {
            left -= 1;
            if left == 0 {
                Mischief::LoseAnswer
            } else {
                Mischief::None
            }
        });
        assert_eq!(trust(&house, &key, &target, 100).0, 500, "{lost}");
        house.peace();
        let (status, answer) = trust(&house, &key, &target, 100);
        assert_eq!(
            (status, &answer["trust_score"]),
            (200, &value!(50)),
            "{lost}"
        );
        let found = get(&house, "/api/v1/discover/agents?min_trust_score=50").1;
        assert_eq!(found["agents"][0]["trusted_by"], 1, "{lost}");
    }
}

#[test]
fn a_person_lists_and_ends_agents() {
    let house = House::new(2);
    let ada = join(&house, "ada");
    let (id, key) = let_in(&house, ada.account, "Helper");
    let listed = house.account(ada.account, agent::list).unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0].id, listed[0].alone), (&id, false));
    assert_eq!(
        post(&house, IDENTITY, &value!({ "api_key": key })).1["person"],
        true
    );
    house
        .account(ada.account, |account| agent::deregister(account, &id))
        .unwrap();
    assert_eq!(post(&house, IDENTITY, &value!({ "api_key": key })).0, 401);
    assert!(
        house
            .account(ada.account, |account| agent::deregister(account, &id))
            .is_err()
    );
    let log = house
        .account(ada.account, |account| audit::page(account, None, 50))
        .unwrap();
    let kinds: Vec<_> = log.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "agent_deregistered",
            "agent_admitted",
            "device_approved",
            "signed_in",
            "signed_up"
        ]
    );
    assert!(
        names(&get(&house, "/api/v1/discover/agents").1).is_empty(),
        "never listed"
    );
}
