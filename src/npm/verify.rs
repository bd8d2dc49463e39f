//! Verification for the host: tokens, signed contents, bare signatures, and taking a token
//! apart without believing it.

#![allow(
    unsafe_code,
    reason = "exports have names; nothing else here is unsafe"
)]

use super::boundary::{Answer, Single, call};
use super::keys::{refuse, with_set};
use super::policy::Policy;
use crate::jose::unverified::decode_unverified;
use crate::jose::{
    KeySet, Kind, PublicKey, Refusal, TypeRule, VerifiedJws, verify_detached, verify_jws,
    verify_jwt_alone,
};
use crate::sha256;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::str;

/// How many policies are kept at a time; the host picks the place. Boxed, as places that are
/// empty are then zeros, which the module need not bring along.
const POLICIES: usize = 16;

static KEPT: Single<[Option<Box<Policy>>; POLICIES]> = Single::new([const { None }; POLICIES]);

/// What the last token said. It lives until the next, so that the host can read it.
static SAID: Single<Vec<u8>> = Single::new(Vec::new());

/// One field, the texts of a policy; its numbers as [`Policy::read`] takes them: keeps it in a
/// place. Returns 1 where it is none.
#[unsafe(export_name = "policy")]
extern "C" fn policy(place: u32, clock_tolerance: f64, max_token_age: f64, lenient: u32) -> u32 {
    call(|[json], _| {
        let read = Policy::read(json, clock_tolerance, max_token_age, lenient);
        let status = u32::from(read.is_none());
        KEPT.with(|kept| {
            *kept.get_mut(place as usize)? = read.map(Box::new);
            Some(status)
        })
    })
}

/// One field, a token, judged by the keys and the policy of these numbers at the time `now`,
/// in seconds. Leaves address and length of the header, of the payload, and which key it was.
#[unsafe(export_name = "verify")]
extern "C" fn verify(keys: u32, policy: u32, now: f64) -> u32 {
    judge(keys, policy, now, false)
}

/// As [`verify`], for protocols whose tokens say `at+jwt` and have other claims than those of
/// RFC 9068: whoever calls this reads the claims of its own protocol.
#[unsafe(export_name = "verify_own_claims")]
extern "C" fn own_claims(keys: u32, policy: u32, now: f64) -> u32 {
    judge(keys, policy, now, true)
}

#[inline(never)]
fn judge(keys: u32, policy: u32, now: f64, own_claims: bool) -> u32 {
    call(|[token], answer| {
        with_set(keys, |keys| {
            KEPT.with(|kept| {
                let policy = kept.get(policy as usize)?.as_ref()?;
                // A time that is no number becomes 0, which has passed for no token: hosts
                // send -1 for it.
                let mut expect = policy.at(now as i64);
                if own_claims && expect.kind == Kind::AccessToken {
                    expect.kind = Kind::Other(expect.kind.typ());
                }
                let verdict = verify_jwt_alone(token, keys, &expect);
                Some(say_jws(verdict, keys, answer))
            })
        })
        .flatten()
    })
}

fn say_jws(jws: Result<VerifiedJws<'_>, Refusal>, keys: &KeySet, answer: &mut Answer<'_>) -> u32 {
    match jws {
        Ok(jws) => say(jws.header(), jws.payload(), index(keys, jws.key()), answer),
        Err(refusal) => refuse(refusal, answer),
    }
}

/// Three fields: a JWS, a `typ` that it must say where `typed` is not 0, and where `detached`
/// is not 0 the payload, which the JWS then is without. Leaves what [`verify`] leaves.
#[unsafe(export_name = "verify_jws")]
extern "C" fn jws(keys: u32, typed: u32, detached: u32) -> u32 {
    call(|[jws, typ, payload], answer| {
        let rule = match typed {
            0 => TypeRule::Any,
            _ => TypeRule::Is(str::from_utf8(typ).ok()?),
        };
        with_set(keys, |keys| {
            let verdict = match detached {
                0 => verify_jws(jws, keys, rule),
                _ => verify_detached(jws, payload, keys, rule),
            };
            say_jws(verdict, keys, answer)
        })
    })
}

/// Two fields, signature and message, for the key `index` of a set. `der` is 0 for a
/// signature as a JWS has it, 1 for ECDSA in DER.
#[unsafe(export_name = "verify_signature")]
extern "C" fn signature(keys: u32, index: u32, der: u32) -> u32 {
    call(|[signature, message], answer| {
        with_set(keys, |keys| {
            let key = keys.keys().get(index as usize)?;
            let verdict = if der == 0 {
                key.verify_digest(&sha256::digest(message), signature)
            } else {
                key.verify_ecdsa_der(message, signature)
            };
            Some(match verdict {
                Ok(()) => 0,
                Err(refusal) => refuse(refusal, answer),
            })
        })
        .flatten()
    })
}

/// One field, a token, of which nothing is verified. Leaves address and length of the header
/// and of the payload.
#[unsafe(export_name = "decode_unverified")]
extern "C" fn unverified() -> u32 {
    call(|[token], answer| {
        Some(match decode_unverified(token) {
            Ok(token) => say(token.header(), token.payload(), 0, answer),
            Err(refusal) => refuse(refusal, answer),
        })
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
