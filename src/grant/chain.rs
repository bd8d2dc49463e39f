//! A token and all those it was delegated from, each signed, each within the one before.

use alloc::vec::Vec;

use super::{
    GrantClaims, GrantExpectations,
    narrow::{DEEPEST, Wider},
    verify::genuine,
};
use crate::jose::{KeySet, Reason, Refusal};

/// Verifies a chain of grant tokens, from what the principal gave to the last delegation,
/// and returns their claims in the same order.
///
/// Audience and required scopes are asked of the last token alone: it is the one that acts.
///
/// # Errors
/// A fault of one token as [`verify_grant_token`](super::verify_grant_token) names it; a fault between two with the
/// position of the later one.
pub fn verify_delegation_chain(
    tokens: &[&[u8]],
    keys: &KeySet,
    expect: &GrantExpectations<'_>,
) -> Result<Vec<GrantClaims>, Refusal> {
    if tokens.is_empty() || tokens.len() > DEEPEST as usize + 1 {
        return Err(Reason::DelegationEmpty.into());
    }
    let of_a_parent = GrantExpectations {
        audiences: &[],
        required_scopes: &[],
        ..*expect
    };
    let mut chain: Vec<GrantClaims> = Vec::with_capacity(tokens.len());
    for (position, token) in tokens.iter().enumerate() {
        let is_last = position + 1 == tokens.len();
        let claims = genuine(token, keys, if is_last { expect } else { &of_a_parent })?;
        follows(&claims, chain.last(), position)?;
        expect.check_developer(&claims)?;
        chain.push(claims);
    }
    Ok(chain)
}

/// Whether a token whose signature was checked may stand at `position` of a chain, after
/// `parent`; the first has none before it and must not have been delegated.
pub(crate) fn follows(
    claims: &GrantClaims,
    parent: Option<&GrantClaims>,
    position: usize,
) -> Result<(), Refusal> {
    match parent {
        None if claims.delegation.is_some() => Err(Reason::DelegationRootMissing.into()),
        None => Ok(()),
        Some(parent) => is_delegated_from(claims, parent).map_err(|reason| reason.nth(position)),
    }
}

/// Grantex section 8: the child names the parent's grant and agent, acts for the same
/// principal under the same developer, and is no wider.
fn is_delegated_from(child: &GrantClaims, parent: &GrantClaims) -> Result<(), Reason> {
    let delegation = child
        .delegation
        .as_ref()
        .ok_or(Reason::DelegationLinkBroken)?;
    let is_linked = delegation.parent_grant_id == parent.grant_id
        && delegation.parent_agent == parent.agent
        && child.principal == parent.principal
        && child.developer == parent.developer
        && child.issuer == parent.issuer;
    if !is_linked {
        return Err(Reason::DelegationLinkBroken);
    }
    child
        .extent()
        .within(&parent.extent())
        .map_err(|wider| match wider {
            Wider::Scope(_) => Reason::DelegationScopeWider,
            Wider::Expiry => Reason::DelegationOutlivesParent,
            Wider::Depth => Reason::DelegationDepthInvalid,
        })
}
