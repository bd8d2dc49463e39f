//! SHA-256 for the host: digests, PKCE challenges and HMAC.

#![allow(
    unsafe_code,
    reason = "exports have names; nothing else here is unsafe"
)]

use super::boundary::call;
use crate::mac::hmac_sha256;
use crate::sha256;

fn words(digest: [u8; sha256::DIGEST_LENGTH]) -> [u32; 8] {
    let mut words = [0; 8];
    for (word, bytes) in words.iter_mut().zip(digest.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    words
}

/// One field, a message: leaves the bytes of its digest.
#[unsafe(export_name = "sha256")]
extern "C" fn digest() -> u32 {
    call(|[message], answer| {
        answer.words(&words(sha256::digest(message)));
        Some(0)
    })
}

/// Two fields, key and message: leaves the bytes of the HMAC.
#[unsafe(export_name = "hmac")]
extern "C" fn hmac() -> u32 {
    call(|[key, message], answer| {
        answer.words(&words(hmac_sha256(key, message)));
        Some(0)
    })
}
