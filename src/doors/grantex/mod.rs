//! The Grantex door: what the published `grantex` packages speak.
//!
//! Mounted at `/grantex`, which is what their `base_url` names. Bodies are camelCase JSON in
//! both spellings that clients of different generations read (`id` beside `agentId`).
//! Errors are `{message, code, reason, requestId}`. What the protocol leaves open is decided in
//! `docs/grantex.md`.
//!
//! A developer's API key names their account, and the route runs there. One file for each
//! group of paths: it reads the body into a type, calls the authority, and writes a type.

mod agents;
mod audit;
mod authorize;
mod consent;
mod developers;
mod errors;
mod grants;
mod principal;
mod public;
mod session;
mod tokens;
mod values;

use super::{
    Door,
    Method::{Delete, Get, Options, Patch, Post},
    Route,
};
use crate::authority::limits::Limit;
use session::by_key;

/// The door.
pub static DOOR: Door = Door {
    prefix: "/grantex",
    routes: &[
        Route::front(Get, "/health", public::health),
        Route::front(Get, "/.well-known/jwks.json", public::jwks).unlimited(),
        Route::account(
            Get,
            "/status/{account}/{number}",
            public::locate_list,
            public::status_list,
        ),
        Route::front(Options, "/.well-known/jwks.json", public::preflight),
        Route::front(Options, "/status/{account}/{number}", public::preflight),
        Route::front(Post, "/v1/signup", developers::sign_up),
        Route::account(Post, "/v1/keys/rotate", by_key, developers::rotate_key),
        Route::account(Get, "/v1/me", by_key, developers::me),
        Route::account(Patch, "/v1/me", by_key, developers::change),
        Route::account(Post, "/v1/agents", by_key, agents::register),
        Route::account(Get, "/v1/agents", by_key, agents::list),
        Route::account(Get, "/v1/agents/{id}", by_key, agents::get),
        Route::account(Post, "/v1/agents/{id}", by_key, agents::change),
        Route::account(Patch, "/v1/agents/{id}", by_key, agents::change),
        Route::account(Delete, "/v1/agents/{id}", by_key, agents::delete),
        Route::account(Post, "/v1/authorize", by_key, authorize::authorize),
        Route::account(Get, "/v1/consent/{id}", consent::locate, consent::describe),
        Route::front(Post, "/v1/consent/{id}/approve", consent::approve)
            .limited(&Limit::ADDRESS_CONSENT),
        Route::front(Post, "/v1/consent/{id}/deny", consent::deny).limited(&Limit::ADDRESS_CONSENT),
        Route::account(Post, "/v1/token", by_key, tokens::exchange),
        Route::account(Post, "/v1/token/refresh", by_key, tokens::refresh),
        Route::account(Post, "/v1/tokens/verify", by_key, tokens::verify),
        Route::account(Post, "/v1/tokens/revoke", by_key, tokens::revoke),
        Route::account(Get, "/v1/revocations/status", by_key, tokens::standing),
        Route::account(Get, "/v1/grants", by_key, grants::list),
        Route::account(Post, "/v1/grants/delegate", by_key, grants::delegate),
        Route::account(Post, "/v1/grants/verify", by_key, grants::verify),
        Route::account(Get, "/v1/grants/{id}", by_key, grants::get),
        Route::account(Delete, "/v1/grants/{id}", by_key, grants::revoke),
        Route::account(Post, "/v1/audit/log", by_key, audit::log),
        Route::account(Get, "/v1/audit/entries", by_key, audit::entries),
        Route::account(Get, "/v1/audit/{id}", by_key, audit::get),
        Route::account(Post, "/v1/principal-sessions", by_key, principal::open),
        Route::account(
            Get,
            "/v1/principal/grants",
            principal::locate,
            principal::grants,
        ),
        Route::account(
            Delete,
            "/v1/principal/grants/{id}",
            principal::locate,
            principal::revoke,
        ),
        Route::account(
            Get,
            "/v1/principal/audit",
            principal::locate,
            principal::audit,
        ),
    ],
    halted: errors::halted,
    not_found: errors::not_found,
    method_not_allowed: errors::method_not_allowed,
};
