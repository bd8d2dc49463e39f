//! What an agent asks of a principal, and the code that a yes is answered with.

use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use super::{
    Account, agent, check_scopes,
    developer::{Developer, Mode},
    redirect_uri::is_redirect_uri,
    scopes_from_text, scopes_to_text,
};
use crate::{
    authority::{
        Outcome, Timestamp,
        account::one_time::{self, NewSecret, SecretKind},
        keyring::LONGEST_TOKEN,
        refusal::{Field, Problem, Refusal},
        store::{Parameter, Row},
        text,
    },
    jose::base64url,
    sha256,
};

/// Milliseconds for which a request, and the code that a decision makes, are good.
pub const LIFETIME: i64 = 15 * 60 * 1000;

/// What a request's id begins with.
pub const ID_PREFIX: &str = "areq_";

pub(super) const CREATE_TABLE: &str = "CREATE TABLE grant_requests (
    id TEXT PRIMARY KEY,
    agent_id TEXT NOT NULL,
    principal TEXT NOT NULL,
    scopes TEXT NOT NULL,
    grant_lifetime INTEGER NOT NULL,
    redirect_uri TEXT,
    code_challenge TEXT,
    state TEXT,
    audience TEXT,
    decision TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID";
pub(super) const CREATE_INDEX: &str =
    "CREATE INDEX grant_requests_by_expiry ON grant_requests (expires_at)";
pub(super) const CREATE_INDEX_AGENT: &str =
    "CREATE INDEX grant_requests_by_agent ON grant_requests (agent_id)";

/// What a principal, or a rule in their place, decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// Yes.
    Approve,
    /// No.
    Deny,
}

impl Decision {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::Deny => "denied",
        }
    }
}

/// What an agent asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRequest {
    /// Which agent.
    pub agent_id: String,
    /// On whose behalf: whatever the developer calls them, 1 to 256 characters.
    pub principal: String,
    /// 1 to 100.
    pub scopes: Vec<String>,
    /// Milliseconds for which the grant shall be good.
    pub grant_lifetime: i64,
    /// Where the principal's browser goes with the code: absolute http(s).
    pub redirect_uri: Option<String>,
    /// PKCE S256 (RFC 7636).
    pub code_challenge: Option<String>,
    /// Given back with the code, up to 1024 characters.
    pub state: Option<String>,
    /// Becomes `aud`, up to 1024 characters.
    pub audience: Option<String>,
}

/// A request, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `areq_…`: whoever knows it can see the request, and decide on it where the
    /// developer does not require a sign-in.
    pub id: String,
    /// What was asked.
    pub asked: NewRequest,
    /// Not decided yet: `None`.
    pub decision: Option<Decision>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it can be decided.
    pub expires_at: Timestamp,
}

/// Asks; a sandbox developer's request is approved at once, and its code comes with it.
///
/// # Errors
/// [`Refusal::InvalidField`]; [`Refusal::NotFound`] for an agent that is unknown or suspended.
pub fn ask(
    account: &Account<'_>,
    developer: &Developer,
    asked: NewRequest,
) -> Outcome<(Request, Option<String>)> {
    check(account, &asked)?;
    agent::active(account, &asked.agent_id)?;
    if asked.grant_lifetime <= 0 || asked.grant_lifetime > LONGEST_TOKEN {
        return Err(Refusal::malformed(Field::ExpiresIn).into());
    }
    let now = account.world.now;
    let secret = base64url::encode(&account.world.random::<16>());
    let request = Request {
        id: alloc::format!("{ID_PREFIX}{}{secret}", account.id),
        asked,
        decision: (developer.mode == Mode::Sandbox).then_some(Decision::Approve),
        created_at: now,
        expires_at: now.plus(LIFETIME),
    };
    let NewRequest {
        agent_id,
        principal,
        scopes,
        grant_lifetime,
        ..
    } = &request.asked;
    account.store.run(
        "INSERT INTO grant_requests (id, agent_id, principal, scopes, grant_lifetime,
             redirect_uri, code_challenge, state, audience, decision, created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        &[
            Parameter::Text(&request.id),
            Parameter::Text(agent_id),
            Parameter::Text(principal),
            Parameter::Text(&scopes_to_text(scopes)),
            Parameter::Integer(*grant_lifetime),
            Parameter::text_or_null(request.asked.redirect_uri.as_deref()),
            Parameter::text_or_null(request.asked.code_challenge.as_deref()),
            Parameter::text_or_null(request.asked.state.as_deref()),
            Parameter::text_or_null(request.asked.audience.as_deref()),
            request.decision.map_or(Parameter::Null, |decision| {
                Parameter::Text(decision.as_str())
            }),
            Parameter::Integer(now.0),
            Parameter::Integer(request.expires_at.0),
        ],
    )?;
    account.world.wake_by(request.expires_at.plus(LIFETIME));
    let code = match request.decision {
        Some(Decision::Approve) => Some(issue_code(account, &request, sandbox_code(&request.id))?),
        _ => None,
    };
    Ok((request, code))
}

