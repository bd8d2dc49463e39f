//! One-time codes: what a person's agent carries to a platform.
//!
//! [`issue`](issue()) makes one for a signed-in person and one target; [`redeem`](redeem())
//! spends it for a platform that has proved itself; [`history`](history()) shows the person what
//! became of each. A code is a [one-time secret](super::one_time) bound to its target; of the
//! string itself only the SHA-256 is kept, and it is compared whole.

mod history;
mod issue;
mod redeem;

use alloc::string::String;

pub use history::{CodeFate, IssuedCode, history};
pub use issue::{Issued, LIFETIME, Wanted, issue};
pub use redeem::{Granted, Person, Redeem, redeem};

use crate::mac::hex;

/// What the log calls a code: enough to tell one from another, nothing that helps to guess it.
fn public_id(hash: &[u8; 32]) -> String {
    let mut id = String::from("code_");
    id.push_str(&hex::encode(hash.get(..6).unwrap_or_default()));
    id
}
