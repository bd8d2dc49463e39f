//! `POST /api/v1/call-history/record`

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    super::{Request, Response, json},
    errors,
};
use crate::authority::{Outcome, World, account::call_history::ReportedCall, across};

/// A hundred calls, each at its bounds.
const BODY: usize = 1 << 17;

/// One element of the array, as the published middleware fills it.
#[derive(Deserialize)]
struct Record {
    agent_id: String,
    #[serde(default)]
    service_provider: String,
    #[serde(default)]
    endpoint: String,
    #[serde(default)]
    method: String,
    #[serde(default)]
    status_code: u16,
    #[serde(default)]
    duration_ms: u32,
    #[serde(default)]
    log_level: String,
}

#[derive(Serialize)]
struct Recorded {
    success: bool,
    /// How many of the calls were kept: those of agents that are known here.
    recorded: u32,
}

/// A service reports calls.
pub(super) fn record(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let records: Vec<Record> = match json::read(request, BODY) {
        Ok(records) => records,
        Err(error) => return Ok(errors::malformed(request, error)),
    };
    let calls = records
        .into_iter()
        .map(|record| {
            let call = ReportedCall {
                service_provider: record.service_provider,
                endpoint: record.endpoint,
                method: record.method,
                status_code: record.status_code,
                duration_ms: record.duration_ms,
                log_level: record.log_level,
            };
            (record.agent_id, call)
        })
        .collect();
    let recorded = across::call_history::record(world, calls, &request.client.address)?;
    Ok(json::answer(
        200,
        &Recorded {
            success: true,
            recorded,
        },
    ))
}
