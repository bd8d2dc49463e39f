//! What one place asks of another.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::keyring::{KeysQuestion, RotateKeys};

/// A question to a place, with the type of its answer.
pub trait Question: Sized {
    /// What the place says when it does not refuse.
    type Answer: Serialize + DeserializeOwned;
    /// The question as it travels.
    fn into_call(self) -> Call;
}

/// Every question, as it travels. One variant holds one question's type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Call {
    /// To the keyring: which keys there are.
    Keys(KeysQuestion),
    /// To the keyring: the next keys.
    RotateKeys(RotateKeys),
}
