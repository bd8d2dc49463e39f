//! Tokens: exchanged for a code, renewed, checked, ended.

use alloc::string::String;

use super::{
    super::{Request, Response, json},
    errors,
    session::{Cost, answer, done, keyed},
    values::{self, BODY_LIMIT, TokenBody},
};
use crate::authority::{
    Halt, Outcome, Timestamp,
    account::{
        Account,
        grants::{exchange, grant::GrantStatus, refresh as renewal, token},
    },
    iso8601,
    json::object,
};

json::body! {
    struct ExchangeBody {
        code: String = "code",
        agent_id: String = "agentId",
        code_verifier: Option<String> = "codeVerifier",
    }
}

pub(super) fn exchange(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        let body: ExchangeBody = json::read(request, BODY_LIMIT)?;
        let issued = exchange::exchange(
            account,
            &body.code,
            &body.agent_id,
            body.code_verifier.as_deref(),
            &request.client.address,
        )?;
        Ok(answer(request, 201, values::issued(&issued)))
    })
}

json::body! {
    struct RefreshBody {
        refresh_token: String = "refreshToken",
        agent_id: String = "agentId",
    }
}

pub(super) fn refresh(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        let body: RefreshBody = json::read(request, BODY_LIMIT)?;
        let issued = renewal::refresh(
            account,
            &body.refresh_token,
            &body.agent_id,
            request.header("idempotency-key"),
            &request.client.address,
        )?;
        Ok(answer(request, 201, values::issued(&issued)))
    })
}

pub(super) fn verify(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Free, &|_| {
        let body: TokenBody = json::read(request, BODY_LIMIT)?;
        if body.token.is_empty() {
            return Ok(errors::bad_request(request, "token is missing."));
        }
        match token::authenticate(account, &body.token) {
            Ok(token) => {
                let valid = object! {
                    "valid": true,
                    "grantId": token.grant.id,
                    "scopes": token.grant.scopes,
                    "principal": token.grant.principal,
                    "agent": token.grant.agent_did(),
                    "expiresAt": iso8601::format(Timestamp(token.expires_at.seconds() * 1000)),
                };
                Ok(answer(request, 200, valid))
            }
            Err(Halt::Refused(_)) => Ok(answer(request, 200, object! { "valid": false })),
            Err(halt) => Err(halt),
        }
    })
}

/// What `enforce` of newer clients asks before each call (section 13).
pub(super) fn standing(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Free, &|_| {
        let query = values::query(request)?;
        let (grant, token) = (query.given("grantId"), query.given("jti"));
        if grant.is_none() && token.is_none() {
            return Ok(errors::bad_request(request, "grantId or jti is missing."));
        }
        let status = token::standing(account, grant, token)?;
        let is_active = status == Some(GrantStatus::Active);
        let status = status.map_or("unknown", GrantStatus::as_str);
        let body = object! { "revoked": !is_active, "status": status };
        Ok(answer(request, 200, body))
    })
}

json::body! {
    struct RevokeBody {
        jti: String = "jti",
    }
}

pub(super) fn revoke(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        let body: RevokeBody = json::read(request, BODY_LIMIT)?;
        if body.jti.is_empty() {
            return Ok(errors::bad_request(request, "jti is missing."));
        }
        token::revoke(account, &body.jti)?;
        Ok(done(request))
    })
}
