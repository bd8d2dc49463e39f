//! Countersign: whoever receives what an agent carries can tell at once whether it is
//! genuine, still good, and covers just this.
//!
//! Arrows point down. The **core** is `no_std` with `alloc` and knows of no HTTP, no
//! database and no clock: `(bytes, keys, now, expectations) → verdict`. The **authority**
//! stands on it and knows of no wire format: `(request, now, randomness, database) →
//! answer`. A **door** translates one protocol's HTTP to the authority and decides
//! nothing. The **edge** joins a door to the outside world.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(any(feature = "authority", test))]
extern crate std;

#[cfg(feature = "authority")]
pub mod authority;
pub mod chain;
pub mod code;
#[cfg(feature = "authority")]
pub mod doors;
#[cfg(feature = "worker")]
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
