//! A principal decides: the request is in the developer's account, the session in their own.

use crate::authority::{
    Outcome, Place, World,
    account::{
        grants::{
            account_of,
            decision::{Decide, Decided, Decision, Describe, Description},
            request::ID_PREFIX,
        },
        person::Identify,
    },
    credential::{Credential, CredentialKind},
};

/// What a request asks, for the principal's eyes.
///
/// # Errors
/// [`Refusal::NotFound`](crate::authority::refusal::Refusal::NotFound) for one that does not
/// exist, [`Refusal::Gone`](crate::authority::refusal::Refusal::Gone) for one that is over.
pub fn describe(world: &World<'_>, id: &str) -> Outcome<Description> {
    let place = Place::Account(account_of(ID_PREFIX, id)?);
    world.ask(place, Describe { id: id.into() })
}

/// Takes a decision; `session_token` is the principal's, where they are signed in here.
///
/// # Errors
/// As [`describe`];
/// [`Refusal::SignInRequired`](crate::authority::refusal::Refusal::SignInRequired).
pub fn decide(
    world: &World<'_>,
    id: &str,
    decision: Decision,
    session_token: Option<&str>,
) -> Outcome<Decided> {
    let place = Place::Account(account_of(ID_PREFIX, id)?);
    let session =
        session_token.and_then(|token| Credential::parse(CredentialKind::Session, token).ok());
    let principal = match session {
        Some(session) => {
            let question = Identify {
                session: session.hash(),
            };
            let asked = alloc::vec![(Place::Account(session.account()), question)];
            // A session that is over is none: the developer may not ask for one.
            world.ask_all(asked)?.pop().and_then(Result::ok)
        }
        None => None,
    };
    world.ask(
        place,
        Decide {
            id: id.into(),
            decision,
            principal,
        },
    )
}
