//! The principal's decision, as programs and the page's script take it.

use alloc::{string::String, vec::Vec};

use serde::Serialize;

use super::{
    super::{Request, Response},
    errors,
    session::answer,
};
use crate::authority::{
    AccountId, Outcome, World,
    account::{
        Account,
        grants::{
            account_of, agent, developer,
            request::{self, Decision, ID_PREFIX},
            scope,
        },
    },
    across, iso8601,
};

pub(super) fn locate(request: &Request) -> Result<AccountId, Response> {
    account_of(ID_PREFIX, request.parameter(0))
        .map_err(|refusal| errors::refused(request, &refusal))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Description<'a> {
    id: &'a str,
    agent_name: &'a str,
    agent_did: &'a str,
    agent_description: Option<&'a str>,
    developer_name: &'a str,
    principal_id: &'a str,
    scopes: &'a [String],
    scope_descriptions: Vec<String>,
    expires_at: String,
    status: &'static str,
    fido_required: bool,
    sign_in_required: bool,
}

pub(super) fn describe(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    let asked = request::pending(account, request.parameter(0))?;
    let agent = agent::get(account, &asked.asked.agent_id)?;
    let developer = developer::read(account)?;
    let description = Description {
        id: &asked.id,
        agent_name: &agent.name,
        agent_did: &agent.did(),
        agent_description: Some(agent.description.as_str()).filter(|text| !text.is_empty()),
        developer_name: &developer.name,
        principal_id: &asked.asked.principal,
        scopes: &asked.asked.scopes,
        scope_descriptions: asked
            .asked
            .scopes
            .iter()
            .map(|scope| scope::sentence(scope))
            .collect(),
        expires_at: iso8601::format(asked.expires_at),
        status: "pending",
        fido_required: false,
        sign_in_required: developer.requires_sign_in,
    };
    Ok(answer(request, 200, &description))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Decided {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
}

pub(super) fn approve(world: &World<'_>, request: &Request) -> Outcome<Response> {
    decide(world, request, Decision::Approve)
}

pub(super) fn deny(world: &World<'_>, request: &Request) -> Outcome<Response> {
    decide(world, request, Decision::Deny)
}

fn decide(world: &World<'_>, request: &Request, decision: Decision) -> Outcome<Response> {
    let decided = across::consent::decide(world, request.parameter(0), decision, request.bearer())?;
    let body = Decided {
        code: decided.code,
        redirect_uri: decided.redirect_uri,
        state: decided.state,
    };
    Ok(answer(request, 200, &body))
}
