//! The first page: who one is here, and the ways on.

use alloc::string::String;

use askama::Template;
use serde::Serialize;

use super::super::{page, visit};
use crate::{
    authority::{
        Outcome,
        account::{Account, person},
        iso8601,
    },
    doors::{Request, Response},
};

#[derive(Template)]
#[template(path = "dashboard/overview.html")]
struct Overview {
    me: Me,
    origin: String,
}

#[derive(Serialize)]
struct Me {
    user_id: String,
    username: String,
    name: String,
    email: String,
    email_verified: bool,
    created_at: String,
}

pub(in super::super) fn show(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        let profile = person::profile(account)?;
        let me = Me {
            user_id: profile.user_id,
            username: profile.username,
            name: profile.display_name,
            email: profile.email,
            email_verified: profile.email_verified,
            created_at: iso8601::format(profile.created_at),
        };
        if visit.wants_json() {
            return page::json(200, &me);
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
