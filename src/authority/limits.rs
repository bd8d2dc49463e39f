//! How often one may try.
//!
//! The generic cell rate algorithm: a limit is a burst and the time in which one attempt
//! comes back, and its whole state is one moment, the one at which the allowance is full
//! again. No counter to reset, no window at whose edge twice the rate fits through, and a
//! moment that lies in the past means the same as no row at all.

use alloc::{collections::BTreeMap, string::String};
use core::net::IpAddr;

use super::{
    AccountId, Outcome, Timestamp,
    refusal::Refusal,
    store::{Parameter, Store},
};

/// At most `burst` attempts at once, and one more every `refill` milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Tells limits apart where their keys are stored.
    pub name: &'static str,
    /// Attempts, at least 1.
    pub burst: u32,
    /// Microseconds in which one attempt comes back, at least 1.
    pub refill: u64,
}

impl Limit {
    /// `count` attempts in `seconds`: all of them at once, then evenly. A thousand a second
    /// at most where the limit is stored, a million where it is kept in memory.
    #[must_use]
    pub const fn per(name: &'static str, count: u32, seconds: u32) -> Self {
        let refill = seconds as u64 * 1_000_000 / count as u64;
        Self {
            name,
            burst: count,
            refill: if refill == 0 { 1 } else { refill },
        }
    }

    /// Wrong passwords for one account: a guesser gets 10, then one every 90 seconds, some
    /// 350,000 a year against at least 10 characters. The owner who is shut out by somebody
    /// else's guessing still has the mailed link.
    pub const SIGN_IN_FAILURE: Self = Self::per("sign_in_failure", 10, 15 * 60);
    /// Whatever else one account changes on its pages, counted in memory: each is rows that are
    /// written, and a line in a log that is kept for a year.
    pub const ACCOUNT_CHANGE: Self = Self::per("account_change", 600, 60);
    /// New passwords of one account: each is two hashes, and whoever has made an account knows its
    /// password.
    pub const PASSWORD_CHANGE: Self = Self::per("password_change", 10, 60 * 60);
    /// Links mailed to one person: a stranger who asks for them must not fill a mailbox.
    pub const MAIL_LINK: Self = Self::per("mail_link", 5, 60 * 60);
    /// One-time codes of one account. A person's bursts and a load test stay far below;
    /// it bounds what a stolen session can write.
    pub const CODE_ISSUE: Self = Self::per("code_issue", 60_000, 60 * 60);
    /// Redemptions by the keys of one account, counted in memory: to write each down would
    /// cost as much as the redemption.
    pub const CODE_REDEEM: Self = Self::per("code_redeem", 60_000, 60);
    /// Requests by one platform key whose signature does not hold.
    pub const SIGNATURE_FAILURE: Self = Self::per("signature_failure", 60, 60);
    /// Secrets of one account that one redeemer shows in vain.
    pub const SECRET_REFUSAL: Self = Self::per("secret_refusal", 120, 60);
    /// Calls reported to one account, counted in memory: who reports is nobody in particular, and
    /// what comes faster would push out of the ring what has come within the minute.
    pub const CALLS_REPORTED: Self = Self::per("calls_reported", 10_000, 60);
    /// Refused secrets that one account logs, whoever showed them: who has many keys must not
    /// fill the log either.
    pub const REFUSAL_LOGGED: Self = Self::per("refusal_logged", 1_000, 60 * 60);
    /// User codes that one person types: a guesser gets nowhere in the ten minutes of a code.
    pub const DEVICE_CODE_ENTRY: Self = Self::per("device_code_entry", 20, 10 * 60);
    /// Requests for grants by one developer: thousands of people who all sign in at nine.
    pub const GRANT_AUTHORIZE: Self = Self::per("grant_authorize", 6_000, 60);
    /// Anything else that a developer changes.
    pub const GRANT_CHANGE: Self = Self::per("grant_change", 60_000, 60);

