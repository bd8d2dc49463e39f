//! How this door says no: `{"message", "code", "requestId"}`, and the request id in a header.

use alloc::{format, string::String};

use super::{
    super::{Request, Response, json},
    values::request_id,
};
use crate::authority::{
    Halt,
    account::grants::developer::parse_key,
    json::object,
    refusal::{MalformedBody, Refusal},
};

/// The answer where a rule did not reach its own.
pub(super) fn halted(request: &Request, halt: &Halt) -> Response {
    match halt {
        Halt::Refused(refusal) => refused(request, refusal),
        Halt::Needs(_) | Halt::Fault(_) => say(
            request,
            500,
            "INTERNAL_ERROR",
            "internal_error",
            "Internal error.",
        ),
    }
}

/// The answer to a refusal.
pub(super) fn refused(request: &Request, refusal: &Refusal) -> Response {
    let (status, code) = describe(request, refusal);
    let message = match refusal {
        // Its clients read the number out of these words.
        Refusal::RateLimited { retry_after } => {
            format!("Too many requests: retry in {retry_after} seconds.")
        }
        // Its clients know their members by other names than the rest of the house.
        Refusal::InvalidField { field, .. } => {
            let name = field.code();
            refusal.message().replacen(name, &camel_case(name), 1)
        }
        Refusal::CredentialRejected => {
            let wanted = match request.path.starts_with("/v1/principal/") {
                true => "the token of a principal session that lives",
                false => "an API key that lives",
            };
            format!("Unauthorized: send Authorization: Bearer and {wanted}.")
        }
        refusal => refusal.message(),
    };
    let response = say(request, status, code, refusal.code(), &message);
    match refusal {
        Refusal::RateLimited { retry_after } => {
            response.with_header("retry-after", format!("{retry_after}"))
        }
        Refusal::CredentialRejected => response.with_header("www-authenticate", "Bearer"),
        _ => response,
    }
}

/// The answer to a body or a parameter that this path does not take.
pub(super) fn bad_request(request: &Request, message: &str) -> Response {
    say(request, 400, "BAD_REQUEST", "malformed_body", message)
}

/// No such path (section 1). Who has not said who they are learns that first.
pub(super) fn not_found(request: &Request) -> Response {
    if request.path.starts_with("/v1/")
        && let Err(refusal) = parse_key(request.bearer().unwrap_or_default())
    {
        return refused(request, &refusal);
    }
    say(
        request,
        404,
        "NOT_FOUND",
        "not_found",
        "There is no such path.",
    )
}

/// This path has other methods.
pub(super) fn method_not_allowed(request: &Request, allow: &str) -> Response {
    let message = format!("This path takes {allow}.");
    say(
        request,
        405,
        "METHOD_NOT_ALLOWED",
        "method_not_allowed",
        &message,
    )
    .with_header("allow", allow)
}

/// `code_challenge` as `codeChallenge`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default();
    words.fold(first.into(), |mut name: String, word| {
        let (initial, rest) = word.split_at_checked(1).unwrap_or_default();
        name.push_str(&initial.to_ascii_uppercase());
        name.push_str(rest);
        name
    })
}

fn say(request: &Request, status: u16, code: &str, reason: &str, message: &str) -> Response {
    let request_id = request_id(request);
    // `reason` is our own stable code, finer than the protocol's.
    let body = object! {
        "message": message,
        "code": code,
        "reason": reason,
        "requestId": request_id,
    };
    json::answer(status, body).with_header("x-request-id", request_id)
}

fn describe(request: &Request, refusal: &Refusal) -> (u16, &'static str) {
    match refusal {
        Refusal::CredentialRejected => (401, "UNAUTHORIZED"),
        Refusal::TooDeep { .. } => (403, "DELEGATION_DEPTH_EXCEEDED"),
        Refusal::SignInRequired => (403, "CONSENT_REQUIRED"),
        Refusal::AnotherDevelopers => (403, "FORBIDDEN"),
        // Section 3: approving what does not exist is answered as approving what is over.
        Refusal::NotFound if request.path.ends_with("/approve") => (410, "GONE"),
        // Section 3: denying what is decided is answered as denying what does not exist.
        Refusal::Gone if request.path.ends_with("/deny") => (404, "NOT_FOUND"),
        Refusal::NotFound => (404, "NOT_FOUND"),
        Refusal::Gone => (410, "GONE"),
        Refusal::NameTaken { .. } => (409, "CONFLICT"),
        Refusal::RateLimited { .. } if request.path == "/v1/authorize" => (429, "RATE_LIMITED"),
        Refusal::RateLimited { .. } => (429, "RATE_LIMIT_EXCEEDED"),
        Refusal::MalformedBody(MalformedBody::TooLong { .. }) => (413, "BAD_REQUEST"),
        _ => (400, "BAD_REQUEST"),
    }
}
