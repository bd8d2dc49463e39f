//! Who calls: the developer whose API key it is, and what their answers carry.

use alloc::{format, string::String};

use serde::Serialize;

use super::{
    super::{Request, Response, json},
    errors,
};
use crate::{
    authority::{
        AccountId, Outcome,
        account::{
            Account,
            grants::developer::{self, Developer},
        },
        limits::{self, Limit},
    },
    mac::hex,
};

/// The account that the request's API key names.
///
/// # Errors
/// 401 where there is none.
pub(super) fn by_key(request: &Request) -> Result<AccountId, Response> {
    let refused = |refusal| errors::refused(request, &refusal);
    developer::parse_key(request.bearer().unwrap_or_default())
        .map(|key| key.account())
        .map_err(refused)
}

/// The developer who calls, and what the call costs them.
///
/// Reading is free here: the front has counted the address. Changing something counts.
///
/// # Errors
/// 401 for a key that is not theirs; 429.
pub(super) fn authenticate(
    account: &Account<'_>,
    request: &Request,
    cost: Cost,
) -> Outcome<Developer> {
    let key = developer::parse_key(request.bearer().unwrap_or_default())?;
    let developer = developer::authenticate(account, &key)?;
    if cost == Cost::Change {
        limits::allow(account.store, account.world.now, limit(request), KEY)?;
    }
    Ok(developer)
}

/// Whether a call counts against the developer's budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cost {
    /// It reads.
    Free,
    /// It changes something.
    Change,
}

/// What the developer's limits are kept under: the account has one developer.
const KEY: &str = "developer";

fn limit(request: &Request) -> &'static Limit {
    match request.path.as_str() {
        "/v1/authorize" => &Limit::GRANT_AUTHORIZE,
        _ => &Limit::GRANT_CHANGE,
    }
}

/// An answer to a developer: JSON, with the request's id and the state of their budget.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub(super) fn answer<T: Serialize>(
    account: &Account<'_>,
    request: &Request,
    status: u16,
    body: &T,
) -> Outcome<Response> {
    finish(account, request, json::answer(status, body))
}

/// An answer to a developer that has nothing to say.
///
/// # Errors
/// As [`answer`].
pub(super) fn done(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    finish(
        account,
        request,
        Response::new(204).with_header("cache-control", "no-store"),
    )
}

fn finish(account: &Account<'_>, request: &Request, response: Response) -> Outcome<Response> {
    let limit = limit(request);
    let standing = limits::standing(account.store, account.world.now, limit, KEY)?;
    Ok(response
        .with_header("x-ratelimit-limit", format!("{}", limit.burst))
        .with_header("x-ratelimit-remaining", format!("{}", standing.remaining))
        .with_header("x-ratelimit-reset", format!("{}", standing.full_in))
        .with_header("x-request-id", request_id(request))
        .with_header("x-content-type-options", "nosniff"))
}

/// The id of a request as a UUID (RFC 9562 section 5.8).
pub(super) fn request_id(request: &Request) -> String {
    let mut bytes = request.id;
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = *version & 0x0f | 0x80;
    *variant = *variant & 0x3f | 0x80;
    let text = hex::encode(&bytes);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}
