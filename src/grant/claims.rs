//! The claims of a grant token (Grantex section 5), typed.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use super::narrow::Extent;
use crate::jose::{
    Reason, Refusal,
    json::{Limits, Members, Object, Value},
};

/// The claims of a grant token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GrantClaims {
    /// `iss`: who issued it.
    pub issuer: String,
    /// `sub`: the principal on whose behalf the agent acts.
    pub principal: String,
    /// `agt`: the agent's DID.
    pub agent: String,
    /// `dev`: the developer to whom the agent belongs.
    pub developer: String,
    /// `scp`: what was granted.
    pub scopes: Vec<String>,
    /// `grnt`, or `jti` where it is absent.
    pub grant_id: String,
    /// `jti`: the token's own id.
    pub token_id: String,
    /// `iat`, seconds since 1970.
    pub issued_at: i64,
    /// `exp`, seconds since 1970.
    pub expires_at: i64,
    /// From whom it was delegated; `None` for what the principal gave directly.
    pub delegation: Option<Delegation>,
    /// Where to look whether it was revoked (`status.status_list`).
    pub status: Option<StatusReference>,
}

/// `parentAgt`, `parentGrnt` and `delegationDepth`, which come together.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delegation {
    /// `parentAgt`: the DID of the agent that delegated.
    pub parent_agent: String,
    /// `parentGrnt`: the grant it delegated from.
    pub parent_grant_id: String,
    /// `delegationDepth`, at least 1.
    pub depth: u32,
}

/// A token's place in a status list (draft-ietf-oauth-status-list section 6.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReference {
    /// `idx`: position in the list.
    pub index: u64,
    /// `uri`: the list's address, and the `sub` of the token that carries it.
    pub uri: String,
}

/// The claims that [`InvalidGrantClaim`] names, by their number in a refusal's index.
pub const GRANT_CLAIMS: [&str; 15] = [
    "payload",
    "iss",
    "sub",
    "agt",
    "dev",
    "scp",
    "scope",
    "grnt",
    "jti",
    "iat",
    "exp",
    "parentAgt",
    "parentGrnt",
    "delegationDepth",
    "status",
];

/// Why the claims are not those of a grant token: the member that is missing or has
/// another type, or whose aliases disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidGrantClaim {
    /// The claim's name.
    pub claim: &'static str,
}

impl fmt::Display for InvalidGrantClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "grant_claim_invalid: `{}`", self.claim)
    }
}

impl core::error::Error for InvalidGrantClaim {}

impl From<InvalidGrantClaim> for Refusal {
    fn from(invalid: InvalidGrantClaim) -> Self {
        let number = GRANT_CLAIMS
            .iter()
            .position(|claim| *claim == invalid.claim);
        Reason::GrantClaimInvalid.nth(number.unwrap_or_default())
    }
}

const MOST_SCOPES: usize = 100;

impl GrantClaims {
    /// Reads the payload of a token whose signature has been checked.
    ///
    /// # Errors
    /// [`InvalidGrantClaim`] names the first claim at fault.
    pub fn read(payload: &[u8]) -> Result<Self, InvalidGrantClaim> {
        let mut raw = Raw::default();
        let invalid = |_| InvalidGrantClaim { claim: "payload" };
        let mut members = Members::of(payload, Limits::TOKEN).map_err(invalid)?;
        let mut name_room = String::new();
        while let Some((name, value)) = members.next().map_err(invalid)? {
            raw.take(name.name(&mut name_room), value)?;
        }
        raw.check()
    }

    /// How many delegations lie between the principal and this token.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.delegation
            .as_ref()
            .map_or(0, |delegation| delegation.depth)
    }

    /// What the token allows, for [`Extent::within`].
    #[must_use]
    pub fn extent(&self) -> Extent<'_> {
        Extent {
            scopes: &self.scopes,
            expires_at: self.expires_at,
            depth: self.depth(),
        }
    }
}

#[derive(Default)]
struct Raw {
    issuer: Option<String>,
    principal: Option<String>,
    agent: Option<String>,
    developer: Option<String>,
    scopes: Option<Vec<String>>,
    grant_id: Option<String>,
    token_id: Option<String>,
    issued_at: Option<i64>,
    expires_at: Option<i64>,
    parent_agent: Option<String>,
    parent_grant_id: Option<String>,
    depth: Option<u32>,
    scope: Option<String>,
    status: Option<StatusReference>,
}

