//! How often one address may do what needs no account.
//!
//! The shard of an address counts for all fronts together, and remembers when they do not.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::Directory;
use crate::authority::{
    Outcome, Place, World,
    limits::{self, Limit},
};

/// Milliseconds until addresses that have done nothing more are forgotten.
const SWEEP_AFTER: i64 = 2 * 60 * 60 * 1000;

/// What somebody without an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attempt {
    /// An agent registers by itself: each makes an account.
    RegisterAgent,
    /// A program asks for a person's word.
    OpenDevice,
    /// Sign up, as a person or as a developer.
    SignUp,
    /// A service reports calls.
    ReportCalls,
    /// Ask for a sign-in link: each may be a mail to somebody who did not ask.
    AskForLink,
}

impl Attempt {
    const fn limit(self) -> Limit {
        match self {
            Self::RegisterAgent => Limit::per("register_agent", 100, 3600),
            Self::OpenDevice => Limit::per("open_device", 100, 600),
            Self::SignUp => Limit::per("sign_up", 300, 3600),
            Self::ReportCalls => Limit::per("report_calls", 1200, 60),
            Self::AskForLink => Limit::per("ask_for_link", 100, 3600),
        }
    }
}

/// Asked before the attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountAttempt {
    /// What.
    pub attempt: Attempt,
    /// By whom, as the network says.
    pub address: String,
}

/// Counts one attempt, from anywhere.
///
/// # Errors
/// [`Refusal::RateLimited`](crate::authority::refusal::Refusal::RateLimited).
pub fn count(world: &World<'_>, attempt: Attempt, address: &str) -> Outcome<()> {
    if world.is_workbench(address) {
        return Ok(());
    }
    let origin = limits::origin(address);
    world.ask(
        Place::directory_of("address", &origin),
        CountAttempt {
            attempt,
            address: origin,
        },
    )
}

/// Counts one attempt, in the address's shard.
///
/// # Errors
/// [`Refusal::RateLimited`](crate::authority::refusal::Refusal::RateLimited).
pub fn allow(directory: &Directory<'_>, question: &CountAttempt) -> Outcome<()> {
    let now = directory.world.now;
    sweep_again(directory);
    limits::allow(
        directory.store,
        now,
        &question.attempt.limit(),
        &question.address,
    )?;
    Ok(())
}

/// What still counts is looked at again when it has come to nothing.
pub(super) fn sweep_again(directory: &Directory<'_>) {
    let at = directory.world.now.plus(SWEEP_AFTER);
    directory.world.wake_by(at);
}
