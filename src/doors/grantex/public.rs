//! What needs no credential: health, the keys, the status lists.

use alloc::format;

use super::{
    super::{Request, Response, key_set},
    errors,
    session::answer,
};
use crate::authority::{
    AccountId, Algorithm, Outcome, World,
    account::{
        Account,
        grants::status::{self, CACHED_FOR},
    },
    json::object,
    refusal::Refusal,
};

pub(super) fn health(_world: &World<'_>, request: &Request) -> Outcome<Response> {
    Ok(answer(request, 200, object! { "status": "healthy" }))
}

/// RS256 keys only: older clients take the first RSA key that they find, and newer ones
/// refuse a set with others in it.
pub(super) fn jwks(world: &World<'_>, _request: &Request) -> Outcome<Response> {
    key_set::answer(world, Algorithm::Rs256)
}

/// Fetch standard section 3.3: a browser that sends headers of its own asks first whether it
/// may read the keys and the lists. Anybody may.
pub(super) fn preflight(_world: &World<'_>, _request: &Request) -> Outcome<Response> {
    Ok(Response::new(204)
        .with_header("access-control-allow-origin", "*")
        .with_header("access-control-allow-methods", "GET")
        .with_header("access-control-allow-headers", "*")
        .with_header("access-control-max-age", "86400"))
}

pub(super) fn locate_list(request: &Request) -> Result<AccountId, Response> {
    AccountId::parse(request.parameter(0)).map_err(|_| errors::refused(request, &Refusal::NotFound))
}

/// Draft-ietf-oauth-status-list section 8.1.
pub(super) fn status_list(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    let number = request
        .parameter(1)
        .parse()
        .map_err(|_| Refusal::NotFound)?;
    Ok(Response::new(200)
        .with_body(
            "application/statuslist+jwt",
            status::publish(account, number)?,
        )
        .with_header("cache-control", format!("public, max-age={CACHED_FOR}"))
        .with_header("access-control-allow-origin", "*"))
}
