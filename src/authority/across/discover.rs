//! Anybody looks for agents, in all shards of the listing at the same time.

use alloc::vec::Vec;

use crate::authority::{
    Halt, Outcome, Place, World,
    directory::listing::{Listing, Search, rank},
    refusal::{Field, Refusal},
};

/// Longest text to look for, in bytes.
const LONGEST: usize = 200;

/// The best of all shards: best score first, then newest, at most
/// [`MOST`](crate::authority::directory::listing::MOST).
///
/// # Errors
/// [`Refusal::InvalidField`] for overlong texts.
pub fn search(world: &World<'_>, search: &Search) -> Outcome<Vec<Listing>> {
    if search.words.len() > LONGEST || search.ai_type.len() > LONGEST {
        return Err(Refusal::malformed(Field::Search).into());
    }
    let questions = (0..Place::LISTING_SHARDS)
        .map(|shard| (Place::Directory(shard), search.clone()))
        .collect();
    let mut found = Vec::new();
    for answer in world.ask_all(questions)? {
        found.append(&mut answer.map_err(Halt::Refused)?);
    }
    rank(&mut found);
    Ok(found)
}
