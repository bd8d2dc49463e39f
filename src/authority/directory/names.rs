//! From a chosen name to its account, and never to two.
//!
//! Opening an account takes its names in three steps, because an account and its names live
//! in different places: *reserve* here (short-lived, under the id of the request), open the
//! account there, *confirm* here. Each step may be repeated. A sign-up that dies on the way
//! leaves a reservation that lapses, and an account that no name leads to.

use serde::{Deserialize, Serialize};

use super::Directory;
use crate::authority::{
    AccountId, Fault, Name, Outcome, Timestamp,
    refusal::Refusal,
    store::{Parameter, Row},
};

/// Milliseconds that a reservation holds: far longer than opening an account takes.
pub const RESERVATION: i64 = 10 * 60 * 1000;

// `reserved_until` is NULL where the name is confirmed.
pub(crate) const CREATE_TABLE: &str = "CREATE TABLE names (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    account TEXT NOT NULL,
    request BLOB NOT NULL,
    reserved_until INTEGER,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID";

// Each sign-up rings the alarm: what has lapsed is found without passing the names for good.
pub(crate) const CREATE_INDEX: &str = "CREATE INDEX names_reserved ON names (reserved_until)
    WHERE reserved_until IS NOT NULL";

const SWEEP: &str = "DELETE FROM names WHERE reserved_until <= ?1";
const NEXT_SWEEP: &str = "SELECT min(reserved_until) FROM names WHERE reserved_until IS NOT NULL";

/// Keeps a name for an account that is being opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reserve {
    /// The name.
    pub name: Name,
    /// The account that is being opened.
    pub account: AccountId,
    /// The request that opens it.
    pub request: [u8; 16],
}

/// Makes a name its account's for good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confirm {
    /// The name.
    pub name: Name,
    /// The account that was opened.
    pub account: AccountId,
    /// The request that opened it.
    pub request: [u8; 16],
}

/// Gives a name back that this request has taken, whether it was confirmed or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// The name.
    pub name: Name,
    /// The account that was not opened after all.
    pub account: AccountId,
    /// The request that took it.
    pub request: [u8; 16],
}

/// Asks whose a name is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resolve {
    /// The name.
    pub name: Name,
}

struct Holder {
    account: AccountId,
    request: [u8; 16],
    reserved_until: Option<Timestamp>,
}

pub(super) fn reserve(directory: &Directory<'_>, wish: &Reserve) -> Outcome<()> {
    take(directory, &wish.name, wish.account, &wish.request, false)
}

pub(super) fn confirm(directory: &Directory<'_>, wish: &Confirm) -> Outcome<()> {
    take(directory, &wish.name, wish.account, &wish.request, true)
}

/// A name is free where nobody has it or a reservation has lapsed; and what a request has
/// taken it may take again, a step further or not at all.
fn take(
    directory: &Directory<'_>,
    name: &Name,
    account: AccountId,
    request: &[u8; 16],
    for_good: bool,
) -> Outcome<()> {
    let now = directory.world.now;
    if let Some(holder) = find(directory, name)? {
        let mine = holder.account == account && holder.request == *request;
        match holder.reserved_until {
            None if mine => return Ok(()),
            Some(_) if mine => {}
            Some(until) if until <= now => {}
            _ => return Err(Refusal::NameTaken { kind: name.kind() }.into()),
        }
    }
    let until = now.plus(RESERVATION);
    directory.store.run(
        "INSERT INTO names (kind, name, account, request, reserved_until)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (kind, name)
         DO UPDATE SET account = ?3, request = ?4, reserved_until = ?5",
        &[
            Parameter::Text(name.kind().as_str()),
            Parameter::Text(name.as_str()),
            Parameter::Text(account.as_str()),
            Parameter::Blob(request),
            if for_good {
                Parameter::Null
            } else {
                Parameter::Integer(until.0)
            },
        ],
    )?;
    if !for_good {
        directory.world.wake_by(until);
    }
    Ok(())
}

pub(super) fn release(directory: &Directory<'_>, wish: &Release) -> Outcome<()> {
    directory.store.run(
        "DELETE FROM names WHERE kind = ?1 AND name = ?2 AND account = ?3 AND request = ?4",
        &[
            Parameter::Text(wish.name.kind().as_str()),
            Parameter::Text(wish.name.as_str()),
            Parameter::Text(wish.account.as_str()),
            Parameter::Blob(&wish.request),
        ],
    )?;
    Ok(())
}

pub(super) fn resolve(directory: &Directory<'_>, question: &Resolve) -> Outcome<Option<AccountId>> {
    let holder = find(directory, &question.name)?;
    Ok(holder
        .filter(|holder| holder.reserved_until.is_none())
        .map(|holder| holder.account))
}

/// Deletes lapsed reservations.
pub(super) fn sweep(directory: &Directory<'_>) -> Outcome<()> {
    directory
        .store
        .run(SWEEP, &[Parameter::Integer(directory.world.now.0)])?;
    if let Some(row) = directory.store.first(NEXT_SWEEP, &[])?
        && let Some(at) = row.optional_integer(0)?
    {
        directory.world.wake_by(Timestamp(at));
    }
    Ok(())
}

