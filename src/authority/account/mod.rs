//! One account: a person or an organisation, and everything that must be consistent about it.
//!
//! Each file is one capability: its table, its rules, and the questions that other places
//! may ask about it. Whatever has to be decided together is decided here, in one
//! transaction. An account knows of other places only by asking them through its world.
//!
//! To add a capability: a file with its `CREATE TABLE`, a migration in [`schema`], and where
//! another place must ask, a question in [`call`](super::call) and a line in [`answer`].

use alloc::vec::Vec;

pub mod agent;
pub mod audit;
pub mod call_history;
pub mod code;
pub mod form_token;
pub mod grants;
pub mod mail_link;
pub mod one_time;
pub mod password;
pub mod permission;
pub mod person;
pub mod platform_key;
pub mod schema;
pub mod session;
pub mod sign_in;
pub mod trust;

pub use schema::MIGRATIONS;

use super::{AccountId, Fault, Outcome, World, call::Call, encode, limits, store::Store};

/// An account, as a rule sees it: its name, its database, and the world.
pub struct Account<'a> {
    /// Its name.
    pub id: AccountId,
    /// Its database, inside the one transaction of this run.
    pub store: &'a dyn Store,
    /// The world outside.
    pub world: &'a World<'a>,
}

/// Answers another place's question.
///
/// # Errors
/// Whatever the rule says; [`Fault::Corrupt`] for a question to another kind of place.
pub fn answer(account: &Account<'_>, call: Call) -> Outcome<Vec<u8>> {
    Ok(match call {
        Call::CreatePerson(question) => encode(&person::create(account, &question)?),
        Call::AbandonPerson(question) => encode(&person::abandon(account, &question)?),
        Call::SignIn(question) => encode(&sign_in::sign_in(account, &question)?),
        Call::IssueMailLink(question) => encode(&mail_link::issue(account, &question)?),
        Call::InspectMailLink(question) => encode(&mail_link::inspect(account, &question)?),
        Call::RedeemMailLink(question) => encode(&mail_link::redeem(account, &question)?),
        Call::AuthenticatePlatform(question) => {
            encode(&platform_key::authenticate(account, &question)?)
        }
        Call::Redeem(question) => encode(&code::redeem(account, &question)?),
        Call::AdmitAgent(question) => encode(&agent::admit_alone(account, &question)?),
        Call::ClaimDevice(question) => encode(&agent::claim(account, &question)?),
        Call::MayTrust(question) => encode(&trust::may_trust(account, &question)?),
        Call::ReceiveTrust(question) => encode(&trust::receive(account, &question)?),
        Call::GiveTrust(question) => encode(&trust::give(account, &question)?),
        Call::RecordCalls(question) => encode(&call_history::record(account, &question)?),
        Call::OpenDeveloper(question) => encode(&grants::developer::open(account, &question)?),
        Call::Identify(question) => encode(&person::identify(account, &question)?),
        Call::DescribeRequest(question) => encode(&grants::decision::describe(account, &question)?),
        Call::DecideRequest(question) => encode(&grants::decision::decide(account, &question)?),
        _ => Err(Fault::Corrupt("an account was asked what it does not know")),
    }?)
}

/// Milliseconds between two clean-ups.
pub(crate) const AN_HOUR: i64 = 60 * 60 * 1000;

/// Milliseconds between two batches of one clean-up.
const BETWEEN_BATCHES: i64 = 1000;

/// Cleans up, and says when next. Nothing depends on it: expiry is checked at use.
///
/// # Errors
/// [`Fault::Store`].
pub fn alarm(account: &Account<'_>) -> Outcome<()> {
    let (store, now) = (account.store, account.world.now);
    one_time::sweep(store, now)?;
    session::sweep(store, now)?;
    grants::sweep(account)?;
    audit::sweep(store, now)?;
    let limited = limits::sweep(store, now)?.then_some(now.plus(AN_HOUR));
    let next = [
        one_time::next_sweep(store)?,
        session::next_sweep(store)?,
        grants::next_sweep(account)?,
        audit::next_sweep(store)?,
        limited,
    ];
    if let Some(at) = next.into_iter().flatten().min() {
        account.world.wake_by(if at <= now {
            // A full batch left something: others may have their turn before the next one.
            now.plus(BETWEEN_BATCHES)
        } else {
            at.max(now.plus(AN_HOUR))
        });
    }
    Ok(())
}

#[cfg(feature = "sqlite")]
#[cfg(test)]
mod tests {
    use super::{
        one_time::{NewSecret, SecretKind},
        *,
    };
    use crate::authority::testing::Bench;

    #[test]
    fn the_dead_of_a_busy_hour_are_gone_within_the_next() {
        const MANY: u32 = 3_500;
        const DAYS: i64 = 24 * AN_HOUR;
        let bench = Bench::new();
        for number in 0..MANY {
            let hash = crate::sha256::digest(&number.to_be_bytes());
            bench
                .at(0, |account| {
                    one_time::issue(
                        account,
                        &NewSecret {
                            kind: SecretKind::Code,
                            hash,
                            subject: "",
                            binding: "",
                            payload: &[],
                            expires_at: account.world.now.plus(AN_HOUR),
                        },
                    )
                })
                .unwrap();
        }
        let left = || {
            let row = bench
                .store
                .first("SELECT count(*) FROM one_time_secrets", &[]);
            row.unwrap().unwrap().integer(0).unwrap()
        };
        let mut after = 400 * DAYS;
        let start = after;
        let mut rung = 0;
        while left() > 0 {
            rung += 1;
            after = bench
                .at(after, |account| {
                    alarm(account)?;
                    Outcome::Ok(account.world.wake())
                })
                .unwrap()
                .map_or(after, |at| at.0 - Bench::START.0);
        }
        assert_eq!(rung, 4, "a thousand at a time");
        assert!(after - start < AN_HOUR, "{}", after - start);
        let idle = bench.at(after, |account| {
            alarm(account)?;
            Outcome::Ok(account.world.wake())
        });
        assert_eq!(idle.unwrap(), None, "an account that is empty sleeps");
    }
}