impl Raw {
    fn take(&mut self, name: &str, value: Value<'_>) -> Result<(), InvalidGrantClaim> {
        match name {
            "iss" => self.issuer = Some(text("iss", value)?),
            "sub" => self.principal = Some(text("sub", value)?),
            "agt" => self.agent = Some(text("agt", value)?),
            "dev" => self.developer = Some(text("dev", value)?),
            "grnt" => self.grant_id = Some(text("grnt", value)?),
            "jti" => self.token_id = Some(text("jti", value)?),
            "iat" => self.issued_at = Some(integer("iat", value)?),
            "exp" => self.expires_at = Some(integer("exp", value)?),
            "parentAgt" => self.parent_agent = Some(text("parentAgt", value)?),
            "parentGrnt" => self.parent_grant_id = Some(text("parentGrnt", value)?),
            "scope" => self.scope = Some(text("scope", value)?),
            "scp" => self.scopes = Some(scopes(value)?),
            "delegationDepth" => {
                let claim = "delegationDepth";
                let depth = u32::try_from(integer(claim, value)?)
                    .ok()
                    .filter(|depth| *depth >= 1);
                self.depth = Some(depth.ok_or(InvalidGrantClaim { claim })?);
            }
            "status" => self.status = status(value)?,
            _ => {}
        }
        Ok(())
    }

    fn check(self) -> Result<GrantClaims, InvalidGrantClaim> {
        let missing = |claim| InvalidGrantClaim { claim };
        let scopes = self.scopes.ok_or(missing("scp"))?;
        // Grantex section 5: an alias that says something else than what it stands for
        // would let two verifiers see two different tokens.
        if self.scope.is_some_and(|scope| scope != scopes.join(" ")) {
            return Err(missing("scope"));
        }
        let delegation = match (self.parent_agent, self.parent_grant_id, self.depth) {
            (None, None, None) => None,
            (Some(parent_agent), Some(parent_grant_id), Some(depth)) => Some(Delegation {
                parent_agent,
                parent_grant_id,
                depth,
            }),
            (None, ..) => return Err(missing("parentAgt")),
            (_, None, _) => return Err(missing("parentGrnt")),
            (.., None) => return Err(missing("delegationDepth")),
        };
        let token_id = self.token_id.ok_or(missing("jti"))?;
        Ok(GrantClaims {
            issuer: self.issuer.ok_or(missing("iss"))?,
            principal: self.principal.ok_or(missing("sub"))?,
            agent: self.agent.ok_or(missing("agt"))?,
            developer: self.developer.ok_or(missing("dev"))?,
            scopes,
            grant_id: self.grant_id.unwrap_or_else(|| token_id.clone()),
            token_id,
            issued_at: self.issued_at.ok_or(missing("iat"))?,
            expires_at: self.expires_at.ok_or(missing("exp"))?,
            delegation,
            status: self.status,
        })
    }
}

fn text(claim: &'static str, value: Value<'_>) -> Result<String, InvalidGrantClaim> {
    value
        .as_text()
        .map(|text| text.decode().to_string())
        .ok_or(InvalidGrantClaim { claim })
}

fn integer(claim: &'static str, value: Value<'_>) -> Result<i64, InvalidGrantClaim> {
    match value {
        Value::Number(number) => number.as_integer(),
        _ => None,
    }
    .ok_or(InvalidGrantClaim { claim })
}

fn scopes(value: Value<'_>) -> Result<Vec<String>, InvalidGrantClaim> {
    let claim = "scp";
    let Value::Array(array) = value else {
        return Err(InvalidGrantClaim { claim });
    };
    let mut scopes = Vec::new();
    for element in array.elements() {
        if scopes.len() == MOST_SCOPES {
            return Err(InvalidGrantClaim { claim });
        }
        scopes.push(text(claim, element)?);
    }
    Ok(scopes)
}

/// Other mechanisms than the status list may stand beside it (draft section 6.1); they
/// are not ours to judge.
fn status(value: Value<'_>) -> Result<Option<StatusReference>, InvalidGrantClaim> {
    let invalid = InvalidGrantClaim { claim: "status" };
    let Value::Object(status) = value else {
        return Err(invalid);
    };
    let Some(list) = member(status, "status_list").ok_or(invalid)? else {
        return Ok(None);
    };
    let Value::Object(list) = list else {
        return Err(invalid);
    };
    let index = match member(list, "idx").ok_or(invalid)? {
        Some(Value::Number(number)) => number
            .as_integer()
            .and_then(|index| u64::try_from(index).ok()),
        _ => None,
    };
    let uri = match member(list, "uri").ok_or(invalid)? {
        Some(Value::String(uri)) => Some(uri.decode().to_string()),
        _ => None,
    };
    match (index, uri) {
        (Some(index), Some(uri)) => Ok(Some(StatusReference { index, uri })),
        _ => Err(invalid),
    }
}

