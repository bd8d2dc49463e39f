//! The rules: who may do what, decided on one small database.
//!
//! `(request, now, randomness, database) → answer`, synchronous and sans-I/O. The
//! authority knows of no wire format and of no Cloudflare. What it needs from the world
//! outside (a signature by a key it never sees, the word of another account) it states as
//! a [`Need`] and stops; the host rolls the transaction back, fetches the answer, and runs
//! the same function again with the same time and randomness. So a rule reads as straight
//! code, and its checks and its act are always one transaction.
//!
//! State lives in four kinds of [`Place`], each with one database:
//! - [`account`]: a person or an organisation: sessions, keys, codes, agents, the audit log;
//! - [`directory`]: the names that people choose, sharded, and what must be found by them;
//! - [`keyring`]: the signing keys;
//! - [`mailbox`]: mail on its way out.
//!
//! What takes more than one place is in [`across`]: it runs nowhere, holds no state, and
//! asks the places in turn.
//!
//! To add a capability: one file in the place that decides, one variant in [`call::Call`]
//! when another place has to ask for it, one migration for its table.

pub mod account;
pub mod across;
pub mod bytes;
pub mod call;
mod client;
pub mod credential;
pub mod directory;
mod halt;
mod id;
pub mod iso8601;
pub(crate) mod json;
pub mod keyring;
pub mod limits;
pub mod mailbox;
pub mod migration;
mod name;
mod place;
pub mod refusal;
pub mod seal;
mod settings;
pub mod store;
#[cfg(test)]
pub(crate) mod testing;
mod text;
mod world;

pub use client::Client;
pub use halt::{Fault, Halt, Outcome};
pub use id::{AccountId, InvalidAccountId};
pub use name::{Name, NameKind, display_name};
pub use place::Place;
pub use settings::{MailPort, Settings};
pub use world::{
    Algorithm, FetchFailure, Fetched, GeneratedKey, Need, Outbound, Provided, PublicKeyring,
    Timestamp, World, decode, encode,
};
