//! The audit trail as a chain of hashes, as Grantex defines it: whoever holds the entries can
//! tell that none was changed, left out or put in between.
//!
//! Each entry's hash covers its content and the hash of the entry before. That proves content and
//! order from the first entry that is trusted on, and no more: whoever can write the whole chain
//! can write another one, and entries left off its end are noticed only by those who know the
//! head.
//!
//! [`ChainVerifier`] is fed one entry after the other and keeps one hash. [`verify_export`]
//! does that for the JSON in which a trail is handed out.

use crate::jcs;
use crate::jose::json::{JsonError, Limits, Object, Text, Value};
use crate::mac::hex;
use crate::sha256;
use alloc::borrow::Cow;
use alloc::string::String;

/// Bytes of a link.
const LENGTH: usize = sha256::DIGEST_LENGTH;

/// What one entry says, each member as it stands on the wire.
#[derive(Clone, Debug)]
pub struct AuditEntry<'a> {
    /// The entry's id, `alog_…`.
    pub id: Cow<'a, str>,
    /// The agent that acted.
    pub agent_id: Cow<'a, str>,
    /// The same agent's DID.
    pub agent_did: Cow<'a, str>,
    /// The grant under which it acted.
    pub grant_id: Cow<'a, str>,
    /// On whose behalf.
    pub principal_id: Cow<'a, str>,
    /// To whom the chain belongs.
    pub developer_id: Cow<'a, str>,
    /// What was done.
    pub action: Cow<'a, str>,
    /// More about it: a JSON object, `{}` when there is none.
    pub metadata: Object<'a>,
    /// When, as the entry spells it.
    pub timestamp: Cow<'a, str>,
    /// The hash of the entry before, in lower-case hexadecimal; none for the first.
    pub previous: Option<Cow<'a, str>>,
    /// `success`, `failure` or `blocked`.
    pub status: Cow<'a, str>,
}

impl AuditEntry<'_> {
    /// The entry's hash: SHA-256 of one JSON object, its members in the order that the
    /// protocol fixes and its metadata in canonical form (RFC 8785).
    ///
    /// # Errors
    /// [`JsonError`] never in practice: the metadata has been read.
    pub fn hash(&self) -> Result<[u8; LENGTH], JsonError> {
        let mut text = String::with_capacity(512);
        for (before, value) in [
            ("{\"id\":", &self.id),
            (",\"agentId\":", &self.agent_id),
            (",\"agentDid\":", &self.agent_did),
            (",\"grantId\":", &self.grant_id),
            (",\"principalId\":", &self.principal_id),
            (",\"developerId\":", &self.developer_id),
            (",\"action\":", &self.action),
        ] {
            text.push_str(before);
            jcs::push_string(&mut text, value);
        }
        text.push_str(",\"metadata\":");
        jcs::push_value(&mut text, &Value::Object(self.metadata))?;
        text.push_str(",\"timestamp\":");
        jcs::push_string(&mut text, &self.timestamp);
        text.push_str(",\"prevHash\":");
        match &self.previous {
            Some(hash) => jcs::push_string(&mut text, hash),
            None => text.push_str("null"),
        }
        text.push_str(",\"status\":");
        jcs::push_string(&mut text, &self.status);
        text.push('}');
        Ok(sha256::digest(text.as_bytes()))
    }
}

/// Where a chain that is verified begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainStart {
    /// At its first entry, which has none before it.
    Genesis,
    /// After the entry of this hash, which the caller trusts.
    After([u8; LENGTH]),
    /// Anywhere: the first entry's link is taken as it is. For a page of a longer chain.
    Anywhere,
}

/// Why a chain is broken at an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChainFault {
    /// The entry names another predecessor than the one before it: something between them
    /// was left out, put in, or swapped.
    Link,
    /// The entry's hash is not that of its content: it was changed.
    Content,
    /// The entry is not of the shape of an entry.
    Malformed {
        /// The member that is missing, of another type, or there twice under two names.
        member: &'static str,
    },
}

impl ChainFault {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Content => "content",
            Self::Malformed { .. } => "malformed",
        }
    }
}

