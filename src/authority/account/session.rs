//! Sessions: how a signed-in person's browser or program is known again.
//!
//! A session lives 30 days from its last use. That it was used is written down at most once
//! an hour, so that checking one is a read.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use super::{
    Account,
    audit::{self, Actor, Event, EventKind},
};
use crate::{
    authority::{
        AccountId, Client, Halt, Outcome, Timestamp,
        credential::{Credential, CredentialHash, CredentialKind},
        refusal::Refusal,
        store::{Parameter, Row, Store},
    },
    jose::base64url,
};

/// Milliseconds that a session lives after its last use.
pub const LIFETIME: i64 = 30 * 24 * 60 * 60 * 1000;

/// Milliseconds between two notes of a session's use.
const TOUCH_EVERY: i64 = 60 * 60 * 1000;

/// Most sessions of one account; one more ends the one that was used least recently.
pub const MOST: u32 = 200;

/// Bytes of a session's digest that make its public id.
const ID_LENGTH: usize = 12;

pub(crate) const CREATE_TABLE: &str = "CREATE TABLE sessions (
    hash BLOB PRIMARY KEY,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL
) WITHOUT ROWID";

/// A session, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Public id: names it without opening it.
    pub id: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last seen, to the hour.
    pub seen_at: Timestamp,
    /// When it ends if it is not used again.
    pub expires_at: Timestamp,
    /// The network address that it began from.
    pub address: String,
    /// The program that it began in.
    pub user_agent: String,
    pub(crate) hash: CredentialHash,
}

/// Begins a session. The same hash again, by a request that is repeated, changes nothing.
pub(crate) fn open(
    account: &Account<'_>,
    hash: &CredentialHash,
    client: &Client,
    how: &str,
) -> Outcome<()> {
    let now = account.world.now;
    let opened = account.store.first(
        "INSERT INTO sessions (hash, created_at, seen_at, expires_at, address, user_agent)
         VALUES (?1, ?2, ?2, ?3, ?4, ?5) ON CONFLICT (hash) DO NOTHING RETURNING 1",
        &[
            Parameter::Blob(hash),
            Parameter::Integer(now.0),
            Parameter::Integer(now.plus(LIFETIME).0),
            Parameter::Text(&client.address),
            Parameter::Text(&client.user_agent),
        ],
    )?;
    if opened.is_none() {
        return Ok(());
    }
    account.store.run(
        "DELETE FROM sessions WHERE hash IN (
             SELECT hash FROM sessions WHERE hash <> ?1 ORDER BY seen_at DESC LIMIT -1 OFFSET ?2)",
        &[Parameter::Blob(hash), Parameter::Integer((MOST - 1).into())],
    )?;
    account.world.wake_by(now.plus(LIFETIME));
    audit::record(
        account,
        &Event {
            kind: EventKind::SignedIn,
            actor: Actor::Owner,
            subject: &id_of(hash),
            address: &client.address,
            detail: how,
        },
    )
}

/// The account that a session token names, wherever it is shown. That says nothing yet about
/// whether the session lives: [`authenticate`] does, there.
///
/// # Errors
/// [`Refusal::CredentialRejected`] for what is not a session token.
pub fn account_of(token: &str) -> Result<AccountId, Refusal> {
    Credential::parse(CredentialKind::Session, token).map(|credential| credential.account())
}

/// The session that this token opens.
///
/// # Errors
/// [`Refusal::CredentialRejected`] when it is unknown, ended or expired, or another account's.
pub fn authenticate(account: &Account<'_>, token: &str) -> Outcome<Session> {
    let credential = Credential::parse(CredentialKind::Session, token)?;
    let hash = credential.hash();
    let now = account.world.now;
    let session = find(account, &hash)?.filter(|session| now < session.expires_at);
    let Some(mut session) = session.filter(|_| credential.account() == account.id) else {
        return Err(Refusal::CredentialRejected.into());
    };
    if now >= session.seen_at.plus(TOUCH_EVERY) {
        session.seen_at = now;
        session.expires_at = now.plus(LIFETIME);
        account.store.run(
            "UPDATE sessions SET seen_at = ?2, expires_at = ?3 WHERE hash = ?1",
            &[
                Parameter::Blob(&hash),
                Parameter::Integer(session.seen_at.0),
                Parameter::Integer(session.expires_at.0),
            ],
        )?;
    }
    Ok(session)
}

/// Whether a session with this hash lives.
pub(crate) fn lives(account: &Account<'_>, hash: &CredentialHash) -> Outcome<bool> {
    let session = find(account, hash)?;
    Ok(session.is_some_and(|session| account.world.now < session.expires_at))
}

