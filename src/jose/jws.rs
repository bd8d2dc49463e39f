//! Signed contents (RFC 7515), compact and detached.
//!
//! Everything that a header could use to talk a verifier into something is refused before a
//! key is looked up: no signature, a MAC, a key of its own, an extension, another kind of
//! token. What is left names a key; the key knows its algorithm.

use super::base64url;
use super::error::{Part, Reason, Refusal, first_of};
use super::json::{Limits, Members, Text};
use super::jwks::KeySet;
use super::key::{Algorithm, PublicKey};
use crate::sha256::{self, Sha256};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// The longest compact token, in bytes.
pub const MAX_TOKEN: usize = 16_384;

/// The longest header, in bytes after decoding.
const MAX_HEADER: usize = 2_048;

/// The longest signature, in bytes: RSA with 4096 bits.
const MAX_SIGNATURE: usize = 512;

/// What `typ` must be (RFC 8725 section 3.11). Names are media types: compared without
/// regard to case, `application/` left out or not (RFC 7515 section 4.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypeRule<'a> {
    /// This type, said so.
    Is(&'a str),
    /// This type, or none said: a leniency.
    IsOrAbsent(&'a str),
    /// Whatever it is: a leniency, for contents that are told apart otherwise.
    Any,
}

/// A JWS whose signature is good. Its payload is bytes, and nothing is known of them.
#[derive(Debug)]
pub struct VerifiedJws<'k> {
    bytes: Vec<u8>,
    header_length: usize,
    key: &'k PublicKey,
}

impl<'k> VerifiedJws<'k> {
    /// The JSON of the header.
    pub fn header(&self) -> &[u8] {
        self.bytes.get(..self.header_length).unwrap_or_default()
    }

    /// The payload; empty where it was detached.
    pub fn payload(&self) -> &[u8] {
        self.bytes.get(self.header_length..).unwrap_or_default()
    }

    /// The key that signed.
    pub fn key(&self) -> &'k PublicKey {
        self.key
    }
}

/// Verifies a compact JWS (RFC 7515 section 5.2) of at most [`MAX_TOKEN`] bytes.
///
/// # Errors
/// Where it is malformed, not by a key of the set, or not of the type asked for.
pub fn verify_jws<'k>(
    token: &[u8],
    keys: &'k KeySet,
    rule: TypeRule<'_>,
) -> Result<VerifiedJws<'k>, Refusal> {
    open(token, None, keys, rule, Nesting::Allowed)
}

/// The same for a token, which must not have another inside.
pub(super) fn verify_jwt_signature<'k>(
    token: &[u8],
    keys: &'k KeySet,
    rule: TypeRule<'_>,
) -> Result<VerifiedJws<'k>, Refusal> {
    open(token, None, keys, rule, Nesting::Refused)
}

/// Verifies a detached JWS (RFC 7515 appendix F), `header..signature`, over `payload`. An
/// unencoded payload (RFC 7797) is refused, like every extension.
///
/// # Errors
/// As [`verify_jws`], and where there is something between the dots.
pub fn verify_detached<'k>(
    jws: &[u8],
    payload: &[u8],
    keys: &'k KeySet,
    rule: TypeRule<'_>,
) -> Result<VerifiedJws<'k>, Refusal> {
    open(jws, Some(payload), keys, rule, Nesting::Allowed)
}

/// Whether a header may say that its payload is a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nesting {
    Allowed,
    Refused,
}

#[inline(never)]
fn open<'k>(
    token: &[u8],
    detached: Option<&[u8]>,
    keys: &'k KeySet,
    rule: TypeRule<'_>,
    nesting: Nesting,
) -> Result<VerifiedJws<'k>, Refusal> {
    let compact = Compact::split(token)?;
    if detached.is_some() && !compact.payload.is_empty() {
        return Err(Reason::PayloadNotDetached.into());
    }
    let mut bytes = compact.room()?;
    let header = compact.decode_header(&mut bytes)?;
    let header_length = header.len();
    let header = Header::read(header)?;
    header.check(rule)?;
    if nesting == Nesting::Refused {
        header.check_not_nested()?;
    }
    let key = header.key(keys)?;
    let mut signature = [0; MAX_SIGNATURE];
    let signature = compact.signature(&mut signature)?;
    let digest = match detached {
        None => sha256::digest(compact.signed),
        Some(payload) => digest_of_detached(compact.signed, payload),
    };
    key.verify_digest(&digest, signature)?;
    compact.decode_payload(&mut bytes, header_length)?;
    Ok(VerifiedJws {
        bytes,
        header_length,
        key,
    })
}

