//! What a history of calls on one family of grants must come to: the judge of [`super::crashes`].
//!
//! It knows nothing of how the rules work. It reads what was asked and answered, in the order
//! in which the calls ended, says what had to be answered, and at the end counts what is kept.

use std::collections::BTreeMap;

use countersign::{
    authority::{
        account::grants::{delegate::DEPTH_LIMIT, refresh::Issued},
        store::{Row, Store, Value, sqlite::Sqlite},
    },
    status_list::{Status, StatusList},
};

pub const CODE_LIFE: i64 = 15 * 60 * 1000;
pub const REPEAT: i64 = 5 * 60 * 1000;
pub const DAY: i64 = 24 * 60 * 60 * 1000;

#[derive(Debug, Clone)]
pub enum Ask {
    Exchange {
        code: String,
        agent: usize,
    },
    Refresh {
        token: String,
        agent: usize,
        key: Option<u8>,
    },
    Delegate {
        parent: String,
        agent: usize,
    },
    Revoke {
        grant: String,
    },
    Verify {
        token: String,
    },
}

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The object dies before its statement of this number, or before it keeps them.
    Before(u32),
    /// The answer is lost on the way.
    After,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    Issued(Box<Issued>),
    Done,
    Refused,
    /// Nothing was heard.
    Nothing,
}

#[derive(Debug, Clone)]
pub struct Event {
    pub at: i64,
    pub ask: Ask,
    pub fault: Fault,
    pub reply: Reply,
}

/// What is wrong with a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Violation {
    /// What had to be refused was not.
    Given,
    /// What had to be answered was refused.
    Lost,
    /// A repeated answer is another one.
    Changed,
    /// A child of a revoked grant is not revoked.
    Outlives,
    /// More or less is kept than was answered.
    Miscounted,
    /// A status list says something else than the grants.
    WrongList,
}

pub struct Secret {
    pub agent: usize,
    /// For a refresh token.
    pub grant: String,
    pub expires_at: i64,
    pub spent: Option<(i64, Option<u8>)>,
    pub answer: Option<Issued>,
}

pub struct Grant {
    pub parent: Option<String>,
    pub depth: u32,
    pub revoked: bool,
}

/// What a history must have come to so far.
#[derive(Default)]
pub struct Model {
    pub codes: BTreeMap<String, Secret>,
    pub refreshes: BTreeMap<String, Secret>,
    pub grants: BTreeMap<String, Grant>,
    /// The grant of each token that somebody heard of.
    pub tokens: BTreeMap<String, String>,
    pub kept_grants: usize,
    pub kept_tokens: usize,
}

impl Model {
    fn is_good(&self, token: &str) -> bool {
        !self.grants[&self.tokens[token]].revoked
    }

    /// Whether this call must be granted now.
    fn must_grant(&self, ask: &Ask, at: i64) -> bool {
        match ask {
            Ask::Exchange { code, agent } => {
                let code = &self.codes[code];
                code.spent.is_none() && code.agent == *agent && at < code.expires_at
            }
            Ask::Refresh { token, agent, key } => {
                let secret = &self.refreshes[token];
                let is_repeat = |(spent, with): (i64, Option<u8>)| {
                    with.is_some() && with == *key && at < spent + REPEAT
                };
                secret.agent == *agent
                    && !self.grants[&secret.grant].revoked
                    && secret.spent.is_none_or(is_repeat)
            }
            Ask::Delegate { parent, .. } => {
                self.is_good(parent) && self.grants[&self.tokens[parent]].depth < DEPTH_LIMIT
            }
            Ask::Revoke { grant } => !self.grants[grant].revoked,
            Ask::Verify { token } => self.is_good(token),
        }
    }

    /// Reads what was asked and answered next.
    pub fn judge(&mut self, event: &Event) -> Result<(), Violation> {
        if matches!(event.fault, Fault::Before(_)) {
            return Ok(());
        }
        let must = self.must_grant(&event.ask, event.at);
        match (&event.reply, must) {
            (Reply::Refused, true) => return Err(Violation::Lost),
            (Reply::Issued(_) | Reply::Done, false) => return Err(Violation::Given),
            (_, false) => return Ok(()),
            (_, true) => {}
        }
        let issued = match &event.reply {
            Reply::Issued(issued) => Some(&**issued),
            _ => None,
        };
        match &event.ask {
            Ask::Exchange { code, agent } => {
                self.codes.get_mut(code).unwrap().spent = Some((event.at, None));
                self.kept_grants += 1;
                self.learn(issued, *agent, None, 0);
            }
            Ask::Refresh { token, agent, key } => {
                let secret = self.refreshes.get_mut(token).unwrap();
                let is_repeat = secret.spent.is_some();
                secret.spent.get_or_insert((event.at, *key));
                let known = secret.answer.is_some();
                if let Some(issued) = issued
                    && *secret.answer.get_or_insert_with(|| issued.clone()) != *issued
                {
                    return Err(Violation::Changed);
                }
                if !is_repeat {
                    self.kept_tokens += 1;
                }
                if !known && let Some(issued) = issued {
                    self.hear(issued, *agent);
                }
            }
            Ask::Delegate { parent, agent } => {
                let parent = self.tokens[parent].clone();
                let depth = self.grants[&parent].depth + 1;
                self.kept_grants += 1;
                self.learn(issued, *agent, Some(parent), depth);
            }
            Ask::Revoke { grant } => self.revoke(&grant.clone()),
            Ask::Verify { .. } => {}
        }
        Ok(())
    }

