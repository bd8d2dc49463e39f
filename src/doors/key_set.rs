//! The JWKS document of one algorithm (RFC 7517 section 5), as doors publish it.

use alloc::{format, string::String};

use super::Response;
use crate::authority::{Algorithm, Fault, Outcome, World, keyring::PUBLISHED_MAX_AGE};

/// The document, cacheable and open to any origin.
///
/// # Errors
/// [`Halt::Needs`](crate::authority::Halt::Needs) the keyring.
pub(in crate::doors) fn answer(world: &World<'_>, algorithm: Algorithm) -> Outcome<Response> {
    let document: &String = world
        .keyring()?
        .jwks
        .get(&algorithm)
        .ok_or(Fault::Corrupt("the keyring has no such key set"))?;
    Ok(Response::new(200)
        .with_body("application/json", document.as_bytes())
        .with_header(
            "cache-control",
            format!("public, max-age={PUBLISHED_MAX_AGE}"),
        )
        .with_header("access-control-allow-origin", "*"))
}