/// The first entry at which a chain is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainBreak {
    /// Its place among the entries that were verified, from 0.
    pub index: u64,
    /// Its id; empty where it has none.
    pub id: String,
    /// What is wrong with it.
    pub fault: ChainFault,
}

impl core::fmt::Display for ChainBreak {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} at entry {}", self.fault.code(), self.index)
    }
}

impl core::error::Error for ChainBreak {}

/// What was verified of a chain that is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainHead {
    /// Entries that were verified.
    pub count: u64,
    /// The hash of the last of them; none where there was no entry at all.
    pub hash: Option<[u8; LENGTH]>,
}

/// Verifies entries as they come, oldest first.
#[derive(Clone, Debug)]
pub struct ChainVerifier {
    start: ChainStart,
    head: ChainHead,
}

impl ChainVerifier {
    /// A verifier that has seen no entry.
    #[must_use]
    pub const fn new(start: ChainStart) -> Self {
        Self {
            start,
            head: ChainHead {
                count: 0,
                hash: None,
            },
        }
    }

    /// Verifies the next entry, with the hash that it claims in lower-case hexadecimal.
    ///
    /// # Errors
    /// [`ChainBreak`]; what comes after it proves nothing.
    pub fn push(&mut self, entry: &AuditEntry<'_>, claimed: &str) -> Result<(), ChainBreak> {
        let fault = |fault| ChainBreak {
            index: self.head.count,
            id: (*entry.id).into(),
            fault,
        };
        let follows = match (self.head.hash, self.start) {
            (Some(hash), _) | (None, ChainStart::After(hash)) => {
                entry.previous.as_deref() == Some(hex::encode(&hash).as_str())
            }
            (None, ChainStart::Genesis) => entry.previous.is_none(),
            (None, ChainStart::Anywhere) => true,
        };
        if !follows {
            return Err(fault(ChainFault::Link));
        }
        let hash = entry
            .hash()
            .map_err(|_| fault(ChainFault::Malformed { member: "metadata" }))?;
        if hex::decode_array(claimed) != Ok(hash) {
            return Err(fault(ChainFault::Content));
        }
        self.head = ChainHead {
            count: self.head.count + 1,
            hash: Some(hash),
        };
        Ok(())
    }

    /// What has been verified so far.
    #[must_use]
    pub const fn head(&self) -> ChainHead {
        self.head
    }
}

/// Why an export is not a whole chain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportError {
    /// The text is not JSON within the limits.
    Json(JsonError),
    /// The document is neither an array nor an object with an array named `entries`.
    NoEntries,
    /// The chain is broken.
    Broken(ChainBreak),
}

impl ExportError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Json(_) => "chain_json",
            Self::NoEntries => "chain_no_entries",
            Self::Broken(at) => match at.fault {
                ChainFault::Link => "chain_link",
                ChainFault::Content => "chain_content",
                ChainFault::Malformed { .. } => "chain_entry_malformed",
            },
        }
    }
}

impl core::fmt::Display for ExportError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.code())
    }
}

impl core::error::Error for ExportError {}

impl From<JsonError> for ExportError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

/// Verifies a trail in the JSON in which it is handed out: an array of entries, oldest
/// first, or an object with such an array named `entries`. Members that an entry has beyond
/// those that are hashed are ignored.
///
/// # Errors
/// [`ExportError`], with the first entry that is broken.
pub fn verify_export(
    json: &[u8],
    start: ChainStart,
    limits: Limits,
) -> Result<ChainHead, ExportError> {
    let entries = match Value::of(json, limits)? {
        Value::Array(entries) => entries,
        Value::Object(page) => match member(&page, "entries")? {
            Some(Value::Array(entries)) => entries,
            _ => return Err(ExportError::NoEntries),
        },
        _ => return Err(ExportError::NoEntries),
    };
    let mut verifier = ChainVerifier::new(start);
    for value in entries.elements() {
        let malformed = |id: &str, member| {
            ExportError::Broken(ChainBreak {
                index: verifier.head.count,
                id: id.into(),
                fault: ChainFault::Malformed { member },
            })
        };
        let Value::Object(object) = value else {
            return Err(malformed("", "entry"));
        };
        let fields = Fields::of(&object)?;
        let (entry, claimed) = fields
            .into_entry()
            .map_err(|wrong| malformed(&wrong.id, wrong.member))?;
        verifier
            .push(&entry, &claimed)
            .map_err(ExportError::Broken)?;
    }
    Ok(verifier.head())
}

