//! Grants: listed, ended, passed on, checked.

use alloc::{string::String, vec::Vec};

use super::{
    super::{Request, Response, json},
    errors,
    session::{Cost, answer, done, keyed},
    values::{self, BODY_LIMIT, TokenBody},
};
use crate::authority::{
    Outcome,
    account::{
        Account,
        grants::{
            delegate as delegation,
            grant::{self, Filter, GrantStatus},
            inspect::{self, Inspection},
        },
    },
    json::{Written, object},
};

pub(super) fn list(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Free, &|_| {
        let query = values::query(request)?;
        let status = match query.given("status") {
            None => None,
            Some(text) => match GrantStatus::parse(text) {
                Some(status) => Some(status),
                None => {
                    let message = "status is one of active, revoked and expired.";
                    return Ok(errors::bad_request(request, message));
                }
            },
        };
        let filter = Filter {
            agent_id: query.given("agentId"),
            principal: query.given("principalId"),
            status,
        };
        let list = grant::list(account, &filter, values::page(&query)?.of_scopes())?;
        let list = values::list("grants", &list, &|grant| values::grant(account, grant));
        Ok(answer(request, 200, list))
    })
}

pub(super) fn get(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Free, &|_| {
        let grant = grant::get(account, request.parameter(0))?;
        Ok(answer(request, 200, values::grant(account, &grant)))
    })
}

pub(super) fn revoke(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        grant::revoke(account, request.parameter(0))?;
        Ok(done(request))
    })
}

json::body! {
    struct DelegateBody {
        parent_grant_token: String = "parentGrantToken",
        sub_agent_id: String = "subAgentId",
        scopes: Vec<String> = "scopes",
        expires_in: Option<String> = "expiresIn",
    }
}

pub(super) fn delegate(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        let body: DelegateBody = json::read(request, BODY_LIMIT)?;
        // Section 8: a duration that does not read is the last thing to be refused.
        let lifetime = values::duration(body.expires_in.as_deref().unwrap_or("1h"));
        let issued = delegation::delegate(
            account,
            &body.parent_grant_token,
            &body.sub_agent_id,
            &body.scopes,
            lifetime,
        )?;
        Ok(answer(request, 201, values::issued(&issued)))
    })
}

pub(super) fn verify(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Free, &|_| {
        let body: TokenBody = json::read(request, BODY_LIMIT)?;
        // `token` is empty: the oldest clients then see that the token they hold is not good,
        // where they would not have looked at `active`.
        let inactive = |reason: &str| object! { "active": false, "reason": reason, "token": "" };
        match inspect::inspect(account, &body.token)? {
            Inspection::Active { claims } => {
                let active = object! { "active": true, "claims": Written(claims) };
                Ok(answer(request, 200, active))
            }
            Inspection::Revoked => Ok(answer(request, 200, inactive("revoked"))),
            Inspection::Expired => Ok(answer(request, 200, inactive("expired"))),
            Inspection::Unknown => Ok(answer(request, 200, inactive("not_found"))),
            Inspection::AnotherDevelopers => Ok(answer(request, 200, inactive("wrong_developer"))),
            Inspection::Forged => Ok(errors::bad_request(
                request,
                "The token is not a grant token of this server.",
            )),
        }
    })
}
