//! What everybody may know: the public keys.
//!
//! The document at the root holds the ES256 keys, with which everything of ours is signed.
//! A door whose protocol demands another algorithm publishes those keys under its own prefix.

use alloc::string::String;

use super::{Door, Method, Request, Response, Route};
use crate::authority::{Algorithm, Fault, Halt, Outcome, World, keyring::PUBLISHED_MAX_AGE};

/// `/.well-known`
pub const DOOR: Door = Door {
    prefix: "/.well-known",
    routes: &[Route::front(Method::Get, "/jwks.json", jwks)],
    halted,
    not_found: |_| refuse(404, "not_found"),
    method_not_allowed: |_, allow| refuse(405, "method_not_allowed").with_header("allow", allow),
};

fn jwks(world: &World<'_>, _request: &Request) -> Outcome<Response> {
    key_set(world, Algorithm::Es256)
}

/// The JWKS document of one algorithm (RFC 7517 section 5), cacheable and open to any origin.
///
/// # Errors
/// [`Halt::Needs`] the keyring.
pub fn key_set(world: &World<'_>, algorithm: Algorithm) -> Outcome<Response> {
    let document: &String = world
        .keyring()?
        .jwks
        .get(&algorithm)
        .ok_or(Fault::Corrupt("the keyring has no such key set"))?;
    Ok(Response::new(200)
        .with_body("application/json", document.as_bytes())
        .with_header(
            "cache-control",
            alloc::format!("public, max-age={PUBLISHED_MAX_AGE}"),
        )
        .with_header("access-control-allow-origin", "*")
        .with_header("x-content-type-options", "nosniff"))
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
