//! What a principal decides on, and what comes of it.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    Account, agent,
    developer::{self, Mode},
    request::{self, Request, issue_code, pending, sandbox_code},
};
use crate::{
    authority::{
        Outcome, Timestamp,
        account::one_time::{self, SecretKind},
        refusal::Refusal,
        store::Parameter,
    },
    jose::base64url,
    sha256,
};

pub use super::request::Decision;

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
    // Names are kept in small letters; a developer may have theirs as it was typed.
    let is_principal = |person: &SignedInPrincipal| {
        let names = &mut person.known_as.iter();
        names.any(|name| name.eq_ignore_ascii_case(&request.asked.principal))
    };
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
    let request = request::get(account, id)?;
    let code = sandbox_code(id);
    let hash = sha256::digest(code.as_bytes());
    let kept = one_time::peek(account, SecretKind::AuthorizationCode, &hash)?;
    let spent = kept.is_none_or(|secret| secret.spent.is_some());
    if spent || account.world.now >= request.expires_at {
        return Err(Refusal::Gone.into());
    }
    Ok(decided(request, Some(code)))
}

fn decided(request: Request, code: Option<String>) -> Decided {
    Decided {
        code,
        redirect_uri: request.asked.redirect_uri,
        state: request.asked.state,
    }
}
