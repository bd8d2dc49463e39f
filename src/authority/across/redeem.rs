//! A platform spends a code: its own account says who it is, the person's says yes or no.

use alloc::string::String;

use crate::{
    authority::{
        Outcome, Place, World,
        account::{
            code::{Granted, Redeem},
            platform_key::AuthenticatePlatform,
        },
        credential::{Credential, CredentialKind},
        refusal::Refusal,
    },
    code, sha256,
};

/// What a platform presents.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// The code, as the agent gave it.
    pub code: &'a str,
    /// The platform's key.
    pub api_key: &'a str,
    /// Seconds since 1970, where it signed.
    pub timestamp: Option<&'a str>,
    /// Lower-case hexadecimal, where it signed.
    pub signature: Option<&'a str>,
    /// Under which a lost answer may be asked for again.
    pub idempotency_key: Option<&'a str>,
    /// The platform's network address, for the log.
    pub address: &'a str,
}

/// Checks the key, then the signature, then the code, and spends it.
///
/// # Errors
/// Those of [`authenticate`](crate::authority::account::platform_key::authenticate) and
/// [`redeem`](crate::authority::account::code::redeem). A text that is no code at all is
/// refused like one that is unknown.
pub fn redeem(world: &World<'_>, presented: &Presented<'_>) -> Outcome<Granted> {
    let key = Credential::parse(CredentialKind::ApiKey, presented.api_key)?;
    let platform = world.ask(
        Place::Account(key.account()),
        AuthenticatePlatform {
            key_hash: key.hash(),
            timestamp: presented.timestamp.map(String::from),
            signature: presented.signature.map(String::from),
            address: presented.address.into(),
        },
    )?;
    let account = code::parse(presented.code)
        .ok()
        .and_then(|code| code.user.as_str().strip_prefix("user_"))
        .and_then(|name| crate::authority::AccountId::parse(name).ok())
        .ok_or(Refusal::SecretRejected)?;
    // The signature in the code is for those who are offline: here the whole string is
    // compared with what was issued, by its digest.
    world.ask(
        Place::Account(account),
        Redeem {
            hash: sha256::digest(presented.code.as_bytes()),
            platform,
            idempotency_key: presented.idempotency_key.map(String::from),
            address: presented.address.into(),
        },
    )
}
