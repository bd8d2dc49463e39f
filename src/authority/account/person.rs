//! The person whom an account belongs to.

use alloc::{borrow::ToOwned, string::String};

use serde::{Deserialize, Serialize};

use super::{
    Account,
    audit::{self, Actor, Event, EventKind},
    grants::decision::SignedInPrincipal,
    password::{self, Password},
    session::{self, Session},
};
use crate::authority::{
    Client, Fault, Halt, Name, Outcome, Timestamp,
    credential::CredentialHash,
    limits::{self, Limit},
    refusal::Refusal,
    store::{Parameter, Row},
};

pub(crate) const CREATE_TABLE: &str = "CREATE TABLE person (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    request BLOB NOT NULL,
    username TEXT NOT NULL,
    email TEXT NOT NULL,
    email_verified_at INTEGER,
    display_name TEXT NOT NULL,
    password TEXT NOT NULL,
    created_at INTEGER NOT NULL
)";

/// A person, as they and those whom they allow see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Public id: `user_` and the account's name.
    pub user_id: String,
    /// What they sign in with.
    pub username: String,
    /// Their mail address.
    pub email: String,
    /// Whether they have opened a link sent there.
    pub email_verified: bool,
    /// The name that others see.
    pub display_name: String,
    /// When they signed up.
    pub created_at: Timestamp,
}

/// Makes a fresh account a person's, and opens their first session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Create {
    /// The sign-up, as the names were reserved for it.
    pub request: [u8; 16],
    /// Reserved.
    pub username: Name,
    /// Reserved.
    pub email: Name,
    /// As [`display_name`](crate::authority::display_name) has it.
    pub display_name: String,
    /// Hashed here, in the one run that needs nothing from outside.
    pub password: Password,
    /// Of the session's token.
    pub session: CredentialHash,
    /// Who signs up.
    pub client: Client,
}

/// Forgets the person again, when another had the names in the end. No one but this sign-up
/// has ever held a credential of the account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Abandon {
    /// The sign-up that is given up.
    pub request: [u8; 16],
}

/// Who holds this session, by every name that others may know them by?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identify {
    /// SHA-256 of the session's token.
    pub session: CredentialHash,
}

/// Answers [`Identify`].
///
/// # Errors
/// [`Refusal::CredentialRejected`] when no such session lives.
pub(crate) fn identify(account: &Account<'_>, question: &Identify) -> Outcome<SignedInPrincipal> {
    let person = find(account)?;
    match person {
        Some(person) if session::lives(account, &question.session)? => {
            let Profile {
                user_id,
                username,
                email,
                email_verified,
                ..
            } = person.profile;
            // An address that nobody has shown to be theirs proves nothing.
            let email = email_verified.then_some(email);
            let known_as = [Some(user_id), Some(username), email]
                .into_iter()
                .flatten()
                .collect();
            Ok(SignedInPrincipal { known_as })
        }
        _ => Err(Refusal::CredentialRejected.into()),
    }
}

/// A person, as the rules see them.
pub(crate) struct Person {
    pub(crate) profile: Profile,
    pub(crate) request: [u8; 16],
    /// PHC string.
    pub(crate) password: String,
}

/// The account's person, if it has one.
pub(crate) fn find(account: &Account<'_>) -> Outcome<Option<Person>> {
    let row = account.store.first(
        "SELECT username, email, email_verified_at, display_name, created_at, request, password
         FROM person WHERE one = 1",
        &[],
    )?;
    row.map(|row| read(account, &row)).transpose()
}

/// The person whom this account belongs to.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none.
pub fn profile(account: &Account<'_>) -> Outcome<Profile> {
    let person = find(account)?.ok_or(Halt::Refused(Refusal::NotFound))?;
    Ok(person.profile)
}

