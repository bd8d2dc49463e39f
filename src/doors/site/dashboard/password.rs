//! Changing the password.

use alloc::string::String;

use askama::Template;

use super::super::{
    page,
    problem::{self, Message},
    visit::{self, Visit},
};
use crate::{
    authority::{
        Halt, Outcome,
        account::{
            Account,
            password::Password,
            person::{self, Profile},
        },
        json::object,
        refusal::Refusal,
    },
    doors::{Request, Response},
};

const TITLE: &str = "Change your password";
const FORM: &str = "change password";

#[derive(Template)]
#[template(path = "dashboard/password.html")]
struct Page<'a> {
    me: Profile,
    wrong: &'a str,
    form_token: String,
    shortest: u32,
    longest: u32,
}

pub(in super::super) fn show(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| page_for(visit, None))
}

pub(in super::super) fn change(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        let changed = visit.check(FORM).and_then(|()| {
            let new = Password::choose(visit.fields.text("new_password"))?;
            let old = Password::attempt(visit.fields.text("password"))?;
            person::change_password(account, &visit.session, &old, &new, &visit.client())
        });
        match changed {
            Ok(()) if visit.wants_json() => Ok(page::json(200, object! { "changed": true })),
            Ok(()) => {
                let message = Message {
                    title: "Your password is changed",
                    text: "You stay signed in here. Every other session has ended.".into(),
                    code: "",
                    href: "/dashboard",
                    link: "To your dashboard",
                };
                visit.page(200, visit.shell(message.title), &message)
            }
            Err(Halt::Refused(refusal)) if !visit.wants_json() => page_for(visit, Some(&refusal)),
            Err(halt) => Err(halt),
        }
    })
}

fn page_for(visit: &Visit<'_>, refusal: Option<&Refusal>) -> Outcome<Response> {
    let wrong = match refusal {
        Some(Refusal::SignInFailed) => "The present password is wrong.".into(),
        refusal => refusal.map(problem::sentence).unwrap_or_default(),
    };
    let page = Page {
        me: person::profile(visit.account)?,
        wrong: &wrong,
        form_token: visit.form_token(FORM),
        shortest: Password::LEAST,
        longest: Password::MOST,
    };
    let status = refusal.map_or(200, problem::status);
    let response = visit.page(status, visit.shell(TITLE).at("/dashboard"), &page)?;
    Ok(match refusal {
        Some(refusal) => problem::with_retry_after(response, refusal),
        None => response,
    })
}
