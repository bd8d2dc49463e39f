//! A platform spends a code.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::super::{
    Account,
    audit::{self, Actor, Event, EventKind},
    one_time::{self, Redemption, Secret, SecretKind},
    permission,
    platform_key::Platform,
};
use crate::authority::{
    Fault, Outcome, decode, encode,
    store::{Parameter, Row},
};

/// Asked of the account that the code names, for a platform that has proved itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redeem {
    /// SHA-256 of the whole code.
    #[serde(with = "crate::authority::bytes")]
    pub hash: [u8; 32],
    /// Who spends it.
    pub platform: Platform,
    /// Under which a lost answer may be asked for again.
    pub idempotency_key: Option<String>,
    /// The platform's network address, for the log.
    pub address: String,
}

/// Who sent the agent, and what it may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// `user_…`
    pub user_id: String,
    /// The name that the person signs in with.
    pub username: String,
    /// The name that the person goes by.
    pub name: String,
    /// The platform that the code was for.
    pub target: String,
    /// What the person gives this platform, at this moment.
    pub permissions: Vec<String>,
    /// Where the code was asked for, `CC/REGION`; empty when unknown.
    pub geo_location: String,
}

/// A code that was good, and is spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// Whose code it was.
    pub person: Person,
    /// Whether this answer was given before, and is given again.
    pub repeat: bool,
}

/// Spends a code. The common case, a good code without an idempotency key, is two statements:
/// spend and look up the person, log.
///
/// # Errors
/// [`Refusal::SecretRejected`](crate::authority::refusal::Refusal::SecretRejected) whether it
/// is unknown, spent, expired or for another platform; none of these spends it.
pub fn redeem(account: &Account<'_>, question: &Redeem) -> Outcome<Granted> {
    let redemption = Redemption {
        kind: SecretKind::Code,
        hash: question.hash,
        binding: &question.platform.target,
        redeemer: &question.platform.key_id,
        idempotency_key: question.idempotency_key.as_deref(),
        address: &question.address,
    };
    let spending = one_time::spending!(
        "(SELECT username FROM person), (SELECT display_name FROM person),
         (SELECT granted FROM permission WHERE target = binding)"
    );
    if let Some((secret, row)) = one_time::spend(account, &redemption, spending)? {
        log(account, question, &secret)?;
        return Ok(Granted {
            person: person_of(account, &secret, &row, one_time::SPENT_ALSO)?,
            repeat: false,
        });
    }
    let redeemed = one_time::redeem(account, &redemption, |secret| {
        Ok(encode(&person(account, secret)?)?)
    })?;
    if !redeemed.repeat {
        log(account, question, &redeemed.secret)?;
    }
    Ok(Granted {
        person: decode(&redeemed.answer)?,
        repeat: redeemed.repeat,
    })
}

fn log(account: &Account<'_>, question: &Redeem, secret: &Secret) -> Outcome<()> {
    audit::record(
        account,
        &Event {
            kind: EventKind::CodeRedeemed,
            actor: Actor::Platform(&question.platform.key_id),
            subject: &secret.subject,
            address: &question.address,
            detail: &question.platform.target,
        },
    )
}

fn person(account: &Account<'_>, secret: &Secret) -> Outcome<Person> {
    let row = account
        .store
        .first(
            "SELECT username, display_name,
                    (SELECT granted FROM permission WHERE target = ?)
             FROM person",
            &[Parameter::Text(&secret.binding)],
        )?
        .ok_or(Fault::Corrupt("an account with codes and without a person"))?;
    person_of(account, secret, &row, 0)
}

/// The person by their names and what they give, in three columns from this one on.
fn person_of(account: &Account<'_>, secret: &Secret, row: &Row, at: usize) -> Outcome<Person> {
    Ok(Person {
        user_id: account.id.user_id(),
        username: row.text(at)?.into(),
        name: row.text(at + 1)?.into(),
        target: secret.binding.clone(),
        permissions: row
            .optional_text(at + 2)?
            .map(permission::split)
            .unwrap_or_default(),
        geo_location: String::from_utf8(secret.payload.clone())
            .map_err(|_| Fault::Corrupt("a code's place is not text"))?,
    })
}
