//! What the host and the rules say to each other.
//!
//! Encoded in postcard: variants and lengths are LEB128, signed numbers in zigzag, fields in
//! order without names. The host's half is `worker/codec.js`; a change here is a change there.
//! What the host only carries (a question, a refusal) it carries as bytes.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{
    authority::{
        Algorithm, Fault, Need, Outbound, Outcome, Place, Provided, Timestamp,
        bytes::{self, Bytes},
        call::Call,
        encode,
        keyring::HostKeyring,
        refusal::Refusal,
    },
    doors::{Request, Response},
};

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// When what is answered arrived; the same in each run of one request.
    pub now: Timestamp,
    /// 32 random bytes; the same in each run of one request.
    #[serde(with = "bytes")]
    pub seed: [u8; 32],
    /// What the request is called in answers and logs: random, too, and nothing follows from it.
    #[serde(with = "bytes")]
    pub id: [u8; 16],
    /// Whether no run in this place has been committed since its start.
    pub fresh: bool,
    /// What earlier runs of this request asked for.
    pub provided: Provided,
    /// What is to be done.
    pub work: Work,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Work {
    /// Anywhere: find who answers, or answer.
    Front(Request),
    /// In an account: answer what the front handed over.
    HandedOver(Place, Request),
    /// In a place: answer another place.
    Call(Place, Call),
    /// In a place: its time has come.
    Alarm(Place),
    /// In the keyring: what a host signs and publishes with.
    HostKeyring,
    /// Anywhere: an earlier run on this request broke; say so as its door does.
    Apology(Request),
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Whether the transaction is to be kept.
    pub commit: bool,
    /// When to wake this place, if it is kept.
    pub wake_at: Option<Timestamp>,
    /// What comes of it.
    pub reply: Reply,
}

/// What comes of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// This is the answer.
    Respond(Response),
    /// That account answers.
    HandOver(Place),
    /// What a place says to another.
    Answer(Result<Bytes, Refusal>),
    /// There is nothing to say.
    Done,
    /// Do this, file what comes of it under the fingerprint, and run again.
    Needs(Bytes, Errand),
    /// Ours to repair. The words are for the log.
    Failed(String),
    /// What a host signs and publishes with.
    Keyring(HostKeyring),
}

/// A [`Need`] in terms that the host understands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Errand {
    /// Fetch the keyring and install it.
    Keyring,
    /// Sign with this key these bytes.
    Sign(String, Bytes),
    /// Make a key pair; answered with [`crate::authority::GeneratedKey`].
    GenerateKey(Algorithm),
    /// Have these places do this work (a [`Work::Call`], encoded), all at the same time; answered
    /// with the list of their answers.
    Ask(Vec<(Place, Bytes)>),
    /// Send this; answered with what came back.
    Fetch(Outbound),
}

/// A need as the host is told of it.
///
/// # Errors
/// [`Fault::Corrupt`] when it cannot be encoded.
pub fn errand(need: Need) -> Result<Reply, Fault> {
    let fingerprint = Bytes(need.fingerprint()?);
    let errand = match need {
        Need::Keyring => Errand::Keyring,
        Need::Sign { key_id, message } => Errand::Sign(key_id, Bytes(message)),
        Need::GenerateKey { algorithm, .. } => Errand::GenerateKey(algorithm),
        Need::Fetch(outbound) => Errand::Fetch(outbound),
        Need::Ask(questions) => Errand::Ask(
            questions
                .into_iter()
                .map(|(place, call)| Ok((place, Bytes(encode(&Work::Call(place, call))?))))
                .collect::<Result<_, Fault>>()?,
        ),
    };
    Ok(Reply::Needs(fingerprint, errand))
}

/// A private key as the host imports it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedKey {
    /// What [`Errand::Sign`] calls it.
    pub key_id: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// PKCS #8.
    #[serde(with = "bytes")]
    pub pkcs8: Vec<u8>,
}

debug_without_secrets!(OpenedKey { key_id, algorithm });

/// Opens the private keys of `keyring` for the host that signs with them.
///
/// # Errors
/// [`Fault::Corrupt`] under another master secret.
pub fn open_keys(
    keyring: &HostKeyring,
    settings: &crate::authority::Settings,
) -> Outcome<Vec<OpenedKey>> {
    keyring
        .sealed
        .iter()
        .map(|key| {
            Ok(OpenedKey {
                key_id: key.key_id.clone(),
                algorithm: key.algorithm,
                pkcs8: key.open(settings)?,
            })
        })
        .collect()
}
