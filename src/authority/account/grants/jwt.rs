//! What this deployment signs of grants: JSON Web Tokens (RFC 7519), by RS256.

use alloc::{format, string::String};

use crate::{
    authority::{Algorithm, Outcome, World, json::Written},
    jose::base64url,
};

/// A compact RS256 JWT of this type and these claims, by the key that signs now.
pub(super) fn sign(world: &World<'_>, typ: &str, claims: &Written) -> Outcome<String> {
    let kid = world.signing_key(Algorithm::Rs256)?;
    let header = format!(r#"{{"alg":"RS256","typ":"{typ}","kid":"{kid}"}}"#);
    let mut token = base64url::encode(header.as_bytes());
    token.push('.');
    base64url::encode_onto(claims.0.as_bytes(), &mut token);
    let signature = world.sign(kid, token.as_bytes())?;
    token.push('.');
    base64url::encode_onto(signature, &mut token);
    Ok(token)
}
