//! What takes more than one place.
//!
//! These rules run at the front, hold no state, and ask the places in turn. Each question is
//! one transaction in one place; between two of them anything may happen, the end of the
//! world included. So every question may be repeated, carries the id of its request or the
//! digest of what it makes, and one place decides: the directory who has a name, the account
//! who is let in.
//!
//! What a rule here draws at random (an account's name, a session's token) it draws from the
//! request's seed, before its first question: each run for one request draws the same. Tokens
//! do not travel: the account is told their digest.
//!
//! To add one: a file for the verb, and a test of what happens when it stops after each of
//! its questions.

pub mod agent;
pub mod call_history;
pub mod consent;
pub mod developer;
pub mod device;
pub mod discover;
mod login;
pub mod mail;
pub mod mail_link;
pub mod redeem;
pub mod sign_in;
pub mod sign_up;
pub mod trust;

use alloc::string::String;

use super::AccountId;

/// Somebody who has just been let in.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Whose account.
    pub account: AccountId,
    /// The session's token: for the person's browser or program, and nowhere else.
    pub session_token: String,
}

debug_without_secrets!(SignedIn { account });
