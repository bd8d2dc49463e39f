//! What became of each code, for the person's eyes.

use alloc::{string::String, vec::Vec};

use super::{
    super::{
        Account,
        one_time::{self, Secret, SecretKind},
    },
    public_id,
};
use crate::authority::{Outcome, Timestamp};

/// A code as its person sees it: never the string itself, which is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedCode {
    /// What the log calls it.
    pub id: String,
    /// The platform that it is for.
    pub target: String,
    /// Where it was asked for; empty when unknown.
    pub geo_location: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// From when on it is dead.
    pub expires_at: Timestamp,
    /// What became of it.
    pub fate: CodeFate,
    /// For [`history`]: the next page begins after this one.
    pub cursor: (Timestamp, [u8; 32]),
}

/// What became of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeFate {
    /// It can still be spent.
    Open,
    /// A platform spent it.
    Redeemed {
        /// When.
        at: Timestamp,
        /// By the public id of its key.
        by: String,
    },
    /// Nobody spent it in time.
    Expired,
}

/// Codes of the last day and hour, newest first, at most `most` and never more than 200.
///
/// # Errors
/// Those of the store.
pub fn history(
    account: &Account<'_>,
    before: Option<(Timestamp, [u8; 32])>,
    most: u32,
) -> Outcome<Vec<IssuedCode>> {
    let now = account.world.now;
    Ok(one_time::page(account, SecretKind::Code, before, most)?
        .into_iter()
        .map(|secret| shown(secret, now))
        .collect())
}

fn shown(secret: Secret, now: Timestamp) -> IssuedCode {
    IssuedCode {
        id: public_id(&secret.hash),
        target: secret.binding,
        geo_location: String::from_utf8(secret.payload).unwrap_or_default(),
        issued_at: secret.issued_at,
        expires_at: secret.expires_at,
        cursor: (secret.expires_at, secret.hash),
        fate: match secret.spent {
            Some(spent) => CodeFate::Redeemed {
                at: spent.at,
                by: spent.by,
            },
            None if secret.expires_at <= now => CodeFate::Expired,
            None => CodeFate::Open,
        },
    }
}
