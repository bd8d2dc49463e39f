//! What a development deployment shows instead of sending it.

use alloc::vec::Vec;

use crate::authority::{
    Halt, Outcome, Place, World,
    mailbox::{List, Shown},
    refusal::Refusal,
};

/// The mails of all mailboxes, newest first.
///
/// # Errors
/// [`Refusal::DevelopmentOnly`].
pub fn shown(world: &World<'_>) -> Outcome<Vec<Shown>> {
    if !world.settings.development {
        return Err(Refusal::DevelopmentOnly.into());
    }
    let questions = (0..Place::MAILBOX_SHARDS)
        .map(|shard| (Place::Mailbox(shard), List))
        .collect();
    let mut mails = Vec::new();
    for answer in world.ask_all(questions)? {
        mails.extend(answer.map_err(Halt::Refused)?);
    }
    mails.sort_unstable_by_key(|shown: &Shown| core::cmp::Reverse(shown.at));
    Ok(mails)
}
