//! `GET /api/v1/discover/agents`

use alloc::vec::Vec;

use super::{
    super::{Request, Response, form, json},
    errors,
};
use crate::authority::{
    Outcome, World, across,
    directory::listing::{Listing, Search},
    json::{Written, object},
    refusal::{Field, Refusal},
};

/// Anybody looks for agents.
pub(super) fn discover(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let mut search = Search::default();
    let Ok(fields) = form::Fields::parse(request.query.as_bytes()) else {
        return Ok(errors::refused(request, &Refusal::malformed(Field::Query)));
    };
    search.words = fields.text("query").into();
    search.ai_type = fields.text("ai_type").into();
    // Empty as the others may be: a form sends what was not filled in.
    match fields.text("min_trust_score") {
        "" => {}
        least => match least.parse() {
            Ok(least @ 0..=100) => search.least_score = least,
            _ => {
                let refusal = Refusal::malformed(Field::LeastTrust);
                return Ok(errors::refused(request, &refusal));
            }
        },
    }
    let found = across::discover::search(world, &search)?;
    let agents: Vec<Written> = found.iter().map(card).collect();
    Ok(json::answer(
        200,
        object! { "success": true, "agents": agents },
    ))
}

/// One agent. Its API key is not among this: the directory does not have it.
fn card(listing: &Listing) -> Written {
    let profile = &listing.profile;
    object! {
        "agent_id": listing.agent_id,
        "name": profile.name,
        "title": profile.title,
        "ai_type": profile.ai_type,
        "description": profile.description,
        "developer_name": profile.developer_name,
        "website": profile.website,
        "image_url": profile.image_url,
        "tags": profile.tags,
        "capabilities": profile.capabilities,
        "trust_score": listing.score,
        "trusted_by": listing.voices,
        // Seconds since 1970.
        "registered_at": listing.listed_at.seconds(),
    }
}
