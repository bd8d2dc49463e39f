//! The names that people choose, and what must be found by them.
//!
//! Everything else names its account by itself. A directory is one shard of many, found by
//! the hash of what is looked up; it knows which account a name leads to and nothing of that
//! account. The directory decides who has a name; an account that was not confirmed here is
//! nobody's.
//!
//! To add a kind of name: a variant of [`NameKind`](super::NameKind). To add something else
//! that is found without its account: a file with its table, a migration below, and its
//! questions in [`answer`].

use alloc::vec::Vec;

pub mod attempts;
pub mod device;
pub mod listing;
pub mod names;

use super::{
    Fault, Outcome, World, call::Call, encode, limits, migration::Migrations, store::Store,
};

/// A directory shard, as a rule sees it: its database, and the world.
pub struct Directory<'a> {
    /// Its database, inside the one transaction of this run.
    pub store: &'a dyn Store,
    /// The world outside.
    pub world: &'a World<'a>,
}

/// In order; a migration that has shipped is never edited.
pub const MIGRATIONS: Migrations = &[
    &[names::CREATE_TABLE],
    &[
        limits::CREATE_TABLE,
        device::CREATE_TABLE,
        device::CREATE_INDEX,
        listing::CREATE_TABLE,
        listing::CREATE_INDEX,
    ],
    &[names::CREATE_INDEX],
];

/// Answers another place's question.
///
/// # Errors
/// Whatever the rule says; [`Fault::Corrupt`] for a question to another kind of place.
pub fn answer(directory: &Directory<'_>, call: Call) -> Outcome<Vec<u8>> {
    Ok(match call {
        Call::ReserveName(question) => encode(&names::reserve(directory, &question)?),
        Call::ConfirmName(question) => encode(&names::confirm(directory, &question)?),
        Call::ReleaseName(question) => encode(&names::release(directory, &question)?),
        Call::ResolveName(question) => encode(&names::resolve(directory, &question)?),
        Call::CountAttempt(question) => encode(&attempts::allow(directory, &question)?),
        Call::OpenDevice(question) => encode(&device::open(directory, &question)?),
        Call::DescribeDevice(question) => encode(&device::describe(directory, &question)?),
        Call::DecideDevice(question) => encode(&device::decide(directory, &question)?),
        Call::PollDevice(question) => encode(&device::poll(directory, &question)?),
        Call::ListAgent(question) => encode(&listing::list(directory, &question)?),
        Call::UnlistAgent(question) => encode(&listing::unlist(directory, &question)?),
        Call::RescoreAgent(question) => encode(&listing::rescore(directory, &question)?),
        Call::SearchAgents(question) => encode(&listing::search(directory, &question)?),
        _ => Err(Fault::Corrupt(
            "a directory was asked what it does not know",
        )),
    }?)
}

/// Cleans up, and says when next. Nothing depends on it: expiry is checked at use.
///
/// # Errors
/// [`Fault::Store`].
pub fn alarm(directory: &Directory<'_>) -> Outcome<()> {
    if limits::sweep(directory.store, directory.world.now)? {
        attempts::sweep_again(directory);
    }
    device::sweep(directory)?;
    names::sweep(directory)
}
