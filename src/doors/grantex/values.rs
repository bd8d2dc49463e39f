//! The values that several groups of paths write and read.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::super::{Request, form::Fields};
use crate::authority::{
    Timestamp,
    account::{
        Account,
        grants::{Page, PageOf, exchange::Issued, grant::Grant},
    },
    iso8601,
    refusal::{Field, Refusal},
};

/// Bytes of a body (section 1).
pub(super) const BODY_LIMIT: usize = Request::BODY_LIMIT;

/// Milliseconds that a duration means: digits and one of `s m h d`, greater than 0.
pub(super) fn duration(text: &str) -> Option<i64> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1000,
        "m" => 60 * 1000,
        "h" => 60 * 60 * 1000,
        "d" => 24 * 60 * 60 * 1000,
        _ => return None,
    };
    let is_number =
        (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let count: i64 = is_number.then(|| digits.parse().ok())??;
    count
        .checked_mul(unit)
        .filter(|milliseconds| *milliseconds > 0)
}

/// The request's query. One that does not read is refused: passed over, it would filter
/// nothing.
///
/// # Errors
/// [`Refusal::InvalidField`].
pub(super) fn query(request: &Request) -> Result<Fields, Refusal> {
    Fields::parse(request.query.as_bytes()).map_err(|_| Refusal::malformed(Field::Query))
}

/// `page` and `pageSize` of a query: whole numbers from 1. A page that is larger
/// than the largest is given as that, and says so.
///
/// # Errors
/// [`Refusal::InvalidField`] for anything else.
pub(super) fn page(query: &Fields) -> Result<Page, Refusal> {
    let number = |name| match query.given(name) {
        None => Ok(None),
        Some(text) => match text.parse() {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(Refusal::malformed(Field::Page)),
        },
    };
    Ok(Page::new(number("page")?, number("pageSize")?))
}

/// The counters of a list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counters {
    total: i64,
    page: u32,
    page_size: u32,
}

impl<T> From<&PageOf<T>> for Counters {
    fn from(list: &PageOf<T>) -> Self {
        Self {
            total: list.total,
            page: list.page.number,
            page_size: list.page.size,
        }
    }
}

/// A grant, in both spellings of its id.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GrantValue {
    id: String,
    grant_id: String,
    agent_id: String,
    agent_did: String,
    principal_id: String,
    developer_id: String,
    scopes: alloc::vec::Vec<String>,
    status: &'static str,
    issued_at: String,
    expires_at: String,
    revoked_at: Option<String>,
    parent_grant_id: Option<String>,
    delegation_depth: u32,
}

impl GrantValue {
    pub(super) fn of(account: &Account<'_>, grant: Grant) -> Self {
        Self {
            grant_id: grant.id.clone(),
            agent_did: grant.agent_did(),
            developer_id: grant.developer_id(account),
            status: grant.status(account.world.now).as_str(),
            issued_at: iso8601::format(grant.issued_at),
            expires_at: iso8601::format(grant.expires_at),
            revoked_at: grant.revoked_at.map(iso8601::format),
            id: grant.id,
            agent_id: grant.agent_id,
            principal_id: grant.principal,
            scopes: grant.scopes,
            parent_grant_id: grant.parent_id,
            delegation_depth: grant.depth,
        }
    }
}

/// A token that was just issued, and what renews it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IssuedValue {
    grant_token: String,
    expires_at: String,
    scopes: alloc::vec::Vec<String>,
    refresh_token: String,
    grant_id: String,
}

impl From<Issued> for IssuedValue {
    fn from(issued: Issued) -> Self {
        Self {
            grant_token: issued.grant_token,
            // The token says whole seconds, rounded down; the answer says the same.
            expires_at: iso8601::format(Timestamp(issued.expires_at.seconds() * 1000)),
            scopes: issued.scopes,
            refresh_token: issued.refresh_token,
            grant_id: issued.grant_id,
        }
    }
}

/// A body with a token and nothing else.
#[derive(Deserialize)]
pub(super) struct TokenBody {
    pub(super) token: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_digits_and_a_unit() {
        assert_eq!(duration("1s"), Some(1000));
        assert_eq!(duration("90m"), Some(90 * 60_000));
        assert_eq!(duration("24h"), Some(86_400_000));
        assert_eq!(duration("30d"), Some(30 * 86_400_000));
        for text in [
            "",
            "1",
            "h",
            "0h",
            "-1h",
            "+1h",
            "1.5h",
            "1 h",
            "1H",
            "1w",
            "24hours",
            "٣h",
            "1é",
            "9999999999d",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
