//! What a rule is given of the world outside, and how it asks for more.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use core::cell::{Cell, OnceCell, RefCell};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    AccountId, Fault, Halt, Outcome, Place, Settings,
    bytes::Bytes,
    call::{Call, Question},
    limits::{self, Limit},
    refusal::Refusal,
};
use crate::{mac::HmacSha256Key, sha256::DIGEST_LENGTH};

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This many milliseconds later.
    #[must_use]
    pub fn plus(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }
}

/// An algorithm that the keyring signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Algorithm {
    /// ECDSA P-256 with SHA-256 (RFC 7518 section 3.4).
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3), 2048-bit keys.
    Rs256,
}

/// The public side of the keyring, as every place caches it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKeyring {
    /// The key that signs now, for each algorithm.
    pub signing: BTreeMap<Algorithm, String>,
    /// The published JWKS document of each algorithm: coming, signing and retiring keys.
    pub jwks: BTreeMap<Algorithm, String>,
}

/// What a rule asks of the world outside. The host answers it and runs the rule again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Need {
    /// The public keyring, for this and later runs.
    Keyring,
    /// A signature over `message` by the key `key_id`: 64 bytes (`r || s`) for ES256, 256 for RS256.
    Sign {
        /// One of [`PublicKeyring::signing`].
        key_id: String,
        /// The exact bytes to sign.
        #[serde(with = "super::bytes")]
        message: Vec<u8>,
    },
    /// A fresh key pair; answered with a [`GeneratedKey`].
    GenerateKey {
        /// For what.
        algorithm: Algorithm,
        /// Tells two needs of one run apart.
        purpose: String,
    },
    /// A request to somebody else's server; answered with a `Result<Fetched, FetchFailure>`.
    /// It goes out at least once: a rule puts a key in it that makes a repeat harmless.
    Fetch(Outbound),
    /// Answers of other places, asked at the same time; answered with a list of
    /// `Result<Vec<u8>, Refusal>`, in order.
    Ask(Vec<(Place, Call)>),
}

/// What answers [`Need::GenerateKey`].
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneratedKey {
    /// The public JWK's JSON, required members only.
    pub public_jwk: String,
    /// The private key as PKCS #8.
    #[serde(with = "super::bytes")]
    pub pkcs8: Vec<u8>,
}

debug_without_secrets!(GeneratedKey { public_jwk });

/// A request to somebody else's server. The host lets it go to `https` and public addresses
/// only, follows no redirect, and bounds its time and the answer's size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbound {
    /// `GET`, `POST`, ...
    pub method: String,
    /// Absolute.
    pub url: String,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    #[serde(with = "super::bytes")]
    pub body: Vec<u8>,
}

/// What came back to an [`Outbound`], whatever its status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// The status code; a redirect is not followed.
    pub status: u16,
    /// The body, at most 256 KiB.
    #[serde(with = "super::bytes")]
    pub body: Vec<u8>,
}

/// Why nothing came back to an [`Outbound`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FetchFailure {
    /// The address is not one that requests may go to.
    Forbidden,
    /// No connection, or it broke.
    Unreachable,
    /// No whole answer within the time limit.
    TimedOut,
    /// The answer is longer than the limit.
    TooLarge,
}

/// The answers that the host has fetched so far, by the fingerprint of their need.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<(Bytes, Bytes)>", into = "Vec<(Bytes, Bytes)>")]
pub struct Provided(pub BTreeMap<Vec<u8>, Vec<u8>>);

impl From<Vec<(Bytes, Bytes)>> for Provided {
    fn from(answers: Vec<(Bytes, Bytes)>) -> Self {
        let answers = answers.into_iter();
        Self(answers.map(|(need, answer)| (need.0, answer.0)).collect())
    }
}

impl From<Provided> for Vec<(Bytes, Bytes)> {
    fn from(provided: Provided) -> Self {
        let answers = provided.0.into_iter();
        answers
            .map(|(need, answer)| (Bytes(need), Bytes(answer)))
            .collect()
    }
}

