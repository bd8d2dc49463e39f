//! The device flow: a program without a browser gets a person's word (after RFC 8628).
//!
//! The user code's shard of the directory holds the request and decides whose answer
//! counts. A yes becomes a one-time secret in the person's account, which the next poll
//! spends; the agent's keys are made at that moment and nobody keeps them. So the keys are
//! handed over exactly once, and never lie anywhere.

use alloc::{format, string::String};

use crate::{
    authority::{
        Outcome, Place, World,
        account::{
            Account,
            agent::{self, Claim, ClaimDevice, NewAgent},
            audit::{self, Actor, Event, EventKind},
            one_time::{self, NewSecret, SecretKind},
        },
        directory::{
            attempts::{self, Attempt},
            device::{
                DecideDevice, DescribeDevice, DeviceRequest, LIFETIME, OpenDevice, Poll, PollDevice,
            },
        },
        limits::{self, Limit},
        refusal::{Field, Refusal},
        text,
    },
    jose::base64url,
    sha256,
};

/// RFC 8628 section 6.1: consonants alone, so that no word comes out, and none of those
/// that look like another. Eight of them are 34 bits, which a guesser who is limited and
/// signed in has ten minutes for.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Characters of a user code.
const LENGTH: usize = 8;
const PREFIX: &str = "dev_";

/// What a program is told when it asks.
#[derive(Clone)]
pub struct Opened {
    /// Its secret, by which it polls.
    pub device_code: String,
    /// What its person types.
    pub user_code: String,
}

/// What a program hears when it polls.
#[derive(Clone)]
pub enum Polled {
    /// Nobody has decided yet.
    Pending,
    /// Nobody has decided yet, and this poll came too soon.
    TooSoon,
    /// The person said no.
    Denied,
    /// Unknown, over, or handed over before.
    Expired,
    /// The person said yes: these are the keys, this once.
    Authorized(NewAgent),
}

/// A program asks for a person's word. `country` and `region` are shown to the person.
///
/// # Errors
/// [`Refusal::InvalidField`] for a name out of bounds; [`Refusal::RateLimited`].
pub fn open(
    world: &World<'_>,
    name: &str,
    (country, region): (&str, &str),
    address: &str,
) -> Outcome<Opened> {
    text::check_line(Field::AgentName, name, 1, 200)?;
    attempts::count(world, Attempt::OpenDevice, address)?;
    let user_code = user_code(world);
    let secret = base64url::encode(&world.random::<32>());
    let device_code = format!("{PREFIX}{user_code}{secret}");
    world.ask(
        Place::directory_of("device", &user_code),
        OpenDevice {
            user_code: user_code.clone(),
            hash: sha256::digest(device_code.as_bytes()),
            request: DeviceRequest {
                name: name.into(),
                country: country.into(),
                region: region.into(),
                requested_at: world.now,
                expires_at: world.now.plus(LIFETIME),
            },
        },
    )?;
    Ok(Opened {
        device_code,
        user_code,
    })
}

/// A signed-in person has typed a user code: what asks for their word.
///
/// # Errors
/// [`Refusal::SecretRejected`] where nothing waits under it; [`Refusal::RateLimited`] for a
/// person who guesses.
pub fn describe(account: &Account<'_>, typed: &str) -> Outcome<DeviceRequest> {
    let (place, user_code) = entered(account, typed)?;
    account.world.ask(place, DescribeDevice { user_code })
}

