//! An agent registers by itself: it gets an account of its own, and is listed.

use crate::authority::{
    Outcome, Place, World,
    account::agent::{AdmitAgent, AgentProfile, NewAgent},
    directory::{
        attempts::{self, Attempt},
        listing::ListAgent,
    },
};

/// Makes an account with this one agent in it, and lists the agent.
///
/// # Errors
/// [`Refusal::InvalidField`](crate::authority::refusal::Refusal::InvalidField), `RateLimited`.
pub fn register(world: &World<'_>, profile: &AgentProfile, address: &str) -> Outcome<NewAgent> {
    profile.check()?;
    attempts::count(world, Attempt::RegisterAgent, address)?;
    let account = world.new_account_id();
    let agent = NewAgent::make(world, account);
    world.ask(
        Place::Account(account),
        AdmitAgent {
            kept: agent.kept.clone(),
            profile: profile.clone(),
        },
    )?;
    world.ask(
        Place::listing_of(&agent.kept.id),
        ListAgent {
            agent_id: agent.kept.id.clone(),
            profile: profile.clone(),
        },
    )?;
    Ok(agent)
}
