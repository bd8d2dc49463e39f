//! A signed-in person, or their program, at one of their own pages.

use alloc::{format, string::String};

use askama::DynTemplate;

use super::{
    cookie, input,
    next::Next,
    page::{self, Shell},
    problem,
};
use crate::{
    authority::{
        AccountId, Client, Halt, Outcome,
        account::{
            Account, form_token,
            session::{self, Session},
        },
        json::Written,
        limits::Limit,
        refusal::Refusal,
    },
    doors::{Method, Request, Response, form::Fields},
};

/// The name of the form that signs out.
pub(super) const SIGN_OUT: &str = "sign out";

/// Somebody who has shown a session that lives.
pub(super) struct Visit<'a> {
    pub(super) account: &'a Account<'a>,
    pub(super) request: &'a Request,
    pub(super) session: Session,
    /// What was sent; of a `GET`, the query.
    pub(super) fields: Fields,
}

/// The account of the session that the request shows.
pub(super) fn locate(request: &Request) -> Result<AccountId, Response> {
    session::account_of(token(request)).map_err(|refusal| turned_away(request, &refusal))
}

/// Lets `act` answer where the session lives; else the way leads to the sign-in.
pub(super) fn enter<'a>(
    account: &'a Account<'a>,
    request: &'a Request,
    act: &dyn Fn(&Visit<'a>) -> Outcome<Response>,
) -> Outcome<Response> {
    let session = match session::authenticate(account, token(request)) {
        Ok(session) => session,
        Err(Halt::Refused(refusal)) => return Ok(turned_away(request, &refusal)),
        Err(halt) => return Err(halt),
    };
    let fields = match request.method {
        Method::Get => input::query(request),
        _ => input::read(request)?,
    };
    act(&Visit {
        account,
        request,
        session,
        fields,
    })
}

/// What the request shows: a program its header, a browser its cookie. Whoever sends the
/// header is not a page of another site that uses the cookie.
pub(super) fn token(request: &Request) -> &str {
    request
        .bearer()
        .or_else(|| cookie::session(request))
        .unwrap_or_default()
}

fn turned_away(request: &Request, refusal: &Refusal) -> Response {
    if page::wants_json(request) || request.bearer().is_some() {
        // RFC 9110 section 11.6.1.
        return problem::refused(request, refusal).with_header("www-authenticate", "Bearer");
    }
    let next = match request.method {
        Method::Get => Next::parse(&format!("{}?{}", request.path, request.query)),
        _ => Next::parse(&request.path),
    };
    let on = page::see_other(format!("/sign-in{}", next.query()));
    match cookie::session(request) {
        Some(_) => on.with_header("set-cookie", cookie::clear()),
        // RFC 6265bis section 4.1.2.7: a browser sends no `Lax` cookie with another site's form, but
        // takes what the answer says of it. No other site is to sign anybody out.
        None => on,
    }
}

impl Visit<'_> {
    /// The token of a form on the page to come.
    pub(super) fn form_token(&self, form: &str) -> String {
        form_token::mint(self.account.world, form, &self.session)
    }

    /// Counts what is to be changed, and takes the token of the form that was sent. A program has
    /// none: it shows its session in a header, which no browser adds by itself.
    ///
    /// # Errors
    /// [`Refusal::FormRejected`]; [`Refusal::RateLimited`].
    pub(super) fn check(&self, form: &str) -> Outcome<()> {
        let world = self.account.world;
        if !world.is_workbench(&self.request.client.address) {
            world.limit_account(&Limit::ACCOUNT_CHANGE, self.account.id)?;
        }
        if self.request.bearer().is_some() {
            return Ok(());
        }
        if input::comes_from_elsewhere(self.request) {
            return Err(Refusal::FormRejected.into());
        }
        let token = self.fields.text("form_token");
        form_token::redeem(self.account, form, &self.session, token)
    }

    /// Who is at the other end.
    pub(super) fn client(&self) -> Client {
        input::client(self.request)
    }

    /// Whether the answer is for a program.
    pub(super) fn wants_json(&self) -> bool {
        page::wants_json(self.request)
    }

    /// The frame of the page to come.
    pub(super) fn shell(&self, title: &'static str) -> Shell {
        let sign_out = self.form_token(SIGN_OUT);
        Shell::personal(self.account.world.settings, title, sign_out)
    }

    /// A page.
    ///
    /// # Errors
    /// As [`page::page`].
    pub(super) fn page(
        &self,
        status: u16,
        shell: Shell,
        body: &dyn DynTemplate,
    ) -> Outcome<Response> {
        page::page(shell, status, body)
    }

    /// What an act has come to: `value` for a program, the page at `path` for a browser; a
    /// refusal on the page that `again` shows with the sentence that tells it.
    ///
    /// # Errors
    /// What is no refusal; for a program, those too.
    pub(super) fn done(
        &self,
        outcome: Outcome<Written>,
        path: &str,
        again: &dyn Fn(u16, &str) -> Outcome<Response>,
    ) -> Outcome<Response> {
        match outcome {
            Ok(value) if self.wants_json() => Ok(page::json(200, value)),
            Ok(_) => Ok(page::see_other(path)),
            Err(Halt::Refused(refusal)) if !self.wants_json() => {
                let page = again(problem::status(&refusal), &problem::sentence(&refusal))?;
                Ok(problem::with_retry_after(page, &refusal))
            }
            Err(halt) => Err(halt),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_forgotten_by_whoever_showed_it_and_not_for_another_sites_form() {
        let forgets = |headers: &[(&str, &str)]| {
            let headers = headers
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()));
            let response = locate(&Request {
                method: Method::Post,
                path: "/dashboard/keys".into(),
                headers: headers.collect(),
                ..Request::default()
            })
            .unwrap_err();
            assert_eq!(response.status, 303);
            response
                .headers
                .contains(&("set-cookie".into(), cookie::clear()))
        };
        assert!(forgets(&[("cookie", "__Host-session=ses_over")]));
        assert!(!forgets(&[("cookie", "__Host-browser=x")]));
        assert!(!forgets(&[]));
    }
}
