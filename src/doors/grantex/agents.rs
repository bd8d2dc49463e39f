//! A developer's agents.

use alloc::{string::String, vec::Vec};

use super::{
    super::{Request, Response, json},
    session::{Cost, answer, done, keyed},
    values::{self, BODY_LIMIT},
};
use crate::authority::{
    Outcome,
    account::{
        Account,
        grants::{
            agent::{self, Agent, AgentChanges},
            developer,
        },
    },
    iso8601,
    json::{Written, object},
};

json::body! {
    struct Body {
        name: Option<String> = "name",
        description: Option<String> = "description",
        scopes: Option<Vec<String>> = "scopes",
        status: StatusValue = "status",
    }
}

json::word!(StatusValue: "active" | "suspended");

impl From<Body> for AgentChanges {
    fn from(body: Body) -> Self {
        Self {
            name: body.name,
            description: body.description,
            scopes: body.scopes,
            suspended: body.status.0.map(|status| status == "suspended"),
        }
    }
}

/// An agent, in both spellings of its id.
fn value(account: &Account<'_>, agent: &Agent) -> Written {
    object! {
        "id": agent.id,
        "agentId": agent.id,
        "did": agent.did(),
        "name": agent.name,
        "description": agent.description,
        "scopes": agent.scopes,
        "status": if agent.suspended { "suspended" } else { "active" },
        "developerId": developer::id_of(account.id),
        "createdAt": iso8601::format(agent.created_at),
        "updatedAt": iso8601::format(agent.updated_at),
    }
}

pub(super) fn register(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        let body: Body = json::read(request, BODY_LIMIT)?;
        let agent = agent::register(account, &body.into())?;
        Ok(answer(request, 201, value(account, &agent)))
    })
}

pub(super) fn list(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Free, &|_| {
        let list = agent::list(account, values::page(&values::query(request)?)?.of_scopes())?;
        let list = values::list("agents", &list, &|agent| value(account, agent));
        Ok(answer(request, 200, list))
    })
}

pub(super) fn get(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Free, &|_| {
        let agent = agent::get(account, request.parameter(0))?;
        Ok(answer(request, 200, value(account, &agent)))
    })
}

pub(super) fn change(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        let body: Body = json::read(request, BODY_LIMIT)?;
        let agent = agent::change(account, request.parameter(0), &body.into())?;
        Ok(answer(request, 200, value(account, &agent)))
    })
}

pub(super) fn delete(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        agent::delete(account, request.parameter(0))?;
        Ok(done(request))
    })
}
