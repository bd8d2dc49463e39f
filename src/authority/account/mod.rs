//! One account: a person or an organisation, and everything that must be consistent about it.

pub mod audit;
pub mod grants;
pub mod one_time;
pub mod schema;

use alloc::vec::Vec;

use super::{AccountId, Fault, Outcome, World, call::Call, store::Store};

/// An account, as a rule sees it: its name, its database, and the world.
pub struct Account<'a> {
    /// Its name.
    pub id: AccountId,
    /// Its database, inside the one transaction of this run.
    pub store: &'a dyn Store,
    /// The world outside.
    pub world: &'a World<'a>,
}

/// What the account says to another place's question, encoded.
///
/// # Errors
/// As the rule that answers it; [`Fault::Corrupt`] for a question to some other place.
pub fn answer(_account: &Account<'_>, _call: Call) -> Outcome<Vec<u8>> {
    Err(Fault::Corrupt("not a question to an account").into())
}

/// What the account does when its time has come: clean up, and say when next.
///
/// # Errors
/// [`Fault::Store`] when the database refuses.
pub fn alarm(account: &Account<'_>) -> Outcome<()> {
    grants::sweep(account)
}
