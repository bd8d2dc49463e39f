//! `/api/v1/agents/{api_key}/trust` and `/api/v1/agents/{api_key}/trust/{target}`
//!
//! The key in the path is the whole proof: the client sends no other with `GET`, and the
//! same once more in `X-Agent-ID` with `POST`. Where that header is there it must agree.

use alloc::vec::Vec;

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
        json::{Written, object},
        refusal::Refusal,
    },
    mac::constant_time_eq,
};

const BODY: usize = 1024;

json::body! {
    struct Give {
        trust_level: i64 = "trust_level",
    }
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
    let trusts: Vec<Written> = trusts
        .iter()
        .map(|trust| {
            object! {
                "agent_id": trust.agent_id,
                "name": trust.name,
                "trust_level": trust.level,
                // Seconds since 1970.
                "since": trust.since.seconds(),
            }
        })
        .collect();
    Ok(json::answer(
        200,
        object! {
            "success": true,
            "agent_id": agent.id,
            "trust_score": agent.score,
            // How many accounts made the score.
            "trusted_by": agent.voices,
            "trusts": trusts,
        },
    ))
}

/// An agent says how far it trusts another.
pub(super) fn give(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let body: Give = json::read(request, BODY)?;
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
        object! {
            "success": true,
            "agent_id": given.by,
            "target": given.of.agent_id,
            "trust_level": level,
            "trust_score": given.of.score,
        },
    ))
}
