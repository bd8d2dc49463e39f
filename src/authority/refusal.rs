//! Every way in which the authority says no.

use serde::{Deserialize, Serialize};

/// A refusal: who is to blame is in the variant's name, what a caller may act on in its data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Refusal {
    /// Caller: too many attempts; try again in this many seconds.
    RateLimited {
        /// Seconds, at least 1.
        retry_after: u32,
    },
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "rate_limited",
        }
    }
}
