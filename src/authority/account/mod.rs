//! One account: a person or an organisation, and everything that must be consistent about it.

pub mod audit;
pub mod one_time;
pub mod schema;

use super::{AccountId, World, store::Store};

/// An account, as a rule sees it: its name, its database, and the world.
pub struct Account<'a> {
    /// Its name.
    pub id: AccountId,
    /// Its database, inside the one transaction of this run.
    pub store: &'a dyn Store,
    /// The world outside.
    pub world: &'a World<'a>,
}
