//! The names that people choose, normalised once, at the border.

use alloc::{
    format,
    string::{String, ToString},
};

use serde::{Deserialize, Serialize};

use super::{
    AccountId,
    refusal::{Field, Problem, Refusal},
    text,
};

/// A kind of chosen name. Equal names of two kinds are two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum NameKind {
    /// What a person signs in with.
    Username,
    /// A person's mail address.
    Email,
    /// A developer's mail address.
    DeveloperEmail,
    /// A platform, as a one-time code is aimed at it.
    Target,
}

impl NameKind {
    /// The kind's name, stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::DeveloperEmail => "developer_email",
            Self::Target => "target",
        }
    }

    pub(super) const fn field(self) -> Field {
        match self {
            Self::Username => Field::Username,
            Self::Email | Self::DeveloperEmail => Field::Email,
            Self::Target => Field::Target,
        }
    }
}

/// A chosen name that keeps its kind's rule: trimmed, lower-case, ASCII.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Name {
    kind: NameKind,
    text: String,
}

impl Name {
    /// `[a-z0-9][a-z0-9_-]{1,31}`, and no user id: who is known by either must not be taken for
    /// somebody else. ASCII alone, so that no two names look alike.
    ///
    /// # Errors
    /// [`Refusal::InvalidField`].
    pub fn username(text: &str) -> Result<Self, Refusal> {
        let name = Self::plain(NameKind::Username, text, 2, 32, b"-_")?;
        match name.text.strip_prefix("user_").map(AccountId::parse) {
            Some(Ok(_)) => Err(invalid(NameKind::Username, Problem::Malformed)),
            _ => Ok(name),
        }
    }

    /// `[a-z0-9][a-z0-9._-]{0,47}`, as the clients write the platform of a code.
    ///
    /// # Errors
    /// [`Refusal::InvalidField`].
    pub fn target(text: &str) -> Result<Self, Refusal> {
        Self::plain(NameKind::Target, text, 1, 48, b"-_.")
    }

    /// A mail address of at most 254 characters (RFC 5321 section 4.5.3.1): a dot-string
    /// before the `@` (section 4.1.2; no quoted forms), a domain of two labels or more behind.
    ///
    /// # Errors
    /// [`Refusal::InvalidField`].
    pub fn email(text: &str) -> Result<Self, Refusal> {
        let name = Self::sized(NameKind::Email, text, 3, 254)?;
        let valid = name.text.rsplit_once('@').is_some_and(|(local, domain)| {
            let local_length = local.len() <= 64;
            let atoms = local
                .split('.')
                .all(|atom| !atom.is_empty() && atom.bytes().all(is_atom_character));
            let mut labels = 0;
            let domain = domain.split('.').all(|label| {
                labels += 1;
                (1..=63).contains(&label.len())
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            });
            local_length && atoms && domain && labels >= 2
        });
        if valid {
            Ok(name)
        } else {
            Err(invalid(NameKind::Email, Problem::Malformed))
        }
    }

    /// A developer's mail address: as [`Name::email`], and apart from people's.
    ///
    /// # Errors
    /// [`Refusal::InvalidField`].
    pub fn developer_email(text: &str) -> Result<Self, Refusal> {
        let Self { text, .. } = Self::email(text)?;
        let kind = NameKind::DeveloperEmail;
        Ok(Self { kind, text })
    }

    /// What a person typed where either a user name or a mail address is asked for.
    ///
    /// # Errors
    /// [`Refusal::InvalidField`].
    pub fn login(text: &str) -> Result<Self, Refusal> {
        if text.contains('@') {
            Self::email(text)
        } else {
            Self::username(text)
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> NameKind {
        self.kind
    }

    /// The normalised text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn sized(kind: NameKind, text: &str, least: u32, most: u32) -> Result<Self, Refusal> {
        let text = text.trim().to_ascii_lowercase();
        let length = text.chars().count();
        if length == 0 {
            return Err(invalid(kind, Problem::Missing));
        }
        if length < least as usize {
            return Err(invalid(kind, Problem::TooShort(least)));
        }
        if length > most as usize {
            return Err(invalid(kind, Problem::TooLong(most)));
        }
        Ok(Self { kind, text })
    }

    fn plain(
        kind: NameKind,
        text: &str,
        least: u32,
        most: u32,
        marks: &[u8],
    ) -> Result<Self, Refusal> {
        let name = Self::sized(kind, text, least, most)?;
        let allowed = name
            .text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || marks.contains(&byte));
        let begins = name
            .text
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric());
        if allowed && begins {
            Ok(name)
        } else {
            Err(invalid(kind, Problem::Malformed))
        }
    }
}

/// RFC 5322 section 3.2.3.
fn is_atom_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

fn invalid(kind: NameKind, problem: Problem) -> Refusal {
    Refusal::InvalidField {
        field: kind.field(),
        problem,
    }
}

/// The name that others see: 1 to 64 characters, trimmed, none of them a control character.
///
/// # Errors
/// [`Refusal::InvalidField`].
pub fn display_name(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    text::check_line(Field::DisplayName, text, 1, 64)?;
    Ok(text.to_string())
}

impl core::fmt::Display for Name {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(&format!("{} {}", self.kind.as_str(), self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_lower_case() {
        assert_eq!(Name::username(" Ada_1 ").unwrap().as_str(), "ada_1");
        assert_eq!(
            Name::email("Ada@Example.COM").unwrap().as_str(),
            "ada@example.com"
        );
        assert_eq!(Name::target("GitHub.com").unwrap().as_str(), "github.com");
    }

    #[test]
    fn names_that_could_be_taken_for_others_are_refused() {
        for text in [
            "",
            "a",
            "_ada",
            "-ada",
            "аda",
            "ada lovelace",
            "ada@",
            "a.b",
        ] {
            assert!(Name::username(text).is_err(), "{text}");
        }
        // Where a principal is named, either would do: the one must not be the other's.
        for id in ["user_0123456789abcdef", " USER_0123456789ABCDEF "] {
            assert!(Name::username(id).is_err(), "{id}");
        }
        assert!(Name::username("user_0123456789abcde").is_ok());
        assert!(Name::username(&"a".repeat(32)).is_ok());
        assert!(Name::username(&"a".repeat(33)).is_err());
        for text in ["", ".x", "a/b", "a b", "a?b", "a%b", "ä"] {
            assert!(Name::target(text).is_err(), "{text}");
        }
    }

    #[test]
    fn mail_addresses_keep_rfc_5321() {
        for text in ["a@b.co", "first.last+tag@sub.example.org", "o'hara@x-y.ie"] {
            assert!(Name::email(text).is_ok(), "{text}");
        }
        for text in [
            "@b.co",
            "a@",
            "a@b",
            "a@b..co",
            "a@-b.co",
            "a@b-.co",
            ".a@b.co",
            "a..b@b.co",
            "a b@b.co",
            "a@b.co\r\nbcc:x@y.z",
            "\"a\"@b.co",
            "a@@b.co",
            "a@b@c.co",
            "é@b.co",
        ] {
            assert!(Name::email(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_display_name_shows_all_of_itself() {
        assert_eq!(display_name(" Ada Łovelace ").unwrap(), "Ada Łovelace");
        for text in ["", "  ", "a\nb", "a\u{202e}b", "a\u{200b}"] {
            assert!(display_name(text).is_err(), "{text:?}");
        }
        assert!(display_name(&"é".repeat(64)).is_ok());
        assert!(display_name(&"é".repeat(65)).is_err());
    }
}
