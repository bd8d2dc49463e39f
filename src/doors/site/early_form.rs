//! A form that somebody is shown before they have signed in: at first, or once more with why
//! what it sent was refused.

use alloc::string::String;

use askama::DynTemplate;

use super::{
    cookie::Browser,
    page::{self, Shell},
    problem,
};
use crate::{
    authority::{Outcome, World, account::form_token, refusal::Refusal},
    doors::{Request, Response},
};

/// What such a form has in common with the others.
pub(super) struct EarlyForm<'a> {
    /// Proves that the browser that sends it is the one that was shown it.
    pub(super) token: String,
    /// Why it is shown again, for its person; empty at first.
    pub(super) wrong: String,
    browser: Browser,
    refusal: Option<&'a Refusal>,
}

impl<'a> EarlyForm<'a> {
    /// The form called `name`, for the browser that asks.
    pub(super) fn new(
        world: &World<'_>,
        request: &Request,
        name: &str,
        refusal: Option<&'a Refusal>,
    ) -> Self {
        let browser = Browser::of(world, request);
        Self {
            token: form_token::mint_before_session(world, name, &browser.value),
            wrong: refusal.map(problem::sentence).unwrap_or_default(),
            browser,
            refusal,
        }
    }

    /// The page that `body` makes of it; `target` is where its answer leads if that is not here
    /// ([`page::leading_to`]).
    ///
    /// # Errors
    /// As [`page::page`].
    pub(super) fn page(
        &self,
        target: Option<&str>,
        shell: Shell,
        body: &dyn DynTemplate,
    ) -> Outcome<Response> {
        let status = self.refusal.map_or(200, problem::status);
        let page = page::leading_to(target, shell, status, body)?;
        Ok(self.browser.remembering(match self.refusal {
            Some(refusal) => problem::with_retry_after(page, refusal),
            None => page,
        }))
    }
}
