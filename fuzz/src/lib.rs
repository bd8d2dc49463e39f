//! Fuzz targets: what must hold for any bytes whatever. A target panics where it does not.
//!
//! The same functions run under libFuzzer on nightly (`cargo +nightly fuzz run token`, from
//! the root of the repository) and, without any tool, on stable:
//! `cargo run --release --no-default-features -- 60` gives each target an equal share of 60
//! seconds, with mutations of the corpus in `tests/vectors` that are the same each time.

use countersign::code;
use countersign::jose::json::{Limits, Members, Value};
use countersign::jose::unverified::decode_unverified;
use countersign::jose::{
    Expectations, KeySet, PublicKey, TypeRule, base64url, import_jwks, verify_detached, verify_jws,
    verify_jwt,
};
use countersign::sha256;
use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use rsa::pkcs1v15;
use serde_json::Value as Tree;
use std::sync::LazyLock;

/// A target, by its name.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 7] = [
    ("base64url", base64url),
    ("json", json),
    ("jwks", jwks),
    ("token", token),
    ("code", code),
    ("es256", es256),
    ("rs256", rs256),
];

const NOW: i64 = 1_767_225_600;

/// The corpus that the tests generate: keys, and inputs to begin with.
static CORPUS: LazyLock<Tree> = LazyLock::new(|| {
    let text = include_str!("../../tests/vectors/corpus.json");
    serde_json::from_str(text).expect("the corpus is JSON")
});

static KEYS: LazyLock<KeySet> = LazyLock::new(|| {
    let jwks = CORPUS["keys"]["all"].as_str().expect("a set named all");
    import_jwks(jwks.as_bytes()).expect("good keys")
});

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = vec![CORPUS["keys"]["all"].as_str().unwrap_or_default().into()];
    for case in CORPUS["cases"].as_array().into_iter().flatten() {
        let input = case["input"].as_str().unwrap_or_default().as_bytes();
        // What is inside a token is worth changing where it is not encoded.
        for part in input.split(|byte| *byte == b'.').take(3) {
            seeds.extend(base64url::decode(part).ok().filter(|bytes| bytes.len() > 1));
        }
        seeds.push(input.to_vec());
    }
    seeds.retain(|seed| seed.len() < 4096);
    seeds
}

/// What decodes is the encoding of what it decodes to, and nothing else is.
pub fn base64url(data: &[u8]) {
    if let Ok(bytes) = base64url::decode(data) {
        assert_eq!(base64url::encode(&bytes).as_bytes(), data);
    }
    let encoded = base64url::encode(data);
    assert_eq!(base64url::decode(encoded.as_bytes()).as_deref(), Ok(data));
}

/// What is read, `serde_json` reads too, and to the same values.
pub fn json(data: &[u8]) {
    let limits = Limits {
        depth: 8,
        members: 64,
    };
    let Ok(mut members) = Members::of(data, limits) else {
        return;
    };
    let mut read = Vec::new();
    loop {
        match members.next() {
            Ok(Some(member)) => read.push(member),
            Ok(None) => break,
            Err(error) => {
                assert!(error.offset <= data.len());
                return;
            }
        }
    }
    let tree: Tree = serde_json::from_slice(data).expect("what is read is JSON");
    let tree = tree.as_object().expect("an object");
    assert_eq!(tree.len(), read.len(), "no name twice");
    for (name, value) in read {
        let theirs = tree.get(&*name.decode()).expect("the same names");
        same(&value, theirs);
    }
}

fn same(ours: &Value<'_>, theirs: &Tree) {
    match (ours, theirs) {
        (Value::Null, Tree::Null) => {}
        (Value::Bool(a), Tree::Bool(b)) => assert_eq!(a, b),
        (Value::Number(a), Tree::Number(b)) => {
            if let Some(integer) = a.as_integer() {
                assert_eq!(Some(integer), b.as_i64());
            }
        }
        (Value::String(a), Tree::String(b)) => {
            assert_eq!(&*a.decode(), b);
            assert!(a.is(b));
        }
        (Value::Array(a), Tree::Array(b)) => {
            assert_eq!(a.elements().count(), b.len());
            a.elements().zip(b).for_each(|(a, b)| same(&a, b));
        }
        (Value::Object(a), Tree::Object(b)) => {
            let mut members = a.members();
            let mut count = 0;
            while let Some((name, value)) = members.next().expect("checked before") {
                same(&value, b.get(&*name.decode()).expect("the same names"));
                count += 1;
            }
            assert_eq!(count, b.len());
        }
        (ours, theirs) => panic!("{ours:?} is not {theirs}"),
    }
}

/// Keys are read or refused; an error says which key and what.
pub fn jwks(data: &[u8]) {
    match import_jwks(data) {
        Ok(set) => {
            assert!((1..=64).contains(&set.keys().len()));
            let tree: Tree = serde_json::from_slice(data).expect("JSON");
            let all = tree["keys"].as_array().expect("a list").len();
            assert_eq!(all, set.keys().len() + set.skipped().len());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let _ = PublicKey::from_jwk(data);
}

/// Nobody but the issuer makes a token: what is accepted must be one of the corpus, in its
/// content. (Of one content an issuer of ECDSA can make several signatures, and anybody the
/// other s.)
pub fn token(data: &[u8]) {
    let expect = Expectations::new("https://issuer.example", &["https://api.example"], NOW);
    if verify_jwt(data, &KEYS, &expect).is_ok() {
        let signed = |token: &[u8]| {
            let end = token.iter().rposition(|byte| *byte == b'.').unwrap_or(0);
            token[..end].to_vec()
        };
        let known = CORPUS["cases"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|case| {
                case["input"]
                    .as_str()
                    .is_some_and(|input| signed(input.as_bytes()) == signed(data))
            });
        assert!(known, "forged: {}", String::from_utf8_lossy(data));
    }
    let _ = verify_jws(data, &KEYS, TypeRule::Any);
    let (jws, payload) = data.split_at(data.len() / 2);
    assert!(verify_detached(jws, payload, &KEYS, TypeRule::Any).is_err());
    if let Ok(apart) = decode_unverified(data) {
        assert!(apart.header().len() + apart.payload().len() < data.len());
    }
}

/// What is read as a code is one, and prints as it was read.
pub fn code(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(read) = code::parse(text) else { return };
    assert!(text.len() <= code::MAX_CODE);
    let again = format!(
        "anx://{}/{}?exp={}&ts={}&n={}&k={}&sig={}",
        read.target,
        read.user,
        read.lifetime,
        read.issued_at,
        base64url::encode(&read.nonce),
        base64url::encode(&read.key),
        base64url::encode(&read.signature),
    );
    assert_eq!(again, text);
    let signed = again.rsplit_once("&sig=").expect("a signature").0;
    assert_eq!(signed.as_bytes(), read.signing_input());
}

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

fn pair(seed: u8) -> (PublicKey, p256::ecdsa::SigningKey) {
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
