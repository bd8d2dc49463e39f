//! The examples of the standards.

use countersign::jose::base64url;
use countersign::jose::{
    Algorithm, Expectations, KeySet, Leniency, PublicKey, Reason, TypeRule, import_jwks,
    verify_detached, verify_jws, verify_jwt,
};

/// RFC 7515 appendix A.3.1 (the public half)
const EC_7515: &str = r#"{"kty":"EC","crv":"P-256",
    "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

/// RFC 7515 appendix A.3.1
const ES256_7515: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

/// RFC 7515 appendix A.1.1
const HS256_7515: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// RFC 7515 appendix A.2.1 (the public half), also RFC 7638's neighbour
const RSA_7515: &str = r#"{"kty":"RSA",
    "n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
    "e":"AQAB"}"#;

/// RFC 7515 appendix A.2.1
const RS256_7515: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

const CLAIMS_7515: &[u8] =
    b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

fn key(jwk: &str) -> KeySet {
    KeySet::new(vec![PublicKey::from_jwk(jwk.as_bytes()).unwrap()]).unwrap()
}

/// The leniencies that the examples of 2015 need, and no other.
fn joe(now: i64) -> Expectations<'static> {
    Expectations {
        leniency: Leniency {
            untyped: true,
            any_audience: true,
            ..Leniency::default()
        },
        ..Expectations::new("joe", &[], now)
    }
}

#[test]
fn rfc7515_appendix_a_3_es256() {
    let keys = key(EC_7515);
    let verified = verify_jwt(ES256_7515.as_bytes(), &keys, &joe(1_300_819_379)).unwrap();
    assert_eq!(verified.payload(), CLAIMS_7515);
    assert_eq!(verified.header(), br#"{"alg":"ES256"}"#);
    assert!(verified.claims().issuer.unwrap().is("joe"));
    assert_eq!(verified.claims().expires_at, Some(1_300_819_380));
    let refusal = verify_jwt(ES256_7515.as_bytes(), &keys, &joe(1_300_819_380)).unwrap_err();
    assert_eq!(refusal.code(), "expired");
}

#[test]
fn rfc7515_appendix_a_2_rs256() {
    let keys = key(RSA_7515);
    assert_eq!(keys.keys()[0].algorithm(), Algorithm::Rs256);
    let verified = verify_jwt(RS256_7515.as_bytes(), &keys, &joe(1_300_819_379)).unwrap();
    assert_eq!(verified.payload(), CLAIMS_7515);
}

#[test]
fn rfc7515_appendix_a_1_hs256_is_refused() {
    for keys in [key(EC_7515), key(RSA_7515)] {
        let refusal = verify_jws(HS256_7515.as_bytes(), &keys, TypeRule::Any).unwrap_err();
        assert_eq!(refusal.reason, Reason::AlgorithmSymmetric);
    }
}

#[test]
fn rfc7515_appendix_f_detached() {
    let keys = key(EC_7515);
    let mut parts = ES256_7515.split('.');
    let (header, payload, signature) = (
        parts.next().unwrap(),
        parts.next().unwrap(),
        parts.next().unwrap(),
    );
    let jws = format!("{header}..{signature}");
    let payload = base64url::decode(payload.as_bytes()).unwrap();
    assert!(verify_detached(jws.as_bytes(), &payload, &keys, TypeRule::Any).is_ok());
    let refusal = verify_detached(jws.as_bytes(), b"other", &keys, TypeRule::Any).unwrap_err();
    assert_eq!(refusal.reason, Reason::SignatureInvalid);
    let whole = ES256_7515.as_bytes();
    let refusal = verify_detached(whole, &payload, &keys, TypeRule::Any).unwrap_err();
    assert_eq!(refusal.reason, Reason::PayloadNotDetached);
}

/// RFC 7517 appendix A.1; its RSA key is that of RFC 7638 section 3.1.
const SET_7517: &str = r#"{"keys":[
    {"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
     "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"},
    {"kty":"RSA",
     "n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
     "e":"AQAB","alg":"RS256","kid":"2011-04-29"}]}"#;

#[test]
fn rfc7517_appendix_a_1_a_set_with_a_key_for_encryption() {
    let keys = import_jwks(SET_7517.as_bytes()).unwrap();
    assert_eq!(keys.keys().len(), 1);
    assert_eq!(keys.keys()[0].kid(), Some("2011-04-29"));
    assert_eq!(keys.skipped()[0].code(), "key_use_unsupported");
    assert_eq!(keys.skipped()[0].index, Some(0));
}

