//! `POST /api/v1/device/authorize` and `/device/poll`

use alloc::{format, string::String};

use super::super::{Request, Response, json};
use crate::authority::{
    Outcome, World,
    across::device::{self, Polled},
    directory::device::{INTERVAL, LIFETIME},
    json::{IfAny, object},
};

const BODY: usize = 4096;

json::body! {
    struct Authorize {
        name: String = "name",
    }
}

json::body! {
    struct Poll {
        device_code: String = "device_code",
    }
}

/// A program without a browser asks for a person's word.
pub(super) fn authorize(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let body: Authorize = json::read(request, BODY)?;
    let opened = device::open(
        world,
        body.name.trim(),
        (&request.client.country, &request.client.region),
        &request.client.address,
    )?;
    let uri = format!("{}/device", world.settings.public_origin);
    Ok(json::answer(
        200,
        object! {
            "success": true,
            "device_code": opened.device_code,
            "user_code": opened.user_code,
            "verification_uri": uri,
            // With the user code filled in (RFC 8628 section 3.3.1).
            "verification_uri_complete": format!("{uri}?code={}", opened.user_code),
            // Both in seconds.
            "expires_in": LIFETIME / 1000,
            "interval": INTERVAL,
        },
    ))
}

/// It asks whether the word is there.
pub(super) fn poll(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let body: Poll = json::read(request, BODY)?;
    let (status, reason, interval) = match device::poll(world, &body.device_code)? {
        Polled::Authorized(agent) => {
            return Ok(json::answer(
                200,
                object! {
                    "success": true,
                    "status": "authorized",
                    "api_key": agent.api_key.reveal(),
                    "agent_id": agent.kept.id,
                    "agent_secret": agent.secret.reveal(),
                },
            ));
        }
        // The client knows two words: `authorized`, and `expired`, which ends its wait. The
        // reason is the code of RFC 8628 section 3.5.
        Polled::Pending => ("pending", "authorization_pending", Some(INTERVAL)),
        Polled::TooSoon => ("pending", "slow_down", Some(INTERVAL)),
        Polled::Denied => ("expired", "access_denied", None),
        Polled::Expired => ("expired", "expired_token", None),
    };
    let response = json::answer(
        200,
        object! {
            "success": false,
            "status": status,
            "reason": reason,
            "interval": IfAny(interval),
        },
    );
    Ok(match reason {
        "slow_down" => response.with_header("retry-after", format!("{INTERVAL}")),
        _ => response,
    })
}