    /// Sign-ups and sign-ins from one address: a school or an office behind one address
    /// passes, a list of leaked passwords does not get far.
    pub const ADDRESS_SIGN_IN: Self = Self::per("address_sign_in", 300, 60);
    /// Requests of any kind from one address: more than a front can answer, for a platform
    /// behind one address may be all that it answers. It stops a flood.
    pub const ADDRESS_REQUEST: Self = Self::per("address_request", 300_000, 60);
    /// Codes asked for and spent from one address: all people of an office, all customers of
    /// a platform.
    pub const ADDRESS_CODE: Self = Self::per("address_code", 60_000, 60);
    /// Polls from one address: two hundred programs that wait at the same time, each every 5
    /// seconds. One device code is held to its interval in its directory.
    pub const ADDRESS_DEVICE_POLL: Self = Self::per("address_device_poll", 2_400, 60);
    /// User codes typed at one address, whatever the account: see
    /// [`DEVICE_CODE_ENTRY`](Self::DEVICE_CODE_ENTRY).
    pub const ADDRESS_DEVICE_ENTRY: Self = Self::per("address_device_entry", 300, 10 * 60);
    /// Decisions on grants from one address.
    pub const ADDRESS_CONSENT: Self = Self::per("address_consent", 600, 60);
    /// Searches from one address: each asks every shard of the listing.
    pub const ADDRESS_SEARCH: Self = Self::per("address_search", 600, 60);

    /// When the allowance is full again after one more attempt at `now`; `full_at` is when
    /// it would have been without. In microseconds.
    fn spend(&self, now: i64, full_at: Option<i64>) -> Result<i64, Refusal> {
        let refill = i64::try_from(self.refill).unwrap_or(i64::MAX);
        // A clock that ran ahead must not shut anybody out for longer than an empty allowance.
        let capacity = refill.saturating_mul(self.burst.into());
        let start = full_at.map_or(now, |at| at.max(now).min(now.saturating_add(capacity)));
        let full_at = start.saturating_add(refill);
        let excess = full_at.saturating_sub(now).saturating_sub(capacity);
        if excess > 0 {
            let seconds = excess.saturating_add(999_999) / 1_000_000;
            return Err(Refusal::RateLimited {
                retry_after: u32::try_from(seconds).unwrap_or(u32::MAX),
            });
        }
        Ok(full_at)
    }

    /// What is left where the allowance is full again at `full_at`.
    fn standing(&self, now: Timestamp, full_at: Option<Timestamp>) -> Standing {
        let used = full_at.map_or(0, |at| (at.0 - now.0).max(0));
        let refill = i64::try_from(self.refill).unwrap_or(i64::MAX);
        let spent = used.saturating_mul(1000).saturating_add(refill - 1) / refill;
        let spent = u32::try_from(spent).unwrap_or(u32::MAX);
        Standing {
            remaining: self.burst.saturating_sub(spent),
            full_in: u32::try_from((used + 999) / 1000).unwrap_or(u32::MAX),
        }
    }

    /// The same in the milliseconds that are stored, rounded up.
    fn spend_stored(
        &self,
        now: Timestamp,
        full_at: Option<Timestamp>,
    ) -> Result<Timestamp, Refusal> {
        let full_at = self.spend(micros(now), full_at.map(micros))?;
        Ok(Timestamp(full_at.saturating_add(999).div_euclid(1000)))
    }
}

fn micros(at: Timestamp) -> i64 {
    at.0.saturating_mul(1000)
}

pub(crate) const CREATE_TABLE: &str = "CREATE TABLE limits (
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    full_at INTEGER NOT NULL,
    PRIMARY KEY (name, key)
) WITHOUT ROWID";

/// Counts one attempt by `key`, unless there were too many; says how much is left.
///
/// # Errors
/// [`Refusal::RateLimited`].
pub fn allow(store: &dyn Store, now: Timestamp, limit: &Limit, key: &str) -> Outcome<Standing> {
    let full_at = limit.spend_stored(now, full_at(store, limit, key)?)?;
    store.run(
        "INSERT INTO limits (name, key, full_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (name, key) DO UPDATE SET full_at = ?3",
        &[
            Parameter::Text(limit.name),
            Parameter::Text(key),
            Parameter::Integer(full_at.0),
        ],
    )?;
    Ok(limit.standing(now, Some(full_at)))
}

/// Whether `key` could attempt now. Counts nothing: for limits that count failures alone.
///
/// # Errors
/// [`Refusal::RateLimited`].
pub fn check(store: &dyn Store, now: Timestamp, limit: &Limit, key: &str) -> Outcome<()> {
    limit.spend_stored(now, full_at(store, limit, key)?)?;
    Ok(())
}

