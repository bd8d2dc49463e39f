//! Verifies what an AI agent presents: tokens, one-time codes, grants and their revocation, audit
//! trails. Behind a feature it is also the authority that issues them.
//!
//! ```
//! use countersign::jose::{Expectations, Kind, import_jwks, verify_jwt};
//!
//! # fn receive(token: &[u8], jwks: &[u8], now: i64) -> Result<(), Box<dyn std::error::Error>> {
//! let keys = import_jwks(jwks)?; // once: parsed, validated, prepared
//! let expect = Expectations {
//!     kind: Kind::AccessToken,
//!     required_scopes: &["calendar:read"],
//!     ..Expectations::new("https://issuer.example", &["https://api.example"], now)
//! };
//! let verified = verify_jwt(token, &keys, &expect)?; // or a `Refusal` with one stable code
//! assert!(verified.claims().has_scope("calendar:read"));
//! # Ok(()) }
//! ```
//!
//! | to judge | call |
//! |---|---|
//! | a token (RFC 7519) | [`jose::verify_jwt`]; any signed content [`jose::verify_jws`], [`jose::verify_detached`] |
//! | a one-time code | [`code::check`](code::check()) |
//! | a grant token, the chain it was delegated by, whether it was revoked | [`grant::verify_grant_token`], [`grant::verify_delegation_chain`], [`grant::StatusListToken`] |
//! | an audit trail | [`chain::verify_export`] |
//! | a PKCE verifier (RFC 7636), a request signed with a secret | [`pkce::CodeChallenge::matches`], [`mac::verify_request_signature`] |
//! | a WebAuthn signature, a bare digest | [`jose::PublicKey::verify_ecdsa_der`], [`jose::PublicKey::verify_digest`] |
//!
//! All of it is a pure function: `(bytes, keys, now, expectations) → verdict`. Nothing here
//! has a clock, a network or a global setting; times are seconds since 1970 and come from the
//! caller. What is refused has one code out of one table ([`jose::Reason`]), and a refusal
//! repeats no byte of what it refuses, so that it can be logged as it is. No input makes it
//! panic, and every length, count and depth is bounded.
//!
//! # Features
//!
//! Without any, the crate is what is listed above: `no_std` with `alloc`, for any target that
//! has atomics. Features only add.
//!
//! | feature | adds |
//! |---|---|
//! | `authority` | the rules that issue, spend and revoke, and the doors that speak HTTP for them; needs `std` |
//! | `sqlite` | `authority` on an in-process SQLite, as the tests run it |
//! | `worker`, `edge-test`, `npm`, `npm-hash`, `npm-code`, `npm-grants`, `npm-trail` | the surfaces of the WebAssembly artefacts: for their hosts alone, no part of what versions promise |
//!
//! The oldest compiler is Rust 1.95, as `rust-version` says; a newer one is asked for by a
//! minor version only. Enums that may grow are `non_exhaustive`.
//!
//! # How it is built
//!
//! Arrows point down. The **core** is `no_std` with `alloc` and knows of no HTTP, no
//! database and no clock. The **authority** stands on it and knows of no wire format:
//! `(request, now, randomness, database) → answer`. A **door** translates one protocol's HTTP
//! to the authority and decides nothing. The **edge** joins a door to the outside world.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(any(feature = "authority", test))]
extern crate std;

#[macro_use]
mod secret;

#[cfg(feature = "authority")]
pub mod authority;
pub mod chain;
pub mod code;
#[cfg(feature = "authority")]
pub mod doors;
#[cfg(feature = "worker")]
#[doc(hidden)]
pub mod edge;
pub mod grant;
pub mod jcs;
pub mod jose;
pub mod mac;
#[cfg(any(
    feature = "npm",
    feature = "npm-hash",
    feature = "npm-code",
    feature = "npm-grants",
    feature = "npm-trail"
))]
#[doc(hidden)]
pub mod npm;
pub mod pkce;
pub mod sha256;
pub mod signature;
pub mod status_list;

/// The README's Rust, tried as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The Rust of the page on embedding, tried as a test.
#[cfg(doctest)]
#[doc = include_str!("../docs/embedding.md")]
struct Embedding;
