//! Grants: listed, ended, passed on, checked.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    super::{Request, Response, json},
    errors,
    session::{Cost, answer, done, keyed},
    values::{self, BODY_LIMIT, Counters, GrantValue, IssuedValue, TokenBody},
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
};

#[derive(Serialize)]
struct List {
    grants: Vec<GrantValue>,
    #[serde(flatten)]
    counters: Counters,
}

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
        let list = grant::list(account, &filter, values::page(&query)?)?;
        let counters = Counters::from(&list);
        let grants = list
            .entries
            .into_iter()
            .map(|grant| GrantValue::of(account, grant))
            .collect();
        Ok(answer(request, 200, &List { grants, counters }))
    })
}

pub(super) fn get(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Free, &|_| {
        let grant = grant::get(account, request.parameter(0))?;
        Ok(answer(request, 200, &GrantValue::of(account, grant)))
    })
}

pub(super) fn revoke(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        grant::revoke(account, request.parameter(0))?;
        Ok(done(request))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DelegateBody {
    parent_grant_token: String,
    sub_agent_id: String,
    scopes: Vec<String>,
    #[serde(default)]
    expires_in: Option<String>,
}

pub(super) fn delegate(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        let body: DelegateBody = match json::read(request, BODY_LIMIT) {
            Ok(body) => body,
            Err(error) => return Ok(errors::malformed(request, error)),
        };
        // Section 8: a duration that does not read is the last thing to be refused.
        let lifetime = values::duration(body.expires_in.as_deref().unwrap_or("1h"));
        let issued = delegation::delegate(
            account,
            &body.parent_grant_token,
            &body.sub_agent_id,
            &body.scopes,
            lifetime,
        )?;
        Ok(answer(request, 201, &IssuedValue::from(issued)))
    })
}

#[derive(Serialize)]
struct Active<'a> {
    active: bool,
    claims: &'a RawValue,
}

/// `token` is empty: the oldest clients then see that the token they hold is not good,
/// where they would not have looked at `active`.
#[derive(Serialize)]
struct Inactive {
    active: bool,
    reason: &'static str,
    token: &'static str,
}

pub(super) fn verify(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Free, &|_| {
        let body: TokenBody = match json::read(request, BODY_LIMIT) {
            Ok(body) => body,
            Err(error) => return Ok(errors::malformed(request, error)),
        };
        let inactive = |reason| Inactive {
            active: false,
            reason,
            token: "",
        };
        match inspect::inspect(account, &body.token)? {
            Inspection::Active { claims } => {
                let claims: &RawValue = serde_json::from_str(&claims)
                    .map_err(|_| crate::authority::Fault::Corrupt("issued claims do not read"))?;
                Ok(answer(
                    request,
                    200,
                    &Active {
                        active: true,
                        claims,
                    },
                ))
            }
            Inspection::Revoked => Ok(answer(request, 200, &inactive("revoked"))),
            Inspection::Expired => Ok(answer(request, 200, &inactive("expired"))),
            Inspection::Unknown => Ok(answer(request, 200, &inactive("not_found"))),
            Inspection::AnotherDevelopers => Ok(answer(request, 200, &inactive("wrong_developer"))),
            Inspection::Forged => Ok(errors::bad_request(
                request,
                "The token is not a grant token of this server.",
            )),
        }
    })
}