    /// A new grant with its first token, which may be all that is known of it.
    fn learn(&mut self, issued: Option<&Issued>, agent: usize, parent: Option<String>, depth: u32) {
        self.kept_tokens += 1;
        if let Some(issued) = issued {
            let grant = Grant {
                parent,
                depth,
                revoked: false,
            };
            self.grants.insert(issued.grant_id.clone(), grant);
            self.hear(issued, agent);
        }
    }

    fn hear(&mut self, issued: &Issued, agent: usize) {
        self.tokens
            .insert(issued.grant_token.clone(), issued.grant_id.clone());
        let secret = Secret {
            agent,
            grant: issued.grant_id.clone(),
            expires_at: i64::MAX,
            spent: None,
            answer: None,
        };
        self.refreshes.insert(issued.refresh_token.clone(), secret);
    }

    fn revoke(&mut self, id: &str) {
        self.grants.get_mut(id).unwrap().revoked = true;
        let is_child = |grant: &Grant| grant.parent.as_deref() == Some(id) && !grant.revoked;
        let below = self.grants.iter().filter(|(_, grant)| is_child(grant));
        for child in below.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            self.revoke(&child);
        }
    }

    /// Holds what is kept against what was answered, heard or not.
    pub fn close(&self, store: &Sqlite) -> Result<(), Violation> {
        let count = |sql| match store.run(sql, &[]).unwrap()[0].0[0] {
            Value::Integer(count) => count as usize,
            ref other => panic!("{other:?}"),
        };
        let spent = |secrets: &BTreeMap<String, Secret>| {
            secrets
                .values()
                .filter(|secret| secret.spent.is_some())
                .count()
        };
        let kept = [
            (count("SELECT count(*) FROM grants"), self.kept_grants),
            (
                count("SELECT coalesce(sum(value), 0) FROM counters WHERE name = 'grants'"),
                self.kept_grants,
            ),
            (count("SELECT count(*) FROM grant_tokens"), self.kept_tokens),
            (
                count(
                    "SELECT coalesce(sum(value), 0) FROM counters WHERE name = 'grant_tokens_issued'",
                ),
                self.kept_tokens,
            ),
            (
                count("SELECT count(*) FROM one_time_secrets WHERE kind = 'refresh_token'"),
                self.kept_tokens,
            ),
            (
                count(
                    "SELECT count(*) FROM one_time_secrets
                     WHERE kind = 'authorization_code' AND spent_at IS NOT NULL",
                ),
                spent(&self.codes),
            ),
            (
                count(
                    "SELECT count(*) FROM one_time_secrets
                     WHERE kind = 'refresh_token' AND spent_at IS NOT NULL",
                ),
                spent(&self.refreshes),
            ),
        ];
        if kept.iter().any(|(kept, answered)| kept != answered) {
            return Err(Violation::Miscounted);
        }
        let outliving = "SELECT count(*) FROM grants AS child
             JOIN grants AS parent ON parent.id = child.parent_id
             WHERE parent.revoked_at IS NOT NULL AND child.revoked_at IS NULL";
        if count(outliving) > 0 {
            return Err(Violation::Outlives);
        }
        let segments = store.run(
            "SELECT segment, bits FROM status_segments WHERE list = 0",
            &[],
        );
        let mut bits = vec![0; 1 << 13];
        for row in segments.unwrap() {
            let start = 64 * row.integer(0).unwrap() as usize;
            bits[start..start + 64].copy_from_slice(row.blob(1).unwrap());
        }
        let list = StatusList::from_bytes(1, bits).unwrap();
        let tokens = store.run(
            "SELECT status_index, grants.revoked_at IS NOT NULL
             FROM grant_tokens JOIN grants ON grants.id = grant_tokens.grant_id",
            &[],
        );
        let is_wrong = |row: &Row| {
            let said = list.status(row.integer(0).unwrap() as u64);
            (said == Some(Status::Invalid)) != (row.integer(1).unwrap() == 1)
        };
        if tokens.unwrap().iter().any(is_wrong) {
            return Err(Violation::WrongList);
        }
        Ok(())
    }
}
