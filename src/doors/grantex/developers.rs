//! Sign-up, keys, and what a developer may change of themselves.

use alloc::string::String;

use super::{
    super::{Request, Response, json},
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
    json::{Written, object},
    limits::Limit,
};

json::body! {
    struct SignUpBody {
        name: String = "name",
        email: Option<String> = "email",
        mode: ModeValue = "mode",
    }
}

json::word!(ModeValue: "live" | "sandbox");

pub(super) fn sign_up(world: &World<'_>, request: &Request) -> Outcome<Response> {
    world.limit_address(&Limit::ADDRESS_SIGN_IN, &request.client.address)?;
    let body: SignUpBody = json::read(request, BODY_LIMIT)?;
    let new = NewDeveloper {
        name: body.name,
        email: body.email,
        mode: match body.mode.0 {
            Some("sandbox") => Mode::Sandbox,
            _ => Mode::Live,
        },
    };
    let (developer, api_key) = across::developer::sign_up(world, &new, &request.client.address)?;
    let signed_up = object! {
        "developerId": developer.id,
        "apiKey": api_key,
        "name": developer.name,
        "email": developer.email,
        "mode": developer.mode.as_str(),
        "createdAt": iso8601::format(developer.created_at),
    };
    Ok(answer(request, 201, signed_up))
}

pub(super) fn rotate_key(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        let key = developer::rotate_key(account)?;
        let rotated = object! {
            "apiKey": key.into_text(),
            "rotatedAt": iso8601::format(account.world.now),
        };
        Ok(answer(request, 200, rotated))
    })
}

fn value(developer: &Developer) -> Written {
    object! {
        "developerId": developer.id,
        "name": developer.name,
        "email": developer.email,
        "mode": developer.mode.as_str(),
        "plan": "free",
        "requirePrincipalSignIn": developer.requires_sign_in,
        "fidoRequired": false,
        "createdAt": iso8601::format(developer.created_at),
    }
}

pub(super) fn me(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Free, &|developer| {
        Ok(answer(request, 200, value(developer)))
    })
}

json::body! {
    struct ChangeBody {
        name: Option<String> = "name",
        require_principal_sign_in: Option<bool> = "requirePrincipalSignIn",
    }
}

pub(super) fn change(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    keyed(account, request, Cost::Change, &|_| {
        let body: ChangeBody = json::read(request, BODY_LIMIT)?;
        let changes = DeveloperChanges {
            name: body.name,
            requires_sign_in: body.require_principal_sign_in,
        };
        let developer = developer::change(account, &changes)?;
        Ok(answer(request, 200, value(&developer)))
    })
}
