//! Calls that services say an agent made.
//!
//! Whoever reports is not authenticated: the published middleware sends no key. What is
//! kept is therefore a report, never a proof, and says so wherever it is shown. A ring of
//! [`KEPT`] calls for each account, so that no reporter can grow it or be refused by it.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    Account,
    agent::{self, Reference},
};
use crate::authority::{
    Outcome, Timestamp,
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
/// # Errors
/// [`Refusal::InvalidField`].
pub fn record(account: &Account<'_>, question: &RecordCalls) -> Outcome<u32> {
    let calls = &question.calls;
    if calls.len() > MOST {
        return Err(Refusal::TooMany { most: 100 }.into());
    }
    let mut known = Vec::with_capacity(calls.len());
    for (agent, call) in calls {
        call.check()?;
        if let Some(id) = agent::id_of(account, agent)? {
            known.push((id, call));
        }
    }
    if known.is_empty() {
        // Anybody can make up an account's name, and must leave nothing behind there.
        return Err(Refusal::NotFound.into());
    }
    let mut last = 0;
    for (id, call) in &known {
        let rows = account.store.run(
            "INSERT INTO call_history
               (reported_at, agent_id, service_provider, endpoint, method, status_code, duration_ms, log_level)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING sequence",
            &[
                Parameter::Integer(account.world.now.0),
                Parameter::Text(id),
                Parameter::Text(&call.service_provider),
                Parameter::Text(&call.endpoint),
                Parameter::Text(&call.method),
                Parameter::Integer(call.status_code.into()),
                Parameter::Integer(call.duration_ms.into()),
                Parameter::Text(&call.log_level),
            ],
        )?;
        last = rows.first().map_or(Ok(0), |row| row.integer(0))?;
    }
    account.store.run(
        "DELETE FROM call_history WHERE sequence <= ?",
        &[Parameter::Integer(last - KEPT)],
    )?;
    Ok(u32::try_from(known.len()).unwrap_or(u32::MAX))
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
