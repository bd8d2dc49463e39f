//! A code for a token: the moment at which a grant begins.

use alloc::vec::Vec;

use super::{
    Account, agent,
    grant::{self, Grant, NewGrant},
    refresh::{self, Issued, as_rejected},
    request::{self, Decision},
    token,
};
use crate::{
    authority::{
        Halt, Outcome,
        account::one_time::{self, Redemption, Secret, SecretKind},
        refusal::Refusal,
    },
    pkce::{CodeChallenge, CodeVerifier},
    sha256,
};

/// Exchanges the code of an approved request. Every check comes before the code is spent: an
/// attempt that is refused spends nothing.
///
/// # Errors
/// [`Refusal::SecretRejected`], the same for a code that is unknown, spent, expired, another
/// agent's, or shown with a verifier that is not its challenge's.
pub fn exchange(
    account: &Account<'_>,
    code: &str,
    agent_id: &str,
    code_verifier: Option<&str>,
    address: &str,
) -> Outcome<Issued> {
    let mut issued = None;
    one_time::redeem(
        account,
        &Redemption {
            kind: SecretKind::AuthorizationCode,
            hash: sha256::digest(code.as_bytes()),
            binding: agent_id,
            redeemer: agent_id,
            idempotency_key: None,
            address,
        },
        |secret| {
            let (grant, signed) = prepare(account, secret, agent_id, code_verifier)?;
            grant::insert(account, &grant)?;
            signed.record(account, &grant.id)?;
            issued = Some(Issued {
                grant_token: signed.text,
                refresh_token: refresh::issue(account, &grant)?,
                grant_id: grant.id,
                scopes: grant.scopes,
                expires_at: grant.expires_at,
            });
            Ok(Vec::new())
        },
    )?;
    issued.ok_or(Refusal::SecretRejected.into())
}

fn prepare(
    account: &Account<'_>,
    secret: &Secret,
    agent_id: &str,
    code_verifier: Option<&str>,
) -> Outcome<(Grant, token::Signed)> {
    let rejected = || Halt::Refused(Refusal::SecretRejected);
    let request_id = core::str::from_utf8(&secret.payload).map_err(|_| rejected())?;
    let request = request::get(account, request_id).map_err(as_rejected)?;
    agent::active(account, agent_id).map_err(as_rejected)?;
    if request.decision != Some(Decision::Approve) {
        return Err(rejected());
    }
    // RFC 7636 section 4.6: with a challenge, the verifier must be its own; without one, a
    // verifier means nothing.
    if let Some(challenge) = &request.asked.code_challenge {
        let challenge = CodeChallenge::parse(challenge).map_err(|_| rejected())?;
        let verifier = code_verifier.and_then(|verifier| CodeVerifier::parse(verifier).ok());
        if !verifier.is_some_and(|verifier| challenge.matches(&verifier)) {
            return Err(rejected());
        }
    }
    let grant = grant::draft(
        account,
        &NewGrant {
            parent_id: None,
            agent_id,
            principal: &request.asked.principal,
            scopes: &request.asked.scopes,
            audience: request.asked.audience.as_deref(),
            depth: 0,
            expires_at: account.world.now.plus(request.asked.grant_lifetime),
        },
    );
    let signed = token::sign(account, &grant, None)?;
    Ok((grant, signed))
}
