//! What everybody may know: the public keys.
//!
//! The document at the root holds the ES256 keys, with which everything of ours is signed.
//! A door whose protocol demands another algorithm publishes those keys under its own prefix.

use super::{Door, Method, Request, Response, Route, key_set, plain};
use crate::authority::{Algorithm, Outcome, World};

/// `/.well-known`
pub const DOOR: Door = Door {
    prefix: "/.well-known",
    routes: &[Route::front(Method::Get, "/jwks.json", jwks).unlimited()],
    halted: plain::halted,
    not_found: plain::not_found,
    method_not_allowed: plain::method_not_allowed,
};

fn jwks(world: &World<'_>, _request: &Request) -> Outcome<Response> {
    key_set::answer(world, Algorithm::Es256)
}