#[test]
fn rfc7638_section_3_1_thumbprint() {
    let keys = import_jwks(SET_7517.as_bytes()).unwrap();
    let thumbprint = base64url::encode(keys.keys()[0].thumbprint());
    assert_eq!(thumbprint, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

fn refused_as_jws(token: &str, reason: Reason) {
    for keys in [key(EC_7515), key(RSA_7515)] {
        let refusal = verify_jws(token.as_bytes(), &keys, TypeRule::Any).unwrap_err();
        assert_eq!(refusal.reason, reason, "{token}");
    }
}

#[test]
fn rfc7515_appendix_a_5_unsecured_is_refused() {
    // Also RFC 7519 section 6.1.
    let claims = ES256_7515.split('.').nth(1).unwrap();
    refused_as_jws(
        &format!("eyJhbGciOiJub25lIn0.{claims}."),
        Reason::AlgorithmNone,
    );
}

#[test]
fn rfc7515_appendix_a_6_json_serialization_is_refused() {
    let parts: Vec<_> = ES256_7515.split('.').collect();
    let json = format!(
        r#"{{"payload":"{}","protected":"{}","header":{{"kid":"e9bc097a"}},"signature":"{}"}}"#,
        parts[1], parts[0], parts[2]
    );
    refused_as_jws(&json, Reason::TokenMalformed);
}

#[test]
fn rfc7515_appendix_e_negative_case_for_crit() {
    // As published it is unsecured, which is refused before anything else.
    refused_as_jws(
        "eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9VTkRFRklORUQiOnRydWUNCn0.RkFJTA.",
        Reason::AlgorithmNone,
    );
    let header = br#"{"alg":"ES256","crit":["http://example.com/UNDEFINED"],"http://example.com/UNDEFINED":true}"#;
    refused_as_jws(
        &format!("{}.RkFJTA.", base64url::encode(header)),
        Reason::CriticalHeader,
    );
}

#[test]
fn rfc7517_section_3_one_key() {
    let jwk = EC_7515.replace(
        '}',
        r#","kid":"Public key used in JWS spec Appendix A.3 example"}"#,
    );
    let key = PublicKey::from_jwk(jwk.as_bytes()).unwrap();
    assert_eq!(key.algorithm(), Algorithm::Es256);
    assert_eq!(
        key.kid(),
        Some("Public key used in JWS spec Appendix A.3 example")
    );
}

#[test]
fn rfc7517_appendix_a_2_private_keys_are_refused() {
    let jwks = SET_7517.replace(
        r#""use":"enc""#,
        r#""d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE","use":"enc""#,
    );
    let error = import_jwks(jwks.as_bytes()).unwrap_err();
    assert_eq!(
        (error.code(), error.index, error.member),
        ("key_private", Some(0), Some("d"))
    );
    assert_eq!(error.kid.as_deref(), Some("1"));
    assert!(
        error
            .to_string()
            .starts_with("key 0 (\"1\"): `d`: key_private: "),
        "{error}"
    );
}

#[test]
fn rfc7517_appendix_a_3_symmetric_keys_are_refused() {
    let jwks = r#"{"keys":[
        {"kty":"oct","alg":"A128KW","k":"GawgguFyGrWKav7AX4VKUg"},
        {"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
         "kid":"HMAC key used in JWS spec Appendix A.1 example"}]}"#;
    let error = import_jwks(jwks.as_bytes()).unwrap_err();
    assert_eq!((error.code(), error.index), ("key_symmetric", Some(0)));
}

#[test]
fn rfc7519_section_3_1_example_is_refused() {
    let keys = key(EC_7515);
    let refusal = verify_jwt(HS256_7515.as_bytes(), &keys, &joe(1_300_819_379)).unwrap_err();
    assert_eq!(refusal.reason, Reason::AlgorithmSymmetric);
}

#[test]
fn rfc7797_section_4_is_refused() {
    // Section 4.1, encoded as usual; section 4.2, unencoded and detached.
    refused_as_jws(
        "eyJhbGciOiJIUzI1NiJ9.JC4wMg.5mvfOroL-g7HyqJoozehmsaqmvTYGEq5jTI1gVvoEoQ",
        Reason::AlgorithmSymmetric,
    );
    let header = "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19";
    let signature = "A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY";
    let detached = format!("{header}..{signature}");
    refused_as_jws(&detached, Reason::AlgorithmSymmetric);
    let published = base64url::decode(header.as_bytes()).unwrap();
    let es256 = String::from_utf8(published)
        .unwrap()
        .replace("HS256", "ES256");
    let detached = format!("{}..{signature}", base64url::encode(es256.as_bytes()));
    let refusal =
        verify_detached(detached.as_bytes(), b"$.02", &key(EC_7515), TypeRule::Any).unwrap_err();
    assert_eq!(refusal.reason, Reason::CriticalHeader);
}
