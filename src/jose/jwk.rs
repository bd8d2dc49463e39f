//! One public key out of a JWK (RFC 7517, RFC 7518 section 6).
//!
//! Two judgements are told apart. A key that this library cannot use (another type, curve or
//! purpose) is *unsupported*, which a set passes over as RFC 7517 section 5 asks. A key that it
//! could use but that is broken, weak or private is *refused*, and its set with it: whoever
//! published it must know.

use super::base64url;
use super::error::{Part, Reason, Refusal};
use super::json::{Limits, Members, Object, Text, Value};
use super::key::{Algorithm, KeyError, Material, PublicKey};
use crate::sha256;
use crate::signature::{p256, rsa};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// The longest `kid`, in bytes.
const MAX_KEY_ID: usize = 256;

/// The longest JWK, in bytes: an RSA key of 4096 bits with a chain of certificates.
const MAX_JWK: usize = 32_768;

/// The key in the text of a JWK.
pub(super) fn read(jwk: &[u8]) -> Result<PublicKey, KeyError> {
    if jwk.len() > MAX_JWK {
        return Err(Reason::KeySetTooLarge.into());
    }
    let members = Members::of(jwk, Limits::TOKEN).map_err(|e| Refusal::json(Part::Keys, e))?;
    Jwk::read(members)?.into_key()
}

/// The key in an object of a set.
pub(super) fn read_object(object: Object<'_>) -> Result<PublicKey, KeyError> {
    Jwk::read(object.members())?.into_key()
}

/// What is wrong with a key: a [`KeyError`] is made of it in one place.
struct Fault {
    reason: Reason,
    member: Option<&'static str>,
}

impl From<Reason> for Fault {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            member: None,
        }
    }
}

/// The members of a JWK that mean something here: public ones, then those of a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Member {
    Kty,
    Crv,
    X,
    Y,
    N,
    E,
    Alg,
    Use,
    KeyOps,
    Kid,
    K,
    D,
    P,
    Q,
    Dp,
    Dq,
    Qi,
    Oth,
}

impl Member {
    const ALL: [(Self, &'static str); 18] = [
        (Self::Kty, "kty"),
        (Self::Crv, "crv"),
        (Self::X, "x"),
        (Self::Y, "y"),
        (Self::N, "n"),
        (Self::E, "e"),
        (Self::Alg, "alg"),
        (Self::Use, "use"),
        (Self::KeyOps, "key_ops"),
        (Self::Kid, "kid"),
        // RFC 7518 section 6.4
        (Self::K, "k"),
        // RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2
        (Self::D, "d"),
        (Self::P, "p"),
        (Self::Q, "q"),
        (Self::Dp, "dp"),
        (Self::Dq, "dq"),
        (Self::Qi, "qi"),
        (Self::Oth, "oth"),
    ];

    /// How many of them are kept with their value.
    const PUBLIC: usize = Self::K as usize;

    fn is(self, reason: Reason) -> Fault {
        let name = Self::ALL.get(self as usize).map(|(_, name)| *name);
        Fault {
            reason,
            member: name,
        }
    }
}

#[derive(Default)]
struct Jwk<'a> {
    values: [Option<Value<'a>>; Member::PUBLIC],
    private: Option<Member>,
    symmetric: bool,
}

impl<'a> Jwk<'a> {
    fn read(mut members: Members<'a>) -> Result<Self, KeyError> {
        let mut jwk = Self::default();
        let mut room = String::new();
        while let Some((name, value)) = members.next().map_err(|e| Refusal::json(Part::Keys, e))? {
            let name = name.name(&mut room);
            // RFC 7517 section 4: members that are not understood are ignored.
            let Some((member, _)) = Member::ALL.iter().find(|(_, known)| *known == name) else {
                continue;
            };
            match jwk.values.get_mut(*member as usize) {
                Some(place) => *place = Some(value),
                None if *member == Member::K => jwk.symmetric = true,
                None => jwk.private = Some(*member),
            }
        }
        Ok(jwk)
    }

