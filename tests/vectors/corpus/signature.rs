//! Signatures that are not by the key over the content.

use super::{Corpus, HEADER, RS_HEADER, claims, claims_with};
use crate::signers::{Rsa, digest_info, fixed, hex, sha256};
use countersign::jose::base64url::encode;
use num_bigint::BigUint;
use serde_json::json;

const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

pub(crate) fn negate_s(signature: &mut [u8; 64]) {
    let s = BigUint::from_bytes_be(&hex(ORDER)) - BigUint::from_bytes_be(&signature[32..]);
    signature[32..].copy_from_slice(&fixed(&s, 32));
}

pub(crate) fn add(c: &mut Corpus) {
    contents(c);
    es256(c);
    rs256(c);
    detached(c);
    der(c);
}

/// Good signatures with other contents.
fn contents(c: &mut Corpus) {
    let clause = "RFC 7515 section 5.2";
    let good = c.good_token();
    let rs_good = c.rs(RS_HEADER, &claims().to_string());
    for (kind, good, header) in [("ES256", good, HEADER), ("RS256", rs_good, RS_HEADER)] {
        let parts: Vec<_> = good.split('.').collect();
        let admin = encode(claims_with(&json!({"sub": "admin"})).as_bytes());
        let spaced = encode(header.replacen(',', ", ", 1).as_bytes());
        for (token, name) in [
            (format!("{}.{admin}.{}", parts[0], parts[2]), "other claims"),
            (
                format!("{spaced}.{}.{}", parts[1], parts[2]),
                "the same header with a space",
            ),
            (
                format!("{}.{}.{}", parts[0], parts[0], parts[2]),
                "the header for claims",
            ),
        ] {
            c.jwt(
                "signature_invalid",
                clause,
                &format!("{kind}: {name}"),
                token,
            );
        }
        let other = good.replacen(parts[0], &encode(header.replace("-1", "-2").as_bytes()), 1);
        c.jwt(
            "signature_invalid",
            clause,
            &format!("{kind}: the name of another key"),
            other,
        );
    }
    let input = good_input();
    let token = format!("{input}.{}", encode(&c.es_other.sign(input.as_bytes())));
    c.jwt("signature_invalid", clause, "ES256: by another key", token);
    let input = rs_input();
    let token = format!("{input}.{}", encode(&c.rs_other.sign(input.as_bytes())));
    c.jwt("signature_invalid", clause, "RS256: by another key", token);
    let token = format!("{input}.{}", encode(&c.es.sign(input.as_bytes())));
    c.jwt(
        "signature_length",
        clause,
        "RS256: a signature by a P-256 key",
        token,
    );
    let input = good_input();
    let token = format!("{input}.{}", encode(&c.rs.sign(input.as_bytes())));
    c.jwt(
        "signature_length",
        clause,
        "ES256: a signature by an RSA key",
        token,
    );
}

fn good_input() -> String {
    format!(
        "{}.{}",
        encode(HEADER.as_bytes()),
        encode(claims().to_string().as_bytes())
    )
}

fn rs_input() -> String {
    format!(
        "{}.{}",
        encode(RS_HEADER.as_bytes()),
        encode(claims().to_string().as_bytes())
    )
}

