//! From what a person typed to the account that will decide.

use crate::{
    authority::{AccountId, Name, NameKind, Outcome, Place, World, directory::names::Resolve},
    mac::hmac_sha256,
};

/// Accounts that belong to nobody and answer for unknown names.
const DECOYS: u8 = 64;

impl Name {
    /// The directory that knows the name.
    pub(crate) fn place(&self) -> Place {
        Place::directory_of(self.kind().as_str(), self.as_str())
    }
}

/// The account that this name leads to; for an unknown name a decoy, always the same one.
pub(super) fn account_of(world: &World<'_>, login: &Name) -> Outcome<AccountId> {
    let question = Resolve {
        name: login.clone(),
    };
    Ok(match world.ask(login.place(), question)? {
        Some(account) => account,
        None => decoy(world, login),
    })
}

/// Nobody without the master secret can tell a decoy's name from a person's, or make a name
/// that shares a decoy with another.
fn decoy(world: &World<'_>, login: &Name) -> AccountId {
    let key = world.settings.derived_key("decoy accounts");
    let kind = match login.kind() {
        NameKind::Email => b'@',
        NameKind::Username | NameKind::DeveloperEmail | NameKind::Target => b'-',
    };
    let [which, ..] = hmac_sha256(&key, &[&[b'n', kind], login.as_str().as_bytes()].concat());
    let [a, b, c, d, e, f, g, h, i, j, ..] = hmac_sha256(&key, &[b'a', which % DECOYS]);
    AccountId::from_random([a, b, c, d, e, f, g, h, i, j])
}
