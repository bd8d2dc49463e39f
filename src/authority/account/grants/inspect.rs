//! What can be said of a token that somebody holds, whoever issued it.

use alloc::string::String;

use super::{
    Account, developer, issuer,
    token::{self, Dead},
};
use crate::{
    authority::{Algorithm, Fault, Halt, Outcome},
    grant::{GrantClaims, GrantExpectations, verify_grant_token},
    jose::{Reason, import_jwks, unverified::decode_unverified},
};

/// What a token is to this developer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inspection {
    /// Theirs, and good now.
    Active {
        /// Its payload, as it was signed.
        claims: String,
    },
    /// Theirs, and revoked, itself or with its grant.
    Revoked,
    /// Theirs, and over.
    Expired,
    /// Signed here for them, but unknown: its agent was deleted, or it is long forgotten.
    Unknown,
    /// Signed here for another developer.
    AnotherDevelopers,
    /// Not signed here.
    Forged,
}

/// Inspects a token: in this account's own records first, which need no arithmetic, then by
/// its signature.
///
/// # Errors
/// [`Halt::Needs`] the keyring.
pub fn inspect(account: &Account<'_>, text: &str) -> Outcome<Inspection> {
    match token::find(account, text) {
        Ok(found) => Ok(match found.check(account.world.now) {
            Ok(()) => Inspection::Active {
                claims: payload(text)?,
            },
            Err(Dead::Revoked) => Inspection::Revoked,
            Err(Dead::Expired) => Inspection::Expired,
        }),
        Err(Halt::Refused(_)) => by_signature(account, text),
        Err(halt) => Err(halt),
    }
}

fn by_signature(account: &Account<'_>, text: &str) -> Outcome<Inspection> {
    let jwks = account.world.keyring()?.jwks.get(&Algorithm::Rs256);
    let keys = jwks
        .and_then(|jwks| import_jwks(jwks.as_bytes()).ok())
        .ok_or(Fault::Corrupt("the keyring has no such key set"))?;
    let expect = GrantExpectations {
        issuer: &issuer(account.world),
        audiences: &[],
        developers: &[],
        required_scopes: &[],
        now: account.world.now.seconds(),
        clock_tolerance: 0,
        untyped: false,
    };
    let developer = match verify_grant_token(text.as_bytes(), &keys, &expect) {
        Ok(claims) => claims.developer,
        Err(refusal) if refusal.reason == Reason::Expired => {
            match GrantClaims::read(payload(text)?.as_bytes()) {
                Ok(claims) => claims.developer,
                Err(_) => return Ok(Inspection::Forged),
            }
        }
        Err(_) => return Ok(Inspection::Forged),
    };
    Ok(if developer == developer::id_of(account.id) {
        Inspection::Unknown
    } else {
        Inspection::AnotherDevelopers
    })
}

fn payload(text: &str) -> Outcome<String> {
    const UNREADABLE: Fault = Fault::Corrupt("an issued token does not read");
    let token = decode_unverified(text.as_bytes()).map_err(|_| UNREADABLE)?;
    let payload = core::str::from_utf8(token.payload()).map_err(|_| UNREADABLE)?;
    Ok(payload.into())
}
