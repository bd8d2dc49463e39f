//! One public key out of a JWK (RFC 7517, RFC 7518 section 6), with the one algorithm that
//! it is used for.
//!
//! A key decides how a signature is checked, the token never does: P-256 keys verify ES256,
//! RSA keys verify RS256. Two judgements are told apart. A key that this library cannot use
//! (another type, curve or purpose) is *unsupported*, which a set passes over as RFC 7517
//! section 5 asks. A key that it could use but that is broken, weak or private is *refused*,
//! and its set with it: whoever published it must know.

use super::base64url;
use super::error::{Part, Reason, Refusal};
use super::json::{Limits, Members, Object, Value};
use crate::sha256;
use crate::signature::{p256, rsa};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;

/// The longest `kid`, in bytes.
const MAX_KEY_ID: usize = 256;

/// The longest JWK, in bytes: an RSA key of 4096 bits with a chain of certificates.
const MAX_JWK: usize = 32_768;

pub(super) const LIMITS: Limits = Limits {
    depth: 8,
    members: 64,
};

/// The algorithms of this library (RFC 7518 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// The value of `alg`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// Why a key for this algorithm must not say `alg`: an algorithm that keys of its type
    /// can have makes it somebody else's key, one that they cannot have makes it malformed.
    fn against(self, alg: &str) -> Reason {
        let of_its_type: &[&str] = match self {
            Self::Es256 => &["ECDH-ES", "ESP256"],
            Self::Rs256 => &["RS384", "RS512", "PS", "RSA"],
        };
        if of_its_type.iter().any(|prefix| alg.starts_with(prefix)) {
            Reason::KeyAlgorithmUnsupported
        } else {
            Reason::KeyAlgorithmMismatch
        }
    }
}

/// A public key, checked and prepared, pinned to its algorithm.
#[derive(Debug)]
pub struct PublicKey {
    kid: Option<String>,
    thumbprint: [u8; 32],
    material: Material,
}

#[derive(Debug)]
enum Material {
    P256(Box<p256::VerifyingKey>),
    Rsa(Box<rsa::VerifyingKey>),
}

impl PublicKey {
    /// Reads one JWK.
    ///
    /// # Errors
    /// Where it is not a public key for ES256 or RS256, or is malformed, weak or private;
    /// the error names the member.
    pub fn from_jwk(jwk: &[u8]) -> Result<Self, KeyError> {
        if jwk.len() > MAX_JWK {
            return Err(Reason::KeySetTooLarge.into());
        }
        let members =
            Members::of(jwk, LIMITS).map_err(|e| KeyError::from(Refusal::json(Part::Keys, e)))?;
        Jwk::read(members)?.into_key()
    }

    pub(super) fn from_object(object: Object<'_>) -> Result<Self, KeyError> {
        Jwk::read(object.members())?.into_key()
    }

    /// The algorithm that this key is pinned to.
    pub fn algorithm(&self) -> Algorithm {
        match self.material {
            Material::P256(_) => Algorithm::Es256,
            Material::Rsa(_) => Algorithm::Rs256,
        }
    }

    /// The `kid`, where the JWK has one.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The SHA-256 thumbprint of the key (RFC 7638).
    pub fn thumbprint(&self) -> &[u8; 32] {
        &self.thumbprint
    }

    /// Whether `signature`, in the form that JWS gives it, is by this key over the message
    /// with this SHA-256 digest.
    ///
    /// # Errors
    /// [`Reason::SignatureLength`], [`Reason::SignatureOutOfRange`] or
    /// [`Reason::SignatureInvalid`].
    pub fn verify_digest(&self, digest: &[u8; 32], signature: &[u8]) -> Result<(), Refusal> {
        let valid = match &self.material {
            Material::P256(key) => {
                // RFC 7518 section 3.4: exactly 64 bytes, r and s of 32 bytes each.
                let signature = signature.try_into().map_err(|_| Reason::SignatureLength)?;
                if !in_range(signature) {
                    return Err(Reason::SignatureOutOfRange.into());
                }
                key.verify_digest(digest, signature)
            }
            Material::Rsa(key) => {
                // RFC 8017 section 8.2.2 step 1: exactly as long as the modulus.
                if signature.len() != key.modulus_bits().div_ceil(8) {
                    return Err(Reason::SignatureLength.into());
                }
                key.verify_digest(digest, signature)
            }
        };
        if valid {
            Ok(())
        } else {
            Err(Reason::SignatureInvalid.into())
        }
    }

