//! What an agent asks of a principal, and the principal's decision.

use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
    vec::Vec,
};
use core::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use super::{
    Account, agent, check_scopes,
    developer::{self, Developer, Mode},
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

/// What a principal, or a rule in their place, decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// Yes.
    Approve,
    /// No.
    Deny,
}

impl Decision {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::Deny => "denied",
        }
    }
}

/// Who decides, as far as this deployment knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedInPrincipal {
    /// Every name by which a developer may know this person: user id, user name, e-mail.
    pub known_as: Vec<String>,
}

/// What came of a decision: where the browser goes, and with what.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The code, when it was approved.
    pub code: Option<String>,
    /// Where the browser goes.
    pub redirect_uri: Option<String>,
    /// What goes with it.
    pub state: Option<String>,
}

debug_without_secrets!(Decided { redirect_uri });

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

/// What does this request ask?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Describe {
    /// The request's id.
    pub id: String,
}

/// Everything that a principal decides on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The request's id.
    pub id: String,
    /// Who wants to act.
    pub agent_name: String,
    /// Its DID.
    pub agent_did: String,
    /// What it says it does.
    pub agent_description: String,
    /// To whom it belongs.
    pub developer_name: String,
    /// On whose behalf.
    pub principal: String,
    /// What it wants to be allowed.
    pub scopes: Vec<String>,
    /// Milliseconds for which.
    pub grant_lifetime: i64,
    /// For whom its tokens will be, where that is limited.
    pub audience: Option<String>,
    /// Where the browser goes next.
    pub redirect_uri: Option<String>,
    /// Until when it can be decided.
    pub expires_at: Timestamp,
    /// The principal must be signed in here to decide.
    pub requires_sign_in: bool,
}

/// Describes a request that waits for a decision.
///
/// # Errors
/// As [`pending`].
pub fn describe(account: &Account<'_>, question: &Describe) -> Outcome<Description> {
    let request = pending(account, &question.id)?;
    let agent = agent::get(account, &request.asked.agent_id)?;
    let developer = developer::read(account)?;
    Ok(Description {
        id: request.id,
        agent_did: agent.did(),
        agent_name: agent.name,
        agent_description: agent.description,
        developer_name: developer.name,
        principal: request.asked.principal,
        scopes: request.asked.scopes,
        grant_lifetime: request.asked.grant_lifetime,
        audience: request.asked.audience,
        redirect_uri: request.asked.redirect_uri,
        expires_at: request.expires_at,
        requires_sign_in: developer.requires_sign_in,
    })
}

/// The principal's decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decide {
    /// The request's id.
    pub id: String,
    /// Yes or no.
    pub decision: Decision,
    /// Who decides, where they are signed in.
    pub principal: Option<SignedInPrincipal>,
}

/// Takes the principal's decision.
///
/// # Errors
/// As [`pending`]; [`Refusal::SignInRequired`] when the developer asks that the principal
/// be signed in and the one who decides is not the one of the request.
pub fn decide(account: &Account<'_>, question: &Decide) -> Outcome<Decided> {
    let Decide {
        id,
        decision,
        principal,
    } = question;
    let developer = developer::read(account)?;
    if developer.mode == Mode::Sandbox && *decision == Decision::Approve {
        return sandbox_decided(account, id);
    }
    let request = pending(account, id)?;
    let is_principal =
        |person: &SignedInPrincipal| person.known_as.contains(&request.asked.principal);
    if developer.requires_sign_in && !principal.as_ref().is_some_and(is_principal) {
        return Err(Refusal::SignInRequired.into());
    }
    account.store.run(
        "UPDATE grant_requests SET decision = ?2 WHERE id = ?1",
        &[Parameter::Text(id), Parameter::Text(decision.as_str())],
    )?;
    let code = match decision {
        Decision::Approve => {
            let code = base64url::encode(&account.world.random::<24>());
            Some(issue_code(account, &request, code)?)
        }
        Decision::Deny => None,
    };
    Ok(decided(request, code))
}

