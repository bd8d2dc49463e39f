//! `GET /api/v1/discover/agents`

use alloc::{string::String, vec::Vec};

use serde::Serialize;

use super::{
    super::{Request, Response, form, json},
    errors,
};
use crate::authority::{
    Outcome, World, across,
    directory::listing::{Listing, Search},
    refusal::{Field, Refusal},
};

#[derive(Serialize)]
struct Found<'a> {
    success: bool,
    agents: Vec<Card<'a>>,
}

/// One agent. Its API key is not among this: the directory does not have it.
#[derive(Serialize)]
struct Card<'a> {
    agent_id: &'a str,
    name: &'a str,
    title: &'a str,
    ai_type: &'a str,
    description: &'a str,
    developer_name: &'a str,
    website: &'a str,
    image_url: &'a str,
    tags: &'a [String],
    capabilities: &'a [String],
    trust_score: u8,
    trusted_by: u32,
    /// Seconds since 1970.
    registered_at: i64,
}

/// Anybody looks for agents.
pub(super) fn discover(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let mut search = Search::default();
    let Ok(fields) = form::Fields::parse(request.query.as_bytes()) else {
        return Ok(errors::refused(request, &Refusal::malformed(Field::Search)));
    };
    search.words = fields.text("query").into();
    search.ai_type = fields.text("ai_type").into();
    if let Some(least) = fields.get("min_trust_score") {
        match least.parse() {
            Ok(least @ 0..=100) => search.least_score = least,
            _ => {
                let refusal = Refusal::malformed(Field::TrustLevel);
                return Ok(errors::refused(request, &refusal));
            }
        }
    }
    let found = across::discover::search(world, &search)?;
    Ok(json::answer(
        200,
        &Found {
            success: true,
            agents: found.iter().map(card).collect(),
        },
    ))
}

fn card(listing: &Listing) -> Card<'_> {
    let profile = &listing.profile;
    Card {
        agent_id: &listing.agent_id,
        name: &profile.name,
        title: &profile.title,
        ai_type: &profile.ai_type,
        description: &profile.description,
        developer_name: &profile.developer_name,
        website: &profile.website,
        image_url: &profile.image_url,
        tags: &profile.tags,
        capabilities: &profile.capabilities,
        trust_score: listing.score,
        trusted_by: listing.voices,
        registered_at: listing.listed_at.seconds(),
    }
}
