//! Vectors: what others have published, and what forgers try.
//!
//! | module | what it holds us to |
//! |---|---|
//! | `corpus` | every forgery that we could think of, each with the code it must get |
//! | `grants` | grant tokens, delegation chains, status lists, audit trails |
//! | `rfc` | the appendices of RFC 7515, 7517, 7519, 7638, 7797 |
//! | `cookbook` | the examples of RFC 7520 |
//! | `limits` | the last value taken and the first refused, of keys and expectations |
//! | `properties` | what holds for all tokens: changes, cuts, other readers |
//! | `wycheproof` | ECDSA P-256 raw and DER, RSA PKCS #1 v1.5, HMAC |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::print_stdout,
    missing_docs,
    reason = "tests fail by panicking, and run where std is"
)]

mod cookbook;
mod corpus;
#[path = "../support/golden.rs"]
mod golden;
mod grants;
mod limits;
mod properties;
mod rfc;
mod signers;
mod wycheproof;
