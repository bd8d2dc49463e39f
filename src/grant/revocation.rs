//! What a signed status list says of a token, and how fresh that is.

use alloc::string::{String, ToString};

use super::claims::StatusReference;
use crate::{
    jose::{
        Expectations, KeySet, Kind, Leniency, Reason, Refusal,
        json::{Limits, Members, Value},
        verify_jwt,
    },
    status_list::{Status, StatusList},
};

/// What is known of a token's revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// A fresh list says that it was not revoked.
    Valid,
    /// A list says that it was revoked; no later list takes that back.
    Revoked,
    /// The list is out of date, or is not the one that the token names. What that means is
    /// the caller's choice: refuse where a revoked token would do harm, accept where being
    /// unavailable would do more.
    Unknown,
}

/// A status list token (draft-ietf-oauth-status-list section 5.1) that is genuine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusListToken {
    uri: String,
    list: StatusList,
    expires_at: Option<i64>,
    time_to_live: Option<i64>,
}

impl StatusListToken {
    /// Verifies the token that was fetched from `uri`. `now` and `clock_tolerance` in seconds.
    ///
    /// # Errors
    /// As [`verify_jwt`] for a `statuslist+jwt` of `issuer`; [`Reason::StatusListMalformed`]
    /// when it holds no list, or the list of another address.
    pub fn verify(
        token: &[u8],
        keys: &KeySet,
        issuer: &str,
        uri: &str,
        now: i64,
        clock_tolerance: i64,
    ) -> Result<Self, Refusal> {
        let expect = Expectations {
            kind: Kind::Other("statuslist+jwt"),
            clock_tolerance,
            required_claims: &["sub", "iat"],
            leniency: Leniency {
                any_audience: true,
                // Section 5.1: `exp` is optional; `ttl` bounds the list then.
                without_expiry: true,
                ..Leniency::default()
            },
            ..Expectations::new(issuer, &[], now)
        };
        let verified = verify_jwt(token, keys, &expect)?;
        Self::read(verified.payload(), uri).ok_or(Reason::StatusListMalformed.into())
    }

    /// For how many seconds the list may be relied upon after it was fetched.
    #[must_use]
    pub fn time_to_live(&self) -> Option<i64> {
        self.time_to_live
    }

    /// What the list, fetched at `fetched_at`, says at `now` of the token at `reference`.
    /// Times in seconds since 1970.
    ///
    /// # Errors
    /// [`Reason::StatusIndexOutOfRange`] when the list ends before the token's place.
    pub fn revocation_of(
        &self,
        reference: &StatusReference,
        fetched_at: i64,
        now: i64,
    ) -> Result<Revocation, Refusal> {
        // Section 8.3: a list answers for the tokens that name it, and for no others.
        if reference.uri != self.uri {
            return Ok(Revocation::Unknown);
        }
        match self.list.status(reference.index) {
            None => Err(Reason::StatusIndexOutOfRange.into()),
            Some(Status::Valid) if self.is_stale(fetched_at, now) => Ok(Revocation::Unknown),
            Some(Status::Valid) => Ok(Revocation::Valid),
            Some(_) => Ok(Revocation::Revoked),
        }
    }

    /// Section 13.7: past `exp`, or `ttl` after it was fetched, a list says nothing of what
    /// is still good. Nor does it where the clock was set back to before it was fetched: how
    /// old it is by now nobody can tell.
    fn is_stale(&self, fetched_at: i64, now: i64) -> bool {
        let is_past = |end: i64| now >= end;
        now < fetched_at
            || self.expires_at.is_some_and(is_past)
            || self
                .time_to_live
                .is_some_and(|ttl| is_past(fetched_at.saturating_add(ttl)))
    }

    /// `exp`: from when on the list says nothing of what is still good.
    #[must_use]
    pub fn expires_at(&self) -> Option<i64> {
        self.expires_at
    }

    /// Reads the payload of a token whose signature has been checked.
    pub(crate) fn read(payload: &[u8], uri: &str) -> Option<Self> {
        let (mut subject, mut list, mut expires_at, mut time_to_live) = (None, None, None, None);
        let mut members = Members::of(payload, Limits::TOKEN).ok()?;
        let mut name_room = String::new();
        while let Some((name, value)) = members.next().ok()? {
            match (name.name(&mut name_room), value) {
                ("sub", Value::String(text)) => subject = Some(text.decode().to_string()),
                ("exp", Value::Number(number)) => expires_at = Some(number.as_integer()?),
                ("ttl", Value::Number(number)) => {
                    time_to_live = Some(number.as_integer().filter(|ttl| *ttl > 0)?);
                }
                ("status_list", Value::Object(object)) => list = Some(object),
                ("ttl" | "status_list", _) => return None,
                _ => {}
            }
        }
        let (mut bits, mut lst) = (None, None);
        let mut members = list?.members();
        while let Some((name, value)) = members.next().ok()? {
            match (name.name(&mut name_room), value) {
                ("bits", Value::Number(number)) => {
                    bits = u8::try_from(number.as_integer()?).ok();
                }
                ("lst", Value::String(text)) => lst = Some(text.decode()),
                _ => {}
            }
        }
        // Section 8.3: the token's `sub` is the address that it was asked for.
        if subject.as_deref() != Some(uri) {
            return None;
        }
        let list = StatusList::decode(bits?, &lst?).ok()?;
        Some(Self {
            uri: uri.to_string(),
            list,
            expires_at,
            time_to_live,
        })
    }
}
