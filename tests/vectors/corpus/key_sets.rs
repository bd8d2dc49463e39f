//! Sets of keys, good and bad.

use super::Corpus;
use serde_json::json;

fn set(c: &mut Corpus, code: &'static str, clause: &str, name: &str, text: impl Into<Vec<u8>>) {
    c.add(
        code,
        clause,
        &format!("set: {name}"),
        "keys",
        "",
        text.into(),
        None,
        json!({}),
    );
}

pub(crate) fn add(c: &mut Corpus) {
    let (a, b, r) = (c.es.jwk(), c.es_other.jwk(), c.rs.jwk());
    let list = |keys: &[String]| {
        format!(
            r#"{{"keys":[{}]}}"#,
            keys.iter()
                .map(|k| format!("{{{k}}}"))
                .collect::<Vec<_>>()
                .join(",")
        )
    };
    let foreign = r#""kty":"OKP","crv":"Ed25519","x":"AA""#.to_owned();
    let clause = "RFC 7517 section 5";
    set(
        c,
        "valid",
        clause,
        "one key",
        list(std::slice::from_ref(&a)),
    );
    set(
        c,
        "valid",
        clause,
        "keys for others among ours",
        list(&[
            foreign.clone(),
            format!(r#"{b},"use":"enc""#),
            a.clone(),
            format!(r#"{r},"alg":"PS256""#),
        ]),
    );
    set(
        c,
        "valid",
        clause,
        "two keys without a name",
        list(&[a.clone(), r.clone()]),
    );
    set(
        c,
        "valid",
        clause,
        "other members",
        format!(r#"{{"x":{{"keys":1}},"keys":[{{{a}}}],"etag":"1"}}"#),
    );
    set(
        c,
        "valid",
        "RFC 7517 section 4.5",
        "the name of a key for others",
        list(&[
            format!(r#"{a},"kid":"1""#),
            format!(r#"{foreign},"kid":"1""#),
        ]),
    );
    let many: Vec<_> = (0..64).map(|i| format!(r#"{a},"kid":"{i}""#)).collect();
    set(c, "valid", clause, "64 keys", list(&many));
    let more: Vec<_> = (0..65).map(|i| format!(r#"{a},"kid":"{i}""#)).collect();
    set(c, "key_set_too_many_keys", clause, "65 keys", list(&more));
    set(
        c,
        "key_set_too_many_keys",
        clause,
        "65 keys for others",
        list(&vec![foreign.clone(); 65]),
    );
    set(
        c,
        "key_set_too_large",
        clause,
        "more than 256 kilobytes",
        list(std::slice::from_ref(&a)),
    );
    c.pad(262_144);
    for (text, name) in [
        ("{}".to_owned(), "no keys"),
        (r#"{"keys":null}"#.into(), "keys null"),
        (format!(r#"{{"keys":{{{a}}}}}"#), "keys an object"),
        (r#"{"keys":"x"}"#.into(), "keys a string"),
        (r#"{"keys":[null]}"#.into(), "a key that is null"),
        (format!(r#"{{"keys":[[{{{a}}}]]}}"#), "a list in the list"),
        (format!("{{{a}}}"), "a key alone"),
        (format!(r#"{{"KEYS":[{{{a}}}]}}"#), "KEYS"),
    ] {
        set(c, "key_set_malformed", "RFC 7517 section 5.1", name, text);
    }
    set(
        c,
        "key_set_empty",
        clause,
        "an empty list",
        r#"{"keys":[]}"#,
    );
    set(
        c,
        "key_set_empty",
        clause,
        "keys for others alone",
        list(&[foreign.clone(), format!(r#"{a},"use":"enc""#)]),
    );
    let named = |key: &str| format!(r#"{key},"kid":"1""#);
    set(
        c,
        "key_id_duplicate",
        "RFC 7517 section 4.5",
        "two keys of one name",
        list(&[named(&a), named(&b)]),
    );
    set(
        c,
        "key_id_duplicate",
        "RFC 7517 section 4.5",
        "two keys of one name, of two types",
        list(&[named(&a), named(&r)]),
    );
    set(
        c,
        "key_id_duplicate",
        "RFC 7517 section 4.5",
        "one key twice",
        list(&[named(&a), named(&a)]),
    );
    set(
        c,
        "key_id_duplicate",
        "RFC 7517 section 4.5",
        "one name, once escaped",
        list(&[named(&a), format!(r#"{b},"kid":"\u0031""#)]),
    );
    for (members, code, name) in [
        (
            format!(r#"{b},"d":"AA""#),
            "key_private",
            "a private key among good ones",
        ),
        (
            r#""kty":"oct","k":"AA""#.to_owned(),
            "key_symmetric",
            "a shared secret among good ones",
        ),
        (
            r#""kty":"OKP","crv":"Ed25519","x":"AA","d":"AA""#.into(),
            "key_private",
            "a private key for others among good ones",
        ),
        (
            b.replace("\"y\":\"", "\"y\":\"A"),
            "key_member_malformed",
            "a malformed key among good ones",
        ),
        (
            r#""kty":"RSA","n":"AQAB","e":"AQAB""#.into(),
            "key_modulus_size",
            "a weak key among good ones",
        ),
        (
            r#""kid":"x""#.into(),
            "key_member_missing",
            "a key without a type among good ones",
        ),
    ] {
        set(c, code, clause, name, list(&[a.clone(), members]));
    }
    for (text, code, name) in [
        (
            format!(r#"{{"keys":[{{{a}}}],"keys":[{{{b}}}]}}"#).into_bytes(),
            "json_duplicate_member",
            "keys twice",
        ),
        (
            format!(r#"{{"keys":[{{{a},"kid":"1","kid":"2"}}]}}"#).into_bytes(),
            "json_duplicate_member",
            "kid twice",
        ),
        (b"".to_vec(), "json_syntax", "nothing"),
        (
            b"<!doctype html><title>Not found</title>".to_vec(),
            "json_syntax",
            "a web page",
        ),
        (
            format!("[{{{a}}}]").into_bytes(),
            "json_not_an_object",
            "a list of keys",
        ),
        (
            format!("\u{feff}{}", list(std::slice::from_ref(&a))).into_bytes(),
            "json_byte_order_mark",
            "a byte order mark",
        ),
        (
            b"{\"keys\":[{\"kty\":\"\xff\"}]}".to_vec(),
            "json_not_utf8",
            "a byte that is not UTF-8",
        ),
        (
            br#"{"keys":[{"kid":"\ud800"}]}"#.to_vec(),
            "json_lone_surrogate",
            "a lone surrogate",
        ),
        (
            br#"{"keys":[[[[[[[[[]]]]]]]]]}"#.to_vec(),
            "json_too_deep",
            "nested deeply",
        ),
    ] {
        set(c, code, "RFC 7517 section 5", name, text);
    }
}
