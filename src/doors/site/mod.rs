//! The pages, at the root: where people sign up, sign in, decide and look after what they
//! own.
//!
//! Every page is rendered here and works with scripts off; `www/assets/site.js` only makes
//! it pleasanter. Each page leaves through `page.rs`, which gives it its headers. What a
//! person decides on is shown whole: who asks, for whom, what it may do and what it may
//! not, until when, and where the browser goes next; the way out comes before the way in.
//!
//! The dashboard's actions answer programs, too: with `Accept: application/json` and a
//! session in `Authorization: Bearer` they are the account API (docs/account-api.md).
//!
//! To add a page: a template in `www/templates`, a file with its view and its handlers
//! here, a line in the table below.

mod assets;
mod audit;
mod consent;
mod cookie;
mod dashboard;
mod device;
mod early_form;
mod home;
mod input;
mod link;
mod loopback;
mod mail;
mod next;
mod page;
mod permissions;
mod problem;
mod program;
mod redirect;
mod sign_in;
mod sign_up;
mod time;
mod visit;

use dashboard::{agents, codes, keys, log, overview, password, permissions as given, sessions};
use visit::locate;

use super::{
    Door,
    Method::{Get, Post},
    Route,
};
use crate::authority::limits::Limit;

/// The site.
pub const DOOR: Door = Door {
    prefix: "",
    routes: &[
        Route::front(Get, "/", home::show),
        Route::front(Get, "/sign-up", sign_up::show),
        Route::front(Post, "/sign-up", sign_up::submit),
        Route::front(Get, "/sign-in", sign_in::show),
        Route::front(Post, "/sign-in", sign_in::submit),
        Route::front(Get, "/sign-in/link", link::show),
        Route::front(Post, "/sign-in/link", link::ask),
        Route::front(Post, "/sign-in/link/follow", link::follow),
        Route::account(Post, "/sign-out", locate, sign_in::sign_out),
        Route::front(Get, "/auth", loopback::show),
        Route::front(Post, "/auth/login", loopback::sign_in),
        Route::account(Post, "/auth/allow", locate, loopback::allow),
        Route::front(Post, "/auth/deny", loopback::deny),
        Route::account(Get, "/device", locate, device::show),
        Route::account(Post, "/device/approve", locate, device::approve)
            .limited(&Limit::ADDRESS_DEVICE_ENTRY),
        Route::account(Post, "/device/deny", locate, device::deny)
            .limited(&Limit::ADDRESS_DEVICE_ENTRY),
        Route::account(Get, "/dashboard", locate, overview::show),
        Route::account(Get, "/dashboard/password", locate, password::show),
        Route::account(Post, "/dashboard/password", locate, password::change),
        Route::account(Get, "/dashboard/keys", locate, keys::show),
        Route::account(Post, "/dashboard/keys", locate, keys::create),
        Route::account(Post, "/dashboard/keys/{id}/revoke", locate, keys::revoke),
        Route::account(
            Post,
            "/dashboard/keys/{id}/signature",
            locate,
            keys::set_signature,
        ),
        Route::account(Get, "/dashboard/permissions", locate, given::show),
        Route::account(Post, "/dashboard/permissions", locate, given::set),
        Route::account(Get, "/dashboard/agents", locate, agents::show),
        Route::account(
            Post,
            "/dashboard/agents/{id}/remove",
            locate,
            agents::remove,
        ),
        Route::account(Get, "/dashboard/sessions", locate, sessions::show),
        Route::account(
            Post,
            "/dashboard/sessions/end-others",
            locate,
            sessions::end_others,
        ),
        Route::account(Post, "/dashboard/sessions/{id}/end", locate, sessions::end),
        Route::account(Get, "/dashboard/codes", locate, codes::show),
        Route::account(Get, "/dashboard/log", locate, log::show),
        Route::front(Get, "/consent", consent::show),
        Route::front(Post, "/consent/approve", consent::approve).limited(&Limit::ADDRESS_CONSENT),
        Route::front(Post, "/consent/deny", consent::deny).limited(&Limit::ADDRESS_CONSENT),
        Route::front(Get, "/permissions", permissions::show),
        Route::front(Get, "/audit", audit::show),
        Route::account(Post, "/audit", audit::locate, audit::list),
        Route::front(Get, "/dev/mail", mail::show),
        Route::front(Get, "/health", home::health),
        Route::front(Get, "/robots.txt", home::robots),
    ],
    halted: problem::halted,
    not_found: problem::not_found,
    method_not_allowed: problem::method_not_allowed,
};

/// Grantex sections 3 and 13 have two of the pages below the address of that protocol.
pub const CONSENT: Door = Door {
    prefix: "/grantex/consent",
    routes: &[Route::front(Get, "/", consent::show)],
    ..DOOR
};

/// As [`CONSENT`].
pub const PERMISSIONS: Door = Door {
    prefix: "/grantex/permissions",
    routes: &[Route::front(Get, "/", permissions::show)],
    ..DOOR
};
