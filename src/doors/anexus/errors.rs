//! How this door says no.
//!
//! Every error is `{"<flag>": false, "error": "<words>", "reason": "<stable code>"}`,
//! where the flag is the one that the caller of that path tests: `logged_in`, `verified`
//! or `success`.
//!
//! The published client loses the body of any answer other than 2xx to a session check and
//! to the making of a code, and shows the status alone. So these two paths refuse with
//! 200; the others refuse with the status that fits. 404, 405, 429 and our own failures keep
//! their statuses everywhere.

use alloc::string::String;

use super::super::{Request, Response, json::answer};
use crate::authority::{
    Halt, json,
    refusal::{MalformedBody, Refusal},
};

/// The answer where a rule did not reach its own.
pub(super) fn halted(request: &Request, halt: &Halt) -> Response {
    match halt {
        Halt::Refused(refusal) => refused(request, refusal),
        Halt::Needs(_) | Halt::Fault(_) => say(request, 500, "Internal error", "internal_error"),
    }
}

/// The answer to a refusal.
pub(super) fn refused(request: &Request, refusal: &Refusal) -> Response {
    let (status, words) = describe(request, refusal);
    let response = say(request, status_for(request, status), &words, refusal.code());
    match refusal {
        Refusal::RateLimited { retry_after } => {
            response.with_header("retry-after", alloc::format!("{retry_after}"))
        }
        _ => response,
    }
}

/// No such path.
pub(super) fn not_found(request: &Request) -> Response {
    say(request, 404, "No such path", "not_found")
}

/// This path has other methods.
pub(super) fn method_not_allowed(request: &Request, allow: &str) -> Response {
    say(
        request,
        405,
        &alloc::format!("This path takes {allow}"),
        "method_not_allowed",
    )
    .with_header("allow", allow)
}

/// An error in the shape that the caller of this path reads.
fn say(request: &Request, status: u16, words: &str, reason: &str) -> Response {
    let flag = flag(&request.path);
    let body = if request.path == "/api/v1/device/poll" {
        // Its caller reads nothing but `status`, and goes on for any but `expired`.
        let names = [flag, "status", "error", "reason"];
        json::write_object(&names, &[&false, &"error", &words, &reason])
    } else {
        json::write_object(&[flag, "error", "reason"], &[&false, &words, &reason])
    };
    answer(status, body)
}

fn flag(path: &str) -> &'static str {
    match path {
        "/api/v1/session/check" => "logged_in",
        "/api/v1/codes/verify" | "/api/v1/identity/verify" => "verified",
        _ => "success",
    }
}

fn status_for(request: &Request, status: u16) -> u16 {
    match request.path.as_str() {
        // What stands between a client and us acts on 429, and the status alone says it all.
        "/api/v1/session/check" | "/api/v1/codes/generate" if status != 429 => 200,
        _ => status,
    }
}

/// The status that fits, and the words. Those for a code, a key and a session are the
/// protocol's own; wrong, used and expired look alike.
fn describe(request: &Request, refusal: &Refusal) -> (u16, String) {
    let words = match (refusal, request.path.as_str()) {
        (Refusal::SecretRejected, "/api/v1/codes/verify") => {
            // The question was a good one, and this is its answer.
            return (200, "Code expired or already used".into());
        }
        (Refusal::CredentialRejected, "/api/v1/session/check" | "/api/v1/codes/generate") => {
            "Session expired or invalid. Log in again.".into()
        }
        (Refusal::CredentialRejected, _) => "Invalid API key".into(),
        _ => refusal.message(),
    };
    let status = match refusal {
        Refusal::CredentialRejected
        | Refusal::SignatureRequired
        | Refusal::SignatureRejected
        | Refusal::TimestampRejected => 401,
        Refusal::NotFound => 404,
        Refusal::TooMany { .. } => 409,
        Refusal::MalformedBody(MalformedBody::TooLong { .. }) => 413,
        Refusal::RateLimited { .. } => 429,
        _ => 400,
    };
    (status, words)
}