/// How much of a limit is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Attempts that would pass now.
    pub remaining: u32,
    /// Seconds until all of them would.
    pub full_in: u32,
}

/// How much `key` has left of a limit. Counts nothing.
///
/// # Errors
/// [`Fault::Store`](super::Fault::Store).
pub fn standing(store: &dyn Store, now: Timestamp, limit: &Limit, key: &str) -> Outcome<Standing> {
    Ok(limit.standing(now, full_at(store, limit, key)?))
}

/// Forgets what `key` has attempted.
///
/// # Errors
/// [`Fault::Store`](super::Fault::Store).
pub fn forgive(store: &dyn Store, limit: &Limit, key: &str) -> Outcome<()> {
    store.run(
        "DELETE FROM limits WHERE name = ?1 AND key = ?2",
        &[Parameter::Text(limit.name), Parameter::Text(key)],
    )?;
    Ok(())
}

/// Deletes what no longer limits anybody, and says whether anything is left.
pub(crate) fn sweep(store: &dyn Store, now: Timestamp) -> Outcome<bool> {
    store.run(
        "DELETE FROM limits WHERE full_at <= ?1",
        &[Parameter::Integer(now.0)],
    )?;
    Ok(store.first("SELECT 1 FROM limits LIMIT 1", &[])?.is_some())
}

fn full_at(store: &dyn Store, limit: &Limit, key: &str) -> Outcome<Option<Timestamp>> {
    let row = store.first(
        "SELECT full_at FROM limits WHERE name = ?1 AND key = ?2",
        &[Parameter::Text(limit.name), Parameter::Text(key)],
    )?;
    Ok(match row {
        Some(row) => Some(Timestamp(row.integer(0)?)),
        None => None,
    })
}

/// Limits in the memory of one isolate: of addresses at a front, of platforms in an account.
/// The first wall, not the last: an isolate that is restarted has forgotten them, and two
/// know nothing of each other.
///
/// For each limit it holds two generations of at most [`Memory::GENERATION`] keys. When the
/// young one is full it becomes the old one, and what the old one held is forgotten. Each
/// limit has its own, so that much traffic of one kind makes none forgotten of another.
#[derive(Debug, Default)]
pub struct Memory(BTreeMap<&'static str, Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: BTreeMap<Origin, i64>,
    old: BTreeMap<Origin, i64>,
}

/// What counts as one origin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    V4([u8; 4]),
    /// A customer is given a /64 at least (RFC 6177): its addresses count as one.
    V6([u8; 8]),
    /// What is not an address: unknown ones count as one.
    Unknown,
    Account(AccountId),
}

impl Memory {
    /// Keys in one generation of one limit: together some 1 MB at most.
    pub const GENERATION: usize = 8192;

    /// A memory of nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Counts one attempt from `address`, unless there were too many.
    ///
    /// # Errors
    /// [`Refusal::RateLimited`].
    pub fn allow(&mut self, now: Timestamp, limit: &Limit, address: &str) -> Result<(), Refusal> {
        self.count(now, limit, Origin::of(address))
    }

    /// Counts one attempt by `account`, unless there were too many.
    ///
    /// # Errors
    /// [`Refusal::RateLimited`].
    pub fn allow_account(
        &mut self,
        now: Timestamp,
        limit: &Limit,
        account: AccountId,
    ) -> Result<(), Refusal> {
        self.count(now, limit, Origin::Account(account))
    }

    fn count(&mut self, now: Timestamp, limit: &Limit, key: Origin) -> Result<(), Refusal> {
        let Generations { young, old } = self.0.entry(limit.name).or_default();
        let known = young.get(&key).or_else(|| old.get(&key)).copied();
        let spent = limit.spend(micros(now), known);
        // Who is refused is remembered too: to go on trying must not make one forgotten.
        let Some(full_at) = spent.as_ref().ok().copied().or(known) else {
            return spent.map(|_| ());
        };
        if young.len() >= Self::GENERATION && !young.contains_key(&key) {
            *old = core::mem::take(young);
        }
        young.insert(key, full_at);
        spent.map(|_| ())
    }
}

