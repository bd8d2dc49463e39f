//! The pages, at the root: where people sign up, sign in, decide and look after what they
//! own.
//!
//! Every page is rendered here and works with scripts off; `www/assets/site.js` only makes
//! it pleasanter. Each page leaves through [`page`], which gives it its headers. What a
//! person decides on is shown whole: who asks, for whom, what it may do and what it may
//! not, until when, and where the browser goes next; the way out comes before the way in.
//!
//! The dashboard's actions answer programs, too: with `Accept: application/json` and a
//! session in `Authorization: Bearer` they are the account API (docs/account-api.md).
//!
//! To add a page: a template in `www/templates`, a file with its view and its handlers
//! here, a line in the table below.

mod assets;
mod consent;
mod cookie;
mod home;
mod next;
mod page;
mod permissions;
mod problem;
mod redirect;
mod time;

use super::{
    Door,
    Method::{Get, Post},
    Route,
};

/// The site.
pub const DOOR: Door = Door {
    prefix: "",
    routes: &[
        Route::front(Get, "/", home::show),
        Route::front(Get, "/consent", consent::show),
        Route::front(Post, "/consent/approve", consent::approve),
        Route::front(Post, "/consent/deny", consent::deny),
        Route::front(Get, "/permissions", permissions::show),
        Route::front(Get, "/health", home::health),
        Route::front(Get, "/robots.txt", home::robots),
    ],
    halted: problem::halted,
    not_found: problem::not_found,
    method_not_allowed: problem::method_not_allowed,
};
