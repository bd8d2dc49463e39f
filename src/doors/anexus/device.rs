//! `POST /api/v1/device/authorize` and `/device/poll`

use alloc::{borrow::Cow, format};

use serde::{Deserialize, Serialize};

use super::{
    super::{Request, Response, json},
    errors,
};
use crate::authority::{
    Outcome, World,
    across::device::{self, Polled},
    directory::device::{INTERVAL, LIFETIME},
};

const BODY: usize = 4096;

#[derive(Deserialize)]
struct Authorize<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Serialize)]
struct Authorization<'a> {
    success: bool,
    device_code: &'a str,
    user_code: &'a str,
    verification_uri: &'a str,
    /// With the user code filled in (RFC 8628 section 3.3.1).
    verification_uri_complete: &'a str,
    /// Seconds.
    expires_in: i64,
    /// Seconds.
    interval: u32,
}

#[derive(Deserialize)]
struct Poll<'a> {
    #[serde(borrow)]
    device_code: Cow<'a, str>,
}

#[derive(Serialize)]
struct Authorized<'a> {
    success: bool,
    status: &'static str,
    api_key: &'a str,
    agent_id: &'a str,
    agent_secret: &'a str,
}

#[derive(Serialize)]
struct Waiting {
    success: bool,
    status: &'static str,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<u32>,
}

/// A program without a browser asks for a person's word.
pub(super) fn authorize(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let body: Authorize<'_> = match json::read(request, BODY) {
        Ok(body) => body,
        Err(error) => return Ok(errors::malformed(request, error)),
    };
    let opened = device::open(
        world,
        body.name.trim(),
        (&request.client.country, &request.client.region),
        &request.client.address,
    )?;
    let uri = format!("{}/device", world.settings.public_origin);
    Ok(json::answer(
        200,
        &Authorization {
            success: true,
            device_code: &opened.device_code,
            user_code: &opened.user_code,
            verification_uri: &uri,
            verification_uri_complete: &format!("{uri}?user_code={}", opened.user_code),
            expires_in: LIFETIME / 1000,
            interval: INTERVAL,
        },
    ))
}

/// It asks whether the word is there.
pub(super) fn poll(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let body: Poll<'_> = match json::read(request, BODY) {
        Ok(body) => body,
        Err(error) => return Ok(errors::malformed(request, error)),
    };
    let (status, reason, interval) = match device::poll(world, &body.device_code)? {
        Polled::Authorized(agent) => {
            return Ok(json::answer(
                200,
                &Authorized {
                    success: true,
                    status: "authorized",
                    api_key: agent.api_key.reveal(),
                    agent_id: &agent.kept.id,
                    agent_secret: agent.secret.reveal(),
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
        &Waiting {
            success: false,
            status,
            reason,
            interval,
        },
    );
    Ok(match reason {
        "slow_down" => response.with_header("retry-after", format!("{INTERVAL}")),
        _ => response,
    })
}
