//! Signing in by password, and signing out.

use askama::Template;

use super::{
    cookie,
    early_form::EarlyForm,
    input,
    next::Next,
    page::{self, Shell},
    visit::{self, SIGN_OUT},
};
use crate::{
    authority::{
        Halt, Outcome, World,
        account::{Account, password::Password, session},
        across::{SignedIn, sign_in},
        json::{Written, object},
        refusal::Refusal,
    },
    doors::{Request, Response, form::Fields},
};

const FORM: &str = "sign in";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    next: Next,
    form_token: &'a str,
    username: &'a str,
    wrong: &'a str,
    password_longest: u32,
}

/// The account API's answer to a sign-in.
pub(super) fn session(signed_in: &SignedIn) -> Written {
    object! {
        "user_id": signed_in.account.user_id(),
        "session_token": signed_in.session_token,
    }
}

pub(super) fn show(world: &World<'_>, request: &Request) -> Outcome<Response> {
    page_for(world, request, &input::query(request), None)
}

pub(super) fn submit(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let fields = input::read(request)?;
    // A program's answer sets no cookie, so nobody can be signed in against their will.
    let program = page::wants_json(request);
    let proof = match input::proof(world, request, FORM, &fields) {
        _ if program => None,
        Ok(proof) => Some(proof),
        Err(refusal) => return page_for(world, request, &fields, Some(&refusal)),
    };
    let (login, password) = (fields.text("username"), fields.text("password"));
    match sign_in::with_password(world, login, password, proof, &input::client(request)) {
        Ok(signed_in) if program => Ok(page::json(200, self::session(&signed_in))),
        Ok(signed_in) => Ok(page::see_other(Next::parse(fields.text("next")).path())
            .with_header("set-cookie", cookie::set(&signed_in.session_token))),
        Err(Halt::Refused(refusal)) if !program => {
            page_for(world, request, &fields, Some(&refusal))
        }
        Err(halt) => Err(halt),
    }
}

pub(super) fn sign_out(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        visit.check(SIGN_OUT)?;
        session::sign_out(account, visit::token(request), &visit.client())?;
        if visit.wants_json() {
            return Ok(page::json(200, object! { "signed_out": true }));
        }
        Ok(page::see_other("/").with_header("set-cookie", cookie::clear()))
    })
}

fn page_for(
    world: &World<'_>,
    request: &Request,
    fields: &Fields,
    refusal: Option<&Refusal>,
) -> Outcome<Response> {
    let form = EarlyForm::new(world, request, FORM, refusal);
    let sign_in = SignIn {
        next: Next::parse(fields.text("next")),
        form_token: &form.token,
        username: fields.text("username"),
        wrong: &form.wrong,
        password_longest: Password::MOST,
    };
    let shell = Shell::new(world.settings, request, "Sign in");
    form.page(None, shell, &sign_in)
}
