//! The front page, and two small answers for machines.

use askama::Template;

use super::page::{self, Shell};
use crate::{
    authority::{Outcome, World, json::object},
    doors::{Request, Response},
};

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    signed_in: bool,
    origin: &'a str,
}

pub(super) fn show(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let shell = Shell::new(
        world.settings,
        request,
        "Let an agent act, and let others check it",
    );
    let home = Home {
        signed_in: shell.signed_in(),
        origin: &world.settings.public_origin,
    };
    page::public(shell, &home)
}

pub(super) fn health(_: &World<'_>, _: &Request) -> Outcome<Response> {
    Ok(page::json(200, object! { "status": "ok" }))
}

// RFC 9309: nothing behind the front page is for crawlers.
pub(super) fn robots(_: &World<'_>, _: &Request) -> Outcome<Response> {
    Ok(Response::new(200)
        .with_body(
            "text/plain; charset=utf-8",
            "User-agent: *\nAllow: /$\nDisallow: /\n",
        )
        .with_header("cache-control", "public, max-age=86400"))
}
