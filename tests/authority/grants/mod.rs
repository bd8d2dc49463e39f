//! The Grantex door and the rules behind it, call by call.

mod api;
mod flow;
