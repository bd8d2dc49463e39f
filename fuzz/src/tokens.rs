//! Tokens: nobody forges one, and what is accepted the crate `jsonwebtoken` accepts too.

use crate::signatures::pair;
use crate::{CORPUS, KEYS, NOW};
use countersign::jose::unverified::decode_unverified;
use countersign::jose::{
    Expectations, KeySet, Leniency, TypeRule, base64url, import_jwks, verify_detached, verify_jws,
    verify_jwt,
};
use countersign::sha256;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::Value as Tree;
use std::sync::LazyLock;

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://api.example";

/// Nobody but the issuer makes a token: what is accepted must be one of the corpus, in its
/// content. (Of one content an issuer of ECDSA can make several signatures, and anybody the
/// other s.)
pub fn token(data: &[u8]) {
    let expect = Expectations::new(ISSUER, &[AUDIENCE], NOW);
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

struct Issuer {
    signer: SigningKey,
    ours: KeySet,
    theirs: DecodingKey,
}

static ISSUING: LazyLock<Issuer> = LazyLock::new(|| {
    let (_, signer) = pair(1);
    let point = signer.verifying_key().to_sec1_point(false);
    let [x, y] = [point.x(), point.y()].map(|c| base64url::encode(c.expect("affine")));
    let jwks = format!(r#"{{"keys":[{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}]}}"#);
    Issuer {
        ours: import_jwks(jwks.as_bytes()).expect("a good key"),
        theirs: DecodingKey::from_ec_components(&x, &y).expect("the same key"),
        signer,
    }
});

/// A header and a payload, one line each, that an issuer has signed whatever they are. What
/// we accept the crate `jsonwebtoken` accepts, with the same claims, and they say what was
/// asked for; what it accepts and we refuse is never refused for its signature.
pub fn claims(data: &[u8]) {
    let Some(end) = data.iter().position(|byte| *byte == b'\n') else {
        return;
    };
    let (header, payload) = (&data[..end], &data[end + 1..]);
    let input = format!(
        "{}.{}",
        base64url::encode(header),
        base64url::encode(payload)
    );
    let digest = sha256::digest(input.as_bytes());
    let signature: Signature = ISSUING.signer.sign_prehash(&digest).expect("a signature");
    let token = format!("{input}.{}", base64url::encode(&signature.to_bytes()));

    let mut expect = Expectations::new(ISSUER, &[AUDIENCE], NOW);
    expect.leniency = Leniency {
        untyped: true,
        ..Leniency::default()
    };
    let ours = verify_jwt(token.as_bytes(), &ISSUING.ours, &expect);

    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    // It goes by the clock of the machine; times are held against NOW below.
    validation.validate_exp = false;
    let theirs = jsonwebtoken::decode::<Tree>(&token, &ISSUING.theirs, &validation);

    match (ours, theirs) {
        (Ok(_), Ok(theirs)) => {
            let time = |name: &str| theirs.claims.get(name).and_then(Tree::as_f64);
            assert!(time("exp").is_some_and(|exp| exp > NOW as f64));
            assert!(time("nbf").is_none_or(|nbf| nbf <= NOW as f64));
            let claims: Tree = serde_json::from_slice(payload).expect("JSON");
            assert_eq!(claims, theirs.claims);
        }
        // It gives some members of the header a type that no RFC gives them here.
        (Ok(_), Err(error)) => assert!(
            matches!(error.kind(), ErrorKind::Json(_)),
            "{error}: {}",
            String::from_utf8_lossy(data)
        ),
        (Err(error), Ok(_)) => assert_ne!(error.code(), "signature_invalid"),
        (Err(_), Err(_)) => {}
    }
}
