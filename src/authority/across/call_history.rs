//! A service reports calls of agents: each account keeps those of its own.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use crate::authority::{
    Outcome, Place, World,
    account::{
        agent::Reference,
        call_history::{MOST, RecordCalls, ReportedCall},
    },
    directory::attempts::{self, Attempt},
    refusal::{Field, Refusal},
};

/// Most accounts that one report may touch.
const MOST_ACCOUNTS: usize = 16;

/// Keeps calls with the accounts of the agents that are said to have made them, and says
/// how many were kept. Calls by nobody that we know are passed over: the published
/// middleware reports anonymous callers too.
///
/// # Errors
/// [`Refusal::TooMany`]; [`Refusal::InvalidField`] for a call out of bounds; `RateLimited`.
pub fn record(
    world: &World<'_>,
    calls: Vec<(String, ReportedCall)>,
    address: &str,
) -> Outcome<u32> {
    if calls.len() > MOST {
        return Err(Refusal::TooMany { most: 100 }.into());
    }
    let mut accounts: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (agent, call) in calls {
        call.check()?;
        if let Some((account, agent)) = Reference::read(&agent) {
            accounts.entry(account).or_default().push((agent, call));
        }
    }
    if accounts.len() > MOST_ACCOUNTS {
        return Err(Refusal::malformed(Field::ReportedCall).into());
    }
    attempts::count(world, Attempt::ReportCalls, address)?;
    if accounts.is_empty() {
        return Ok(0);
    }
    let questions = accounts
        .into_iter()
        .map(|(account, calls)| (Place::Account(account), RecordCalls { calls }))
        .collect();
    // An account that refuses (there is no such one, say) keeps nothing; the others do.
    Ok(world
        .ask_all(questions)?
        .into_iter()
        .filter_map(Result::ok)
        .sum())
}
