//! A principal decides on what an agent asks for.
//!
//! Whoever holds the request's address may decide, as the protocol has it, unless its
//! developer asks that the principal be signed in here first. The page says everything that
//! the decision is about, and where the browser goes next.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::net::Ipv4Addr;

use askama::Template;

use super::{
    cookie, input,
    next::Next,
    page::{self, Shell},
    problem::Message,
    time::Moment,
};
use crate::{
    authority::{
        Halt, Outcome, World,
        account::{
            form_token,
            grants::{
                decision::{Decided, Decision, Description},
                scope,
            },
        },
        across,
        refusal::Refusal,
    },
    doors::{Method, Request, Response, form::Fields, percent},
};

/// The name of the form, for its token.
const FORM: &str = "consent";

#[derive(Template)]
#[template(path = "consent.html")]
struct Consent<'a> {
    asked: &'a Description,
    /// Each scope, and what it lets the agent do.
    abilities: Vec<(&'a str, String)>,
    /// What people fear most and the agent will not be able to do.
    out_of_reach: Vec<&'static str>,
    lifetime: String,
    decide_by: Moment,
    destination: Option<Destination<'a>>,
    /// The principal must sign in first.
    sign_in: Option<Next>,
    form_token: String,
    wrong: &'a str,
}

/// Where the browser goes after the decision.
struct Destination<'a> {
    origin: &'a str,
    /// A program on this computer waits there.
    is_local: bool,
    /// The address is a number, or has characters that can look like others.
    is_unusual: bool,
}

pub(super) fn show(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let fields = Fields::parse(request.query.as_bytes()).unwrap_or_default();
    page_for(world, request, fields.text("req"), "", false)
}

pub(super) fn approve(world: &World<'_>, request: &Request) -> Outcome<Response> {
    decide(world, request, Decision::Approve)
}

pub(super) fn deny(world: &World<'_>, request: &Request) -> Outcome<Response> {
    decide(world, request, Decision::Deny)
}

/// Who may send the form: for this request, which can be decided once, and where somebody is
/// signed in, they alone.
fn holder(request: &Request, id: &str) -> String {
    format!("{id} {}", cookie::session(request).unwrap_or_default())
}

/// `as_another`: whoever is signed in is not the one who decides.
fn page_for(
    world: &World<'_>,
    request: &Request,
    id: &str,
    wrong: &str,
    as_another: bool,
) -> Outcome<Response> {
    let asked = match across::consent::describe(world, id) {
        Ok(asked) => asked,
        // Grantex section 3: a page, whatever the id; only a decision has a status of its own.
        Err(Halt::Refused(refusal)) => {
            let response = over(world, request, &refusal)?;
            let is_question = request.method == Method::Get;
            return Ok(Response {
                status: if is_question { 200 } else { response.status },
                ..response
            });
        }
        Err(halt) => return Err(halt),
    };
    let destination = asked.redirect_uri.as_deref().and_then(Destination::of);
    let must_sign_in = asked.requires_sign_in && (as_another || cookie::session(request).is_none());
    let consent = Consent {
        abilities: asked
            .scopes
            .iter()
            .map(|scope| (scope.as_str(), scope::sentence(scope)))
            .collect(),
        out_of_reach: scope::out_of_reach(&asked.scopes),
        lifetime: lifetime(asked.grant_lifetime),
        decide_by: asked.expires_at.into(),
        sign_in: must_sign_in.then(|| Next::Consent(asked.id.clone())),
        form_token: form_token::mint_before_session(world, FORM, &holder(request, &asked.id)),
        wrong,
        destination,
        asked: &asked,
    };
    let status = if wrong.is_empty() { 200 } else { 400 };
    let schemes = consent.destination.as_ref().map(Destination::form_action);
    let title = format!("{} asks to act for you", consent.asked.agent_name);
    let shell = Shell::new(world.settings, request, title).bare();
    page::leading_to(schemes, shell, status, &consent)
}

