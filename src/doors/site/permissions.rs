//! What can act for a principal: the page of a session that a developer opened for them.
//!
//! The session's token is in the fragment, which browsers keep to themselves; so it is the
//! page's script that asks the door, and shows the answer.

use askama::Template;

use super::page::{self, Shell};
use crate::{
    authority::{Outcome, World},
    doors::{Request, Response},
};

#[derive(Template)]
#[template(path = "permissions.html")]
struct Permissions {}

pub(super) fn show(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let shell = Shell::new(world.settings, request, "What can act for you").bare();
    page::asking(shell, &Permissions {})
}
