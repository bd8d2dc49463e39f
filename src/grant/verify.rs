//! One grant token, offline.

use super::GrantClaims;
use crate::jose::{Expectations, KeySet, Kind, Leniency, Reason, Refusal, verify_jwt};

/// What a grant token must be. Times are in seconds, those of day since 1970.
#[derive(Debug, Clone, Copy)]
pub struct GrantExpectations<'a> {
    /// `iss`, character by character.
    pub issuer: &'a str,
    /// The names of this receiver. Grantex puts `aud` into a token only when the
    /// authorization asked for one, so none here means that `aud` is not looked at.
    pub audiences: &'a [&'a str],
    /// The developers whose grants count, by their ids (`dev`). A principal is whoever their
    /// developer calls so, and whoever signs up with the issuer is a developer: where the issuer
    /// serves others than you, name yours. None here means that any will do.
    pub developers: &'a [&'a str],
    /// Scopes that must all have been granted.
    pub required_scopes: &'a [&'a str],
    /// The time of day.
    pub now: i64,
    /// How far clocks may differ: 0 to 600 seconds.
    pub clock_tolerance: i64,
    /// Lets through tokens without `typ`, as older Grantex servers issue them; with another
    /// than `at+jwt` they are refused all the same.
    pub untyped: bool,
}

/// Verifies a grant token: its signature, its kind, its times, and what it grants.
///
/// Whether it was revoked is for [`super::StatusListToken::revocation_of`] to say.
///
/// # Errors
/// With the first fault in the order of [`verify_jwt`], then the claims of a grant, then whose
/// it is.
pub fn verify_grant_token(
    token: &[u8],
    keys: &KeySet,
    expect: &GrantExpectations<'_>,
) -> Result<GrantClaims, Refusal> {
    let claims = genuine(token, keys, expect)?;
    expect.check_developer(&claims)?;
    Ok(claims)
}

impl GrantExpectations<'_> {
    // Grantex section 5: `dev` says in whose name space `sub` is a name.
    pub(super) fn check_developer(&self, claims: &GrantClaims) -> Result<(), Refusal> {
        let expected = self.developers;
        if expected.is_empty() || expected.contains(&claims.developer.as_str()) {
            Ok(())
        } else {
            Err(Reason::GrantDeveloperMismatch.into())
        }
    }
}

/// A grant token as it should be, whoever's it is.
pub(super) fn genuine(
    token: &[u8],
    keys: &KeySet,
    expect: &GrantExpectations<'_>,
) -> Result<GrantClaims, Refusal> {
    let verified = verify_jwt(
        token,
        keys,
        &Expectations {
            kind: Kind::Other("at+jwt"),
            clock_tolerance: expect.clock_tolerance,
            required_scopes: expect.required_scopes,
            leniency: Leniency {
                untyped: expect.untyped,
                any_audience: expect.audiences.is_empty(),
                ..Leniency::default()
            },
            ..Expectations::new(expect.issuer, expect.audiences, expect.now)
        },
    )?;
    Ok(GrantClaims::read(verified.payload())?)
}
