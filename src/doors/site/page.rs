//! How a page leaves: rendered, with the headers that keep it to itself.

use alloc::{borrow::Cow, format, string::String};

use askama::{DynTemplate, Template};

use super::cookie;
use crate::{
    authority::{Fault, Outcome, Settings, json::Written},
    doors::{Request, Response, json},
};

/// The frame around every page, and what it shows.
#[derive(Debug, Clone, Default)]
pub(super) struct Shell {
    title: Cow<'static, str>,
    /// Which of a person's own pages it is, by path; empty for any other.
    here: &'static str,
    /// The page asks for a decision: nothing leads away from it.
    is_bare: bool,
    /// Mail is shown, not sent; the page says so.
    development: bool,
    /// The browser carries a session (whether it is still good is not known here).
    signed_in: bool,
    /// The token of the form that signs out, on a person's own pages.
    sign_out: Option<String>,
}

#[derive(Template)]
#[template(path = "frame.html")]
struct Frame<'a> {
    shell: &'a Shell,
    body: &'a str,
}

impl Shell {
    /// The frame of the answer to `request`.
    pub(super) fn new(
        settings: &Settings,
        request: &Request,
        title: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            development: settings.development,
            ..Self::unset(request, title.into())
        }
    }

    /// The frame of an answer for which no setting is at hand.
    pub(super) fn unset(request: &Request, title: Cow<'static, str>) -> Self {
        Self {
            title,
            signed_in: cookie::session(request).is_some(),
            ..Self::default()
        }
    }

    /// The frame of a person's own pages.
    pub(super) fn personal(settings: &Settings, title: &'static str, sign_out: String) -> Self {
        Self {
            title: title.into(),
            development: settings.development,
            signed_in: true,
            sign_out: Some(sign_out),
            ..Self::default()
        }
    }

    /// The same, among a person's own pages, of which this is one.
    pub(super) fn at(self, here: &'static str) -> Self {
        Self { here, ..self }
    }

    /// The same, with no way to elsewhere.
    pub(super) fn bare(self) -> Self {
        Self {
            is_bare: true,
            ..self
        }
    }

    /// Whether the browser carries a session.
    pub(super) fn signed_in(&self) -> bool {
        self.signed_in
    }
}

/// A page. Like every answer it is stored by nobody ([`Response::guarded`]).
///
/// # Errors
/// [`Fault::Corrupt`] when the template cannot be rendered.
pub(super) fn page(shell: Shell, status: u16, body: &dyn DynTemplate) -> Outcome<Response> {
    leading_to(None, shell, status, body)
}

/// A page whose form leads to somebody else's site or to a program on this computer: `target`
/// is what its policy has to allow for that.
///
/// # Errors
/// As [`page`].
pub(super) fn leading_to(
    target: Option<&str>,
    shell: Shell,
    status: u16,
    body: &dyn DynTemplate,
) -> Outcome<Response> {
    // CSP3 section 7.2: browsers hold each redirect after a form to `form-action`, too.
    let action = target.map_or("'self'".into(), |target| format!("'self' {target}"));
    Ok(render(&shell, status, body, &action)?)
}

/// A page whose script asks our own doors.
///
/// # Errors
/// As [`page`].
pub(super) fn asking(shell: Shell, body: &dyn DynTemplate) -> Outcome<Response> {
    let response = page(shell, 200, body)?;
    Ok(allowing(
        response,
        "connect-src 'none'",
        "connect-src 'self'",
    ))
}

/// A page whose script asks our own doors and has WebAssembly of ours compiled.
///
/// # Errors
/// As [`page`].
pub(super) fn verifying(shell: Shell, body: &dyn DynTemplate) -> Outcome<Response> {
    // CSP3 section 4.5: that compiles WebAssembly, and evaluates no text.
    let scripts = "script-src 'self' 'wasm-unsafe-eval'";
    Ok(allowing(asking(shell, body)?, "script-src 'self'", scripts))
}

/// The response with one directive of its policy exchanged for a wider one.
fn allowing(mut response: Response, directive: &str, wider: &str) -> Response {
    for (name, value) in &mut response.headers {
        if name == "content-security-policy" {
            *value = value.replacen(directive, wider, 1);
        }
    }
    response
}

/// A page that is the same for everyone who is not signed in.
///
/// # Errors
/// As [`page`].
pub(super) fn public(shell: Shell, body: &dyn DynTemplate) -> Outcome<Response> {
    Ok(render(&shell, 200, body, "'self'")?
        .with_header("cache-control", "private, max-age=0, must-revalidate")
        .with_header("vary", "cookie"))
}

/// A page rendered where no setting is at hand.
pub(super) fn bare(shell: Shell, status: u16, body: &dyn DynTemplate) -> Response {
    render(&shell, status, body, "'self'").unwrap_or_else(|_| Response::new(500))
}

/// On to another page, with `GET` (RFC 9110 section 15.4.4).
pub(super) fn see_other(location: impl Into<String>) -> Response {
    with_policy(Response::new(303), "'self'").with_header("location", location)
}

/// An answer of the account API.
pub(super) fn json(status: u16, body: Written) -> Response {
    json::answer(status, body)
}

/// Whether the caller is a program that asked for JSON rather than a browser.
pub(super) fn wants_json(request: &Request) -> bool {
    let accept = request.header("accept").unwrap_or_default();
    let named = |wanted: &str| {
        accept.split(',').any(|range| {
            range
                .split(';')
                .next()
                .is_some_and(|range| range.trim().eq_ignore_ascii_case(wanted))
        })
    };
    named("application/json") && !named("text/html")
}

fn render(
    shell: &Shell,
    status: u16,
    body: &dyn DynTemplate,
    form_action: &str,
) -> Result<Response, Fault> {
    let body = body
        .dyn_render()
        .and_then(|body| Frame { shell, body: &body }.render())
        .map_err(|_| Fault::Corrupt("a page cannot be rendered"))?;
    Ok(with_policy(
        Response::new(status).with_body("text/html; charset=utf-8", body),
        form_action,
    ))
}

fn with_policy(response: Response, form_action: &str) -> Response {
    response
        .with_header(
            "content-security-policy",
            format!(
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                 connect-src 'none'; \
                 form-action {form_action}; base-uri 'none'; frame-ancestors 'none'; \
                 require-trusted-types-for 'script'; trusted-types 'none'"
            ),
        )
        .with_header("x-frame-options", "DENY")
        .with_header("referrer-policy", "no-referrer")
        .with_header("cross-origin-opener-policy", "same-origin")
        .with_header("cross-origin-resource-policy", "same-origin")
        .with_header(
            "permissions-policy",
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
             hid=(), microphone=(), midi=(), payment=(), serial=(), usb=(), browsing-topics=()",
        )
}
