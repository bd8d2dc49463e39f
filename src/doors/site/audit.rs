//! The trail of what a developer's agents did, where the browser recomputes its hashes.
//!
//! The page's script asks the Grantex door for the trail, or takes a file, and verifies it with
//! the npm package's own module. With scripts off the form shows one page of the trail as a
//! plain list; nothing is recomputed then, and the page says so.

use askama::Template;

use super::{
    input,
    page::{self, Shell},
    problem,
    time::Moment,
};
use crate::{
    authority::{
        AccountId, Outcome, Settings, World,
        account::{
            Account,
            grants::{
                Page, PageOf, developer,
                trail::{self, Entry, Filter},
            },
        },
    },
    doors::{Request, Response},
};

/// Entries that are listed at once.
const SIZE: u32 = 100;

#[derive(Template)]
#[template(path = "audit.html")]
struct Audit {
    /// What was asked for; none where nothing was.
    list: Option<PageOf<Entry>>,
}

pub(super) fn show(world: &World<'_>, request: &Request) -> Outcome<Response> {
    answer(world.settings, request, None)
}

/// The account of the API key in the form.
pub(super) fn locate(request: &Request) -> Result<AccountId, Response> {
    input::read(request)
        .and_then(|fields| developer::parse_key(fields.text("key")))
        .map(|key| key.account())
        .map_err(|refusal| problem::refused(request, &refusal))
}

pub(super) fn list(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    let fields = input::read(request)?;
    developer::authenticate(account, &developer::parse_key(fields.text("key"))?)?;
    let page = Page::new(fields.text("page").parse().ok(), Some(SIZE));
    let list = trail::list(account, &Filter::default(), page)?;
    answer(account.world.settings, request, Some(list))
}

fn answer(
    settings: &Settings,
    request: &Request,
    list: Option<PageOf<Entry>>,
) -> Outcome<Response> {
    let shell = Shell::new(settings, request, "Verify an audit trail").bare();
    page::verifying(shell, &Audit { list })
}
