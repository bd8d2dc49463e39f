//! What whoever runs the deployment may do: look at the signing keys, have the next made, and
//! withdraw one that is not to be believed any more.
//!
//! The operator is who knows `OPERATOR_TOKEN`. Without that secret the door is not there.

use alloc::vec::Vec;

use super::{
    Door, Method, Request, Response, Route, json,
    plain::{self, refuse},
};
use crate::{
    authority::{
        Halt, Outcome, Place, World,
        call::Question,
        json::object,
        keyring::{KeyReport, KeysQuestion, RotateKeys, WithdrawKey, name_of},
        refusal::Refusal,
    },
    mac::constant_time_eq,
    sha256,
};

/// `/admin`
pub const DOOR: Door = Door {
    prefix: "/admin",
    routes: &[
        Route::front(Method::Get, "/keys", |world, request| {
            with_keys(world, request, KeysQuestion)
        }),
        Route::front(Method::Post, "/keys/rotate", |world, request| {
            with_keys(world, request, RotateKeys)
        }),
        Route::front(Method::Post, "/keys/{kid}/withdraw", |world, request| {
            let key_id = request.parameter(0).into();
            with_keys(world, request, WithdrawKey { key_id })
        }),
    ],
    halted: plain::halted,
    not_found: plain::not_found,
    method_not_allowed: plain::method_not_allowed,
};

fn with_keys<Q: Question<Answer = Vec<KeyReport>>>(
    world: &World<'_>,
    request: &Request,
    question: Q,
) -> Outcome<Response> {
    let Some(token) = &world.settings.operator_token else {
        return Ok(refuse(404, "not_found"));
    };
    // Digests are of one length: the comparison tells nothing of the token's.
    let given = sha256::digest(request.bearer().unwrap_or_default().as_bytes());
    if !constant_time_eq(&given, &sha256::digest(token.as_bytes())) {
        return Ok(refuse(401, "unauthorized").with_header("www-authenticate", "Bearer"));
    }
    let reports = match world.ask(Place::Keyring, question) {
        Err(Halt::Refused(refusal @ Refusal::NotFound)) => return Ok(refuse(404, refusal.code())),
        reports => reports?,
    };
    let keys: Vec<_> = reports
        .iter()
        .map(|key| {
            object! {
                "kid": key.key_id,
                "alg": name_of(key.algorithm),
                "state": key.state.as_str(),
                "signs_from": key.signs_from.seconds(),
                "published_until": key.published_until.map(|until| until.seconds()),
            }
        })
        .collect();
    Ok(json::answer(200, object! { "keys": keys }))
}
