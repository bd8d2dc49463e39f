//! SHA-256 for the host: PKCE challenges and HMAC.

#![allow(
    unsafe_code,
    reason = "exports have names; nothing else here is unsafe"
)]

use super::boundary::call;
use crate::jose::base64url;
use crate::mac::hmac_sha256;
use crate::sha256;

/// Bytes as the words of an answer, in the order of memory.
fn words<const N: usize>(bytes: &[u8]) -> [u32; N] {
    let mut words = [0; N];
    for (word, four) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u32::from_le_bytes(*four);
    }
    words
}

/// One field, a code verifier: leaves the 43 characters of its challenge.
#[unsafe(export_name = "challenge")]
extern "C" fn challenge() -> u32 {
    call(|[verifier], answer| {
        let mut text = [0; 44];
        base64url::encode_into(&sha256::digest(verifier), &mut text);
        answer.words(&words::<11>(&text));
        Some(0)
    })
}

/// Two fields, key and message: leaves the bytes of the HMAC.
#[unsafe(export_name = "hmac")]
extern "C" fn hmac() -> u32 {
    call(|[key, message], answer| {
        answer.words(&words::<8>(&hmac_sha256(key, message)));
        Some(0)
    })
}
