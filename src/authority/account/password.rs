//! Passwords, and what is stored of them.
//!
//! Argon2id (RFC 9106) with 16 MiB, 4 passes and one lane: 35 ms in WebAssembly under
//! Node 22 on a shared core, where the least that OWASP's cheat sheet asks for (7 MiB, 5
//! passes) takes 18. An isolate at the edge has 128 MiB in all, and the account answers
//! nobody else while it hashes, so neither figure can grow much; the limit on failures is
//! checked before a hash is computed.
//!
//! The parameters stand beside the hash, as a PHC string. When [`PARAMETERS`] rise, a stored
//! hash is replaced at the next sign-in.

use alloc::{
    format,
    string::{String, ToString},
};
use core::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};

use crate::{
    authority::{
        Fault,
        refusal::{Field, Problem, Refusal},
    },
    jose::base64url,
    mac::constant_time_eq,
};

/// A password in clear, on its way to be hashed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Password(String);

impl Password {
    /// Fewest characters of a new password.
    pub const LEAST: u32 = 10;
    /// Most characters.
    pub const MOST: u32 = 256;

    /// A password that a person wants to have: [`LEAST`](Self::LEAST) to
    /// [`MOST`](Self::MOST) characters, taken as they are.
    ///
    /// # Errors
    /// [`Refusal::InvalidField`].
    pub fn choose(text: &str) -> Result<Self, Refusal> {
        let length = text.chars().count();
        let problem = if length == 0 {
            Problem::Missing
        } else if length < Self::LEAST as usize {
            Problem::TooShort(Self::LEAST)
        } else if length > Self::MOST as usize {
            Problem::TooLong(Self::MOST)
        } else {
            return Ok(Self(text.into()));
        };
        Err(Refusal::InvalidField {
            field: Field::Password,
            problem,
        })
    }

    /// A password that somebody tries.
    ///
    /// # Errors
    /// [`Refusal::SignInFailed`] for one that nobody can have.
    pub fn attempt(text: &str) -> Result<Self, Refusal> {
        Self::choose(text).map_err(|_| Refusal::SignInFailed)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password")
    }
}

/// What a hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    /// KiB.
    pub memory: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes; they run one after the other.
    pub lanes: u32,
}

/// What a new hash costs.
pub const PARAMETERS: Parameters = Parameters {
    memory: 16 * 1024,
    passes: 4,
    lanes: 1,
};

/// Most memory that a stored hash may ask for, in KiB: a row must not take the isolate down.
const MEMORY_LIMIT: u32 = 64 * 1024;

const HASH_LENGTH: usize = 32;
const SALT_LENGTH: usize = 16;

/// Hashes a password with this salt, as a PHC string.
///
/// # Errors
/// [`Fault::Corrupt`] when Argon2 refuses its parameters.
pub fn hash(password: &Password, salt: [u8; SALT_LENGTH]) -> Result<String, Fault> {
    hash_with(password, &salt, PARAMETERS)
}

/// Whether this is the password.
///
/// # Errors
/// [`Fault::Corrupt`] when the stored text is not one of ours.
pub fn verify(password: &Password, stored: &str) -> Result<bool, Fault> {
    let stored = Stored::parse(stored).ok_or(UNREADABLE)?;
    let computed = compute(password, &stored.salt, stored.parameters)?;
    Ok(constant_time_eq(&computed, &stored.hash))
}

/// Spends what [`verify`] spends, where there is nothing to compare with.
///
/// # Errors
/// [`Fault::Corrupt`] when Argon2 refuses its parameters.
pub fn pretend(password: &Password) -> Result<(), Fault> {
    let computed = compute(password, &[0; SALT_LENGTH], PARAMETERS)?;
    core::hint::black_box(constant_time_eq(&computed, &[0; HASH_LENGTH]));
    Ok(())
}

/// Whether a stored hash costs less than a new one would.
#[must_use]
pub fn is_outdated(stored: &str) -> bool {
    Stored::parse(stored).is_none_or(|stored| stored.parameters != PARAMETERS)
}

const UNREADABLE: Fault = Fault::Corrupt("a stored password hash cannot be read");

fn hash_with(password: &Password, salt: &[u8], parameters: Parameters) -> Result<String, Fault> {
    let hash = compute(password, salt, parameters)?;
    let Parameters {
        memory,
        passes,
        lanes,
    } = parameters;
    Ok(format!(
        "$argon2id$v=19$m={memory},t={passes},p={lanes}${}${}",
        to_phc(salt),
        to_phc(&hash)
    ))
}

