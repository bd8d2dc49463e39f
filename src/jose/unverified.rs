//! **Nothing here is verified.** What a token says before anybody has checked who says so:
//! for logs, debuggers and the choice of an issuer's keys. Never decide anything by it.

use super::error::Refusal;
use super::jws::{Compact, Header};
use alloc::vec::Vec;

/// What a token claims to be. Anybody can have written it.
#[derive(Debug)]
pub struct Unverified {
    bytes: Vec<u8>,
    header_length: usize,
}

impl Unverified {
    /// The JSON of the header, checked to be strict JSON and no more.
    pub fn header(&self) -> &[u8] {
        self.bytes.get(..self.header_length).unwrap_or_default()
    }

    /// The payload, which was not looked at.
    pub fn payload(&self) -> &[u8] {
        self.bytes.get(self.header_length..).unwrap_or_default()
    }
}

/// Takes a compact JWS apart **without verifying anything**.
///
/// # Errors
/// Where it is not one: its parts, their encoding, the JSON of the header.
pub fn decode_unverified(token: &[u8]) -> Result<Unverified, Refusal> {
    let compact = Compact::split(token)?;
    let mut bytes = compact.room()?;
    let header = compact.decode_header(&mut bytes)?;
    let header_length = header.len();
    Header::read(header)?;
    compact.decode_payload(&mut bytes, header_length)?;
    Ok(Unverified {
        bytes,
        header_length,
    })
}