/// The published `grantex` 0.1.3 drops the code that a sandbox's request comes back with: it
/// is given again, until it is spent.
fn sandbox_decided(account: &Account<'_>, id: &str) -> Outcome<Decided> {
    let request = get(account, id)?;
    let code = sandbox_code(id);
    let hash = sha256::digest(code.as_bytes());
    let kept = one_time::peek(account, SecretKind::AuthorizationCode, &hash)?;
    let spent = kept.is_none_or(|secret| secret.spent.is_some());
    if spent || account.world.now >= request.expires_at {
        return Err(Refusal::Gone.into());
    }
    Ok(decided(request, Some(code)))
}

/// No principal stands behind a sandbox's code, so it may follow from the request's id, which
/// is as random: who knows that one gets the code anyway, and needs the API key to use it.
fn sandbox_code(id: &str) -> String {
    let digest = sha256::digest(alloc::format!("sandbox code of {id}").as_bytes());
    base64url::encode(&digest)
}

fn decided(request: Request, code: Option<String>) -> Decided {
    Decided {
        code,
        redirect_uri: request.asked.redirect_uri,
        state: request.asked.state,
    }
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

/// The code that an approved request is exchanged for a token with: bound to its agent, good
/// for as long as the request is.
fn issue_code(account: &Account<'_>, request: &Request, code: String) -> Outcome<String> {
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

/// Grantex section 3: absolute http(s) of at most 2048 characters, without user information
/// (which makes a hostile host look familiar) and without a fragment (RFC 6749 section
/// 3.1.2). Plain http only to this machine, unless this is a development deployment.
fn is_redirect_uri(uri: &str, development: bool) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte);
    if uri.len() > 2048 || !uri.bytes().all(is_plain) {
        return false;
    }
    let (secure, rest) = match (uri.strip_prefix("https://"), uri.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return false,
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return false;
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) if host.parse::<Ipv6Addr>().is_ok() => (host, port),
            _ => return false,
        },
        None => {
            let end = authority.find(':').unwrap_or(authority.len());
            authority.split_at(end)
        }
    };
    let port_is_good = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    // The host goes into a header of the consent page, too. Other scripts come as `xn--`.
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if !authority.starts_with('[') && !host.bytes().all(is_name) {
        return false;
    }
    // WHATWG URL section 3.5: a browser takes a host that ends in a number for an address, in
    // spellings that nobody would know it by (`0x7f.1`).
    let last = host.trim_end_matches('.').rsplit('.').next();
    let ends_in_number =
        last.is_some_and(|label| label.starts_with(|it: char| it.is_ascii_digit()));
    if !authority.starts_with('[') && ends_in_number && host.parse::<Ipv4Addr>().is_err() {
        return false;
    }
    let is_loopback = matches!(host, "localhost" | "127.0.0.1" | "::1");
    !host.is_empty() && port_is_good && (secure || is_loopback || development)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_uris_are_absolute_and_plain() {
        for good in [
            "https://app.example/callback",
            "https://app.example/callback?x=1&y=%20",
            "https://app.example",
            "https://[2001:db8::1]:8443/cb",
            "http://localhost:3000/cb",
            "http://127.0.0.1:9/",
            "http://[::1]:9/",
        ] {
            assert!(is_redirect_uri(good, false), "{good}");
        }
        for bad in [
            "",
            "/callback",
            "app.example/callback",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://",
            "https:///path",
            "https://user@app.example/",
            "https://app.example@evil.example/",
            "https://app.example/#fragment",
            "https://app.example/a b",
            "https://app.example\\@evil.example/",
            "https://app.example:0/",
            "https://app.example:99999/",
            "https://app.example:x/",
            "https://[::1/",
            "https://[evil]/",
            "http://app.example/callback",
            "https://0x7f.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://127.0.0.1./",
        ] {
            assert!(!is_redirect_uri(bad, false), "{bad}");
        }
        assert!(is_redirect_uri("http://app.example/callback", true));
        assert!(!is_redirect_uri("http://user@app.example/callback", true));
    }
}
