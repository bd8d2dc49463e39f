//! Who calls: the developer whose API key it is, and what their answers carry.

use alloc::format;

use super::{
    super::{Request, Response, json},
    errors,
    values::request_id,
};
use crate::authority::{
    AccountId, Halt, Outcome,
    account::{
        Account,
        grants::developer::{self, Developer},
    },
    json::Written,
    limits::{self, Limit},
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

/// Answers a developer: checks their key, counts the call, and says in the answer, whatever
/// it is, how their budget stands.
///
/// Reading is free here: the front has counted the address. Changing something counts.
///
/// # Errors
/// 401 for a key that is not theirs.
pub(super) fn keyed(
    account: &Account<'_>,
    request: &Request,
    cost: Cost,
    answer: &dyn Fn(&Developer) -> Outcome<Response>,
) -> Outcome<Response> {
    let key = developer::parse_key(request.bearer().unwrap_or_default())?;
    let developer = developer::authenticate(account, &key)?;
    let (store, now, limit) = (account.store, account.world.now, limit(request));
    let counted = match cost {
        Cost::Free => Ok(None),
        Cost::Change => match limits::allow(store, now, limit, KEY) {
            // Counted at a developer's own machine, too: their program reads what is left.
            Err(Halt::Refused(_)) if account.world.is_workbench(&request.client.address) => {
                Ok(None)
            }
            counted => counted.map(Some),
        },
    };
    let known = *counted.as_ref().unwrap_or(&None);
    let response = match counted.and_then(|_| answer(&developer)) {
        Ok(response) => response,
        Err(Halt::Refused(refusal)) => errors::refused(request, &refusal),
        Err(halt) => return Err(halt),
    };
    let standing = match known {
        Some(standing) => standing,
        None => limits::standing(store, now, limit, KEY)?,
    };
    Ok(response
        .with_header("x-ratelimit-limit", format!("{}", limit.burst))
        .with_header("x-ratelimit-remaining", format!("{}", standing.remaining))
        .with_header("x-ratelimit-reset", format!("{}", standing.full_in)))
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

/// An answer with something to say: JSON, with the request's id.
pub(super) fn answer(request: &Request, status: u16, body: Written) -> Response {
    finish(request, json::answer(status, body))
}

/// An answer that has nothing to say.
pub(super) fn done(request: &Request) -> Response {
    finish(request, Response::new(204))
}

fn finish(request: &Request, response: Response) -> Response {
    response.with_header("x-request-id", request_id(request))
}