impl Need {
    /// What an answer is filed under: the need itself, as it is encoded. A digest would be
    /// shorter, and cost more than it saves.
    ///
    /// # Errors
    /// [`Fault::Corrupt`] when the need cannot be encoded.
    pub fn fingerprint(&self) -> Result<Vec<u8>, Fault> {
        encode(self)
    }
}

/// What a rule is given of the world outside.
///
/// Two runs with the same time, seed and answers do the same: a rule that stopped for a
/// [`Need`] is simply run again.
pub struct World<'a> {
    /// When the request arrived; the same in each run for one request.
    pub now: Timestamp,
    /// What this deployment decided.
    pub settings: &'a Settings,
    keyring: Option<&'a PublicKeyring>,
    seed: [u8; 32],
    random: OnceCell<HmacSha256Key>,
    drawn: Cell<u64>,
    provided: &'a Provided,
    wake: Cell<Option<Timestamp>>,
    memory: Option<&'a RefCell<limits::Memory>>,
}

impl<'a> World<'a> {
    /// The world of one run. `seed` is 32 random bytes, the same in each run for one request.
    #[must_use]
    pub fn new(
        now: Timestamp,
        seed: [u8; 32],
        settings: &'a Settings,
        keyring: Option<&'a PublicKeyring>,
        provided: &'a Provided,
    ) -> Self {
        Self {
            now,
            settings,
            keyring,
            seed,
            random: OnceCell::new(),
            drawn: Cell::new(0),
            provided,
            wake: Cell::new(None),
            memory: None,
        }
    }

    /// The same world, where attempts from one address are counted.
    #[must_use]
    pub fn with_limits(mut self, limits: &'a RefCell<limits::Memory>) -> Self {
        self.memory = Some(limits);
        self
    }

    /// Counts one attempt from `address`, unless there were too many. A request counts once,
    /// in the first of its runs.
    ///
    /// # Errors
    /// [`Refusal::RateLimited`].
    pub fn limit_address(&self, limit: &Limit, address: &str) -> Result<(), Refusal> {
        match self.memory {
            Some(limits) if self.provided.0.is_empty() => {
                limits.borrow_mut().allow(self.now, limit, address)
            }
            _ => Ok(()),
        }
    }

    /// Counts one attempt by `account` in this isolate's memory, unless there were too many.
    /// A request counts once, in the first of its runs.
    ///
    /// # Errors
    /// [`Refusal::RateLimited`].
    pub fn limit_account(&self, limit: &Limit, account: AccountId) -> Result<(), Refusal> {
        match self.memory {
            Some(limits) if self.provided.0.is_empty() => {
                limits.borrow_mut().allow_account(self.now, limit, account)
            }
            _ => Ok(()),
        }
    }

    /// Whether `address` is a developer's own machine: what limits the work that one may ask
    /// for lets it pass, so that a load test there measures the work. What limits guessing
    /// does not.
    #[must_use]
    pub fn is_workbench(&self, address: &str) -> bool {
        self.settings.development && limits::is_loopback(address)
    }

    /// Has the place's alarm ring at `at`, or earlier if something else wants it earlier.
    pub fn wake_by(&self, at: Timestamp) {
        let earliest = self.wake.get().map_or(at, |wake| wake.min(at));
        self.wake.set(Some(earliest));
    }

    /// When this run wants the place's alarm to ring at the latest. The host sets the alarm
    /// when it commits, unless an earlier one is set.
    #[must_use]
    pub fn wake(&self) -> Option<Timestamp> {
        self.wake.get()
    }

