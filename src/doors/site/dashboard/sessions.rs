//! Where a person is signed in.

use alloc::{string::String, vec::Vec};

use askama::Template;
use serde::Serialize;

use super::super::{
    cookie, page, program,
    time::Moment,
    visit::{self, Visit},
};
use crate::{
    authority::{
        Outcome,
        account::{Account, session},
        iso8601,
    },
    doors::{Request, Response, json::object},
};

const PATH: &str = "/dashboard/sessions";
const END: &str = "end session";
const END_OTHERS: &str = "end other sessions";

#[derive(Template)]
#[template(path = "dashboard/sessions.html")]
struct Sessions<'a> {
    sessions: Vec<Session>,
    wrong: &'a str,
    others_token: String,
}

#[derive(Serialize)]
struct Session {
    id: String,
    current: bool,
    program: String,
    /// The program in a few words.
    #[serde(skip)]
    name: String,
    address: String,
    created_at: String,
    seen_at: String,
    expires_at: String,
    #[serde(skip)]
    created: Moment,
    #[serde(skip)]
    seen: Moment,
    #[serde(skip)]
    form_token: String,
}

pub(in super::super) fn show(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        if visit.wants_json() {
            return page::json(200, &object! { "sessions": sessions(visit)? });
        }
        page_for(visit, 200, "")
    })
}

pub(in super::super) fn end(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        let id = request.parameter(0);
        let outcome = visit.check(END).and_then(|()| {
            session::end(account, id, &visit.client())?;
            Ok(object! { "id": id, "ended": true })
        });
        let is_own = outcome.is_ok() && id == visit.session.id && !visit.wants_json();
        let answer = visit.done(outcome, PATH, &|status, wrong| {
            page_for(visit, status, wrong)
        });
        match answer {
            Ok(_) if is_own => Ok(page::see_other("/").with_header("set-cookie", cookie::clear())),
            answer => answer,
        }
    })
}

pub(in super::super) fn end_others(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        let outcome = visit.check(END_OTHERS).and_then(|()| {
            let ended = session::end_others(account, &visit.session, &visit.client())?;
            Ok(object! { "ended": ended })
        });
        visit.done(outcome, PATH, &|status, wrong| {
            page_for(visit, status, wrong)
        })
    })
}

fn page_for(visit: &Visit<'_>, status: u16, wrong: &str) -> Outcome<Response> {
    visit.page(
        status,
        visit.shell("Sessions").at(PATH),
        &Sessions {
            sessions: sessions(visit)?,
            wrong,
            others_token: visit.form_token(END_OTHERS),
        },
    )
}

fn sessions(visit: &Visit<'_>) -> Outcome<Vec<Session>> {
    Ok(session::list(visit.account)?
        .into_iter()
        .map(|session| Session {
            current: session.id == visit.session.id,
            id: session.id,
            name: program::name(&session.user_agent),
            program: session.user_agent,
            address: session.address,
            created_at: iso8601::format(session.created_at),
            seen_at: iso8601::format(session.seen_at),
            expires_at: iso8601::format(session.expires_at),
            created: session.created_at.into(),
            seen: session.seen_at.into(),
            form_token: visit.form_token(END),
        })
        .collect())
}