/// The living sessions, last seen first; at most [`MOST`].
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn list(account: &Account<'_>) -> Outcome<Vec<Session>> {
    let rows = account.store.run(
        "SELECT hash, created_at, seen_at, expires_at, address, user_agent FROM sessions
         WHERE expires_at > ?1 ORDER BY seen_at DESC, created_at DESC LIMIT ?2",
        &[
            Parameter::Integer(account.world.now.0),
            Parameter::Integer(MOST.into()),
        ],
    )?;
    rows.iter().map(read).collect()
}

/// Ends the session with this public id, the caller's own among them.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn end(account: &Account<'_>, id: &str, client: &Client) -> Outcome<()> {
    let hash = base64url::decode(id.as_bytes())
        .ok()
        .filter(|start| start.len() == ID_LENGTH)
        .ok_or(Refusal::NotFound)?;
    // The id is the beginning of the digest, so its session lies in a range of the key.
    let (mut from, mut to) = ([0; 32], [0xff; 32]);
    for bound in [&mut from, &mut to] {
        bound
            .iter_mut()
            .zip(&hash)
            .for_each(|(to, from)| *to = *from);
    }
    let ended = account.store.first(
        "DELETE FROM sessions WHERE hash BETWEEN ?1 AND ?2 RETURNING 1",
        &[Parameter::Blob(&from), Parameter::Blob(&to)],
    )?;
    ended.ok_or(Halt::Refused(Refusal::NotFound))?;
    record_end(account, id, client, "")
}

/// Ends the session of this token: signs out. One that has ended is none.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn sign_out(account: &Account<'_>, token: &str, client: &Client) -> Outcome<()> {
    let hash = Credential::parse(CredentialKind::Session, token)?.hash();
    match find(account, &hash)? {
        Some(session) => end(account, &session.id, client),
        None => Ok(()),
    }
}

/// Ends every session but the one of this hash, and says how many.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn end_others(
    account: &Account<'_>,
    session: &CredentialHash,
    client: &Client,
) -> Outcome<usize> {
    let ended = account
        .store
        .run(
            "DELETE FROM sessions WHERE hash <> ?1 RETURNING 1",
            &[Parameter::Blob(session)],
        )?
        .len();
    if ended > 0 {
        record_end(account, "", client, &alloc::format!("all {ended} others"))?;
    }
    Ok(ended)
}

/// Deletes what has expired.
pub(crate) fn sweep(store: &dyn Store, now: Timestamp) -> Outcome<()> {
    store.run(
        "DELETE FROM sessions WHERE expires_at <= ?1",
        &[Parameter::Integer(now.0)],
    )?;
    Ok(())
}

/// When the next session can be deleted, should nobody use it.
pub(crate) fn next_sweep(store: &dyn Store) -> Outcome<Option<Timestamp>> {
    let row = store.first("SELECT min(expires_at) FROM sessions", &[])?;
    Ok(match row {
        Some(row) => row.optional_integer(0)?.map(Timestamp),
        None => None,
    })
}

fn record_end(account: &Account<'_>, id: &str, client: &Client, detail: &str) -> Outcome<()> {
    audit::record(
        account,
        &Event {
            kind: EventKind::SessionEnded,
            actor: Actor::Owner,
            subject: id,
            address: &client.address,
            detail,
        },
    )
}

