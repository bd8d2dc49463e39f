//! Delegated grants: what a principal let an agent do, as a token says it, and whether
//! what was passed on is no wider than what was given.
//!
//! - [`claims`]: the claims of a grant token, typed, read after its signature was checked;
//! - [`narrow`]: the one rule of delegation, used by whoever issues and whoever verifies;
//! - [`verify`]: one token, offline;
//! - [`chain`]: a token and all those it was delegated from;
//! - [`revocation`]: what a signed status list says of a token, and how fresh that is.
//!
//! This room stands on [`crate::jose`] and [`crate::status_list`]. It issues nothing.

pub mod chain;
pub mod claims;
pub mod narrow;
pub mod revocation;
pub mod verify;

pub use chain::verify_delegation_chain;
pub use claims::GrantClaims;
pub use revocation::{Revocation, StatusListToken};
pub use verify::{GrantExpectations, verify_grant_token};

#[cfg(test)]
mod tests;
