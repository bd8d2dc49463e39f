//! JSON Web Tokens (RFC 7519): a signature, and claims that are what the caller expects.
//!
//! The order of checks is part of the interface, as a token with several faults gets one
//! code: what is expected, shape, header, key, signature, claims as JSON and their types,
//! then issuer, audience, times, kind, required claims, required scopes.

mod claims;

pub use claims::Claims;

use super::error::{Reason, Refusal};
use super::json::Text;
use super::jwks::KeySet;
use super::jws::{TypeRule, VerifiedJws, verify_jwt_signature};
use super::key::PublicKey;
use super::kind::Kind;
use claims::Kept;

/// The largest clock tolerance, in seconds.
pub(crate) const MAX_TOLERANCE: i64 = 600;

/// The last second of the year 9999: times beyond it are milliseconds or mistakes.
pub(crate) const MAX_TIME: i64 = 253_402_300_799;

/// The most claims, scopes or audiences that can be asked for.
const MAX_ASKED: usize = 64;

/// What a token must be. Times are in seconds, those of day since 1970. Lists are of `&str`,
/// or of what else has a text.
#[derive(Clone, Copy, Debug)]
pub struct Expectations<'a, S = &'a str> {
    /// `iss`, character by character.
    pub issuer: &'a str,
    /// The names of this receiver; `aud` must have one of them.
    pub audiences: &'a [S],
    /// The kind of token, told by `typ`.
    pub kind: Kind<'a>,
    /// The time of day.
    pub now: i64,
    /// How far clocks may differ: 0 to 600 seconds.
    pub clock_tolerance: i64,
    /// How long ago the token may have been issued; makes `iat` required.
    pub max_token_age: Option<i64>,
    /// Claims that must be there and not null.
    pub required_claims: &'a [S],
    /// Scopes that must be in `scope` or `scp`.
    pub required_scopes: &'a [S],
    /// What is let through that the profile refuses.
    pub leniency: Leniency,
}

/// What a protocol may demand to be let through. All are off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leniency {
    /// Tokens without `typ` (with another than expected they are refused all the same).
    pub untyped: bool,
    /// Tokens without `exp`.
    pub without_expiry: bool,
    /// Tokens of any issuer whose key is in the set, where no issuer is named.
    pub any_issuer: bool,
    /// Tokens for any audience, where no audience is named.
    pub any_audience: bool,
}

impl<'a> Expectations<'a> {
    /// What must always be said; everything else is at its strictest.
    pub const fn new(issuer: &'a str, audiences: &'a [&'a str], now: i64) -> Self {
        Self::of(issuer, audiences, now)
    }
}

impl<'a, S> Expectations<'a, S> {
    /// As [`Expectations::new`], for lists of `String`, as a configuration has them, or of what else
    /// has a text.
    ///
    /// ```
    /// use countersign::jose::Expectations;
    ///
    /// struct Config { issuer: String, audiences: Vec<String>, scopes: Vec<String> }
    ///
    /// fn expect(config: &Config, now: i64) -> Expectations<'_, String> {
    ///     let Config { issuer, audiences, scopes } = config;
    ///     Expectations { required_scopes: scopes, ..Expectations::of(issuer, audiences, now) }
    /// }
    /// ```
    pub const fn of(issuer: &'a str, audiences: &'a [S], now: i64) -> Self {
        Self {
            issuer,
            audiences,
            kind: Kind::Jwt,
            now,
            clock_tolerance: 0,
            max_token_age: None,
            required_claims: &[],
            required_scopes: &[],
            leniency: Leniency {
                untyped: false,
                without_expiry: false,
                any_issuer: false,
                any_audience: false,
            },
        }
    }
}

impl<'a, S: AsRef<str>> Expectations<'a, S> {
    /// Whether a token can be judged by this at all.
    fn check(&self) -> Result<(), Reason> {
        // RFC 8725 section 3.8
        if self.issuer.is_empty() && !self.leniency.any_issuer {
            return Err(Reason::ExpectedIssuerMissing);
        }
        // RFC 8725 section 3.9
        if self.audiences.is_empty() && !self.leniency.any_audience {
            return Err(Reason::ExpectedAudienceMissing);
        }
        let spans = [self.clock_tolerance, self.max_token_age.unwrap_or(0)];
        if !(0..=MAX_TIME).contains(&self.now) || spans.iter().any(|s| !(0..=MAX_TIME).contains(s))
        {
            return Err(Reason::ExpectedTimeOutOfRange);
        }
        if self.clock_tolerance > MAX_TOLERANCE {
            return Err(Reason::ExpectedToleranceTooLarge);
        }
        let lists = [self.audiences, self.required_claims, self.required_scopes];
        if lists.iter().any(|list| list.len() > MAX_ASKED) {
            return Err(Reason::ExpectedTooMany);
        }
        Ok(())
    }

    fn type_rule(&self) -> TypeRule<'a> {
        if self.leniency.untyped {
            TypeRule::IsOrAbsent(self.kind.typ())
        } else {
            TypeRule::Is(self.kind.typ())
        }
    }

    fn judge(&self, claims: &Claims<'_>) -> Result<(), Refusal> {
        self.issuer_is_expected(claims)?;
        self.audience_is_expected(claims)?;
        self.times_are_right(claims)?;
        self.kind.check(claims)?;
        // RFC 7519 section 4: which claims must be there is for the application to say.
        if let Some(index) = claims.first_missing(self.required_claims.len()) {
            return Err(Reason::ClaimMissing.nth(index));
        }
        if let Some(index) = claims.first_missing_scope(self.required_scopes) {
            return Err(Reason::ScopeMissing.nth(index));
        }
        Ok(())
    }

