//! The agents that a developer has registered.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use super::{
    Account, Page, PageOf, agent_did, check_scopes, counter, grant, new_id, scopes_from_text,
    scopes_to_text,
};
use crate::authority::{
    Outcome, Timestamp,
    refusal::{Field, Problem, Refusal},
    store::{Parameter, Row},
    text,
};

pub(super) const CREATE_TABLE: &str = "CREATE TABLE grant_agents (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    scopes TEXT NOT NULL,
    suspended INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
)";

const COUNTER: &str = "grant_agents";

/// An agent that asks principals for grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// `ag_…`
    pub id: String,
    /// The name that principals are shown.
    pub name: String,
    /// What it does.
    pub description: String,
    /// What it declares that it may ask for. Requests are not held against it.
    pub scopes: Vec<String>,
    /// It can be granted nothing and exchange nothing; its tokens stay good.
    pub suspended: bool,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a developer says of an agent; on a change, `None` leaves a part as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentChanges {
    /// 1 to 200 characters.
    pub name: Option<String>,
    /// Up to 2,000 characters.
    pub description: Option<String>,
    /// Up to 100.
    pub scopes: Option<Vec<String>>,
    /// Whether it is suspended.
    pub suspended: Option<bool>,
}

impl Agent {
    /// Its decentralised identifier.
    #[must_use]
    pub fn did(&self) -> String {
        agent_did(&self.id)
    }
}

impl AgentChanges {
    fn check(&self) -> Result<(), Refusal> {
        if let Some(name) = &self.name {
            text::check_line(Field::AgentName, name, 1, 200)?;
        }
        if let Some(description) = &self.description {
            text::check_lines(Field::AgentDescription, description, 0, 2000)?;
        }
        self.scopes
            .as_deref()
            .map_or(Ok(()), |scopes| check_scopes(scopes, 0))
    }
}

/// Registers an agent.
///
/// # Errors
/// [`Refusal::InvalidField`], for a missing name too.
pub fn register(account: &Account<'_>, new: &AgentChanges) -> Outcome<Agent> {
    let missing = Refusal::InvalidField {
        field: Field::AgentName,
        problem: Problem::Missing,
    };
    let name = new.name.as_deref().ok_or(missing)?;
    new.check()?;
    let id = new_id(account, "ag_");
    account.store.run(
        "INSERT INTO grant_agents (id, name, description, scopes, suspended, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        &[
            Parameter::Text(&id),
            Parameter::Text(name.trim()),
            Parameter::Text(new.description.as_deref().unwrap_or_default()),
            Parameter::Text(&scopes_to_text(new.scopes.as_deref().unwrap_or_default())),
            Parameter::Integer(new.suspended.unwrap_or_default().into()),
            Parameter::Integer(account.world.now.0),
        ],
    )?;
    counter::add(account, COUNTER, 1)?;
    get(account, &id)
}

/// The agent with this id.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn get(account: &Account<'_>, id: &str) -> Outcome<Agent> {
    let row = account.store.first(
        "SELECT id, name, description, scopes, suspended, created_at, updated_at
         FROM grant_agents WHERE id = ?1",
        &[Parameter::Text(id)],
    )?;
    of_row(&row.ok_or(Refusal::NotFound)?)
}

/// The agent with this id, which may be granted something now.
///
/// # Errors
/// [`Refusal::NotFound`] for a suspended one too.
pub fn active(account: &Account<'_>, id: &str) -> Outcome<Agent> {
    let agent = get(account, id)?;
    if agent.suspended {
        Err(Refusal::NotFound.into())
    } else {
        Ok(agent)
    }
}

/// Agents, newest first.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn list(account: &Account<'_>, page: Page) -> Outcome<PageOf<Agent>> {
    const NEWEST: &str = "SELECT id, name, description, scopes, suspended, created_at, updated_at
         FROM grant_agents ORDER BY sequence DESC LIMIT ?1 OFFSET ?2";
    PageOf::of_all(account, COUNTER, NEWEST, page, of_row)
}

/// Changes an agent.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::InvalidField`], for no change at all too.
pub fn change(account: &Account<'_>, id: &str, changes: &AgentChanges) -> Outcome<Agent> {
    if changes == &AgentChanges::default() {
        let (field, problem) = (Field::Change, Problem::Missing);
        return Err(Refusal::InvalidField { field, problem }.into());
    }
    changes.check()?;
    get(account, id)?;
    let name = changes.name.as_deref().map(str::trim);
    let description = changes.description.as_deref();
    let scopes = changes.scopes.as_deref().map(scopes_to_text);
    account.store.run(
        "UPDATE grant_agents SET name = coalesce(?2, name),
             description = coalesce(?3, description), scopes = coalesce(?4, scopes),
             suspended = coalesce(?5, suspended), updated_at = ?6
         WHERE id = ?1",
        &[
            Parameter::Text(id),
            Parameter::text_or_null(name),
            Parameter::text_or_null(description),
            Parameter::text_or_null(scopes.as_deref()),
            changes.suspended.map_or(Parameter::Null, |suspended| {
                Parameter::Integer(suspended.into())
            }),
            Parameter::Integer(account.world.now.0),
        ],
    )?;
    get(account, id)
}

/// Deletes an agent, with its requests, its grants and their tokens; what was delegated
/// from its grants to other agents is revoked. Its part of the trail stays.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn delete(account: &Account<'_>, id: &str) -> Outcome<()> {
    get(account, id)?;
    grant::delete_of_agent(account, id)?;
    account.store.run(
        "DELETE FROM grant_requests WHERE agent_id = ?1",
        &[Parameter::Text(id)],
    )?;
    account.store.run(
        "DELETE FROM grant_agents WHERE id = ?1",
        &[Parameter::Text(id)],
    )?;
    counter::add(account, COUNTER, -1)?;
    Ok(())
}

fn of_row(row: &Row) -> Outcome<Agent> {
    Ok(Agent {
        id: row.text(0)?.to_owned(),
        name: row.text(1)?.to_owned(),
        description: row.text(2)?.to_owned(),
        scopes: scopes_from_text(row.text(3)?)?,
        suspended: row.integer(4)? != 0,
        created_at: Timestamp(row.integer(5)?),
        updated_at: Timestamp(row.integer(6)?),
    })
}
