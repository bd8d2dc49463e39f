//! What a person, or their program, reads when there is no page to show.

use alloc::{
    format,
    string::{String, ToString},
};

use askama::Template;

use super::{
    cookie,
    page::{self, Shell},
};
use crate::{
    authority::{
        Halt,
        json::object,
        refusal::{MalformedBody, Refusal},
    },
    doors::{Request, Response},
};

/// A page that says one thing, and where to go from there.
#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct Message<'a> {
    pub(super) title: &'a str,
    pub(super) text: String,
    /// The refusal's stable code; empty when nothing was refused.
    pub(super) code: &'a str,
    pub(super) href: &'a str,
    pub(super) link: &'a str,
}

/// What we say about a problem.
struct Problem<'a> {
    status: u16,
    code: &'a str,
    title: &'a str,
    text: String,
}

impl Problem<'_> {
    fn answer(self, request: &Request) -> Response {
        if page::wants_json(request) {
            let error = object! { "error": self.code, "message": self.text };
            return page::json(self.status, error);
        }
        let title = String::from(self.title).into();
        let signed_in = cookie::session(request).is_some();
        let message = Message {
            title: self.title,
            text: self.text,
            code: self.code,
            href: if signed_in { "/dashboard" } else { "/" },
            link: if signed_in {
                "To your dashboard"
            } else {
                "To the start page"
            },
        };
        page::bare(Shell::unset(request, title), self.status, &message)
    }
}

pub(super) fn not_found(request: &Request) -> Response {
    Problem {
        status: 404,
        code: "not_found",
        title: "There is no such page",
        text: "Nothing is at this address. It may have been mistyped.".into(),
    }
    .answer(request)
}

pub(super) fn method_not_allowed(request: &Request, allow: &str) -> Response {
    Problem {
        status: 405,
        code: "method_not_allowed",
        title: "That cannot be done here",
        text: format!("This address answers {allow} alone."),
    }
    .answer(request)
    .with_header("allow", allow)
}

pub(super) fn halted(request: &Request, halt: &Halt) -> Response {
    match halt {
        Halt::Refused(refusal) => refused(request, refusal),
        Halt::Needs(_) | Halt::Fault(_) => Problem {
            status: 500,
            code: "internal_error",
            title: "Something went wrong on our side",
            text: "Nothing was changed. Please try again in a moment.".into(),
        }
        .answer(request),
    }
}

/// The answer to a refusal that has no page of its own.
pub(super) fn refused(request: &Request, refusal: &Refusal) -> Response {
    let title = match refusal {
        Refusal::RateLimited { .. } => "Too many attempts",
        Refusal::CredentialRejected | Refusal::SignInFailed => "Please sign in",
        Refusal::NotFound => "Not here",
        Refusal::MalformedBody(MalformedBody::Form) => "That could not be read",
        _ => "That did not work",
    };
    let response = Problem {
        status: status(refusal),
        code: refusal.code(),
        title,
        text: match refusal {
            // A program knows the member by its name.
            Refusal::InvalidField { .. } if page::wants_json(request) => refusal.message(),
            _ => sentence(refusal),
        },
    }
    .answer(request);
    with_retry_after(response, refusal)
}

/// The status of an answer that tells of a refusal.
pub(super) fn status(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::RateLimited { .. } => 429,
        Refusal::CredentialRejected | Refusal::SignInFailed => 401,
        Refusal::FormRejected | Refusal::DevelopmentOnly => 403,
        Refusal::NotFound => 404,
        Refusal::NameTaken { .. } | Refusal::TooMany { .. } => 409,
        Refusal::Gone => 410,
        Refusal::MalformedBody(MalformedBody::TooLong { .. }) => 413,
        _ => 400,
    }
}

/// RFC 6585 section 4: how long to wait.
pub(super) fn with_retry_after(response: Response, refusal: &Refusal) -> Response {
    match refusal {
        Refusal::RateLimited { retry_after } => {
            response.with_header("retry-after", retry_after.to_string())
        }
        _ => response,
    }
}

/// A refusal in a sentence for the person who caused it.
pub(super) fn sentence(refusal: &Refusal) -> String {
    match refusal {
        Refusal::RateLimited { retry_after } if *retry_after >= 120 => {
            format!(
                "Too many attempts. Please wait {} minutes, then try again.",
                retry_after.div_ceil(60)
            )
        }
        Refusal::RateLimited { retry_after } => {
            format!("Too many attempts. Please wait {retry_after} seconds, then try again.")
        }
        Refusal::FormRejected => {
            "This page had grown old, or was sent before. Look at it again, then send it once more."
                .into()
        }
        Refusal::InvalidField { field, .. } => {
            let name = field.code();
            refusal.message().replacen(name, &label(name), 1)
        }
        _ => refusal.message(),
    }
}

/// A field's name as a form writes it: `display_name` as `Display name`.
fn label(name: &str) -> String {
    let (initial, rest) = name.split_at_checked(1).unwrap_or_default();
    initial.to_ascii_uppercase() + &rest.replace('_', " ")
}
