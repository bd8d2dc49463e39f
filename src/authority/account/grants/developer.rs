//! A developer: the owner of agents, known by an API key.

use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
};

use serde::{Deserialize, Serialize};

use super::Account;
use crate::authority::{
    AccountId, Outcome, Timestamp,
    account::audit::{self, Actor, Event, EventKind},
    credential::{Credential, CredentialHash, CredentialKind},
    refusal::{Field, Problem, Refusal},
    store::{Parameter, Row},
    text,
};

pub(super) const CREATE_TABLE: &str = "CREATE TABLE developer (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    name TEXT NOT NULL,
    email TEXT,
    sandbox INTEGER NOT NULL,
    requires_sign_in INTEGER NOT NULL DEFAULT 0,
    key_hash BLOB NOT NULL,
    created_at INTEGER NOT NULL
)";

/// Whether grants are for real.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Principals decide.
    Live,
    /// Every request is approved at once.
    Sandbox,
}

impl Mode {
    /// `live` or `sandbox`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Sandbox => "sandbox",
        }
    }

    pub(crate) const fn key_kind(self) -> CredentialKind {
        match self {
            Self::Live => CredentialKind::DeveloperLiveKey,
            Self::Sandbox => CredentialKind::DeveloperTestKey,
        }
    }
}

/// Who signs up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDeveloper {
    /// 1 to 200 characters.
    pub name: String,
    /// In lower case; unique among developers.
    pub email: Option<String>,
    /// Whether grants are for real.
    pub mode: Mode,
}

impl NewDeveloper {
    /// Whether the name keeps its rule.
    ///
    /// # Errors
    /// [`Refusal::InvalidField`].
    pub fn check(&self) -> Result<(), Refusal> {
        text::check_line(Field::AgentName, &self.name, 1, 200)
    }
}

/// A developer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Developer {
    /// `dev_` and the account's name.
    pub id: String,
    /// The name that principals are shown.
    pub name: String,
    /// How to reach them.
    pub email: Option<String>,
    /// Whether grants are for real.
    pub mode: Mode,
    /// A principal must be signed in here before deciding on a request.
    pub requires_sign_in: bool,
    /// When they signed up.
    pub created_at: Timestamp,
}

/// The public id of the developer that is this account.
#[must_use]
pub fn id_of(account: AccountId) -> String {
    format!("dev_{account}")
}

/// Reads a key as a caller shows it: which account it names.
///
/// # Errors
/// [`Refusal::CredentialRejected`] for any other text.
pub fn parse_key(text: &str) -> Result<Credential, Refusal> {
    Credential::parse(CredentialKind::DeveloperLiveKey, text)
        .or_else(|_| Credential::parse(CredentialKind::DeveloperTestKey, text))
}

/// Makes a fresh account a developer's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// Who signs up; the e-mail is reserved.
    pub new: NewDeveloper,
    /// SHA-256 of their API key.
    pub key: CredentialHash,
}

/// Takes a developer in. Asked again by a request that is repeated, it changes nothing.
pub(crate) fn open(account: &Account<'_>, question: &Open) -> Outcome<Developer> {
    let new = &question.new;
    new.check()?;
    let opened = account.store.first(
        "INSERT INTO developer (one, name, email, sandbox, key_hash, created_at)
         VALUES (1, ?1, ?2, ?3, ?4, ?5) ON CONFLICT (one) DO NOTHING RETURNING 1",
        &[
            Parameter::Text(new.name.trim()),
            Parameter::text_or_null(new.email.as_deref()),
            Parameter::Integer((new.mode == Mode::Sandbox).into()),
            Parameter::Blob(&question.key),
            Parameter::Integer(account.world.now.0),
        ],
    )?;
    if opened.is_some() {
        record(account, EventKind::SignedUp)?;
    }
    read(account)
}

/// The developer whose key this is.
///
/// # Errors
/// [`Refusal::CredentialRejected`] for any other key.
pub fn authenticate(account: &Account<'_>, key: &Credential) -> Outcome<Developer> {
    let row = account.store.first(
        "SELECT name, email, sandbox, requires_sign_in, created_at FROM developer
         WHERE key_hash = ?1",
        &[Parameter::Blob(&key.hash())],
    )?;
    of_row(account, &row.ok_or(Refusal::CredentialRejected)?)
}

/// The developer that this account is.
///
/// # Errors
/// [`Refusal::NotFound`] when it is none.
pub fn read(account: &Account<'_>) -> Outcome<Developer> {
    let row = account.store.first(
        "SELECT name, email, sandbox, requires_sign_in, created_at FROM developer",
        &[],
    )?;
    of_row(account, &row.ok_or(Refusal::NotFound)?)
}

fn of_row(account: &Account<'_>, row: &Row) -> Outcome<Developer> {
    Ok(Developer {
        id: id_of(account.id),
        name: row.text(0)?.to_owned(),
        email: row.optional_text(1)?.map(ToString::to_string),
        mode: if row.integer(2)? == 0 {
            Mode::Live
        } else {
            Mode::Sandbox
        },
        requires_sign_in: row.integer(3)? != 0,
        created_at: Timestamp(row.integer(4)?),
    })
}

/// A new key in the place of the old one, which is dead at once.
///
/// # Errors
/// [`Refusal::NotFound`] when the account is no developer's.
pub fn rotate_key(account: &Account<'_>) -> Outcome<Credential> {
    let mode = read(account)?.mode;
    let key = Credential::mint(account.world, mode.key_kind(), account.id);
    account.store.run(
        "UPDATE developer SET key_hash = ?1",
        &[Parameter::Blob(&key.hash())],
    )?;
    record(account, EventKind::KeyRotated)?;
    Ok(key)
}

/// What a developer may change of themselves; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeveloperChanges {
    /// The name that principals are shown.
    pub name: Option<String>,
    /// Whether a principal must be signed in here before deciding.
    pub requires_sign_in: Option<bool>,
}

/// Changes a developer.
///
/// # Errors
/// [`Refusal::InvalidField`].
pub fn change(account: &Account<'_>, changes: &DeveloperChanges) -> Outcome<Developer> {
    if changes == &DeveloperChanges::default() {
        let (field, problem) = (Field::Change, Problem::Missing);
        return Err(Refusal::InvalidField { field, problem }.into());
    }
    if let Some(name) = &changes.name {
        text::check_line(Field::AgentName, name, 1, 200)?;
    }
    account.store.run(
        "UPDATE developer SET name = coalesce(?1, name),
             requires_sign_in = coalesce(?2, requires_sign_in)",
        &[
            Parameter::text_or_null(changes.name.as_deref().map(str::trim)),
            changes
                .requires_sign_in
                .map_or(Parameter::Null, |required| {
                    Parameter::Integer(required.into())
                }),
        ],
    )?;
    read(account)
}

fn record(account: &Account<'_>, kind: EventKind) -> Outcome<()> {
    let event = Event {
        kind,
        actor: Actor::Owner,
        subject: "",
        address: "",
        detail: "",
    };
    audit::record(account, &event)
}