fn es256(c: &mut Corpus) {
    let input = good_input();
    let good = c.es.sign(input.as_bytes());
    let (r, s) = (good[..32].to_vec(), good[32..].to_vec());
    let order = hex(ORDER);
    let more = |by: u8| fixed(&(BigUint::from_bytes_be(&order) + by), 32);
    let less = fixed(&(BigUint::from_bytes_be(&order) - 1_u8), 32);
    let (zero, full) = (vec![0; 32], vec![0xff; 32]);
    let mut one = zero.clone();
    one[31] = 1;

    let range = "FIPS 186-5 section 6.4.2";
    for (name, signature) in [
        (
            "r and s zero (CVE-2022-21449)",
            [zero.clone(), zero.clone()],
        ),
        ("r zero", [zero.clone(), s.clone()]),
        ("s zero", [r.clone(), zero.clone()]),
        ("r the order", [order.clone(), s.clone()]),
        ("s the order", [r.clone(), order.clone()]),
        ("r and s the order", [order.clone(), order.clone()]),
        ("r one above the order", [more(1), s.clone()]),
        ("s one above the order", [r.clone(), more(1)]),
        ("r all ones", [full.clone(), s.clone()]),
        ("s all ones", [r.clone(), full.clone()]),
        ("r zero, s one", [zero.clone(), one.clone()]),
        ("r one, s zero", [one.clone(), zero.clone()]),
    ] {
        c.jwt(
            "signature_out_of_range",
            range,
            &format!("ES256: {name}"),
            format!("{input}.{}", encode(&signature.concat())),
        );
    }
    let flipped = |at: usize, bit: u8| {
        let mut signature = good;
        signature[at] ^= bit;
        signature.to_vec()
    };
    for (name, signature) in [
        ("r and s one", [one.clone(), one.clone()].concat()),
        (
            "r and s the order less one",
            [less.clone(), less.clone()].concat(),
        ),
        ("r one, s as it was", [one.clone(), s.clone()].concat()),
        ("r and s exchanged", [s.clone(), r.clone()].concat()),
        ("r twice", [r.clone(), r.clone()].concat()),
        (
            "bytes of r reversed",
            [r.iter().rev().copied().collect(), s.clone()].concat(),
        ),
        (
            "the digest for r",
            [sha256(input.as_bytes()).to_vec(), s.clone()].concat(),
        ),
        ("the first bit of r", flipped(0, 0x40)),
        ("the last bit of r", flipped(31, 1)),
        ("the first bit of s", flipped(32, 0x40)),
        ("the last bit of s", flipped(63, 1)),
    ] {
        c.jwt(
            "signature_invalid",
            "FIPS 186-5 section 6.4.2",
            &format!("ES256: {name}"),
            format!("{input}.{}", encode(&signature)),
        );
    }
    for (name, signature) in [
        ("no signature", vec![]),
        ("one byte", vec![0]),
        ("63 bytes", good[..63].to_vec()),
        ("65 bytes, a zero after it", [&good[..], &[0]].concat()),
        ("65 bytes, a zero before it", [&[0], &good[..]].concat()),
        ("r alone", r.clone()),
        (
            "r and s of 48 bytes each",
            [vec![0; 16], r.clone(), vec![0; 16], s.clone()].concat(),
        ),
        ("DER, which JWS does not have", der_of(&good)),
        ("96 bytes as of ES384", [&good[..], &r].concat()),
        ("513 bytes", vec![1; 513]),
    ] {
        c.jwt(
            "signature_length",
            "RFC 7518 section 3.4",
            &format!("ES256: {name}"),
            format!("{input}.{}", encode(&signature)),
        );
    }
}

