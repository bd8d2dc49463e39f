//! An agent on a machine without a browser asks to be let in.

use alloc::{format, string::String};

use askama::Template;

use super::{
    next::tidy,
    problem::{self, Message},
    time::Moment,
    visit::{self, Visit},
};
use crate::{
    authority::{
        Halt, Outcome,
        account::{Account, person},
        across::device,
        json::object,
        refusal::Refusal,
    },
    doors::{Request, Response},
};

const FORM: &str = "device";

#[derive(Template)]
#[template(path = "device.html")]
struct Enter<'a> {
    code: &'a str,
    wrong: &'a str,
}

#[derive(Template)]
#[template(path = "device_decide.html")]
struct Decide<'a> {
    agent: &'a str,
    who: &'a str,
    code: &'a str,
    /// Where the agent asked from, as the network says; empty when unknown.
    from: &'a str,
    asked_at: Moment,
    decide_by: Moment,
    form_token: String,
}

pub(super) fn show(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        let code = tidy(visit.fields.text("code"));
        if code.is_empty() {
            return enter(visit, "", None);
        }
        let asked = match device::describe(account, &code) {
            Ok(asked) => asked,
            Err(Halt::Refused(refusal)) => return enter(visit, &code, Some(&refusal)),
            Err(halt) => return Err(halt),
        };
        let from = match (asked.country.as_str(), asked.region.as_str()) {
            ("", _) => String::new(),
            (country, "") => country.into(),
            (country, region) => format!("{country}/{region}"),
        };
        let decide = Decide {
            agent: &asked.name,
            who: &person::profile(account)?.username,
            code: &written(&code),
            from: &from,
            asked_at: asked.requested_at.into(),
            decide_by: asked.expires_at.into(),
            form_token: visit.form_token(FORM),
        };
        let shell = visit.shell("An agent asks to be connected").bare();
        visit.page(200, shell, &decide)
    })
}

pub(super) fn approve(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    decide(account, request, true)
}

pub(super) fn deny(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    decide(account, request, false)
}

fn decide(account: &Account<'_>, request: &Request, approved: bool) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        let code = tidy(visit.fields.text("code"));
        let decided = visit
            .check(FORM)
            .and_then(|()| device::decide(account, &code, approved, &visit.client().address));
        let asked = match decided {
            Ok(asked) => asked,
            Err(Halt::Refused(refusal)) if !visit.wants_json() => {
                return enter(visit, &code, Some(&refusal));
            }
            Err(halt) => return Err(halt),
        };
        if visit.wants_json() {
            let status = if approved { "approved" } else { "denied" };
            return Ok(super::page::json(200, object! { "status": status }));
        }
        let (title, text) = if approved {
            (
                "Approved",
                format!(
                    "{} is connected within a few seconds. You can close this page.",
                    asked.name
                ),
            )
        } else {
            ("Denied", format!("{} gets nothing.", asked.name))
        };
        let message = Message {
            title,
            text,
            code: "",
            href: "/dashboard/agents",
            link: "Your agents",
        };
        visit.page(200, visit.shell(title), &message)
    })
}

fn enter(visit: &Visit<'_>, code: &str, refusal: Option<&Refusal>) -> Outcome<Response> {
    let wrong = match refusal {
        Some(Refusal::SecretRejected) => {
            "Nothing waits under this code. Codes live for ten minutes; has it been mistyped?"
                .into()
        }
        Some(refusal) => problem::sentence(refusal),
        None => String::new(),
    };
    let page = Enter {
        code: &written(code),
        wrong: &wrong,
    };
    let response = visit.page(
        refusal.map_or(200, problem::status),
        visit.shell("Connect an agent"),
        &page,
    )?;
    Ok(match refusal {
        Some(refusal) => problem::with_retry_after(response, refusal),
        None => response,
    })
}

/// A code as its device shows it.
fn written(code: &str) -> String {
    match code.split_at_checked(4) {
        Some((first, rest)) if !rest.is_empty() => format!("{first}-{rest}"),
        _ => code.into(),
    }
}
