//! A signed-in person's program asks for a code.

use alloc::string::String;

use super::{
    super::{
        Account,
        audit::{self, Actor, Event, EventKind},
        one_time::{self, NewSecret, SecretKind},
        session,
    },
    public_id,
};
use crate::{
    authority::{
        Algorithm, Fault, Name, Outcome, Timestamp,
        limits::{self, Limit},
    },
    code::{CodeDraft, Target, UserId},
    jose::base64url,
    sha256,
};

/// How long a code lives, in seconds.
pub const LIFETIME: u32 = 3600;

/// What a code is asked for with.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The platform, as the person's program names it.
    pub target: &'a str,
    /// Where the program is, `CC/REGION`; told to the platform.
    pub geo_location: &'a str,
    /// The program's network address, for the log.
    pub address: &'a str,
}

/// A code, in the clear this once.
#[derive(Clone)]
pub struct Issued {
    /// The string that the agent carries.
    pub code: String,
    /// The platform that it is for.
    pub target: Name,
    /// From when on it is dead: a whole second.
    pub expires_at: Timestamp,
}

/// Makes a code for the person whose session this is.
///
/// # Errors
/// [`Refusal::CredentialRejected`](crate::authority::refusal::Refusal::CredentialRejected),
/// `InvalidField` for a name that no platform can have, `RateLimited`.
pub fn issue(account: &Account<'_>, session_token: &str, wanted: &Wanted<'_>) -> Outcome<Issued> {
    session::authenticate(account, session_token)?;
    let target = Name::target(wanted.target)?;
    let world = account.world;
    let user = account.id.user_id();

    let key_id = world.signing_key(Algorithm::Es256)?;
    let mut thumbprint = [0; 32];
    if base64url::decode_into(key_id.as_bytes(), &mut thumbprint) != Ok(thumbprint.len()) {
        return Err(Fault::Corrupt("a signing key's id is not its thumbprint").into());
    }
    let issued_at = world.now.seconds();
    let malformed = |_| Fault::Corrupt("a code that breaks its own grammar");
    let input = CodeDraft {
        target: Target::parse(target.as_str()).map_err(malformed)?,
        user: UserId::parse(&user).map_err(malformed)?,
        issued_at,
        lifetime: LIFETIME,
        nonce: world.random(),
    }
    .signing_input(&thumbprint)
    .map_err(malformed)?;
    if !world.is_workbench(wanted.address) {
        limits::allow(account.store, world.now, &Limit::CODE_ISSUE, "")?;
    }
    let signature = world
        .sign(key_id, input.as_bytes())?
        .try_into()
        .map_err(|_| Fault::Corrupt("an ES256 signature is not 64 bytes"))?;
    let code = input.sign_with(signature);

    let hash = sha256::digest(code.as_bytes());
    let id = public_id(&hash);
    // What the code says of itself and what is kept of it end in the same second.
    let expires_at = Timestamp((issued_at + i64::from(LIFETIME)) * 1000);
    one_time::issue(
        account,
        &NewSecret {
            kind: SecretKind::Code,
            hash,
            subject: &id,
            binding: target.as_str(),
            payload: wanted.geo_location.as_bytes(),
            expires_at,
        },
    )?;
    audit::record(
        account,
        &Event {
            kind: EventKind::CodeIssued,
            actor: Actor::Owner,
            subject: &id,
            address: wanted.address,
            detail: target.as_str(),
        },
    )?;
    Ok(Issued {
        code,
        target,
        expires_at,
    })
}
