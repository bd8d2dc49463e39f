//! Programs without a browser that wait for a person's word (after RFC 8628).
//!
//! This shard decides who answers a request, and what; the answering person's account
//! decides that the keys are handed over once. No secret is kept here: the device code's
//! hash alone, and the user code, which is worth nothing without a signed-in person.

use alloc::string::{String, ToString};

use serde::{Deserialize, Serialize};

use super::Directory;
use crate::authority::{
    AccountId, Fault, Outcome, Timestamp,
    credential::CredentialHash,
    refusal::Refusal,
    store::{Parameter, Row},
};

/// How long a request waits, in milliseconds.
pub const LIFETIME: i64 = 600_000;
/// How long a program waits between two polls, in seconds.
pub const INTERVAL: u32 = 5;
/// Two polls closer than this are told to slow down, in milliseconds: [`INTERVAL`] less
/// what a network may take off it.
const CLOSEST: i64 = 4_000;

pub(crate) const CREATE_TABLE: &str = "CREATE TABLE device (
    user_code TEXT PRIMARY KEY,
    hash BLOB NOT NULL,
    name TEXT NOT NULL,
    country TEXT NOT NULL,
    region TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    account TEXT,
    approved INTEGER,
    polled_at INTEGER
) WITHOUT ROWID";

pub(crate) const CREATE_INDEX: &str = "CREATE INDEX device_by_expiry ON device (expires_at)";

/// What a program asks for, as the person who decides sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRequest {
    /// What the program calls itself; nobody has checked it.
    pub name: String,
    /// ISO 3166-1 alpha-2 of where the program asked from; empty when unknown.
    pub country: String,
    /// ISO 3166-2 region without its country; empty when unknown.
    pub region: String,
    /// When it asked.
    pub requested_at: Timestamp,
    /// Until when it waits.
    pub expires_at: Timestamp,
}

/// What a poll hears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Poll {
    /// Nobody has decided yet.
    Pending,
    /// Nobody has decided yet, and this poll came too soon.
    TooSoon,
    /// A person said no.
    Denied,
    /// Unknown or over; a stranger cannot tell which.
    Expired,
    /// This account's person said yes: ask there.
    Approved(AccountId),
}

/// Asked for a program that has just come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDevice {
    /// What the person will type.
    pub user_code: String,
    /// SHA-256 of the device code.
    pub hash: CredentialHash,
    /// What the person will see.
    pub request: DeviceRequest,
}

/// Asked by the account of a person who has typed a user code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescribeDevice {
    /// What the person typed, normalised.
    pub user_code: String,
}

/// Asked by the account of a person who has decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecideDevice {
    /// What the person typed, normalised.
    pub user_code: String,
    /// Whose decision it is.
    pub account: AccountId,
    /// Yes or no.
    pub approved: bool,
}

/// What [`DecideDevice`] hears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedDevice {
    /// SHA-256 of the device code.
    pub hash: CredentialHash,
    /// What was decided on.
    pub request: DeviceRequest,
}

/// Asked for a program that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollDevice {
    /// The user code that its device code names.
    pub user_code: String,
    /// SHA-256 of the device code.
    pub hash: CredentialHash,
}

/// Puts a request in.
///
/// # Errors
/// [`Refusal::RateLimited`] when the user code is taken (once in 10^10 for each request
/// that waits): the program asks again.
pub fn open(directory: &Directory<'_>, question: &OpenDevice) -> Outcome<()> {
    let OpenDevice {
        user_code,
        hash,
        request,
    } = question;
    let rows = directory.store.run(
        "INSERT INTO device (user_code, hash, name, country, region, requested_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (user_code) DO NOTHING RETURNING 1",
        &[
            Parameter::Text(user_code),
            Parameter::Blob(hash),
            Parameter::Text(&request.name),
            Parameter::Text(&request.country),
            Parameter::Text(&request.region),
            Parameter::Integer(request.requested_at.0),
            Parameter::Integer(request.expires_at.0),
        ],
    )?;
    if rows.is_empty() {
        return Err(Refusal::RateLimited { retry_after: 1 }.into());
    }
    directory.world.wake_by(request.expires_at);
    Ok(())
}