/// The encoding of the payload is hashed piece by piece and never stands in memory.
fn digest_of_detached(header_and_dot: &[u8], payload: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(header_and_dot);
    let mut encoded = [0; 1024];
    for piece in payload.chunks(encoded.len() / 4 * 3) {
        let length = base64url::encode_into(piece, &mut encoded);
        hasher.update(encoded.get(..length).unwrap_or_default());
    }
    hasher.finalize()
}

/// The parts of a compact JWS (RFC 7515 section 7.1), still encoded.
pub(super) struct Compact<'t> {
    /// Header, dot, payload: what the signature is over.
    pub(super) signed: &'t [u8],
    header: &'t [u8],
    payload: &'t [u8],
    signature: &'t [u8],
}

impl<'t> Compact<'t> {
    pub(super) fn split(token: &'t [u8]) -> Result<Self, Reason> {
        if token.len() > MAX_TOKEN {
            return Err(Reason::TokenTooLarge);
        }
        let mut dots = [0; 2];
        let mut count = 0;
        for (place, _) in token.iter().enumerate().filter(|(_, byte)| **byte == b'.') {
            if let Some(dot) = dots.get_mut(count) {
                *dot = place;
            }
            count += 1;
        }
        match count {
            2 => {
                let [first, second] = dots;
                let (signed, signature) = token.split_at(second);
                let (header, payload) = signed.split_at(first);
                Ok(Self {
                    signed,
                    header,
                    payload: payload.get(1..).unwrap_or_default(),
                    signature: signature.get(1..).unwrap_or_default(),
                })
            }
            4 => Err(Reason::TokenEncrypted),
            _ => Err(Reason::TokenMalformed),
        }
    }

    /// Room for the header and the payload, one after the other.
    pub(super) fn room(&self) -> Result<Vec<u8>, Reason> {
        let header = base64url::decoded_len(self.header.len()).ok_or(Reason::HeaderNotBase64url)?;
        if header > MAX_HEADER {
            return Err(Reason::HeaderTooLarge);
        }
        let payload =
            base64url::decoded_len(self.payload.len()).ok_or(Reason::ClaimsNotBase64url)?;
        Ok(vec![0; header + payload])
    }

    pub(super) fn decode_header<'b>(&self, room: &'b mut [u8]) -> Result<&'b [u8], Reason> {
        let length =
            base64url::decode_into(self.header, room).map_err(|_| Reason::HeaderNotBase64url)?;
        Ok(room.get(..length).unwrap_or_default())
    }

    pub(super) fn decode_payload(&self, room: &mut [u8], at: usize) -> Result<(), Reason> {
        let room = room.get_mut(at..).unwrap_or_default();
        base64url::decode_into(self.payload, room).map_err(|_| Reason::ClaimsNotBase64url)?;
        Ok(())
    }

    pub(super) fn signature<'b>(
        &self,
        room: &'b mut [u8; MAX_SIGNATURE],
    ) -> Result<&'b [u8], Reason> {
        let length =
            base64url::decoded_len(self.signature.len()).ok_or(Reason::SignatureNotBase64url)?;
        if length > MAX_SIGNATURE {
            return Err(Reason::SignatureLength);
        }
        base64url::decode_into(self.signature, room).map_err(|_| Reason::SignatureNotBase64url)?;
        Ok(room.get(..length).unwrap_or_default())
    }
}

/// What a header says that matters here (RFC 7515 section 4.1).
#[derive(Default)]
pub(super) struct Header<'a> {
    alg: Option<Text<'a>>,
    kid: Option<Text<'a>>,
    typ: Option<Text<'a>>,
    cty: Option<Text<'a>>,
    /// The first in the table of the things that no header may have.
    forbidden: Option<Reason>,
}

