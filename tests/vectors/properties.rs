//! What holds for all tokens, not for examples.

use crate::corpus::{AUDIENCE, HEADER, ISSUER, NOW, RS_HEADER, claims};
use crate::signers::{Ec, Rsa};
use countersign::code::parse;
use countersign::jose::base64url::{decode, encode};
use countersign::jose::unverified::decode_unverified;
use countersign::jose::{
    Expectations, KeySet, PublicKey, Reason, TypeRule, import_jwks, verify_detached, verify_jws,
    verify_jwt,
};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

struct Issuer {
    es: Ec,
    rs: Rsa,
    keys: KeySet,
}

static HONEST: LazyLock<Issuer> = LazyLock::new(|| {
    let (es, rs) = (Ec::new("es-1"), Rsa::new("rs-1", 2048));
    let jwks = format!(
        r#"{{"keys":[{{{},"kid":"es-1"}},{{{},"kid":"rs-1"}}]}}"#,
        es.jwk(),
        rs.jwk()
    );
    let keys = import_jwks(jwks.as_bytes()).unwrap();
    Issuer { es, rs, keys }
});

impl Issuer {
    fn es(&self, header: &[u8], payload: &[u8]) -> String {
        let input = format!("{}.{}", encode(header), encode(payload));
        format!("{input}.{}", encode(&self.es.sign(input.as_bytes())))
    }

    fn rs(&self) -> String {
        let claims = claims().to_string();
        let input = format!(
            "{}.{}",
            encode(RS_HEADER.as_bytes()),
            encode(claims.as_bytes())
        );
        format!("{input}.{}", encode(&self.rs.sign(input.as_bytes())))
    }

    fn accepts(&self, token: &[u8]) -> bool {
        verify_jwt(
            token,
            &self.keys,
            &Expectations::new(ISSUER, &[AUDIENCE], NOW),
        )
        .is_ok()
    }
}

fn good_tokens() -> [String; 2] {
    let claims = claims().to_string();
    [HONEST.es(HEADER.as_bytes(), claims.as_bytes()), HONEST.rs()]
}

#[test]
fn every_flipped_bit_is_refused() {
    for good in good_tokens() {
        assert!(HONEST.accepts(good.as_bytes()));
        let mut token = good.into_bytes();
        for at in 0..token.len() {
            for bit in 0..8 {
                token[at] ^= 1 << bit;
                assert!(!HONEST.accepts(&token), "bit {bit} of byte {at}");
                token[at] ^= 1 << bit;
            }
        }
        assert!(HONEST.accepts(&token));
    }
}

#[test]
fn every_other_character_of_the_alphabet_is_refused() {
    let [good, _] = good_tokens();
    let mut token = good.into_bytes();
    for at in 0..token.len() {
        let original = token[at];
        let alphabet = b'-'..=b'z';
        for other in alphabet.filter(|byte| *byte != original) {
            token[at] = other;
            assert!(!HONEST.accepts(&token), "{other} at {at}");
        }
        token[at] = original;
    }
}

#[test]
fn every_cut_is_refused() {
    for good in good_tokens() {
        let token = good.as_bytes();
        for at in 0..token.len() {
            assert!(!HONEST.accepts(&token[..at]), "cut to {at}");
            assert!(!HONEST.accepts(&token[at + 1..]), "{at} cut off");
            let without = [&token[..at], &token[at + 1..]].concat();
            // Two equal characters in a row: without either it is the same text.
            assert!(!HONEST.accepts(&without), "without {at}");
            let twice = [&token[..=at], &token[at..]].concat();
            assert!(!HONEST.accepts(&twice), "{at} twice");
        }
    }
}