fn find(account: &Account<'_>, hash: &CredentialHash) -> Outcome<Option<Session>> {
    let row = account.store.first(
        "SELECT hash, created_at, seen_at, expires_at, address, user_agent FROM sessions
         WHERE hash = ?1",
        &[Parameter::Blob(hash)],
    )?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Outcome<Session> {
    let hash = row.digest(0)?;
    Ok(Session {
        id: id_of(&hash),
        created_at: Timestamp(row.integer(1)?),
        seen_at: Timestamp(row.integer(2)?),
        expires_at: Timestamp(row.integer(3)?),
        address: row.text(4)?.to_owned(),
        user_agent: row.text(5)?.to_owned(),
        hash,
    })
}

/// 96 bits of the digest of 256 random ones: it names the session and opens nothing.
fn id_of(hash: &CredentialHash) -> String {
    base64url::encode(hash.get(..ID_LENGTH).unwrap_or_default())
}

#[cfg(feature = "sqlite")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::testing::Bench;

    const HOUR: i64 = 60 * 60 * 1000;

    fn client(name: &str) -> Client {
        Client::new("192.0.2.1", name)
    }

    fn begin(bench: &Bench, at: i64, name: &str) -> String {
        bench.at(at, |account| {
            let token = Credential::mint(account.world, CredentialKind::Session, account.id);
            open(account, &token.hash(), &client(name), "password").unwrap();
            token.into_text()
        })
    }

    fn lives(bench: &Bench, at: i64, token: &str) -> bool {
        match bench.at(at, |account| authenticate(account, token)) {
            Ok(_) => true,
            Err(Halt::Refused(Refusal::CredentialRejected)) => false,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_session_lives_thirty_days_from_its_last_use() {
        let bench = Bench::new();
        let token = begin(&bench, 0, "a");
        assert!(lives(&bench, LIFETIME - 1, &token));
        assert!(lives(&bench, 2 * LIFETIME - 2, &token));
        assert!(!lives(&bench, 3 * LIFETIME - 2, &token));
    }

    #[test]
    fn its_use_is_written_at_most_once_an_hour() {
        let bench = Bench::new();
        let token = begin(&bench, 0, "a");
        let seen = |at| {
            bench
                .at(at, |account| authenticate(account, &token))
                .unwrap()
                .seen_at
        };
        assert_eq!(seen(HOUR - 1), Bench::START);
        assert_eq!(seen(HOUR), Bench::START.plus(HOUR));
        assert_eq!(seen(2 * HOUR - 1), Bench::START.plus(HOUR));
    }

    #[test]
    fn another_accounts_token_opens_nothing() {
        let bench = Bench::new();
        let token = begin(&bench, 0, "a");
        // The same secret under another account's name is another text, another digest.
        let other = token.replacen(bench.id.as_str(), "0000000000000000", 1);
        assert!(!lives(&bench, 1, &other));
        for text in ["", "ses_", "nonsense"] {
            assert!(!lives(&bench, 1, text));
        }
    }

    #[test]
    fn an_owner_lists_and_ends_sessions() {
        let bench = Bench::new();
        let (first, second, third) = (
            begin(&bench, 0, "a"),
            begin(&bench, 1, "b"),
            begin(&bench, 2, "c"),
        );
        let listed = bench.at(3, list).unwrap();
        let names: Vec<_> = listed.iter().map(|s| s.user_agent.as_str()).collect();
        assert_eq!(names, ["c", "b", "a"]);

        bench
            .at(3, |account| end(account, &listed[1].id, &client("c")))
            .unwrap();
        assert!(!lives(&bench, 4, &second));
        assert!(lives(&bench, 4, &first) && lives(&bench, 4, &third));
        for id in [listed[1].id.as_str(), "", "AAAA", "%", "AAAAAAAAAAAAAAAA"] {
            let refused = bench.at(4, |account| end(account, id, &client("c")));
            assert!(
                matches!(refused, Err(Halt::Refused(Refusal::NotFound))),
                "{id}"
            );
        }

        let ended = bench.at(5, |account| {
            let mine = authenticate(account, &third)?;
            end_others(account, &mine.hash, &client("c"))
        });
        assert_eq!(ended.unwrap(), 1);
        assert!(!lives(&bench, 6, &first) && lives(&bench, 6, &third));

        bench
            .at(7, |account| sign_out(account, &third, &client("c")))
            .unwrap();
        assert!(!lives(&bench, 8, &third));
        bench
            .at(8, |account| sign_out(account, &third, &client("c")))
            .unwrap();

        let log = bench
            .at(9, |account| audit::page(account, None, 50))
            .unwrap();
        let kinds: Vec<_> = log.iter().map(|entry| entry.kind.as_str()).collect();
        assert_eq!(
            kinds,
            [
                "session_ended",
                "session_ended",
                "session_ended",
                "signed_in",
                "signed_in",
                "signed_in"
            ]
        );
        let all = alloc::format!("{log:?}");
        assert!(
            ![first, second, third]
                .iter()
                .any(|token| all.contains(&token[20..]))
        );
    }

    #[test]
    fn a_repeated_request_begins_one_session() {
        let bench = Bench::new();
        for _ in 0..2 {
            bench
                .at(0, |a| open(a, &[4; 32], &client("a"), "password"))
                .unwrap();
        }
        assert_eq!(bench.at(1, list).unwrap().len(), 1);
        assert_eq!(bench.at(1, |a| audit::page(a, None, 9)).unwrap().len(), 1);
    }

    #[test]
    fn the_number_of_sessions_is_bounded_and_the_stalest_goes() {
        let bench = Bench::new();
        let first = begin(&bench, 0, "first");
        let second = begin(&bench, 1, "second");
        for at in 2..i64::from(MOST) {
            begin(&bench, at, "more");
        }
        assert!(lives(&bench, HOUR, &first), "and now it is fresh");
        begin(&bench, HOUR, "one too many");
        assert!(lives(&bench, HOUR, &first));
        assert!(!lives(&bench, HOUR, &second));
        assert_eq!(bench.at(HOUR, list).unwrap().len(), MOST as usize);
    }

    #[test]
    fn the_expired_are_swept() {
        let bench = Bench::new();
        begin(&bench, 0, "a");
        assert_eq!(
            next_sweep(&bench.store).unwrap(),
            Some(Bench::START.plus(LIFETIME))
        );
        sweep(&bench.store, Bench::START.plus(LIFETIME)).unwrap();
        assert_eq!(next_sweep(&bench.store).unwrap(), None);
    }
}
