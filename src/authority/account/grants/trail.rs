//! The trail: what agents did under their grants, as their developer logs it, chained by
//! hashes so that nothing can be changed or left out unnoticed.
//!
//! It is the developer's own statement, apart from the account's log, and nothing writes to
//! it but the developer: two entries logged one after the other are neighbours.

use alloc::{
    borrow::{Cow, ToOwned},
    string::{String, ToString},
    vec::Vec,
};

use super::{Account, Page, PageOf, agent, developer, grant, new_id};
use crate::{
    authority::{
        Fault, Halt, Outcome, Timestamp, iso8601,
        refusal::{Field, Problem, Refusal},
        store::{Parameter, Row},
        text,
    },
    chain::AuditEntry,
    jcs,
    jose::json::{Limits, Members, Object},
    mac::hex,
};

pub(super) const CREATE_TABLE: &str = "CREATE TABLE trail (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    agent_id TEXT NOT NULL,
    agent_did TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    principal TEXT NOT NULL,
    action TEXT NOT NULL,
    metadata TEXT NOT NULL,
    at INTEGER NOT NULL,
    status TEXT NOT NULL,
    previous TEXT,
    hash TEXT NOT NULL
)";
pub(super) const CREATE_INDEX_AGENT: &str =
    "CREATE INDEX trail_by_agent ON trail (agent_id, sequence)";
pub(super) const CREATE_INDEX_GRANT: &str =
    "CREATE INDEX trail_by_grant ON trail (grant_id, sequence)";
pub(super) const CREATE_INDEX_PRINCIPAL: &str =
    "CREATE INDEX trail_by_principal ON trail (principal, sequence)";
pub(super) const CREATE_INDEX_ACTION: &str =
    "CREATE INDEX trail_by_action ON trail (action, sequence)";
pub(super) const CREATE_INDEX_TIME: &str = "CREATE INDEX trail_by_time ON trail (at)";

/// How deep and wide the metadata of an entry may be.
const METADATA_LIMITS: Limits = Limits {
    depth: 16,
    members: 256,
};
/// Longest metadata, in bytes of its canonical form.
const LONGEST_METADATA: u32 = 16_384;
/// Longest metadata as it is given, which letters beyond ASCII make twice as long where they are
/// escaped. To spell a number canonically takes a thousand times as long as to read it, so this is
/// told before.
const LONGEST_GIVEN: u32 = 2 * LONGEST_METADATA;

/// How what was tried came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It was done.
    Success,
    /// It could not be done.
    Failure,
    /// It was not allowed.
    Blocked,
}

impl Status {
    /// `success`, `failure` or `blocked`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Blocked => "blocked",
        }
    }

    /// Reads what [`Status::as_str`] prints.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Success, Self::Failure, Self::Blocked]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// What a developer logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewEntry<'a> {
    /// Which agent acted.
    pub agent_id: &'a str,
    /// Its DID; derived from the agent when absent.
    pub agent_did: Option<&'a str>,
    /// Under which grant.
    pub grant_id: &'a str,
    /// On whose behalf; derived from the grant when absent.
    pub principal: Option<&'a str>,
    /// What was done, 1 to 256 characters.
    pub action: &'a str,
    /// How it came out.
    pub status: Status,
    /// More about it: a JSON object of at most 16,384 bytes in its canonical form, and of twice that
    /// as it is given.
    pub metadata: &'a [u8],
}

/// An entry of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `alog_…`
    pub id: String,
    /// Which agent acted.
    pub agent_id: String,
    /// Its DID.
    pub agent_did: String,
    /// Under which grant.
    pub grant_id: String,
    /// On whose behalf.
    pub principal: String,
    /// What was done.
    pub action: String,
    /// More about it: canonical JSON (RFC 8785).
    pub metadata: String,
    /// When.
    pub at: Timestamp,
    /// `success`, `failure` or `blocked`.
    pub status: String,
    /// The hash of the entry before; none for the first.
    pub previous: Option<String>,
    /// Its own hash: 64 lower-case hexadecimal digits.
    pub hash: String,
}