fn member<'a>(object: &Object<'a>, name: &str) -> Result<Option<Value<'a>>, JsonError> {
    let mut members = object.members();
    while let Some((found, value)) = members.next()? {
        if found.is(name) {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// The id of an entry that is none, as far as it has one, and the member that is wrong.
struct Malformed<'a> {
    id: Cow<'a, str>,
    member: &'static str,
}

impl<'a> Malformed<'a> {
    const fn new(id: Cow<'a, str>, member: &'static str) -> Self {
        Self { id, member }
    }
}

/// The members of an entry in JSON, before it is known that each is there.
#[derive(Default)]
struct Fields<'a> {
    id: Option<Value<'a>>,
    entry_id: Option<Value<'a>>,
    agent_id: Option<Value<'a>>,
    agent_did: Option<Value<'a>>,
    grant_id: Option<Value<'a>>,
    principal_id: Option<Value<'a>>,
    developer_id: Option<Value<'a>>,
    action: Option<Value<'a>>,
    metadata: Option<Value<'a>>,
    timestamp: Option<Value<'a>>,
    previous: Option<Value<'a>>,
    status: Option<Value<'a>>,
    hash: Option<Value<'a>>,
}

impl<'a> Fields<'a> {
    fn of(object: &Object<'a>) -> Result<Self, JsonError> {
        let mut fields = Self::default();
        let mut members = object.members();
        let mut room = String::new();
        while let Some((name, value)) = members.next()? {
            let field = match name.name(&mut room) {
                "id" => &mut fields.id,
                "entryId" => &mut fields.entry_id,
                "agentId" => &mut fields.agent_id,
                "agentDid" => &mut fields.agent_did,
                "grantId" => &mut fields.grant_id,
                "principalId" => &mut fields.principal_id,
                "developerId" => &mut fields.developer_id,
                "action" => &mut fields.action,
                "metadata" => &mut fields.metadata,
                "timestamp" => &mut fields.timestamp,
                "prevHash" => &mut fields.previous,
                "status" => &mut fields.status,
                "hash" => &mut fields.hash,
                _ => continue,
            };
            *field = Some(value);
        }
        Ok(fields)
    }

    /// The entry and the hash that it claims.
    fn into_entry(self) -> Result<(AuditEntry<'a>, Cow<'a, str>), Malformed<'a>> {
        // The one member with two names: `entryId` on the wire, `id` where it is hashed. An
        // entry that has both would let its reader see another one than was hashed.
        let id = match (self.entry_id, self.id) {
            (Some(Value::String(id)), None) | (None, Some(Value::String(id))) => id.decode(),
            _ => return Err(Malformed::new("".into(), "entryId")),
        };
        let text = |value: Option<Value<'a>>, member| match value {
            Some(Value::String(text)) => Ok(Text::decode(&text)),
            _ => Err(Malformed::new(id.clone(), member)),
        };
        let metadata = match self.metadata {
            Some(Value::Object(metadata)) => metadata,
            _ => return Err(Malformed::new(id, "metadata")),
        };
        let previous = match self.previous {
            Some(Value::Null) => None,
            value => Some(text(value, "prevHash")?),
        };
        let claimed = text(self.hash, "hash")?;
        let entry = AuditEntry {
            agent_id: text(self.agent_id, "agentId")?,
            agent_did: text(self.agent_did, "agentDid")?,
            grant_id: text(self.grant_id, "grantId")?,
            principal_id: text(self.principal_id, "principalId")?,
            developer_id: text(self.developer_id, "developerId")?,
            action: text(self.action, "action")?,
            metadata,
            timestamp: text(self.timestamp, "timestamp")?,
            previous,
            status: text(self.status, "status")?,
            id,
        };
        Ok((entry, claimed))
    }
}

#[cfg(test)]
mod tests;
