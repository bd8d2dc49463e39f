//! Keys, good and bad.

use super::Corpus;
use crate::signers::{Rsa, fixed, hex};
use countersign::jose::base64url::encode;
use num_bigint::BigUint;
use serde_json::json;

pub(super) fn key(c: &mut Corpus, code: &'static str, clause: &str, name: &str, members: &str) {
    let text = format!("{{{members}}}");
    c.add(
        code,
        clause,
        &format!("key: {name}"),
        "key",
        "",
        text.into(),
        None,
        json!({}),
    );
}

fn ec(x: &[u8], y: &[u8]) -> String {
    format!(
        r#""kty":"EC","crv":"P-256","x":"{}","y":"{}""#,
        encode(x),
        encode(y)
    )
}

fn rsa(n: &[u8], e: &[u8]) -> String {
    format!(r#""kty":"RSA","n":"{}","e":"{}""#, encode(n), encode(e))
}

pub(crate) fn add(c: &mut Corpus) {
    let ec_good = c.es.jwk();
    let rsa_good = c.rs.jwk();
    let [x, y] = c.es.coordinates();
    let n = c.rs.n.to_bytes_be();
    let e = [1, 0, 1];
    let p = hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    let mut other_y = y.clone();
    other_y[31] ^= 1;
    let negative = fixed(
        &(BigUint::from_bytes_be(&p) - BigUint::from_bytes_be(&y)),
        32,
    );
    let (zero, full) = (vec![0; 32], vec![0xff; 32]);

    let clause = "RFC 7518 section 6.2.1";
    key(c, "valid", clause, "P-256", &ec_good);
    key(c, "valid", clause, "P-256, the other y", &ec(&x, &negative));
    key(
        c,
        "valid",
        "RFC 7517 section 4",
        "members that say nothing here",
        &format!(r#"{ec_good},"x5t":"AAAA","iat":1,"ext":true"#),
    );
    key(
        c,
        "valid",
        "RFC 8259 section 7",
        "escaped names",
        &ec_good.replace("\"kty\"", "\"\\u006bty\""),
    );
    let point = "SEC 1 section 3.2.2.1";
    for (x, y, name) in [
        (&x, &other_y, "another y"),
        (&y, &x, "x and y exchanged"),
        (&zero, &zero, "zeros"),
        (&x, &zero, "y zero"),
        (&full, &full, "all ones"),
        (&p, &y, "x the modulus of the field"),
        (&x, &p, "y the modulus of the field"),
    ] {
        key(c, "key_point_invalid", point, name, &ec(x, y));
    }
    let exact = "RFC 7518 section 6.2.1.2";
    for (members, name) in [
        (ec(&x[1..], &y), "x of 31 bytes"),
        (ec(&x, &[&[0], &y[..]].concat()), "y of 33 bytes"),
        (ec(&[], &y), "x empty"),
        (ec_good.replace("\"x\":\"", "\"x\":\"="), "x with padding"),
        (
            format!(r#""kty":"EC","crv":"P-256","x":1,"y":"{}""#, encode(&y)),
            "x a number",
        ),
        (
            format!(r#""kty":"EC","crv":"P-256","x":"{}","y":null"#, encode(&x)),
            "y null",
        ),
        (
            format!(
                r#""kty":"EC","crv":256,"x":"{}","y":"{}""#,
                encode(&x),
                encode(&y)
            ),
            "crv a number",
        ),
        (ec_good.replace("\"EC\"", "null"), "kty null"),
        (ec_good.replace("\"EC\"", "[\"EC\"]"), "kty a list"),
        (format!(r#"{ec_good},"kid":1"#), "kid a number"),
        (format!(r#"{ec_good},"kid":"""#), "kid empty"),
        (
            format!(r#"{ec_good},"kid":"{}""#, "k".repeat(257)),
            "kid of 257 bytes",
        ),
        (format!(r#"{ec_good},"alg":1"#), "alg a number"),
        (format!(r#"{ec_good},"use":["sig"]"#), "use a list"),
        (
            format!(r#"{ec_good},"key_ops":"verify""#),
            "key_ops a string",
        ),
        (
            format!(r#"{ec_good},"key_ops":["verify",1]"#),
            "key_ops with a number",
        ),
    ] {
        key(c, "key_member_malformed", exact, name, &members);
    }
    let x_text = encode(&x);
    for (members, name) in [
        (r#""x":"AA""#.to_owned(), "no kty"),
        (String::new(), "nothing"),
        (
            format!(r#""kty":"EC","x":"{x_text}","y":"{x_text}""#),
            "no crv",
        ),
        (
            format!(r#""kty":"EC","crv":"P-256","y":"{x_text}""#),
            "no x",
        ),
        (
            format!(r#""kty":"EC","crv":"P-256","x":"{x_text}""#),
            "no y",
        ),
        (r#""kty":"RSA","e":"AQAB""#.into(), "no n"),
        (format!(r#""kty":"RSA","n":"{}""#, encode(&n)), "no e"),
    ] {
        key(
            c,
            "key_member_missing",
            "RFC 7518 section 6",
            name,
            &members,
        );
    }

    let clause = "RFC 7518 section 6.3.1";
    key(c, "valid", clause, "RSA with 2048 bits", &rsa_good);
    let members = c.rs_3072.jwk();
    key(c, "valid", clause, "RSA with 3072 bits", &members);
    let members = c.rs_4096.jwk();
    key(c, "valid", clause, "RSA with 4096 bits", &members);
    for (members, name) in [
        (rsa(&[&[0], &n[..]].concat(), &e), "n with a zero before it"),
        (rsa(&n, &[0, 1, 0, 1]), "e with a zero before it"),
        (rsa(&[], &e), "n empty"),
        (rsa(&n, &[]), "e empty"),
        (rsa_good.replace("AQAB", "AQAB="), "e with padding"),
        (rsa_good.replace("\"AQAB\"", "65537"), "e a number"),
        (
            rsa_good.replace("\"n\":\"", "\"n\":\"+"),
            "n in the other alphabet",
        ),
    ] {
        key(
            c,
            "key_member_malformed",
            "RFC 7518 section 6.3.1.1",
            name,
            &members,
        );
    }
    let of_bits = |bits: u32| ((BigUint::from(1_u8) << (bits - 1)) + 1_u8).to_bytes_be();
    for bits in [512, 1024, 2040, 2047, 4097, 4104, 8192, 16_384] {
        key(
            c,
            "key_modulus_size",
            "RFC 7518 section 3.3",
            &format!("RSA with {bits} bits"),
            &rsa(&of_bits(bits), &e),
        );
    }
    let mut even = n.clone();
    *even.last_mut().unwrap() ^= 1;
    key(
        c,
        "key_modulus_invalid",
        "RFC 8017 section 3.1",
        "RSA with an even modulus",
        &rsa(&even, &e),
    );
    for (e, name) in [
        (&[1][..], "1"),
        (&[2], "2"),
        (&[3], "3"),
        (&[17], "17"),
        (&[1, 0, 0], "65536"),
        (&[1, 0, 3], "65539"),
        (&[1, 0, 0, 0, 1], "2^32 + 1"),
    ] {
        key(
            c,
            "key_exponent_invalid",
            "FIPS 186-5 section 5.1",
            &format!("RSA with exponent {name}"),
            &rsa(&n, e),
        );
    }
    let seventeen = Rsa::with_exponent("rs-17", 2048, 17).jwk();
    key(
        c,
        "key_exponent_invalid",
        "FIPS 186-5 section 5.1",
        "a genuine RSA key with exponent 17",
        &seventeen,
    );

    let clause = "RFC 7517 section 9.2";
    let secret = encode(&c.es.secret());
    key(
        c,
        "key_private",
        clause,
        "P-256 with d",
        &format!(r#"{ec_good},"d":"{secret}""#),
    );
    key(
        c,
        "key_private",
        clause,
        "P-256 with d null",
        &format!(r#"{ec_good},"d":null"#),
    );
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth"] {
        key(
            c,
            "key_private",
            clause,
            &format!("RSA with {member}"),
            &format!(r#"{rsa_good},"{member}":"AQAB""#),
        );
    }
    key(
        c,
        "key_private",
        clause,
        "Ed25519 with d",
        r#""kty":"OKP","crv":"Ed25519","x":"AA","d":"AA""#,
    );
    key(
        c,
        "key_symmetric",
        clause,
        "a shared secret",
        r#""kty":"oct","k":"c2VjcmV0","alg":"HS256""#,
    );
    key(
        c,
        "key_symmetric",
        clause,
        "a shared secret without its value",
        r#""kty":"oct""#,
    );
    key(
        c,
        "key_symmetric",
        clause,
        "P-256 with k",
        &format!(r#"{ec_good},"k":"c2VjcmV0""#),
    );
    c.add(
        "json_duplicate_member",
        "RFC 7517 section 4",
        "key: x twice",
        "key",
        "",
        format!(r#"{{{ec_good},"x":"AA"}}"#).into(),
        None,
        json!({}),
    );
    c.add(
        "key_set_too_large",
        "RFC 7517 section 4",
        "key: more than 32 kilobytes",
        "key",
        "",
        format!("{{{ec_good}}}").into(),
        None,
        json!({}),
    );
    c.pad(32_768);
}
