//! Every way in which the authority says no.
//!
//! A refusal carries data, not prose: a door maps its [`code`](Refusal::code) to its
//! protocol's error, and shows [`message`](Refusal::message) where a person reads it. It
//! never tells a stranger more than it must: a secret that is wrong, used or expired is
//! one refusal, and the owner's audit log tells them apart.
//!
//! To add one: a variant with its data, a line in `describe` and in `message`, an example
//! in the test.

use alloc::{format, string::String};

use serde::{Deserialize, Serialize};

use super::NameKind;

/// A refusal, with what its receiver may act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Refusal {
    /// Too many attempts.
    RateLimited {
        /// Seconds until the next attempt can succeed, at least 1.
        retry_after: u32,
    },
    /// A value that the caller chose breaks its rule.
    InvalidField {
        /// Which value.
        field: Field,
        /// Which rule.
        problem: Problem,
    },
    /// Somebody else has, or is just taking, this name.
    NameTaken {
        /// What kind of name.
        kind: NameKind,
    },
    /// Sign-in by password: the name is unknown or the password is wrong.
    SignInFailed,
    /// A session token or key that is unknown, ended, expired or of the wrong kind.
    CredentialRejected,
    /// A one-time secret that is unknown, spent, expired, or not for the one who shows it.
    SecretRejected,
    /// A link that came by mail to an address that nobody has shown to be theirs yet, followed
    /// without a session of the account and without a new password.
    NewPasswordRequired,
    /// A form's token that is missing, spent, expired, or of another form or browser.
    FormRejected,
    /// The thing that the request names is not (or no longer) in this account.
    NotFound,
    /// What the request names was decided before, or its time is over.
    Gone,
    /// The principal must be signed in here before deciding.
    SignInRequired,
    /// A grant token that is not good now.
    TokenRejected,
    /// A grant token of another developer.
    AnotherDevelopers,
    /// A delegation below the depth that is allowed.
    TooDeep {
        /// How deep it may go.
        most: u32,
    },
    /// A delegation of more than the delegating agent has.
    ScopeWider,
    /// The account has as many of these as it may.
    TooMany {
        /// How many that is.
        most: u32,
    },
    /// A platform's key that takes signed requests only, and one that was not.
    SignatureRequired,
    /// A request's signature that is not by this key's secret.
    SignatureRejected,
    /// A request that was genuinely signed, too long ago or too far ahead.
    TimestampRejected,
    /// Only a development deployment does this.
    DevelopmentOnly,
    /// What was sent is not what is read there.
    MalformedBody(MalformedBody),
}

/// What is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MalformedBody {
    /// It is longer than is read.
    TooLong {
        /// Bytes that would be read.
        most: usize,
    },
    /// It is no form of ours, or too long for one.
    Form,
    /// Not JSON, or JSON of another shape, or a member is there twice (at any depth). The place
    /// where the reader stopped, counted from 1.
    Unreadable {
        /// Line.
        line: usize,
        /// Column, in bytes.
        column: usize,
    },
    /// A member is missing, or null.
    Missing {
        /// Its name.
        member: String,
    },
    /// A member has another type, or is none of the words that are taken there.
    Mistyped {
        /// Its name.
        member: String,
    },
}

impl From<MalformedBody> for Refusal {
    fn from(malformed: MalformedBody) -> Self {
        Self::MalformedBody(malformed)
    }
}

/// Whose doing a refusal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// Whoever sent the request.
    Caller,
    /// The agent.
    Agent,
    /// The person on whose behalf the agent acts.
    Principal,
    /// The platform that checks.
    Platform,
    /// This deployment.
    Us,
}