    /// Whether `signature` is the DER that WebAuthn and X.509 use, by this P-256 key over
    /// `message`. A JWS never has this form, so nothing in this library calls it for one.
    ///
    /// # Errors
    /// [`Reason::SignatureDerMalformed`], [`Reason::AlgorithmMismatch`] where the key is not
    /// a P-256 key, and those of [`verify_digest`](Self::verify_digest).
    pub fn verify_ecdsa_der(&self, message: &[u8], signature: &[u8]) -> Result<(), Refusal> {
        if self.algorithm() != Algorithm::Es256 {
            return Err(Reason::AlgorithmMismatch.into());
        }
        let signature =
            p256::signature_from_der(signature).map_err(|_| Reason::SignatureDerMalformed)?;
        self.verify_digest(&sha256::digest(message), &signature)
    }
}

/// The order of P-256 (SEC 2 section 2.4.2), big-endian.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// FIPS 186-5 section 6.4.2 step 1: r and s are between 1 and n - 1.
fn in_range(signature: &[u8; 64]) -> bool {
    let (r, s) = signature.split_at(32);
    [r, s]
        .iter()
        .all(|part| *part < &ORDER[..] && part.iter().any(|byte| *byte != 0))
}

/// A key that was refused, and which of its members is to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError {
    /// Why.
    pub refusal: Refusal,
    /// Which key of the set, from 0.
    pub index: Option<u32>,
    /// Its `kid`, where it has one.
    pub kid: Option<String>,
    /// Its member.
    pub member: Option<&'static str>,
}

impl KeyError {
    fn member(reason: Reason, member: &'static str) -> Self {
        Self {
            member: Some(member),
            ..reason.into()
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.refusal.code()
    }

    /// Whether a set passes over such a key, as it is for other users of the set.
    pub(super) fn is_unsupported(&self) -> bool {
        matches!(
            self.refusal.reason,
            Reason::KeyTypeUnsupported
                | Reason::KeyCurveUnsupported
                | Reason::KeyAlgorithmUnsupported
                | Reason::KeyUseUnsupported
        )
    }
}

impl From<Refusal> for KeyError {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            index: None,
            kid: None,
            member: None,
        }
    }
}

impl From<Reason> for KeyError {
    fn from(reason: Reason) -> Self {
        Refusal::from(reason).into()
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(index) = self.index {
            write!(f, "key {index}")?;
            if let Some(kid) = &self.kid {
                write!(f, " ({kid:?})")?;
            }
            f.write_str(": ")?;
        }
        if let Some(member) = self.member {
            write!(f, "`{member}`: ")?;
        }
        self.refusal.fmt(f)
    }
}

impl core::error::Error for KeyError {}

/// The members of a JWK that mean something here.
#[derive(Default)]
struct Jwk<'a> {
    kty: Option<Value<'a>>,
    crv: Option<Value<'a>>,
    x: Option<Value<'a>>,
    y: Option<Value<'a>>,
    n: Option<Value<'a>>,
    e: Option<Value<'a>>,
    alg: Option<Value<'a>>,
    purpose: Option<Value<'a>>,
    operations: Option<Value<'a>>,
    kid: Option<Value<'a>>,
    private: Option<&'static str>,
    symmetric: bool,
}

