//! The Anexus door: what the published `anexus-sdk` and `anexus-verify` speak.
//!
//! Mounted at `/anexus`, which is what `ANEXUS_BASE_URL` names; the login page that
//! `ANEXUS_AUTH_URL` names belongs to the site, at `/auth`. Answers are JSON, errors too,
//! in the shape that the caller of each path reads: see `errors.rs`. What the protocol
//! leaves open is decided in `docs/anexus.md`.
//!
//! One file for each group of paths. A handler reads the body into a type, calls one
//! function of the authority, and writes a type.

mod agents;
mod calls;
mod codes;
mod device;
mod discovery;
mod errors;
mod sessions;
mod trust;

use super::{Door, Method::Get, Method::Post, Route};
use crate::authority::limits::Limit;

/// The door.
pub static DOOR: Door = Door {
    prefix: "/anexus",
    routes: &[
        Route::account(
            Get,
            "/api/v1/session/check",
            sessions::locate,
            sessions::check,
        ),
        Route::account(
            Post,
            "/api/v1/codes/generate",
            codes::locate,
            codes::generate,
        )
        .limited(&Limit::ADDRESS_CODE),
        Route::front(Post, "/api/v1/codes/verify", codes::verify).limited(&Limit::ADDRESS_CODE),
        Route::front(Post, "/api/v1/agents/register", agents::register),
        Route::account(
            Post,
            "/api/v1/agents/deregister",
            agents::locate,
            agents::deregister,
        ),
        Route::account(
            Post,
            "/api/v1/identity/verify",
            agents::locate,
            agents::verify,
        ),
        Route::front(Post, "/api/v1/device/authorize", device::authorize),
        Route::front(Post, "/api/v1/device/poll", device::poll)
            .limited(&Limit::ADDRESS_DEVICE_POLL),
        Route::front(Get, "/api/v1/discover/agents", discovery::discover)
            .limited(&Limit::ADDRESS_SEARCH),
        Route::account(
            Get,
            "/api/v1/agents/{api_key}/trust",
            trust::locate,
            trust::network,
        ),
        Route::front(Post, "/api/v1/agents/{api_key}/trust/{target}", trust::give),
        Route::front(Post, "/api/v1/call-history/record", calls::record),
    ],
    halted: errors::halted,
    not_found: errors::not_found,
    method_not_allowed: errors::method_not_allowed,
};
