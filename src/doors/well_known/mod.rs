//! What everybody may know: the public keys.
//!
//! The document at the root holds the ES256 keys, with which everything of ours is signed.
//! A door whose protocol demands another algorithm publishes those keys under its own prefix.

use super::{Door, Method, Request, Response, Route, key_set};
use crate::authority::{Algorithm, Halt, Outcome, World};

/// `/.well-known`
pub const DOOR: Door = Door {
    prefix: "/.well-known",
    routes: &[Route::front(Method::Get, "/jwks.json", jwks)],
    halted,
    not_found: |_| refuse(404, "not_found"),
    method_not_allowed: |_, allow| refuse(405, "method_not_allowed").with_header("allow", allow),
};

fn jwks(world: &World<'_>, _request: &Request) -> Outcome<Response> {
    key_set::answer(world, Algorithm::Es256)
}

fn halted(_request: &Request, halt: &Halt) -> Response {
    match halt {
        Halt::Refused(refusal) => refuse(400, refusal.code()),
        Halt::Needs(_) | Halt::Fault(_) => refuse(500, "internal_error"),
    }
}

fn refuse(status: u16, code: &str) -> Response {
    Response::new(status)
        .with_body(
            "application/json",
            alloc::format!("{{\"error\":\"{code}\"}}"),
        )
        .with_header("cache-control", "no-store")
        .with_header("x-content-type-options", "nosniff")
}
