//! The Grantex door and the rules behind it, call by call.

mod api;
mod bench;
mod chains;
mod consent_page;
mod cost;
mod crashes;
mod flow;
mod judge;
mod lists;
mod races;
mod refusals;
mod sweeping;
mod tenancy;
