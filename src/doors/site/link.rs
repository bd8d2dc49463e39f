//! Signing in by a mailed link.

use alloc::format;

use askama::Template;

use super::{
    cookie,
    early_form::EarlyForm,
    input,
    next::Next,
    page::{self, Shell},
    problem::Message,
    sign_in::session,
    visit,
};
use crate::{
    authority::{
        Halt, Outcome, World, account::password::Password, across::mail_link, json::object,
        refusal::Refusal,
    },
    doors::{Request, Response, form::Fields},
};

const ASK: &str = "ask for a link";
const FOLLOW: &str = "follow a link";

#[derive(Template)]
#[template(path = "link.html")]
struct Ask<'a> {
    next: Next,
    form_token: &'a str,
    username: &'a str,
    wrong: &'a str,
}

#[derive(Template)]
#[template(path = "link_follow.html")]
struct Follow<'a> {
    form_token: &'a str,
    token: &'a str,
    wrong: &'a str,
    new_password_required: bool,
    shortest: u32,
    longest: u32,
}

/// Without a token the form that asks for a link; with one the button that uses it.
pub(super) fn show(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let fields = input::query(request);
    match fields.get("token") {
        Some(token) => follow_page(world, request, token, None),
        None => ask_page(world, request, &fields, None),
    }
}

pub(super) fn ask(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let fields = input::read(request)?;
    let program = page::wants_json(request);
    let proof = match input::proof(world, request, ASK, &fields) {
        _ if program => None,
        Ok(proof) => Some(proof),
        Err(refusal) => return ask_page(world, request, &fields, Some(&refusal)),
    };
    let next = Next::parse(fields.text("next")).path();
    let login = fields.text("username");
    match mail_link::request(world, login, &next, proof, &input::client(request)) {
        Ok(()) if program => Ok(page::json(202, object! { "sent": true })),
        Ok(()) => {
            let message = Message {
                title: "Look into your mail",
                text: format!(
                    "If there is an account of {login}, a link is on its way to its mail address. \
                     It works once, within 15 minutes. Nothing there? Look among the junk, or ask \
                     again."
                ),
                code: "",
                href: if world.settings.development {
                    "/dev/mail"
                } else {
                    "/sign-in"
                },
                link: if world.settings.development {
                    "Show the mail"
                } else {
                    "Back to the sign-in"
                },
            };
            page::page(
                Shell::new(world.settings, request, message.title),
                200,
                &message,
            )
        }
        Err(Halt::Refused(refusal)) if !program => {
            ask_page(world, request, &fields, Some(&refusal))
        }
        Err(halt) => Err(halt),
    }
}

pub(super) fn follow(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let fields = input::read(request)?;
    let program = page::wants_json(request);
    let token = fields.text("token");
    if !program && let Err(refusal) = input::proof(world, request, FOLLOW, &fields) {
        return follow_page(world, request, token, Some(&refusal));
    }
    let redeemed = new_password(&fields)
        .map_err(Halt::Refused)
        .and_then(|new| {
            let (held, client) = (visit::token(request), input::client(request));
            mail_link::redeem(world, token, held, new, &client)
        });
    match redeemed {
        Ok((signed_in, _)) if program => Ok(page::json(200, session(&signed_in))),
        Ok((signed_in, continuation)) => Ok(page::see_other(Next::parse(&continuation).path())
            .with_header("set-cookie", cookie::set(&signed_in.session_token))),
        Err(Halt::Refused(Refusal::SecretRejected)) if !program => over(world, request),
        Err(Halt::Refused(
            refusal @ (Refusal::InvalidField { .. } | Refusal::NewPasswordRequired),
        )) if !program => follow_page(world, request, token, Some(&refusal)),
        Err(halt) => Err(halt),
    }
}

/// The password that takes the place of a forgotten one, where one was typed.
fn new_password(fields: &Fields) -> Result<Option<Password>, Refusal> {
    match fields.text("new_password") {
        "" => Ok(None),
        text => Password::choose(text).map(Some),
    }
}

fn ask_page(
    world: &World<'_>,
    request: &Request,
    fields: &Fields,
    refusal: Option<&Refusal>,
) -> Outcome<Response> {
    let form = EarlyForm::new(world, request, ASK, refusal);
    let ask = Ask {
        next: Next::parse(fields.text("next")),
        form_token: &form.token,
        username: fields.text("username"),
        wrong: &form.wrong,
    };
    let shell = Shell::new(world.settings, request, "Sign in by mail");
    form.page(None, shell, &ask)
}

fn follow_page(
    world: &World<'_>,
    request: &Request,
    token: &str,
    refusal: Option<&Refusal>,
) -> Outcome<Response> {
    let (held, client) = (visit::token(request), input::client(request));
    let offer = match mail_link::inspect(world, token, held, &client) {
        Err(Halt::Refused(Refusal::SecretRejected)) => return over(world, request),
        offer => offer?,
    };
    let form = EarlyForm::new(world, request, FOLLOW, refusal);
    let follow = Follow {
        form_token: &form.token,
        token,
        wrong: &form.wrong,
        new_password_required: offer.new_password_required,
        shortest: Password::LEAST,
        longest: Password::MOST,
    };
    let shell = Shell::new(world.settings, request, "Finish signing in").bare();
    form.page(None, shell, &follow)
}

fn over(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let message = Message {
        title: "This link is over",
        text: "It was used before, its 15 minutes have passed, or it was not copied whole.".into(),
        code: Refusal::SecretRejected.code(),
        href: "/sign-in/link",
        link: "Ask for a new one",
    };
    page::page(
        Shell::new(world.settings, request, message.title),
        410,
        &message,
    )
}
