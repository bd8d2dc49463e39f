//! Public-key signature verification: ECDSA P-256 and RSASSA-PKCS1-v1_5, both with SHA-256.
//!
//! Everything in this room runs in variable time, for public inputs only. It holds no
//! private key type and exports no arithmetic, so that nobody can use it on a secret.
//! It knows of no JOSE: bytes in, a boolean out.

pub mod p256;
pub mod rsa;