/// Appends an entry. Its cost does not depend on how long the trail is.
///
/// # Errors
/// [`Refusal::InvalidField`], for an agent or grant that is needed and unknown too.
pub fn append(account: &Account<'_>, new: &NewEntry<'_>) -> Outcome<Entry> {
    let invalid = |field, problem| Refusal::InvalidField { field, problem };
    text::check_line(Field::Agent, new.agent_id, 1, 256)?;
    text::check_line(Field::Grant, new.grant_id, 1, 256)?;
    text::check_line(Field::Action, new.action, 1, 256)?;
    if new.metadata.len() > LONGEST_GIVEN as usize {
        return Err(invalid(Field::Metadata, Problem::TooLong(LONGEST_GIVEN)).into());
    }
    let metadata = jcs::canonicalize(new.metadata, METADATA_LIMITS)
        .map_err(|_| invalid(Field::Metadata, Problem::Malformed))?;
    if !metadata.starts_with('{') {
        return Err(invalid(Field::Metadata, Problem::Malformed).into());
    }
    if metadata.len() > LONGEST_METADATA as usize {
        return Err(invalid(Field::Metadata, Problem::TooLong(LONGEST_METADATA)).into());
    }
    let agent_did = match new.agent_did {
        Some(did) => did.to_owned(),
        None => agent::get(account, new.agent_id)
            .map_err(unknown(Field::Agent))?
            .did(),
    };
    let principal = match new.principal {
        Some(principal) => principal.to_owned(),
        None => {
            grant::get(account, new.grant_id)
                .map_err(unknown(Field::Grant))?
                .principal
        }
    };
    text::check_line(Field::Agent, &agent_did, 1, 256)?;
    text::check_line(Field::Principal, &principal, 1, 256)?;
    let head = account.store.first(
        "SELECT hash, at FROM trail ORDER BY sequence DESC LIMIT 1",
        &[],
    )?;
    let (previous, last) = match head {
        Some(row) => (Some(row.text(0)?.to_owned()), row.integer(1)?),
        None => (None, i64::MIN),
    };
    let mut entry = Entry {
        id: new_id(account, "alog_"),
        agent_id: new.agent_id.to_owned(),
        agent_did,
        grant_id: new.grant_id.to_owned(),
        principal,
        action: new.action.to_owned(),
        metadata,
        // A clock that is set back must not put an entry before its neighbour: `since` and
        // `until` look for places in the chain.
        at: account.world.now.max(Timestamp(last)),
        status: new.status.as_str().to_owned(),
        previous,
        hash: String::new(),
    };
    entry.hash = hash_of(account, &entry)?;
    account.store.run(
        "INSERT INTO trail (id, agent_id, agent_did, grant_id, principal, action, metadata, at,
             status, previous, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        &[
            Parameter::Text(&entry.id),
            Parameter::Text(&entry.agent_id),
            Parameter::Text(&entry.agent_did),
            Parameter::Text(&entry.grant_id),
            Parameter::Text(&entry.principal),
            Parameter::Text(&entry.action),
            Parameter::Text(&entry.metadata),
            Parameter::Integer(entry.at.0),
            Parameter::Text(&entry.status),
            Parameter::text_or_null(entry.previous.as_deref()),
            Parameter::Text(&entry.hash),
        ],
    )?;
    Ok(entry)
}

fn unknown(field: Field) -> impl Fn(Halt) -> Halt {
    move |halt| match halt {
        Halt::Refused(_) => Refusal::InvalidField {
            field,
            problem: Problem::Malformed,
        }
        .into(),
        halt => halt,
    }
}

