//! Why something is refused: a closed set of reasons, each with one stable code.
//!
//! The table in `table.rs` is the only place where a reason is named. From it come the
//! Rust enum, `pkg/src/codes.ts` and `docs/codes.md` (written by `tests/codes.rs`), so
//! that every runtime gives the same code for the same cause. To add a reason, add a row
//! at the end of its group, a vector in `tests/vectors` that earns it, and run
//! `COUNTERSIGN_REWRITE=1 cargo test --test codes`. Codes are never renamed.
//!
//! A refusal carries data, never prose and never contents: no byte of a token, a claim or
//! a key is in it, so that it can be logged as it is.

mod table;

pub use table::Reason;

use super::json::{JsonError, JsonFault};
use core::fmt;

/// Who must act for the refusal to go away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Blame {
    /// Whoever calls this library: what it asked for cannot be.
    Caller,
    /// Whoever presented the token or the code.
    Bearer,
    /// Whoever made the token or published the keys.
    Issuer,
}

impl Blame {
    /// The name used in generated tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Bearer => "bearer",
            Self::Issuer => "issuer",
        }
    }
}

/// The text in which an offset counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[non_exhaustive]
pub enum Part {
    /// The JSON of a token's header.
    Header = 0,
    /// The JSON of a token's claims.
    Claims = 1,
    /// The JSON of a key or a key set.
    Keys = 2,
    /// A one-time code.
    Code = 3,
}

impl Part {
    /// All parts, by their number.
    pub const ALL: [Self; 4] = [Self::Header, Self::Claims, Self::Keys, Self::Code];

    /// The name used in messages and generated tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Claims => "claims",
            Self::Keys => "keys",
            Self::Code => "code",
        }
    }
}

/// What more is known than the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// Nothing.
    None,
    /// The byte of a part at which reading stopped.
    Place {
        /// The text that was read.
        part: Part,
        /// Bytes from its start.
        offset: u32,
    },
    /// Which entry, from 0, of the list that the caller gave.
    Index(u32),
    /// By how many seconds a time is missed.
    Seconds(i64),
}

/// The shape of a [`Detail`], fixed for each reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DetailKind {
    /// [`Detail::None`]
    None,
    /// [`Detail::Place`]
    Place,
    /// [`Detail::Index`]
    Index,
    /// [`Detail::Seconds`]
    Seconds,
}

impl DetailKind {
    /// The name used in generated tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Place => "place",
            Self::Index => "index",
            Self::Seconds => "seconds",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Row {
    /// The reason.
    pub reason: Reason,
    /// Its stable code, snake_case.
    pub code: &'static str,
    /// Who must act.
    pub blame: Blame,
    /// The shape of the detail that comes with it.
    pub detail: DetailKind,
    /// What is wrong, a sentence.
    pub what: &'static str,
    /// What to do, a sentence.
    pub remedy: &'static str,
    /// The clause that asks for it.
    pub clause: &'static str,
}

/// A refusal: a reason and what more is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// What more is known.
    pub detail: Detail,
}

impl Refusal {
    /// The stable code, snake_case.
    pub fn code(&self) -> &'static str {
        self.reason.row().code
    }

    /// Who must act.
    pub fn blame(&self) -> Blame {
        self.reason.row().blame
    }

    /// The reason and the detail as two numbers, for a boundary that has no more. The
    /// first is the row in the generated table; a place is its part times 2^32 plus the
    /// offset; nothing is 0.
    pub fn to_numbers(&self) -> (u32, i64) {
        let detail = match self.detail {
            Detail::None => 0,
            Detail::Place { part, offset } => i64::from(part as u8) << 32 | i64::from(offset),
            Detail::Index(index) => index.into(),
            Detail::Seconds(seconds) => seconds,
        };
        (self.reason as u32, detail)
    }

    pub(crate) fn json(part: Part, error: JsonError) -> Self {
        let reason = match error.fault {
            JsonFault::NotUtf8 => Reason::JsonNotUtf8,
            JsonFault::ByteOrderMark => Reason::JsonByteOrderMark,
            JsonFault::Syntax => Reason::JsonSyntax,
            JsonFault::NotAnObject => Reason::JsonNotAnObject,
            JsonFault::DuplicateMember => Reason::JsonDuplicateMember,
            JsonFault::LoneSurrogate => Reason::JsonLoneSurrogate,
            JsonFault::NumberOutOfRange => Reason::JsonNumberOutOfRange,
            JsonFault::TooDeep => Reason::JsonTooDeep,
            JsonFault::TooManyMembers => Reason::JsonTooManyMembers,
        };
        reason.at(part, error.offset)
    }
}