fn find(directory: &Directory<'_>, name: &Name) -> Outcome<Option<Holder>> {
    let row = directory.store.first(
        "SELECT account, request, reserved_until FROM names WHERE kind = ?1 AND name = ?2",
        &[
            Parameter::Text(name.kind().as_str()),
            Parameter::Text(name.as_str()),
        ],
    )?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Outcome<Holder> {
    const BROKEN: Fault = Fault::Corrupt("a name's row cannot be read");
    Ok(Holder {
        account: AccountId::parse(row.text(0)?).map_err(|_| BROKEN)?,
        request: row.blob(1)?.try_into().map_err(|_| BROKEN)?,
        reserved_until: row.optional_integer(2)?.map(Timestamp),
    })
}

#[cfg(feature = "sqlite")]
#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::authority::{
        Halt, Provided, World,
        directory::MIGRATIONS,
        migration::migrate,
        store::{Store, sqlite::Sqlite},
        testing::settings,
    };

    const ADA: ([u8; 10], [u8; 16]) = ([1; 10], [1; 16]);
    const EVE: ([u8; 10], [u8; 16]) = ([2; 10], [2; 16]);

    struct Shard(Sqlite);

    impl Shard {
        fn new() -> Self {
            let store = Sqlite::in_memory().unwrap();
            migrate(&store, MIGRATIONS).unwrap();
            Self(store)
        }

        fn at<T>(&self, now: i64, rule: impl FnOnce(&Directory<'_>) -> Outcome<T>) -> Option<T> {
            let (settings, provided) = (settings(), Provided::default());
            let world = World::new(Timestamp(now), [0; 32], &settings, None, &provided);
            let directory = Directory {
                store: &self.0,
                world: &world,
            };
            match rule(&directory) {
                Ok(answer) => Some(answer),
                Err(Halt::Refused(Refusal::NameTaken { .. })) => None,
                Err(other) => panic!("{other:?}"),
            }
        }

        fn reserve(&self, now: i64, (account, request): ([u8; 10], [u8; 16])) -> bool {
            let wish = Reserve {
                name: name(),
                account: AccountId::from_random(account),
                request,
            };
            self.at(now, |d| reserve(d, &wish)).is_some()
        }

        fn confirm(&self, now: i64, (account, request): ([u8; 10], [u8; 16])) -> bool {
            let wish = Confirm {
                name: name(),
                account: AccountId::from_random(account),
                request,
            };
            self.at(now, |d| confirm(d, &wish)).is_some()
        }

        fn release(&self, (account, request): ([u8; 10], [u8; 16])) {
            let wish = Release {
                name: name(),
                account: AccountId::from_random(account),
                request,
            };
            self.at(0, |d| release(d, &wish)).unwrap();
        }

        fn resolve(&self) -> Option<AccountId> {
            self.at(0, |d| resolve(d, &Resolve { name: name() }))
                .unwrap()
        }
    }

    fn name() -> Name {
        Name::username("ada").unwrap()
    }

    #[test]
    fn a_reserved_name_is_nobodys_else_and_leads_nowhere_yet() {
        let shard = Shard::new();
        assert!(shard.reserve(0, ADA));
        assert!(shard.reserve(1, ADA), "the same request may repeat itself");
        assert!(!shard.reserve(1, EVE) && !shard.confirm(1, EVE));
        assert!(!shard.reserve(1, (ADA.0, EVE.1)) && !shard.reserve(1, (EVE.0, ADA.1)));
        assert_eq!(shard.resolve(), None);
        assert!(shard.confirm(2, ADA) && shard.confirm(3, ADA));
        assert_eq!(shard.resolve(), Some(AccountId::from_random(ADA.0)));
        assert!(
            !shard.reserve(i64::MAX / 2, EVE),
            "a confirmed name does not lapse"
        );
    }

    #[test]
    fn a_reservation_lapses() {
        let shard = Shard::new();
        assert!(shard.reserve(0, ADA));
        assert!(!shard.reserve(RESERVATION - 1, EVE));
        assert!(shard.reserve(RESERVATION, EVE));
        assert!(
            !shard.confirm(RESERVATION + 1, ADA),
            "who is late has lost it"
        );
    }

    #[test]
    fn a_late_confirmation_of_a_name_that_nobody_took_holds() {
        let shard = Shard::new();
        assert!(shard.reserve(0, ADA) && shard.confirm(RESERVATION * 2, ADA));
        let swept = Shard::new();
        assert!(swept.reserve(0, ADA));
        swept.at(RESERVATION, sweep).unwrap();
        assert!(swept.confirm(RESERVATION + 1, ADA));
        assert!(swept.resolve().is_some());
    }

    #[test]
    fn only_the_request_that_took_a_name_releases_it() {
        let shard = Shard::new();
        assert!(shard.reserve(0, ADA));
        shard.release(EVE);
        assert!(!shard.reserve(0, EVE));
        shard.release(ADA);
        shard.release(ADA);
        assert!(shard.reserve(0, EVE));
    }

    #[test]
    fn the_sweep_takes_the_lapsed_alone() {
        let shard = Shard::new();
        assert!(shard.reserve(0, ADA));
        shard.at(RESERVATION - 1, sweep).unwrap();
        assert!(!shard.reserve(RESERVATION - 1, EVE));
        shard.at(RESERVATION, sweep).unwrap();
        assert_eq!(shard.0.run("SELECT * FROM names", &[]).unwrap(), []);
        assert!(shard.confirm(0, ADA));
        shard.at(i64::MAX / 2, sweep).unwrap();
        assert!(shard.resolve().is_some());
    }

    #[test]
    fn the_sweep_passes_no_name_that_is_for_good() {
        let shard = Shard::new();
        for (sql, parameters) in [(SWEEP, &[Parameter::Integer(0)][..]), (NEXT_SWEEP, &[])] {
            let explain = alloc::format!("EXPLAIN QUERY PLAN {sql}").leak();
            let plan = shard.0.run(explain, parameters).unwrap();
            let steps: Vec<_> = plan.iter().map(|row| row.text(3).unwrap()).collect();
            assert!(
                !steps.is_empty() && steps.iter().all(|step| step.contains("names_reserved")),
                "{steps:?}"
            );
        }
    }
}
