//! What delegated grants say, for the host: claims, chains, status lists.
//!
//! Payloads come here after the verifier, which is another module, has found their signature
//! and their times to be good; nothing here makes a token genuine.

#![allow(
    unsafe_code,
    reason = "exports have names; nothing else here is unsafe"
)]

use super::boundary::{Answer, Single, call};
use crate::grant::claims::StatusReference;
use crate::grant::{GrantClaims, Revocation, StatusListToken, chain};
use crate::jose::{Reason, Refusal};
use alloc::vec::Vec;
use core::str;

/// One field, a payload: whether it has the claims of a grant token.
#[unsafe(export_name = "grant")]
extern "C" fn grant() -> u32 {
    call(|[payload], answer| {
        let verdict = GrantClaims::read(payload).map(drop);
        Some(say(verdict.map_err(Refusal::from), answer))
    })
}

/// Two fields, the payload of a token and of the one that it was delegated from, which is
/// empty for the first of a chain: whether it may stand at `position`, from 0.
#[unsafe(export_name = "link")]
extern "C" fn link(position: u32) -> u32 {
    call(|[child, parent], answer| {
        let read = |payload| GrantClaims::read(payload).map_err(Refusal::from);
        let verdict = read(child).and_then(|child| {
            let parent = match parent {
                [] => None,
                parent => Some(read(parent)?),
            };
            chain::follows(&child, parent.as_ref(), position as usize)
        });
        Some(say(verdict, answer))
    })
}

fn say(verdict: Result<(), Refusal>, answer: &mut Answer<'_>) -> u32 {
    match verdict {
        Ok(()) => 0,
        Err(refusal) => answer.refuse(refusal),
    }
}

/// The lists, by their numbers. The host frees one when its own object is gone.
static LISTS: Single<Vec<Option<StatusListToken>>> = Single::new(Vec::new());

fn keep(list: StatusListToken) -> u32 {
    LISTS.with(|lists| {
        let free = lists.iter().position(Option::is_none);
        let number = free.unwrap_or(lists.len());
        match lists.get_mut(number) {
            Some(place) => *place = Some(list),
            None => lists.push(Some(list)),
        }
        number as u32
    })
}

/// Two fields, the payload of a status list token and the address that it was fetched from.
/// Leaves the number of the list; for how many seconds it may be relied upon, 0 where it does
/// not say; and its `exp` (low and high word), 0 where it has none.
#[unsafe(export_name = "status_list")]
extern "C" fn status_list() -> u32 {
    call(|[payload, uri], answer| {
        let uri = str::from_utf8(uri).ok()?;
        Some(match StatusListToken::read(payload, uri) {
            Some(list) => {
                let ttl = list.time_to_live().unwrap_or_default();
                let ttl = u32::try_from(ttl).unwrap_or(u32::MAX);
                let expires_at = list.expires_at().unwrap_or_default();
                let (low, high) = (expires_at as u32, (expires_at >> 32) as u32);
                answer.words(&[keep(list), ttl, low, high]);
                0
            }
            None => answer.refuse(Reason::StatusListMalformed.into()),
        })
    })
}

/// One field, the address in a token: what a list says of the token at `index` of the list of
/// this address. Returns 0 for valid, 1 for revoked, 2 for unknown, 3 where the list ends
/// before. Times are in seconds.
#[unsafe(export_name = "revocation")]
extern "C" fn revocation(list: u32, index: f64, fetched_at: f64, now: f64) -> u32 {
    call(|[uri], _| {
        let reference = StatusReference {
            index: index as u64,
            uri: str::from_utf8(uri).ok()?.into(),
        };
        LISTS.with(|lists| {
            let list = lists.get(list as usize)?.as_ref()?;
            Some(
                match list.revocation_of(&reference, fetched_at as i64, now as i64) {
                    Ok(Revocation::Valid) => 0,
                    Ok(Revocation::Revoked) => 1,
                    Ok(Revocation::Unknown) => 2,
                    Err(_) => 3,
                },
            )
        })
    })
}

/// Forgets a list. Its number may be given to another.
#[unsafe(export_name = "free_list")]
extern "C" fn free(list: u32) {
    LISTS.with(|lists| {
        if let Some(place) = lists.get_mut(list as usize) {
            *place = None;
        }
    });
}