/// Deletes what nobody waits for any more.
pub(super) fn sweep(directory: &Directory<'_>) -> Outcome<()> {
    directory.store.run(
        "DELETE FROM device WHERE expires_at <= ?",
        &[Parameter::Integer(directory.world.now.0)],
    )?;
    let row = directory
        .store
        .first("SELECT min(expires_at) FROM device", &[])?;
    if let Some(row) = row
        && let Some(at) = row.optional_integer(0)?
    {
        directory.world.wake_by(Timestamp(at));
    }
    Ok(())
}

/// What waits under a user code.
///
/// # Errors
/// [`Refusal::SecretRejected`] where nothing waits for a decision.
pub fn describe(directory: &Directory<'_>, question: &DescribeDevice) -> Outcome<DeviceRequest> {
    let rows = directory.store.run(
        "SELECT name, country, region, requested_at, expires_at FROM device
         WHERE user_code = ? AND expires_at > ? AND account IS NULL",
        &[
            Parameter::Text(&question.user_code),
            Parameter::Integer(directory.world.now.0),
        ],
    )?;
    request(rows.first().ok_or(Refusal::SecretRejected)?)
}

/// A person's decision. The first one stands; to repeat it is no harm.
///
/// # Errors
/// [`Refusal::SecretRejected`] where nothing waits, or somebody else has decided.
pub fn decide(directory: &Directory<'_>, question: &DecideDevice) -> Outcome<DecidedDevice> {
    let rows = directory.store.run(
        "UPDATE device SET account = ?1, approved = ?2
         WHERE user_code = ?3 AND expires_at > ?4
           AND (account IS NULL OR (account = ?1 AND approved = ?2))
         RETURNING name, country, region, requested_at, expires_at, hash",
        &[
            Parameter::Text(question.account.as_str()),
            Parameter::Integer(question.approved.into()),
            Parameter::Text(&question.user_code),
            Parameter::Integer(directory.world.now.0),
        ],
    )?;
    let row = rows.first().ok_or(Refusal::SecretRejected)?;
    Ok(DecidedDevice {
        hash: row.digest(5)?,
        request: request(row)?,
    })
}

/// A program asks whether somebody has decided.
///
/// # Errors
/// Those of the store.
pub fn poll(directory: &Directory<'_>, question: &PollDevice) -> Outcome<Poll> {
    let PollDevice { user_code, hash } = question;
    let now = directory.world.now;
    let rows = directory.store.run(
        "SELECT account, approved, coalesce(polled_at, requested_at) FROM device
         WHERE user_code = ? AND hash = ? AND expires_at > ?",
        &[
            Parameter::Text(user_code),
            Parameter::Blob(hash),
            Parameter::Integer(now.0),
        ],
    )?;
    let Some(row) = rows.first() else {
        return Ok(Poll::Expired);
    };
    if let Some(account) = row.optional_text(0)? {
        return Ok(if row.integer(1)? == 0 {
            Poll::Denied
        } else {
            let account = AccountId::parse(account)
                .map_err(|_| Fault::Corrupt("the account of a device request"))?;
            Poll::Approved(account)
        });
    }
    if now.0 - row.integer(2)? < CLOSEST {
        return Ok(Poll::TooSoon);
    }
    directory.store.run(
        "UPDATE device SET polled_at = ? WHERE user_code = ?",
        &[Parameter::Integer(now.0), Parameter::Text(user_code)],
    )?;
    Ok(Poll::Pending)
}

fn request(row: &Row) -> Outcome<DeviceRequest> {
    Ok(DeviceRequest {
        name: row.text(0)?.to_string(),
        country: row.text(1)?.to_string(),
        region: row.text(2)?.to_string(),
        requested_at: Timestamp(row.integer(3)?),
        expires_at: Timestamp(row.integer(4)?),
    })
}
