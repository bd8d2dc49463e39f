//! Keys by which a platform redeems the codes that are aimed at it.

use alloc::{string::String, vec::Vec};

use askama::Template;

use super::super::{
    page, problem,
    time::Moment,
    visit::{self, Visit},
};
use crate::{
    authority::{
        Halt, Outcome,
        account::{
            Account,
            platform_key::{self, CreatedPlatformKey, NewPlatformKey, PlatformKey},
        },
        json::{IfAny, Json, object},
    },
    doors::{Request, Response},
};

const PATH: &str = "/dashboard/keys";
const CREATE: &str = "create key";
const REVOKE: &str = "revoke key";
const SIGNATURE: &str = "key signature";

#[derive(Template)]
#[template(path = "dashboard/keys.html")]
struct Keys<'a> {
    keys: Vec<Key>,
    targets: Vec<String>,
    /// What was typed, where it has to be typed again.
    target: &'a str,
    label: &'a str,
    wrong: &'a str,
    create_token: String,
}

#[derive(Template)]
#[template(path = "dashboard/key_created.html")]
struct Created<'a> {
    created: &'a NewKey,
    origin: &'a str,
}

struct Key {
    id: String,
    target: String,
    label: String,
    has_secret: bool,
    require_signature: bool,
    created: Moment,
    revoke_token: String,
    signature_token: String,
}

/// A new key with its secrets, this once.
struct NewKey {
    key: Key,
    api_key: String,
    api_secret: Option<String>,
}

pub(in super::super) fn show(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        if visit.wants_json() {
            let keys = keys(visit)?;
            let targets = targets(account)?;
            return Ok(page::json(
                200,
                object! { "keys": keys, "targets": targets },
            ));
        }
        page_for(visit, 200, "")
    })
}

pub(in super::super) fn create(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        let fields = &visit.fields;
        let target = fields.text("target");
        let label = match fields.text("label").trim() {
            "" => target,
            label => label,
        };
        let require_signature = fields.ticked("require_signature");
        let new = NewPlatformKey {
            target,
            label,
            // A key that takes signed requests only needs something to sign them by.
            with_secret: fields.ticked("with_secret") || require_signature,
            require_signature,
        };
        let created = visit
            .check(CREATE)
            .and_then(|()| platform_key::create(account, new));
        match created {
            Ok(created) => shown_once(visit, created),
            Err(Halt::Refused(refusal)) if !visit.wants_json() => page_for(
                visit,
                problem::status(&refusal),
                &problem::sentence(&refusal),
            ),
            Err(halt) => Err(halt),
        }
    })
}

pub(in super::super) fn revoke(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        let id = request.parameter(0);
        let outcome = visit.check(REVOKE).and_then(|()| {
            platform_key::revoke(account, id)?;
            Ok(object! { "id": id, "revoked": true })
        });
        visit.done(outcome, PATH, &|status, wrong| {
            page_for(visit, status, wrong)
        })
    })
}

pub(in super::super) fn set_signature(
    account: &Account<'_>,
    request: &Request,
) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        let id = request.parameter(0);
        let required = visit.fields.ticked("required");
        let outcome = visit.check(SIGNATURE).and_then(|()| {
            platform_key::set_require_signature(account, id, required)?;
            Ok(object! { "id": id, "require_signature": required })
        });
        visit.done(outcome, PATH, &|status, wrong| {
            page_for(visit, status, wrong)
        })
    })
}

fn shown_once(visit: &Visit<'_>, created: CreatedPlatformKey) -> Outcome<Response> {
    let created = NewKey {
        key: view(visit, created.key),
        api_key: created.api_key,
        api_secret: created.api_secret,
    };
    if visit.wants_json() {
        let key = &created.key;
        let body = object! {
            "id": key.id,
            "target": key.target,
            "label": key.label,
            "has_secret": key.has_secret,
            "require_signature": key.require_signature,
            "created_at": key.created,
            "api_key": created.api_key,
            "api_secret": IfAny(created.api_secret.as_deref()),
        };
        return Ok(page::json(201, body));
    }
    visit.page(
        201,
        visit.shell("Your new key").at(PATH),
        &Created {
            created: &created,
            origin: &visit.account.world.settings.public_origin,
        },
    )
}

fn page_for(visit: &Visit<'_>, status: u16, wrong: &str) -> Outcome<Response> {
    visit.page(
        status,
        visit.shell("Platform keys").at(PATH),
        &Keys {
            keys: keys(visit)?,
            targets: targets(visit.account)?,
            target: visit.fields.text("target"),
            label: visit.fields.text("label"),
            wrong,
            create_token: visit.form_token(CREATE),
        },
    )
}

fn keys(visit: &Visit<'_>) -> Outcome<Vec<Key>> {
    let keys = platform_key::list(visit.account)?;
    Ok(keys.into_iter().map(|key| view(visit, key)).collect())
}

fn targets(account: &Account<'_>) -> Outcome<Vec<String>> {
    let targets = platform_key::targets(account)?;
    Ok(targets
        .iter()
        .map(|target| target.as_str().into())
        .collect())
}

fn view(visit: &Visit<'_>, key: PlatformKey) -> Key {
    Key {
        target: key.target.as_str().into(),
        id: key.id,
        label: key.label,
        has_secret: key.has_secret,
        require_signature: key.require_signature,
        created: key.created_at.into(),
        revoke_token: visit.form_token(REVOKE),
        signature_token: visit.form_token(SIGNATURE),
    }
}

impl Json for Key {
    fn write(&self, json: &mut String) {
        object! {
            "id": self.id,
            "target": self.target,
            "label": self.label,
            "has_secret": self.has_secret,
            "require_signature": self.require_signature,
            "created_at": self.created,
        }
        .write(json);
    }
}
