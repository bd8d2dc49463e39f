//! Agents that let themselves be found.
//!
//! A listing is a copy for readers: the agent's own account decides what it says, and no
//! key stands in it. Every condition is a term of one full-text index, or begins some of its terms,
//! and is read newest first and no further than a fixed number of matches. What begins terms has
//! their places put together first, all of them: so it is not a letter or two, which begin half of
//! all there are.

use alloc::{format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::Directory;
use crate::authority::{
    Fault, Outcome, Timestamp,
    account::agent::AgentProfile,
    decode, encode,
    store::{Parameter, Row},
};

/// Most agents in one answer.
pub const MOST: usize = 50;
/// Most matches that one shard reads for one answer.
const SCANNED: i64 = 200;
/// Most words of a query that are looked for; each must match.
const WORDS: usize = 8;
/// Bytes of a word from which it may be the beginning of one: three letters, or one of a script
/// whose words are as short.
const SHORTEST_PREFIX: usize = 3;

pub(crate) const CREATE_TABLE: &str = "CREATE TABLE listing (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id TEXT NOT NULL UNIQUE,
    card BLOB NOT NULL,
    score INTEGER NOT NULL,
    voices INTEGER NOT NULL,
    listed_at INTEGER NOT NULL
)";

pub(crate) const CREATE_INDEX: &str = "CREATE VIRTUAL TABLE listing_text USING fts5 (
    words, ai_type, tens, tokenize = 'unicode61 remove_diacritics 2'
)";

/// One agent as everybody may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Its public id.
    pub agent_id: String,
    /// What it says of itself, which nobody has checked.
    pub profile: AgentProfile,
    /// 0 to 100: what others say of it, see [`crate::authority::account::trust`].
    pub score: u8,
    /// How many accounts say so.
    pub voices: u32,
    /// Since when.
    pub listed_at: Timestamp,
}

/// What a reader looks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// Words; each must begin a word of the name, title, description, tags or capabilities.
    pub words: String,
    /// The whole `ai_type`, letter case apart; empty for any.
    pub ai_type: String,
    /// Least score.
    pub least_score: u8,
}

/// Asked by an agent's account: put it in, or what it says of itself now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListAgent {
    /// Its public id.
    pub agent_id: String,
    /// What it says of itself.
    pub profile: AgentProfile,
}

/// Asked by an agent's account: take it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnlistAgent {
    /// Its public id.
    pub agent_id: String,
}

/// Asked when others have said something of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RescoreAgent {
    /// Its public id.
    pub agent_id: String,
    /// 0 to 100.
    pub score: u8,
    /// How many accounts made the score.
    pub voices: u32,
}

/// Puts an agent in, or what it says of itself now. Its score stays.
///
/// # Errors
/// Those of the store.
pub fn list(directory: &Directory<'_>, question: &ListAgent) -> Outcome<()> {
    let ListAgent { agent_id, profile } = question;
    let card = encode(profile)?;
    let rows = directory.store.run(
        "INSERT INTO listing (agent_id, card, score, voices, listed_at) VALUES (?, ?, 0, 0, ?)
         ON CONFLICT (agent_id) DO UPDATE SET card = excluded.card RETURNING row, score",
        &[
            Parameter::Text(agent_id),
            Parameter::Blob(&card),
            Parameter::Integer(directory.world.now.0),
        ],
    )?;
    let row = rows
        .first()
        .ok_or(Fault::Corrupt("an upsert returned no row"))?;
    index(directory, row.integer(0)?, profile, row.integer(1)?)
}

/// Takes an agent out. Nothing to do where it is not in.
///
/// # Errors
/// Those of the store.
pub fn unlist(directory: &Directory<'_>, question: &UnlistAgent) -> Outcome<()> {
    let rows = directory.store.run(
        "DELETE FROM listing WHERE agent_id = ? RETURNING row",
        &[Parameter::Text(&question.agent_id)],
    )?;
    if let Some(row) = rows.first() {
        directory.store.run(
            "DELETE FROM listing_text WHERE rowid = ?",
            &[Parameter::Integer(row.integer(0)?)],
        )?;
    }
    Ok(())
}

