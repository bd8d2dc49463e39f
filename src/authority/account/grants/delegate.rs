//! An agent passes on less than it has.

use alloc::{string::String, vec::Vec};

use super::{
    Account, agent, check_scopes,
    grant::{self, Grant, NewGrant},
    inspect::{self, Inspection},
    refresh::{self, Issued},
    token,
};
use crate::{
    authority::{
        Halt, Outcome,
        refusal::{Field, Problem, Refusal},
        text,
    },
    grant::narrow::{Extent, Wider},
};

/// How deep delegation goes here.
pub const DEPTH_LIMIT: u32 = 3;

/// Delegates from the grant of `parent_token` to another agent of the same developer.
///
/// Expiry is the parent's at the latest. Whoever revokes the parent at the same time does so
/// before, and the parent is found dead, or after, and revokes the child with it.
///
/// # Errors
/// In this order: [`Refusal::InvalidField`] for what is missing, [`Refusal::TokenRejected`]
/// for a parent that is not good now, [`Refusal::AnotherDevelopers`], [`Refusal::TooDeep`],
/// [`Refusal::ScopeWider`], [`Refusal::NotFound`] for the agent, [`Refusal::InvalidField`] for
/// no `lifetime` (milliseconds).
pub fn delegate(
    account: &Account<'_>,
    parent_token: &str,
    agent_id: &str,
    scopes: &[String],
    lifetime: Option<i64>,
) -> Outcome<Issued> {
    check_scopes(scopes, 1)?;
    text::check_line(Field::Agent, agent_id, 1, 256)?;
    let parent = parent(account, parent_token)?;
    let depth = parent.depth + 1;
    if depth > DEPTH_LIMIT {
        return Err(Refusal::TooDeep { most: DEPTH_LIMIT }.into());
    }
    let mut unique: Vec<String> = Vec::with_capacity(scopes.len());
    for scope in scopes {
        if !unique.contains(scope) {
            unique.push(scope.clone());
        }
    }
    // What does not read as a duration is refused last (see above); until then it is none.
    let wanted = account.world.now.plus(lifetime.unwrap_or(0));
    let expires_at = wanted.min(parent.expires_at);
    let of = |scopes, at: crate::authority::Timestamp, depth| Extent {
        scopes,
        expires_at: at.0,
        depth,
    };
    let within =
        of(&unique, expires_at, depth).within(&of(&parent.scopes, parent.expires_at, parent.depth));
    match within {
        Ok(()) => {}
        Err(Wider::Scope(_) | Wider::Expiry) => return Err(Refusal::ScopeWider.into()),
        Err(Wider::Depth) => return Err(Refusal::TooDeep { most: DEPTH_LIMIT }.into()),
    }
    agent::active(account, agent_id)?;
    if lifetime.is_none() {
        let (field, problem) = (Field::ExpiresIn, Problem::Malformed);
        return Err(Refusal::InvalidField { field, problem }.into());
    }
    let child = grant::draft(
        account,
        &NewGrant {
            parent_id: Some(&parent.id),
            agent_id,
            principal: &parent.principal,
            scopes: &unique,
            audience: parent.audience.as_deref(),
            depth,
            expires_at,
        },
    );
    let signed = token::sign(
        account,
        &child,
        Some(token::Parent {
            agent_did: &parent.agent_did(),
            grant_id: &parent.id,
        }),
    )?;
    grant::insert(account, &child)?;
    signed.record(account, &child.id)?;
    Ok(Issued {
        grant_token: signed.text,
        refresh_token: refresh::issue(account, &child)?,
        grant_id: child.id,
        scopes: child.scopes,
        expires_at: child.expires_at,
    })
}

/// The grant of a token that is good now. Only one that is not ours is looked at closer.
fn parent(account: &Account<'_>, text: &str) -> Outcome<Grant> {
    match token::authenticate(account, text) {
        Ok(token) => Ok(token.grant),
        Err(Halt::Refused(refusal)) => match inspect::inspect(account, text)? {
            Inspection::AnotherDevelopers => Err(Refusal::AnotherDevelopers.into()),
            _ => Err(refusal.into()),
        },
        Err(halt) => Err(halt),
    }
}
