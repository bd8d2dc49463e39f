//! A developer's agents.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    super::{Request, Response, json},
    errors,
    session::{Cost, answer, done, keyed},
    values::{self, BODY_LIMIT, Counters},
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
};

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    scopes: Option<Vec<String>>,
    #[serde(default)]
    status: Option<StatusValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum StatusValue {
    Active,
    Suspended,
}

impl From<Body> for AgentChanges {
    fn from(body: Body) -> Self {
        Self {
            name: body.name,
            description: body.description,
            scopes: body.scopes,
            suspended: body
                .status
                .map(|status| matches!(status, StatusValue::Suspended)),
        }
    }
}

/// An agent, in both spellings of its id.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AgentValue {
    id: String,
    agent_id: String,
    did: String,
    name: String,
    description: String,
    scopes: Vec<String>,
    status: &'static str,
    developer_id: String,
    created_at: String,
    updated_at: String,
}

impl AgentValue {
    fn of(account: &Account<'_>, agent: Agent) -> Self {
        Self {
            agent_id: agent.id.clone(),
            did: agent.did(),
            developer_id: developer::id_of(account.id),
            status: if agent.suspended {
                "suspended"
            } else {
                "active"
            },
            created_at: iso8601::format(agent.created_at),
            updated_at: iso8601::format(agent.updated_at),
            id: agent.id,
            name: agent.name,
            description: agent.description,
            scopes: agent.scopes,
        }
    }
}

pub(super) fn register(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        let body: Body = match json::read(request, BODY_LIMIT) {
            Ok(body) => body,
            Err(error) => return Ok(errors::malformed(request, error)),
        };
        let agent = agent::register(account, &body.into())?;
        Ok(answer(request, 201, &AgentValue::of(account, agent)))
    })
}

#[derive(Serialize)]
struct List {
    agents: Vec<AgentValue>,
    #[serde(flatten)]
    counters: Counters,
}

pub(super) fn list(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Free, &|_| {
        let list = agent::list(account, values::page(&values::query(request)?)?)?;
        let counters = Counters::from(&list);
        let agents = list
            .entries
            .into_iter()
            .map(|agent| AgentValue::of(account, agent))
            .collect();
        Ok(answer(request, 200, &List { agents, counters }))
    })
}

pub(super) fn get(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Free, &|_| {
        let agent = agent::get(account, request.parameter(0))?;
        Ok(answer(request, 200, &AgentValue::of(account, agent)))
    })
}

pub(super) fn change(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        let body: Body = match json::read(request, BODY_LIMIT) {
            Ok(body) => body,
            Err(error) => return Ok(errors::malformed(request, error)),
        };
        let agent = agent::change(account, request.parameter(0), &body.into())?;
        Ok(answer(request, 200, &AgentValue::of(account, agent)))
    })
}

pub(super) fn delete(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        agent::delete(account, request.parameter(0))?;
        Ok(done(request))
    })
}
