//! A signed request: HMAC-SHA256 over `METHOD:path:timestamp`, as Anexus platforms send it.
//!
//! The signature says that the caller knew the secret at that second, and nothing of the
//! request's body: within the window it fits any body. Who accepts it keeps the window
//! small and spends what the body carries at most once.

use super::{HmacSha256Key, constant_time_eq, hex};
use crate::sha256::DIGEST_LENGTH;
use alloc::string::{String, ToString};

/// Why a request's signature is refused. The caller is to blame in each case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestSignatureError {
    /// The timestamp is not a count of seconds in decimal digits without a leading zero.
    MalformedTimestamp,
    /// The signature is not 64 digits of lower-case hexadecimal.
    MalformedSignature,
    /// The secret, the method, the path or the timestamp is another than the one signed.
    Mismatch,
    /// The signature is genuine, and older or newer than the window allows.
    OutsideWindow {
        /// Distance between the two clocks, in seconds.
        seconds: u64,
    },
}

impl RequestSignatureError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::MalformedTimestamp => "request_timestamp_malformed",
            Self::MalformedSignature => "request_signature_malformed",
            Self::Mismatch => "request_signature_mismatch",
            Self::OutsideWindow { .. } => "request_timestamp_outside_window",
        }
    }
}

impl core::fmt::Display for RequestSignatureError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.code())
    }
}

impl core::error::Error for RequestSignatureError {}

/// Signs a request: 64 lower-case hexadecimal digits.
///
/// The key is the secret's UTF-8, the timestamp is in seconds since 1970.
#[must_use]
pub fn sign_request(secret: &str, method: &str, path: &str, timestamp: u64) -> String {
    hex::encode(&code(secret, method, path, &timestamp.to_string()))
}

/// Checks a request's signature at the moment `now`, both clocks in seconds since 1970.
///
/// `timestamp` and `signature` are the texts that the request carried; `window` is how many
/// seconds the two clocks may lie apart, in either direction. The method and the path are
/// those that the protocol fixes, not those that the request came with.
///
/// # Errors
/// [`RequestSignatureError`]; the window is judged only when the signature is genuine.
pub fn verify_request_signature(
    secret: &str,
    method: &str,
    path: &str,
    timestamp: &str,
    signature: &str,
    now: u64,
    window: u64,
) -> Result<(), RequestSignatureError> {
    let seconds = parse_seconds(timestamp).ok_or(RequestSignatureError::MalformedTimestamp)?;
    let presented = hex::decode_array::<DIGEST_LENGTH>(signature)
        .map_err(|_| RequestSignatureError::MalformedSignature)?;
    if !constant_time_eq(&code(secret, method, path, timestamp), &presented) {
        return Err(RequestSignatureError::Mismatch);
    }
    let apart = now.abs_diff(seconds);
    if apart > window {
        return Err(RequestSignatureError::OutsideWindow { seconds: apart });
    }
    Ok(())
}

fn code(secret: &str, method: &str, path: &str, timestamp: &str) -> [u8; DIGEST_LENGTH] {
    HmacSha256Key::new(secret.as_bytes()).authenticate(&[
        method.as_bytes(),
        b":",
        path.as_bytes(),
        b":",
        timestamp.as_bytes(),
    ])
}

/// A count in the one spelling that `to_string` gives it.
fn parse_seconds(text: &str) -> Option<u64> {
    let seconds: u64 = text.parse().ok()?;
    (seconds.to_string() == text).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use RequestSignatureError::{MalformedSignature, MalformedTimestamp, Mismatch, OutsideWindow};

    const METHOD: &str = "POST";
    const PATH: &str = "/api/v1/codes/verify";
    const AT: u64 = 1_767_225_600;

    fn verify(timestamp: &str, signature: &str, now: u64) -> Result<(), RequestSignatureError> {
        verify_request_signature("schlüssel", METHOD, PATH, timestamp, signature, now, 300)
    }

    /// Computed apart, with Python's `hmac.new(secret.encode(), msg, "sha256").hexdigest()`.
    #[test]
    fn signs_as_the_published_client_does() {
        assert_eq!(
            sign_request("schlüssel", METHOD, PATH, AT),
            "b9fe76932ef0e16e1dd2c2453c39e4c5f4cad81a58b27988cc80cc80b8c68343"
        );
    }

    #[test]
    fn accepts_its_own_within_the_window_on_either_side() {
        let signature = sign_request("schlüssel", METHOD, PATH, AT);
        for now in [AT - 300, AT, AT + 300] {
            assert_eq!(verify("1767225600", &signature, now), Ok(()));
        }
        for now in [AT - 301, AT + 301] {
            assert_eq!(
                verify("1767225600", &signature, now),
                Err(OutsideWindow { seconds: 301 })
            );
        }
        assert_eq!(
            verify("1767225600", &signature, u64::MAX),
            Err(OutsideWindow {
                seconds: u64::MAX - AT
            })
        );
    }

    #[test]
    fn each_signed_part_counts() {
        for (secret, method, path, at) in [
            ("schlussel", METHOD, PATH, AT),
            ("schlüssel", "GET", PATH, AT),
            ("schlüssel", METHOD, "/api/v1/codes/verif", AT),
            ("schlüssel", METHOD, PATH, AT + 1),
        ] {
            let signature = sign_request(secret, method, path, at);
            assert_eq!(verify("1767225600", &signature, AT), Err(Mismatch));
        }
    }

    #[test]
    fn a_stranger_learns_nothing_of_the_clock() {
        let forged = "0".repeat(64);
        assert_eq!(verify("1", &forged, AT), Err(Mismatch));
    }

    #[test]
    fn a_timestamp_has_one_spelling() {
        let signature = sign_request("schlüssel", METHOD, PATH, AT);
        for text in [
            "",
            "01767225600",
            "+1767225600",
            "-1",
            " 1767225600",
            "1767225600 ",
            "1767225600.0",
            "1.7e9",
            "18446744073709551616",
            "١٧٦٧",
        ] {
            assert_eq!(
                verify(text, &signature, AT),
                Err(MalformedTimestamp),
                "{text:?}"
            );
        }
        assert_ne!(
            verify("18446744073709551615", &signature, AT),
            Err(MalformedTimestamp)
        );
    }

    #[test]
    fn a_signature_has_one_spelling() {
        let signature = sign_request("schlüssel", METHOD, PATH, AT);
        for text in [
            "",
            &signature[1..],
            &signature.to_uppercase(),
            &std::format!("{signature}0"),
            &std::format!("0x{}", &signature[2..]),
        ] {
            assert_eq!(
                verify("1767225600", text, AT),
                Err(MalformedSignature),
                "{text:?}"
            );
        }
    }

    #[test]
    fn codes_are_stable() {
        let codes = [
            MalformedTimestamp,
            MalformedSignature,
            Mismatch,
            OutsideWindow { seconds: 1 },
        ]
        .map(|error| std::format!("{error}"));
        assert_eq!(
            codes,
            [
                "request_timestamp_malformed",
                "request_signature_malformed",
                "request_signature_mismatch",
                "request_timestamp_outside_window",
            ]
        );
    }
}
