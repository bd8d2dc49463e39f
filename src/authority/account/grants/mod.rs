//! Delegated grants: a developer's agents, what principals let them do, and the tokens
//! that say so.
//!
//! A developer is an account. Its agents ask for a grant ([`request`]); the principal
//! decides ([`decision`]); the agent exchanges the code that the decision made for a token
//! ([`exchange`]), renews it ([`refresh`]), passes on less than it has ([`delegate`]); anyone
//! entitled ends it, with everything delegated from it ([`grant`]). [`token`] signs and finds
//! tokens, [`status`] publishes which of them were revoked, [`trail`] is the developer's hash
//! chain of what agents did, [`principal`] the principal's own view.
//!
//! The one rule of delegation is [`crate::grant::narrow`]'s, the same that verifiers use.

pub mod agent;
pub mod decision;
pub mod delegate;
pub mod developer;
pub mod exchange;
pub mod grant;
pub mod inspect;
pub mod principal;
pub mod refresh;
pub mod request;
pub mod scope;
pub mod status;
pub mod token;
pub mod trail;

mod counter;
mod jwt;
mod page;
mod redirect_uri;

pub use page::{Page, PageOf};

use alloc::{format, string::String, vec::Vec};

use super::Account;
use crate::{
    authority::{
        AccountId, Fault, Outcome, Timestamp, World,
        json::{self, Json as _},
        migration::Migration,
        refusal::{Field, Problem, Refusal},
        store::Row,
        text,
    },
    jose::json::{Limits, Value},
};

/// Where the protocol is served, below the deployment's origin: part of its issuer name.
const PREFIX: &str = "/grantex";

/// Migration: everything about grants.
pub(super) const CREATE_TABLES: Migration = &[
    developer::CREATE_TABLE,
    agent::CREATE_TABLE,
    request::CREATE_TABLE,
    request::CREATE_INDEX,
    request::CREATE_INDEX_AGENT,
    grant::CREATE_TABLE,
    grant::CREATE_INDEX_PARENT,
    grant::CREATE_INDEX_PRINCIPAL,
    grant::CREATE_INDEX_AGENT,
    grant::CREATE_INDEX_ACTIVE,
    token::CREATE_TABLE,
    token::CREATE_INDEX_HASH,
    token::CREATE_INDEX_GRANT,
    token::CREATE_INDEX_STATUS,
    token::CREATE_INDEX_EXPIRY,
    status::CREATE_TABLE,
    trail::CREATE_TABLE,
    trail::CREATE_INDEX_AGENT,
    trail::CREATE_INDEX_GRANT,
    trail::CREATE_INDEX_PRINCIPAL,
    trail::CREATE_INDEX_ACTION,
    trail::CREATE_INDEX_TIME,
    principal::CREATE_TABLE,
    principal::CREATE_INDEX,
    counter::CREATE_TABLE,
];

/// Migration: status lists in segments, where each was one value.
pub(super) const SEGMENT_STATUS_LISTS: Migration = &[
    status::CREATE_SEGMENTS,
    status::FILL_SEGMENTS,
    status::DROP_TABLE,
    status::CREATE_SIGNED,
];

/// `iss` of every grant token of this deployment.
#[must_use]
pub fn issuer(world: &World<'_>) -> String {
    format!("{}{PREFIX}", world.settings.public_origin)
}

/// Forgets what is over, a batch at a time.
pub(super) fn sweep(account: &Account<'_>) -> Outcome<()> {
    request::sweep(account)?;
    token::sweep(account)?;
    principal::sweep(account)
}

/// When there is something to forget next; in the past when a full batch left something.
pub(super) fn next_sweep(account: &Account<'_>) -> Outcome<Option<Timestamp>> {
    let next = [
        request::next_sweep(account)?,
        token::next_sweep(account)?,
        principal::next_sweep(account)?,
    ];
    Ok(next.into_iter().flatten().min())
}

/// The time in the first column, this much later.
fn due(row: Option<Row>, after: i64) -> Outcome<Option<Timestamp>> {
    let at = |row: Row| Ok(Timestamp(row.integer(0)?).plus(after));
    row.map(at).transpose()
}

/// A fresh public id: `prefix`, the account's name, ten more characters.
fn new_id(account: &Account<'_>, prefix: &str) -> String {
    let more = account.world.new_account_id();
    format!(
        "{prefix}{}{}",
        account.id,
        more.as_str().get(..10).unwrap_or_default()
    )
}

/// The decentralised identifier of the agent with this id.
fn agent_did(id: &str) -> String {
    format!("did:grantex:{id}")
}

/// The account that a public id with this prefix names.
///
/// # Errors
/// [`Refusal::NotFound`] when it names none.
pub fn account_of(prefix: &str, id: &str) -> Result<AccountId, Refusal> {
    id.strip_prefix(prefix)
        .and_then(|rest| rest.get(..AccountId::LENGTH))
        .and_then(|name| AccountId::parse(name).ok())
        .ok_or(Refusal::NotFound)
}

/// Scopes as a row holds them: a JSON array.
fn scopes_to_text(scopes: &[String]) -> String {
    let mut text = String::new();
    scopes.write(&mut text);
    text
}

fn scopes_from_text(text: &str) -> Outcome<Vec<String>> {
    const LIMITS: Limits = Limits {
        depth: 1,
        members: 0,
    };
    Value::of(text.as_bytes(), LIMITS)
        .ok()
        .and_then(|scopes| json::texts(&scopes))
        .ok_or(Fault::Corrupt("stored scopes do not read").into())
}

/// Grantex section 3: 1 to 100 scopes of 1 to 256 characters, none of them blank.
fn check_scopes(scopes: &[String], least: usize) -> Result<(), Refusal> {
    let invalid = |problem| Refusal::InvalidField {
        field: Field::Scopes,
        problem,
    };
    if scopes.len() < least {
        return Err(invalid(Problem::Missing));
    }
    if scopes.len() > 100 {
        return Err(invalid(Problem::Malformed));
    }
    let check = |scope: &String| text::check_line(Field::Scopes, scope, 1, 256);
    scopes.iter().try_for_each(check)
}
