//! No call's cost may grow with the account: every statement that the door runs is explained
//! by the database, and none of them may walk through a table or sort one.

use std::{cell::RefCell, collections::BTreeMap};

use countersign::{
    authority::{
        AccountId, Outcome, World,
        account::{self, Account},
        store::{Parameter, Row, Store, StoreFault},
    },
    doors::{self, DOORS, Handler, Matched, Method, Response, Route},
};
use serde_json::{Value, json};

use super::api::{Api, request, said, to_bytes};
use crate::house::House;

/// A store that writes down what it is asked, with how many parameters.
struct Observed<'a> {
    inner: &'a dyn Store,
    seen: &'a RefCell<BTreeMap<&'static str, usize>>,
}

impl Store for Observed<'_> {
    fn run(&self, sql: &'static str, given: &[Parameter<'_>]) -> Result<Vec<Row>, StoreFault> {
        self.seen.borrow_mut().insert(sql, given.len());
        self.inner.run(sql, given)
    }
}

struct Observer<'h> {
    api: Api<'h>,
    seen: RefCell<BTreeMap<&'static str, usize>>,
}

impl Observer<'_> {
    fn id(&self) -> AccountId {
        AccountId::parse(self.api.id.strip_prefix("dev_").unwrap()).unwrap()
    }

    fn within<T>(&self, rule: impl Fn(&Account<'_>) -> Outcome<T>) -> T {
        let end = self.api.house.account(self.id(), |account| {
            let store = Observed {
                inner: account.store,
                seen: &self.seen,
            };
            let world: &World<'_> = account.world;
            rule(&Account {
                id: account.id,
                store: &store,
                world,
            })
        });
        end.unwrap()
    }

    fn call(&self, key: &str, method: Method, path: &str, body: &Value) -> Value {
        let mut request = request(key, method, path, &to_bytes(body), &[]);
        let response: Response = match doors::find(DOORS, &mut request) {
            Matched::Route(
                _,
                &Route {
                    handler: Handler::Account { handle, .. },
                    ..
                },
            ) => self.within(|account| handle(account, &request)),
            _ => panic!("{path} runs in an account"),
        };
        let (status, body) = said(&response);
        assert!(status < 300, "{path} {body}");
        body
    }

    fn post(&self, path: &str, body: Value) -> Value {
        self.call(&self.api.key, Method::Post, path, &body)
    }

    fn get(&self, path: &str) -> Value {
        self.call(&self.api.key, Method::Get, path, &Value::Null)
    }
}

/// One of everything that the door does in an account.
fn everything(observer: &Observer<'_>) {
    let agent = observer.post("/v1/agents", json!({"name": "a"}))["id"]
        .as_str()
        .unwrap()
        .to_owned();
    observer.post(&format!("/v1/agents/{agent}"), json!({"name": "b"}));
    observer.get(&format!("/v1/agents/{agent}"));
    observer.get("/v1/agents");
    let token = granted(observer, &agent);
    let refresh = json!({"refreshToken": token["refreshToken"], "agentId": agent});
    let second = observer.post("/v1/token/refresh", refresh);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let delegated = observer.post(
        "/v1/grants/delegate",
        json!({"parentGrantToken": second["grantToken"], "subAgentId": agent, "scopes": ["s"]}),
    );
    observer.post(
        "/v1/tokens/verify",
        json!({"token": delegated["grantToken"]}),
    );
    let seen = observer.post("/v1/grants/verify", json!({"token": token["grantToken"]}));
    let grant = text(&token["grantId"]);
    for query in [
        String::new(),
        "?principalId=p".into(),
        format!("?agentId={agent}"),
        "?status=active".into(),
        format!("?agentId={agent}&principalId=p&status=revoked"),
    ] {
        observer.get(&format!("/v1/grants{query}"));
    }
    observer.get(&format!("/v1/grants/{grant}"));
    let log = json!({"agentId": agent, "grantId": grant, "action": "x"});
    let entry = observer.post("/v1/audit/log", log);
    observer.get(&format!("/v1/audit/{}", text(&entry["entryId"])));
    let time = text(&entry["timestamp"]);
    for query in [
        String::new(),
        format!("?since={time}&until={time}"),
        format!("?agentId={agent}&since={time}"),
        format!("?grantId={grant}"),
        "?principalId=p".into(),
        "?action=x".into(),
    ] {
        observer.get(&format!("/v1/audit/entries{query}"));
    }
    let session = observer.post("/v1/principal-sessions", json!({"principalId": "p"}));
    let session = text(&session["sessionToken"]);
    observer.call(&session, Method::Get, "/v1/principal/grants", &Value::Null);
    observer.call(&session, Method::Get, "/v1/principal/audit", &Value::Null);
    observer.get(&format!("/status/{}/0", observer.id()));
    observer.post("/v1/tokens/revoke", json!({"jti": seen["claims"]["jti"]}));
    let path = format!("/v1/principal/grants/{grant}");
    observer.call(&session, Method::Delete, &path, &Value::Null);
    let path = format!("/v1/agents/{agent}");
    observer.call(&observer.api.key, Method::Delete, &path, &Value::Null);
    observer.get("/v1/me");
    observer.within(account::alarm);
}

