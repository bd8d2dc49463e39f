//! The status lists that tell offline verifiers which tokens were revoked.
//!
//! Each token takes a place in its account's lists; a list holds one bit for each of
//! 65,536 tokens, which keeps the whole signed document within what verifiers read
//! (16,384 bytes), however many are revoked. A list is signed again when a bit of it has
//! changed or it has grown old, and kept until then.
//!
//! The bits are kept in segments, a row each: a revocation reads and writes 64 bytes, not the
//! 8 kB of a list.

use alloc::{
    borrow::ToOwned,
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{Account, counter, developer, issuer, jwt};
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

/// Bytes of one segment of a list, and tokens.
const SEGMENT: usize = 64;
const IN_SEGMENT: i64 = 8 * SEGMENT as i64;

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

pub(super) const CREATE_SEGMENTS: &str = "CREATE TABLE status_segments (
    list INTEGER NOT NULL,
    segment INTEGER NOT NULL,
    bits BLOB NOT NULL,
    PRIMARY KEY (list, segment)
) WITHOUT ROWID";
pub(super) const FILL_SEGMENTS: &str = "WITH RECURSIVE segments (number) AS (
         SELECT 0 UNION ALL SELECT number + 1 FROM segments WHERE number < 127)
     INSERT INTO status_segments (list, segment, bits)
     SELECT status_lists.number, segments.number, substr(bits, segments.number * 64 + 1, 64)
     FROM status_lists CROSS JOIN segments WHERE bits IS NOT NULL";
pub(super) const DROP_TABLE: &str = "DROP TABLE status_lists";
pub(super) const CREATE_SIGNED: &str = "CREATE TABLE signed_status_lists (
    list INTEGER PRIMARY KEY,
    signed_at INTEGER NOT NULL,
    token TEXT NOT NULL
)";

const COUNTER: &str = "grant_tokens_issued";

