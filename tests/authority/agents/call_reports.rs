//! Calls that services report.

use countersign::authority::account::call_history;

use super::*;

fn account_of(agent_id: &str) -> AccountId {
    AccountId::parse(&agent_id[3..19]).unwrap()
}

#[test]
fn reported_calls_are_kept_with_the_agent_and_show_no_key() {
    let house = House::new(2);
    let (id, key) = register(&house, &value!({ "name": "Scout" }));
    let (other, _) = register(&house, &value!({ "name": "Other" }));
    let record = |agent: &str, endpoint: &str| {
        value!({
            "agent_id": agent, "agent_name": "whatever", "service_provider": "shop",
            "endpoint": endpoint, "method": "GET", "status_code": 200, "duration_ms": 12,
            "log_level": "basic",
        })
    };
    let report = value!([
        record(&key, "/a"),
        record(&id, "/b"),
        record(&other, "/c"),
        record("anonymous", "/d"),
        record("", "/e"),
    ]);
    let answered = post(&house, RECORD, &report);
    assert_eq!(answered, (200, value!({ "success": true, "recorded": 3 })));
    let kept = house
        .account(account_of(&id), |account| {
            call_history::list(account, None, 100)
        })
        .unwrap();
    let endpoints: Vec<_> = kept
        .iter()
        .map(|call| call.call.endpoint.as_str())
        .collect();
    assert_eq!(endpoints, ["/b", "/a"], "newest first");
    assert!(kept.iter().all(|call| call.agent_id == id));
    assert!(!format!("{kept:?}").contains(&key));
    assert_eq!(kept[0].call.duration_ms, 12);
    let older = house
        .account(account_of(&id), |account| {
            call_history::list(account, Some(kept[0].sequence), 100)
        })
        .unwrap();
    assert_eq!(older, kept[1..]);
}

#[test]
fn reports_are_bounded() {
    let house = House::new(2);
    let (id, _) = register(&house, &value!({ "name": "Scout" }));
    let many = |count: usize| value!(vec![value!({ "agent_id": id }); count]);
    assert_eq!(post(&house, RECORD, &many(100)).1["recorded"], 100);
    assert_eq!(post(&house, RECORD, &many(101)).0, 409);
    assert_eq!(post(&house, RECORD, &value!([])).1["recorded"], 0);
    for bad in [
        value!({ "agent_id": id }),
        value!([{ "endpoint": "/" }]),
        value!([{ "agent_id": id, "endpoint": "x".repeat(501) }]),
        value!([{ "agent_id": id, "method": "x".repeat(11) }]),
        value!([{ "agent_id": id, "status_code": 1000 }]),
        value!([{ "agent_id": id, "status_code": -1 }]),
        value!([{ "agent_id": id, "endpoint": "a\u{0}" }]),
    ] {
        assert_eq!(post(&house, RECORD, &bad).0, 400, "{bad}");
    }
    let accounts: Vec<_> = (0..17)
        .map(|n| value!({ "agent_id": format!("ai_{n:016}0123456789") }))
        .collect();
    assert_eq!(
        post(&house, RECORD, &value!(accounts)).0,
        400,
        "too many accounts"
    );
}

// Any letters, in their order, each with its agent.
#[test]
fn a_report_is_kept_as_it_is_sent() {
    let house = House::new(2);
    let agents = ["Scout", "Ranger"].map(|name| register(&house, &value!({ "name": name })).0);
    let endpoint = |number: usize| format!("/{number} \"'\\/ \u{e9}\u{1f511} null 1");
    for agent in &agents {
        let calls: Vec<_> = (0..30)
            .map(|number| {
                value!({
                    "agent_id": agent, "endpoint": endpoint(number), "service_provider": "7",
                    "status_code": 200 + number, "duration_ms": u32::MAX, "log_level": "{}",
                })
            })
            .collect();
        assert_eq!(post(&house, RECORD, &value!(calls)).1["recorded"], 30);
        let kept = house
            .account(account_of(agent), |account| {
                call_history::list(account, None, 100)
            })
            .unwrap();
        assert_eq!(kept.len(), 30);
        for (number, kept) in kept.iter().rev().enumerate() {
            let call = &kept.call;
            assert_eq!((&kept.agent_id, &call.endpoint), (agent, &endpoint(number)));
            assert_eq!(
                (call.status_code as usize, call.duration_ms),
                (200 + number, u32::MAX)
            );
            assert_eq!(
                (call.service_provider.as_str(), call.log_level.as_str()),
                ("7", "{}")
            );
        }
    }
}

// Whoever reports: the limit is the account's.
#[test]
fn a_crowd_reports_so_much_of_one_account_and_no_more() {
    let house = House::new(2);
    let [(id, _), (other, _)] =
        ["Scout", "Ranger"].map(|name| register(&house, &value!({ "name": name })));
    let report = |agent: &str| {
        let batch = value!(vec![value!({ "agent_id": agent }); 100]);
        post(&house, RECORD, &batch).1["recorded"].as_i64()
    };
    for _ in 0..100 {
        assert_eq!(report(&id), Some(100));
    }
    assert_eq!(report(&id), Some(0));
    assert_eq!(report(&other), Some(100));
    house.advance(1_000);
    assert_eq!(report(&id), Some(100));
}

#[test]
fn the_ring_keeps_the_newest_ten_thousand() {
    let house = House::new(2);
    let (id, _) = register(&house, &value!({ "name": "Scout" }));
    let batch = value!(vec![value!({ "agent_id": id }); 100]);
    for _ in 0..102 {
        assert_eq!(post(&house, RECORD, &batch).0, 200);
        house.advance(1_000);
    }
    let place = Place::Account(account_of(&id));
    let rows = house.rows(place, "SELECT count(*), min(sequence) FROM call_history");
    assert_eq!(rows[0].integer(0), Ok(10_000));
    assert_eq!(rows[0].integer(1), Ok(201));
}