impl<'a> Jwk<'a> {
    fn read(mut members: Members<'a>) -> Result<Self, KeyError> {
        let mut jwk = Self::default();
        let mut room = String::new();
        while let Some((name, value)) = members.next().map_err(|e| Refusal::json(Part::Keys, e))? {
            match name.name(&mut room) {
                "kty" => jwk.kty = Some(value),
                "crv" => jwk.crv = Some(value),
                "x" => jwk.x = Some(value),
                "y" => jwk.y = Some(value),
                "n" => jwk.n = Some(value),
                "e" => jwk.e = Some(value),
                "alg" => jwk.alg = Some(value),
                "use" => jwk.purpose = Some(value),
                "key_ops" => jwk.operations = Some(value),
                "kid" => jwk.kid = Some(value),
                "k" => jwk.symmetric = true,
                // RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2
                "d" => jwk.private = Some("d"),
                "p" => jwk.private = Some("p"),
                "q" => jwk.private = Some("q"),
                "dp" => jwk.private = Some("dp"),
                "dq" => jwk.private = Some("dq"),
                "qi" => jwk.private = Some("qi"),
                "oth" => jwk.private = Some("oth"),
                // RFC 7517 section 4: members that are not understood are ignored.
                _ => {}
            }
        }
        Ok(jwk)
    }

    fn into_key(self) -> Result<PublicKey, KeyError> {
        let kid = self.key_id()?;
        self.judge()
            .map_err(|e| KeyError {
                kid: kid.clone(),
                ..e
            })
            .map(|(material, thumbprint)| PublicKey {
                kid,
                thumbprint,
                material,
            })
    }

    /// RFC 7517 section 4.5
    fn key_id(&self) -> Result<Option<String>, KeyError> {
        let Some(value) = self.kid else {
            return Ok(None);
        };
        match value.as_text() {
            Some(text) if (1..=MAX_KEY_ID).contains(&text.raw().len()) => {
                Ok(Some(text.decode().into_owned()))
            }
            _ => Err(KeyError::member(Reason::KeyMemberMalformed, "kid")),
        }
    }

    fn judge(&self) -> Result<(Material, [u8; 32]), KeyError> {
        // RFC 7517 section 9.2: whatever the type, a secret has no place among public keys.
        if let Some(member) = self.private {
            return Err(KeyError::member(Reason::KeyPrivate, member));
        }
        let kty = text(self.kty, "kty")?;
        if self.symmetric || kty == "oct" {
            return Err(KeyError::member(Reason::KeySymmetric, "k"));
        }
        match &*kty {
            "EC" => {
                if text(self.crv, "crv")? != "P-256" {
                    return Err(KeyError::member(Reason::KeyCurveUnsupported, "crv"));
                }
                self.for_algorithm(Algorithm::Es256)?;
                self.p256()
            }
            "RSA" => {
                self.for_algorithm(Algorithm::Rs256)?;
                self.rsa()
            }
            _ => Err(KeyError::member(Reason::KeyTypeUnsupported, "kty")),
        }
    }

    fn for_algorithm(&self, algorithm: Algorithm) -> Result<(), KeyError> {
        // RFC 7517 section 4.4
        if self.alg.is_some() {
            let alg = text(self.alg, "alg")?;
            if alg != algorithm.name() {
                return Err(KeyError::member(algorithm.against(&alg), "alg"));
            }
        }
        // RFC 7517 section 4.2
        let purpose = self
            .purpose
            .map(|_| text(self.purpose, "use"))
            .transpose()?;
        let signs = purpose.as_deref().map(|purpose| purpose == "sig");
        // RFC 7517 section 4.3
        let verifies = self.operations.map(|value| verifies(&value)).transpose()?;
        match (signs, verifies) {
            (Some(a), Some(b)) if a != b => {
                Err(KeyError::member(Reason::KeyUseConflict, "key_ops"))
            }
            (Some(false), _) => Err(KeyError::member(Reason::KeyUseUnsupported, "use")),
            (_, Some(false)) => Err(KeyError::member(Reason::KeyUseUnsupported, "key_ops")),
            _ => Ok(()),
        }
    }

