//! A developer's program, as these tests play it.

use countersign::doors::{Method, Request, Response};
use serde_json::{Value, json};

use crate::{anexus::answer, house::House};

/// A developer who calls the door.
pub struct Api<'h> {
    pub house: &'h House,
    pub key: String,
    pub id: String,
}

/// What the door said: the status and the body, `null` where there is none.
pub type Said = (u16, Value);

impl<'h> Api<'h> {
    pub fn sign_up(house: &'h House, mode: &str) -> Self {
        let body = json!({"name": "Acme", "mode": mode});
        let (status, body) = call(house, "", Method::Post, "/v1/signup", &body);
        assert_eq!(status, 201, "{body}");
        let text = |member: &str| body[member].as_str().unwrap().to_owned();
        Self {
            house,
            key: text("apiKey"),
            id: text("developerId"),
        }
    }

    pub fn post(&self, path: &str, body: Value) -> Said {
        call(self.house, &self.key, Method::Post, path, &body)
    }

    pub fn get(&self, path: &str) -> Said {
        call(self.house, &self.key, Method::Get, path, &Value::Null)
    }

    pub fn patch(&self, path: &str, body: Value) -> Said {
        call(self.house, &self.key, Method::Patch, path, &body)
    }

    pub fn delete(&self, path: &str) -> Said {
        call(self.house, &self.key, Method::Delete, path, &Value::Null)
    }

    pub fn agent(&self, name: &str) -> String {
        let (status, body) = self.post("/v1/agents", json!({"name": name}));
        assert_eq!(status, 201, "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    /// The answer to a request of this agent for these scopes.
    pub fn authorize(&self, agent: &str, scopes: &[&str]) -> Value {
        let body = json!({"agentId": agent, "principalId": "usr_1", "scopes": scopes});
        let (status, body) = self.post("/v1/authorize", body);
        assert_eq!(status, 201, "{body}");
        body
    }

    /// The code of a request that the principal approved.
    pub fn approved(&self, agent: &str, scopes: &[&str]) -> String {
        let asked = self.authorize(agent, scopes);
        let path = format!(
            "/v1/consent/{}/approve",
            asked["authRequestId"].as_str().unwrap()
        );
        let (status, body) = self.post(&path, Value::Null);
        assert_eq!(status, 200, "{body}");
        body["code"].as_str().unwrap().to_owned()
    }

    /// The token of a grant that the principal gave this agent.
    pub fn granted(&self, agent: &str, scopes: &[&str]) -> Value {
        let code = self.approved(agent, scopes);
        let (status, body) = self.post("/v1/token", json!({"code": code, "agentId": agent}));
        assert_eq!(status, 201, "{body}");
        body
    }

    /// The token of a grant that the sandbox gave this agent.
    pub fn granted_in_sandbox(&self, agent: &str) -> Value {
        let code = self.authorize(agent, &["s"])["code"].clone();
        let (status, body) = self.post("/v1/token", json!({"code": code, "agentId": agent}));
        assert_eq!(status, 201, "{body}");
        body
    }

    pub fn delegate(&self, parent: &Value, agent: &str, scopes: &[&str]) -> Said {
        let body = json!({
            "parentGrantToken": parent["grantToken"], "subAgentId": agent, "scopes": scopes,
        });
        self.post("/v1/grants/delegate", body)
    }

    pub fn is_valid(&self, token: &Value) -> bool {
        let (status, body) = self.post("/v1/tokens/verify", json!({"token": token["grantToken"]}));
        assert_eq!(status, 200, "{body}");
        body["valid"].as_bool().unwrap()
    }
}

/// One call, with a bearer credential where `key` is not empty.
pub fn call(house: &House, key: &str, method: Method, path: &str, body: &Value) -> Said {
    said(&send(house, key, method, path, &to_bytes(body), &[]))
}

/// The status and the JSON of an answer, `null` where there is none.
pub fn said(response: &Response) -> Said {
    let body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
    (response.status, body)
}

/// A body as it is sent; `null` is none.
pub fn to_bytes(body: &Value) -> Vec<u8> {
    if body.is_null() {
        Vec::new()
    } else {
        body.to_string().into_bytes()
    }
}

/// One call, whole: any bytes, and the answer with its headers.
pub fn send(
    house: &House,
    key: &str,
    method: Method,
    path: &str,
    body: &[u8],
    headers: &[(&str, &str)],
) -> Response {
    answer(house, request(key, method, path, body, headers))
}

/// A request to this door.
pub fn request(
    key: &str,
    method: Method,
    path: &str,
    body: &[u8],
    headers: &[(&str, &str)],
) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    if !key.is_empty() {
        headers.push(("authorization".to_owned(), format!("Bearer {key}")));
    }
    Request {
        method,
        path: format!("/grantex{path}"),
        query: query.to_owned(),
        headers,
        body: body.to_vec(),
        ..Request::default()
    }
}

/// A header of an answer.
pub fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    let mut found = response.headers.iter().filter(|(key, _)| key == name);
    let value = found.next().map(|(_, value)| value.as_str());
    assert!(found.next().is_none(), "{name} is there twice");
    value
}
