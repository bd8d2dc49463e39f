//! JSON Object Signing and Encryption: strict JSON and base64url, keys, signatures, claims.

pub mod base64url;
pub mod json;
