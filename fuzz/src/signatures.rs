//! Signatures, against the crates of RustCrypto.

use crate::CORPUS;
use countersign::jose::{PublicKey, base64url};
use countersign::sha256;
use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use rsa::pkcs1v15;
use serde_json::Value as Tree;
use std::sync::LazyLock;

/// The verdict of the `p256` crate, on signatures that the bytes change where they are not
/// zero, and on what is no signature at all. Sixteen keys are enough: that each point gets
/// its tables right is tested where they are made.
pub fn es256(data: &[u8]) {
    static PAIRS: LazyLock<Vec<(PublicKey, p256::ecdsa::SigningKey)>> =
        LazyLock::new(|| (1..=16).map(pair).collect());
    let Some((choice, rest)) = data.split_first() else {
        return;
    };
    let (ours, signer) = &PAIRS[usize::from(choice & 15)];
    let digest = sha256::digest(rest);
    let genuine: p256::ecdsa::Signature = signer.sign_prehash(&digest).expect("a signature");
    let mut signature: [u8; 64] = genuine.to_bytes().into();
    assert!(ours.verify_digest(&digest, &signature).is_ok());
    let raw = rest.first_chunk::<64>().copied();
    for (place, change) in signature.iter_mut().zip(rest) {
        *place ^= change;
    }
    for signature in [Some(signature), raw].into_iter().flatten() {
        let judged = p256::ecdsa::Signature::from_slice(&signature)
            .and_then(|signature| signer.verifying_key().verify_prehash(&digest, &signature));
        assert_eq!(
            ours.verify_digest(&digest, &signature).is_ok(),
            judged.is_ok()
        );
    }
}

/// A key of ours, and its private half.
pub(crate) fn pair(seed: u8) -> (PublicKey, p256::ecdsa::SigningKey) {
    let signer = p256::ecdsa::SigningKey::from_slice(&[seed; 32]).expect("below the order");
    let point = signer.verifying_key().to_sec1_point(false);
    let [x, y] = [point.x(), point.y()].map(|c| base64url::encode(c.expect("affine")));
    let jwk = format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#);
    (
        PublicKey::from_jwk(jwk.as_bytes()).expect("a point of the curve"),
        signer,
    )
}

/// The verdict of the `rsa` crate on signatures by anybody, under the keys of the corpus.
pub fn rs256(data: &[u8]) {
    static THEIRS: LazyLock<Vec<(PublicKey, pkcs1v15::VerifyingKey<sha2::Sha256>, usize)>> =
        LazyLock::new(|| {
            let set: Tree =
                serde_json::from_str(CORPUS["keys"]["all"].as_str().expect("text")).expect("JSON");
            let keys = set["keys"].as_array().expect("a list");
            let keys = keys.iter().filter(|key| key["kty"] == "RSA");
            keys.map(|key| {
                let text = key["n"].as_str().expect("n");
                let n = base64url::decode(text.as_bytes()).expect("base64url");
                let length = n.len();
                let number = rsa::BoxedUint::from_be_slice_vartime(&n);
                let theirs = rsa::RsaPublicKey::new(number, 65_537_u32.into()).expect("a key");
                let ours = PublicKey::from_jwk(key.to_string().as_bytes()).expect("a key");
                (ours, pkcs1v15::VerifyingKey::new(theirs), length)
            })
            .collect()
        });
    for (ours, theirs, length) in &*THEIRS {
        // A genuine signature that the bytes change where they are not zero, and what is
        // no signature at all.
        let genuine = CORPUS["cases"][1]["input"].as_str().unwrap_or_default();
        let (message, signature) = genuine.rsplit_once('.').unwrap_or_default();
        let mut signature = base64url::decode(signature.as_bytes()).expect("base64url");
        signature.resize(*length, 0);
        for (place, change) in signature.iter_mut().zip(data) {
            *place ^= change;
        }
        let digest = sha256::digest(message.as_bytes());
        for signature in [&signature[..], data] {
            let judged = pkcs1v15::Signature::try_from(signature)
                .and_then(|signature| theirs.verify_prehash(&digest, &signature));
            let verdict = ours.verify_digest(&digest, signature);
            assert_eq!(
                verdict.is_ok(),
                judged.is_ok() && signature.len() == *length
            );
        }
    }
}
