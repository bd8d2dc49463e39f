//! Verification for the host: tokens, detached signatures, ECDSA in DER, and taking a token
//! apart without believing it.

#![allow(
    unsafe_code,
    reason = "exports have names; nothing else here is unsafe"
)]

use super::boundary::{Answer, LOST, Single, call};
use super::keys::{refuse, with_set};
use super::policy::Policy;
use crate::jose::unverified::decode_unverified;
use crate::jose::{KeySet, PublicKey, TypeRule, verify_detached, verify_jwt};
use alloc::vec::Vec;
use core::str;

/// How many policies are kept at a time; the host picks the place.
const POLICIES: usize = 16;

static KEPT: Single<[Option<Policy>; POLICIES]> = Single::new([const { None }; POLICIES]);

/// What the last token said. It lives until the next, so that the host can read it.
static SAID: Single<Vec<u8>> = Single::new(Vec::new());

/// One field, a policy: keeps it in a place. Returns 1 where it is none.
#[unsafe(export_name = "policy")]
extern "C" fn policy(place: u32) -> u32 {
    call(|[json], _| {
        let read = Policy::read(json);
        let status = u32::from(read.is_none());
        KEPT.with(|kept| match kept.get_mut(place as usize) {
            Some(kept) => *kept = read,
            None => unreachable_place(),
        });
        status
    })
}

/// The host asked for a place that it knows not to be there.
#[cold]
fn unreachable_place() {
    core::arch::wasm32::unreachable()
}

/// One field, a token, judged by the keys and the policy of these numbers at the time `now`,
/// in seconds. Leaves address and length of the header, of the payload, and which key it was.
#[unsafe(export_name = "verify")]
extern "C" fn verify(keys: u32, policy: u32, now: f64) -> u32 {
    call(|[token], answer| {
        with_set(keys, |keys| {
            KEPT.with(|kept| {
                let policy = kept.get(policy as usize)?.as_ref()?;
                // A time that is no number becomes 0, which has passed for no token: hosts
                // send -1 for it.
                let verdict = policy.at(now as i64, |expect| verify_jwt(token, keys, expect));
                Some(match verdict {
                    Ok(token) => say(
                        token.header(),
                        token.payload(),
                        index(keys, token.key()),
                        answer,
                    ),
                    Err(refusal) => refuse(refusal, answer),
                })
            })
        })
        .flatten()
        .unwrap_or(LOST)
    })
}

/// Three fields, `header..signature`, payload and `typ`: `rule` is 0 for any type, 1 for this
/// one, 2 for this one or none. Leaves what [`verify`] leaves, without payload.
#[unsafe(export_name = "verify_detached")]
extern "C" fn detached(keys: u32, rule: u32) -> u32 {
    call(|[jws, payload, typ], answer| {
        let Ok(typ) = str::from_utf8(typ) else {
            return LOST;
        };
        let rule = match rule {
            0 => TypeRule::Any,
            1 => TypeRule::Is(typ),
            _ => TypeRule::IsOrAbsent(typ),
        };
        with_set(keys, |keys| {
            match verify_detached(jws, payload, keys, rule) {
                Ok(jws) => say(jws.header(), &[], index(keys, jws.key()), answer),
                Err(refusal) => refuse(refusal, answer),
            }
        })
        .unwrap_or(LOST)
    })
}

/// Two fields, signature in DER and message, for the key `index` of a set.
#[unsafe(export_name = "verify_ecdsa_der")]
extern "C" fn ecdsa_der(keys: u32, index: u32) -> u32 {
    call(|[signature, message], answer| {
        with_set(keys, |keys| {
            let key = keys.keys().get(index as usize)?;
            Some(match key.verify_ecdsa_der(message, signature) {
                Ok(()) => 0,
                Err(refusal) => refuse(refusal, answer),
            })
        })
        .flatten()
        .unwrap_or(LOST)
    })
}

/// One field, a token, of which nothing is verified. Leaves address and length of the header
/// and of the payload.
#[unsafe(export_name = "decode_unverified")]
extern "C" fn unverified() -> u32 {
    call(|[token], answer| match decode_unverified(token) {
        Ok(token) => say(token.header(), token.payload(), 0, answer),
        Err(refusal) => refuse(refusal, answer),
    })
}

fn index(keys: &KeySet, key: &PublicKey) -> u32 {
    let same = |other: &PublicKey| core::ptr::eq(key, other);
    keys.keys().iter().position(same).unwrap_or_default() as u32
}

/// Keeps header and payload, and tells the host where.
fn say(header: &[u8], payload: &[u8], key: u32, answer: &mut Answer<'_>) -> u32 {
    SAID.with(|said| {
        said.clear();
        said.extend_from_slice(header);
        said.extend_from_slice(payload);
        let start = said.as_ptr() as u32;
        let (header, payload) = (header.len() as u32, payload.len() as u32);
        answer.words(&[start, header, start + header, payload, key]);
        0
    })
}
