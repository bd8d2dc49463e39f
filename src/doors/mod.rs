//! HTTP in, HTTP out: one folder for each protocol, mounted under its own prefix.
//!
//! A door translates; it decides nothing, and it knows no other door. Its routing table
//! stands in its `mod.rs`, readable on one screen. Each route says where it runs: a
//! [`Handler::Front`] runs anywhere and asks the places it needs; a [`Handler::Account`]
//! runs inside the account that the request names, on that account's database, in one
//! transaction. Each door owns its error bodies, its 404 and its rate-limit headers.

pub mod anexus;
pub mod form;
pub mod grantex;
mod http;
mod json;
mod key_set;
pub mod operator;
mod percent;
mod plain;
mod route;
pub mod site;
pub mod well_known;

pub use http::{Client, Method, Request, Response};
pub use route::{Door, Handler, Matched, Route, find};

/// Every door, longest prefix first; the site at the root is the last.
pub const DOORS: &[&Door] = &[
    &anexus::DOOR,
    &site::CONSENT,
    &site::PERMISSIONS,
    &grantex::DOOR,
    &well_known::DOOR,
    &operator::DOOR,
    &site::DOOR,
];