/// A signed-in person has decided.
///
/// # Errors
/// As [`describe`]; [`Refusal::TooMany`] where the account has no room for the agent.
pub fn decide(
    account: &Account<'_>,
    typed: &str,
    approved: bool,
    address: &str,
) -> Outcome<DeviceRequest> {
    let (place, user_code) = entered(account, typed)?;
    if approved {
        agent::room(account)?;
    }
    let decided = account.world.ask(
        place,
        DecideDevice {
            user_code,
            account: account.id,
            approved,
        },
    )?;
    let request = decided.request;
    let kind = if approved {
        one_time::issue(
            account,
            &NewSecret {
                kind: SecretKind::DeviceGrant,
                hash: decided.hash,
                subject: "",
                binding: "",
                payload: request.name.as_bytes(),
                expires_at: request.expires_at,
            },
        )?;
        EventKind::DeviceApproved
    } else {
        EventKind::DeviceDenied
    };
    audit::record(
        account,
        &Event {
            kind,
            actor: Actor::Owner,
            subject: "",
            address,
            detail: &request.name,
        },
    )?;
    Ok(request)
}

/// A program asks whether somebody has decided.
///
/// # Errors
/// [`Refusal::TooMany`] where the person's account is full by now.
pub fn poll(world: &World<'_>, device_code: &str) -> Outcome<Polled> {
    let Some(user_code) = device_code
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.get(..LENGTH))
        .and_then(normalise)
    else {
        return Ok(Polled::Expired);
    };
    let hash = sha256::digest(device_code.as_bytes());
    let account = match world.ask(
        Place::directory_of("device", &user_code),
        PollDevice { user_code, hash },
    )? {
        Poll::Pending => return Ok(Polled::Pending),
        Poll::TooSoon => return Ok(Polled::TooSoon),
        Poll::Denied => return Ok(Polled::Denied),
        Poll::Expired => return Ok(Polled::Expired),
        Poll::Approved(account) => account,
    };
    let agent = NewAgent::make(world, account);
    Ok(
        match world.ask(
            Place::Account(account),
            ClaimDevice {
                hash,
                kept: agent.kept.clone(),
            },
        )? {
            Claim::Made => Polled::Authorized(agent),
            Claim::NotYet => Polled::Pending,
            Claim::Over => Polled::Expired,
        },
    )
}

/// A user code that a signed-in person typed, counted.
fn entered(account: &Account<'_>, typed: &str) -> Outcome<(Place, String)> {
    limits::allow(
        account.store,
        account.world.now,
        &Limit::DEVICE_CODE_ENTRY,
        "",
    )?;
    let user_code = normalise(typed).ok_or(Refusal::SecretRejected)?;
    Ok((Place::directory_of("device", &user_code), user_code))
}

/// RFC 8628 section 6.1: letter case and whatever a person puts between do not count.
fn normalise(typed: &str) -> Option<String> {
    let code: String = typed
        .chars()
        .filter(|character| !matches!(character, '-' | ' '))
        .map(|character| character.to_ascii_uppercase())
        .take(LENGTH + 1)
        .collect();
    (code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte))).then_some(code)
}

fn user_code(world: &World<'_>) -> String {
    // 64 bits over 20^8: the first codes are likelier by less than one part in 10^8.
    let mut bits = u64::from_be_bytes(world.random());
    let mut code = String::with_capacity(LENGTH);
    for _ in 0..LENGTH {
        let letter = ALPHABET.get((bits % 20) as usize).copied();
        code.push(char::from(letter.unwrap_or(b'B')));
        bits /= 20;
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::testing::with_world;

    #[test]
    fn a_person_may_type_as_they_like() {
        for typed in ["BCDFGHJK", "bcdf-ghjk", " BCDF GHJK ", "b-c-d-f-g-h-j-k"] {
            assert_eq!(normalise(typed).as_deref(), Some("BCDFGHJK"), "{typed}");
        }
        for typed in [
            "",
            "BCDFGHJ",
            "BCDFGHJKL",
            "BCDFGHJA",
            "BCDFGHJ1",
            "BCDFGHJÉ",
        ] {
            assert_eq!(normalise(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_user_code_is_one_that_can_be_typed() {
        with_world(|world| {
            let codes: alloc::collections::BTreeSet<_> =
                (0..1000).map(|_| user_code(world)).collect();
            assert_eq!(codes.len(), 1000);
            for code in codes {
                assert_eq!(normalise(&code).as_deref(), Some(code.as_str()));
            }
        });
    }
}