pub(super) fn create(account: &Account<'_>, new: &Create) -> Outcome<()> {
    if let Some(person) = find(account)? {
        // The answer of a run before was lost: this is the same sign-up.
        return if person.request == new.request {
            Ok(())
        } else {
            Err(Fault::Corrupt("a second person for one account").into())
        };
    }
    let stored = password::hash(&new.password, account.world.random())?;
    account.store.run(
        "INSERT INTO person (one, request, username, email, display_name, password, created_at)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
        &[
            Parameter::Blob(&new.request),
            Parameter::Text(new.username.as_str()),
            Parameter::Text(new.email.as_str()),
            Parameter::Text(&new.display_name),
            Parameter::Text(&stored),
            Parameter::Integer(account.world.now.0),
        ],
    )?;
    audit::record(
        account,
        &Event {
            kind: EventKind::SignedUp,
            actor: Actor::Owner,
            subject: &account.id.user_id(),
            address: &new.client.address,
            detail: "",
        },
    )?;
    session::open(account, &new.session, &new.client, "sign-up")
}

pub(super) fn abandon(account: &Account<'_>, given_up: &Abandon) -> Outcome<()> {
    match find(account)? {
        Some(person) if person.request == given_up.request => {
            account.store.run("DELETE FROM person", &[])?;
            account.store.run("DELETE FROM sessions", &[])?;
            account.store.run("DELETE FROM audit", &[])?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Changes the password, and ends every other session. Who is signed in must still know the
/// old one: a browser that was left open must not be enough.
///
/// # Errors
/// [`Refusal::SignInFailed`] for a wrong old password, [`Refusal::RateLimited`] after too
/// many of them, or too many changes.
pub fn change_password(
    account: &Account<'_>,
    session: &Session,
    old: &Password,
    new: &Password,
    client: &Client,
) -> Outcome<()> {
    let person = find(account)?.ok_or(Halt::Refused(Refusal::NotFound))?;
    let (store, now) = (account.store, account.world.now);
    // Before the hash, which is what costs.
    limits::check(store, now, &Limit::SIGN_IN_FAILURE, "")?;
    limits::check(store, now, &Limit::PASSWORD_CHANGE, "")?;
    if !password::verify(old, &person.password)? {
        limits::allow(store, now, &Limit::SIGN_IN_FAILURE, "")?;
        return Err(Refusal::SignInFailed.into());
    }
    limits::allow(store, now, &Limit::PASSWORD_CHANGE, "")?;
    replace_password(account, new, &session.hash, client)
}

/// Sets a new password, and ends every session but the one that it was chosen in.
pub(crate) fn replace_password(
    account: &Account<'_>,
    new: &Password,
    session: &CredentialHash,
    client: &Client,
) -> Outcome<()> {
    set_password(account, new)?;
    audit::record(
        account,
        &Event {
            kind: EventKind::PasswordChanged,
            actor: Actor::Owner,
            subject: "",
            address: &client.address,
            detail: "",
        },
    )?;
    session::end_others(account, session, client)?;
    Ok(())
}

/// Stores a password's hash, of today's parameters.
pub(crate) fn set_password(account: &Account<'_>, password: &Password) -> Outcome<()> {
    let stored = password::hash(password, account.world.random())?;
    account.store.run(
        "UPDATE person SET password = ?1 WHERE one = 1",
        &[Parameter::Text(&stored)],
    )?;
    Ok(())
}

/// Notes that the person reads the mail sent to their address.
pub(crate) fn verify_email(account: &Account<'_>) -> Outcome<()> {
    account.store.run(
        "UPDATE person SET email_verified_at = ?1 WHERE one = 1 AND email_verified_at IS NULL",
        &[Parameter::Integer(account.world.now.0)],
    )?;
    Ok(())
}

fn read(account: &Account<'_>, row: &Row) -> Outcome<Person> {
    Ok(Person {
        profile: Profile {
            user_id: account.id.user_id(),
            username: row.text(0)?.to_owned(),
            email: row.text(1)?.to_owned(),
            email_verified: row.optional_integer(2)?.is_some(),
            display_name: row.text(3)?.to_owned(),
            created_at: Timestamp(row.integer(4)?),
        },
        request: row
            .blob(5)?
            .try_into()
            .map_err(|_| Fault::Corrupt("a sign-up's id is not 16 bytes"))?,
        password: row.text(6)?.to_owned(),
    })
}