    fn into_key(self) -> Result<PublicKey, KeyError> {
        let mut kid = None;
        match self.judge(&mut kid) {
            Ok((material, thumbprint)) => Ok(PublicKey {
                kid,
                thumbprint,
                material,
            }),
            Err(Fault { reason, member }) => Err(KeyError {
                kid,
                member,
                ..reason.into()
            }),
        }
    }

    fn value(&self, member: Member) -> Option<&Value<'a>> {
        self.values.get(member as usize)?.as_ref()
    }

    /// The text of a member that must be there.
    fn text(&self, member: Member) -> Result<Text<'a>, Fault> {
        self.optional(member)?
            .ok_or_else(|| member.is(Reason::KeyMemberMissing))
    }

    fn optional(&self, member: Member) -> Result<Option<Text<'a>>, Fault> {
        match self.value(member) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(*text)),
            Some(_) => Err(member.is(Reason::KeyMemberMalformed)),
        }
    }

    /// RFC 7517 section 4.5
    fn key_id(&self) -> Result<Option<String>, Fault> {
        match self.optional(Member::Kid)? {
            Some(text) if !(1..=MAX_KEY_ID).contains(&text.raw().len()) => {
                Err(Member::Kid.is(Reason::KeyMemberMalformed))
            }
            text => Ok(text.map(|text| text.decode().into_owned())),
        }
    }

    fn judge(&self, kid: &mut Option<String>) -> Result<(Material, [u8; 32]), Fault> {
        *kid = self.key_id()?;
        // RFC 7517 section 9.2: whatever the type, a secret has no place among public keys.
        if let Some(member) = self.private {
            return Err(member.is(Reason::KeyPrivate));
        }
        let kty = self.text(Member::Kty)?;
        if self.symmetric || kty.is("oct") {
            return Err(Member::K.is(Reason::KeySymmetric));
        }
        if kty.is("EC") {
            if !self.text(Member::Crv)?.is("P-256") {
                return Err(Member::Crv.is(Reason::KeyCurveUnsupported));
            }
            self.for_algorithm(Algorithm::Es256)?;
            self.p256()
        } else if kty.is("RSA") {
            self.for_algorithm(Algorithm::Rs256)?;
            self.rsa()
        } else {
            Err(Member::Kty.is(Reason::KeyTypeUnsupported))
        }
    }

    fn for_algorithm(&self, algorithm: Algorithm) -> Result<(), Fault> {
        // RFC 7517 section 4.4
        if let Some(alg) = self.optional(Member::Alg)?
            && !alg.is(algorithm.name())
        {
            return Err(Member::Alg.is(against(algorithm, &alg.decode())));
        }
        // RFC 7517 section 4.2
        let signs = self.optional(Member::Use)?.map(|purpose| purpose.is("sig"));
        // RFC 7517 section 4.3
        let verifies = self.value(Member::KeyOps).map(verifies).transpose()?;
        match (signs, verifies) {
            (Some(a), Some(b)) if a != b => Err(Member::KeyOps.is(Reason::KeyUseConflict)),
            (Some(false), _) => Err(Member::Use.is(Reason::KeyUseUnsupported)),
            (_, Some(false)) => Err(Member::KeyOps.is(Reason::KeyUseUnsupported)),
            _ => Ok(()),
        }
    }

    /// RFC 7518 section 6.2.1
    fn p256(&self) -> Result<(Material, [u8; 32]), Fault> {
        let (x, y) = (
            self.text(Member::X)?.decode(),
            self.text(Member::Y)?.decode(),
        );
        let key = p256::VerifyingKey::from_coordinates(
            &coordinate(&x, Member::X)?,
            &coordinate(&y, Member::Y)?,
        )
        .map_err(|_| Reason::KeyPointInvalid)?;
        // RFC 7638 section 3.2: the required members, in lexicographic order. Canonical
        // base64url needs no escape.
        let canonical = [r#"{"crv":"P-256","kty":"EC","x":""#, &x, r#"","y":""#, &y];
        Ok((Material::P256(Box::new(key)), thumbprint(&canonical)))
    }

    /// RFC 7518 section 6.3.1
    fn rsa(&self) -> Result<(Material, [u8; 32]), Fault> {
        let (n, e) = (
            self.text(Member::N)?.decode(),
            self.text(Member::E)?.decode(),
        );
        let (modulus, exponent) = (number(&n, Member::N)?, number(&e, Member::E)?);
        // RFC 7518 section 6.3.1.1: no more bytes than the number needs.
        for (bytes, member) in [(&modulus, Member::N), (&exponent, Member::E)] {
            if bytes.first().is_none_or(|first| *first == 0) {
                return Err(member.is(Reason::KeyMemberMalformed));
            }
        }
        let key = rsa::VerifyingKey::from_components(&modulus, &exponent).map_err(|e| match e {
            rsa::InvalidModulus::Size { .. } => Member::N.is(Reason::KeyModulusSize),
            rsa::InvalidModulus::Exponent => Member::E.is(Reason::KeyExponentInvalid),
            _ => Member::N.is(Reason::KeyModulusInvalid),
        })?;
        let canonical = [r#"{"e":""#, &e, r#"","kty":"RSA","n":""#, &n];
        Ok((Material::Rsa(Box::new(key)), thumbprint(&canonical)))
    }
}

/// RFC 7638 section 3: of the members as JSON, without the quote and the brace at its end.
#[inline(never)]
fn thumbprint(canonical: &[&str]) -> [u8; 32] {
    let mut json = Vec::new();
    for piece in canonical {
        json.extend_from_slice(piece.as_bytes());
    }
    json.extend_from_slice(br#""}"#);
    sha256::digest(&json)
}

fn number(text: &str, member: Member) -> Result<Vec<u8>, Fault> {
    base64url::decode(text.as_bytes()).map_err(|_| member.is(Reason::KeyMemberMalformed))
}

/// RFC 7518 section 6.2.1.2: the full size of a coordinate, leading zeros kept.
fn coordinate(text: &str, member: Member) -> Result<[u8; 32], Fault> {
    let mut bytes = [0; 32];
    match base64url::decode_into(text.as_bytes(), &mut bytes) {
        Ok(32) => Ok(bytes),
        _ => Err(member.is(Reason::KeyMemberMalformed)),
    }
}

/// Why a key for an algorithm must not say `alg`: an algorithm that keys of its type
/// can have makes it somebody else's key, one that they cannot have makes it malformed.
fn against(algorithm: Algorithm, alg: &str) -> Reason {
    let of_its_type: &[&str] = match algorithm {
        Algorithm::Es256 => &["ECDH-ES", "ESP256"],
        Algorithm::Rs256 => &["RS384", "RS512", "PS", "RSA"],
    };
    if of_its_type.iter().any(|prefix| alg.starts_with(prefix)) {
        Reason::KeyAlgorithmUnsupported
    } else {
        Reason::KeyAlgorithmMismatch
    }
}

/// Whether the operations are for verification.
fn verifies(operations: &Value<'_>) -> Result<bool, Fault> {
    let malformed = || Member::KeyOps.is(Reason::KeyMemberMalformed);
    let Value::Array(operations) = operations else {
        return Err(malformed());
    };
    let (mut verify, mut sign, mut other) = (0, 0, 0);
    for operation in operations.elements() {
        match operation.as_text() {
            Some(name) if name.is("verify") => verify += 1,
            Some(name) if name.is("sign") => sign += 1,
            Some(_) => other += 1,
            None => return Err(malformed()),
        }
    }
    // RFC 7517 section 4.3: no value twice, and no unrelated uses of one key.
    if verify > 1 || sign > 1 || (verify == 1 && other > 0) {
        return Err(Member::KeyOps.is(Reason::KeyUseConflict));
    }
    Ok(verify == 1)
}
