//! One agent says how far it trusts another.
//!
//! First the trusting account says who speaks, then the trusted account counts the voice,
//! then the trusting account keeps what was said, then the listing hears the score. Each
//! step may be repeated without harm, so a call that was cut off is simply made again.

use alloc::string::String;

use crate::authority::{
    Outcome, Place, World,
    account::{
        agent::Reference,
        trust::{GiveTrust, MayTrust, ReceiveTrust, Standing},
    },
    credential::{Credential, CredentialKind},
    directory::listing::RescoreAgent,
    refusal::Refusal,
};

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// By whom: a public id.
    pub by: String,
    /// Of whom, and where it stands now.
    pub of: Standing,
}

/// Says how far the agent with this key trusts `target`, a public id or an API key. Level 0
/// takes it back.
///
/// # Errors
/// [`Refusal::CredentialRejected`], [`Refusal::NotFound`], `TooMany`, and `InvalidField` for
/// an agent that means itself.
pub fn give(world: &World<'_>, api_key: &str, target: &str, level: u8) -> Outcome<Given> {
    let key = Credential::parse(CredentialKind::ApiKey, api_key)?;
    let (owner, target) = Reference::read(target).ok_or(Refusal::NotFound)?;
    let truster = world.ask(
        Place::Account(key.account()),
        MayTrust {
            key_hash: key.hash(),
            target: target.clone(),
        },
    )?;
    let standing = world.ask(
        Place::Account(owner),
        ReceiveTrust {
            target,
            from: key.account(),
            has_voice: truster.has_voice,
            level,
        },
    )?;
    world.ask(
        Place::Account(key.account()),
        GiveTrust {
            agent_id: truster.agent_id.clone(),
            of: standing.clone(),
            level,
        },
    )?;
    if standing.alone {
        world.ask(
            Place::listing_of(&standing.agent_id),
            RescoreAgent {
                agent_id: standing.agent_id.clone(),
                score: standing.score,
                voices: standing.voices,
            },
        )?;
    }
    Ok(Given {
        by: truster.agent_id,
        of: standing,
    })
}
