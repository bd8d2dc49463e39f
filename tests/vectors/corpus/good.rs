//! What must be accepted: a verifier that refuses everything is of no use.

use super::{AUDIENCE, Corpus, HEADER, NOW, RS_HEADER, claims, claims_with};
use countersign::jose::base64url::encode;
use serde_json::json;

pub(crate) fn add(c: &mut Corpus) {
    signatures(c);
    headers(c);
    documents(c);
    values(c);
    leniencies(c);
    contents(c);
}

fn signatures(c: &mut Corpus) {
    let plain = claims().to_string();
    let token = c.good_token();
    c.jwt("valid", "RFC 7518 section 3.4", "ES256", token);
    let token = c.rs(RS_HEADER, &plain);
    c.jwt(
        "valid",
        "RFC 7518 section 3.3",
        "RS256 with 2048 bits",
        token,
    );
    for (kid, name) in [
        ("rs-3072", "RS256 with 3072 bits"),
        ("rs-4096", "RS256 with 4096 bits"),
    ] {
        let header = format!(r#"{{"alg":"RS256","kid":"{kid}","typ":"JWT"}}"#);
        let input = format!("{}.{}", encode(header.as_bytes()), encode(plain.as_bytes()));
        let key = if kid == "rs-3072" {
            &c.rs_3072
        } else {
            &c.rs_4096
        };
        let token = format!("{input}.{}", encode(&key.sign(input.as_bytes())));
        c.jwt("valid", "RFC 7518 section 3.3", name, token);
    }
    // FIPS 186-5 section 6.4.2: (r, n - s) is as good as (r, s), and JWS asks for no choice.
    let input = format!("{}.{}", encode(HEADER.as_bytes()), encode(plain.as_bytes()));
    let mut signature = c.es.sign(input.as_bytes());
    super::signature::negate_s(&mut signature);
    c.jwt(
        "valid",
        "FIPS 186-5 section 6.4.2",
        "ES256 with the other s",
        format!("{input}.{}", encode(&signature)),
    );
}

fn headers(c: &mut Corpus) {
    let plain = claims().to_string();
    for (header, clause, name) in [
        (
            r#"{"typ":"jwt","alg":"ES256","kid":"es-1"}"#,
            "RFC 7515 section 4.1.9",
            "typ in lower case",
        ),
        (
            r#"{"typ":"application/jwt","alg":"ES256","kid":"es-1"}"#,
            "RFC 7515 section 4.1.9",
            "typ with application/",
        ),
        (
            r#"{"typ":"Application/JWT","alg":"ES256","kid":"es-1"}"#,
            "RFC 7515 section 4.1.9",
            "typ with Application/",
        ),
        (
            "{ \"alg\" : \"ES256\" ,\r\n\t\"kid\":\"es-1\", \"typ\":\"JWT\" }",
            "RFC 8259 section 2",
            "a header with whitespace",
        ),
        (
            r#"{"\u0061lg":"ES\u003256","k\u0069d":"es\u002d1","typ":"JWT"}"#,
            "RFC 8259 section 7",
            "a header with escapes",
        ),
        (
            r#"{"alg":"ES256","kid":"es-1","typ":"JWT","x5t":"AAAA","x5t#S256":"AAAA","iss":"x","extra":{"a":[1]}}"#,
            "RFC 7515 section 4.2",
            "a header with members that say nothing here",
        ),
        (
            r#"{"alg":"ES256","kid":"es-1","typ":"JWT","cty":"json"}"#,
            "RFC 7519 section 5.2",
            "cty that is no token",
        ),
    ] {
        let token = c.es(header, &plain);
        c.jwt("valid", clause, name, token);
    }
    let nameless = r#"{"alg":"ES256","typ":"JWT"}"#;
    for (keys, name) in [
        ("es", "no kid, one key"),
        ("es-nameless", "no kid, one key without"),
        ("pair-nameless", "no kid, one key of the algorithm"),
    ] {
        let token = c.es(nameless, &plain);
        c.jwt_with(
            "valid",
            "RFC 7515 section 4.1.4",
            name,
            token,
            keys,
            &json!({}),
        );
    }
    let header = format!(
        r#"{{"alg":"ES256","kid":"es-1","typ":"JWT","pad":"{}"}}"#,
        "x".repeat(2048 - 49)
    );
    assert_eq!(header.len(), 2048);
    let token = c.es(&header, &plain);
    c.jwt(
        "valid",
        "RFC 8259 section 9",
        "a header of 2048 bytes",
        token,
    );
}

fn documents(c: &mut Corpus) {
    let spaced = format!(
        "\n {}\t ",
        claims()
            .to_string()
            .replace("\":", "\" : ")
            .replace(",\"", "\r\n, \"")
    );
    for (payload, clause, name) in [
        (spaced, "RFC 8259 section 2", "claims with whitespace"),
        (
            claims().to_string().replace("\"iss\"", "\"\\u0069ss\""),
            "RFC 8259 section 7",
            "an escaped claim name",
        ),
        (
            claims().to_string().replace("https://", "https:\\/\\/"),
            "RFC 8259 section 7",
            "escaped slashes",
        ),
        (
            claims().to_string().replace("user-1", "\\ud83d\\ude00"),
            "RFC 8259 section 7",
            "an escaped surrogate pair",
        ),
        (
            claims_with(&json!({"sub": "ユーザー\u{1f600}\u{0}"})),
            "RFC 8259 section 8.1",
            "a subject in Unicode",
        ),
        (
            claims_with(&json!({"ext": [[[[[[[]]]]]]]})),
            "RFC 8259 section 9",
            "claims 8 deep",
        ),
        (
            claims_with(&json!({"ext": {"a": {"a": {"a": {"a": 1}}}}, "a": {"a": 2}})),
            "RFC 7519 section 4",
            "one name at many depths",
        ),
        (
            claims().to_string().replacen(
                '{',
                r#"{"n":-1.5E-3,"m":1e307,"z":-0,"big":123456789012345678901234567890,"#,
                1,
            ),
            "RFC 8259 section 6",
            "numbers of every form",
        ),
        (
            claims_with(&json!({"__proto__": {"admin": true}, "constructor": 1, "toString": "x"})),
            "RFC 8259 section 4",
            "names that mean something to JavaScript",
        ),
    ] {
        let token = c.es(HEADER, &payload);
        c.jwt("valid", clause, name, token);
    }
    let mut wide = claims();
    for i in 0..64 - 9 {
        wide[format!("m{i}")] = json!(i);
    }
    let token = c.es(HEADER, &wide.to_string());
    c.jwt("valid", "RFC 8259 section 9", "64 claims", token);
    // 16384 characters: what is left for the payload beside header, dots and signature.
    let room = (16_384 - encode(HEADER.as_bytes()).len() - 2 - 86) / 4 * 3 + 1;
    let empty = claims_with(&json!({"pad": ""})).len();
    let mut token = c.es(
        HEADER,
        &claims_with(&json!({"pad": "x".repeat(room - empty)})),
    );
    if token.len() > 16_384 {
        token = c.es(
            HEADER,
            &claims_with(&json!({"pad": "x".repeat(room - empty - 1)})),
        );
    }
    assert!((16_381..=16_384).contains(&token.len()), "{}", token.len());
    c.jwt(
        "valid",
        "RFC 8259 section 9",
        "a token of 16 kilobytes",
        token,
    );
}

fn values(c: &mut Corpus) {
    let many: Vec<_> = (0..31)
        .map(|i| format!("https://{i}.example"))
        .chain([AUDIENCE.into()])
        .collect();
    for (changes, expect, clause, name) in [
        (
            json!({"aud": [AUDIENCE]}),
            json!({}),
            "RFC 7519 section 4.1.3",
            "a list of one audience",
        ),
        (
            json!({"aud": ["https://other.example", AUDIENCE]}),
            json!({}),
            "RFC 7519 section 4.1.3",
            "a list of two audiences",
        ),
        (
            json!({"aud": many}),
            json!({}),
            "RFC 7519 section 4.1.3",
            "32 audiences",
        ),
        (
            json!({"aud": "b"}),
            json!({"audiences": ["a", "b"]}),
            "RFC 8725 section 3.9",
            "one of two names of this receiver",
        ),
        (
            json!({"aud": "ab c"}),
            json!({"audiences": ["ab c"]}),
            "RFC 7519 section 4.1.3",
            "an audience with a space",
        ),
        (
            json!({"exp": NOW + 1}),
            json!({}),
            "RFC 7519 section 4.1.4",
            "one second before exp",
        ),
        (
            json!({"exp": NOW - 29}),
            json!({"clock_tolerance": 30}),
            "RFC 7519 section 4.1.4",
            "expired within the tolerance",
        ),
        (
            json!({"exp": 253_402_300_799_i64}),
            json!({}),
            "RFC 7519 section 2",
            "exp at the end of the year 9999",
        ),
        (
            json!({"nbf": NOW}),
            json!({}),
            "RFC 7519 section 4.1.5",
            "at nbf",
        ),
        (
            json!({"nbf": NOW + 30}),
            json!({"clock_tolerance": 30}),
            "RFC 7519 section 4.1.5",
            "early within the tolerance",
        ),
        (
            json!({"nbf": null}),
            json!({}),
            "RFC 7519 section 4.1.5",
            "no nbf",
        ),
        (
            json!({"iat": NOW}),
            json!({}),
            "RFC 7519 section 4.1.6",
            "issued now",
        ),
        (
            json!({"iat": 0, "nbf": 0}),
            json!({}),
            "RFC 7519 section 2",
            "issued in 1970",
        ),
        (
            json!({"iat": NOW + 5}),
            json!({"clock_tolerance": 5}),
            "RFC 7519 section 4.1.6",
            "issued ahead within the tolerance",
        ),
        (
            json!({"iat": null}),
            json!({}),
            "RFC 7519 section 4.1.6",
            "no iat",
        ),
        (
            json!({"iat": NOW - 60}),
            json!({"max_token_age": 60}),
            "RFC 7519 section 4.1.6",
            "as old as accepted",
        ),
        (
            json!({"sub": null, "jti": null, "client_id": null, "scope": null}),
            json!({}),
            "RFC 7519 section 4.1",
            "no optional claim",
        ),
        (
            json!({"sub": ""}),
            json!({}),
            "RFC 7519 section 4.1.2",
            "an empty subject",
        ),
        (
            json!({"scope": ""}),
            json!({}),
            "RFC 8693 section 4.2",
            "an empty scope",
        ),
        (
            json!({}),
            json!({"required_scopes": ["mail:send", "calendar:read"]}),
            "RFC 8693 section 4.2",
            "both scopes required",
        ),
        (
            json!({"scope": null, "scp": ["mail:send", "x"]}),
            json!({"required_scopes": ["mail:send"]}),
            "RFC 8693 section 4.2",
            "a scope in a list",
        ),
        (
            json!({"scope": null, "scp": "x mail:send"}),
            json!({"required_scopes": ["mail:send"]}),
            "RFC 8693 section 4.2",
            "a scope in a string named scp",
        ),
        (
            json!({"scope": "a", "scp": ["b"]}),
            json!({"required_scopes": ["a", "b"]}),
            "RFC 8693 section 4.2",
            "scopes in both",
        ),
        (
            json!({"custom": false}),
            json!({"required_claims": ["sub", "custom"]}),
            "RFC 7519 section 4",
            "a required claim that is false",
        ),
        (
            json!({"iss": "ISSUER"}),
            json!({"issuer": "ISSUER"}),
            "RFC 8725 section 3.8",
            "another issuer, as expected",
        ),
    ] {
        let token = c.es(HEADER, &claims_with(&changes));
        c.jwt_with("valid", clause, name, token, "all", &expect);
    }
    let payload = claims()
        .to_string()
        .replace("calendar:read", "calendar\\u003aread");
    let token = c.es(HEADER, &payload);
    let scopes = json!({"required_scopes": ["calendar:read"]});
    c.jwt_with(
        "valid",
        "RFC 8259 section 7",
        "an escaped scope",
        token,
        "all",
        &scopes,
    );
    let header = HEADER.replace("JWT", "at+jwt");
    let token = c.es(&header, &claims().to_string());
    c.jwt_with(
        "valid",
        "RFC 9068 section 2",
        "an access token",
        token,
        "all",
        &json!({"typ": "at+jwt"}),
    );
    let header = HEADER.replace("JWT", "application/at+jwt");
    let token = c.es(&header, &claims().to_string());
    c.jwt_with(
        "valid",
        "RFC 9068 section 4",
        "an access token with application/",
        token,
        "all",
        &json!({"typ": "at+jwt"}),
    );
    let header = HEADER.replace("JWT", "approval+jwt");
    let token = c.es(&header, &claims().to_string());
    c.jwt_with(
        "valid",
        "RFC 8725 section 3.11",
        "a kind with its own typ",
        token,
        "all",
        &json!({"typ": "approval+jwt"}),
    );
}

fn leniencies(c: &mut Corpus) {
    let untyped = r#"{"alg":"ES256","kid":"es-1"}"#;
    for (header, changes, expect, clause, name) in [
        (
            untyped,
            json!({}),
            json!({"leniency": {"untyped": true}}),
            "leniency untyped",
            "no typ, allowed",
        ),
        (
            HEADER,
            json!({}),
            json!({"leniency": {"untyped": true}}),
            "leniency untyped",
            "typ, though none is needed",
        ),
        (
            HEADER,
            json!({"exp": null}),
            json!({"leniency": {"without_expiry": true}}),
            "leniency without_expiry",
            "no exp, allowed",
        ),
        (
            HEADER,
            json!({"iss": "anyone"}),
            json!({"issuer": null, "leniency": {"any_issuer": true}}),
            "leniency any_issuer",
            "any issuer, allowed",
        ),
        (
            HEADER,
            json!({"iss": null}),
            json!({"issuer": null, "leniency": {"any_issuer": true}}),
            "leniency any_issuer",
            "no issuer, allowed",
        ),
        (
            HEADER,
            json!({"aud": "anyone"}),
            json!({"audiences": null, "leniency": {"any_audience": true}}),
            "leniency any_audience",
            "any audience, allowed",
        ),
        (
            HEADER,
            json!({"aud": null}),
            json!({"audiences": null, "leniency": {"any_audience": true}}),
            "leniency any_audience",
            "no audience, allowed",
        ),
    ] {
        let token = c.es(header, &claims_with(&changes));
        c.jwt_with("valid", clause, name, token, "all", &expect);
    }
}

fn contents(c: &mut Corpus) {
    let header = br#"{"alg":"ES256","kid":"es-1"}"#;
    for (payload, name) in [
        (&b"\x00\xff\x80 not JSON"[..], "a content that is not JSON"),
        (b"", "an empty content"),
    ] {
        let token = c.es_bytes(header, payload);
        c.add(
            "valid",
            "RFC 7515 section 5.2",
            name,
            "jws",
            "all",
            token.into(),
            None,
            json!({}),
        );
        let mut parts = c.es_bytes(header, payload);
        let at = parts.rfind('.').unwrap();
        let start = parts.find('.').unwrap() + 1;
        parts.replace_range(start..at, "");
        c.add(
            "valid",
            "RFC 7515 appendix F",
            &format!("{name}, detached"),
            "detached",
            "all",
            parts.into(),
            Some(payload.to_vec()),
            json!({}),
        );
    }
    let long = crate::signers::stream("long", 20_000);
    let token = c.es_bytes(header, &long);
    let parts: Vec<_> = token.split('.').collect();
    let detached = format!("{}..{}", parts[0], parts[2]);
    c.add(
        "valid",
        "RFC 7515 appendix F",
        "20000 bytes, detached",
        "detached",
        "all",
        detached.into(),
        Some(long),
        json!({}),
    );
}
