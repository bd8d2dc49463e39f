//! What a person, or their program, reads when there is no page to show.

use alloc::{
    format,
    string::{String, ToString},
};

use askama::Template;
use serde::Serialize;

use super::{
    cookie,
    page::{self, Shell},
};
use crate::{
    authority::{Halt, refusal::Refusal},
    doors::{Request, Response},
};

/// A page that says one thing, and where to go from there.
#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct Message<'a> {
    pub(super) shell: Shell,
    pub(super) title: &'a str,
    pub(super) text: String,
    /// The refusal's stable code; empty when nothing was refused.
    pub(super) code: &'a str,
    pub(super) href: &'a str,
    pub(super) link: &'a str,
}

/// The account API's error body.
#[derive(Serialize)]
struct Error<'a> {
    error: &'a str,
    message: &'a str,
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
            let error = Error {
                error: self.code,
                message: &self.text,
            };
            return page::json(self.status, &error).unwrap_or_else(|_| Response::new(500));
        }
        let signed_in = cookie::session(request).is_some();
        let message = Message {
            shell: Shell {
                development: false,
                signed_in,
            },
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
        page::bare(self.status, &message)
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
    let (status, title) = match refusal {
        Refusal::RateLimited { .. } => (429, "Too many attempts"),
        Refusal::CredentialRejected | Refusal::SignInFailed => (401, "Please sign in"),
        Refusal::NotFound => (404, "Not here"),
        _ => (400, "That did not work"),
    };
    let response = Problem {
        status,
        code: refusal.code(),
        title,
        text: sentence(refusal),
    }
    .answer(request);
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
        Refusal::RateLimited { retry_after } => {
            format!("Please wait {retry_after} seconds, then try again.")
        }
        _ => refusal.message(),
    }
}
