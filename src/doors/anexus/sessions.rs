//! `GET /api/v1/session/check`

use super::{
    super::{Request, Response, json},
    errors,
};
use crate::authority::{
    AccountId, Outcome,
    account::{Account, person, session},
    json::object,
};

/// The session token of a request; empty when there is none.
pub(super) fn token(request: &Request) -> &str {
    request.header("x-session-token").unwrap_or_default()
}

/// The account that the session token names.
pub(super) fn locate(request: &Request) -> Result<AccountId, Response> {
    session::account_of(token(request)).map_err(|refusal| errors::refused(request, &refusal))
}

/// Whose session this is.
pub(super) fn check(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    session::authenticate(account, token(request))?;
    let profile = person::profile(account)?;
    Ok(json::answer(
        200,
        // The command line reads all four texts without looking first.
        object! {
            "logged_in": true,
            "user_id": profile.user_id,
            "username": profile.username,
            "email": profile.email,
            "role": "human",
        },
    ))
}
