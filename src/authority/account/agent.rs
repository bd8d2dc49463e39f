//! Agents: software that acts, known by a public id and an API key.
//!
//! An agent belongs to the account that its id and its key name. One that registered by
//! itself has an account of its own; one that a person let in through the device flow
//! lives in that person's. Both are rows of one table and obey one set of rules.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    Account,
    audit::{self, Actor, Event, EventKind},
    one_time::{self, Redemption, Rejection, SecretKind},
};
use crate::authority::{
    AccountId, Fault, Outcome, Place, Timestamp, World,
    credential::{Credential, CredentialHash, CredentialKind},
    decode,
    directory::listing::UnlistAgent,
    encode,
    refusal::{Field, Refusal},
    store::{Parameter, Row},
    text,
};

/// Most agents of one account.
pub const MOST: u32 = 100;

pub(crate) const CREATE_TABLE: &str = "CREATE TABLE agent (
    id TEXT PRIMARY KEY,
    key_hash BLOB NOT NULL UNIQUE,
    secret_hash BLOB NOT NULL,
    profile BLOB NOT NULL,
    alone INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    trust_sum INTEGER NOT NULL,
    voices INTEGER NOT NULL
)";

/// What an agent says of itself. Nobody has checked it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentProfile {
    /// Its name, 1 to 200 characters.
    pub name: String,
    /// What it is, in a few words: up to 200 characters.
    pub title: String,
    /// Its kind, such as a model's name: up to 50 characters.
    pub ai_type: String,
    /// What it does: up to 2,000 characters.
    pub description: String,
    /// Who made it: up to 100 characters.
    pub developer_name: String,
    /// How to reach them: up to 254 characters.
    pub developer_email: String,
    /// Where to read more: up to 500 characters.
    pub website: String,
    /// Its picture: up to 500 characters.
    pub image_url: String,
    /// Up to 20 words of up to 50 characters.
    pub tags: Vec<String>,
    /// Up to 20 words of up to 50 characters.
    pub capabilities: Vec<String>,
}

impl AgentProfile {
    /// Of an agent of which only the name is known.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// Whether each part keeps its bound.
    ///
    /// # Errors
    /// [`Refusal::InvalidField`] for the first that does not.
    pub fn check(&self) -> Result<(), Refusal> {
        text::check_line(Field::AgentName, &self.name, 1, 200)?;
        for (value, most) in [
            (&self.title, 200),
            (&self.ai_type, 50),
            (&self.developer_name, 100),
            (&self.developer_email, 254),
            (&self.website, 500),
            (&self.image_url, 500),
        ] {
            text::check_line(Field::AgentProfile, value, 0, most)?;
        }
        text::check_lines(Field::AgentProfile, &self.description, 0, 2_000)?;
        for words in [&self.tags, &self.capabilities] {
            if words.len() > 20 {
                return Err(Refusal::malformed(Field::AgentProfile));
            }
            for word in words {
                text::check_line(Field::AgentProfile, word, 1, 50)?;
            }
        }
        Ok(())
    }
}

/// An agent, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// `ai_`, the account's name and ten characters more. Public.
    pub id: String,
    /// What it says of itself.
    pub profile: AgentProfile,
    /// Whether it registered by itself, in an account of its own, where no person answers for it.
    pub alone: bool,
    /// When it was let in.
    pub created_at: Timestamp,
    /// 0 to 100, see [`super::trust`].
    pub score: u8,
    /// How many accounts made the score.
    pub voices: u32,
}

/// Which agent is meant: callers name it by its public id or by the key that it showed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reference {
    /// Its public id.
    Id(String),
    /// SHA-256 of its API key: a secret travels no further than it must.
    Key(CredentialHash),
}

impl Reference {
    /// Reads either, with the account that it names.
    #[must_use]
    pub fn read(text: &str) -> Option<(AccountId, Self)> {
        if let Ok(key) = Credential::parse(CredentialKind::ApiKey, text) {
            return Some((key.account(), Self::Key(key.hash())));
        }
        let (account, rest) = text
            .strip_prefix("ai_")?
            .split_at_checked(AccountId::LENGTH)?;
        (rest.len() == AccountId::TAIL_LENGTH)
            .then(|| AccountId::parse(account).ok())?
            .map(|account| (account, Self::Id(text.into())))
    }
}

