//! The codes that a person's agents asked for lately, and what became of each.

use alloc::{format, string::String, vec::Vec};

use askama::Template;

use super::super::{page, time::Moment, visit};
use crate::{
    authority::{
        Outcome, Timestamp,
        account::{
            Account,
            code::{self, CodeFate, IssuedCode},
        },
        json::{IfAny, Json, object},
    },
    doors::{Request, Response},
    jose::base64url,
};

const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "dashboard/codes.html")]
struct Codes {
    codes: Vec<Code>,
    is_first: bool,
    next: Option<String>,
}

struct Code {
    id: String,
    target: String,
    geo_location: String,
    /// `open`, `redeemed` or `expired`.
    fate: &'static str,
    redeemed_by: Option<String>,
    issued: Moment,
    expires: Moment,
    redeemed: Option<Moment>,
}

pub(in super::super) fn show(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    visit::enter(account, request, &|visit| {
        let before = visit.fields.get("before").and_then(read_cursor);
        let issued = code::history(account, before, PAGE)?;
        let is_full = issued.len() == PAGE as usize;
        let next = issued
            .last()
            .filter(|_| is_full)
            .map(|code| write_cursor(&code.cursor));
        let codes: Vec<Code> = issued.into_iter().map(view).collect();
        if visit.wants_json() {
            return Ok(page::json(200, object! { "codes": codes, "next": next }));
        }
        visit.page(
            200,
            visit.shell("Codes").at("/dashboard/codes"),
            &Codes {
                codes,
                is_first: before.is_none(),
                next,
            },
        )
    })
}

fn view(code: IssuedCode) -> Code {
    let (fate, redeemed) = match code.fate {
        CodeFate::Open => ("open", None),
        CodeFate::Redeemed { at, by } => ("redeemed", Some((at, by))),
        CodeFate::Expired => ("expired", None),
    };
    let redeemed_at = redeemed.as_ref().map(|(at, _)| *at);
    Code {
        id: code.id,
        target: code.target,
        geo_location: code.geo_location,
        fate,
        redeemed_by: redeemed.map(|(_, by)| by),
        issued: code.issued_at.into(),
        expires: code.expires_at.into(),
        redeemed: redeemed_at.map(Moment::from),
    }
}

impl Json for Code {
    fn write(&self, json: &mut String) {
        object! {
            "id": self.id,
            "target": self.target,
            "geo_location": self.geo_location,
            "issued_at": self.issued,
            "expires_at": self.expires,
            "fate": self.fate,
            "redeemed_at": IfAny(self.redeemed),
            "redeemed_by": IfAny(self.redeemed_by.as_deref()),
        }
        .write(json);
    }
}

/// A page's end, as a link carries it: a time and a digest, neither of them a secret.
fn write_cursor((at, hash): &(Timestamp, [u8; 32])) -> String {
    format!("{}.{}", at.0, base64url::encode(hash))
}

fn read_cursor(text: &str) -> Option<(Timestamp, [u8; 32])> {
    let (at, hash) = text.split_once('.')?;
    let hash = base64url::decode(hash.as_bytes()).ok()?;
    Some((Timestamp(at.parse().ok()?), hash.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_way_through_a_link() {
        let cursor = (Timestamp(1_800_000_000_123), [7; 32]);
        assert_eq!(read_cursor(&write_cursor(&cursor)), Some(cursor));
        for text in ["", ".", "1", "1.", "x.AAAA", "1.AAAA"] {
            assert_eq!(read_cursor(text), None, "{text}");
        }
    }
}
