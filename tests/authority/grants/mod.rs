//! The Grantex door and the rules behind it, call by call.

mod api;
mod chains;
mod consent_page;
mod cost;
mod flow;
mod lists;
mod races;
mod refusals;
mod sweeping;
mod tenancy;