    /// RFC 8725 section 3.8: the keys are the issuer's, so the token must be the issuer's.
    fn issuer_is_expected(&self, claims: &Claims<'_>) -> Result<(), Reason> {
        if self.issuer.is_empty() {
            return Ok(());
        }
        match claims.issuer {
            None => Err(Reason::IssuerMissing),
            Some(issuer) if issuer.is(self.issuer) => Ok(()),
            Some(_) => Err(Reason::IssuerMismatch),
        }
    }

    /// RFC 8725 section 3.9: a token for somebody else must not be used here.
    fn audience_is_expected(&self, claims: &Claims<'_>) -> Result<(), Reason> {
        if self.audiences.is_empty() {
            return Ok(());
        }
        if claims.audience.is_none() {
            return Err(Reason::AudienceMissing);
        }
        let is_expected = |name: Text<'_>| {
            let name = name.decode();
            self.audiences.iter().any(|own| name == own.as_ref())
        };
        if claims.audiences().any(is_expected) {
            Ok(())
        } else {
            Err(Reason::AudienceMismatch)
        }
    }

    /// RFC 7519 sections 4.1.4 to 4.1.6. At the second in `exp` the token has expired; at
    /// the second in `nbf` it is valid.
    fn times_are_right(&self, claims: &Claims<'_>) -> Result<(), Refusal> {
        let (now, tolerance) = (self.now, self.clock_tolerance);
        match claims.expires_at {
            None if !self.leniency.without_expiry => return Err(Reason::ExpirationMissing.into()),
            Some(exp) if now >= exp + tolerance => return Err(Reason::Expired.by(now - exp)),
            _ => {}
        }
        match claims.not_before {
            Some(nbf) if now + tolerance < nbf => return Err(Reason::NotYetValid.by(nbf - now)),
            _ => {}
        }
        match claims.issued_at {
            Some(iat) if now + tolerance < iat => return Err(Reason::IssuedInFuture.by(iat - now)),
            _ => {}
        }
        match (self.max_token_age, claims.issued_at) {
            (Some(_), None) => Err(Reason::IssuedAtMissing.into()),
            (Some(age), Some(iat)) if now - iat > age + tolerance => {
                Err(Reason::TokenTooOld.by(now - iat - age))
            }
            _ => Ok(()),
        }
    }
}

/// A token that is genuine and as expected.
#[derive(Debug)]
pub struct Verified<'k> {
    jws: VerifiedJws<'k>,
    kept: Kept,
}

impl<'k> Verified<'k> {
    /// The JSON of the header.
    pub fn header(&self) -> &[u8] {
        self.jws.header()
    }

    /// The JSON of the claims, as it was signed.
    pub fn payload(&self) -> &[u8] {
        self.jws.payload()
    }

    /// The registered claims, typed.
    pub fn claims(&self) -> Claims<'_> {
        self.kept.views(self.jws.payload())
    }

    /// The key that signed.
    pub fn key(&self) -> &'k PublicKey {
        self.jws.key()
    }

    /// The `kid` of the key that signed.
    pub fn kid(&self) -> Option<&'k str> {
        self.jws.key().kid()
    }
}

/// Valid, with what it says; or refused, with the reason.
pub type Verdict<'k> = Result<Verified<'k>, Refusal>;

/// Verifies a compact JWT of at most 16384 bytes, offline: `(bytes, keys, expectations,
/// the time among them) → verdict`.
///
/// # Errors
/// With the first fault in the order that this module describes.
///
/// ```
/// # use countersign::jose::{Expectations, KeySet, import_jwks, verify_jwt};
/// # fn receive(token: &[u8], jwks: &[u8], now: i64) -> Option<()> {
/// let keys = import_jwks(jwks).ok()?;
/// let expect = Expectations::new("https://issuer.example", &["https://api.example"], now);
/// match verify_jwt(token, &keys, &expect) {
///     Ok(verified) => assert!(verified.claims().issuer?.is("https://issuer.example")),
///     Err(refusal) => assert_eq!(refusal.code(), "expired"),
/// }
/// # Some(()) }
/// ```
pub fn verify_jwt<'k, S: AsRef<str>>(
    token: &[u8],
    keys: &'k KeySet,
    expect: &Expectations<'_, S>,
) -> Verdict<'k> {
    let (jws, kept) = judge(token, keys, expect, Kept::of)?;
    Ok(Verified { jws, kept })
}

/// The same, for a caller that reads the claims elsewhere.
#[cfg(all(feature = "npm", target_arch = "wasm32"))]
pub(crate) fn verify_jwt_alone<'k, S: AsRef<str>>(
    token: &[u8],
    keys: &'k KeySet,
    expect: &Expectations<'_, S>,
) -> Result<VerifiedJws<'k>, Refusal> {
    judge(token, keys, expect, |_, _| ()).map(|(jws, ())| jws)
}

fn judge<'k, K, S: AsRef<str>>(
    token: &[u8],
    keys: &'k KeySet,
    expect: &Expectations<'_, S>,
    keep: impl FnOnce(&[u8], &Claims<'_>) -> K,
) -> Result<(VerifiedJws<'k>, K), Refusal> {
    expect.check()?;
    let jws = verify_jwt_signature(token, keys, expect.type_rule())?;
    let mut claims = Claims::default();
    claims.read(jws.payload(), expect.required_claims)?;
    expect.judge(&claims)?;
    let kept = keep(jws.payload(), &claims);
    Ok((jws, kept))
}
