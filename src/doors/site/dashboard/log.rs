//! What happened to the account, for its owner's eyes.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use askama::Template;

use super::super::{page, time::Moment, visit};
use crate::{
    authority::{
        Outcome,
        account::{
            Account,
            audit::{self, Entry},
        },
        json::{Json, object},
    },
    doors::{Request, Response},
};

const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "dashboard/log.html")]
struct Log {
    entries: Vec<Line>,
    is_first: bool,
    next: Option<i64>,
}

struct Line {
    sequence: i64,
    kind: String,
    actor: String,
    actor_id: String,
    subject: String,
    address: String,
    detail: String,
    at: Moment,
    words: String,
    is_refusal: bool,
}

pub(in super::super) fn show(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        let before = visit
            .fields
            .get("before")
            .and_then(|text| text.parse().ok());
        let entries = audit::page(account, before, PAGE)?;
        let is_full = entries.len() == PAGE as usize;
        let next = entries.last().filter(|_| is_full).map(|last| last.sequence);
        let entries: Vec<Line> = entries.into_iter().map(line).collect();
        if visit.wants_json() {
            return Ok(page::json(
                200,
                object! { "entries": entries, "next": next },
            ));
        }
        visit.page(
            200,
            visit.shell("Log").at("/dashboard/log"),
            &Log {
                entries,
                is_first: before.is_none(),
                next,
            },
        )
    })
}

fn line(entry: Entry) -> Line {
    Line {
        words: words(&entry.kind),
        is_refusal: entry.kind.ends_with("_refused") || entry.kind.ends_with("_denied"),
        sequence: entry.sequence,
        at: entry.at.into(),
        kind: entry.kind,
        actor: entry.actor,
        actor_id: entry.actor_id,
        subject: entry.subject,
        address: entry.address,
        detail: entry.detail,
    }
}

impl Json for Line {
    fn write(&self, json: &mut String) {
        object! {
            "sequence": self.sequence,
            "at": self.at,
            "kind": self.kind,
            "actor": self.actor,
            "actor_id": self.actor_id,
            "subject": self.subject,
            "address": self.address,
            "detail": self.detail,
        }
        .write(json);
    }
}

/// A stable code as words: also one of a release that this one does not know.
fn words(code: &str) -> String {
    let mut words = code.replace('_', " ");
    if let Some(first) = words.get(..1).map(str::to_ascii_uppercase) {
        words.replace_range(..1, &first);
    }
    words.to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_code_reads_as_words() {
        assert_eq!(super::words("platform_key_created"), "Platform key created");
        assert_eq!(super::words(""), "");
        assert_eq!(super::words("é"), "é");
    }
}
