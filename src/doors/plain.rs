//! How a door refuses whose protocol has no words for it: `{"error": "<stable code>"}`.

use alloc::format;

use super::{Request, Response, json};
use crate::authority::{
    Halt,
    json::object,
    refusal::{MalformedBody, Refusal},
};

pub(in crate::doors) fn refuse(status: u16, code: &str) -> Response {
    json::answer(status, object! { "error": code })
}

/// The answer where a rule did not reach its own.
pub(in crate::doors) fn halted(_request: &Request, halt: &Halt) -> Response {
    match halt {
        Halt::Refused(refusal @ Refusal::RateLimited { retry_after }) => {
            refuse(429, refusal.code()).with_header("retry-after", format!("{retry_after}"))
        }
        Halt::Refused(refusal @ Refusal::MalformedBody(MalformedBody::TooLong { .. })) => {
            refuse(413, refusal.code())
        }
        Halt::Refused(refusal) => refuse(400, refusal.code()),
        Halt::Needs(_) | Halt::Fault(_) => refuse(500, "internal_error"),
    }
}

pub(in crate::doors) fn not_found(_request: &Request) -> Response {
    refuse(404, "not_found")
}

pub(in crate::doors) fn method_not_allowed(_request: &Request, allow: &str) -> Response {
    refuse(405, "method_not_allowed").with_header("allow", allow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_to_wait_is_told_how_long() {
        let refusal = Refusal::RateLimited { retry_after: 7 };
        let response = halted(&Request::default(), &refusal.into());
        assert_eq!(response.status, 429);
        assert!(
            response
                .headers
                .contains(&("retry-after".into(), "7".into()))
        );
    }
}
