//! Limits on what is handed in beside a token, at the last value that is taken and the first that
//! is not.

use countersign::jose::{
    Expectations, KeySet, MAX_KEY_SET, MAX_KEYS, PublicKey, TypeRule, base64url, import_jwks,
    json::{Limits, Value},
    verify_jws, verify_jwt,
};

/// RFC 7515 appendix A.3.1
const JWK: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

fn keys(count: usize) -> Result<KeySet, &'static str> {
    let keys = (0..count).map(|_| PublicKey::from_jwk(JWK.as_bytes()).unwrap());
    KeySet::new(keys.collect()).map_err(|error| error.code())
}

/// The code for a text that is no token: of the expectations, where they are at fault.
fn asked(expect: &Expectations<'_>) -> &'static str {
    verify_jwt(b"", &keys(1).unwrap(), expect)
        .unwrap_err()
        .code()
}

#[test]
fn expectations_have_their_limits() {
    let base = Expectations::new("https://i", &["https://a"], 1);
    let names = ["name"; 65];
    for (count, code) in [(64, "token_malformed"), (65, "expected_too_many")] {
        let names = &names[..count];
        for expect in [
            Expectations {
                audiences: names,
                ..base
            },
            Expectations {
                required_claims: names,
                ..base
            },
            Expectations {
                required_scopes: names,
                ..base
            },
        ] {
            assert_eq!(asked(&expect), code);
        }
    }
    let end = 253_402_300_799;
    for (time, code) in [
        (-1, "expected_time_out_of_range"),
        (0, "token_malformed"),
        (end, "token_malformed"),
        (end + 1, "expected_time_out_of_range"),
    ] {
        let max_token_age = Some(time);
        assert_eq!(asked(&Expectations { now: time, ..base }), code);
        assert_eq!(
            asked(&Expectations {
                max_token_age,
                ..base
            }),
            code
        );
    }
}

#[test]
fn keys_and_sets_have_their_limits() {
    let padded = |json: &str, length: usize| {
        let mut bytes = json.as_bytes().to_vec();
        bytes.resize(length, b' ');
        bytes
    };
    let set = |length| import_jwks(&padded(r#"{"keys":[]}"#, length)).unwrap_err();
    assert_eq!(set(MAX_KEY_SET).code(), "key_set_empty");
    assert_eq!(set(MAX_KEY_SET + 1).code(), "key_set_too_large");
    assert!(PublicKey::from_jwk(&padded(JWK, 32_768)).is_ok());
    let error = PublicKey::from_jwk(&padded(JWK, 32_769)).unwrap_err();
    assert_eq!(error.code(), "key_set_too_large");
    assert!(keys(MAX_KEYS).is_ok());
    assert_eq!(keys(MAX_KEYS + 1).unwrap_err(), "key_set_too_many_keys");
}

#[test]
fn rfc7515_section_4_1_9_a_type_with_a_slash_keeps_its_prefix() {
    let code = |typ: &str, wanted| {
        let header = format!(r#"{{"alg":"ES256","kid":"none","typ":"{typ}"}}"#);
        let token = format!("{}..", base64url::encode(header.as_bytes()));
        let keys = keys(1).unwrap();
        let verdict = verify_jws(token.as_bytes(), &keys, TypeRule::Is(wanted));
        verdict.unwrap_err().code()
    };
    assert_eq!(code("application/a", "a"), "key_unknown");
    assert_eq!(code("application/a/b", "application/a/b"), "key_unknown");
    assert_eq!(code("application/a/b", "a/b"), "type_mismatch");
}

#[test]
fn rfc7517_section_4_members_of_a_key_have_their_limits() {
    let with = |more: &str| {
        let jwk = JWK.replacen('{', &format!("{{{more},"), 1);
        PublicKey::from_jwk(jwk.as_bytes()).map_err(|error| error.code())
    };
    let named = |length| with(&format!(r#""kid":"{}""#, "k".repeat(length)));
    assert!(named(1).is_ok() && named(256).is_ok());
    for length in [0, 257] {
        assert_eq!(named(length).unwrap_err(), "key_member_malformed");
    }
    for twice in [r#"["sign","sign"]"#, r#"["verify","verify"]"#] {
        let refused = with(&format!(r#""key_ops":{twice}"#));
        assert_eq!(refused.unwrap_err(), "key_use_conflict");
    }
}

#[test]
fn rfc7493_section_2_1_surrogates_come_in_pairs() {
    let is_read = |text: &str| Value::of(format!("\"{text}\"").as_bytes(), Limits::TOKEN).is_ok();
    for good in [
        r"\ud7ff",
        r"\ue000",
        r"\ud800\udc00",
        r"\ud800\udfff",
        r"\udbff\udc00",
        r"\udbff\udfff",
    ] {
        assert!(is_read(good), "{good}");
    }
    for lone in [
        r"\ud800",
        r"\udbff",
        r"\udc00",
        r"\udfff",
        r"\ud800\udbff",
        r"\ud800\ue000",
        r"\udbff\ud7ff",
    ] {
        assert!(!is_read(lone), "{lone}");
    }
}