/// A value that a caller chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Field {
    /// The name that a person signs in with.
    Username,
    /// A person's mail address.
    Email,
    /// The name that others see.
    DisplayName,
    /// A password.
    Password,
    /// The name of a platform.
    Target,
    /// The key under which a lost answer may be asked for again.
    IdempotencyKey,
    /// What is asked for or granted.
    Scopes,
    /// On whose behalf an agent acts.
    Principal,
    /// An agent, by its id or DID.
    Agent,
    /// An agent's name.
    AgentName,
    /// What an agent does.
    AgentDescription,
    /// A grant, by its id.
    Grant,
    /// What an agent did.
    Action,
    /// More about what an agent did.
    Metadata,
    /// How long something shall be good.
    ExpiresIn,
    /// Where a browser goes after a decision.
    RedirectUri,
    /// A PKCE challenge.
    CodeChallenge,
    /// What is given back with a decision.
    State,
    /// For whom a token is.
    Audience,
    /// What the owner calls a key.
    Label,
    /// Whether a key takes signed requests only.
    RequireSignature,
    /// What a person gives a platform.
    Permission,
    /// What an agent says of itself.
    AgentProfile,
    /// How far one agent trusts another.
    TrustLevel,
    /// How far an agent must be trusted to be found.
    LeastTrust,
    /// Whom an agent trusts.
    TrustTarget,
    /// A call that a service reports.
    ReportedCall,
    /// What somebody looks for.
    Search,
    /// Which part of a list.
    Page,
    /// What a list is asked for.
    Query,
    /// What shall be otherwise.
    Change,
}

/// The rule that a value breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Problem {
    /// It is absent or empty.
    Missing,
    /// It has fewer characters than this.
    TooShort(u32),
    /// It has more characters than this.
    TooLong(u32),
    /// It has a character or a shape that the field does not allow.
    Malformed,
}

impl Field {
    /// The field's name, as in a form or a JSON body.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::DisplayName => "display_name",
            Self::Password => "password",
            Self::Target => "target",
            Self::IdempotencyKey => "idempotency_key",
            Self::Scopes => "scopes",
            Self::Principal => "principal_id",
            Self::Agent => "agent_id",
            Self::AgentName => "name",
            Self::AgentDescription => "description",
            Self::Grant => "grant_id",
            Self::Action => "action",
            Self::Metadata => "metadata",
            Self::ExpiresIn => "expires_in",
            Self::RedirectUri => "redirect_uri",
            Self::CodeChallenge => "code_challenge",
            Self::State => "state",
            Self::Audience => "audience",
            Self::Label => "label",
            Self::RequireSignature => "require_signature",
            Self::Permission => "permission",
            Self::AgentProfile => "profile",
            Self::TrustLevel => "trust_level",
            Self::LeastTrust => "min_trust_score",
            Self::TrustTarget => "target",
            Self::ReportedCall => "call",
            Self::Search => "query",
            Self::Page => "page",
            Self::Query => "query",
            Self::Change => "change",
        }
    }

    const fn rule(self) -> &'static str {
        match self {
            Self::Username => {
                "2 to 32 of a-z, 0-9, hyphen and underscore, beginning with a letter or digit, no user id"
            }
            Self::Email => "an address such as name@example.com",
            Self::DisplayName => "1 to 64 characters, no control characters",
            Self::Password => "10 to 256 characters",
            Self::Target => {
                "1 to 48 of a-z, 0-9, dot, hyphen and underscore, beginning with a letter or digit"
            }
            Self::IdempotencyKey => "1 to 255 printable ASCII characters",
            Self::Scopes => "1 to 100 scopes of 1 to 256 characters, none of them blank",
            Self::Principal => "1 to 256 characters",
            Self::Agent => "the id of an agent of yours",
            Self::AgentName => "1 to 200 characters, no control characters",
            Self::AgentDescription => "at most 2000 characters",
            Self::Grant => "the id of a grant of yours",
            Self::Action => "1 to 256 characters, no control characters",
            Self::Metadata => {
                "a JSON object of at most 16384 bytes, 16 levels and 256 members to an object"
            }
            Self::ExpiresIn => "digits and one of s, m, h, d, greater than 0 and at most 366d",
            Self::RedirectUri => {
                "an absolute https URL without user information or fragment, at most 2048 characters"
            }
            Self::CodeChallenge => "43 characters of base64url, with the method S256",
            Self::State => "at most 1024 characters",
            Self::Audience => "1 to 1024 characters",
            Self::Label => "1 to 64 characters, no control characters",
            Self::RequireSignature => "it only for a key with a secret",
            Self::Permission => {
                "up to 32 different ones of 1 to 64 characters, no control characters"
            }
            Self::AgentProfile => "texts and lists within their bounds, no control characters",
            Self::TrustLevel | Self::LeastTrust => "a whole number from 0 to 100",
            Self::TrustTarget => "another agent than itself",
            Self::ReportedCall => "texts within their bounds, of at most 16 accounts",
            Self::Search => "at most 200 bytes",
            Self::Page => "page and pageSize as whole numbers from 1",
            Self::Query => "each parameter once, percent-encoded, 32 of them at most",
            Self::Change => "at least one of the members that can be changed here",
        }
    }
}