fn rs256(c: &mut Corpus) {
    let input = rs_input();
    let message = input.as_bytes();
    let good = c.rs.sign(message);
    let info = digest_info(message);
    let digest = sha256(message);
    let n = fixed(&c.rs.n, 256);
    let mut signatures: Vec<(&str, Vec<u8>)> = Vec::new();
    let mut flipped = |name, at: usize| {
        let mut signature = good.clone();
        signature[at] ^= 1;
        signatures.push((name, signature));
    };
    flipped("the last bit", 255);
    flipped("a bit in the middle", 128);
    let key: &Rsa = &c.rs;
    let padded = key.padded(&info);
    let changed = |at: usize, to: u8| {
        let mut em = padded.clone();
        em[at] = to;
        key.raw(&em)
    };
    let info_of =
        |prefix: &str, digest: &[u8]| key.padded(&[hex(prefix), digest.to_vec()].concat());
    // Eight bytes of padding are all that the oldest verifiers looked at, then they read on.
    let garbage = |padding: usize, tail: u8| {
        let mut em = vec![0, 1];
        em.extend(vec![0xff; padding]);
        em.push(0);
        em.extend(&info);
        em.resize(256, tail);
        key.raw(&em)
    };
    let short = [
        [0, 1].to_vec(),
        vec![0xff; 3],
        vec![0],
        vec![0; 256 - 6 - info.len()],
        info.clone(),
    ]
    .concat();
    signatures.extend([
        ("zero", vec![0; 256]),
        ("one", fixed(&BigUint::from(1_u8), 256)),
        ("the modulus", n.clone()),
        ("the modulus less one", fixed(&(key.n.clone() - 1_u8), 256)),
        (
            "the negative of it",
            fixed(&(key.n.clone() - BigUint::from_bytes_be(&good)), 256),
        ),
        ("all ones, above the modulus", vec![0xff; 256]),
        ("the padded digest itself", padded.clone()),
        (
            "no padding at all",
            key.raw(&fixed(&BigUint::from_bytes_be(&digest), 256)),
        ),
        (
            "garbage after eight bytes of padding (CVE-2006-4339)",
            garbage(8, 0),
        ),
        (
            "other garbage after eight bytes of padding",
            garbage(8, 0xff),
        ),
        (
            "garbage after all but one byte of padding",
            garbage(256 - 3 - info.len() - 1, 0),
        ),
        ("three bytes of padding, then zeros", key.raw(&short)),
        ("block type 0", changed(1, 0)),
        ("block type 2", changed(1, 2)),
        ("a first byte of 1", changed(0, 1).into_iter().collect()),
        ("a zero within the padding", changed(100, 0)),
        ("another byte within the padding", changed(100, 0xfe)),
        (
            "no zero after the padding",
            changed(256 - info.len() - 1, 0xff),
        ),
        (
            "the name of SHA-1 before the digest",
            key.raw(&info_of("3021300906052b0e03021a05000414", &digest[..20])),
        ),
        (
            "the name of SHA-512 before the digest",
            key.raw(&info_of("3031300d060960864801650304020305000420", &digest)),
        ),
        (
            "the name of SHA-384 before the digest",
            key.raw(&info_of("3031300d060960864801650304020205000420", &digest)),
        ),
        (
            "parameters left out",
            key.raw(&info_of(
                "302f300b0609608648016503040201 0420"
                    .replace(' ', "")
                    .as_str(),
                &digest,
            )),
        ),
        (
            "a long form of a length",
            key.raw(&info_of(
                "308131300d060960864801650304020105000420",
                &digest,
            )),
        ),
        (
            "parameters of two bytes",
            key.raw(&info_of(
                "3033300f0609608648016503040201 0502 0000 0420"
                    .replace(' ', "")
                    .as_str(),
                &digest,
            )),
        ),
        (
            "bytes after the digest, within",
            key.raw(&info_of(
                "3033300d060960864801650304020105000422",
                &[&digest[..], &[0, 0]].concat(),
            )),
        ),
        (
            "a digest alone, without its name",
            key.raw(&key.padded(&digest)),
        ),
        (
            "a digest of 31 bytes",
            key.raw(&info_of(
                "3030300d06096086480165030402010500041f",
                &digest[..31],
            )),
        ),
        ("the digest of nothing", key.sign(b"")),
        ("PSS", key.raw(&pss(&digest))),
    ]);
    for (name, signature) in signatures {
        c.jwt(
            "signature_invalid",
            "RFC 8017 section 8.2.2",
            &format!("RS256: {name}"),
            format!("{input}.{}", encode(&signature)),
        );
    }
    let larger = fixed(&(BigUint::from_bytes_be(&good) + &c.rs.n), 257);
    for (name, signature) in [
        ("no signature", vec![]),
        ("255 bytes", good[1..].to_vec()),
        ("a zero before it", [&[0], &good[..]].concat()),
        ("a zero after it", [&good[..], &[0]].concat()),
        ("the modulus added", larger),
        ("a signature of 384 bytes", vec![1; 384]),
        ("twice", [&good[..], &good[..]].concat()),
    ] {
        c.jwt(
            "signature_length",
            "RFC 8017 section 8.2.2",
            &format!("RS256: {name}"),
            format!("{input}.{}", encode(&signature)),
        );
    }
}

/// EMSA-PSS with SHA-256 and a salt of 32 zero bytes (RFC 8017 section 9.1.1).
fn pss(digest: &[u8; 32]) -> Vec<u8> {
    let salt = [0; 32];
    let h = sha256(&[&[0; 8][..], digest, &salt].concat());
    let mut db = vec![0; 256 - 32 - 1 - 1 - 32];
    db.push(1);
    db.extend(salt);
    let mask = (0_u32..).flat_map(|i| sha256(&[&h[..], &i.to_be_bytes()].concat()));
    let mut em: Vec<u8> = db.iter().zip(mask).map(|(a, b)| a ^ b).collect();
    em[0] &= 0x7f;
    em.extend(h);
    em.push(0xbc);
    em
}

