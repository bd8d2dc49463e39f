//! Keys that the corpus makes for itself, the same ones each time, and signatures by them:
//! honest ones, and whatever a forger with a private key could want.

use countersign::jose::base64url::encode;
use num_bigint::BigUint;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use sha2::{Digest, Sha256};

/// As many bytes as asked for, from a name.
pub(crate) fn stream(name: &str, length: usize) -> Vec<u8> {
    let block = |i: u32| Sha256::digest(format!("countersign corpus {name} {i}"));
    (0..).flat_map(block).take(length).collect()
}

pub(crate) fn sha256(message: &[u8]) -> [u8; 32] {
    Sha256::digest(message).into()
}

/// A P-256 key.
pub(crate) struct Ec(SigningKey);

impl Ec {
    pub(crate) fn new(name: &str) -> Self {
        Self(SigningKey::from_slice(&stream(name, 32)).unwrap())
    }

    pub(crate) fn coordinates(&self) -> [Vec<u8>; 2] {
        let point = self.0.verifying_key().to_sec1_point(false);
        [point.x().unwrap().to_vec(), point.y().unwrap().to_vec()]
    }

    /// The members of the public JWK, without braces.
    pub(crate) fn jwk(&self) -> String {
        let [x, y] = self.coordinates().map(|c| encode(&c));
        format!(r#""kty":"EC","crv":"P-256","x":"{x}","y":"{y}""#)
    }

    /// r and s, by RFC 6979.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature: Signature = self.0.sign_prehash(&sha256(message)).unwrap();
        signature.to_bytes().into()
    }

    pub(crate) fn secret(&self) -> [u8; 32] {
        self.0.to_bytes().into()
    }

    /// The thumbprint of RFC 7638, encoded.
    pub(crate) fn thumbprint(&self) -> String {
        let [x, y] = self.coordinates().map(|c| encode(&c));
        encode(&sha256(
            format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#).as_bytes(),
        ))
    }
}

/// An RSA key.
pub(crate) struct Rsa {
    pub(crate) n: BigUint,
    pub(crate) d: BigUint,
    pub(crate) e: BigUint,
    pub(crate) bytes: usize,
}

/// How far above its start each prime is: found once by the search below, kept because the
/// search takes seconds. A wrong entry is noticed and searched again.
const DISTANCES: &[(&str, u32)] = &[
    ("rs-1 p", 542),
    ("rs-1 q", 262),
    ("rs-2 p", 900),
    ("rs-2 q", 172),
    ("rs-3072 p", 2550),
    ("rs-3072 q", 622),
    ("rs-4096 p", 346),
    ("rs-4096 q", 3606),
    ("rs-17 p", 504),
    ("rs-17 q", 806),
];

impl Rsa {
    pub(crate) fn new(name: &str, bits: usize) -> Self {
        Self::with_exponent(name, bits, 65_537)
    }

    pub(crate) fn with_exponent(name: &str, bits: usize, e: u32) -> Self {
        let [p, q] = ["p", "q"].map(|half| prime(&format!("{name} {half}"), bits / 2));
        let (one, e) = (BigUint::from(1_u8), BigUint::from(e));
        let phi = (&p - &one) * (&q - &one);
        let d = e.modinv(&phi).unwrap();
        let n = p * q;
        assert_eq!(n.bits() as usize, bits);
        Self {
            n,
            d,
            e,
            bytes: bits / 8,
        }
    }

    pub(crate) fn jwk(&self) -> String {
        let [n, e] = [&self.n, &self.e].map(|x| encode(&x.to_bytes_be()));
        format!(r#""kty":"RSA","n":"{n}","e":"{e}""#)
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2.1).
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.raw(&self.padded(&digest_info(message)))
    }

    /// `00 01 ff … ff 00` and `info`, as long as the modulus.
    pub(crate) fn padded(&self, info: &[u8]) -> Vec<u8> {
        let mut em = vec![0xff; self.bytes - info.len()];
        (em[0], em[1]) = (0, 1);
        *em.last_mut().unwrap() = 0;
        em.extend(info);
        em
    }

    /// The private operation on whatever is given.
    pub(crate) fn raw(&self, em: &[u8]) -> Vec<u8> {
        fixed(
            &BigUint::from_bytes_be(em).modpow(&self.d, &self.n),
            self.bytes,
        )
    }
}

/// `DigestInfo` for SHA-256 (RFC 8017 section 9.2, note 1).
pub(crate) fn digest_info(message: &[u8]) -> Vec<u8> {
    let mut info = hex("3031300d060960864801650304020105000420");
    info.extend(sha256(message));
    info
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}

pub(crate) fn fixed(number: &BigUint, length: usize) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    let mut all = vec![0; length - bytes.len()];
    all.extend(bytes);
    all
}

fn prime(name: &str, bits: usize) -> BigUint {
    let mut bytes = stream(name, bits / 8);
    bytes[0] |= 0xc0;
    *bytes.last_mut().unwrap() |= 1;
    let start = BigUint::from_bytes_be(&bytes);
    let known = DISTANCES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, distance)| *distance);
    if let Some(found) = known.map(|distance| &start + distance).filter(is_prime) {
        return found;
    }
    let distance = (0..)
        .step_by(2)
        .find(|distance| is_prime(&(&start + *distance as u32)))
        .unwrap();
    println!("    ({name:?}, {distance}),");
    start + distance as u32
}

fn is_prime(n: &BigUint) -> bool {
    let small = (3_u32..2000)
        .step_by(2)
        .filter(|p| (3..*p).step_by(2).all(|d| p % d != 0));
    if small.into_iter().any(|p| n % p == BigUint::ZERO) {
        return false;
    }
    let one = BigUint::from(1_u8);
    let less = n - &one;
    let twos = less.trailing_zeros().unwrap();
    let odd = &less >> twos;
    [2_u8, 3, 5, 7, 11].iter().all(|base| {
        let mut power = BigUint::from(*base).modpow(&odd, n);
        let starts_well = power == one || power == less;
        starts_well
            || (1..twos).any(|_| {
                power = &power * &power % n;
                power == less
            })
    })
}
