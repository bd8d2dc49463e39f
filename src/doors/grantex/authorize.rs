//! An agent asks a principal.

use alloc::{format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    super::{Request, Response, json},
    errors,
    session::{Cost, answer, keyed},
    values::{self, BODY_LIMIT},
};
use crate::authority::{
    Outcome,
    account::{
        Account,
        grants::{
            issuer,
            request::{self, NewRequest},
        },
    },
    iso8601,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    agent_id: String,
    principal_id: String,
    scopes: Vec<String>,
    #[serde(default)]
    expires_in: Option<String>,
    #[serde(default)]
    redirect_uri: Option<String>,
    #[serde(default)]
    code_challenge: Option<String>,
    #[serde(default)]
    code_challenge_method: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    audience: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    auth_request_id: String,
    consent_url: String,
    agent_id: String,
    principal_id: String,
    scopes: Vec<String>,
    expires_in: String,
    expires_at: String,
    status: &'static str,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    sandbox: bool,
}

/// The order of checks is part of the protocol (section 3): rate limit, body shape, PKCE
/// pair, agent, duration.
pub(super) fn authorize(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|developer| {
        let body: Body = match json::read(request, BODY_LIMIT) {
            Ok(body) => body,
            Err(error) => return Ok(errors::malformed(request, error)),
        };
        // RFC 7636 section 4.3: a challenge has a method, and only S256 is worth having.
        match (&body.code_challenge, body.code_challenge_method.as_deref()) {
            (None, None) | (Some(_), Some("S256")) => {}
            _ => {
                let message =
                    "codeChallenge and codeChallengeMethod come together, and the method is S256.";
                return Ok(errors::bad_request(request, message));
            }
        }
        let expires_in = body.expires_in.unwrap_or_else(|| "24h".into());
        let asked = NewRequest {
            agent_id: body.agent_id,
            principal: body.principal_id,
            scopes: body.scopes,
            // What does not read as a duration is refused below, in its turn.
            grant_lifetime: values::duration(&expires_in).unwrap_or(0),
            redirect_uri: body.redirect_uri,
            code_challenge: body.code_challenge,
            state: body.state,
            audience: body.audience,
        };
        let (asked, code) = request::ask(account, developer, asked)?;
        let status = if code.is_some() {
            "approved"
        } else {
            "pending"
        };
        let base = issuer(account.world);
        let body = Answer {
            consent_url: format!("{base}/consent?req={}", asked.id),
            auth_request_id: asked.id,
            agent_id: asked.asked.agent_id,
            principal_id: asked.asked.principal,
            scopes: asked.asked.scopes,
            expires_in,
            expires_at: iso8601::format(asked.expires_at),
            status,
            created_at: iso8601::format(asked.created_at),
            sandbox: code.is_some(),
            code,
        };
        Ok(answer(request, 201, &body))
    })
}
