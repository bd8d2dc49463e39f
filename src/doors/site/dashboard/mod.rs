//! What a person owns: keys, permissions, agents, sessions, codes, the log.
//!
//! Each page is one file with its view, its acts and their JSON. The page is the view
//! rendered; the JSON is the same view without its frame, so the two cannot drift apart.

pub(super) mod agents;
pub(super) mod codes;
pub(super) mod keys;
pub(super) mod log;
pub(super) mod overview;
pub(super) mod password;
pub(super) mod permissions;
pub(super) mod sessions;