/// A verifier as they are written in an afternoon: a JSON tree, a map of claims, the `p256`
/// crate. It forgives much; what it refuses, this library must refuse.
fn afternoon(token: &str, now: i64) -> Option<Value> {
    let parts: Vec<_> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        return None;
    };
    let header: Value = serde_json::from_slice(&decode(header.as_bytes()).ok()?).ok()?;
    if header["alg"] != "ES256" || header.get("kid").is_some_and(|kid| kid != "es-1") {
        return None;
    }
    let input = token.rsplit_once('.')?.0;
    let signature = decode(signature.as_bytes()).ok()?;
    let signature = p256::ecdsa::Signature::from_slice(&signature).ok()?;
    let [x, y] = HONEST.es.coordinates();
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&[&[4], &x[..], &y].concat()).ok()?;
    key.verify_prehash(&crate::signers::sha256(input.as_bytes()), &signature)
        .ok()?;
    let claims: Value = serde_json::from_slice(&decode(payload.as_bytes()).ok()?).ok()?;
    let audience = match &claims["aud"] {
        Value::Array(list) => list.iter().any(|aud| aud == AUDIENCE),
        one => one == AUDIENCE,
    };
    let in_time = claims["exp"].as_i64().is_some_and(|exp| now < exp)
        && claims
            .get("nbf")
            .is_none_or(|nbf| nbf.as_i64().is_some_and(|nbf| nbf <= now));
    (claims["iss"] == ISSUER && audience && in_time).then_some(claims)
}

fn value() -> impl Strategy<Value = Value> {
    let time = prop_oneof![Just(NOW), NOW - 2..NOW + 3, any::<i64>()];
    prop_oneof![
        6 => time.prop_map(|t| json!(t)),
        3 => prop::sample::select(vec![ISSUER, AUDIENCE, "", "x", "JWT", "at+jwt", "ES256", "none", "es-1", "a b"])
            .prop_map(|t| json!(t)),
        1 => Just(Value::Null),
        1 => any::<f64>().prop_map(|f| json!(f)),
        1 => any::<bool>().prop_map(|b| json!(b)),
        2 => prop::collection::vec(prop::sample::select(vec![json!(AUDIENCE), json!("x"), json!(1)]), 0..3)
            .prop_map(Value::Array),
    ]
}

/// A document with a few of its members changed, and now and then a byte.
fn changed(base: Value) -> impl Strategy<Value = Vec<u8>> {
    let names: Vec<_> = base
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .chain(["x".into()])
        .collect();
    let changes = prop::collection::vec((prop::sample::select(names), value()), 0..3);
    let byte = prop::option::weighted(0.1, (any::<prop::sample::Index>(), any::<u8>()));
    (changes, byte).prop_map(move |(changes, byte)| {
        let mut document = base.clone();
        for (name, value) in changes {
            document[name] = value;
        }
        let mut text = document.to_string().into_bytes();
        if let Some((at, byte)) = byte {
            let at = at.index(text.len());
            text[at] = byte;
        }
        text
    })
}

fn header() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => Just(HEADER.as_bytes().to_vec()),
        1 => changed(serde_json::from_str(HEADER).unwrap()),
    ]
}

