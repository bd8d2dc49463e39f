//! An agent asks a principal.

use alloc::{format, string::String, vec::Vec};

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
    json::{IfAny, object},
};

json::body! {
    struct Body {
        agent_id: String = "agentId",
        principal_id: String = "principalId",
        scopes: Vec<String> = "scopes",
        expires_in: Option<String> = "expiresIn",
        redirect_uri: Option<String> = "redirectUri",
        code_challenge: Option<String> = "codeChallenge",
        code_challenge_method: Option<String> = "codeChallengeMethod",
        state: Option<String> = "state",
        audience: Option<String> = "audience",
    }
}

/// The order of checks is part of the protocol (section 3): rate limit, body shape, PKCE
/// pair, agent, duration.
pub(super) fn authorize(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|developer| {
        let body: Body = json::read(request, BODY_LIMIT)?;
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
        let sandbox = IfAny(code.as_ref().map(|_| true));
        let body = object! {
            "authRequestId": asked.id,
            "consentUrl": format!("{}/consent?req={}", issuer(account.world), asked.id),
            "agentId": asked.asked.agent_id,
            "principalId": asked.asked.principal,
            "scopes": asked.asked.scopes,
            "expiresIn": expires_in,
            "expiresAt": iso8601::format(asked.expires_at),
            "status": status,
            "createdAt": iso8601::format(asked.created_at),
            "code": IfAny(code),
            "sandbox": sandbox,
        };
        Ok(answer(request, 201, body))
    })
}
