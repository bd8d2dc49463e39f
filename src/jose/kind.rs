//! The kinds of tokens that are told apart by `typ` (RFC 8725 section 3.11).
//!
//! One-time codes need no kind: no JWS signing input has a colon, so that a signature over
//! a code is never one over a token (see `code`).

use super::error::Reason;
use super::jws::same_media_type;
use super::jwt::Claims;

/// What a token is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind<'a> {
    /// A JWT without a more special kind: `typ` is `JWT` (RFC 7519 section 5.1).
    #[default]
    Jwt,
    /// An OAuth access token: `typ` is `at+jwt`, and the claims of RFC 9068 section 2.2 are
    /// there.
    AccessToken,
    /// A kind with its own `typ`.
    Other(&'a str),
}

impl<'a> Kind<'a> {
    /// The kind of this `typ`, in any spelling of it: the one with claims of its own, where
    /// there is one.
    #[must_use]
    pub fn of(typ: &'a str) -> Self {
        let own = [Self::Jwt, Self::AccessToken];
        let found = own
            .into_iter()
            .find(|kind| same_media_type(typ, kind.typ()));
        found.unwrap_or(Self::Other(typ))
    }

    /// The `typ` of this kind.
    pub const fn typ(&self) -> &'a str {
        match self {
            Self::Jwt => "JWT",
            Self::AccessToken => "at+jwt",
            Self::Other(typ) => typ,
        }
    }

    /// What a token of this kind must have beyond what every token must have.
    pub(super) fn check(&self, claims: &Claims<'_>) -> Result<(), Reason> {
        if *self != Self::AccessToken {
            return Ok(());
        }
        // RFC 9068 section 2.2: iss, exp, aud, sub, client_id, iat and jti are REQUIRED.
        for (is_there, reason) in [
            (claims.issuer.is_some(), Reason::IssuerMissing),
            (claims.expires_at.is_some(), Reason::ExpirationMissing),
            (claims.audience.is_some(), Reason::AudienceMissing),
            (claims.subject.is_some(), Reason::SubjectMissing),
            (claims.client_id.is_some(), Reason::ClientIdMissing),
            (claims.issued_at.is_some(), Reason::IssuedAtMissing),
            (claims.token_id.is_some(), Reason::TokenIdMissing),
        ] {
            if !is_there {
                return Err(reason);
            }
        }
        Ok(())
    }
}
