//! Sign-in by a mailed link: for who has forgotten the password, or was shut out by
//! somebody's guessing.
//!
//! Single use, 15 minutes, and whoever follows it may choose a new password by it. Opening the
//! link only shows a page; the page's form redeems it, because mail programs open links before
//! people do.
//!
//! Whoever makes an account may name another's address, and wait for its owner to come in by
//! mail and fill it. So the first to follow a link must hold a session of the account, as its
//! maker does, or choose a new password: then all is over that the maker could still act by.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{
    AN_HOUR, Account, agent,
    audit::{self, Actor, Event, EventKind},
    form_token::{self, FormProof},
    one_time::{self, NewSecret, Redemption, SecretKind},
    password::Password,
    permission, person, platform_key, session,
};
use crate::{
    authority::{
        Client, Fault, Halt, Name, Outcome,
        credential::CredentialHash,
        limits::{self, Limit},
        refusal::Refusal,
    },
    jose::base64url,
};

/// Milliseconds for which a link can be used.
pub const LIFETIME: i64 = 15 * 60 * 1000;

/// Longest text that a link carries for the sign-in that it continues, in bytes.
pub const CONTINUATION_LIMIT: usize = 1024;

/// Issues a link, and says where to send it: nowhere, where the account is a decoy. Its
/// refusals are its answer, as [`SignIn`](super::sign_in::SignIn)'s are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// The name that was typed.
    pub login: Name,
    /// The token of the form that it was typed in.
    pub form: Option<FormProof>,
    /// Of the link's token.
    pub hash: CredentialHash,
    /// Where the sign-in goes on afterwards; the front's own text.
    pub continuation: String,
    /// Who asks.
    pub client: Client,
}

/// Whom a link is sent to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipient {
    /// Their mail address.
    pub email: String,
    /// What to call them.
    pub display_name: String,
    /// Whether somebody has shown the address to be theirs.
    pub verified: bool,
}

/// What following this link would ask for, for the page that offers it. Spends nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspect {
    /// Of the link's token.
    pub hash: CredentialHash,
    /// Of the session that its holder shows.
    pub held: Option<CredentialHash>,
}

/// A link that could be followed now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Whether it asks for a new password.
    pub new_password_required: bool,
}

/// Opens a session for who holds the link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Redeem {
    /// Of the link's token.
    pub hash: CredentialHash,
    /// Of the session that its holder shows.
    pub held: Option<CredentialHash>,
    /// Of the new session's token.
    pub session: CredentialHash,
    /// What takes the place of the password.
    pub new_password: Option<Password>,
    /// Who signs in.
    pub client: Client,
}

/// A link that was redeemed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Redeemed {
    /// Where the sign-in goes on, as it was given to [`Issue`].
    pub continuation: String,
}

pub(super) fn issue(
    account: &Account<'_>,
    link: &Issue,
) -> Outcome<Result<Option<Recipient>, Refusal>> {
    match decide(account, link) {
        Err(Halt::Refused(refusal)) => Ok(Err(refusal)),
        decided => decided.map(Ok),
    }
}

fn decide(account: &Account<'_>, link: &Issue) -> Outcome<Option<Recipient>> {
    let (store, now) = (account.store, account.world.now);
    let person = person::find(account)?;
    let key = match &person {
        Some(_) => "",
        None => link.login.as_str(),
    };
    // Before the form is written down; one that is sent twice does not count twice.
    limits::check(store, now, &Limit::MAIL_LINK, key)?;
    if let Some(form) = &link.form {
        form_token::spend(account, form)?;
    }
    limits::allow(store, now, &Limit::MAIL_LINK, key)?;
    account.world.wake_by(now.plus(AN_HOUR));
    let Some(person) = person else {
        return Ok(None);
    };
    one_time::issue(
        account,
        &NewSecret {
            kind: SecretKind::MailLink,
            hash: link.hash,
            subject: &account.id.user_id(),
            binding: "",
            payload: link.continuation.as_bytes(),
            expires_at: now.plus(LIFETIME),
        },
    )?;
    audit::record(
        account,
        &Event {
            kind: EventKind::MailLinkSent,
            actor: Actor::Stranger,
            subject: "",
            address: &link.client.address,
            detail: "",
        },
    )?;
    Ok(Some(Recipient {
        email: person.profile.email,
        display_name: person.profile.display_name,
        verified: person.profile.email_verified,
    }))
}

/// # Errors
/// [`Refusal::SecretRejected`].
pub(super) fn inspect(account: &Account<'_>, link: &Inspect) -> Outcome<Offer> {
    match one_time::peek(account, SecretKind::MailLink, &link.hash)? {
        Some(secret) if secret.spent.is_none() && account.world.now < secret.expires_at => {
            Ok(Offer {
                new_password_required: is_strange(account, link.held.as_ref())?,
            })
        }
        _ => Err(Refusal::SecretRejected.into()),
    }
}

pub(super) fn redeem(account: &Account<'_>, link: &Redeem) -> Outcome<Redeemed> {
    let strange = is_strange(account, link.held.as_ref())?;
    // Whoever repeats the request for this very session has lost the answer.
    let repeat_key = base64url::encode(&link.session);
    let redemption = Redemption {
        kind: SecretKind::MailLink,
        hash: link.hash,
        binding: "",
        redeemer: "",
        idempotency_key: Some(&repeat_key),
        address: &link.client.address,
    };
    let redeemed = one_time::redeem(account, &redemption, |secret| {
        match (strange, &link.new_password) {
            (true, None) => Err(Refusal::NewPasswordRequired.into()),
            _ => Ok(secret.payload.clone()),
        }
    })?;
    let continuation = String::from_utf8(redeemed.answer)
        .map_err(|_| Fault::Corrupt("a link's continuation is not text"))?;
    if !redeemed.repeat {
        if strange {
            shut_out_maker(account)?;
        }
        person::verify_email(account)?;
        session::open(account, &link.session, &link.client, "mailed link")?;
        if let Some(password) = &link.new_password {
            person::replace_password(account, password, &link.session, &link.client)?;
        }
    }
    Ok(Redeemed { continuation })
}

/// Whether nothing shows yet that who made the account and who reads its mail are one.
fn is_strange(account: &Account<'_>, held: Option<&CredentialHash>) -> Outcome<bool> {
    let verified = person::find(account)?.is_some_and(|person| person.profile.email_verified);
    Ok(match held {
        _ if verified => false,
        Some(session) => !session::lives(account, session)?,
        None => true,
    })
}

/// Ends what the account's maker, besides by password and sessions, could act by in its owner's
/// name.
fn shut_out_maker(account: &Account<'_>) -> Outcome<()> {
    // Codes that were not spent, agents that were let in and have not come.
    one_time::withdraw_all(account)?;
    for agent in agent::list(account)? {
        agent::deregister(account, &agent.id)?;
    }
    for key in platform_key::list(account)? {
        platform_key::revoke(account, &key.id)?;
    }
    for given in permission::list(account)? {
        permission::set(account, given.target.as_str(), &[])?;
    }
    Ok(())
}