    /// Random bytes from the request's seed, unpredictable to anyone who lacks it.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.draw(&mut bytes);
        bytes
    }

    /// NIST SP 800-108 section 4.1: the seed's HMAC over a counter.
    fn draw(&self, bytes: &mut [u8]) {
        let random = self.random.get_or_init(|| HmacSha256Key::new(&self.seed));
        for chunk in bytes.chunks_mut(DIGEST_LENGTH) {
            let count = self.drawn.replace(self.drawn.get() + 1).to_le_bytes();
            let block = random.authenticate(&[b"random", &count]);
            chunk
                .iter_mut()
                .zip(block)
                .for_each(|(to, from)| *to = from);
        }
    }

    /// A fresh account's name.
    #[must_use]
    pub fn new_account_id(&self) -> AccountId {
        AccountId::from_random(self.random())
    }

    /// The public keyring.
    ///
    /// # Errors
    /// [`Halt::Needs`] until the host has it.
    pub fn keyring(&self) -> Outcome<&'a PublicKeyring> {
        self.keyring.ok_or_else(|| Need::Keyring.into())
    }

    /// The id of the key that signs now with `algorithm`.
    ///
    /// # Errors
    /// [`Halt::Needs`] until the host has the keyring.
    pub fn signing_key(&self, algorithm: Algorithm) -> Outcome<&'a str> {
        self.keyring()?
            .signing
            .get(&algorithm)
            .map(String::as_str)
            .ok_or(Halt::Fault(Fault::Corrupt(
                "the keyring has no signing key",
            )))
    }

    /// The signature of the key `key_id` over `message`.
    ///
    /// # Errors
    /// [`Halt::Needs`] until the host has made it.
    pub fn sign(&self, key_id: &str, message: &[u8]) -> Outcome<&'a [u8]> {
        self.provided_for(Need::Sign {
            key_id: key_id.into(),
            message: message.into(),
        })
    }

    /// A fresh key pair.
    ///
    /// # Errors
    /// [`Halt::Needs`] until the host has made it.
    pub fn generate_key(&self, algorithm: Algorithm, purpose: &str) -> Outcome<GeneratedKey> {
        decode(self.provided_for(Need::GenerateKey {
            algorithm,
            purpose: purpose.into(),
        })?)
    }

    /// What somebody else's server says to `outbound`.
    ///
    /// # Errors
    /// [`Halt::Needs`] until the host has asked.
    pub fn fetch(&self, outbound: Outbound) -> Outcome<Result<Fetched, FetchFailure>> {
        decode(self.provided_for(Need::Fetch(outbound))?)
    }

    /// What `place` says to `question`; its refusal is ours.
    ///
    /// # Errors
    /// [`Halt::Needs`] until the host has asked; [`Halt::Refused`] as the place refused.
    pub fn ask<Q: Question>(&self, place: Place, question: Q) -> Outcome<Q::Answer> {
        let answer = self
            .answers(alloc::vec![(place, question.into_call())])?
            .pop();
        let answer = answer.ok_or(Fault::Corrupt("a place left a question without an answer"))?;
        decode(&answer?.0)
    }

    /// What each place says to its question, all asked at the same time, in order.
    ///
    /// # Errors
    /// [`Halt::Needs`] until the host has asked.
    pub fn ask_all<Q: Question>(
        &self,
        questions: Vec<(Place, Q)>,
    ) -> Outcome<Vec<Result<Q::Answer, Refusal>>> {
        let calls = questions
            .into_iter()
            .map(|(place, question)| (place, question.into_call()))
            .collect();
        self.answers(calls)?
            .into_iter()
            .map(|answer| match answer {
                Ok(Bytes(bytes)) => decode(&bytes).map(Ok),
                Err(refusal) => Ok(Err(refusal)),
            })
            .collect()
    }

    // Once, not once for each kind of question: it is most of what asking weighs.
    #[inline(never)]
    fn answers(&self, calls: Vec<(Place, Call)>) -> Outcome<Vec<Result<Bytes, Refusal>>> {
        decode(self.provided_for(Need::Ask(calls))?)
    }

    #[inline(never)]
    fn provided_for(&self, need: Need) -> Outcome<&'a [u8]> {
        // The first run has nothing to look among.
        if !self.provided.0.is_empty()
            && let Some(answer) = self.provided.0.get(&need.fingerprint()?)
        {
            return Ok(answer);
        }
        Err(need.into())
    }
}

/// The bytes that travel between places.
///
/// # Errors
/// [`Fault::Corrupt`] when the value cannot be encoded.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, Fault> {
    postcard::to_allocvec(value).map_err(|_| Fault::Corrupt("a message cannot be encoded"))
}

/// Reads what [`encode`] made.
///
/// # Errors
/// [`Fault::Corrupt`] when the bytes are something else.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Outcome<T> {
    postcard::from_bytes(bytes).map_err(|_| Halt::Fault(Fault::Corrupt("a message cannot be read")))
}
