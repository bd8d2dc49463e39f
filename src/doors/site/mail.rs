//! The mail that a development deployment shows instead of sending it.

use alloc::{string::String, vec::Vec};

use askama::Template;

use super::{
    page::{self, Shell},
    problem,
    time::Moment,
};
use crate::{
    authority::{
        Halt, Outcome, World,
        across::mail,
        json::{Json, object},
        refusal::Refusal,
    },
    doors::{Request, Response},
};

#[derive(Template)]
#[template(path = "mail.html")]
struct Mails {
    mails: Vec<Shown>,
}

struct Shown {
    to: String,
    subject: String,
    text: String,
    /// The link in the text; empty for none.
    link: String,
    at: Moment,
}

pub(super) fn show(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let mails: Vec<Shown> = match mail::shown(world) {
        Ok(mails) => mails
            .into_iter()
            .map(|shown| Shown {
                link: link(&shown.mail.text, &world.settings.public_origin),
                to: shown.mail.to,
                subject: shown.mail.subject,
                text: shown.mail.text,
                at: shown.at.into(),
            })
            .collect(),
        // Elsewhere there is no such page.
        Err(Halt::Refused(Refusal::DevelopmentOnly)) => return Ok(problem::not_found(request)),
        Err(halt) => return Err(halt),
    };
    if page::wants_json(request) {
        return Ok(page::json(200, object! { "mails": mails }));
    }
    let shell = Shell::new(world.settings, request, "Mail");
    page::page(shell, 200, &Mails { mails })
}

impl Json for Shown {
    fn write(&self, json: &mut String) {
        let Self {
            to,
            subject,
            text,
            link,
            at: _,
        } = self;
        object! { "to": to, "subject": subject, "text": text, "link": link }.write(json);
    }
}

/// The first line that is an address of ours, as a path.
fn link(text: &str, origin: &str) -> String {
    text.lines()
        .find_map(|line| {
            line.strip_prefix(origin)
                .filter(|path| path.starts_with('/'))
        })
        .unwrap_or_default()
        .into()
}
