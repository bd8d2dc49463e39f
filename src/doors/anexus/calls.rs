//! `POST /api/v1/call-history/record`

use alloc::{string::String, vec::Vec};

use super::super::{Request, Response, json};
use crate::authority::{Outcome, World, account::call_history::ReportedCall, across, json::object};

/// A hundred calls, each at its bounds.
const BODY: usize = 1 << 17;

json::body! {
    /// One element of the array, as the published middleware fills it.
    struct Record {
        agent_id: String = "agent_id",
        service_provider: String = "service_provider" or default,
        endpoint: String = "endpoint" or default,
        method: String = "method" or default,
        status_code: u16 = "status_code" or default,
        duration_ms: u32 = "duration_ms" or default,
        log_level: String = "log_level" or default,
    }
}

/// A service reports calls.
pub(super) fn record(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let records: Vec<Record> = json::read_list(request, BODY)?;
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
        // How many of the calls were kept: those of agents that are known here.
        object! { "success": true, "recorded": recorded },
    ))
}
