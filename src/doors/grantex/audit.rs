//! The trail of what agents did.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    super::{Request, Response, json},
    errors,
    session::{Cost, answer, keyed},
    values::{self, BODY_LIMIT, Counters},
};
use crate::authority::{
    Fault, Outcome, Timestamp,
    account::{
        Account,
        grants::{
            developer,
            trail::{self, Entry, Filter, NewEntry, Status},
        },
    },
    iso8601,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogBody<'a> {
    agent_id: String,
    grant_id: String,
    action: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    agent_did: Option<String>,
    #[serde(default)]
    principal_id: Option<String>,
    #[serde(default, borrow)]
    metadata: Option<&'a RawValue>,
}

/// An entry, as it is hashed: its metadata is written as it was canonicalised.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryValue {
    entry_id: String,
    agent_id: String,
    agent_did: String,
    grant_id: String,
    principal_id: String,
    developer_id: String,
    action: String,
    metadata: alloc::boxed::Box<RawValue>,
    hash: String,
    prev_hash: Option<String>,
    timestamp: String,
    status: String,
}

impl EntryValue {
    pub(super) fn of(account: &Account<'_>, entry: Entry) -> Outcome<Self> {
        let unreadable = |_| Fault::Corrupt("the metadata of an entry does not read");
        Ok(Self {
            developer_id: developer::id_of(account.id),
            metadata: RawValue::from_string(entry.metadata).map_err(unreadable)?,
            timestamp: iso8601::format(entry.at),
            entry_id: entry.id,
            agent_id: entry.agent_id,
            agent_did: entry.agent_did,
            grant_id: entry.grant_id,
            principal_id: entry.principal,
            action: entry.action,
            hash: entry.hash,
            prev_hash: entry.previous,
            status: entry.status,
        })
    }
}

pub(super) fn log(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        let body: LogBody<'_> = match json::read(request, BODY_LIMIT) {
            Ok(body) => body,
            Err(error) => return Ok(errors::malformed(request, error)),
        };
        let Some(status) = Status::parse(body.status.as_deref().unwrap_or("success")) else {
            let message = "status is one of success, failure and blocked.";
            return Ok(errors::bad_request(request, message));
        };
        let metadata = match body.metadata.map(RawValue::get) {
            None | Some("null") => "{}",
            Some(metadata) => metadata,
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
        Ok(answer(request, 201, &EntryValue::of(account, entry)?))
    })
}

#[derive(Serialize)]
struct List {
    entries: Vec<EntryValue>,
    #[serde(flatten)]
    counters: Counters,
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
        let counters = Counters::from(&list);
        let of = |entry| EntryValue::of(account, entry);
        let entries = list.entries.into_iter().map(of).collect::<Outcome<_>>()?;
        Ok(answer(request, 200, &List { entries, counters }))
    })
}

pub(super) fn get(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Free, &|_| {
        let entry = trail::get(account, request.parameter(0))?;
        Ok(answer(request, 200, &EntryValue::of(account, entry)?))
    })
}