fn decide(world: &World<'_>, request: &Request, decision: Decision) -> Outcome<Response> {
    let fields = Fields::parse(&request.body).unwrap_or_default();
    let id = fields.text("req");
    let token = fields.text("form_token");
    if input::comes_from_elsewhere(request)
        || form_token::check_before_session(world, FORM, &holder(request, id), token).is_err()
    {
        let wrong = "This page had grown old. Look at it again, then decide.";
        return page_for(world, request, id, wrong, false);
    }
    match across::consent::decide(world, id, decision, cookie::session(request)) {
        Ok(decided) => done(world, request, decision, &decided),
        Err(Halt::Refused(Refusal::SignInRequired)) => {
            let wrong = "You are not signed in as the person whom this request names. Sign in as \
                         that person, then decide.";
            page_for(world, request, id, wrong, true)
        }
        Err(Halt::Refused(refusal)) => over(world, request, &refusal),
        Err(halt) => Err(halt),
    }
}

fn done(
    world: &World<'_>,
    request: &Request,
    decision: Decision,
    decided: &Decided,
) -> Outcome<Response> {
    let outcome = match &decided.code {
        Some(code) => ("code", code.as_str()),
        None => ("error", "access_denied"),
    };
    if let Some(uri) = &decided.redirect_uri {
        let state = decided.state.as_deref();
        return Ok(page::see_other(with_outcome(uri, outcome, state)));
    }
    let (title, text) = match decision {
        Decision::Approve => (
            "Approved",
            "The agent can go on. You can close this window; on the page of your permissions you \
             can take this back at any time.",
        ),
        Decision::Deny => (
            "Denied",
            "The agent gets nothing. You can close this window.",
        ),
    };
    say(world, request, 200, title, text, "")
}

/// RFC 6749 sections 4.1.2 and 4.1.2.1: the outcome and the state are set into the query that
/// the address already has.
fn with_outcome(uri: &str, (name, value): (&str, &str), state: Option<&str>) -> String {
    let (address, query) = uri.split_once('?').unwrap_or((uri, ""));
    let is_ours = |pair: &str| {
        // However it is written: `%63ode` is `code` to whoever reads it.
        let name = percent::decode(pair.split('=').next().unwrap_or_default().bytes());
        matches!(name.as_deref(), None | Some("code" | "error" | "state"))
    };
    let mut pairs: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !is_ours(pair))
        .map(ToString::to_string)
        .collect();
    pairs.push(format!("{name}={}", percent::encode(value)));
    if let Some(state) = state {
        pairs.push(format!("state={}", percent::encode(state)));
    }
    format!("{address}?{}", pairs.join("&"))
}

/// There is nothing to decide on.
fn over(world: &World<'_>, request: &Request, refusal: &Refusal) -> Outcome<Response> {
    let (status, title, text) = match refusal {
        Refusal::Gone => (
            410,
            "This request is over",
            "It was decided before, or its 15 minutes have passed. If you still want the agent to \
             act for you, start again where you came from.",
        ),
        _ => (
            404,
            "There is no such request",
            "The address is not whole, or was never given out. Start again where you came from.",
        ),
    };
    say(world, request, status, title, text, refusal.code())
}

fn say(
    world: &World<'_>,
    request: &Request,
    status: u16,
    title: &str,
    text: &str,
    code: &str,
) -> Outcome<Response> {
    let message = Message {
        title,
        text: text.into(),
        code,
        href: "/",
        link: "To the start page",
    };
    let shell = Shell::new(world.settings, request, String::from(title));
    page::page(shell, status, &message)
}

