//! Audit trails for the host. An artefact of its own: it spells floating-point numbers as
//! ECMAScript does, for which tables of 20 kilobytes come along.

#![allow(
    unsafe_code,
    reason = "exports have names; nothing else here is unsafe"
)]

use super::boundary::{Answer, Single, call};
use crate::chain::{ChainFault, ChainHead, ChainStart, ExportError, verify_export};
use crate::jose::json::Limits;
use alloc::string::String;

/// Two fields, entries as JSON and the 32 bytes of the hash of the entry before them. With
/// `start` 0 they begin the chain, with 1 they follow that hash, with 2 they may be any page.
/// Returns 0 for a whole chain and leaves how many entries it has and where its last hash is;
/// else 1 for a broken link, 2 for changed content, 3 for what is no entry, 4 for what is no
/// JSON, 5 for what has no entries, and leaves the index, the entry's id and the member.
#[unsafe(export_name = "audit")]
extern "C" fn audit(start: u32) -> u32 {
    call(|[entries, after], answer| {
        let start = match start {
            0 => ChainStart::Genesis,
            1 => ChainStart::After(after.try_into().ok()?),
            _ => ChainStart::Anywhere,
        };
        Some(match verify_export(entries, start, Limits::DOCUMENT) {
            Ok(head) => say_head(head, answer),
            Err(error) => say_break(error, answer),
        })
    })
}

fn say_head(head: ChainHead, answer: &mut Answer<'_>) -> u32 {
    static HEAD: Single<[u8; 32]> = Single::new([0; 32]);
    let at = head.hash.map_or(0, |hash| {
        HEAD.with(|kept| {
            *kept = hash;
            kept.as_ptr() as u32
        })
    });
    answer.words(&[head.count as u32, at]);
    0
}

fn say_break(error: ExportError, answer: &mut Answer<'_>) -> u32 {
    static ID: Single<String> = Single::new(String::new());
    let at = match error {
        ExportError::Json(_) => return 4,
        ExportError::NoEntries => return 5,
        ExportError::Broken(at) => at,
    };
    let (status, member) = match at.fault {
        ChainFault::Link => (1, ""),
        ChainFault::Content => (2, ""),
        ChainFault::Malformed { member } => (3, member),
    };
    ID.with(|id| {
        *id = at.id;
        answer.words(&[
            at.index as u32,
            id.as_ptr() as u32,
            id.len() as u32,
            member.as_ptr() as u32,
            member.len() as u32,
        ]);
    });
    status
}
