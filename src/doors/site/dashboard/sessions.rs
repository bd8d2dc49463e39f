//! Where a person is signed in.

use alloc::{string::String, vec::Vec};

use askama::Template;

use super::super::{
    cookie, page, program,
    time::Moment,
    visit::{self, Visit},
};
use crate::{
    authority::{
        Outcome,
        account::{Account, session},
        json::{Json, object},
    },
    doors::{Request, Response},
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

struct Session {
    id: String,
    current: bool,
    program: String,
    /// The program in a few words.
    name: String,
    address: String,
    created: Moment,
    seen: Moment,
    expires: Moment,
    form_token: String,
}

pub(in super::super) fn show(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        if visit.wants_json() {
            return Ok(page::json(200, object! { "sessions": sessions(visit)? }));
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
            let ended = session::end_others(account, &visit.session.hash, &visit.client())?;
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
            created: session.created_at.into(),
            seen: session.seen_at.into(),
            expires: session.expires_at.into(),
            form_token: visit.form_token(END),
        })
        .collect())
}

impl Json for Session {
    fn write(&self, json: &mut String) {
        object! {
            "id": self.id,
            "current": self.current,
            "program": self.program,
            "address": self.address,
            "created_at": self.created,
            "seen_at": self.seen,
            "expires_at": self.expires,
        }
        .write(json);
    }
}