impl Refusal {
    /// A value of a character or a shape that the field does not allow.
    #[must_use]
    pub const fn malformed(field: Field) -> Self {
        Self::InvalidField {
            field,
            problem: Problem::Malformed,
        }
    }

    /// The stable code, the same in every release.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.describe().0
    }

    /// Whose doing it is.
    #[must_use]
    pub const fn blame(&self) -> Blame {
        self.describe().1
    }

    const fn describe(&self) -> (&'static str, Blame) {
        match self {
            Self::RateLimited { .. } => ("rate_limited", Blame::Caller),
            Self::InvalidField { .. } => ("invalid_field", Blame::Caller),
            Self::NameTaken { .. } => ("name_taken", Blame::Caller),
            Self::SignInFailed => ("sign_in_failed", Blame::Caller),
            Self::CredentialRejected => ("credential_rejected", Blame::Caller),
            Self::SecretRejected => ("secret_rejected", Blame::Caller),
            Self::NewPasswordRequired => ("new_password_required", Blame::Caller),
            Self::FormRejected => ("form_rejected", Blame::Caller),
            Self::NotFound => ("not_found", Blame::Caller),
            Self::Gone => ("gone", Blame::Caller),
            Self::SignInRequired => ("sign_in_required", Blame::Principal),
            Self::TokenRejected => ("token_rejected", Blame::Agent),
            Self::AnotherDevelopers => ("another_developers", Blame::Caller),
            Self::TooDeep { .. } => ("delegation_too_deep", Blame::Agent),
            Self::ScopeWider => ("delegation_scope_wider", Blame::Agent),
            Self::TooMany { .. } => ("too_many", Blame::Caller),
            Self::SignatureRequired => ("signature_required", Blame::Platform),
            Self::SignatureRejected => ("signature_rejected", Blame::Platform),
            Self::TimestampRejected => ("timestamp_rejected", Blame::Platform),
            Self::DevelopmentOnly => ("development_only", Blame::Caller),
            Self::MalformedBody(_) => ("malformed_body", Blame::Caller),
        }
    }

    /// For a person: what is wrong, where, and what to do.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::RateLimited { retry_after } => {
                format!("Too many attempts. Try again in {retry_after} s.")
            }
            Self::InvalidField { field, problem } => {
                let (name, rule) = (field.code(), field.rule());
                match problem {
                    Problem::Missing => format!("{name} is missing: give {rule}."),
                    Problem::TooShort(least) => {
                        format!("{name} has fewer than {least} characters: give {rule}.")
                    }
                    Problem::TooLong(most) => {
                        format!("{name} has more than {most} characters: give {rule}.")
                    }
                    Problem::Malformed => format!("{name} is not allowed: give {rule}."),
                }
            }
            Self::NameTaken { kind } => {
                format!("This {} is taken: choose another.", kind.field().code())
            }
            Self::SignInFailed => "The name or the password is wrong.".into(),
            Self::CredentialRejected => {
                "The credential is not valid, or no longer: sign in again.".into()
            }
            Self::SecretRejected => {
                "The code or link is not valid, or no longer: ask for a new one.".into()
            }
            Self::NewPasswordRequired => {
                "Nobody has shown yet that the account's mail address is theirs: choose a new \
                 password, or follow the link where you are signed in."
                    .into()
            }
            Self::FormRejected => {
                "The form was sent before or has expired: load the page and send it again.".into()
            }
            Self::NotFound => "There is nothing here by this name or id.".into(),
            Self::Gone => "This was decided before, or has expired: ask again.".into(),
            Self::SignInRequired => {
                "Sign in as the person whom the request names, then decide.".into()
            }
            Self::TokenRejected => {
                "The grant token is not valid, or no longer: ask for a new grant.".into()
            }
            Self::AnotherDevelopers => {
                "The grant token is another developer's: show it with their key.".into()
            }
            Self::TooDeep { most } => {
                format!("Delegation ends at depth {most}: act under the grant that you have.")
            }
            Self::ScopeWider => {
                "A scope is not one of the parent grant's: delegate a subset of them.".into()
            }
            Self::TooMany { most } => format!("There can be {most} of these at most."),
            Self::SignatureRequired => "This key takes signed requests only: sign it.".into(),
            Self::SignatureRejected => {
                "The signature is not by this key's secret over this timestamp.".into()
            }
            Self::TimestampRejected => {
                "The timestamp is more than 300 s off: set the clock and sign anew.".into()
            }
            Self::DevelopmentOnly => "Only a development deployment does this.".into(),
            Self::MalformedBody(MalformedBody::TooLong { most }) => {
                format!("The body is longer than {most} bytes.")
            }
            Self::MalformedBody(MalformedBody::Form) => {
                "What was sent is not a form of this site, or is too long.".into()
            }
            Self::MalformedBody(MalformedBody::Unreadable { line, column }) => format!(
                "The body is not the JSON that this path takes: line {line}, column {column}."
            ),
            Self::MalformedBody(MalformedBody::Missing { member }) => {
                format!("{member} is missing.")
            }
            Self::MalformedBody(MalformedBody::Mistyped { member }) => {
                format!("{member} has a type or a value that this path does not take.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    /// One of each. The match has no wildcard: a new variant does not compile without its line.
    fn examples() -> alloc::vec::Vec<Refusal> {
        let examples = alloc::vec![
            Refusal::RateLimited { retry_after: 7 },
            Refusal::InvalidField {
                field: Field::Password,
                problem: Problem::TooShort(10),
            },
            Refusal::NameTaken {
                kind: NameKind::Username,
            },
            Refusal::SignInFailed,
            Refusal::CredentialRejected,
            Refusal::SecretRejected,
            Refusal::NewPasswordRequired,
            Refusal::FormRejected,
            Refusal::NotFound,
            Refusal::Gone,
            Refusal::SignInRequired,
            Refusal::TokenRejected,
            Refusal::AnotherDevelopers,
            Refusal::TooDeep { most: 3 },
            Refusal::ScopeWider,
            Refusal::TooMany { most: 3 },
            Refusal::SignatureRequired,
            Refusal::SignatureRejected,
            Refusal::TimestampRejected,
            Refusal::DevelopmentOnly,
            Refusal::MalformedBody(MalformedBody::TooLong { most: 7 }),
        ];
        for refusal in &examples {
            match refusal {
                Refusal::RateLimited { .. }
                | Refusal::InvalidField { .. }
                | Refusal::NameTaken { .. }
                | Refusal::SignInFailed
                | Refusal::CredentialRejected
                | Refusal::SecretRejected
                | Refusal::NewPasswordRequired
                | Refusal::FormRejected
                | Refusal::NotFound
                | Refusal::Gone
                | Refusal::SignInRequired
                | Refusal::TokenRejected
                | Refusal::AnotherDevelopers
                | Refusal::TooDeep { .. }
                | Refusal::ScopeWider
                | Refusal::TooMany { .. }
                | Refusal::SignatureRequired
                | Refusal::SignatureRejected
                | Refusal::TimestampRejected
                | Refusal::DevelopmentOnly
                | Refusal::MalformedBody(_) => {}
            }
        }
        examples
    }

    #[test]
    fn every_refusal_has_its_own_snake_case_code_and_a_message() {
        let examples = examples();
        let codes: BTreeSet<_> = examples.iter().map(Refusal::code).collect();
        assert_eq!(codes.len(), examples.len());
        for refusal in examples {
            let code = refusal.code();
            assert!(
                code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
                "{code}"
            );
            assert!(refusal.message().ends_with('.'), "{code}");
        }
    }

    #[test]
    fn a_message_names_the_field_and_its_rule() {
        let message = Refusal::InvalidField {
            field: Field::Password,
            problem: Problem::TooShort(10),
        }
        .message();
        assert_eq!(
            message,
            "password has fewer than 10 characters: give 10 to 256 characters."
        );
    }
}
