//! Vectors: what others have published, and what forgers try.
//!
//! | module | what it holds us to |
//! |---|---|
//! | `rfc` | the appendices of RFC 7515, 7517, 7519, 7520, 7638, 7797 |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    missing_docs,
    reason = "tests fail by panicking, and run where std is"
)]

mod rfc;