    /// RFC 7518 section 6.2.1
    fn p256(&self) -> Result<(Material, [u8; 32]), KeyError> {
        let (x, y) = (text(self.x, "x")?, text(self.y, "y")?);
        let key =
            p256::VerifyingKey::from_coordinates(&coordinate(&x, "x")?, &coordinate(&y, "y")?)
                .map_err(|_| KeyError::from(Reason::KeyPointInvalid))?;
        // RFC 7638 section 3.2: the required members, in lexicographic order. Canonical
        // base64url needs no escape.
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        Ok((
            Material::P256(Box::new(key)),
            sha256::digest(canonical.as_bytes()),
        ))
    }

    /// RFC 7518 section 6.3.1
    fn rsa(&self) -> Result<(Material, [u8; 32]), KeyError> {
        let (n, e) = (text(self.n, "n")?, text(self.e, "e")?);
        let malformed = |member| move |_| KeyError::member(Reason::KeyMemberMalformed, member);
        let modulus = base64url::decode(n.as_bytes()).map_err(malformed("n"))?;
        let exponent = base64url::decode(e.as_bytes()).map_err(malformed("e"))?;
        // RFC 7518 section 6.3.1.1: no more bytes than the number needs.
        for (bytes, member) in [(&modulus, "n"), (&exponent, "e")] {
            if bytes.first().is_none_or(|first| *first == 0) {
                return Err(KeyError::member(Reason::KeyMemberMalformed, member));
            }
        }
        let key = rsa::VerifyingKey::from_components(&modulus, &exponent).map_err(|e| match e {
            rsa::InvalidModulus::Size { .. } => KeyError::member(Reason::KeyModulusSize, "n"),
            rsa::InvalidModulus::Exponent => KeyError::member(Reason::KeyExponentInvalid, "e"),
            _ => KeyError::member(Reason::KeyModulusInvalid, "n"),
        })?;
        let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        Ok((
            Material::Rsa(Box::new(key)),
            sha256::digest(canonical.as_bytes()),
        ))
    }
}

fn text(value: Option<Value<'_>>, member: &'static str) -> Result<String, KeyError> {
    let value = value.ok_or_else(|| KeyError::member(Reason::KeyMemberMissing, member))?;
    let text = value.as_text();
    text.map(|text| text.decode().into_owned())
        .ok_or_else(|| KeyError::member(Reason::KeyMemberMalformed, member))
}

/// RFC 7518 section 6.2.1.2: the full size of a coordinate, leading zeros kept.
fn coordinate(text: &str, member: &'static str) -> Result<[u8; 32], KeyError> {
    let mut bytes = [0; 32];
    match base64url::decode_into(text.as_bytes(), &mut bytes) {
        Ok(32) => Ok(bytes),
        _ => Err(KeyError::member(Reason::KeyMemberMalformed, member)),
    }
}

/// Whether the operations are for verification.
fn verifies(operations: &Value<'_>) -> Result<bool, KeyError> {
    let Value::Array(operations) = operations else {
        return Err(KeyError::member(Reason::KeyMemberMalformed, "key_ops"));
    };
    let (mut verify, mut sign, mut other) = (0, 0, 0);
    for operation in operations.elements() {
        match operation.as_text() {
            Some(name) if name.is("verify") => verify += 1,
            Some(name) if name.is("sign") => sign += 1,
            Some(_) => other += 1,
            None => return Err(KeyError::member(Reason::KeyMemberMalformed, "key_ops")),
        }
    }
    // RFC 7517 section 4.3: no value twice, and no unrelated uses of one key.
    if verify > 1 || sign > 1 || (verify == 1 && other > 0) {
        return Err(KeyError::member(Reason::KeyUseConflict, "key_ops"));
    }
    Ok(verify == 1)
}