/// A new agent's secrets, in the clear this once, and what is kept of them.
#[derive(Clone)]
pub struct NewAgent {
    /// `nxs6_…`
    pub api_key: Credential,
    /// `as_…`
    pub secret: Credential,
    /// What its account keeps.
    pub kept: KeptAgent,
}

/// What an account keeps of a new agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAgent {
    /// Its public id.
    pub id: String,
    /// SHA-256 of its API key.
    pub key_hash: CredentialHash,
    /// SHA-256 of its secret.
    pub secret_hash: CredentialHash,
}

impl NewAgent {
    /// Makes the id and the secrets of an agent in `account`.
    #[must_use]
    pub fn make(world: &World<'_>, account: AccountId) -> Self {
        let api_key = Credential::mint(world, CredentialKind::ApiKey, account);
        let secret = Credential::mint(world, CredentialKind::AgentSecret, account);
        let kept = KeptAgent {
            id: account.public_id("ai_", world.random()),
            key_hash: api_key.hash(),
            secret_hash: secret.hash(),
        };
        Self {
            api_key,
            secret,
            kept,
        }
    }
}

/// Asked of the account that an agent has for itself alone, which is new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdmitAgent {
    /// What is kept of its secrets.
    pub kept: KeptAgent,
    /// What it says of itself.
    pub profile: AgentProfile,
}

/// Whether the account may have one more.
///
/// # Errors
/// [`Refusal::TooMany`] at [`MOST`].
pub fn room(account: &Account<'_>) -> Outcome<()> {
    let row = account.store.first("SELECT count(*) FROM agent", &[])?;
    if row.map_or(Ok(0), |row| row.integer(0))? >= MOST.into() {
        return Err(Refusal::TooMany { most: MOST }.into());
    }
    Ok(())
}

/// Lets an agent in. Asked again with the same keys, it changes nothing.
///
/// # Errors
/// [`Refusal::TooMany`] at [`MOST`] agents; [`Refusal::InvalidField`] for a profile out of bounds.
pub fn admit(
    account: &Account<'_>,
    kept: &KeptAgent,
    profile: &AgentProfile,
    alone: bool,
) -> Outcome<()> {
    profile.check()?;
    room(account)?;
    let admitted = account.store.first(
        "INSERT INTO agent (id, key_hash, secret_hash, profile, alone, created_at, trust_sum, voices)
         VALUES (?, ?, ?, ?, ?, ?, 0, 0) ON CONFLICT DO NOTHING RETURNING 1",
        &[
            Parameter::Text(&kept.id),
            Parameter::Blob(&kept.key_hash),
            Parameter::Blob(&kept.secret_hash),
            Parameter::Blob(&encode(profile)?),
            Parameter::Integer(alone.into()),
            Parameter::Integer(account.world.now.0),
        ],
    )?;
    if admitted.is_some() {
        log(account, EventKind::AgentAdmitted, &kept.id, &profile.name)?;
    }
    Ok(())
}

/// Lets an agent into the account that it has for itself.
pub(super) fn admit_alone(account: &Account<'_>, question: &AdmitAgent) -> Outcome<()> {
    admit(account, &question.kept, &question.profile, true)
}

/// Asked of the person's account: let the agent in, if its person said so and nobody has
/// come for it before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimDevice {
    /// SHA-256 of the device code.
    pub hash: CredentialHash,
    /// What is kept of the agent's secrets.
    pub kept: KeptAgent,
}

/// What [`ClaimDevice`] hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Claim {
    /// The agent is in.
    Made,
    /// The person's account does not know of the decision yet.
    NotYet,
    /// Claimed before, or too late.
    Over,
}

/// Lets in the agent that waits, once.
pub(super) fn claim(account: &Account<'_>, question: &ClaimDevice) -> Outcome<Claim> {
    let redemption = Redemption {
        kind: SecretKind::DeviceGrant,
        hash: question.hash,
        binding: "",
        redeemer: "",
        idempotency_key: None,
        address: "",
    };
    let redeemed = one_time::try_redeem(account, &redemption, |secret| {
        room(account)?;
        Ok(secret.payload.clone())
    })?;
    Ok(match redeemed {
        Ok(redeemed) => {
            let name = String::from_utf8_lossy(&redeemed.answer);
            admit(account, &question.kept, &AgentProfile::named(&name), false)?;
            Claim::Made
        }
        Err(Rejection::Unknown) => Claim::NotYet,
        Err(_) => Claim::Over,
    })
}

