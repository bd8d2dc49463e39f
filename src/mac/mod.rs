//! Message authentication: HMAC-SHA256, comparison in constant time, and what is built of
//! them.
//!
//! This room holds what proves that somebody knew a shared secret. It knows of SHA-256 and
//! of nothing else: no keys of JOSE, no clock, no HTTP. A signature scheme that some
//! protocol builds of an HMAC has its own file here (`request`), pure, with the moment
//! handed in.
//!
//! Two rules hold in every file. A secret, and anything derived from it, is compared with
//! [`constant_time_eq`] and never with `==`. No secret is printed: types that hold one have
//! a `Debug` that shows none of it, and errors carry none.

mod constant_time;
pub mod hex;
mod hmac;
mod request;

pub use constant_time::constant_time_eq;
pub use hmac::{HmacSha256Key, hmac_sha256};
pub use request::{RequestSignatureError, sign_request, verify_request_signature};
