//! The two names in a code.

use crate::jose::{Reason, Refusal};
use core::fmt;

/// The name of a platform that a code is for: 1 to 48 of a-z, 0-9, `.`, `_` and `-`, the
/// first a letter or digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target<'a>(&'a str);

/// Who sent the agent: `user_` and 1 to 32 of a-z and 0-9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserId<'a>(&'a str);

impl<'a> Target<'a> {
    /// Takes a name as it is: nothing is trimmed or lower-cased.
    ///
    /// # Errors
    /// [`Reason::CodeTargetMalformed`]
    pub fn parse(name: &'a str) -> Result<Self, Refusal> {
        let is_inner = |b: u8| is_name(b) || matches!(b, b'.' | b'_' | b'-');
        match name.as_bytes() {
            [first, rest @ ..]
                if is_name(*first) && rest.len() < 48 && rest.iter().all(|b| is_inner(*b)) =>
            {
                Ok(Self(name))
            }
            _ => Err(Reason::CodeTargetMalformed.into()),
        }
    }

    /// The name.
    pub const fn as_str(&self) -> &'a str {
        self.0
    }
}

impl<'a> UserId<'a> {
    /// Takes an id as it is.
    ///
    /// # Errors
    /// [`Reason::CodeUserMalformed`]
    pub fn parse(id: &'a str) -> Result<Self, Refusal> {
        match id.strip_prefix("user_").map(str::as_bytes) {
            Some(rest) if (1..=32).contains(&rest.len()) && rest.iter().all(|b| is_name(*b)) => {
                Ok(Self(id))
            }
            _ => Err(Reason::CodeUserMalformed.into()),
        }
    }

    /// The id, `user_` included.
    pub const fn as_str(&self) -> &'a str {
        self.0
    }
}

const fn is_name(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9')
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for UserId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
