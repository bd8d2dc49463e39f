//! The values that several groups of paths write and read.

use alloc::{string::String, vec::Vec};

use super::super::{Request, form::Fields, json};
use crate::{
    authority::{
        Timestamp,
        account::{
            Account,
            grants::{Page, PageOf, grant::Grant, refresh::Issued},
        },
        iso8601,
        json::{Written, object, write_object},
        refusal::{Field, Refusal},
    },
    mac::hex,
};

/// Bytes of a body (section 1).
pub(super) const BODY_LIMIT: usize = Request::BODY_LIMIT;

/// The id of a request as a UUID (RFC 9562 section 5.8).
pub(super) fn request_id(request: &Request) -> String {
    let mut bytes = request.id;
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = *version & 0x0f | 0x80;
    *variant = *variant & 0x3f | 0x80;
    let digits = hex::encode(&bytes);
    let mut text = String::with_capacity(36);
    for (at, digit) in digits.chars().enumerate() {
        if [8, 12, 16, 20].contains(&at) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

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

/// A list under its name, with its counters.
pub(super) fn list<T>(name: &str, list: &PageOf<T>, value: &dyn Fn(&T) -> Written) -> Written {
    let entries: Vec<Written> = list.entries.iter().map(value).collect();
    write_object(
        &[name, "total", "page", "pageSize"],
        &[&entries, &list.total, &list.page.number, &list.page.size],
    )
}

/// A grant, in both spellings of its id.
pub(super) fn grant(account: &Account<'_>, grant: &Grant) -> Written {
    object! {
        "id": grant.id,
        "grantId": grant.id,
        "agentId": grant.agent_id,
        "agentDid": grant.agent_did(),
        "principalId": grant.principal,
        "developerId": grant.developer_id(account),
        "scopes": grant.scopes,
        "status": grant.status(account.world.now).as_str(),
        "issuedAt": iso8601::format(grant.issued_at),
        "expiresAt": iso8601::format(grant.expires_at),
        "revokedAt": grant.revoked_at.map(iso8601::format),
        "parentGrantId": grant.parent_id,
        "delegationDepth": grant.depth,
    }
}

/// A token that was just issued, and what renews it.
pub(super) fn issued(issued: &Issued) -> Written {
    object! {
        "grantToken": issued.grant_token,
        // The token says whole seconds, rounded down; the answer says the same.
        "expiresAt": iso8601::format(Timestamp(issued.expires_at.seconds() * 1000)),
        "scopes": issued.scopes,
        "refreshToken": issued.refresh_token,
        "grantId": issued.grant_id,
    }
}

json::body! {
    /// A body with a token and nothing else.
    pub(super) struct TokenBody {
        pub(super) token: String = "token",
    }
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
