//! Where state lives.

use alloc::string::{String, ToString};

use serde::{Deserialize, Serialize};

use super::AccountId;
use crate::sha256;

/// One stateful object: one database, one thread, one transaction at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// A person's or an organisation's.
    Account(AccountId),
    /// One shard of the names that people choose, `0..Place::DIRECTORY_SHARDS`.
    Directory(u8),
    /// The signing keys.
    Keyring,
    /// Mail on its way out, sharded by recipient, `0..Place::MAILBOX_SHARDS`.
    Mailbox(u8),
}

impl Place {
    /// Never changed once deployed: a name must be found where it was put.
    pub const DIRECTORY_SHARDS: u8 = 64;
    /// Fewer than the directory's, as mail is rare.
    pub const MAILBOX_SHARDS: u8 = 8;

    /// The directory shard that holds `name`; `kind` keeps equal names of two kinds apart.
    #[must_use]
    pub fn directory_of(kind: &str, name: &str) -> Self {
        Self::Directory(shard(kind, name) % Self::DIRECTORY_SHARDS)
    }

    /// The directory shards that also list agents: the first of them. Few, as a search asks all;
    /// never changed once deployed, like [`Place::DIRECTORY_SHARDS`].
    pub const LISTING_SHARDS: u8 = 8;

    /// The directory shard that lists the agent with this public id.
    #[must_use]
    pub fn listing_of(agent_id: &str) -> Self {
        Self::Directory(shard("agent", agent_id) % Self::LISTING_SHARDS)
    }

    /// The mailbox that sends to `recipient`.
    #[must_use]
    pub fn mailbox_of(recipient: &str) -> Self {
        Self::Mailbox(shard("mailbox", recipient) % Self::MAILBOX_SHARDS)
    }

    /// The name that the platform knows the object by, unique within its kind.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Account(id) => id.to_string(),
            Self::Directory(shard) | Self::Mailbox(shard) => shard.to_string(),
            Self::Keyring => "keyring".to_string(),
        }
    }
}

fn shard(kind: &str, name: &str) -> u8 {
    let [first, ..] = sha256::digest(alloc::format!("{kind}\0{name}").as_bytes());
    first
}
