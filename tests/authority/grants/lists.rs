//! Paging, filters and counters; and the trail's hashes, recomputed by the recipe.

use countersign::{jcs, jose::json::Limits, mac::hex, sha256};
use serde_json::{Value, json};

use super::api::Api;
use crate::house::House;

fn ids(page: &Value, list: &str, id: &str) -> Vec<String> {
    let entries = page[list].as_array().unwrap().iter();
    entries
        .map(|entry| entry[id].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn agents_are_paged_newest_first_and_pages_join_without_a_gap() {
    let house = House::new(210);
    let api = Api::sign_up(&house, "live");
    let mut made: Vec<_> = (0..7)
        .map(|number| api.agent(&format!("a{number}")))
        .collect();
    made.reverse();
    let mut seen = Vec::new();
    for page in 1..=4 {
        let (status, body) = api.get(&format!("/v1/agents?page={page}&pageSize=2"));
        assert_eq!(status, 200, "{body}");
        assert_eq!(
            (&body["total"], &body["page"], &body["pageSize"]),
            (&json!(7), &json!(page), &json!(2))
        );
        seen.extend(ids(&body, "agents", "id"));
    }
    assert_eq!(seen, made);
    let (_, beyond) = api.get("/v1/agents?page=5&pageSize=2");
    assert_eq!(
        (&beyond["agents"], &beyond["page"]),
        (&json!([]), &json!(5))
    );
    let (_, far) = api.get("/v1/agents?page=4294967295&pageSize=1000");
    assert_eq!(far["agents"], json!([]));
    for (list, largest) in [("agents", 250), ("grants", 250), ("audit/entries", 1000)] {
        let (_, large) = api.get(&format!("/v1/{list}?pageSize=100000"));
        assert_eq!(large["pageSize"], largest, "{list}");
    }
    assert_eq!(api.delete(&format!("/v1/agents/{}", made[3])).0, 204);
    assert_eq!(api.get("/v1/agents").1["total"], 6);
    for bad in ["page=0", "page=-1", "page=x", "pageSize=0", "pageSize=1.5"] {
        assert_eq!(api.get(&format!("/v1/agents?{bad}")).0, 400, "{bad}");
        assert_eq!(api.get(&format!("/v1/grants?{bad}")).0, 400, "{bad}");
    }
}

#[test]
fn grants_are_filtered_by_agent_principal_and_status_together() {
    let house = House::new(211);
    let api = Api::sign_up(&house, "live");
    let agents = [api.agent("a"), api.agent("b")];
    let grant = |agent: &str, principal: &str, lifetime: &str| {
        let body = json!({
            "agentId": agent, "principalId": principal, "scopes": ["s"], "expiresIn": lifetime,
        });
        let id = api.post("/v1/authorize", body).1["authRequestId"]
            .as_str()
            .unwrap()
            .to_owned();
        let (_, decided) = api.post(&format!("/v1/consent/{id}/approve"), Value::Null);
        let exchange = json!({"code": decided["code"], "agentId": agent});
        api.post("/v1/token", exchange).1["grantId"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let a = grant(&agents[0], "p", "1h");
    let b = grant(&agents[0], "q", "1s");
    let c = grant(&agents[1], "p", "1h");
    let d = grant(&agents[1], "p", "1h");
    assert_eq!(api.delete(&format!("/v1/grants/{c}")).0, 204);
    house.advance(2_000);
    let list = |query: &str| {
        let (status, body) = api.get(&format!("/v1/grants?{query}"));
        assert_eq!(status, 200, "{body}");
        let found = ids(&body, "grants", "id");
        assert_eq!(body["total"], found.len(), "{query}");
        found
    };
    let (of_a, of_b) = (
        format!("agentId={}", agents[0]),
        format!("agentId={}", agents[1]),
    );
    let wanted: [(&str, Vec<&String>); 9] = [
        ("", vec![&d, &c, &b, &a]),
        ("principalId=p", vec![&d, &c, &a]),
        (&of_a, vec![&b, &a]),
        ("status=active", vec![&d, &a]),
        ("status=revoked", vec![&c]),
        ("status=expired", vec![&b]),
        (&format!("{of_b}&principalId=p"), vec![&d, &c]),
        (&format!("{of_b}&principalId=p&status=active"), vec![&d]),
        (&format!("{of_a}&status=revoked"), vec![]),
    ];
    for (query, wanted) in wanted {
        assert_eq!(list(query).iter().collect::<Vec<_>>(), wanted, "{query}");
    }
    assert_eq!(api.get("/v1/grants?status=gone").0, 400);
    // What does not read must not be passed over: it would filter nothing.
    for query in [
        "status=active&status=revoked",
        "principalId=%ff",
        "agentId=%zz",
    ] {
        let (status, body) = api.get(&format!("/v1/grants?{query}"));
        assert_eq!(
            (status, &body["reason"]),
            (400, &json!("invalid_field")),
            "{query}"
        );
    }
    let many: String = (0..33).map(|number| format!("x{number}=1&")).collect();
    assert_eq!(api.get(&format!("/v1/grants?{many}")).0, 400);
    let (_, page) = api.get("/v1/grants?principalId=p&page=2&pageSize=2");
    assert_eq!(ids(&page, "grants", "id"), [a]);
    assert_eq!(page["total"], 3);
}

#[test]
fn the_trail_is_filtered_by_each_member_and_by_time() {
    let house = House::new(212);
    let api = Api::sign_up(&house, "live");
    let mut made = Vec::new();
    for number in 0..12 {
        let body = json!({
            "agentId": format!("ag_{}", number % 2), "agentDid": "did:x", "status": "success",
            "grantId": format!("grnt_{}", number % 3), "principalId": format!("p{}", number % 4),
            "action": format!("act.{}", number % 2),
        });
        let (status, entry) = api.post("/v1/audit/log", body);
        assert_eq!(status, 201, "{entry}");
        made.push(entry);
        house.advance(1_000);
    }
    let at = |number: usize| made[number]["timestamp"].as_str().unwrap().to_owned();
    type Keep<'k> = Box<dyn Fn(usize) -> bool + 'k>;
    let wanted: Vec<(String, Keep<'_>)> = vec![
        (String::new(), Box::new(|_| true)),
        ("agentId=ag_1".into(), Box::new(|n| n % 2 == 1)),
        ("grantId=grnt_2".into(), Box::new(|n| n % 3 == 2)),
        ("principalId=p3".into(), Box::new(|n| n % 4 == 3)),
        ("action=act.0".into(), Box::new(|n| n % 2 == 0)),
        (
            "agentId=ag_1&grantId=grnt_0".into(),
            Box::new(|n| n % 6 == 3),
        ),
        ("agentId=ag_1&action=act.0".into(), Box::new(|_| false)),
        (format!("since={}", at(5)), Box::new(|n| n >= 5)),
        (format!("until={}", at(5)), Box::new(|n| n < 5)),
        (
            format!("since={}&until={}", at(3), at(9)),
            Box::new(|n| (3..9).contains(&n)),
        ),
        (
            format!("since={}&until={}", at(9), at(3)),
            Box::new(|_| false),
        ),
        (
            format!("agentId=ag_0&since={}", at(4)),
            Box::new(|n| n % 2 == 0 && n >= 4),
        ),
        ("since=2100-01-01T00:00:00.000Z".into(), Box::new(|_| false)),
        ("until=2000-01-01T00:00:00.000Z".into(), Box::new(|_| false)),
        (
            "principalId=p3&since=2100-01-01T00:00:00.000Z".into(),
            Box::new(|_| false),
        ),
    ];
    for (query, keep) in wanted {
        let (status, body) = api.get(&format!("/v1/audit/entries?{query}"));
        assert_eq!(status, 200, "{body}");
        let expected: Vec<_> = (0..12).filter(|number| keep(*number)).collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|number| made[*number].clone())
            .collect();
        assert_eq!(body["total"], expected.len(), "{query}");
        assert_eq!(body["entries"], Value::Array(expected), "{query}");
    }
    let since = at(2);
    let (_, page) = api.get(&format!(
        "/v1/audit/entries?since={since}&page=2&pageSize=4"
    ));
    assert_eq!(page["entries"], json!(made[6..10]));
    assert_eq!(page["total"], 10);
    let (_, beyond) = api.get("/v1/audit/entries?page=4294967295&pageSize=1000");
    assert_eq!(
        (&beyond["entries"], &beyond["total"]),
        (&json!([]), &json!(12))
    );
}

// A clock that is set back must not put an entry before its neighbour.
#[test]
fn time_never_falls_along_the_trail() {
    let house = House::new(213);
    let api = Api::sign_up(&house, "live");
    let log = || {
        let body = json!({
            "agentId": "a", "agentDid": "d", "grantId": "g", "principalId": "p", "action": "x",
        });
        api.post("/v1/audit/log", body).1["timestamp"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let first = log();
    house.advance(-1_000);
    assert_eq!(log(), first);
    house.advance(1_001);
    assert!(log() > first);
}

/// Section 9's recipe, written down once more: the members in their order, each as it stands.
fn recomputed(entry: &Value, metadata: &str) -> String {
    let text = |name: &str| entry[name].to_string();
    let hashed = format!(
        r#"{{"id":{},"agentId":{},"agentDid":{},"grantId":{},"principalId":{},"developerId":{},"action":{},"metadata":{metadata},"timestamp":{},"prevHash":{},"status":{}}}"#,
        text("entryId"),
        text("agentId"),
        text("agentDid"),
        text("grantId"),
        text("principalId"),
        text("developerId"),
        text("action"),
        text("timestamp"),
        text("prevHash"),
        text("status"),
    );
    hex::encode(&sha256::digest(hashed.as_bytes()))
}

// Section 9: the metadata of both vectors, and more that tempts; its canonical form is
// spelled out here, by hand, where it matters.
#[test]
fn an_entrys_hash_is_the_one_of_the_recipe() {
    let house = House::new(214);
    let api = Api::sign_up(&house, "live");
    let cases = [
        ("{}", "{}"),
        (
            r#"{"9":"nine","10":"ten","z":1,"a":{"y":[1,-2,{"b":true,"a":null}],"x":"é✓\"\\\n/"},"Z":"","f":1.5,"g":1e+21,"e":1e-7,"i":100,"u":"\u0001\u2028\ud83d\ude00"}"#,
            "{\"10\":\"ten\",\"9\":\"nine\",\"Z\":\"\",\"a\":{\"x\":\"é✓\\\"\\\\\\n/\",\"y\":[1,-2,{\"a\":null,\"b\":true}]},\"e\":1e-7,\"f\":1.5,\"g\":1e+21,\"i\":100,\"u\":\"\\u0001\u{2028}\u{1f600}\",\"z\":1}",
        ),
        (
            r#"{"a":1.0,"b":1e21,"c":0.000001,"d":9007199254740993,"e":-0,"f":1E2}"#,
            r#"{"a":1,"b":1e+21,"c":0.000001,"d":9007199254740992,"e":0,"f":100}"#,
        ),
    ];
    let mut previous = Value::Null;
    for (sent, canonical) in cases {
        let limits = Limits {
            depth: 20,
            members: 256,
        };
        assert_eq!(
            jcs::canonicalize(sent.as_bytes(), limits).unwrap(),
            canonical
        );
        let body = format!(
            r#"{{"agentId":"a\"\\","agentDid":"d\u00e9","grantId":"g","principalId":"p","action":"x","status":"blocked","metadata":{sent}}}"#
        );
        let response = super::api::send(
            &house,
            &api.key,
            countersign::doors::Method::Post,
            "/v1/audit/log",
            body.as_bytes(),
            &[],
        );
        let (status, entry) = super::api::said(&response);
        assert_eq!(status, 201, "{entry}");
        assert_eq!(entry["prevHash"], previous);
        assert_eq!(entry["hash"], recomputed(&entry, canonical), "{sent}");
        let written = String::from_utf8(response.body).unwrap();
        assert!(written.contains(canonical), "{written}");
        previous = entry["hash"].clone();
    }
}

// The recipe above, held against the published vector.
#[test]
fn the_recipe_gives_the_published_vector() {
    let entry = json!({
        "entryId": "alog_01HZZZZZZZZZZZZZZZZZZZZZZ1", "agentId": "ag_01HZZZZZZZZZZZZZZZZZZZZZZ2",
        "agentDid": "did:grantex:ag_01HZZZZZZZZZZZZZZZZZZZZZZ2",
        "grantId": "grnt_01HZZZZZZZZZZZZZZZZZZZZZZ3", "principalId": "usr_1",
        "developerId": "dev_01HZZZZZZZZZZZZZZZZZZZZZZ4", "action": "email.sent",
        "timestamp": "2026-02-28T12:00:00.000Z", "prevHash": null, "status": "success",
    });
    assert_eq!(
        recomputed(&entry, "{}"),
        "ac8e6fea682af152e47aff4e975c25bc33a68309f6186f252c2f5f8e1ffacfc9"
    );
}
