//! Why a rule stopped before its answer.

use alloc::boxed::Box;

use super::{Need, refusal::Refusal, store::StoreFault};

/// What every rule returns.
///
/// The host commits on `Ok` and on [`Halt::Refused`] (a refusal leaves its trace in the
/// audit log), and rolls back on the other two. A rule therefore makes all its checks
/// before its first write other than to the audit log and the limits.
pub type Outcome<T> = Result<T, Halt>;

/// Why a rule stopped.
#[derive(Debug)]
pub enum Halt {
    /// The answer is no, for a reason that somebody outside can do something about.
    Refused(Refusal),
    /// Something from outside is missing: fetch it and run the rule again.
    Needs(Box<Need>),
    /// Something is wrong on our side. The outside sees a bare "internal error".
    Fault(Fault),
}

/// What went wrong on our side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The database refused a statement.
    Store(StoreFault),
    /// A row, a stored secret or another place's answer does not read as what it must be.
    Corrupt(&'static str),
    /// A setting that this deployment must have is missing.
    Unconfigured(&'static str),
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Need> for Halt {
    fn from(need: Need) -> Self {
        Self::Needs(Box::new(need))
    }
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<StoreFault> for Halt {
    fn from(fault: StoreFault) -> Self {
        Self::Fault(Fault::Store(fault))
    }
}
