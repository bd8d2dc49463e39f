//! Headers that try to talk a verifier into something.

use super::{Corpus, HEADER, RS_HEADER, claims};
use countersign::jose::base64url::encode;
use serde_json::json;

pub(crate) fn add(c: &mut Corpus) {
    algorithms(c);
    confusions(c);
    members(c);
    types(c);
    names(c);
}

fn algorithms(c: &mut Corpus) {
    let plain = claims().to_string();
    let payload = encode(plain.as_bytes());
    for none in ["none", "None", "NONE", "nOnE"] {
        let header = format!(r#"{{"alg":"{none}","typ":"JWT","kid":"es-1"}}"#);
        let unsigned = format!("{}.{payload}.", encode(header.as_bytes()));
        c.jwt(
            "algorithm_none",
            "RFC 8725 section 3.2",
            &format!("alg {none}, no signature"),
            unsigned,
        );
        let token = c.es(&header, &plain);
        c.jwt(
            "algorithm_none",
            "RFC 8725 section 3.2",
            &format!("alg {none}, with a good signature"),
            token,
        );
    }
    let header = r#"{"alg":"\u006eone","typ":"JWT","kid":"es-1"}"#;
    c.jwt(
        "algorithm_none",
        "RFC 8725 section 3.2",
        "alg none, escaped",
        format!("{}.{payload}.", encode(header.as_bytes())),
    );
    for alg in ["HS256", "HS384", "HS512"] {
        let token = c.es(
            &format!(r#"{{"alg":"{alg}","typ":"JWT","kid":"es-1"}}"#),
            &plain,
        );
        c.jwt(
            "algorithm_symmetric",
            "RFC 8725 section 3.1",
            &format!("alg {alg} with a good signature"),
            token,
        );
    }
    for alg in [
        "ES384",
        "ES512",
        "ES256K",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "EdDSA",
        "Ed25519",
        "ESP256",
        "RSA-OAEP",
        "dir",
        "A128GCM",
        "es256",
        "Es256",
        "ES256 ",
        " ES256",
        "ES256\\u0000",
        "RS1",
        "",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        "hs256",
        "none ",
        "ML-DSA-65",
    ] {
        let token = c.es(
            &format!(r#"{{"alg":"{alg}","typ":"JWT","kid":"es-1"}}"#),
            &plain,
        );
        c.jwt(
            "algorithm_unsupported",
            "RFC 8725 section 3.1",
            &format!("alg {alg:?}"),
            token,
        );
    }
    for (header, code, name) in [
        (
            r#"{"typ":"JWT","kid":"es-1"}"#,
            "algorithm_missing",
            "no alg",
        ),
        (r#"{}"#, "algorithm_missing", "an empty header"),
        (
            r#"{"ALG":"ES256","typ":"JWT","kid":"es-1"}"#,
            "algorithm_missing",
            "ALG for alg",
        ),
        (
            r#"{"alg":null,"typ":"JWT","kid":"es-1"}"#,
            "header_member_malformed",
            "alg null",
        ),
        (
            r#"{"alg":256,"typ":"JWT","kid":"es-1"}"#,
            "header_member_malformed",
            "alg a number",
        ),
        (
            r#"{"alg":["ES256"],"typ":"JWT","kid":"es-1"}"#,
            "header_member_malformed",
            "alg a list",
        ),
        (
            r#"{"alg":{"ES256":1},"typ":"JWT","kid":"es-1"}"#,
            "header_member_malformed",
            "alg an object",
        ),
        (
            r#"{"alg":true,"typ":"JWT","kid":"es-1"}"#,
            "header_member_malformed",
            "alg true",
        ),
    ] {
        let token = c.es(header, &plain);
        c.jwt(code, "RFC 7515 section 4.1.1", name, token);
    }
}

/// RFC 8725 section 2.1: public keys used as shared secrets, keys used for another
/// algorithm than theirs.
fn confusions(c: &mut Corpus) {
    let plain = claims().to_string();
    let secrets = [
        (format!("{{{}}}", c.es.jwk()), "the public JWK"),
        (
            c.es.coordinates()[0]
                .iter()
                .map(|b| char::from(*b))
                .collect(),
            "the x of the key",
        ),
        (format!("{{{}}}", c.rs.jwk()), "the public RSA JWK"),
        (String::new(), "the empty string"),
        ("es-1".into(), "the kid"),
    ];
    for (secret, name) in secrets {
        for (alg, kid) in [("HS256", "es-1"), ("HS256", "rs-1")] {
            let header = format!(r#"{{"alg":"{alg}","typ":"JWT","kid":"{kid}"}}"#);
            let input = format!("{}.{}", encode(header.as_bytes()), encode(plain.as_bytes()));
            let mac = countersign::mac::hmac_sha256(secret.as_bytes(), input.as_bytes());
            c.jwt(
                "algorithm_symmetric",
                "RFC 8725 section 2.1",
                &format!("{alg} keyed with {name}, naming {kid}"),
                format!("{input}.{}", encode(&mac)),
            );
        }
    }
    let clause = "RFC 8725 section 3.1";
    let token = c.es(&HEADER.replace("ES256", "RS256"), &plain);
    c.jwt(
        "algorithm_mismatch",
        clause,
        "RS256 with the name of a P-256 key",
        token,
    );
    let token = c.rs(&RS_HEADER.replace("RS256", "ES256"), &plain);
    c.jwt(
        "algorithm_mismatch",
        clause,
        "ES256 with the name of an RSA key",
        token,
    );
    let token = c.es(&HEADER.replace("es-1", "rs-1"), &plain);
    c.jwt(
        "algorithm_mismatch",
        clause,
        "a P-256 signature with the name of an RSA key",
        token,
    );
    let token = c.rs(&RS_HEADER.replace("RS256", "PS256"), &plain);
    c.jwt(
        "algorithm_unsupported",
        clause,
        "PS256 with the name of an RSA key",
        token,
    );
}

fn members(c: &mut Corpus) {
    let plain = claims().to_string();
    let jwk = format!("{{{}}}", c.es_other.jwk());
    for (more, code, clause, name) in [
        (
            r#""crit":["exp"]"#,
            "critical_header",
            "RFC 7515 section 4.1.11",
            "crit with an extension",
        ),
        (
            r#""crit":[]"#,
            "critical_header",
            "RFC 7515 section 4.1.11",
            "crit empty",
        ),
        (
            r#""crit":null"#,
            "critical_header",
            "RFC 7515 section 4.1.11",
            "crit null",
        ),
        (
            r#""crit":"exp""#,
            "critical_header",
            "RFC 7515 section 4.1.11",
            "crit a string",
        ),
        (
            r#""crit":["alg"]"#,
            "critical_header",
            "RFC 7515 section 4.1.11",
            "crit with a member of the standard",
        ),
        (
            r#""crit":["b64"],"b64":true"#,
            "critical_header",
            "RFC 7797 section 6",
            "crit with b64 true",
        ),
        (
            r#""crit":["b64"],"b64":false"#,
            "critical_header",
            "RFC 7797 section 6",
            "crit with b64 false",
        ),
        (
            r#""cr\u0069t":["x"],"x":1"#,
            "critical_header",
            "RFC 7515 section 4.1.11",
            "crit escaped",
        ),
        (
            r#""b64":false"#,
            "unencoded_payload",
            "RFC 7797 section 7",
            "b64 false without crit",
        ),
        (
            r#""b64":true"#,
            "unencoded_payload",
            "RFC 7797 section 7",
            "b64 true without crit",
        ),
        (
            r#""b64":"false""#,
            "unencoded_payload",
            "RFC 7797 section 7",
            "b64 a string",
        ),
        (
            r#""jku":"https://attacker.example/jwks.json""#,
            "header_jku",
            "RFC 8725 section 3.10",
            "jku",
        ),
        (
            r#""jku":"http://169.254.169.254/latest""#,
            "header_jku",
            "RFC 8725 section 3.10",
            "jku to an inner address",
        ),
        (
            r#""jku":null"#,
            "header_jku",
            "RFC 8725 section 3.10",
            "jku null",
        ),
        (
            r#""x5u":"https://attacker.example/cert.pem""#,
            "header_x5u",
            "RFC 8725 section 3.10",
            "x5u",
        ),
        (
            r#""x5c":["MIIB"]"#,
            "header_x5c",
            "RFC 7515 section 4.1.6",
            "x5c",
        ),
        (
            r#""x5c":[]"#,
            "header_x5c",
            "RFC 7515 section 4.1.6",
            "x5c empty",
        ),
        (
            r#""jwk":{}"#,
            "header_jwk",
            "RFC 7515 section 4.1.3",
            "jwk empty",
        ),
        (
            r#""zip":"DEF""#,
            "compressed_payload",
            "RFC 8725 section 3.6",
            "zip",
        ),
        (
            r#""cty":"JWT""#,
            "nested_token",
            "RFC 7519 section 5.2",
            "cty JWT",
        ),
        (
            r#""cty":"application/jwt""#,
            "nested_token",
            "RFC 7519 section 5.2",
            "cty application/jwt",
        ),
        (
            r#""cty":1"#,
            "header_member_malformed",
            "RFC 7515 section 4.1.10",
            "cty a number",
        ),
    ] {
        let token = c.es(&HEADER.replace('}', &format!(",{more}}}")), &plain);
        c.jwt(code, clause, name, token);
    }
    // The oldest of them: a key of the forger's own, and a signature by it.
    for (header, name) in [
        (
            format!(r#"{{"alg":"ES256","typ":"JWT","jwk":{jwk}}}"#),
            "a forger's jwk, no kid",
        ),
        (
            format!(r#"{{"alg":"ES256","typ":"JWT","kid":"es-1","jwk":{jwk}}}"#),
            "a forger's jwk, an honest kid",
        ),
    ] {
        let input = format!("{}.{}", encode(header.as_bytes()), encode(plain.as_bytes()));
        let token = format!("{input}.{}", encode(&c.es_other.sign(input.as_bytes())));
        c.jwt("header_jwk", "RFC 7515 section 4.1.3", name, token);
    }
}

fn types(c: &mut Corpus) {
    let plain = claims().to_string();
    let clause = "RFC 8725 section 3.11";
    for (typ, name) in [
        ("at+jwt", "an access token for a token"),
        ("approval+jwt", "an approval for a token"),
        ("JOSE", "typ JOSE"),
        ("", "typ empty"),
        ("JWT ", "typ with a space"),
        ("JWT\\u0000", "typ with a NUL"),
        ("text/jwt", "typ of another family"),
        ("application/application/jwt", "typ with application/ twice"),
        ("application/x/jwt", "typ with two slashes"),
        ("\\u0408WT", "typ with a Cyrillic letter"),
    ] {
        let token = c.es(&HEADER.replace("JWT", typ), &plain);
        c.jwt("type_mismatch", clause, name, token);
    }
    let token = c.good_token();
    c.jwt_with(
        "type_mismatch",
        "RFC 9068 section 4",
        "a token for an access token",
        token,
        "all",
        &json!({"typ": "at+jwt"}),
    );
    let token = c.es(&HEADER.replace("JWT", "at+jwt"), &plain);
    c.jwt_with(
        "type_mismatch",
        clause,
        "another kind, though none is needed",
        token,
        "all",
        &json!({"leniency": {"untyped": true}}),
    );
    let untyped = r#"{"alg":"ES256","kid":"es-1"}"#;
    let token = c.es(untyped, &plain);
    c.jwt("type_missing", clause, "no typ", token);
    let token = c.es(untyped, &plain);
    c.jwt_with(
        "type_missing",
        "RFC 9068 section 4",
        "no typ for an access token",
        token,
        "all",
        &json!({"typ": "at+jwt"}),
    );
    for value in ["null", "1", "[\"JWT\"]", "{}"] {
        let token = c.es(&HEADER.replace("\"JWT\"", value), &plain);
        c.jwt(
            "header_member_malformed",
            "RFC 7515 section 4.1.9",
            &format!("typ {value}"),
            token,
        );
    }
}

fn names(c: &mut Corpus) {
    let plain = claims().to_string();
    let clause = "RFC 7515 section 4.1.4";
    for kid in [
        "",
        "es-3",
        "ES-1",
        "es-1 ",
        " es-1",
        "es-1\\u0000",
        "../../../../dev/null",
        "' OR '1'='1",
        "es-1; cat /etc/passwd",
        "http://attacker.example/key",
        "ed-1",
        "__proto__",
        "0",
    ] {
        let token = c.es(&HEADER.replace("es-1", kid), &plain);
        c.jwt("key_unknown", clause, &format!("kid {kid:?}"), token);
    }
    let token = c.es(&HEADER.replace("es-1", &"k".repeat(1500)), &plain);
    c.jwt("key_unknown", clause, "kid of 1500 characters", token);
    let token = c.good_token();
    c.jwt_with(
        "key_unknown",
        clause,
        "a kid where the keys have none",
        token,
        "es-nameless",
        &json!({}),
    );
    for value in ["null", "1", "[\"es-1\"]", "{\"es-1\":1}", "true"] {
        let token = c.es(&HEADER.replace("\"es-1\"", value), &plain);
        c.jwt(
            "header_member_malformed",
            clause,
            &format!("kid {value}"),
            token,
        );
    }
    let nameless = r#"{"alg":"ES256","typ":"JWT"}"#;
    let token = c.es(nameless, &plain);
    c.jwt("key_ambiguous", clause, "no kid, several keys", token);
    let token = c.es(nameless, &plain);
    c.jwt_with(
        "key_ambiguous",
        clause,
        "no kid, no key of the algorithm",
        token,
        "rs",
        &json!({}),
    );
}
