//! Requests through a door's routing table, as the front takes them.

use countersign::{
    authority::{Fault, Halt},
    doors::{self, Client, DOORS, Handler, Matched, Method, Request, Response},
};

use crate::house::{House, No};

/// Answers a request as the front and the account that it hands over to would.
pub fn answer(house: &House, mut request: Request) -> Response {
    let (door, handler) = match doors::find(DOORS, &mut request) {
        Matched::Route(door, route) => (door, route.handler),
        Matched::Answer(response) => return response,
    };
    let outcome = match handler {
        Handler::Front(rule) => house.front(|world| rule(world, &request)),
        Handler::Account { locate, handle } => match locate(&request) {
            Ok(account) => house.account(account, |account| handle(account, &request)),
            Err(response) => return response,
        },
    };
    outcome.unwrap_or_else(|no| {
        let halt = match no {
            No::Refused(refusal) => Halt::Refused(refusal),
            No::Fault(fault) => Halt::Fault(fault),
            No::Died => Halt::Fault(Fault::Corrupt("died")),
        };
        (door.halted)(&request, &halt)
    })
}

/// A request to the Anexus door; an empty body is none.
pub fn anexus(method: Method, path: &str, body: &str, headers: &[(&str, &str)]) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Request {
        method,
        path: format!("/anexus{path}"),
        query: query.into(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
        body: body.into(),
        client: Client {
            address: "192.0.2.1".into(),
            country: "CN".into(),
            region: "GD".into(),
        },
        ..Request::default()
    }
}

/// The JSON of an answer.
pub fn json(response: &Response) -> serde_json::Value {
    serde_json::from_slice(&response.body).expect("the answer is JSON")
}
