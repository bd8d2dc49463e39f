//! Secrets that name their account.
//!
//! `{prefix}{account}{secret}`: the account's 16 characters, so that any edge node finds
//! its object without a directory, then 256 random bits as 43 characters of base64url.
//! Only the SHA-256 of the whole text is stored: the text is random, so no salt and no slow
//! hash is called for, and a look-up by the digest leaks nothing by its timing.

use alloc::{format, string::String};

use super::{AccountId, World, refusal::Refusal};
use crate::{jose::base64url, sha256};

/// The SHA-256 of a credential's text: what is stored of it.
pub type CredentialHash = [u8; 32];

/// What a credential is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialKind {
    /// A person's session.
    Session,
    /// A platform's or an agent's API key.
    ApiKey,
    /// A developer's API key, for grants that count.
    DeveloperLiveKey,
    /// A developer's API key, for trying out.
    DeveloperTestKey,
    /// An agent's secret.
    AgentSecret,
    /// A link that a person is sent by mail.
    MailLink,
    /// What a device shows while it waits for its person.
    DeviceCode,
}

impl CredentialKind {
    /// What its text begins with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "ses_",
            Self::ApiKey => "nxs6_",
            Self::DeveloperLiveKey => "gx_live_",
            Self::DeveloperTestKey => "gx_test_",
            Self::AgentSecret => "as_",
            Self::MailLink => "link_",
            Self::DeviceCode => "dev_",
        }
    }
}

/// A credential in clear. It is never stored and never printed but to its owner, once.
#[derive(Clone)]
pub struct Credential {
    kind: CredentialKind,
    account: AccountId,
    text: String,
}

impl Credential {
    /// Characters of the secret part.
    pub const SECRET_LENGTH: usize = 43;

    /// A fresh one.
    #[must_use]
    pub fn mint(world: &World<'_>, kind: CredentialKind, account: AccountId) -> Self {
        let secret = base64url::encode(&world.random::<32>());
        Self {
            kind,
            account,
            text: format!("{}{account}{secret}", kind.prefix()),
        }
    }

    /// Reads one as a caller shows it. That says nothing yet about whether it was ever issued.
    ///
    /// # Errors
    /// [`Refusal::CredentialRejected`] for another kind or any other text.
    pub fn parse(kind: CredentialKind, text: &str) -> Result<Self, Refusal> {
        Self::read(kind, text).ok_or(Refusal::CredentialRejected)
    }

    fn read(kind: CredentialKind, text: &str) -> Option<Self> {
        let rest = text.strip_prefix(kind.prefix())?;
        let (account, secret) = rest.split_at_checked(AccountId::LENGTH)?;
        let account = AccountId::parse(account).ok()?;
        let mut bits = [0; 32];
        let written = (secret.len() == Self::SECRET_LENGTH)
            .then(|| base64url::decode_into(secret.as_bytes(), &mut bits))?;
        (written == Ok(bits.len())).then(|| Self {
            kind,
            account,
            text: text.into(),
        })
    }

    /// What it is for.
    #[must_use]
    pub const fn kind(&self) -> CredentialKind {
        self.kind
    }

    /// The account that it names.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> CredentialHash {
        sha256::digest(self.text.as_bytes())
    }

    /// The credential itself, for its owner's eyes.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The credential itself, for its owner's eyes.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }
}

debug_without_secrets!(Credential { kind, account });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::testing::with_world;

    #[test]
    fn what_is_minted_is_read_back() {
        with_world(|world| {
            let account = world.new_account_id();
            for kind in [
                CredentialKind::Session,
                CredentialKind::ApiKey,
                CredentialKind::AgentSecret,
                CredentialKind::MailLink,
                CredentialKind::DeviceCode,
            ] {
                let minted = Credential::mint(world, kind, account);
                let read = Credential::parse(kind, minted.reveal()).unwrap();
                assert_eq!(read.account(), account);
                assert_eq!(read.hash(), minted.hash());
                assert_eq!(
                    minted.reveal().len(),
                    kind.prefix().len() + AccountId::LENGTH + Credential::SECRET_LENGTH
                );
            }
        });
    }

    #[test]
    fn another_kind_or_spelling_is_refused() {
        with_world(|world| {
            let session = Credential::mint(world, CredentialKind::Session, world.new_account_id())
                .into_text();
            assert!(Credential::parse(CredentialKind::ApiKey, &session).is_err());
            // 43 characters carry 258 bits: the last two must be zero (RFC 4648 section 3.5).
            let stray = format!("{}9", &session[..session.len() - 1]);
            for text in [
                "",
                "ses_",
                &session[..session.len() - 1],
                &format!("{session}A"),
                &format!(" {session}"),
                &stray,
                "ses_äöüäöüäöüäöüäöüäöü",
            ] {
                assert!(
                    Credential::parse(CredentialKind::Session, text).is_err(),
                    "{text}"
                );
            }
        });
    }

    #[test]
    fn debug_shows_no_secret() {
        with_world(|world| {
            let credential =
                Credential::mint(world, CredentialKind::ApiKey, world.new_account_id());
            let secret = &credential.reveal()[credential.reveal().len() - 43..];
            assert!(!format!("{credential:?}").contains(secret));
        });
    }
}
