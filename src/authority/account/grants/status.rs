//! The status lists that tell offline verifiers which tokens were revoked.
//!
//! Each token takes a place in its account's lists; a list holds one bit for each of
//! 65,536 tokens, which keeps the whole signed document within what verifiers read
//! (16,384 bytes), however many are revoked. A list is signed again when a bit of it has
//! changed or it has grown old, and kept until then.

use alloc::{
    borrow::ToOwned,
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{Account, counter, developer, issuer, token};
use crate::{
    authority::{
        Fault, Outcome,
        json::{Written, object},
        refusal::Refusal,
        store::{Parameter, Row},
    },
    status_list::{Status, StatusList},
};

/// Tokens of one list.
const CAPACITY: i64 = 65_536;

/// Seconds for which a fetched list may be relied upon.
pub const TIME_TO_LIVE: i64 = 45;

/// Seconds for which caches between us and a verifier may keep a list. With
/// [`TIME_TO_LIVE`] it makes the minute in which every polling verifier has learnt of a
/// revocation.
pub const CACHED_FOR: i64 = 15;

/// Seconds after which a list that has not changed is signed again, and after which it
/// says nothing any more.
const SIGNED_FOR: i64 = 300;
const SIGN_AGAIN_AFTER: i64 = 120;

pub(super) const CREATE_TABLE: &str = "CREATE TABLE status_lists (
    number INTEGER PRIMARY KEY,
    bits BLOB,
    signed_at INTEGER,
    token TEXT
)";

const COUNTER: &str = "grant_tokens_issued";

/// A free place, drawn at random: two requests that run at the same time do not wait for one
/// another, and a place says nothing of when its token was issued (draft section 12.5.2).
/// A list is half full at the most, so that a draw or two will do.
pub(super) fn draw_index(account: &Account<'_>) -> Outcome<i64> {
    let number = counter::read(account, COUNTER)? / (CAPACITY / 2);
    let list = read(account, number)?;
    for _ in 0..64 {
        let place = u16::from_le_bytes(account.world.random());
        let index = number * CAPACITY + i64::from(place);
        let taken = account.store.first(
            "SELECT 1 FROM grant_tokens WHERE status_index = ?1",
            &[Parameter::Integer(index)],
        )?;
        // A token that was revoked and is forgotten by now has left its bit behind.
        if taken.is_none() && list.status(place.into()) == Some(Status::Valid) {
            return Ok(index);
        }
    }
    Err(Fault::Corrupt("no free place in a status list").into())
}

/// Counts a token into its list.
pub(super) fn count(account: &Account<'_>) -> Outcome<()> {
    counter::add(account, COUNTER, 1).map(|_| ())
}

pub(super) fn reference(account: &Account<'_>, index: i64) -> Written {
    let uri = uri(account, index / CAPACITY);
    object! { "status_list": object! { "idx": index % CAPACITY, "uri": uri } }
}

fn uri(account: &Account<'_>, number: i64) -> String {
    format!("{}/status/{}/{number}", issuer(account.world), account.id)
}

/// Marks the places in the rows' first column as revoked: one write for each list.
pub(super) fn invalidate(account: &Account<'_>, indices: &[Row]) -> Outcome<()> {
    let mut lists: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
    for row in indices {
        let index = row.integer(0)?;
        let place = u64::try_from(index % CAPACITY).unwrap_or_default();
        lists.entry(index / CAPACITY).or_default().push(place);
    }
    for (number, places) in lists {
        let mut list = read(account, number)?;
        for place in places {
            list.invalidate(place);
        }
        account.store.run(
            "INSERT INTO status_lists (number, bits) VALUES (?1, ?2)
             ON CONFLICT (number) DO UPDATE SET bits = ?2, token = NULL",
            &[Parameter::Integer(number), Parameter::Blob(list.bytes())],
        )?;
    }
    Ok(())
}

fn read(account: &Account<'_>, number: i64) -> Outcome<StatusList> {
    let row = account.store.first(
        "SELECT bits FROM status_lists WHERE number = ?1",
        &[Parameter::Integer(number)],
    )?;
    let bits = match &row {
        Some(row) => row.optional_blob(0)?,
        None => None,
    };
    let list = match bits {
        Some(bits) => StatusList::from_bytes(1, bits.to_vec()),
        None => StatusList::new(1, usize::try_from(CAPACITY).unwrap_or_default()),
    };
    list.map_err(|_| Fault::Corrupt("a status list has an impossible size").into())
}

/// The signed list with this number, as fresh as its last change.
///
/// # Errors
/// [`Refusal::NotFound`] for a list that no token names.
pub fn publish(account: &Account<'_>, number: i64) -> Outcome<String> {
    // A stranger asks: where there is no developer, nothing is signed and nothing written.
    developer::read(account)?;
    if number < 0 || number > counter::read(account, COUNTER)? / (CAPACITY / 2) {
        return Err(Refusal::NotFound.into());
    }
    let now = account.world.now.seconds();
    let signed = account.store.first(
        "SELECT token FROM status_lists WHERE number = ?1 AND token IS NOT NULL AND signed_at > ?2",
        &[
            Parameter::Integer(number),
            Parameter::Integer(now - SIGN_AGAIN_AFTER),
        ],
    )?;
    if let Some(signed) = signed {
        return Ok(signed.text(0)?.to_owned());
    }
    let lst = read(account, number)?.encode();
    let text = token::sign_jwt(
        account.world,
        "statuslist+jwt",
        &object! {
            "iss": issuer(account.world),
            "sub": uri(account, number),
            "iat": now,
            "exp": now + SIGNED_FOR,
            "ttl": TIME_TO_LIVE,
            "status_list": object! { "bits": 1_u8, "lst": lst },
        },
    )?;
    account.store.run(
        "INSERT INTO status_lists (number, token, signed_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (number) DO UPDATE SET token = ?2, signed_at = ?3",
        &[
            Parameter::Integer(number),
            Parameter::Text(&text),
            Parameter::Integer(now),
        ],
    )?;
    Ok(text.to_string())
}