fn compute(
    password: &Password,
    salt: &[u8],
    parameters: Parameters,
) -> Result<[u8; HASH_LENGTH], Fault> {
    let params = Params::new(
        parameters.memory,
        parameters.passes,
        parameters.lanes,
        Some(HASH_LENGTH),
    )
    .map_err(|_| UNREADABLE)?;
    let mut hash = [0; HASH_LENGTH];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.0.as_bytes(), salt, &mut hash)
        .map_err(|_| UNREADABLE)?;
    Ok(hash)
}

/// A PHC string, read.
struct Stored {
    parameters: Parameters,
    salt: [u8; SALT_LENGTH],
    hash: [u8; HASH_LENGTH],
}

impl Stored {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("$argon2id$v=19$m=")?;
        let (memory, rest) = rest.split_once(",t=")?;
        let (passes, rest) = rest.split_once(",p=")?;
        let (lanes, rest) = rest.split_once('$')?;
        let (salt, hash) = rest.split_once('$')?;
        let parameters = Parameters {
            memory: memory.parse().ok()?,
            passes: passes.parse().ok()?,
            lanes: lanes.parse().ok()?,
        };
        (parameters.memory <= MEMORY_LIMIT).then_some(())?;
        Some(Self {
            parameters,
            salt: from_phc(salt)?,
            hash: from_phc(hash)?,
        })
    }
}

/// The PHC format's base64: the alphabet of RFC 4648 section 4, without padding.
fn to_phc(bytes: &[u8]) -> String {
    base64url::encode(bytes).replace('-', "+").replace('_', "/")
}

fn from_phc<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.contains(['-', '_']) {
        return None;
    }
    let text = text.to_string().replace('+', "-").replace('/', "_");
    base64url::decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::choose(text).unwrap()
    }

    /// Made with argon2-cffi 25.1.0 (the reference implementation in C).
    const REFERENCE: &str = "$argon2id$v=19$m=16384,t=4,p=1$MDEyMzQ1Njc4OWFiY2RlZg$VijvgVgqjQauPLxcvYeqUf7G0qY+Xberlg0x1x+i8sw";

    #[test]
    fn the_reference_implementation_agrees() {
        assert_eq!(
            verify(&password("correct horse battery"), REFERENCE),
            Ok(true)
        );
        assert_eq!(
            verify(&password("correct horse batterz"), REFERENCE),
            Ok(false)
        );
    }

    #[test]
    fn a_hash_is_a_phc_string_that_verifies() {
        let stored = hash(&password("correct horse"), [3; 16]).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=16384,t=4,p=1$AwMDAwMDAwMDAwMDAwMDAw$"));
        assert_eq!(verify(&password("correct horse"), &stored), Ok(true));
        assert_eq!(verify(&password("correct Horse"), &stored), Ok(false));
        assert!(!is_outdated(&stored));
    }

    #[test]
    fn a_hash_of_other_parameters_verifies_and_is_outdated() {
        let cheap = Parameters {
            memory: 64,
            passes: 1,
            lanes: 1,
        };
        let stored = hash_with(&password("correct horse"), &[3; 16], cheap).unwrap();
        assert_eq!(verify(&password("correct horse"), &stored), Ok(true));
        assert!(is_outdated(&stored));
    }

    #[test]
    fn what_cannot_be_read_is_a_fault_and_never_a_yes() {
        let stored = hash(&password("correct horse"), [3; 16]).unwrap();
        for text in [
            "",
            "$argon2i$v=19$m=16384,t=4,p=1$AwMDAwMDAwMDAwMDAwMDAw$",
            &stored[..stored.len() - 1],
            &stored.replace("m=16384", "m=4000000"),
            &stored.replace("t=4", "t=0"),
        ] {
            assert_eq!(
                verify(&password("correct horse"), text),
                Err(UNREADABLE),
                "{text}"
            );
        }
    }

    #[test]
    fn a_new_password_has_10_to_256_characters() {
        assert!(Password::choose(&"é".repeat(10)).is_ok());
        assert!(Password::choose(&"é".repeat(256)).is_ok());
        for (text, problem) in [
            (String::new(), Problem::Missing),
            ("é".repeat(9), Problem::TooShort(10)),
            ("é".repeat(257), Problem::TooLong(256)),
        ] {
            let field = Field::Password;
            assert_eq!(
                Password::choose(&text),
                Err(Refusal::InvalidField { field, problem })
            );
            assert_eq!(Password::attempt(&text), Err(Refusal::SignInFailed));
        }
    }

    #[test]
    fn debug_shows_no_password() {
        assert_eq!(format!("{:?}", password("correct horse")), "Password");
    }
}
