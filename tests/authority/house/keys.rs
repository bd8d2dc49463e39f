//! Signing keys, as a host's SubtleCrypto would hold them.

use countersign::{
    authority::{Algorithm, GeneratedKey},
    jose::base64url,
    sha256,
};
use num_bigint::BigUint;
use p256::ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner};

/// A private key.
pub(crate) enum Key {
    Es256(SigningKey),
    Rs256 { modulus: BigUint, exponent: BigUint },
}

impl Key {
    /// A key pair. `number` tells RSA keys apart, of which there are two.
    pub(crate) fn generate(algorithm: Algorithm, number: usize, seed: [u8; 32]) -> Self {
        match algorithm {
            Algorithm::Es256 => Self::Es256(SigningKey::from_slice(&seed).unwrap()),
            Algorithm::Rs256 => {
                let (p, q) = RSA_PRIMES[number];
                let [p, q] = [p, q].map(|hex| BigUint::parse_bytes(hex.as_bytes(), 16).unwrap());
                let totient = (&p - 1u8) * (&q - 1u8);
                Self::Rs256 {
                    modulus: &p * &q,
                    exponent: BigUint::from(65537u32).modinv(&totient).unwrap(),
                }
            }
        }
    }

    /// The required members of the public JWK, in the order of RFC 7638 section 3.
    pub(crate) fn public_jwk(&self) -> String {
        match self {
            Self::Es256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                let [x, y] = [point.x(), point.y()].map(|c| base64url::encode(c.unwrap()));
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Self::Rs256 { modulus, .. } => {
                let n = base64url::encode(&modulus.to_bytes_be());
                format!(r#"{{"e":"AQAB","kty":"RSA","n":"{n}"}}"#)
            }
        }
    }

    /// The RFC 7638 thumbprint, as the keyring names the key.
    pub(crate) fn id(&self) -> String {
        base64url::encode(&sha256::digest(self.public_jwk().as_bytes()))
    }

    /// What the keyring stores. The private half stays here: nobody reads it back.
    pub(crate) fn generated(&self) -> GeneratedKey {
        GeneratedKey {
            public_jwk: self.public_jwk(),
            pkcs8: b"the house keeps its keys".to_vec(),
        }
    }

    /// 64 bytes (r, s) or 256.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let digest = sha256::digest(message);
        match self {
            Self::Es256(key) => {
                let signature: Signature = key.sign_prehash(&digest).unwrap();
                signature.to_bytes().to_vec()
            }
            // RFC 8017 section 9.2.
            Self::Rs256 { modulus, exponent } => {
                let mut block = vec![0xff; 256];
                block[0] = 0;
                block[1] = 1;
                block[204] = 0;
                block[205..224].copy_from_slice(&SHA256_DIGEST_INFO);
                block[224..].copy_from_slice(&digest);
                let signed = BigUint::from_bytes_be(&block).modpow(exponent, modulus);
                let bytes = signed.to_bytes_be();
                [vec![0; 256 - bytes.len()], bytes].concat()
            }
        }
    }
}

const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// Made with `openssl genrsa 2048`: searching primes would take longer than the tests.
const RSA_PRIMES: [(&str, &str); 2] = [
    (
        "d87a06981fd69501575e8c479fc601271e3dae8c12eb732603a5d8d2144b4cad\
     2775cc349e8096fa552458eb1a2a1639b44f3bb518f358cb5ecd0f8d41cabd46\
     476eeb7833c689b558938150f543d620ebd5c0aafe514f2227da67cb18fc9ce1\
     b1b5f15a43293ac3830b854d4c9e49496215e635e7689a36ef0339922abc7097",
        "bf928cdb90d20d97dafbdc89546d35c954460fa158645ecb72e7022a2a5e1743\
     b0906d09f0809f85cc9067372324118b89ba7219ba4a450c2b47b1330b7d3f87\
     f6060bf75543021fd8e30cb128cba071d0051693071ea8934b46817a8e7319ef\
     0165f6fe6b18c1eec628425c522ebadf68e03aeab6766a97223a3a49058250fd",
    ),
    (
        "c89bec01f4b2978e504c0ee659c729243b79f0729ab5406ef69d661a9298d0d9\
     577af755c9ea99f756af0c01d98b036d2be9d640a7822ba6c56515f05575d016\
     3964e1b946fa96b2e1783d384f32cba828e69232b27c39747845e9460478ebd3\
     be2d653558193cb40e1bb45b4ffbf8502f1ed998243b33ac9cf6115b28cd618d",
        "bb145e45dce6e36b03593b9a19a137b46ab51665c7c65851558701cd9ce04449\
     f34f59139d506cc43738dff4c6ec2020710a8f7ef07e8d509dc6f4973b8e95e4\
     5f5312a838bd1ca4887071478835a1ab06fee2223cd1f48d2a2002b574f773eb\
     bce154b00221e6b2745129f116b7442010c9b97cf2c4e1d4049778cb2ed78b85",
    ),
];
