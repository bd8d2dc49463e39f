//! `POST /api/v1/agents/register`, `/agents/deregister` and `/identity/verify`

use alloc::{string::String, vec::Vec};

use super::{
    super::{Request, Response, json},
    errors,
};
use crate::authority::{
    AccountId, Outcome, World,
    account::{
        Account,
        agent::{self, AgentProfile},
    },
    across,
    credential::{Credential, CredentialKind},
    json::object,
};

const BODY: usize = 1 << 15;

json::body! {
    /// What the client sends, member by member as its caller wrote it: each may be missing or
    /// null.
    struct Register {
        name: String = "name",
        title: Option<String> = "title",
        ai_type: Option<String> = "ai_type",
        description: Option<String> = "description",
        developer_name: Option<String> = "developer_name",
        developer_email: Option<String> = "developer_email",
        website: Option<String> = "website",
        image_url: Option<String> = "image_url",
        tags: Option<Vec<String>> = "tags",
        capabilities: Option<Vec<String>> = "capabilities",
    }
}

json::body! {
    struct Key {
        api_key: String = "api_key",
    }
}

/// An agent registers by itself.
pub(super) fn register(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let body: Register = json::read(request, BODY)?;
    let profile = AgentProfile {
        name: body.name.trim().into(),
        title: body.title.unwrap_or_default(),
        ai_type: body.ai_type.unwrap_or_default(),
        description: body.description.unwrap_or_default(),
        developer_name: body.developer_name.unwrap_or_default(),
        developer_email: body.developer_email.unwrap_or_default(),
        website: body.website.unwrap_or_default(),
        image_url: body.image_url.unwrap_or_default(),
        tags: body.tags.unwrap_or_default(),
        capabilities: body.capabilities.unwrap_or_default(),
    };
    let agent = across::agent::register(world, &profile, &request.client.address)?;
    Ok(json::answer(
        200,
        object! {
            "success": true,
            "agent_id": agent.kept.id,
            "api_key": agent.api_key.reveal(),
            "name": profile.name,
        },
    ))
}

/// The account that the API key in the body names.
pub(super) fn locate(request: &Request) -> Result<AccountId, Response> {
    let body: Key =
        json::read(request, BODY).map_err(|refusal| errors::refused(request, &refusal))?;
    Credential::parse(CredentialKind::ApiKey, &body.api_key)
        .map(|key| key.account())
        .map_err(|refusal| errors::refused(request, &refusal))
}

/// An agent, or whoever it showed its key to, asks who it is.
pub(super) fn verify(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    let body: Key = json::read(request, BODY)?;
    let agent = agent::authenticate(account, &body.api_key)?;
    Ok(json::answer(
        200,
        object! {
            "verified": true,
            "id": agent.id,
            "name": agent.profile.name,
            "identity_type": "ai",
            "role": "ai_agent",
            "ai_type": agent.profile.ai_type,
            "trust_score": agent.score,
            // Whether a person answers for this agent.
            "person": !agent.alone,
        },
    ))
}

/// An agent ends itself.
pub(super) fn deregister(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    let body: Key = json::read(request, BODY)?;
    let agent = agent::authenticate(account, &body.api_key)?;
    agent::deregister(account, &agent.id)?;
    Ok(json::answer(
        200,
        object! { "success": true, "agent_id": agent.id },
    ))
}
