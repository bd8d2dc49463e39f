//! JSON Object Signing and Encryption: strict JSON and base64url, keys, signatures, claims.
//!
//! What this room is for: a verdict on a token, by a published profile that refuses rather
//! than repairs, the same in every runtime. It knows of bytes, keys and a time that it is
//! told; it fetches nothing, signs nothing, and keeps nothing between two calls.
//!
//! | file | idea |
//! |---|---|
//! | `base64url.rs`, `json/` | the two encodings, one reading each |
//! | `error/` | every reason to refuse, with its code |
//! | `key.rs`, `jwk.rs`, `jwks.rs` | a key pinned to its algorithm; read; a set of them |
//! | `jws.rs` | the header and the signature, compact and detached |
//! | `kind.rs`, `jwt.rs` | kinds of tokens; claims against expectations |
//! | `unverified.rs` | taking a token apart without believing it |
//!
//! To add a check: a row in `error/table.rs`, the check under its clause, a vector in
//! `tests/vectors` that earns the code. To let something through that a protocol demands:
//! an option with a name in [`Leniency`], off by default.

pub mod base64url;
pub mod error;
pub mod json;
mod jwk;
mod jwks;
mod jws;
mod jwt;
mod key;
mod kind;
pub mod unverified;

pub use error::{Reason, Refusal};
pub use jwks::{KeySet, MAX_KEY_SET, MAX_KEYS, import_jwks};
pub use jws::{MAX_TOKEN, TypeRule, VerifiedJws, verify_detached, verify_jws};
#[cfg(all(feature = "npm", target_arch = "wasm32"))]
pub(crate) use jwt::verify_jwt_alone;
pub use jwt::{Claims, Expectations, Leniency, Verdict, Verified, verify_jwt};
pub(crate) use jwt::{MAX_TIME, MAX_TOLERANCE};
pub(crate) use key::P256_ORDER;
pub use key::{Algorithm, KeyError, PublicKey};
pub use kind::Kind;

/// A key is imported once and verifies on every thread; so does all that comes of it.
#[cfg(test)]
const _: () = {
    const fn is_shared<T: Send + Sync + 'static>() {}
    is_shared::<PublicKey>();
    is_shared::<KeySet>();
    is_shared::<VerifiedJws<'static>>();
    is_shared::<Verified<'static>>();
    is_shared::<Refusal>();
    is_shared::<KeyError>();
};
