//! The name of an account, which every credential and public id carries.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// An account's name: 16 characters of lower-case Crockford base32, 80 random bits.
///
/// It is public. Any edge node finds the account's object by it, without a directory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccountId([u8; AccountId::LENGTH]);

/// The text is not the name of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidAccountId;

impl AccountId {
    /// Length in characters, all of them ASCII.
    pub const LENGTH: usize = 16;

    /// The name that these 80 random bits make.
    #[must_use]
    pub fn from_random(bits: [u8; 10]) -> Self {
        let mut rest = bits
            .iter()
            .fold(0u128, |sum, byte| sum << 8 | u128::from(*byte));
        let mut name = [0; Self::LENGTH];
        for character in name.iter_mut().rev() {
            *character = ALPHABET.get(rest as usize & 31).copied().unwrap_or(b'0');
            rest >>= 5;
        }
        Self(name)
    }

    /// Reads a name as it stands in a credential or a public id.
    ///
    /// # Errors
    /// [`InvalidAccountId`] for another length or a character outside the alphabet.
    pub fn parse(text: &str) -> Result<Self, InvalidAccountId> {
        let name: [u8; Self::LENGTH] = text.as_bytes().try_into().map_err(|_| InvalidAccountId)?;
        if name.iter().all(|character| ALPHABET.contains(character)) {
            Ok(Self(name))
        } else {
            Err(InvalidAccountId)
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Length in characters of what tells the things of one account apart.
    pub const TAIL_LENGTH: usize = 10;

    /// The public id of a new thing in this account: `prefix`, the account's name and ten
    /// characters, 50 of these random bits.
    #[must_use]
    pub fn public_id(&self, prefix: &str, bits: [u8; 10]) -> String {
        let tail = Self::from_random(bits);
        let tail = tail.as_str().get(..Self::TAIL_LENGTH).unwrap_or_default();
        alloc::format!("{prefix}{self}{tail}")
    }

    /// The public id of the person who owns this account: `user_` and the name.
    #[must_use]
    pub fn user_id(&self) -> String {
        alloc::format!("user_{self}")
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_survives_printing_and_parsing() {
        let id = AccountId::from_random([0xff, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(AccountId::parse(id.as_str()), Ok(id));
        assert_eq!(id.as_str().len(), AccountId::LENGTH);
    }

    #[test]
    fn every_bit_counts() {
        let zero = AccountId::from_random([0; 10]);
        for bit in 0..80 {
            let mut bits = [0u8; 10];
            bits[bit / 8] = 1 << (bit % 8);
            assert_ne!(AccountId::from_random(bits), zero, "bit {bit}");
        }
    }

    #[test]
    fn other_text_is_refused() {
        for text in [
            "",
            "0123456789abcde",
            "0123456789abcdefg",
            "0123456789ABCDEF",
            "0123456789abcdeu",
            "0123456789abcd/e",
        ] {
            assert_eq!(AccountId::parse(text), Err(InvalidAccountId), "{text}");
        }
    }
}
