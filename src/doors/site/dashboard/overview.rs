//! The first page: who one is here, and the ways on.

use alloc::string::String;

use askama::Template;

use super::super::{page, visit};
use crate::{
    authority::{
        Outcome,
        account::{
            Account,
            person::{self, Profile},
        },
        iso8601,
        json::object,
    },
    doors::{Request, Response},
};

#[derive(Template)]
#[template(path = "dashboard/overview.html")]
struct Overview {
    me: Profile,
    origin: String,
}

pub(in super::super) fn show(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        let me = person::profile(account)?;
        if visit.wants_json() {
            let body = object! {
                "user_id": me.user_id,
                "username": me.username,
                "name": me.display_name,
                "email": me.email,
                "email_verified": me.email_verified,
                "created_at": iso8601::format(me.created_at),
            };
            return Ok(page::json(200, body));
        }
        visit.page(
            200,
            visit.shell("Dashboard").at("/dashboard"),
            &Overview {
                me,
                origin: account.world.settings.public_origin.clone(),
            },
        )
    })
}
