//! Trust: what one agent says of another.
//!
//! Whoever trusts keeps what it said; whoever is trusted keeps who said it, once for each
//! account, so that a hundred agents of one person have one voice. Agents that registered
//! by themselves may say what they like, and it is kept with them, but it has no voice in
//! a score: accounts that cost nothing would make scores worth nothing.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    Account,
    agent::{self, Reference},
};
use crate::authority::{
    AccountId, Outcome, Timestamp,
    credential::CredentialHash,
    refusal::{Field, Refusal},
    store::Parameter,
};

/// Most agents that one agent says something of.
pub const MOST: u32 = 500;
/// Most accounts whose voice is kept for one agent.
const MOST_VOICES: u32 = 10_000;
/// Full trust.
pub const FULL: i64 = 100;

pub(crate) const CREATE_GIVEN: &str = "CREATE TABLE trust_given (
    agent_id TEXT NOT NULL,
    target TEXT NOT NULL,
    name TEXT NOT NULL,
    level INTEGER NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (agent_id, target)
) WITHOUT ROWID";

pub(crate) const CREATE_RECEIVED: &str = "CREATE TABLE trust_received (
    agent_id TEXT NOT NULL,
    account TEXT NOT NULL,
    level INTEGER NOT NULL,
    PRIMARY KEY (agent_id, account)
) WITHOUT ROWID";

/// What one agent says of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    /// Of whom: a public id.
    pub agent_id: String,
    /// The name it had then.
    pub name: String,
    /// 1 to 100.
    pub level: u8,
    /// Since when.
    pub since: Timestamp,
}

/// What an agent stands at, for whoever keeps a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its public id.
    pub agent_id: String,
    /// Its name.
    pub name: String,
    /// Whether it registered by itself, and so is listed.
    pub alone: bool,
    /// 0 to 100.
    pub score: u8,
    /// How many accounts made the score.
    pub voices: u32,
}

/// Asked of the trusting agent's account: who this is, and whether it has room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MayTrust {
    /// SHA-256 of its API key.
    pub key_hash: CredentialHash,
    /// Of whom it wants to say something.
    pub target: Reference,
}

/// An agent that says something of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truster {
    /// Its public id.
    pub agent_id: String,
    /// Whether what it says counts in a score.
    pub has_voice: bool,
}

/// Asked of the trusted agent's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiveTrust {
    /// Of whom.
    pub target: Reference,
    /// By whose agent.
    pub from: AccountId,
    /// Whether it counts.
    pub has_voice: bool,
    /// 0 to 100.
    pub level: u8,
}

/// Asked of the trusting agent's account, once the other knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiveTrust {
    /// Which of its agents: a public id.
    pub agent_id: String,
    /// Of whom.
    pub of: Standing,
    /// 0 to 100.
    pub level: u8,
}

/// The score that `voices` levels with this sum make: their mean, with one silent voice
/// of 0 among them. A single friend brings it to 50 at most, nine to 90.
#[must_use]
pub fn score(sum: i64, voices: i64) -> u8 {
    sum.checked_div(voices.saturating_add(1))
        .and_then(|score| u8::try_from(score.clamp(0, FULL)).ok())
        .unwrap_or(0)
}

/// Reads a level: 0 takes trust back, 100 is full trust.
///
/// # Errors
/// [`Refusal::InvalidField`] beyond that.
pub fn level(number: i64) -> Result<u8, Refusal> {
    u8::try_from(number)
        .ok()
        .filter(|level| i64::from(*level) <= FULL)
        .ok_or(Refusal::malformed(Field::TrustLevel))
}

/// The trusting side, before: who it is. Nothing is written.
///
/// # Errors
/// [`Refusal::CredentialRejected`]; [`Refusal::TooMany`] where it already says something of
/// [`MOST`] others; [`Refusal::InvalidField`] where it means itself.
pub fn may_trust(account: &Account<'_>, question: &MayTrust) -> Outcome<Truster> {
    let agent = agent::by_key(account, &question.key_hash)?.ok_or(Refusal::CredentialRejected)?;
    let target = match &question.target {
        Reference::Id(id) => Some(id.clone()),
        // A key of another account is not known here, and then it is not this agent's.
        key @ Reference::Key(_) => agent::id_of(account, key)?,
    };
    if target.as_ref() == Some(&agent.id) {
        return Err(Refusal::malformed(Field::TrustTarget).into());
    }
    let row = account.store.first(
        "SELECT count(*), coalesce(max(target = ?2), 0) FROM trust_given WHERE agent_id = ?1",
        &[
            Parameter::Text(&agent.id),
            Parameter::Text(target.as_deref().unwrap_or_default()),
        ],
    )?;
    if let Some(row) = row
        && row.integer(0)? >= MOST.into()
        && row.integer(1)? == 0
    {
        return Err(Refusal::TooMany { most: MOST }.into());
    }
    Ok(Truster {
        agent_id: agent.id,
        has_voice: !agent.alone,
    })
}