/// Writes down what others say of an agent. Nothing to do where it is not in.
///
/// # Errors
/// Those of the store.
pub fn rescore(directory: &Directory<'_>, question: &RescoreAgent) -> Outcome<()> {
    let RescoreAgent {
        agent_id,
        score,
        voices,
    } = question;
    let rows = directory.store.run(
        "UPDATE listing SET score = ?, voices = ? WHERE agent_id = ? RETURNING row, card",
        &[
            Parameter::Integer((*score).into()),
            Parameter::Integer((*voices).into()),
            Parameter::Text(agent_id),
        ],
    )?;
    match rows.first() {
        Some(row) => {
            let profile = decode(row.blob(1)?)?;
            index(directory, row.integer(0)?, &profile, (*score).into())
        }
        None => Ok(()),
    }
}

/// The best of this shard, best score first, then newest; at most [`MOST`].
///
/// # Errors
/// Those of the store.
pub fn search(directory: &Directory<'_>, search: &Search) -> Outcome<Vec<Listing>> {
    let rows = directory.store.run(
        "SELECT agent_id, card, score, voices, listed_at FROM listing
         WHERE row IN (SELECT rowid FROM listing_text WHERE listing_text MATCH ?1
                       ORDER BY rowid DESC LIMIT ?2)",
        &[
            Parameter::Text(&expression(search)),
            Parameter::Integer(SCANNED),
        ],
    )?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let listing = read(row)?;
        // The index holds tens and words; the exact conditions are checked here.
        if listing.score >= search.least_score
            && (search.ai_type.is_empty()
                || listing
                    .profile
                    .ai_type
                    .eq_ignore_ascii_case(&search.ai_type))
        {
            found.push(listing);
        }
    }
    rank(&mut found);
    Ok(found)
}

/// Best score first, then newest, and no more than [`MOST`].
pub fn rank(found: &mut Vec<Listing>) {
    found.sort_unstable_by(|a, b| {
        (b.score, b.listed_at, &a.agent_id).cmp(&(a.score, a.listed_at, &b.agent_id))
    });
    found.truncate(MOST);
}

fn read(row: &Row) -> Outcome<Listing> {
    Ok(Listing {
        agent_id: row.text(0)?.into(),
        profile: decode(row.blob(1)?)?,
        score: u8::try_from(row.integer(2)?).map_err(|_| Fault::Corrupt("a trust score"))?,
        voices: u32::try_from(row.integer(3)?).map_err(|_| Fault::Corrupt("a count of voices"))?,
        listed_at: Timestamp(row.integer(4)?),
    })
}

fn index(directory: &Directory<'_>, row: i64, profile: &AgentProfile, score: i64) -> Outcome<()> {
    let mut words = format!("{} {} {}", profile.name, profile.title, profile.description);
    for word in profile.tags.iter().chain(&profile.capabilities) {
        words.push(' ');
        words.push_str(word);
    }
    // A score of 57 holds the terms s0 to s5, so that "at least 50" is one term.
    let mut tens = String::new();
    for ten in 0..=score / 10 {
        tens.push_str(&format!("s{ten} "));
    }
    directory.store.run(
        "INSERT OR REPLACE INTO listing_text (rowid, words, ai_type, tens) VALUES (?, ?, ?, ?)",
        &[
            Parameter::Integer(row),
            Parameter::Text(&words),
            Parameter::Text(&profile.ai_type),
            Parameter::Text(&tens),
        ],
    )?;
    Ok(())
}

/// The full-text expression. Only letters and digits of the reader's text get into it, and
/// those between quotes: its operators stay ours.
fn expression(search: &Search) -> String {
    let mut expression = format!("tens : \"s{}\"", search.least_score.min(100) / 10);
    for word in words(&search.words).take(WORDS) {
        let prefix = if word.len() < SHORTEST_PREFIX {
            ""
        } else {
            " *"
        };
        expression.push_str(&format!(" AND words : \"{word}\"{prefix}"));
    }
    let mut ai_type = words(&search.ai_type).peekable();
    if ai_type.peek().is_some() {
        let phrase: Vec<&str> = ai_type.collect();
        expression.push_str(&format!(" AND ai_type : \"{}\"", phrase.join(" ")));
    }
    expression
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_never_syntax() {
        let search = Search {
            words: "a\" OR words:* NEAR(b) ^c -d".into(),
            ai_type: "x\"y".into(),
            least_score: 255,
        };
        assert_eq!(
            expression(&search),
            "tens : \"s10\" AND words : \"a\" AND words : \"OR\" AND words : \"words\" * \
             AND words : \"NEAR\" * AND words : \"b\" AND words : \"c\" AND words : \"d\" \
             AND ai_type : \"x y\""
        );
    }
}
