//! Calls that services say an agent made.
//!
//! Whoever reports is not authenticated: the published middleware sends no key. What is
//! kept is therefore a report, never a proof, and says so wherever it is shown. A ring of
//! [`KEPT`] calls for each account, so that no reporter can grow it.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    Account,
    agent::{self, Reference},
};
use crate::authority::{
    Outcome, Timestamp,
    json::object,
    limits::Limit,
    refusal::{Field, Refusal},
    store::Parameter,
    text,
};

/// Calls kept for each account; the oldest go first.
pub const KEPT: i64 = 10_000;
/// Most calls in one report.
pub const MOST: usize = 100;

// A number is never given twice, so that the oldest are those with the lowest.
pub(crate) const CREATE_TABLE: &str = "CREATE TABLE call_history (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    reported_at INTEGER NOT NULL,
    agent_id TEXT NOT NULL,
    service_provider TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    method TEXT NOT NULL,
    status_code INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    log_level TEXT NOT NULL
)";

/// One call, as a service reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedCall {
    /// The service, as it calls itself: up to 100 characters.
    pub service_provider: String,
    /// What was called: up to 500 characters.
    pub endpoint: String,
    /// How: up to 10 characters.
    pub method: String,
    /// What the service answered: an HTTP status, 0 to 999.
    pub status_code: u16,
    /// How long it took, in milliseconds.
    pub duration_ms: u32,
    /// The service's word for how much it reports: up to 20 characters.
    pub log_level: String,
}

impl ReportedCall {
    /// Whether each part keeps its bound.
    ///
    /// # Errors
    /// [`Refusal::InvalidField`].
    pub fn check(&self) -> Result<(), Refusal> {
        for (value, most) in [
            (&self.service_provider, 100),
            (&self.endpoint, 500),
            (&self.method, 10),
            (&self.log_level, 20),
        ] {
            text::check_line(Field::ReportedCall, value, 0, most)?;
        }
        if self.status_code > 999 {
            return Err(Refusal::malformed(Field::ReportedCall));
        }
        Ok(())
    }
}

/// Asked of the account of the agents that are said to have called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordCalls {
    /// Who, and what; at most [`MOST`].
    pub calls: Vec<(Reference, ReportedCall)>,
}

/// A reported call, as the agent's owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCall {
    /// Its place in the order of arrival; for [`list`].
    pub sequence: i64,
    /// When the report arrived.
    pub reported_at: Timestamp,
    /// Who is said to have called: a public id.
    pub agent_id: String,
    /// What was reported.
    pub call: ReportedCall,
}

/// Keeps those calls whose agent is of this account, and says how many they were.
///
/// Anybody may ask for it: so each agent is looked for once, and all calls are one statement.
///
/// # Errors
/// [`Refusal::InvalidField`]; [`Refusal::RateLimited`].
pub fn record(account: &Account<'_>, question: &RecordCalls) -> Outcome<u32> {
    let calls = &question.calls;
    if calls.len() > MOST {
        return Err(Refusal::TooMany { most: 100 }.into());
    }
    let mut ids = BTreeMap::new();
    let mut known = Vec::with_capacity(calls.len());
    for (agent, call) in calls {
        call.check()?;
        if !ids.contains_key(agent) {
            ids.insert(agent, agent::id_of(account, agent)?);
        }
        if let Some(Some(id)) = ids.get(agent) {
            known.push(object! {
                "agent": id,
                "service": call.service_provider,
                "endpoint": call.endpoint,
                "method": call.method,
                "status": call.status_code,
                "duration": call.duration_ms,
                "level": call.log_level,
            });
        }
    }
    if known.is_empty() {
        // Anybody can make up an account's name, and must leave nothing behind there.
        return Err(Refusal::NotFound.into());
    }
    for _ in &known {
        let world = account.world;
        world.limit_account(&Limit::CALLS_REPORTED, account.id)?;
    }
    let count = u32::try_from(known.len()).unwrap_or(u32::MAX);
    account.store.run(
        "INSERT INTO call_history
           (reported_at, agent_id, service_provider, endpoint, method, status_code, duration_ms, log_level)
         SELECT ?1, value ->> 'agent', value ->> 'service', value ->> 'endpoint', value ->> 'method',
                value ->> 'status', value ->> 'duration', value ->> 'level'
         FROM json_each(?2, '$.calls') ORDER BY key",
        &[
            Parameter::Integer(account.world.now.0),
            Parameter::Text(&object! { "calls": known }.0),
        ],
    )?;
    account.store.run(
        "DELETE FROM call_history WHERE sequence <= (SELECT max(sequence) FROM call_history) - ?",
        &[Parameter::Integer(KEPT)],
    )?;
    Ok(count)
}

/// Reported calls, newest first, those before `before` (a [`KeptCall::sequence`]), at most
/// `most` and never more than 100.
///
/// # Errors
/// Those of the store.
pub fn list(account: &Account<'_>, before: Option<i64>, most: u32) -> Outcome<Vec<KeptCall>> {
    account
        .store
        .run(
            "SELECT sequence, reported_at, agent_id, service_provider, endpoint, method,
                    status_code, duration_ms, log_level
             FROM call_history WHERE sequence < ? ORDER BY sequence DESC LIMIT ?",
            &[
                Parameter::Integer(before.unwrap_or(1 << 52)),
                Parameter::Integer(most.min(100).into()),
            ],
        )?
        .iter()
        .map(|row| {
            Ok(KeptCall {
                sequence: row.integer(0)?,
                reported_at: Timestamp(row.integer(1)?),
                agent_id: row.text(2)?.into(),
                call: ReportedCall {
                    service_provider: row.text(3)?.into(),
                    endpoint: row.text(4)?.into(),
                    method: row.text(5)?.into(),
                    status_code: u16::try_from(row.integer(6)?).unwrap_or(0),
                    duration_ms: u32::try_from(row.integer(7)?).unwrap_or(0),
                    log_level: row.text(8)?.into(),
                },
            })
        })
        .collect()
}
