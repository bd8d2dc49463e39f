//! Every rule natively, on SQLite in memory: alone, racing, and with answers that get lost.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod agents;
mod anexus;
mod codes;
mod device;
mod exactly_once;
mod exactly_once_rule;
mod grants;
mod house;
mod mail_link;
mod migrations;
mod people;
mod sign_in;
mod sign_up;
