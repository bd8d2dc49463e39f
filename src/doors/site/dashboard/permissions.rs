//! What a person gives each platform.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use askama::Template;

use super::super::{
    page,
    time::Moment,
    visit::{self, Visit},
};
use crate::{
    authority::{
        Name, Outcome,
        account::{Account, permission},
        json::{Json, object},
        refusal::{Field, Problem, Refusal},
    },
    doors::{Request, Response},
};

const PATH: &str = "/dashboard/permissions";
const FORM: &str = "permissions";

#[derive(Template)]
#[template(path = "dashboard/permissions.html")]
struct Page<'a> {
    targets: Vec<Target>,
    /// What was typed, where it has to be typed again.
    target: &'a str,
    permissions: &'a str,
    wrong: &'a str,
    form_token: String,
}

struct Target {
    target: String,
    permissions: Vec<String>,
    updated: Moment,
    form_token: String,
}

pub(in super::super) fn show(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        if visit.wants_json() {
            return Ok(page::json(200, object! { "targets": targets(visit)? }));
        }
        page_for(visit, 200, "")
    })
}

/// Gives a target exactly what was sent, one permission a line.
pub(in super::super) fn set(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        let granted: Vec<String> = visit
            .fields
            .text("permissions")
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(ToString::to_string)
            .collect();
        let outcome = visit.check(FORM).and_then(|()| {
            // An empty list takes all back; a forgotten one must not.
            if visit.fields.get("permissions").is_none() {
                let (field, problem) = (Field::Permission, Problem::Missing);
                return Err(Refusal::InvalidField { field, problem }.into());
            }
            let target = visit.fields.text("target");
            permission::set(account, target, &granted)?;
            Ok(object! {
                "target": Name::target(target)?.as_str(),
                "permissions": granted,
            })
        });
        visit.done(outcome, PATH, &|status, wrong| {
            page_for(visit, status, wrong)
        })
    })
}

fn page_for(visit: &Visit<'_>, status: u16, wrong: &str) -> Outcome<Response> {
    visit.page(
        status,
        visit.shell("Permissions").at(PATH),
        &Page {
            targets: targets(visit)?,
            target: visit.fields.text("target"),
            permissions: visit.fields.text("permissions"),
            wrong,
            form_token: visit.form_token(FORM),
        },
    )
}

fn targets(visit: &Visit<'_>) -> Outcome<Vec<Target>> {
    Ok(permission::list(visit.account)?
        .into_iter()
        .map(|permissions| Target {
            target: permissions.target.as_str().into(),
            permissions: permissions.granted,
            updated: permissions.updated_at.into(),
            form_token: visit.form_token(FORM),
        })
        .collect())
}

impl Json for Target {
    fn write(&self, json: &mut String) {
        object! {
            "target": self.target,
            "permissions": self.permissions,
            "updated_at": self.updated,
        }
        .write(json);
    }
}
