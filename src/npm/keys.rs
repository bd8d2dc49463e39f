//! Key sets that the host holds by number.

#![allow(
    unsafe_code,
    reason = "exports have names; nothing else here is unsafe"
)]

use super::boundary::{Answer, Single, call};
use crate::jose::{KeyError, KeySet, PublicKey, Refusal, import_jwks};
use alloc::vec;
use alloc::vec::Vec;

/// Instead of an index: none.
const NONE: u32 = u32::MAX;

/// The sets, by their numbers. The host frees one when its own object is gone, and a number
/// that is free is given to the next.
static SETS: Single<Vec<Option<KeySet>>> = Single::new(Vec::new());

/// Lends the set of this number; the host has no number that was not given to it.
pub(super) fn with_set<R>(number: u32, body: impl FnOnce(&KeySet) -> R) -> Option<R> {
    SETS.with(|sets| sets.get(number as usize)?.as_ref().map(body))
}

fn keep(set: KeySet) -> u32 {
    SETS.with(|sets| {
        let free = sets.iter().position(Option::is_none);
        let number = free.unwrap_or(sets.len());
        match sets.get_mut(number) {
            Some(place) => *place = Some(set),
            None => sets.push(Some(set)),
        }
        number as u32
    })
}

pub(super) fn refuse(refusal: Refusal, answer: &mut Answer<'_>) -> u32 {
    answer.refuse(refusal)
}

/// The same for a key: index, address and length of the `kid` (no address where there is
/// none), address and length of the member.
fn refuse_key(error: KeyError, answer: &mut Answer<'_>) -> u32 {
    let (reason, detail) = error.refusal.to_numbers();
    let [kid, kid_length] = place(error.kid.as_deref());
    let [member, member_length] = place(error.member);
    answer.words(&[
        detail as u32,
        (detail >> 32) as u32,
        error.index.unwrap_or(NONE),
        kid,
        kid_length,
        member,
        member_length,
    ]);
    keep_text(error);
    reason + 1
}

/// Keeps the texts of the last error alive until the next.
fn keep_text(error: KeyError) {
    static LAST: Single<Option<KeyError>> = Single::new(None);
    LAST.with(|last| *last = Some(error));
}

fn place(text: Option<&str>) -> [u32; 2] {
    text.map_or([0, 0], |text| [text.as_ptr() as u32, text.len() as u32])
}

fn import(set: Result<KeySet, KeyError>, answer: &mut Answer<'_>) -> u32 {
    match set {
        Ok(set) => {
            let (keys, skipped) = (set.keys().len() as u32, set.skipped().len() as u32);
            answer.words(&[keep(set), keys, skipped]);
            0
        }
        Err(error) => refuse_key(error, answer),
    }
}

/// One field, a JWK Set: leaves the number of the set, and how many keys it has and how many
/// were passed over.
#[unsafe(export_name = "import_jwks")]
extern "C" fn import_set() -> u32 {
    call(|[jwks], answer| Some(import(import_jwks(jwks), answer)))
}

/// One field, a JWK: makes a set of it alone.
#[unsafe(export_name = "import_jwk")]
extern "C" fn import_key() -> u32 {
    call(|[jwk], answer| {
        let set = PublicKey::from_jwk(jwk).and_then(|key| KeySet::new(vec![key]));
        Some(import(set, answer))
    })
}

/// Leaves what a set says of its key `index`: the algorithm (1 ES256, 2 RS256), address and
/// length of the `kid`, address of the 32 bytes of the thumbprint.
#[unsafe(export_name = "key")]
extern "C" fn key(set: u32, index: u32) -> u32 {
    call(|[], answer| {
        with_set(set, |set| {
            let key = set.keys().get(index as usize)?;
            let [kid, length] = place(key.kid());
            let thumbprint = key.thumbprint().as_ptr() as u32;
            answer.words(&[key.algorithm() as u32 + 1, kid, length, thumbprint]);
            Some(0)
        })
        .flatten()
    })
}

/// Returns why a set passed over one of its keys, and leaves what an error leaves.
#[unsafe(export_name = "skipped")]
extern "C" fn skipped(set: u32, index: u32) -> u32 {
    call(|[], answer| {
        let error = with_set(set, |set| set.skipped().get(index as usize).cloned()).flatten();
        error.map(|error| refuse_key(error, answer))
    })
}

/// Forgets a set. Its number may be given to another.
#[unsafe(export_name = "free_keys")]
extern "C" fn free(set: u32) {
    SETS.with(|sets| {
        if let Some(place) = sets.get_mut(set as usize) {
            *place = None;
        }
    });
}
