//! One-time codes that can be checked offline.
//!
//! ```text
//! anx://{target}/{user}?exp={lifetime}&ts={issued at}&n={nonce}&k={key}&sig={signature}
//! ```
//!
//! A person hands such a line to their agent, the agent to a platform. Up to `ts` it is
//! what the Anexus protocol documents, byte for byte. What follows makes it impossible to
//! guess (`n`: 128 random bits) and possible to check without a network (`sig`: ES256 by
//! the issuer, over everything before `&sig=`). So a platform refuses what is forged,
//! altered, expired or meant for another by itself, and asks the issuer only to spend what
//! is genuine. That it is spent once is the authority's to say, never this room's.
//!
//! A code can never be taken for a token, though one key may sign both: what a JWS signs is
//! base64url and one dot, and a code's `anx:` has a colon.
//!
//! | part | form |
//! |---|---|
//! | target | a letter or digit of a-z0-9, then up to 47 of a-z0-9._- |
//! | user | `user_` and 1 to 32 of a-z0-9; issued here with 16 of Crockford's base32 |
//! | lifetime | 1 to 3600, seconds |
//! | issued at | ten digits, seconds since 1970 |
//! | nonce | 22 characters of base64url, 16 bytes |
//! | key | the first 8 characters of the key's RFC 7638 thumbprint |
//! | signature | 86 characters of base64url, r and s, the smaller of the two s |
//!
//! A code is at most [`MAX_CODE`] characters, and each has one spelling, so that the
//! authority can compare codes whole and store their digest.

mod check;
mod draft;
mod grammar;
mod low_s;
mod parse;

pub use check::{CodeExpectations, Presented, check, present};
pub use draft::{CodeDraft, SigningInput, new_user_id};
pub use grammar::{Target, UserId};
pub use parse::{Code, parse};

/// The longest code, in characters.
pub const MAX_CODE: usize = 239;

/// The longest life of a code, in seconds.
pub const MAX_LIFETIME: u32 = 3_600;

/// `&sig=` and the signature.
const SIGNATURE_PARAMETER: usize = 5 + 86;

#[cfg(test)]
mod tests;
