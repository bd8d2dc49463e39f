//! What is over is forgotten, in batches, until nothing is left of it; and what ends with an
//! agent ends at once, however much it is.

use countersign::authority::{AccountId, Outcome, Place, Timestamp, account::Account};
use serde_json::json;

use super::api::Api;
use crate::house::House;

fn id(api: &Api<'_>) -> AccountId {
    AccountId::parse(api.id.strip_prefix("dev_").unwrap()).unwrap()
}

fn count(api: &Api<'_>, sql: &'static str) -> i64 {
    api.house.rows(Place::Account(id(api)), sql)[0]
        .integer(0)
        .unwrap()
}

/// Runs statements in the developer's account, and has its alarm ring.
fn prepare(api: &Api<'_>, statements: &[&'static str], wake: Timestamp) {
    let rule = |account: &Account<'_>| -> Outcome<()> {
        for statement in statements {
            account.store.run(statement, &[])?;
        }
        account.world.wake_by(wake);
        Ok(())
    };
    api.house.account(id(api), rule).unwrap();
}

#[test]
fn what_is_over_is_swept_batch_after_batch() {
    let house = House::new(700);
    let api = Api::sign_up(&house, "live");
    let agent = api.agent("a");
    let kept = api.granted(&agent, &["s"]);
    prepare(
        &api,
        &[
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
             INSERT INTO grant_tokens (id, hash, grant_id, status_index, issued_at, expires_at)
             SELECT 't' || i, randomblob(32), 'g', 1000000 + i, 0, i FROM n",
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
             INSERT INTO grant_requests (id, agent_id, principal, scopes, grant_lifetime,
                 created_at, expires_at) SELECT 'r' || i, 'a', 'p', '[]', 1, 0, i FROM n",
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
             INSERT INTO principal_sessions (hash, principal, expires_at)
             SELECT randomblob(32), 'p', i FROM n",
        ],
        house.now(),
    );
    let left = || {
        [
            count(&api, "SELECT count(*) FROM grant_tokens"),
            count(&api, "SELECT count(*) FROM grant_requests"),
            count(&api, "SELECT count(*) FROM principal_sessions"),
        ]
    };
    assert_eq!(left(), [2501, 2501, 2500]);
    // Each batch has the alarm ring again within seconds, not within the hour.
    for wanted in [[1501, 1501, 1500], [501, 501, 500], [1, 1, 0]] {
        house.ring().unwrap();
        assert_eq!(left(), wanted);
        house.advance(1_000);
    }
    assert!(api.is_valid(&kept));
    // What is alive now is swept in its time without anybody's call.
    for _ in 0..60 {
        house.advance(60 * 60 * 1000);
        house.ring().unwrap();
    }
    assert_eq!(left(), [0, 0, 0]);
}

// 10,000 grants, each delegated once to another agent.
#[test]
fn an_agent_with_ten_thousand_grants_is_deleted_at_once() {
    let house = House::new(701);
    let api = Api::sign_up(&house, "live");
    let (agent, other) = (api.agent("a"), api.agent("b"));
    let root = api.granted(&agent, &["s"]);
    let (status, child) = api.delegate(&root, &other, &["s"]);
    assert_eq!(status, 201);
    let bystander = api.granted(&other, &["s"]);
    prepare(
        &api,
        &[
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
             INSERT INTO grants (id, parent_id, agent_id, principal, scopes, depth, issued_at,
                 expires_at)
             SELECT 'p' || i, NULL, (SELECT id FROM grant_agents WHERE name = 'a'), 'p', '[]', 0,
                 0, 1 << 50 FROM n",
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
             INSERT INTO grants (id, parent_id, agent_id, principal, scopes, depth, issued_at,
                 expires_at)
             SELECT 'c' || i, 'p' || i, (SELECT id FROM grant_agents WHERE name = 'b'), 'p', '[]',
                 1, 0, 1 << 50 FROM n",
            "INSERT INTO grant_tokens (id, hash, grant_id, status_index, issued_at, expires_at)
             SELECT 't' || id, randomblob(32), id, 200000 + sequence, 0, 1 << 50
             FROM grants WHERE id GLOB '[pc]*'",
            "UPDATE counters SET value = value + 19998 WHERE name = 'grants'",
        ],
        house.now(),
    );
    assert_eq!(api.delete(&format!("/v1/agents/{agent}")).0, 204);
    assert_eq!(count(&api, "SELECT count(*) FROM grants"), 10_001);
    assert_eq!(
        count(&api, "SELECT count(*) FROM grants WHERE revoked_at IS NULL"),
        1
    );
    assert_eq!(api.get("/v1/grants").1["total"], 10_001);
    assert_eq!(
        [&root, &child, &bystander].map(|token| api.is_valid(token)),
        [false, false, true]
    );
    // 64 bytes for each 512 places, written once, whatever was revoked in them.
    assert_eq!(
        count(&api, "SELECT max(length(bits)) FROM status_segments"),
        64
    );
    assert!(count(&api, "SELECT count(*) FROM status_segments") <= 3 * 128);
}

// Whoever deletes an agent forgets what it asked for, and nothing of another's.
#[test]
fn an_agents_requests_go_with_it() {
    let house = House::new(702);
    let api = Api::sign_up(&house, "live");
    let (agent, other) = (api.agent("a"), api.agent("b"));
    for _ in 0..3 {
        api.authorize(&agent, &["s"]);
        api.authorize(&other, &["s"]);
    }
    assert_eq!(api.delete(&format!("/v1/agents/{agent}")).0, 204);
    assert_eq!(count(&api, "SELECT count(*) FROM grant_requests"), 3);
    let body = json!({"agentId": other, "principalId": "p", "scopes": ["s"]});
    assert_eq!(api.post("/v1/authorize", body).0, 201);
}
