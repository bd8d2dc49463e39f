//! `/api/v1/agents/{api_key}/trust` and `/api/v1/agents/{api_key}/trust/{target}`
//!
//! The key in the path is the whole proof: the client sends no other with `GET`, and the
//! same once more in `X-Agent-ID` with `POST`. Where that header is there it must agree.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{
    super::{Request, Response, json},
    errors,
};
use crate::{
    authority::{
        AccountId, Outcome, World,
        account::{Account, agent, trust},
        across,
        credential::{Credential, CredentialKind},
        refusal::Refusal,
    },
    mac::constant_time_eq,
};

const BODY: usize = 1024;

#[derive(Deserialize)]
struct Give {
    trust_level: i64,
}

#[derive(Serialize)]
struct Given<'a> {
    success: bool,
    agent_id: &'a str,
    target: &'a str,
    trust_level: u8,
    trust_score: u8,
}

#[derive(Serialize)]
struct Network<'a> {
    success: bool,
    agent_id: &'a str,
    trust_score: u8,
    /// How many accounts made the score.
    trusted_by: u32,
    trusts: Vec<Edge<'a>>,
}

#[derive(Serialize)]
struct Edge<'a> {
    agent_id: &'a str,
    name: &'a str,
    trust_level: u8,
    /// Seconds since 1970.
    since: i64,
}

/// The account that the API key in the path names.
pub(super) fn locate(request: &Request) -> Result<AccountId, Response> {
    Credential::parse(CredentialKind::ApiKey, request.parameter(0))
        .map(|key| key.account())
        .map_err(|refusal| errors::refused(request, &refusal))
}

/// An agent reads whom it trusts.
pub(super) fn network(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    let agent = agent::authenticate(account, request.parameter(0))?;
    let trusts = trust::list(account, &agent.id)?;
    Ok(json::answer(
        200,
        &Network {
            success: true,
            agent_id: &agent.id,
            trust_score: agent.score,
            trusted_by: agent.voices,
            trusts: trusts
                .iter()
                .map(|trust| Edge {
                    agent_id: &trust.agent_id,
                    name: &trust.name,
                    trust_level: trust.level,
                    since: trust.since.seconds(),
                })
                .collect(),
        },
    ))
}

/// An agent says how far it trusts another.
pub(super) fn give(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let body: Give = match json::read(request, BODY) {
        Ok(body) => body,
        Err(error) => return Ok(errors::malformed(request, error)),
    };
    let api_key = request.parameter(0);
    if request
        .header("x-agent-id")
        .is_some_and(|header| !constant_time_eq(header.as_bytes(), api_key.as_bytes()))
    {
        return Ok(errors::refused(request, &Refusal::CredentialRejected));
    }
    let level = match trust::level(body.trust_level) {
        Ok(level) => level,
        Err(refusal) => return Ok(errors::refused(request, &refusal)),
    };
    let given = across::trust::give(world, api_key, request.parameter(1), level)?;
    Ok(json::answer(
        200,
        &Given {
            success: true,
            agent_id: &given.by,
            target: &given.of.agent_id,
            trust_level: level,
            trust_score: given.of.score,
        },
    ))
}
