//! The agents that a person let in.

use alloc::{string::String, vec::Vec};

use askama::Template;

use super::super::{
    page,
    time::Moment,
    visit::{self, Visit},
};
use crate::{
    authority::{
        Outcome,
        account::{Account, agent},
        json::{Json, object},
    },
    doors::{Request, Response},
};

const PATH: &str = "/dashboard/agents";
const REMOVE: &str = "remove agent";

#[derive(Template)]
#[template(path = "dashboard/agents.html")]
struct Agents<'a> {
    agents: Vec<Agent>,
    wrong: &'a str,
}

struct Agent {
    id: String,
    name: String,
    trust_score: u8,
    voices: u32,
    created: Moment,
    form_token: String,
}

pub(in super::super) fn show(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        if visit.wants_json() {
            return Ok(page::json(200, object! { "agents": agents(visit)? }));
        }
        page_for(visit, 200, "")
    })
}

pub(in super::super) fn remove(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        let id = request.parameter(0);
        let outcome = visit.check(REMOVE).and_then(|()| {
            agent::deregister(account, id)?;
            Ok(object! { "id": id, "removed": true })
        });
        visit.done(outcome, PATH, &|status, wrong| {
            page_for(visit, status, wrong)
        })
    })
}

fn page_for(visit: &Visit<'_>, status: u16, wrong: &str) -> Outcome<Response> {
    visit.page(
        status,
        visit.shell("Agents").at(PATH),
        &Agents {
            agents: agents(visit)?,
            wrong,
        },
    )
}

fn agents(visit: &Visit<'_>) -> Outcome<Vec<Agent>> {
    Ok(agent::list(visit.account)?
        .into_iter()
        .map(|agent| Agent {
            id: agent.id,
            name: agent.profile.name,
            trust_score: agent.score,
            voices: agent.voices,
            created: agent.created_at.into(),
            form_token: visit.form_token(REMOVE),
        })
        .collect())
}

impl Json for Agent {
    fn write(&self, json: &mut String) {
        object! {
            "id": self.id,
            "name": self.name,
            "trust_score": self.trust_score,
            "voices": self.voices,
            "created_at": self.created,
        }
        .write(json);
    }
}
