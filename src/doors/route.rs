//! Routing: from a path to the function that answers it.

use alloc::{string::String, vec::Vec};

use super::{Method, Request, Response, percent};
use crate::authority::{AccountId, Halt, Outcome, World, account::Account, limits::Limit};

/// The HTTP surface of one protocol.
pub struct Door {
    /// What its paths begin with, without a trailing slash; empty for the site at the root.
    pub prefix: &'static str,
    /// First match wins.
    pub routes: &'static [Route],
    /// The answer where a rule did not reach its own: refusals, faults. Never called with
    /// [`Halt::Needs`].
    pub halted: fn(&Request, &Halt) -> Response,
    /// No route has this path.
    pub not_found: fn(&Request) -> Response,
    /// A route has this path, but not with this method; `allow` is the header's value.
    pub method_not_allowed: fn(&Request, allow: &str) -> Response,
}

/// One line of a door's routing table.
pub struct Route {
    /// The method.
    pub method: Method,
    /// Segments; `{name}` stands for exactly one, not empty.
    pub pattern: &'static str,
    /// What answers.
    pub handler: Handler,
    /// How often one address may take it; beside the limit on all its requests, and lifted
    /// for a developer's own machine.
    pub limit: Option<&'static Limit>,
    /// Whether it counts among the requests that one address may make.
    pub flood_limited: bool,
}

/// Where a route runs.
#[derive(Clone, Copy)]
pub enum Handler {
    /// Anywhere: it holds no state and asks the places it needs.
    Front(fn(&World<'_>, &Request) -> Outcome<Response>),
    /// Inside the account that `locate` reads from the request's credential or path;
    /// where it names none, `locate` answers.
    Account {
        /// Which account.
        locate: fn(&Request) -> Result<AccountId, Response>,
        /// The answer, on that account's database.
        handle: fn(&Account<'_>, &Request) -> Outcome<Response>,
    },
}

impl Route {
    /// A route that runs anywhere.
    #[must_use]
    pub const fn front(
        method: Method,
        pattern: &'static str,
        handle: fn(&World<'_>, &Request) -> Outcome<Response>,
    ) -> Self {
        Self {
            method,
            pattern,
            handler: Handler::Front(handle),
            limit: None,
            flood_limited: true,
        }
    }

    /// A route that runs inside an account.
    #[must_use]
    pub const fn account(
        method: Method,
        pattern: &'static str,
        locate: fn(&Request) -> Result<AccountId, Response>,
        handle: fn(&Account<'_>, &Request) -> Outcome<Response>,
    ) -> Self {
        Self {
            method,
            pattern,
            handler: Handler::Account { locate, handle },
            limit: None,
            flood_limited: true,
        }
    }

    /// The same route, open to whoever has made too many requests: without the keys nobody can
    /// verify.
    #[must_use]
    pub const fn unlimited(mut self) -> Self {
        self.flood_limited = false;
        self
    }

    /// The same route, taken by one address so often at most.
    #[must_use]
    pub const fn limited(mut self, limit: &'static Limit) -> Self {
        self.limit = Some(limit);
        self
    }
}

/// Where a request goes.
pub enum Matched {
    /// To this route of this door; the request's prefix is cut and its parameters are set.
    Route(&'static Door, &'static Route),
    /// Nowhere: this is the answer.
    Answer(Response),
}

/// Finds the door and the route of `request`, cuts the prefix and sets the parameters.
#[must_use]
pub fn find(doors: &[&'static Door], request: &mut Request) -> Matched {
    let Some((door, path)) = doors.iter().find_map(|door| {
        let rest = request.path.strip_prefix(door.prefix)?;
        (rest.is_empty() || rest.starts_with('/')).then_some((*door, rest))
    }) else {
        return Matched::Answer(Response::new(404));
    };
    request.path = if path.is_empty() {
        "/".into()
    } else {
        path.into()
    };
    let mut allowed = Vec::new();
    for route in door.routes {
        let Some(parameters) = parameters(route.pattern, &request.path) else {
            continue;
        };
        if route.method == request.method {
            request.parameters = parameters;
            return Matched::Route(door, route);
        }
        allowed.push(route.method.as_str());
    }
    Matched::Answer(if allowed.is_empty() {
        (door.not_found)(request)
    } else {
        (door.method_not_allowed)(request, &allowed.join(", "))
    })
}

fn parameters(pattern: &str, path: &str) -> Option<Vec<String>> {
    // Nearly all patterns differ from a path before their first parameter.
    let literal = pattern.bytes().take_while(|byte| *byte != b'{');
    if literal
        .zip(path.bytes())
        .any(|(wanted, given)| wanted != given)
    {
        return None;
    }
    let mut found = Vec::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(found),
            (Some(segment), Some(value)) if segment.starts_with('{') => {
                found.push(percent::decode(value.bytes()).filter(|value| !value.is_empty())?);
            }
            (Some(segment), Some(value)) if segment == value => {}
            _ => return None,
        }
    }
}

impl Method {
    /// The method's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Other => "",
        }
    }
}
