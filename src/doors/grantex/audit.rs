//! The trail of what agents did.

use alloc::string::String;

use super::{
    super::{Request, Response, json},
    errors,
    session::{Cost, answer, keyed},
    values::{self, BODY_LIMIT},
};
use crate::authority::{
    Outcome, Timestamp,
    account::{
        Account,
        grants::{
            developer,
            trail::{self, Entry, Filter, NewEntry, Status},
        },
    },
    iso8601,
    json::{Written, object},
};

json::body! {
    struct LogBody {
        agent_id: String = "agentId",
        grant_id: String = "grantId",
        action: String = "action",
        status: Option<String> = "status",
        agent_did: Option<String> = "agentDid",
        principal_id: Option<String> = "principalId",
        metadata: json::Raw = "metadata",
    }
}

/// An entry, as it is hashed: its metadata is written as it was canonicalised.
pub(super) fn value(account: &Account<'_>, entry: &Entry) -> Written {
    object! {
        "entryId": entry.id,
        "agentId": entry.agent_id,
        "agentDid": entry.agent_did,
        "grantId": entry.grant_id,
        "principalId": entry.principal,
        "developerId": developer::id_of(account.id),
        "action": entry.action,
        "metadata": Written(entry.metadata.clone()),
        "hash": entry.hash,
        "prevHash": entry.previous,
        "timestamp": iso8601::format(entry.at),
        "status": entry.status,
    }
}

pub(super) fn log(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        let body: LogBody = json::read(request, BODY_LIMIT)?;
        let Some(status) = Status::parse(body.status.as_deref().unwrap_or("success")) else {
            let message = "status is one of success, failure and blocked.";
            return Ok(errors::bad_request(request, message));
        };
        let metadata = match body.metadata.0.as_str() {
            "" => "{}",
            metadata => metadata,
        };
        let entry = trail::append(
            account,
            &NewEntry {
                agent_id: &body.agent_id,
                agent_did: body.agent_did.as_deref(),
                grant_id: &body.grant_id,
                principal: body.principal_id.as_deref(),
                action: &body.action,
                status,
                metadata: metadata.as_bytes(),
            },
        )?;
        Ok(answer(request, 201, value(account, &entry)))
    })
}

pub(super) fn entries(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Free, &|_| {
        let query = values::query(request)?;
        let time = |name| -> Result<Option<Timestamp>, ()> {
            query
                .given(name)
                .map_or(Ok(None), |text| iso8601::parse(text).map(Some).ok_or(()))
        };
        let (Ok(since), Ok(until)) = (time("since"), time("until")) else {
            let message = "since and until are RFC 3339 times.";
            return Ok(errors::bad_request(request, message));
        };
        let filter = Filter {
            agent_id: query.given("agentId"),
            grant_id: query.given("grantId"),
            principal: query.given("principalId"),
            action: query.given("action"),
            since,
            until,
        };
        let list = trail::list(account, &filter, values::page(&query)?)?;
        let list = values::list("entries", &list, &|entry| value(account, entry));
        Ok(answer(request, 200, list))
    })
}

pub(super) fn get(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Free, &|_| {
        let entry = trail::get(account, request.parameter(0))?;
        Ok(answer(request, 200, value(account, &entry)))
    })
}