#[test]
fn what_this_library_accepts_others_accept_and_read_alike() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 6000,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let strategy = (header(), changed(claims()));
    let counter = std::cell::Cell::new(0);
    runner
        .run(&strategy, |(header, payload)| {
            let token = HONEST.es(&header, &payload);
            let expect = Expectations::new(ISSUER, &[AUDIENCE], NOW);
            if let Ok(verified) = verify_jwt(token.as_bytes(), &HONEST.keys, &expect) {
                let theirs = afternoon(&token, NOW);
                prop_assert!(theirs.is_some(), "{}", String::from_utf8_lossy(&payload));
                let theirs = theirs.unwrap();
                let ours = verified.claims();
                let read = |text: Option<countersign::jose::json::Text<'_>>| {
                    text.map(|text| text.decode().into_owned())
                };
                let text = |name: &str| theirs[name].as_str().map(String::from);
                prop_assert_eq!(read(ours.issuer), text("iss"));
                prop_assert_eq!(read(ours.subject), text("sub"));
                prop_assert_eq!(read(ours.token_id), text("jti"));
                prop_assert_eq!(ours.expires_at, theirs["exp"].as_i64());
                prop_assert_eq!(ours.not_before, theirs["nbf"].as_i64());
                prop_assert_eq!(ours.issued_at, theirs["iat"].as_i64());
                counter.set(counter.get() + 1);
            }
            Ok(())
        })
        .unwrap();
    let accepted = counter.get();
    // Enough of both, or the comparison says nothing.
    assert!(
        (600..5400).contains(&accepted),
        "{accepted} of 6000 accepted"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(bytes: Vec<u8>, text in "[{}\\[\\]\":,.a-zA-Z0-9_ =&?/-]{0,120}") {
        let expect = Expectations::new(ISSUER, &[AUDIENCE], NOW);
        for input in [&bytes[..], text.as_bytes()] {
            let encoded = encode(input);
            let around = format!("{encoded}.{encoded}.{encoded}");
            for token in [input, encoded.as_bytes(), around.as_bytes()] {
                prop_assert!(verify_jwt(token, &HONEST.keys, &expect).is_err());
                prop_assert!(verify_jws(token, &HONEST.keys, TypeRule::Any).is_err());
                prop_assert!(verify_detached(token, input, &HONEST.keys, TypeRule::Any).is_err());
                let _ = decode_unverified(token);
            }
            prop_assert!(import_jwks(input).is_err());
            prop_assert!(PublicKey::from_jwk(input).is_err());
        }
        prop_assert!(parse(&text).is_err());
    }

    #[test]
    fn what_is_taken_apart_is_what_was_put_together(payload: Vec<u8>) {
        let token = HONEST.es(HEADER.as_bytes(), &payload);
        let apart = decode_unverified(token.as_bytes()).unwrap();
        prop_assert_eq!(apart.header(), HEADER.as_bytes());
        prop_assert_eq!(apart.payload(), &payload[..]);
        let verified = verify_jws(token.as_bytes(), &HONEST.keys, TypeRule::Is("JWT")).unwrap();
        prop_assert_eq!(verified.payload(), &payload[..]);
        prop_assert_eq!(verified.key().kid(), Some("es-1"));
    }

    #[test]
    fn a_detached_signature_is_over_these_bytes(payload in prop::collection::vec(any::<u8>(), 0..9000), other: prop::sample::Index) {
        let token = HONEST.es(HEADER.as_bytes(), &payload);
        let (header, rest) = token.split_once('.').unwrap();
        let jws = format!("{header}..{}", rest.split_once('.').unwrap().1);
        let verdict = verify_detached(jws.as_bytes(), &payload, &HONEST.keys, TypeRule::Any);
        prop_assert!(verdict.is_ok());
        if !payload.is_empty() {
            let mut changed = payload.clone();
            let at = other.index(changed.len());
            changed[at] ^= 1;
            let refusal = verify_detached(jws.as_bytes(), &changed, &HONEST.keys, TypeRule::Any);
            prop_assert_eq!(refusal.unwrap_err().reason, Reason::SignatureInvalid);
        }
    }

    #[test]
    fn the_order_of_members_changes_nothing(seed: [u8; 4], changes in prop::collection::vec((0usize..9, value()), 0..4)) {
        let mut members: Vec<_> = claims().as_object().unwrap().clone().into_iter().collect();
        for (at, value) in changes {
            members[at].1 = value;
        }
        let token = |members: &[(String, Value)]| {
            let list: Vec<_> = members.iter().map(|(n, v)| format!("{}:{v}", json!(n))).collect();
            HONEST.es(HEADER.as_bytes(), format!("{{{}}}", list.join(",")).as_bytes())
        };
        let verdict = |token: &str| {
            let expect = Expectations::new(ISSUER, &[AUDIENCE], NOW);
            verify_jwt(token.as_bytes(), &HONEST.keys, &expect).map(|_| ()).map_err(|e| e.reason)
        };
        let before = verdict(&token(&members));
        for swap in seed {
            let (a, b) = (usize::from(swap >> 4) % 9, usize::from(swap & 15) % 9);
            members.swap(a, b);
        }
        prop_assert_eq!(before, verdict(&token(&members)));
    }
}
