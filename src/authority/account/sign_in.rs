//! Sign-in by password, as the account decides it.
//!
//! An account without a person answers as one with a person and another password: it counts,
//! hashes and refuses the same. So the front asks such a *decoy* where a name is unknown
//! (see [`across::sign_in`](crate::authority::across::sign_in)), and nobody can tell.

use serde::{Deserialize, Serialize};

use super::{
    AN_HOUR, Account,
    audit::{self, Actor, Event, EventKind},
    form_token::{self, FormProof},
    password::{self, Password},
    person, session,
};
use crate::authority::{
    Client, Halt, Name, Outcome,
    credential::CredentialHash,
    limits::{self, Limit},
    refusal::Refusal,
};

/// Opens a session for whoever knows the password.
///
/// Its refusals are its answer: the host keeps nothing of a refusal by an account that was
/// never written to, and a decoy must count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignIn {
    /// The name that was typed.
    pub login: Name,
    /// The password that was typed.
    pub password: Password,
    /// The token of the form that it was typed in, where it was a form.
    pub form: Option<FormProof>,
    /// Of the session's token.
    pub session: CredentialHash,
    /// Who signs in.
    pub client: Client,
}

pub(super) fn sign_in(account: &Account<'_>, attempt: &SignIn) -> Outcome<Result<(), Refusal>> {
    match decide(account, attempt) {
        Err(Halt::Refused(refusal)) => Ok(Err(refusal)),
        decided => decided.map(Ok),
    }
}

fn decide(account: &Account<'_>, attempt: &SignIn) -> Outcome<()> {
    let (store, now) = (account.store, account.world.now);
    let person = person::find(account)?;
    // A decoy stands for many names, and each has its own limit.
    let key = match &person {
        Some(_) => "",
        None => attempt.login.as_str(),
    };
    // Before the form is written down and the hash is computed: both are what an attacker would
    // have us spend.
    limits::check(store, now, &Limit::SIGN_IN_FAILURE, key)?;
    if let Some(form) = &attempt.form {
        form_token::spend(account, form)?;
    }
    let known = match &person {
        Some(person) => password::verify(&attempt.password, &person.password)?,
        None => {
            password::pretend(&attempt.password)?;
            false
        }
    };
    if !known {
        limits::allow(store, now, &Limit::SIGN_IN_FAILURE, key)?;
        // A decoy keeps no log: nobody reads it, and strangers could make it long.
        if person.is_some() {
            audit::record(
                account,
                &Event {
                    kind: EventKind::SignInRefused,
                    actor: Actor::Stranger,
                    subject: "",
                    address: &attempt.client.address,
                    detail: "wrong password",
                },
            )?;
        }
        account.world.wake_by(now.plus(AN_HOUR));
        return Err(Refusal::SignInFailed.into());
    }
    if person.is_some_and(|person| password::is_outdated(&person.password)) {
        person::set_password(account, &attempt.password)?;
    }
    limits::forgive(store, &Limit::SIGN_IN_FAILURE, key)?;
    session::open(account, &attempt.session, &attempt.client, "password")
}