/// A free place, drawn at random: two requests that run at the same time do not wait for one
/// another, and a place says nothing of when its token was issued (draft section 12.5.2).
/// A list is half full at the most, so that a draw or two will do.
pub(super) fn draw_index(account: &Account<'_>) -> Outcome<i64> {
    let number = counter::read(account, COUNTER)? / (CAPACITY / 2);
    for _ in 0..64 {
        let place = i64::from(u16::from_le_bytes(account.world.random()));
        let index = number * CAPACITY + place;
        let row = account.store.first(
            "SELECT EXISTS (SELECT 1 FROM grant_tokens WHERE status_index = ?1),
                 (SELECT bits FROM status_segments WHERE list = ?2 AND segment = ?3)",
            &[
                Parameter::Integer(index),
                Parameter::Integer(number),
                Parameter::Integer(place / IN_SEGMENT),
            ],
        )?;
        let row = row.ok_or(Fault::Corrupt("a database that does not answer"))?;
        // A token that was revoked and is forgotten by now has left its bit behind.
        let segment = segment(row.optional_blob(1)?)?;
        if row.integer(0)? == 0 && segment.status(within(place)) == Some(Status::Valid) {
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

/// Marks the places in the rows' first column as revoked: one write for each segment.
pub(super) fn invalidate(account: &Account<'_>, indices: &[Row]) -> Outcome<()> {
    let mut segments: BTreeMap<(i64, i64), Vec<u64>> = BTreeMap::new();
    for row in indices {
        let index = row.integer(0)?;
        let place = index % CAPACITY;
        let key = (index / CAPACITY, place / IN_SEGMENT);
        segments.entry(key).or_default().push(within(place));
    }
    let lists: BTreeSet<i64> = segments.keys().map(|(list, _)| *list).collect();
    for ((list, number), places) in segments {
        let key = [Parameter::Integer(list), Parameter::Integer(number)];
        let row = account.store.first(
            "SELECT bits FROM status_segments WHERE list = ?1 AND segment = ?2",
            &key,
        )?;
        let mut bits = segment(row.as_ref().map(|row| row.blob(0)).transpose()?)?;
        for place in places {
            bits.invalidate(place);
        }
        let [list, number] = key;
        account.store.run(
            "INSERT INTO status_segments (list, segment, bits) VALUES (?1, ?2, ?3)
             ON CONFLICT (list, segment) DO UPDATE SET bits = ?3",
            &[list, number, Parameter::Blob(bits.bytes())],
        )?;
    }
    for list in lists {
        account.store.run(
            "DELETE FROM signed_status_lists WHERE list = ?1",
            &[Parameter::Integer(list)],
        )?;
    }
    Ok(())
}

/// Where in its segment a token's bit is.
fn within(place: i64) -> u64 {
    u64::try_from(place % IN_SEGMENT).unwrap_or_default()
}

/// A segment by its bytes; without any, one in which nothing was revoked.
fn segment(bits: Option<&[u8]>) -> Outcome<StatusList> {
    match bits.unwrap_or(&[0; SEGMENT]) {
        bits if bits.len() == SEGMENT => list(bits.to_vec()),
        _ => Err(Fault::Corrupt("a segment of another length").into()),
    }
}

fn list(bits: Vec<u8>) -> Outcome<StatusList> {
    StatusList::from_bytes(1, bits)
        .map_err(|_| Fault::Corrupt("a status list has an impossible size").into())
}

fn read(account: &Account<'_>, number: i64) -> Outcome<StatusList> {
    let rows = account.store.run(
        "SELECT bits, segment FROM status_segments WHERE list = ?1",
        &[Parameter::Integer(number)],
    )?;
    let mut bits = alloc::vec![0; usize::try_from(CAPACITY / 8).unwrap_or_default()];
    let (segments, _) = bits.as_chunks_mut::<SEGMENT>();
    for row in rows {
        let to = usize::try_from(row.integer(1)?)
            .ok()
            .and_then(|number| segments.get_mut(number));
        match (to, row.blob(0)?.first_chunk()) {
            (Some(to), Some(from)) => *to = *from,
            _ => return Err(Fault::Corrupt("a segment of no status list").into()),
        }
    }
    list(bits)
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
        "SELECT token FROM signed_status_lists WHERE list = ?1 AND signed_at > ?2",
        &[
            Parameter::Integer(number),
            Parameter::Integer(now - SIGN_AGAIN_AFTER),
        ],
    )?;
    if let Some(signed) = signed {
        return Ok(signed.text(0)?.to_owned());
    }
    let lst = read(account, number)?.encode();
    let text = jwt::sign(
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
        "INSERT INTO signed_status_lists (list, token, signed_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (list) DO UPDATE SET token = ?2, signed_at = ?3",
        &[
            Parameter::Integer(number),
            Parameter::Text(&text),
            Parameter::Integer(now),
        ],
    )?;
    Ok(text.to_string())
}

#[cfg(feature = "sqlite")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::{
        AccountId,
        account::{MIGRATIONS, grants},
        migration::migrate,
        store::{Store as _, Value, sqlite::Sqlite},
        testing::with_world,
    };

    #[test]
    fn lists_of_an_older_release_say_the_same_in_segments() {
        let store = Sqlite::in_memory().unwrap();
        let segmenting = |step: &&[&str]| step == &grants::SEGMENT_STATUS_LISTS;
        let before = MIGRATIONS.iter().position(segmenting).unwrap();
        migrate(&store, &MIGRATIONS[..before]).unwrap();
        let revoked = [0, 7, 511, 512, 30_000, 65_535];
        let mut old = StatusList::new(1, 65_536).unwrap();
        for place in revoked {
            old.invalidate(place);
        }
        for number in [0, 3] {
            let bits = Parameter::Blob(old.bytes());
            let parameters = [Parameter::Integer(number), bits, Parameter::Text("signed")];
            let insert = "INSERT INTO status_lists (number, bits, signed_at, token)
                 VALUES (?1, ?2, 1, ?3)";
            store.run(insert, &parameters).unwrap();
        }
        // Signed, though nothing in it was ever revoked.
        let insert = "INSERT INTO status_lists (number, signed_at, token) VALUES (1, 1, 'signed')";
        store.run(insert, &[]).unwrap();
        migrate(&store, MIGRATIONS).unwrap();
        with_world(|world| {
            let id = AccountId::from_random([1; 10]);
            let account = Account {
                id,
                store: &store,
                world,
            };
            let new = StatusList::new(1, 65_536).unwrap();
            for (number, expected) in [(0, &old), (1, &new), (3, &old), (2, &new)] {
                assert_eq!(&read(&account, number).unwrap(), expected, "{number}");
            }
            let index = 3 * CAPACITY + 513;
            invalidate(&account, &[Row(alloc::vec![Value::Integer(index)])]).unwrap();
            let mut changed = old.clone();
            changed.invalidate(513);
            assert_eq!(read(&account, 3).unwrap(), changed);
            assert_eq!(read(&account, 0).unwrap(), old);
        });
    }

    #[test]
    fn a_segment_that_is_cut_short_is_a_fault() {
        let store = Sqlite::in_memory().unwrap();
        migrate(&store, MIGRATIONS).unwrap();
        let insert = "INSERT INTO status_segments (list, segment, bits) VALUES (0, 5, x'00')";
        store.run(insert, &[]).unwrap();
        with_world(|world| {
            let account = Account {
                id: AccountId::from_random([1; 10]),
                store: &store,
                world,
            };
            assert!(read(&account, 0).is_err());
            let within = Value::Integer(5 * IN_SEGMENT);
            assert!(invalidate(&account, &[Row(alloc::vec![within])]).is_err());
        });
    }
}