/// A duration as people say it.
fn lifetime(milliseconds: i64) -> String {
    let units = [
        ("day", 86_400_000),
        ("hour", 3_600_000),
        ("minute", 60_000),
        ("second", 1000),
    ];
    let fitting = units.into_iter().find(|(_, length)| {
        milliseconds >= *length && (milliseconds % length == 0 || *length == 1000)
    });
    let (unit, length) = fitting.unwrap_or(("second", 1000));
    let count = milliseconds / length;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

impl<'a> Destination<'a> {
    fn of(uri: &'a str) -> Option<Self> {
        let scheme_end = uri.find("://")? + 3;
        let host_length = uri.get(scheme_end..)?.find(['/', '?']);
        let origin = match host_length {
            Some(length) => uri.get(..scheme_end + length)?,
            None => uri,
        };
        let authority = origin.get(scheme_end..)?;
        let host = match authority.rfind(':') {
            Some(colon) if !authority.ends_with(']') => authority.get(..colon)?,
            _ => authority,
        };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let last = host.rsplit('.').next().unwrap_or_default();
        // RFC 6761 section 6.3: `localhost`, and every name below it.
        let is_local = last == "localhost"
            || host == "[::1]"
            || host
                .parse()
                .is_ok_and(|address: Ipv4Addr| address.is_loopback());
        // No name of the DNS ends in a label that begins with a digit; addresses do.
        let is_number = host.starts_with('[') || last.starts_with(|it: char| it.is_ascii_digit());
        // RFC 5891 section 4.4: `xn--` stands for letters that can look like others.
        let is_unusual = is_number || host.contains("xn--") || !host.contains('.');
        Some(Self {
            origin,
            is_local,
            is_unusual,
        })
    }

    /// What a Content-Security-Policy must allow for a form whose answer leads there: the
    /// scheme, as browsers hold each further redirect to it, too, and who waits there may send
    /// the browser on to any host (CSP3 section 7.2).
    fn form_action(&self) -> &'static str {
        if self.origin.starts_with("https:") {
            "https:"
        } else {
            "http: https:"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcome_is_set_into_the_query() {
        let code = ("code", "a+b");
        for (uri, state, wanted) in [
            (
                "https://a.example/cb",
                None,
                "https://a.example/cb?code=a%2Bb",
            ),
            (
                "https://a.example/cb?x=1",
                Some("s&t"),
                "https://a.example/cb?x=1&code=a%2Bb&state=s%26t",
            ),
            (
                "https://a.example/cb?code=forged&x=1&state=forged",
                Some("s"),
                "https://a.example/cb?x=1&code=a%2Bb&state=s",
            ),
            (
                "https://a.example/cb?%63ode=forged&x=1&stat%65",
                None,
                "https://a.example/cb?x=1&code=a%2Bb",
            ),
            ("https://a.example", None, "https://a.example?code=a%2Bb"),
        ] {
            assert_eq!(with_outcome(uri, code, state), wanted);
        }
    }

    #[test]
    fn a_lifetime_is_said_in_its_largest_whole_unit() {
        for (milliseconds, words) in [
            (1000, "1 second"),
            (90_000, "90 seconds"),
            (3_600_000, "1 hour"),
            (86_400_000, "1 day"),
            (129_600_000, "36 hours"),
        ] {
            assert_eq!(lifetime(milliseconds), words);
        }
    }

    #[test]
    fn a_destination_is_named_by_its_origin_and_unusual_ones_are_told() {
        let destination = |uri| {
            let destination = Destination::of(uri).unwrap();
            (
                destination.origin,
                destination.is_local,
                destination.is_unusual,
            )
        };
        assert_eq!(
            destination("https://a.example/cb?x"),
            ("https://a.example", false, false)
        );
        assert_eq!(
            destination("https://a.example:8443?x"),
            ("https://a.example:8443", false, false)
        );
        assert_eq!(
            destination("http://localhost:3000/cb"),
            ("http://localhost:3000", true, true)
        );
        for local in [
            "http://127.9.9.9:1/",
            "https://LOCALHOST",
            "https://localhost./",
            "https://app.localhost/",
        ] {
            assert!(destination(local).1, "{local}");
        }
        for number in ["https://0x7f.1/", "https://10.1./", "https://2130706433/"] {
            assert!(destination(number).2, "{number}");
        }
        assert_eq!(
            destination("https://203.0.113.7/"),
            ("https://203.0.113.7", false, true)
        );
        assert_eq!(
            destination("https://xn--pple-43d.com/"),
            ("https://xn--pple-43d.com", false, true)
        );
        assert_eq!(
            destination("http://[::1]:9/"),
            ("http://[::1]:9", true, true)
        );
        for (uri, schemes) in [
            ("http://[::1]:9/", "http: https:"),
            ("https://a.example/", "https:"),
        ] {
            assert_eq!(Destination::of(uri).unwrap().form_action(), schemes);
        }
    }
}
