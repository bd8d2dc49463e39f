//! The principal's decision, as programs and the page's script take it.

use alloc::{string::String, vec::Vec};

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
            account_of, agent,
            decision::Decision,
            developer,
            request::{self, ID_PREFIX},
            scope,
        },
    },
    across, iso8601,
    json::{IfAny, object},
};

pub(super) fn locate(request: &Request) -> Result<AccountId, Response> {
    account_of(ID_PREFIX, request.parameter(0))
        .map_err(|refusal| errors::refused(request, &refusal))
}

pub(super) fn describe(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    let asked = request::pending(account, request.parameter(0))?;
    let agent = agent::get(account, &asked.asked.agent_id)?;
    let developer = developer::read(account)?;
    let scopes = &asked.asked.scopes;
    let sentences: Vec<String> = scopes.iter().map(|scope| scope::sentence(scope)).collect();
    let description = object! {
        "id": asked.id,
        "agentName": agent.name,
        "agentDid": agent.did(),
        "agentDescription": Some(agent.description.as_str()).filter(|text| !text.is_empty()),
        "developerName": developer.name,
        "principalId": asked.asked.principal,
        "scopes": scopes,
        "scopeDescriptions": sentences,
        "expiresAt": iso8601::format(asked.expires_at),
        "status": "pending",
        "fidoRequired": false,
        "signInRequired": developer.requires_sign_in,
    };
    Ok(answer(request, 200, description))
}

pub(super) fn approve(world: &World<'_>, request: &Request) -> Outcome<Response> {
    decide(world, request, Decision::Approve)
}

pub(super) fn deny(world: &World<'_>, request: &Request) -> Outcome<Response> {
    decide(world, request, Decision::Deny)
}

fn decide(world: &World<'_>, request: &Request, decision: Decision) -> Outcome<Response> {
    let decided = across::consent::decide(world, request.parameter(0), decision, request.bearer())?;
    let body = object! {
        "code": IfAny(decided.code),
        "redirectUri": IfAny(decided.redirect_uri),
        "state": IfAny(decided.state),
    };
    Ok(answer(request, 200, body))
}