/// `None` when the object cannot be read, `Some(None)` when it lacks the member.
#[allow(
    clippy::option_option,
    reason = "a broken object is not one without the member"
)]
fn member<'a>(object: Object<'a>, wanted: &str) -> Option<Option<Value<'a>>> {
    let mut members = object.members();
    let mut found = None;
    while let Some((name, value)) = members.next().ok()? {
        if name.is(wanted) {
            found = Some(value);
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::*;

    const REQUIRED: [(&str, &str); 8] = [
        ("iss", r#""https://i""#),
        ("sub", r#""usr_1""#),
        ("agt", r#""did:grantex:ag_1""#),
        ("dev", r#""dev_1""#),
        ("scp", r#"["a","b"]"#),
        ("jti", r#""tok_1""#),
        ("iat", "1"),
        ("exp", "2"),
    ];

    fn payload(changed: &str, to: Option<&str>, more: &str) -> String {
        let members = REQUIRED.iter().filter_map(|(claim, value)| {
            let value = if *claim == changed { to? } else { value };
            Some(format!("\"{claim}\":{value}"))
        });
        format!("{{{}{more}}}", members.collect::<Vec<_>>().join(","))
    }

    fn read(more: &str) -> Result<GrantClaims, InvalidGrantClaim> {
        GrantClaims::read(payload("", None, more).as_bytes())
    }

    #[test]
    fn a_root_token_has_no_delegation_and_its_grant_may_be_its_own_id() {
        let claims = read("").unwrap();
        assert_eq!((claims.delegation.as_ref(), claims.depth()), (None, 0));
        assert_eq!(claims.grant_id, "tok_1");
        assert_eq!(read(r#","grnt":"grnt_9""#).unwrap().grant_id, "grnt_9");
    }

    #[test]
    fn delegation_claims_come_together() {
        let all = r#","parentAgt":"did:grantex:ag_0","parentGrnt":"grnt_0","delegationDepth":2"#;
        assert_eq!(read(all).unwrap().depth(), 2);
        for (part, claim) in [
            (r#","parentGrnt":"g","delegationDepth":1"#, "parentAgt"),
            (r#","parentAgt":"a","delegationDepth":1"#, "parentGrnt"),
            (r#","parentAgt":"a","parentGrnt":"g""#, "delegationDepth"),
            (
                r#","parentAgt":"a","parentGrnt":"g","delegationDepth":0"#,
                "delegationDepth",
            ),
            (
                r#","parentAgt":"a","parentGrnt":"g","delegationDepth":1.5"#,
                "delegationDepth",
            ),
        ] {
            assert_eq!(read(part), Err(InvalidGrantClaim { claim }), "{part}");
        }
    }

    #[test]
    fn an_alias_that_disagrees_is_refused() {
        assert!(read(r#","scope":"a b""#).is_ok());
        for scope in ["a", "b a", "a b c", ""] {
            let wrong = read(&format!(r#","scope":"{scope}""#));
            assert_eq!(wrong, Err(InvalidGrantClaim { claim: "scope" }));
        }
    }

    #[test]
    fn each_required_claim_is_required_and_typed() {
        for (claim, _) in REQUIRED {
            for wrong in [None, Some("null"), Some("true"), Some("{}")] {
                let refused = GrantClaims::read(payload(claim, wrong, "").as_bytes());
                assert_eq!(refused, Err(InvalidGrantClaim { claim }), "{wrong:?}");
            }
        }
        assert_eq!(
            read(r#","grnt":7"#),
            Err(InvalidGrantClaim { claim: "grnt" })
        );
    }

    #[test]
    fn a_status_reference_is_read_whole() {
        let status = read(r#","status":{"status_list":{"idx":7,"uri":"https://i/s/1"}}"#)
            .unwrap()
            .status;
        assert_eq!(
            status,
            Some(StatusReference {
                index: 7,
                uri: "https://i/s/1".to_string()
            })
        );
        assert_eq!(read(r#","status":{"other":1}"#).unwrap().status, None);
        for broken in [
            "1",
            r#"{"status_list":1}"#,
            r#"{"status_list":{"idx":-1,"uri":"u"}}"#,
            r#"{"status_list":{"idx":1}}"#,
        ] {
            let refused = read(&format!(r#","status":{broken}"#));
            assert_eq!(
                refused,
                Err(InvalidGrantClaim { claim: "status" }),
                "{broken}"
            );
        }
    }
}