/// The trusting side, after: keeps what the agent says.
///
/// # Errors
/// [`Refusal::TooMany`] at [`MOST`] others.
pub fn give(account: &Account<'_>, question: &GiveTrust) -> Outcome<()> {
    let GiveTrust {
        agent_id,
        of,
        level,
    } = question;
    if *level == 0 {
        account.store.run(
            "DELETE FROM trust_given WHERE agent_id = ? AND target = ?",
            &[Parameter::Text(agent_id), Parameter::Text(&of.agent_id)],
        )?;
        return Ok(());
    }
    let rows = account.store.run(
        "INSERT INTO trust_given (agent_id, target, name, level, since)
         SELECT ?1, ?2, ?3, ?4, ?5
         WHERE (SELECT count(*) FROM trust_given WHERE agent_id = ?1 AND target <> ?2) < ?6
         ON CONFLICT (agent_id, target) DO UPDATE
           SET name = excluded.name, level = excluded.level, since = excluded.since
         RETURNING 1",
        &[
            Parameter::Text(agent_id),
            Parameter::Text(&of.agent_id),
            Parameter::Text(&of.name),
            Parameter::Integer((*level).into()),
            Parameter::Integer(account.world.now.0),
            Parameter::Integer(MOST.into()),
        ],
    )?;
    if rows.is_empty() {
        return Err(Refusal::TooMany { most: MOST }.into());
    }
    Ok(())
}

/// The trusted side: keeps the voice of the account `from`, where it has one, and says
/// where the agent stands now.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::TooMany`] where no further voice is kept.
pub fn receive(account: &Account<'_>, question: &ReceiveTrust) -> Outcome<Standing> {
    let ReceiveTrust {
        from,
        has_voice,
        level,
        ..
    } = *question;
    let agent = agent::resolve(account, &question.target)?;
    if has_voice && from != account.id {
        let from = from.as_str();
        let before = account.store.run(
            "DELETE FROM trust_received WHERE agent_id = ? AND account = ? RETURNING level",
            &[Parameter::Text(&agent.id), Parameter::Text(from)],
        )?;
        let before = before.first().map(|row| row.integer(0)).transpose()?;
        if before.is_none() && agent.voices >= MOST_VOICES {
            return Err(Refusal::TooMany { most: MOST_VOICES }.into());
        }
        if level > 0 {
            account.store.run(
                "INSERT INTO trust_received (agent_id, account, level) VALUES (?, ?, ?)",
                &[
                    Parameter::Text(&agent.id),
                    Parameter::Text(from),
                    Parameter::Integer(level.into()),
                ],
            )?;
        }
        account.store.run(
            "UPDATE agent SET trust_sum = trust_sum + ?, voices = voices + ? WHERE id = ?",
            &[
                Parameter::Integer(i64::from(level) - before.unwrap_or(0)),
                Parameter::Integer(i64::from(level > 0) - i64::from(before.is_some())),
                Parameter::Text(&agent.id),
            ],
        )?;
    }
    let agent = agent::find(account, &agent.id)?;
    Ok(Standing {
        agent_id: agent.id,
        name: agent.profile.name,
        alone: agent.alone,
        score: agent.score,
        voices: agent.voices,
    })
}

/// What an agent says of others, at most [`MOST`], most trusted first.
///
/// # Errors
/// Those of the store.
pub fn list(account: &Account<'_>, agent_id: &str) -> Outcome<Vec<Trust>> {
    account
        .store
        .run(
            "SELECT target, name, level, since FROM trust_given WHERE agent_id = ?
             ORDER BY level DESC, target",
            &[Parameter::Text(agent_id)],
        )?
        .iter()
        .map(|row| {
            Ok(Trust {
                agent_id: row.text(0)?.into(),
                name: row.text(1)?.into(),
                level: level(row.integer(2)?)?,
                since: Timestamp(row.integer(3)?),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_voice_alone_brings_half() {
        assert_eq!(score(0, 0), 0);
        assert_eq!(score(100, 1), 50);
        assert_eq!(score(900, 9), 90);
        assert_eq!(score(1_000_000, 10_000), 99);
        assert_eq!(score(-5, 3), 0);
        assert_eq!(score(5, -1), 0);
    }

    #[test]
    fn levels_are_0_to_100() {
        assert_eq!(level(0), Ok(0));
        assert_eq!(level(100), Ok(100));
        for number in [-1, 101, 256, 356, i64::MAX, i64::MIN] {
            assert_eq!(level(number), Err(Refusal::malformed(Field::TrustLevel)));
        }
    }
}