impl Reason {
    pub(crate) const fn at(self, part: Part, offset: usize) -> Refusal {
        Refusal {
            reason: self,
            detail: Detail::Place {
                part,
                offset: offset as u32,
            },
        }
    }

    pub(crate) const fn nth(self, index: usize) -> Refusal {
        Refusal {
            reason: self,
            detail: Detail::Index(index as u32),
        }
    }

    pub(crate) const fn by(self, seconds: i64) -> Refusal {
        Refusal {
            reason: self,
            detail: Detail::Seconds(seconds),
        }
    }
}

/// Of two reasons the one that comes first in the table: with several faults in a document,
/// the verdict does not depend on the order of its members.
pub(super) fn first_of(one: Option<Reason>, other: Option<Reason>) -> Option<Reason> {
    match (one, other) {
        (Some(one), Some(other)) if (other as u32) < one as u32 => Some(other),
        (one, other) => one.or(other),
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            detail: Detail::None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self.reason.row();
        write!(f, "{}: {}", row.code, row.what)?;
        match self.detail {
            Detail::None => {}
            Detail::Place { part, offset } => write!(f, " (byte {offset} of the {})", part.name())?,
            Detail::Index(index) => write!(f, " (entry {index} of the list asked for)")?,
            Detail::Seconds(seconds) => write!(f, " (by {seconds} s)")?,
        }
        write!(f, " {}", row.remedy)
    }
}

impl core::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use alloc::string::ToString;

    #[test]
    fn codes_are_unique_and_snake_case() {
        let codes: BTreeSet<_> = Reason::ALL.iter().map(|r| r.row().code).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        for code in codes {
            assert!(
                code.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
                "{code}"
            );
        }
    }

    #[test]
    fn each_reason_finds_its_own_row() {
        for (number, reason) in Reason::ALL.iter().enumerate() {
            assert_eq!(*reason as usize, number);
            assert_eq!(reason.row().reason, *reason);
        }
    }

    #[test]
    fn a_fault_of_json_has_one_code() {
        for fault in [
            JsonFault::NotUtf8,
            JsonFault::ByteOrderMark,
            JsonFault::Syntax,
            JsonFault::NotAnObject,
            JsonFault::DuplicateMember,
            JsonFault::LoneSurrogate,
            JsonFault::NumberOutOfRange,
            JsonFault::TooDeep,
            JsonFault::TooManyMembers,
        ] {
            let error = JsonError { fault, offset: 7 };
            assert_eq!(Refusal::json(Part::Keys, error).code(), fault.code());
            assert_eq!(
                error.to_string(),
                alloc::format!("{} at byte 7", fault.code())
            );
        }
    }

    #[test]
    fn sentences_are_sentences() {
        for reason in Reason::ALL {
            let row = reason.row();
            for text in [row.what, row.remedy] {
                assert!(
                    text.ends_with('.') && text.starts_with(|c: char| c.is_uppercase() || c == '`'),
                    "{text}"
                );
            }
            assert!(!row.clause.is_empty(), "{}", row.code);
        }
    }

    #[test]
    fn a_message_says_what_where_and_what_to_do() {
        let refusal = Reason::Expired.by(17);
        let message = refusal.to_string();
        assert!(
            message.starts_with("expired: The time in `exp` has passed. (by 17 s) "),
            "{message}"
        );
        let refusal = Reason::JsonSyntax.at(Part::Claims, 40);
        assert!(refusal.to_string().contains("(byte 40 of the claims)"));
        assert_eq!(
            refusal.to_numbers(),
            (Reason::JsonSyntax as u32, (1 << 32) + 40)
        );
    }
}
