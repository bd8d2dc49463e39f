//! `POST /api/v1/codes/generate` and `POST /api/v1/codes/verify`

use alloc::{format, string::String};

use super::{
    super::{Client, Request, Response, json},
    errors, sessions,
};
use crate::authority::{
    AccountId, Outcome, World,
    account::{Account, code},
    across,
    json::object,
};

/// A code of less than 240 characters, a key, a timestamp and a signature fit several times.
const BODY: usize = 4096;

json::body! {
    struct Generate {
        target: String = "target",
    }
}

json::body! {
    struct Verify {
        code: String = "code",
        api_key: String = "api_key",
        timestamp: Option<String> = "timestamp",
        signature: Option<String> = "signature",
    }
}

/// The account that the session token names; a body that cannot be read goes no further.
pub(super) fn locate(request: &Request) -> Result<AccountId, Response> {
    json::read::<Generate>(request, BODY).map_err(|refusal| errors::refused(request, &refusal))?;
    sessions::locate(request)
}

/// A signed-in person's program asks for a code.
pub(super) fn generate(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    let body: Generate = json::read(request, BODY)?;
    let geo_location = geo_location(&request.client);
    let issued = code::issue(
        account,
        sessions::token(request),
        &code::Wanted {
            target: &body.target,
            geo_location: &geo_location,
            address: &request.client.address,
        },
    )?;
    Ok(json::answer(
        200,
        object! {
            "success": true,
            "code": issued.code,
            "target": issued.target.as_str(),
            // A text, not a number: the client prints it.
            "expires_in": "1 hour",
            "geo_location": geo_location,
        },
    ))
}

/// A platform spends a code.
pub(super) fn verify(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let body: Verify = json::read(request, BODY)?;
    let granted = across::redeem::redeem(
        world,
        &across::redeem::Presented {
            code: &body.code,
            api_key: &body.api_key,
            timestamp: body.timestamp.as_deref(),
            signature: body.signature.as_deref(),
            idempotency_key: request.header("idempotency-key"),
            address: &request.client.address,
        },
    )?;
    let person = &granted.person;
    Ok(json::answer(
        200,
        object! {
            "verified": true,
            "username": person.username,
            "user_id": person.user_id,
            "name": person.name,
            "target_platform": person.target,
            "identity_type": "human",
            "permissions": person.permissions,
            "geo_location": person.geo_location,
            // Whether this is the answer of an earlier call, given again to the same
            // `Idempotency-Key`.
            "repeat": granted.repeat,
        },
    ))
}

/// `CC/REGION`, `CC` where the region is unknown, empty where the country is.
fn geo_location(client: &Client) -> String {
    match (client.country.as_str(), client.region.as_str()) {
        ("", _) => String::new(),
        (country, "") => country.into(),
        (country, region) => format!("{country}/{region}"),
    }
}
