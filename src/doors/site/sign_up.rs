//! Opening an account.

use alloc::borrow::ToOwned;

use askama::Template;

use super::{
    cookie,
    early_form::EarlyForm,
    input,
    next::Next,
    page::{self, Shell},
};
use crate::{
    authority::{
        Halt, Name, Outcome, World,
        account::password::Password,
        across::sign_up::{self, NewPerson},
        json::object,
        refusal::Refusal,
    },
    doors::{Request, Response, form::Fields},
};

const FORM: &str = "sign up";

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUp<'a> {
    next: Next,
    form_token: &'a str,
    username: &'a str,
    name: &'a str,
    email: &'a str,
    /// The field that is wrong; empty for none.
    at: &'a str,
    wrong: &'a str,
    password_shortest: u32,
    password_longest: u32,
}

pub(super) fn show(world: &World<'_>, request: &Request) -> Outcome<Response> {
    page_for(world, request, &input::query(request), None)
}

pub(super) fn submit(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let fields = input::read(request)?;
    // A program's answer sets no cookie, so nobody can be signed in against their will.
    let program = page::wants_json(request);
    if !program && let Err(refusal) = input::proof(world, request, FORM, &fields) {
        return page_for(world, request, &fields, Some(&refusal));
    }
    let username = fields.text("username");
    let display_name = match fields.text("name").trim() {
        "" => username,
        name => name,
    };
    let person = NewPerson {
        username: username.to_owned(),
        email: fields.text("email").to_owned(),
        display_name: display_name.to_owned(),
        password: fields.text("password").to_owned(),
    };
    match sign_up::sign_up(world, &person, &input::client(request)) {
        Ok(signed_in) if program => Ok(page::json(
            201,
            object! {
                "user_id": signed_in.account.user_id(),
                "username": Name::username(&person.username)?.as_str(),
                "email": Name::email(&person.email)?.as_str(),
                "session_token": signed_in.session_token,
            },
        )),
        Ok(signed_in) => Ok(page::see_other(Next::parse(fields.text("next")).path())
            .with_header("set-cookie", cookie::set(&signed_in.session_token))),
        Err(Halt::Refused(refusal)) if !program => {
            page_for(world, request, &fields, Some(&refusal))
        }
        Err(halt) => Err(halt),
    }
}

fn page_for(
    world: &World<'_>,
    request: &Request,
    fields: &Fields,
    refusal: Option<&Refusal>,
) -> Outcome<Response> {
    let at = match refusal {
        Some(Refusal::InvalidField { field, .. }) => field.code(),
        Some(Refusal::NameTaken { kind }) => kind.as_str(),
        _ => "",
    };
    let form = EarlyForm::new(world, request, FORM, refusal);
    let sign_up = SignUp {
        next: Next::parse(fields.text("next")),
        form_token: &form.token,
        username: fields.text("username"),
        name: fields.text("name"),
        email: fields.text("email"),
        at,
        wrong: &form.wrong,
        password_shortest: Password::LEAST,
        password_longest: Password::MOST,
    };
    let shell = Shell::new(world.settings, request, "Create an account");
    form.page(None, shell, &sign_up)
}
