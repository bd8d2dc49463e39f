//! The principal's own view, under a session that the developer opens for them.

use alloc::{format, string::String, vec::Vec};

use super::{
    super::{Request, Response, json},
    audit, errors,
    session::{Cost, answer, done, keyed},
    values::{self, BODY_LIMIT},
};
use crate::authority::{
    AccountId, Outcome,
    account::{
        Account,
        grants::{
            issuer,
            principal::{self as view, Held},
            scope,
        },
    },
    iso8601,
    json::{Written, object},
};

json::body! {
    struct OpenBody {
        principal_id: String = "principalId",
        expires_in: Option<String> = "expiresIn",
    }
}

pub(super) fn open(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        let body: OpenBody = json::read(request, BODY_LIMIT)?;
        let lifetime = values::duration(body.expires_in.as_deref().unwrap_or("1h"))
            .map(|lifetime| lifetime.min(view::LONGEST_SESSION));
        let opened = view::open(account, &body.principal_id, lifetime.unwrap_or(0))?;
        let base = issuer(account.world);
        let body = object! {
            "sessionToken": opened.token,
            // In the fragment, which browsers keep to themselves.
            "dashboardUrl": format!("{base}/permissions#session={}", opened.token),
            "expiresAt": iso8601::format(opened.expires_at),
        };
        Ok(answer(request, 201, body))
    })
}

pub(super) fn locate(request: &Request) -> Result<AccountId, Response> {
    view::account_of(request.bearer().unwrap_or_default())
        .map_err(|refusal| errors::refused(request, &refusal))
}

fn principal(account: &Account<'_>, request: &Request) -> Outcome<String> {
    view::authenticate(account, request.bearer().unwrap_or_default())
}

pub(super) fn grants(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    let principal_id = principal(account, request)?;
    let held = view::grants(account, &principal_id)?;
    let grants: Vec<Written> = held.iter().map(|held| value(account, held)).collect();
    let body = object! { "grants": grants, "principalId": principal_id };
    Ok(answer(request, 200, body))
}

fn value(account: &Account<'_>, held: &Held) -> Written {
    let Held {
        grant,
        agent_name,
        agent_description,
    } = held;
    let sentences: Vec<String> = grant
        .scopes
        .iter()
        .map(|scope| scope::sentence(scope))
        .collect();
    object! {
        "grantId": grant.id,
        "agentId": grant.agent_id,
        "agentName": agent_name,
        "agentDescription": Some(agent_description).filter(|text| !text.is_empty()),
        "agentDid": grant.agent_did(),
        "scopes": grant.scopes,
        "scopeDescriptions": sentences,
        "status": grant.status(account.world.now).as_str(),
        "issuedAt": iso8601::format(grant.issued_at),
        "expiresAt": iso8601::format(grant.expires_at),
        "delegationDepth": grant.depth,
    }
}

pub(super) fn audit(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    let principal_id = principal(account, request)?;
    let entries = view::recent(account, &principal_id)?;
    let entries: Vec<Written> = entries
        .iter()
        .map(|entry| audit::value(account, entry))
        .collect();
    Ok(answer(request, 200, object! { "entries": entries }))
}

pub(super) fn revoke(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    let principal_id = principal(account, request)?;
    view::revoke(account, &principal_id, request.parameter(0))?;
    Ok(done(request))
}
