//! Who is at the other end, for the owner's eyes and for limits.

use alloc::string::String;

use serde::{Deserialize, Serialize};

/// Who is at the other end of a request. Shown to the owner; nothing is decided by it but
/// how often it may try.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// IP address as the network says; empty when unknown.
    pub address: String,
    /// What the program says it is.
    pub user_agent: String,
}

impl Client {
    /// Longest address that is kept: an IPv6 address with its zone.
    const ADDRESS_LIMIT: usize = 64;
    /// Longest user agent that is kept, in bytes.
    const USER_AGENT_LIMIT: usize = 256;

    /// A client, each part cut to what is kept.
    #[must_use]
    pub fn new(address: &str, user_agent: &str) -> Self {
        Self {
            address: cut(address, Self::ADDRESS_LIMIT).into(),
            user_agent: cut(user_agent, Self::USER_AGENT_LIMIT).into(),
        }
    }
}

/// The longest beginning of `text` that fits `limit` bytes and ends between two characters.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("añb", 2), "a");
        assert_eq!(cut("añb", 3), "añ");
        assert_eq!(cut("añb", 9), "añb");
        assert_eq!(Client::new("::1", &"é".repeat(300)).user_agent.len(), 256);
    }
}