impl Origin {
    fn of(address: &str) -> Self {
        match address
            .parse::<IpAddr>()
            .map(|address| address.to_canonical())
        {
            Ok(IpAddr::V4(address)) => Self::V4(address.octets()),
            Ok(IpAddr::V6(address)) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Self::V6([a, b, c, d, e, f, g, h])
            }
            Err(_) => Self::Unknown,
        }
    }
}

/// Whether an address is this very machine's.
#[must_use]
pub fn is_loopback(address: &str) -> bool {
    address
        .parse::<IpAddr>()
        .is_ok_and(|address| address.to_canonical().is_loopback())
}

/// An address as limits count it: of IPv6 the first 64 bits, of what is no address nothing.
#[must_use]
pub fn origin(address: &str) -> String {
    match Origin::of(address) {
        Origin::V4(octets) => alloc::format!("{}", core::net::Ipv4Addr::from(octets)),
        Origin::V6(prefix) => crate::mac::hex::encode(&prefix),
        Origin::Unknown | Origin::Account(_) => String::new(),
    }
}

/// The key of a limit on one thing of one kind.
#[must_use]
pub fn key_of(kind: &str, id: &str) -> String {
    alloc::format!("{kind} {id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE_A_MINUTE: Limit = Limit::per("test", 3, 60);

    #[test]
    fn a_burst_passes_then_one_for_each_refill() {
        let mut limits = Memory::new();
        let mut at = |seconds: i64| {
            limits.allow(
                Timestamp(1_000_000 + seconds * 1000),
                &THREE_A_MINUTE,
                "192.0.2.1",
            )
        };
        assert_eq!([at(0), at(0), at(0)], [Ok(()), Ok(()), Ok(())]);
        assert_eq!(at(0), Err(Refusal::RateLimited { retry_after: 20 }));
        assert_eq!(at(19), Err(Refusal::RateLimited { retry_after: 1 }));
        assert_eq!(at(20), Ok(()));
        assert_eq!(at(20), Err(Refusal::RateLimited { retry_after: 20 }));
        assert_eq!([at(120), at(120), at(120)], [Ok(()), Ok(()), Ok(())]);
        assert!(at(120).is_err());
    }

    #[test]
    fn retry_after_is_the_truth() {
        for wait in 0..60_000 {
            let mut limits = Memory::new();
            let start = Timestamp(5);
            for _ in 0..3 {
                limits.allow(start, &THREE_A_MINUTE, "::1").unwrap();
            }
            let later = start.plus(wait);
            if let Err(Refusal::RateLimited { retry_after }) =
                limits.allow(later, &THREE_A_MINUTE, "::1")
            {
                let then = later.plus(i64::from(retry_after) * 1000);
                assert_eq!(limits.allow(then, &THREE_A_MINUTE, "::1"), Ok(()));
            }
        }
    }

    #[test]
    fn a_clock_that_ran_ahead_shuts_nobody_out_for_long() {
        let mut limits = Memory::new();
        limits
            .allow(Timestamp(i64::MAX / 2), &THREE_A_MINUTE, "192.0.2.1")
            .unwrap();
        assert_eq!(
            limits.allow(Timestamp(0), &THREE_A_MINUTE, "192.0.2.1"),
            Err(Refusal::RateLimited { retry_after: 20 })
        );
    }

    #[test]
    fn addresses_of_one_customer_are_one_and_others_are_not() {
        let mut limits = Memory::new();
        let once = Limit::per("test", 1, 60);
        let mut allow = |address| limits.allow(Timestamp(0), &once, address).is_ok();
        assert!(allow("2001:db8:1:2::1"));
        assert!(!allow("2001:db8:1:2:ffff::9"));
        assert!(allow("2001:db8:1:3::1"));
        assert!(allow("192.0.2.1"));
        assert!(!allow("::ffff:192.0.2.1"));
        assert!(allow("192.0.2.2"));
        assert!(allow(""));
        assert!(!allow("not an address"));
    }

    #[test]
    fn memory_is_bounded() {
        let mut limits = Memory::new();
        for number in 0..100_000u32 {
            let address = alloc::format!("{}", core::net::Ipv4Addr::from(number));
            limits
                .allow(Timestamp(0), &THREE_A_MINUTE, &address)
                .unwrap();
        }
        let Generations { young, old } = &limits.0["test"];
        assert!(young.len() + old.len() <= 2 * Memory::GENERATION);
        let last = alloc::format!("{}", core::net::Ipv4Addr::from(99_999));
        limits.allow(Timestamp(0), &THREE_A_MINUTE, &last).unwrap();
        limits.allow(Timestamp(0), &THREE_A_MINUTE, &last).unwrap();
        assert!(limits.allow(Timestamp(0), &THREE_A_MINUTE, &last).is_err());
    }

    #[test]
    fn a_crowd_makes_nobody_forgotten_who_goes_on_trying() {
        let mut limits = Memory::new();
        let flood = Limit::per("flood", 3, 60);
        let mut crowd = 0u32;
        for _ in 0..3 {
            limits
                .allow(Timestamp(0), &THREE_A_MINUTE, "192.0.2.1")
                .unwrap();
        }
        for _ in 0..6 {
            for limit in [&THREE_A_MINUTE, &flood] {
                for _ in 0..Memory::GENERATION - 1 {
                    crowd += 1;
                    let address = alloc::format!("{}", core::net::Ipv4Addr::from(crowd));
                    limits.allow(Timestamp(0), limit, &address).unwrap();
                }
            }
            assert!(
                limits
                    .allow(Timestamp(0), &THREE_A_MINUTE, "192.0.2.1")
                    .is_err()
            );
        }
    }

    #[test]
    fn a_limit_above_a_thousand_a_second_is_what_it_says() {
        let mut limits = Memory::new();
        let five_a_millisecond = Limit::per("test", 300_000, 60);
        for _ in 0..300_000 {
            limits
                .allow(Timestamp(0), &five_a_millisecond, "192.0.2.1")
                .unwrap();
        }
        for millisecond in 1..100 {
            for attempt in 0..6 {
                let outcome =
                    limits.allow(Timestamp(millisecond), &five_a_millisecond, "192.0.2.1");
                assert_eq!(outcome.is_ok(), attempt < 5, "{millisecond} {attempt}");
            }
        }
    }

    #[test]
    fn an_account_is_no_address() {
        let mut limits = Memory::new();
        let once = Limit::per("test", 1, 60);
        let account = |byte| AccountId::from_random([byte; 10]);
        for byte in [1, 2] {
            limits
                .allow_account(Timestamp(0), &once, account(byte))
                .unwrap();
            assert!(
                limits
                    .allow_account(Timestamp(0), &once, account(byte))
                    .is_err()
            );
        }
        limits.allow(Timestamp(0), &once, "").unwrap();
    }

    #[test]
    fn this_machine_is_known_by_all_its_addresses() {
        for address in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(is_loopback(address), "{address}");
        }
        for address in ["", "localhost", "192.0.2.1", "128.0.0.1", "::2"] {
            assert!(!is_loopback(address), "{address}");
        }
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn a_persisted_limit_counts_failures_alone_where_it_only_checks() {
        use crate::authority::{Halt, store::sqlite::Sqlite};
        let store = Sqlite::in_memory().unwrap();
        store.run(CREATE_TABLE, &[]).unwrap();
        let now = Timestamp(1_000);
        for remaining in [2, 1, 0] {
            check(&store, now, &THREE_A_MINUTE, "ada").unwrap();
            let left = allow(&store, now, &THREE_A_MINUTE, "ada").unwrap();
            assert_eq!(left.remaining, remaining);
            assert_eq!(left, standing(&store, now, &THREE_A_MINUTE, "ada").unwrap());
        }
        for refused in [
            check(&store, now, &THREE_A_MINUTE, "ada"),
            allow(&store, now, &THREE_A_MINUTE, "ada").map(|_| ()),
        ] {
            assert!(matches!(
                refused,
                Err(Halt::Refused(Refusal::RateLimited { retry_after: 20 }))
            ));
        }
        check(&store, now, &THREE_A_MINUTE, "bob").unwrap();
        forgive(&store, &THREE_A_MINUTE, "ada").unwrap();
        allow(&store, now, &THREE_A_MINUTE, "ada").unwrap();
        assert!(sweep(&store, now.plus(19_999)).unwrap());
        assert!(!sweep(&store, now.plus(20_000)).unwrap());
        assert_eq!(store.run("SELECT * FROM limits", &[]).unwrap(), []);
    }
}
