//! A program on this computer asks for a session of its person.
//!
//! The browser goes back to the program with one plain redirect: the program answers one
//! request, whichever comes first, and is gone.

use alloc::string::String;

use askama::Template;

use super::{
    cookie,
    early_form::EarlyForm,
    input,
    next::Next,
    page::{self, Shell},
    program,
    redirect::Loopback,
    visit,
};
use crate::{
    authority::{
        Client, Halt, Outcome, Place, World,
        account::{Account, form_token, password::Password, person::Identify, session},
        across::sign_in,
        credential::{Credential, CredentialKind},
        json::object,
        refusal::Refusal,
    },
    doors::{Request, Response, form::Fields},
};

const FORM: &str = "local program";

#[derive(Template)]
#[template(path = "loopback.html")]
struct Ask<'a> {
    redirect: Loopback,
    next: Next,
    /// Who is signed in, where somebody is.
    who: Option<String>,
    form_token: &'a str,
    username: &'a str,
    wrong: &'a str,
    lifetime_days: i64,
    password_longest: u32,
}

#[derive(Template)]
#[template(path = "loopback_refused.html")]
struct Refused<'a> {
    given: &'a str,
    origin: &'a str,
}

pub(super) fn show(world: &World<'_>, request: &Request) -> Outcome<Response> {
    page_for(world, request, &input::query(request), None)
}

/// By password. The session is the program's; the browser keeps none.
pub(super) fn sign_in(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let fields = input::read(request)?;
    let Some(redirect) = Loopback::parse(fields.text("redirect")) else {
        return refused(world, request, fields.text("redirect"));
    };
    let program = page::wants_json(request);
    let proof = match input::proof(world, request, FORM, &fields) {
        _ if program => None,
        Ok(proof) => Some(proof),
        Err(refusal) => return page_for(world, request, &fields, Some(&refusal)),
    };
    let (login, password) = (fields.text("username"), fields.text("password"));
    match sign_in::with_password(world, login, password, proof, &client(redirect, request)) {
        Ok(signed_in) => {
            let location = redirect.with_session(&signed_in.session_token);
            if program {
                return Ok(page::json(
                    200,
                    object! {
                        "user_id": signed_in.account.user_id(),
                        "session_token": signed_in.session_token,
                        "location": location,
                    },
                ));
            }
            Ok(page::see_other(location))
        }
        Err(Halt::Refused(refusal)) if !program => {
            page_for(world, request, &fields, Some(&refusal))
        }
        Err(halt) => Err(halt),
    }
}

/// By the word of whoever is signed in already.
pub(super) fn allow(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        let world = account.world;
        let given = visit.fields.text("redirect");
        let Some(redirect) = Loopback::parse(given) else {
            return refused(world, request, given);
        };
        let decided = input::proof(world, request, FORM, &visit.fields)
            .map_err(Halt::Refused)
            .and_then(|proof| form_token::spend(account, &proof));
        match decided {
            Ok(()) => {}
            Err(Halt::Refused(_)) => {
                return Ok(page::see_other(Next::Loopback(redirect).path()));
            }
            Err(halt) => return Err(halt),
        }
        let token = Credential::mint(world, CredentialKind::Session, account.id);
        let client = client(redirect, request);
        session::open(account, &token.hash(), &client, "let in by a session")?;
        Ok(page::see_other(redirect.with_session(token.reveal())))
    })
}

/// The person says no, and the program learns it at once.
pub(super) fn deny(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let fields = input::read(request)?;
    let Some(redirect) = Loopback::parse(fields.text("redirect")) else {
        return refused(world, request, fields.text("redirect"));
    };
    match input::proof(world, request, FORM, &fields) {
        Ok(_) => Ok(page::see_other(redirect.denied())),
        Err(refusal) => page_for(world, request, &fields, Some(&refusal)),
    }
}

/// What the person's list of sessions calls the program.
fn client(redirect: Loopback, request: &Request) -> Client {
    let browser = request.header("user-agent").unwrap_or_default();
    Client::new(
        &request.client.address,
        &program::local(redirect.port(), browser),
    )
}

fn page_for(
    world: &World<'_>,
    request: &Request,
    fields: &Fields,
    refusal: Option<&Refusal>,
) -> Outcome<Response> {
    let given = fields.text("redirect");
    let Some(redirect) = Loopback::parse(given) else {
        return refused(world, request, given);
    };
    let who = match fields.get("other") {
        Some(_) => None,
        None => who(world, request)?,
    };
    let form = EarlyForm::new(world, request, FORM, refusal);
    let ask = Ask {
        redirect,
        next: Next::Loopback(redirect),
        who,
        form_token: &form.token,
        username: fields.text("username"),
        wrong: &form.wrong,
        lifetime_days: session::LIFETIME / (24 * 60 * 60 * 1000),
        password_longest: Password::MOST,
    };
    let shell = Shell::new(world.settings, request, "A program asks to act for you").bare();
    form.page(Some(&redirect.form_action()), shell, &ask)
}

/// The user name of whoever is signed in in this browser.
fn who(world: &World<'_>, request: &Request) -> Outcome<Option<String>> {
    let Some(token) = cookie::session(request) else {
        return Ok(None);
    };
    let Ok(credential) = Credential::parse(CredentialKind::Session, token) else {
        return Ok(None);
    };
    let question = Identify {
        session: credential.hash(),
    };
    match world.ask(Place::Account(credential.account()), question) {
        // The public id comes first, then the name that they signed up with.
        Ok(principal) => Ok(principal.known_as.into_iter().nth(1)),
        Err(Halt::Refused(_)) => Ok(None),
        Err(halt) => Err(halt),
    }
}

fn refused(world: &World<'_>, request: &Request, given: &str) -> Outcome<Response> {
    let refused = Refused {
        given,
        origin: &world.settings.public_origin,
    };
    let shell = Shell::new(
        world.settings,
        request,
        "This address is not on your computer",
    );
    page::page(shell, 400, &refused)
}