/// The code that an approved request is exchanged for a token with: bound to its agent, good
/// for as long as the request is.
pub(super) fn issue_code(
    account: &Account<'_>,
    request: &Request,
    code: String,
) -> Outcome<String> {
    one_time::issue(
        account,
        &NewSecret {
            kind: SecretKind::AuthorizationCode,
            hash: sha256::digest(code.as_bytes()),
            subject: &request.asked.principal,
            binding: &request.asked.agent_id,
            payload: request.id.as_bytes(),
            expires_at: request.expires_at,
        },
    )?;
    Ok(code)
}

/// No principal stands behind a sandbox's code, so it may follow from the request's id, which
/// is as random: who knows that one gets the code anyway, and needs the API key to use it.
pub(super) fn sandbox_code(id: &str) -> String {
    let digest = sha256::digest(alloc::format!("sandbox code of {id}").as_bytes());
    base64url::encode(&digest)
}

/// The request with this id, whatever its state.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn get(account: &Account<'_>, id: &str) -> Outcome<Request> {
    let row = account.store.first(
        "SELECT id, agent_id, principal, scopes, grant_lifetime, redirect_uri, code_challenge,
             state, audience, decision, created_at, expires_at
         FROM grant_requests WHERE id = ?1",
        &[Parameter::Text(id)],
    )?;
    of_row(&row.ok_or(Refusal::NotFound)?)
}

/// The request with this id, which still waits for a decision.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Gone`] when it was decided or has expired.
pub fn pending(account: &Account<'_>, id: &str) -> Outcome<Request> {
    let request = get(account, id)?;
    if request.decision.is_some() || account.world.now >= request.expires_at {
        return Err(Refusal::Gone.into());
    }
    Ok(request)
}

/// Forgets requests that can no longer be decided nor exchanged.
pub(super) fn sweep(account: &Account<'_>) -> Outcome<()> {
    account.store.run(
        "DELETE FROM grant_requests WHERE id IN
             (SELECT id FROM grant_requests WHERE expires_at <= ?1 LIMIT 1000)",
        &[Parameter::Integer(account.world.now.0 - LIFETIME)],
    )?;
    Ok(())
}

/// When the next request can be forgotten.
pub(super) fn next_sweep(account: &Account<'_>) -> Outcome<Option<Timestamp>> {
    let row = account.store.first(
        "SELECT expires_at FROM grant_requests ORDER BY expires_at LIMIT 1",
        &[],
    )?;
    super::due(row, LIFETIME)
}

fn check(account: &Account<'_>, asked: &NewRequest) -> Result<(), Refusal> {
    text::check_line(Field::Agent, &asked.agent_id, 1, 256)?;
    text::check_line(Field::Principal, &asked.principal, 1, 256)?;
    check_scopes(&asked.scopes, 1)?;
    if let Some(uri) = &asked.redirect_uri
        && !is_redirect_uri(uri, account.world.settings.development)
    {
        return Err(Refusal::malformed(Field::RedirectUri));
    }
    // RFC 7636 section 4.2: the characters alone. What no verifier leads to is refused when one
    // is shown.
    if let Some(challenge) = &asked.code_challenge
        && !(challenge.len() == 43 && challenge.bytes().all(is_base64url))
    {
        return Err(Refusal::malformed(Field::CodeChallenge));
    }
    // Nobody is shown it: it is the developer's own, whatever it is.
    if let Some(state) = &asked.state
        && state.chars().count() > 1024
    {
        let (field, problem) = (Field::State, Problem::TooLong(1024));
        return Err(Refusal::InvalidField { field, problem });
    }
    match &asked.audience {
        Some(audience) => text::check_line(Field::Audience, audience, 1, 1024),
        None => Ok(()),
    }
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn of_row(row: &Row) -> Outcome<Request> {
    let optional = |column| {
        row.optional_text(column)
            .map(|text| text.map(ToString::to_string))
    };
    Ok(Request {
        id: row.text(0)?.to_owned(),
        asked: NewRequest {
            agent_id: row.text(1)?.to_owned(),
            principal: row.text(2)?.to_owned(),
            scopes: scopes_from_text(row.text(3)?)?,
            grant_lifetime: row.integer(4)?,
            redirect_uri: optional(5)?,
            code_challenge: optional(6)?,
            state: optional(7)?,
            audience: optional(8)?,
        },
        decision: match row.optional_text(9)? {
            None => None,
            Some("approved") => Some(Decision::Approve),
            Some(_) => Some(Decision::Deny),
        },
        created_at: Timestamp(row.integer(10)?),
        expires_at: Timestamp(row.integer(11)?),
    })
}