impl<'a> Header<'a> {
    pub(super) fn read(json: &'a [u8]) -> Result<Self, Refusal> {
        let at = |e| Refusal::json(Part::Header, e);
        let mut members = Members::of(json, Limits::TOKEN).map_err(at)?;
        let mut header = Self::default();
        let mut room = String::new();
        let mut malformed = false;
        while let Some((name, value)) = members.next().map_err(at)? {
            let member = match name.name(&mut room) {
                "alg" => &mut header.alg,
                "kid" => &mut header.kid,
                "typ" => &mut header.typ,
                "cty" => &mut header.cty,
                other => {
                    header.forbidden = first_of(header.forbidden, forbidden(other));
                    continue;
                }
            };
            *member = value.as_text();
            malformed |= member.is_none();
        }
        if malformed {
            return Err(Reason::HeaderMemberMalformed.into());
        }
        Ok(header)
    }

    pub(super) fn check(&self, rule: TypeRule<'_>) -> Result<(), Reason> {
        self.algorithm()?;
        if let Some(reason) = self.forbidden {
            return Err(reason);
        }
        // RFC 8725 section 3.11: tokens of one kind must not pass for another.
        match (rule, self.typ) {
            (TypeRule::Any, _) | (TypeRule::IsOrAbsent(_), None) => Ok(()),
            (TypeRule::Is(_), None) => Err(Reason::TypeMissing),
            (TypeRule::Is(wanted) | TypeRule::IsOrAbsent(wanted), Some(typ)) => {
                if same_media_type(&typ.decode(), wanted) {
                    Ok(())
                } else {
                    Err(Reason::TypeMismatch)
                }
            }
        }
    }

    /// RFC 7519 section 5.2: `cty` of JWT says that a token is inside.
    pub(super) fn check_not_nested(&self) -> Result<(), Reason> {
        match self.cty {
            Some(cty) if same_media_type(&cty.decode(), "JWT") => Err(Reason::NestedToken),
            _ => Ok(()),
        }
    }

    /// RFC 8725 section 3.1: one of two algorithms; names are case-sensitive, and whatever
    /// looks like an attack has its own answer.
    fn algorithm(&self) -> Result<Algorithm, Reason> {
        let alg = self.alg.ok_or(Reason::AlgorithmMissing)?.decode();
        match &*alg {
            "ES256" => Ok(Algorithm::Es256),
            "RS256" => Ok(Algorithm::Rs256),
            none if none.eq_ignore_ascii_case("none") => Err(Reason::AlgorithmNone),
            "HS256" | "HS384" | "HS512" => Err(Reason::AlgorithmSymmetric),
            _ => Err(Reason::AlgorithmUnsupported),
        }
    }

    pub(super) fn key<'k>(&self, keys: &'k KeySet) -> Result<&'k PublicKey, Reason> {
        let kid = self.kid.map(|kid| kid.decode());
        keys.select(kid.as_deref(), self.algorithm()?)
    }
}

fn forbidden(member: &str) -> Option<Reason> {
    const FORBIDDEN: [(&str, Reason); 7] = [
        // RFC 7515 section 4.1.11: an extension that is not understood refuses the token,
        // and this library understands none.
        ("crit", Reason::CriticalHeader),
        // RFC 7797 section 7: `b64` without `crit` would be read in two ways.
        ("b64", Reason::UnencodedPayload),
        // RFC 8725 section 3.10, RFC 7515 section 4.1: a token does not bring its own key.
        ("jku", Reason::HeaderJku),
        ("jwk", Reason::HeaderJwk),
        ("x5u", Reason::HeaderX5u),
        ("x5c", Reason::HeaderX5c),
        // RFC 7516 section 4.1.3 knows it for encrypted tokens only.
        ("zip", Reason::CompressedPayload),
    ];
    let found = FORBIDDEN.iter().find(|(name, _)| *name == member);
    found.map(|(_, reason)| *reason)
}

/// RFC 7515 section 4.1.9, RFC 2045 section 5.1
pub(super) fn same_media_type(said: &str, wanted: &str) -> bool {
    fn short(name: &[u8]) -> &[u8] {
        match name.split_at_checked(12) {
            Some((prefix, rest))
                if prefix.eq_ignore_ascii_case(b"application/") && !rest.contains(&b'/') =>
            {
                rest
            }
            _ => name,
        }
    }
    short(said.as_bytes()).eq_ignore_ascii_case(short(wanted.as_bytes()))
}