fn hash_of(account: &Account<'_>, entry: &Entry) -> Outcome<String> {
    const UNREADABLE: Fault = Fault::Corrupt("the metadata of an entry does not read");
    let wrapped = alloc::format!(r#"{{"metadata":{}}}"#, entry.metadata);
    let limits = Limits {
        depth: METADATA_LIMITS.depth + 1,
        ..METADATA_LIMITS
    };
    let metadata = object_in(&wrapped, limits).ok_or(UNREADABLE)?;
    let hash = AuditEntry {
        id: Cow::Borrowed(&entry.id),
        agent_id: Cow::Borrowed(&entry.agent_id),
        agent_did: Cow::Borrowed(&entry.agent_did),
        grant_id: Cow::Borrowed(&entry.grant_id),
        principal_id: Cow::Borrowed(&entry.principal),
        developer_id: Cow::Owned(developer::id_of(account.id)),
        action: Cow::Borrowed(&entry.action),
        metadata,
        timestamp: Cow::Owned(iso8601::format(entry.at)),
        previous: entry.previous.as_deref().map(Cow::Borrowed),
        status: Cow::Borrowed(&entry.status),
    }
    .hash()
    .map_err(|_| UNREADABLE)?;
    Ok(hex::encode(&hash))
}

fn object_in(wrapped: &str, limits: Limits) -> Option<Object<'_>> {
    let mut members = Members::of(wrapped.as_bytes(), limits).ok()?;
    match members.next().ok()?? {
        (_, crate::jose::json::Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// A statement for rows as [`of_row`] reads them; it goes on behind `FROM`.
macro_rules! select {
    ($($rest:expr),+) => {
        concat!(
            "SELECT id, agent_id, agent_did, grant_id, principal, action, metadata, at, status,
                 previous, hash
             FROM ",
            $($rest),+
        )
    };
}

/// The entry with this id.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn get(account: &Account<'_>, id: &str) -> Outcome<Entry> {
    let row = account
        .store
        .first(select!("trail WHERE id = ?1"), &[Parameter::Text(id)])?;
    of_row(&row.ok_or(Refusal::NotFound)?)
}

/// Which entries are asked for; `None` asks for all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter<'a> {
    /// Of this agent.
    pub agent_id: Option<&'a str>,
    /// Under this grant.
    pub grant_id: Option<&'a str>,
    /// On behalf of this principal.
    pub principal: Option<&'a str>,
    /// Of this action.
    pub action: Option<&'a str>,
    /// From then on.
    pub since: Option<Timestamp>,
    /// Before then.
    pub until: Option<Timestamp>,
}

/// As for grants: what drives the index stands without an `OR`, and the rest is looked for
/// among the first [`Page::COUNTED`] of them.
macro_rules! statements {
    ($driving:literal) => {
        [
            select!(
                "(SELECT * FROM trail WHERE ",
                $driving,
                " AND sequence >= ?5 AND sequence < ?6 ORDER BY sequence LIMIT ?7)
                 WHERE (?1 IS NULL OR agent_id = ?1) AND (?2 IS NULL OR grant_id = ?2)
                   AND (?3 IS NULL OR principal = ?3) AND (?4 IS NULL OR action = ?4)
                 ORDER BY sequence LIMIT ?8 OFFSET ?9"
            ),
            concat!(
                "SELECT count(*)
                 FROM (SELECT agent_id, grant_id, principal, action FROM trail WHERE ",
                $driving,
                " AND sequence >= ?5 AND sequence < ?6 ORDER BY sequence LIMIT ?7)
                 WHERE (?1 IS NULL OR agent_id = ?1) AND (?2 IS NULL OR grant_id = ?2)
                   AND (?3 IS NULL OR principal = ?3) AND (?4 IS NULL OR action = ?4)"
            ),
        ]
    };
}

/// Entries, oldest first.
///
/// # Errors
/// [`Fault::Store`].
pub fn list(account: &Account<'_>, filter: &Filter<'_>, page: Page) -> Outcome<PageOf<Entry>> {
    let from = place_of(account, filter.since)?.unwrap_or(if filter.since.is_some() {
        AFTER_THE_LAST
    } else {
        1
    });
    let to = place_of(account, filter.until)?.unwrap_or(AFTER_THE_LAST);
    let statements = match filter {
        Filter {
            grant_id: Some(_), ..
        } => statements!("grant_id = ?2"),
        Filter {
            principal: Some(_), ..
        } => statements!("principal = ?3"),
        Filter {
            agent_id: Some(_), ..
        } => statements!("agent_id = ?1"),
        Filter {
            action: Some(_), ..
        } => statements!("action = ?4"),
        _ => return stretch(account, from, to, page),
    };
    let filter = Vec::from([
        Parameter::text_or_null(filter.agent_id),
        Parameter::text_or_null(filter.grant_id),
        Parameter::text_or_null(filter.principal),
        Parameter::text_or_null(filter.action),
        Parameter::Integer(from),
        Parameter::Integer(to),
        Parameter::Integer(Page::COUNTED),
    ]);
    PageOf::of_some(account, statements, filter, page, of_row)
}

/// More than any place in a trail.
const AFTER_THE_LAST: i64 = 1 << 53;

/// The place of the first entry at or after `at`. Time never falls along the trail.
fn place_of(account: &Account<'_>, at: Option<Timestamp>) -> Outcome<Option<i64>> {
    let Some(at) = at else { return Ok(None) };
    let row = account.store.first(
        "SELECT sequence FROM trail WHERE at >= ?1 ORDER BY at, sequence LIMIT 1",
        &[Parameter::Integer(at.0)],
    )?;
    Ok(row.map(|row| row.integer(0)).transpose()?)
}

/// What lies between two places, whoever it is of. Nothing is ever taken out of a trail: its
/// places have no gaps, and any page of it is found without passing what lies before.
fn stretch(account: &Account<'_>, from: i64, to: i64, page: Page) -> Outcome<PageOf<Entry>> {
    let last = account
        .store
        .first("SELECT max(sequence) FROM trail", &[])?
        .map_or(Ok(None), |row| row.optional_integer(0))?
        .unwrap_or(0);
    let end = to.min(last + 1);
    let rows = account.store.run(
        select!("trail WHERE sequence >= ?1 AND sequence < ?2 ORDER BY sequence LIMIT ?3"),
        &[
            Parameter::Integer(from.saturating_add(page.offset()).min(AFTER_THE_LAST)),
            Parameter::Integer(end),
            Parameter::Integer(page.size.into()),
        ],
    )?;
    Ok(PageOf {
        entries: rows.iter().map(of_row).collect::<Outcome<_>>()?,
        total: (end - from).max(0),
        page,
    })
}

/// The latest entries on behalf of a principal, newest first.
///
/// # Errors
/// [`Fault::Store`].
pub fn latest_of_principal(
    account: &Account<'_>,
    principal: &str,
    most: u32,
) -> Outcome<Vec<Entry>> {
    let rows = account.store.run(
        select!("trail WHERE principal = ?1 ORDER BY sequence DESC LIMIT ?2"),
        &[Parameter::Text(principal), Parameter::Integer(most.into())],
    )?;
    rows.iter().map(of_row).collect()
}

fn of_row(row: &Row) -> Outcome<Entry> {
    let text = |column| row.text(column).map(ToOwned::to_owned);
    Ok(Entry {
        id: text(0)?,
        agent_id: text(1)?,
        agent_did: text(2)?,
        grant_id: text(3)?,
        principal: text(4)?,
        action: text(5)?,
        metadata: text(6)?,
        at: Timestamp(row.integer(7)?),
        status: text(8)?,
        previous: row.optional_text(9)?.map(ToString::to_string),
        hash: text(10)?,
    })
}
