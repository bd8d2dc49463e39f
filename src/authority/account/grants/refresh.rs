//! Refresh tokens: each renews a grant's token once, and is replaced by the next.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use super::{
    Account, agent,
    grant::{self, Grant, GrantStatus},
    token,
};
use crate::{
    authority::{
        Halt, Outcome, Timestamp,
        account::one_time::{self, NewSecret, Redemption, SecretKind},
        decode, encode,
        refusal::Refusal,
        seal,
    },
    jose::base64url,
    sha256,
};

/// Longest life of a refresh token in milliseconds; never longer than its grant's.
const LIFETIME: i64 = 30 * 24 * 60 * 60 * 1000;

/// What an answer that may be asked for again is sealed for.
const PURPOSE: &str = "refresh answer";

/// A token and what renews it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// The signed token.
    pub grant_token: String,
    /// Renews it, once.
    pub refresh_token: String,
    /// Of which grant.
    pub grant_id: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// Until when.
    pub expires_at: Timestamp,
}

debug_without_secrets!(Issued {
    grant_id,
    scopes,
    expires_at
});

/// A fresh refresh token of `grant`, bound to its agent.
pub(super) fn issue(account: &Account<'_>, grant: &Grant) -> Outcome<String> {
    let text = alloc::format!("ref_{}", base64url::encode(&account.world.random::<32>()));
    one_time::issue(
        account,
        &NewSecret {
            kind: SecretKind::RefreshToken,
            hash: sha256::digest(text.as_bytes()),
            subject: &grant.principal,
            binding: &grant.agent_id,
            payload: grant.id.as_bytes(),
            expires_at: account.world.now.plus(LIFETIME).min(grant.expires_at),
        },
    )?;
    Ok(text)
}

/// What is missing and what is wrong look alike from outside.
pub(super) fn as_rejected(halt: Halt) -> Halt {
    match halt {
        Halt::Refused(_) => Halt::Refused(Refusal::SecretRejected),
        halt => halt,
    }
}

/// Renews the token of a grant: the same grant, the same end, a new refresh token.
///
/// An agent that lost the answer asks again with the same `idempotency_key` and is given it.
///
/// # Errors
/// [`Refusal::SecretRejected`], the same for a refresh token that is unknown, used, expired
/// or another agent's, and for a grant that is no longer active.
pub fn refresh(
    account: &Account<'_>,
    refresh_token: &str,
    agent_id: &str,
    idempotency_key: Option<&str>,
    address: &str,
) -> Outcome<Issued> {
    let owner = account.id.to_string();
    let redeemed = one_time::redeem(
        account,
        &Redemption {
            kind: SecretKind::RefreshToken,
            hash: sha256::digest(refresh_token.as_bytes()),
            binding: agent_id,
            redeemer: agent_id,
            idempotency_key,
            address,
        },
        |secret| {
            let rejected = || Halt::Refused(Refusal::SecretRejected);
            let grant_id = core::str::from_utf8(&secret.payload).map_err(|_| rejected())?;
            let grant = grant::get(account, grant_id).map_err(as_rejected)?;
            agent::active(account, agent_id).map_err(as_rejected)?;
            if grant.status(account.world.now) != GrantStatus::Active {
                return Err(rejected());
            }
            let parent = parent_of(account, &grant)?;
            let signed = token::sign(
                account,
                &grant,
                parent.as_ref().map(|(agent_did, grant_id)| token::Parent {
                    agent_did,
                    grant_id,
                }),
            )?;
            signed.record(account, &grant.id)?;
            let issued = Issued {
                grant_token: signed.text,
                refresh_token: issue(account, &grant)?,
                grant_id: grant.id,
                scopes: grant.scopes,
                expires_at: grant.expires_at,
            };
            Ok(seal::seal(
                account.world,
                PURPOSE,
                &owner,
                &encode(&issued)?,
            )?)
        },
    )?;
    let answer = seal::open(account.world.settings, PURPOSE, &owner, &redeemed.answer)?;
    let issued: Issued = decode(&answer)?;
    // What is given again must still be of use: the grant may have ended in between.
    if redeemed.repeat {
        let grant = grant::get(account, &issued.grant_id).map_err(as_rejected)?;
        if grant.status(account.world.now) != GrantStatus::Active {
            return Err(Refusal::SecretRejected.into());
        }
    }
    Ok(issued)
}

/// The delegating agent's DID and grant, for a grant that was delegated.
fn parent_of(account: &Account<'_>, grant: &Grant) -> Outcome<Option<(String, String)>> {
    let Some(parent_id) = &grant.parent_id else {
        return Ok(None);
    };
    let parent = grant::get(account, parent_id).map_err(as_rejected)?;
    Ok(Some((parent.agent_did(), parent.id)))
}
