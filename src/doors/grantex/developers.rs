//! Sign-up, keys, and what a developer may change of themselves.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{
    super::{Request, Response, json},
    errors,
    session::{Cost, answer, keyed},
    values::BODY_LIMIT,
};
use crate::authority::{
    Outcome, World,
    account::{
        Account,
        grants::developer::{self, Developer, DeveloperChanges, Mode, NewDeveloper},
    },
    across, iso8601,
    limits::Limit,
};

#[derive(Deserialize)]
struct SignUpBody {
    name: String,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    mode: Option<ModeValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ModeValue {
    Live,
    Sandbox,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignedUp {
    developer_id: String,
    api_key: String,
    name: String,
    email: Option<String>,
    mode: &'static str,
    created_at: String,
}

pub(super) fn sign_up(world: &World<'_>, request: &Request) -> Outcome<Response> {
    world.limit_address(&Limit::ADDRESS_SIGN_IN, &request.client.address)?;
    let body: SignUpBody = match json::read(request, BODY_LIMIT) {
        Ok(body) => body,
        Err(error) => return Ok(errors::malformed(request, error)),
    };
    let new = NewDeveloper {
        name: body.name,
        email: body.email,
        mode: match body.mode {
            Some(ModeValue::Sandbox) => Mode::Sandbox,
            Some(ModeValue::Live) | None => Mode::Live,
        },
    };
    let (developer, api_key) = across::developer::sign_up(world, &new, &request.client.address)?;
    let signed_up = SignedUp {
        developer_id: developer.id,
        api_key,
        name: developer.name,
        email: developer.email,
        mode: developer.mode.as_str(),
        created_at: iso8601::format(developer.created_at),
    };
    Ok(answer(request, 201, &signed_up))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rotated {
    api_key: String,
    rotated_at: String,
}

pub(super) fn rotate_key(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        let key = developer::rotate_key(account)?;
        let rotated = Rotated {
            api_key: key.into_text(),
            rotated_at: iso8601::format(account.world.now),
        };
        Ok(answer(request, 200, &rotated))
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Me {
    developer_id: String,
    name: String,
    email: Option<String>,
    mode: &'static str,
    plan: &'static str,
    require_principal_sign_in: bool,
    fido_required: bool,
    created_at: String,
}

impl From<Developer> for Me {
    fn from(developer: Developer) -> Self {
        Self {
            developer_id: developer.id,
            name: developer.name,
            email: developer.email,
            mode: developer.mode.as_str(),
            plan: "free",
            require_principal_sign_in: developer.requires_sign_in,
            fido_required: false,
            created_at: iso8601::format(developer.created_at),
        }
    }
}

pub(super) fn me(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Free, &|developer| {
        Ok(answer(request, 200, &Me::from(developer.clone())))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChangeBody {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    require_principal_sign_in: Option<bool>,
}

pub(super) fn change(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        let body: ChangeBody = match json::read(request, BODY_LIMIT) {
            Ok(body) => body,
            Err(error) => return Ok(errors::malformed(request, error)),
        };
        let changes = DeveloperChanges {
            name: body.name,
            requires_sign_in: body.require_principal_sign_in,
        };
        Ok(answer(
            request,
            200,
            &Me::from(developer::change(account, &changes)?),
        ))
    })
}