fn granted(observer: &Observer<'_>, agent: &str) -> Value {
    use countersign::authority::account::grants::decision::{
        Decide, Decision, Describe, decide, describe,
    };
    let ask = json!({"agentId": agent, "principalId": "p", "scopes": ["s"]});
    let asked = observer.post("/v1/authorize", ask);
    let id = asked["authRequestId"].as_str().unwrap().to_owned();
    observer.call("", Method::Get, &format!("/v1/consent/{id}"), &Value::Null);
    let question = Describe { id: id.clone() };
    observer.within(|account| describe(account, &question));
    let question = Decide {
        id,
        decision: Decision::Approve,
        principal: None,
    };
    let code = observer.within(|account| decide(account, &question)).code;
    observer.post("/v1/token", json!({"code": code, "agentId": agent}))
}

#[test]
fn every_statement_takes_an_index() {
    let house = House::new(900);
    let observer = Observer {
        api: Api::sign_up(&house, "live"),
        seen: RefCell::default(),
    };
    everything(&observer);
    let seen = observer.seen.borrow().clone();
    assert!(seen.len() > 50, "{}", seen.len());
    let mut wrong = Vec::new();
    // Two tables that other rooms keep: the alarm goes through them, once an hour, and they
    // hold no more than what lives now.
    let elsewhere = |sql: &str| {
        ["FROM limits", "FROM sessions"]
            .iter()
            .any(|of| sql.contains(of))
    };
    for (sql, parameters) in seen.into_iter().filter(|(sql, _)| !elsewhere(sql)) {
        let plan: Vec<String> = house
            .account(observer.id(), |account| {
                let explain = format!("EXPLAIN QUERY PLAN {sql}").leak();
                let rows = account
                    .store
                    .run(explain, &vec![Parameter::Null; parameters])?;
                rows.iter().map(|row| Ok(row.text(3)?.to_owned())).collect()
            })
            .unwrap();
        // In order, and no further than a bound: that is a walk of a bounded length.
        let is_bounded = sql.contains("ORDER BY") && sql.contains("LIMIT");
        let sorts = plan.iter().any(|step| step.contains("TEMP B-TREE"));
        for step in &plan {
            let walks = step.starts_with("SCAN ")
                && !["below", "json_each", "CONSTANT", "developer", "(subquery"]
                    .iter()
                    .any(|small| step.contains(small))
                && (sorts || !is_bounded);
            if walks || sorts && !sql.contains("FROM (SELECT") {
                wrong.push(format!("{step}\n    {sql}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

// A check that finds nothing wrong anywhere proves nothing.
#[test]
fn a_walk_through_a_table_would_be_seen() {
    let house = House::new(901);
    let api = Api::sign_up(&house, "live");
    let id = AccountId::parse(api.id.strip_prefix("dev_").unwrap()).unwrap();
    let plan = house
        .account(id, |account| {
            let sql = "EXPLAIN QUERY PLAN SELECT 1 FROM grants WHERE audience = ?1";
            Ok(account.store.run(sql, &[Parameter::Null])?[0]
                .text(3)?
                .to_owned())
        })
        .unwrap();
    assert!(plan.starts_with("SCAN grants"), "{plan}");
}