/// The agent that is meant.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn resolve(account: &Account<'_>, reference: &Reference) -> Outcome<Agent> {
    match reference {
        Reference::Id(id) => find(account, id),
        Reference::Key(hash) => by_key(account, hash)?.ok_or_else(|| Refusal::NotFound.into()),
    }
}

/// The public id of the agent that is meant, if there is one.
///
/// # Errors
/// Those of the store.
pub fn id_of(account: &Account<'_>, reference: &Reference) -> Outcome<Option<String>> {
    let row = match reference {
        Reference::Id(id) => account
            .store
            .first("SELECT id FROM agent WHERE id = ?", &[Parameter::Text(id)]),
        Reference::Key(hash) => account.store.first(
            "SELECT id FROM agent WHERE key_hash = ?",
            &[Parameter::Blob(hash)],
        ),
    }?;
    Ok(row.map(|row| row.text(0).map(String::from)).transpose()?)
}

/// The agent that an API key belongs to.
///
/// # Errors
/// [`Refusal::CredentialRejected`] for any other text.
pub fn authenticate(account: &Account<'_>, api_key: &str) -> Outcome<Agent> {
    let key = Credential::parse(CredentialKind::ApiKey, api_key)?;
    by_key(account, &key.hash())?.ok_or_else(|| Refusal::CredentialRejected.into())
}

/// The agent with this key.
///
/// # Errors
/// Those of the store.
pub(super) fn by_key(account: &Account<'_>, hash: &CredentialHash) -> Outcome<Option<Agent>> {
    account
        .store
        .first(
            "SELECT id, profile, alone, created_at, trust_sum, voices FROM agent WHERE key_hash = ?",
            &[Parameter::Blob(hash)],
        )?
        .map(|row| read(&row))
        .transpose()
}

/// The agent of this public id.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn find(account: &Account<'_>, id: &str) -> Outcome<Agent> {
    let row = account.store.first(
        "SELECT id, profile, alone, created_at, trust_sum, voices FROM agent WHERE id = ?",
        &[Parameter::Text(id)],
    )?;
    read(&row.ok_or(Refusal::NotFound)?)
}

/// All agents of the account, at most [`MOST`], newest first.
///
/// # Errors
/// Those of the store.
pub fn list(account: &Account<'_>) -> Outcome<Vec<Agent>> {
    account
        .store
        .run(
            "SELECT id, profile, alone, created_at, trust_sum, voices FROM agent ORDER BY created_at DESC, id",
            &[],
        )?
        .iter()
        .map(read)
        .collect()
}

/// Ends an agent: its key is dead at once, and nobody finds it any more.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn deregister(account: &Account<'_>, id: &str) -> Outcome<()> {
    let agent = find(account, id)?;
    if agent.alone {
        account.world.ask(
            Place::listing_of(id),
            UnlistAgent {
                agent_id: id.into(),
            },
        )?;
    }
    for sql in [
        "DELETE FROM agent WHERE id = ?",
        "DELETE FROM trust_given WHERE agent_id = ?",
        "DELETE FROM trust_received WHERE agent_id = ?",
    ] {
        account.store.run(sql, &[Parameter::Text(id)])?;
    }
    log(
        account,
        EventKind::AgentDeregistered,
        id,
        &agent.profile.name,
    )
}

fn log(account: &Account<'_>, kind: EventKind, id: &str, detail: &str) -> Outcome<()> {
    audit::record(
        account,
        &Event {
            kind,
            actor: Actor::Agent(id),
            subject: id,
            address: "",
            detail,
        },
    )
}

fn read(row: &Row) -> Outcome<Agent> {
    let voices = row.integer(5)?;
    Ok(Agent {
        id: row.text(0)?.into(),
        profile: decode(row.blob(1)?)?,
        alone: row.integer(2)? != 0,
        created_at: Timestamp(row.integer(3)?),
        score: super::trust::score(row.integer(4)?, voices),
        voices: u32::try_from(voices).map_err(|_| Fault::Corrupt("a count of voices"))?,
    })
}