fn detached(c: &mut Corpus) {
    let token = c.es(r#"{"alg":"ES256","kid":"es-1"}"#, "content");
    let parts: Vec<_> = token.split('.').collect();
    let jws = format!("{}..{}", parts[0], parts[2]);
    let clause = "RFC 7515 appendix F";
    let mut add = |code, name: &str, jws: &str, payload: &[u8]| {
        c.add(
            code,
            clause,
            name,
            "detached",
            "all",
            jws.into(),
            Some(payload.to_vec()),
            json!({}),
        );
    };
    add(
        "signature_invalid",
        "detached: another content",
        &jws,
        b"Content",
    );
    add(
        "signature_invalid",
        "detached: content with a byte more",
        &jws,
        b"content\0",
    );
    add("signature_invalid", "detached: no content", &jws, b"");
    add(
        "signature_invalid",
        "detached: the content encoded already",
        &jws,
        encode(b"content").as_bytes(),
    );
    add(
        "payload_not_detached",
        "detached: the content within",
        &token,
        b"content",
    );
    add(
        "payload_not_detached",
        "detached: the content within, none beside it",
        &token,
        b"",
    );
    add(
        "token_malformed",
        "detached: one dot",
        &jws.replace("..", "."),
        b"content",
    );
    // RFC 7797 section 4: unencoded content, as its signer would have signed it.
    let header = r#"{"alg":"ES256","b64":false,"crit":["b64"],"kid":"es-1"}"#;
    let input = format!("{}.content", encode(header.as_bytes()));
    let jws = format!(
        "{}..{}",
        encode(header.as_bytes()),
        encode(&c.es.sign(input.as_bytes()))
    );
    c.add(
        "critical_header",
        "RFC 7797 section 4",
        "detached: unencoded content",
        "detached",
        "all",
        jws.into(),
        Some(b"content".to_vec()),
        json!({}),
    );
    let jws = format!("{}..{}", parts[0], parts[2]);
    c.jwt(
        "type_missing",
        "RFC 7515 appendix F",
        "a detached signature for a token",
        jws,
    );
    let token = c.es(r#"{"alg":"ES256","kid":"es-1","typ":"receipt"}"#, "content");
    c.add(
        "type_mismatch",
        "RFC 8725 section 3.11",
        "contents of another type",
        "jws",
        "all",
        token.into(),
        None,
        json!({"typ": "approval"}),
    );
}

/// DER of r and s (RFC 3279 section 2.2.3).
fn der_of(signature: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let mut number = BigUint::from_bytes_be(bytes).to_bytes_be();
        if number[0] & 0x80 != 0 {
            number.insert(0, 0);
        }
        [&[2, number.len() as u8], &number[..]].concat()
    };
    let content = [integer(&signature[..32]), integer(&signature[32..])].concat();
    [&[0x30, content.len() as u8], &content[..]].concat()
}

fn der(c: &mut Corpus) {
    let message = b"authenticator data and client data";
    let raw = c.es.sign(message);
    let good = der_of(&raw);
    let mut long = good.clone();
    long.splice(1..2, [0x81, good[1]]);
    let mut order = vec![0x30, 0x26, 2, 0x21, 0];
    order.extend(hex(ORDER));
    order.extend([2, 1, 1]);
    for (code, name, signature, payload) in [
        (
            "valid",
            "DER: as WebAuthn has it",
            good.clone(),
            &message[..],
        ),
        (
            "signature_invalid",
            "DER: another message",
            good.clone(),
            b"other",
        ),
        (
            "signature_der_malformed",
            "DER: raw r and s",
            raw.to_vec(),
            message,
        ),
        (
            "signature_der_malformed",
            "DER: a byte after it",
            [&good[..], &[0]].concat(),
            message,
        ),
        (
            "signature_der_malformed",
            "DER: cut short",
            good[..good.len() - 1].to_vec(),
            message,
        ),
        (
            "signature_der_malformed",
            "DER: a long form of a length",
            long,
            message,
        ),
        ("signature_der_malformed", "DER: nothing", vec![], message),
        (
            "signature_der_malformed",
            "DER: an empty sequence",
            vec![0x30, 0],
            message,
        ),
        (
            "signature_der_malformed",
            "DER: negative numbers",
            vec![0x30, 6, 2, 1, 0xff, 2, 1, 0xff],
            message,
        ),
        (
            "signature_out_of_range",
            "DER: zeros",
            vec![0x30, 6, 2, 1, 0, 2, 1, 0],
            message,
        ),
        ("signature_out_of_range", "DER: r the order", order, message),
    ] {
        c.add(
            code,
            "RFC 3279 section 2.2.3",
            name,
            "der",
            "es",
            signature,
            Some(payload.to_vec()),
            json!({}),
        );
    }
    c.add(
        "algorithm_mismatch",
        "RFC 3279 section 2.2.3",
        "DER: for an RSA key",
        "der",
        "rs",
        good,
        Some(message.to_vec()),
        json!({}),
    );
}
