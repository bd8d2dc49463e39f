//! The principal's own view, under a session that the developer opens for them.

use alloc::{format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    super::{Request, Response, json},
    audit::EntryValue,
    errors,
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
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OpenBody {
    principal_id: String,
    #[serde(default)]
    expires_in: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Opened {
    session_token: String,
    dashboard_url: String,
    expires_at: String,
}

pub(super) fn open(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        let body: OpenBody = match json::read(request, BODY_LIMIT) {
            Ok(body) => body,
            Err(error) => return Ok(errors::malformed(request, error)),
        };
        let lifetime = values::duration(body.expires_in.as_deref().unwrap_or("1h"))
            .map(|lifetime| lifetime.min(view::LONGEST_SESSION));
        let opened = view::open(account, &body.principal_id, lifetime.unwrap_or(0))?;
        let base = issuer(account.world);
        let body = Opened {
            // In the fragment, which browsers keep to themselves.
            dashboard_url: format!("{base}/permissions#session={}", opened.token),
            session_token: opened.token,
            expires_at: iso8601::format(opened.expires_at),
        };
        Ok(answer(request, 201, &body))
    })
}

pub(super) fn locate(request: &Request) -> Result<AccountId, Response> {
    view::account_of(request.bearer().unwrap_or_default())
        .map_err(|refusal| errors::refused(request, &refusal))
}

fn principal(account: &Account<'_>, request: &Request) -> Outcome<String> {
    view::authenticate(account, request.bearer().unwrap_or_default())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HeldValue {
    grant_id: String,
    agent_id: String,
    agent_name: String,
    agent_description: Option<String>,
    agent_did: String,
    scopes: Vec<String>,
    scope_descriptions: Vec<String>,
    status: &'static str,
    issued_at: String,
    expires_at: String,
    delegation_depth: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Grants {
    grants: Vec<HeldValue>,
    principal_id: String,
}

pub(super) fn grants(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    let principal_id = principal(account, request)?;
    let held = view::grants(account, &principal_id)?;
    let value = |Held {
                     grant,
                     agent_name,
                     agent_description,
                 }| HeldValue {
        agent_did: grant.agent_did(),
        status: grant.status(account.world.now).as_str(),
        issued_at: iso8601::format(grant.issued_at),
        expires_at: iso8601::format(grant.expires_at),
        delegation_depth: grant.depth,
        scope_descriptions: grant
            .scopes
            .iter()
            .map(|scope| scope::sentence(scope))
            .collect(),
        grant_id: grant.id,
        agent_id: grant.agent_id,
        agent_name,
        agent_description: Some(agent_description).filter(|text| !text.is_empty()),
        scopes: grant.scopes,
    };
    let grants = held.into_iter().map(value).collect();
    let body = Grants {
        grants,
        principal_id,
    };
    Ok(answer(request, 200, &body))
}

#[derive(Serialize)]
struct Entries {
    entries: Vec<EntryValue>,
}

pub(super) fn audit(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    let principal_id = principal(account, request)?;
    let entries = view::recent(account, &principal_id)?;
    let of = |entry| EntryValue::of(account, entry);
    let entries = entries.into_iter().map(of).collect::<Outcome<_>>()?;
    Ok(answer(request, 200, &Entries { entries }))
}

pub(super) fn revoke(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    let principal_id = principal(account, request)?;
    view::revoke(account, &principal_id, request.parameter(0))?;
    Ok(done(request))
}
