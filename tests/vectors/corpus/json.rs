//! Documents that two parsers could read differently, or not at all, in headers and in
//! claims, each signed by the honest key.

use super::{Corpus, HEADER, claims};

pub(crate) fn add(c: &mut Corpus) {
    let claims = claims().to_string();
    for part in ["header", "claims"] {
        let good = if part == "header" { HEADER } else { &claims };
        let own = if part == "header" { "alg" } else { "iss" };
        for (code, clause, what, text) in faults(good, own) {
            let name = format!("{part}: {what}");
            let token = if part == "header" {
                c.es_bytes(&text, claims.as_bytes())
            } else {
                c.es_bytes(HEADER.as_bytes(), &text)
            };
            c.jwt(code, clause, &name, token);
        }
    }
}

type Fault = (&'static str, &'static str, &'static str, Vec<u8>);

fn faults(good: &str, own: &str) -> Vec<Fault> {
    // The document with something before its end, after its start, or around it.
    let with = |more: &str| format!("{},{more}}}", good.strip_suffix('}').unwrap()).into_bytes();
    let first = |more: &str| format!("{{{more},{}", good.strip_prefix('{').unwrap()).into_bytes();
    let bytes = |before: &[u8], after: &[u8]| [before, good.as_bytes(), after].concat();
    let text = |text: &str| text.as_bytes().to_vec();
    let (utf8, mark) = ("RFC 8259 section 8.1", "RFC 8259 section 8.1");
    let (grammar, strings, numbers) = (
        "RFC 8259 section 2",
        "RFC 8259 section 7",
        "RFC 8259 section 6",
    );
    let (lone, range, limits) = (
        "RFC 7493 section 2.1",
        "RFC 7493 section 2.2",
        "RFC 8259 section 9",
    );
    let twice = "RFC 7515 section 4, RFC 7519 section 4";
    let mut invalid = with(r#""x":"Q""#);
    let at = invalid.iter().rposition(|b| *b == b'Q').unwrap();
    let mut overlong = invalid.clone();
    invalid[at] = 0xff;
    overlong.splice(at..=at, [0xc0, 0x80]);
    let mut surrogate = with(r#""x":"Q""#);
    surrogate.splice(at..=at, [0xed, 0xa0, 0x80]);
    let wide: Vec<_> = (0..64).map(|i| format!("\"m{i}\":{i}")).collect();
    let nested: Vec<_> = (0..65).map(|i| format!("\"m{i}\":{i}")).collect();
    let escaped = format!("\\u{:04x}{}", own.as_bytes()[0], &own[1..]);
    vec![
        ("json_not_utf8", utf8, "a byte that is not UTF-8", invalid),
        ("json_not_utf8", utf8, "an overlong NUL", overlong),
        ("json_not_utf8", utf8, "a surrogate in UTF-8", surrogate),
        (
            "json_not_utf8",
            utf8,
            "UTF-16",
            good.encode_utf16()
                .flat_map(u16::to_le_bytes)
                .chain([0xff, 0xfe])
                .collect(),
        ),
        (
            "json_byte_order_mark",
            mark,
            "a byte order mark",
            bytes(b"\xef\xbb\xbf", b""),
        ),
        ("json_syntax", grammar, "nothing", text("")),
        (
            "json_syntax",
            grammar,
            "something after its end",
            bytes(b"", b"x"),
        ),
        ("json_syntax", grammar, "two documents", bytes(b"{}", b"")),
        (
            "json_syntax",
            grammar,
            "a NUL after its end",
            bytes(b"", b"\0"),
        ),
        (
            "json_syntax",
            grammar,
            "cut short",
            good.as_bytes()[..good.len() - 1].to_vec(),
        ),
        (
            "json_syntax",
            grammar,
            "a comma before the end",
            format!("{},}}", &good[..good.len() - 1]).into_bytes(),
        ),
        ("json_syntax", grammar, "a comment", bytes(b"/* */", b"")),
        (
            "json_syntax",
            grammar,
            "single quotes",
            text(&good.replace('"', "'")),
        ),
        ("json_syntax", grammar, "a name without quotes", with("x:1")),
        (
            "json_syntax",
            grammar,
            "a form feed for whitespace",
            bytes(b"\x0c", b""),
        ),
        ("json_syntax", grammar, "NaN", with(r#""x":NaN"#)),
        ("json_syntax", grammar, "True", with(r#""x":True"#)),
        (
            "json_syntax",
            numbers,
            "a number with a zero before it",
            with(r#""x":01"#),
        ),
        (
            "json_syntax",
            numbers,
            "a number with a plus sign",
            with(r#""x":+1"#),
        ),
        (
            "json_syntax",
            numbers,
            "a number that ends in a point",
            with(r#""x":1."#),
        ),
        (
            "json_syntax",
            numbers,
            "a hexadecimal number",
            with(r#""x":0x1"#),
        ),
        (
            "json_syntax",
            strings,
            "a line break in a string",
            with("\"x\":\"a\nb\""),
        ),
        (
            "json_syntax",
            strings,
            "an unknown escape",
            with(r#""x":"\x41""#),
        ),
        (
            "json_syntax",
            strings,
            "a short escape",
            with(r#""x":"\u41""#),
        ),
        (
            "json_not_an_object",
            "RFC 7519 section 7.2",
            "an array",
            format!("[{good}]").into_bytes(),
        ),
        (
            "json_not_an_object",
            "RFC 7519 section 7.2",
            "a string",
            text("\"x\""),
        ),
        (
            "json_not_an_object",
            "RFC 7519 section 7.2",
            "null",
            text("null"),
        ),
        (
            "json_duplicate_member",
            twice,
            "a member twice, same value",
            first(&member(good, own)),
        ),
        (
            "json_duplicate_member",
            twice,
            "a member twice, the first another",
            first(&format!("\"{own}\":\"other\"")),
        ),
        (
            "json_duplicate_member",
            twice,
            "a member twice, the last another",
            with(&format!("\"{own}\":\"other\"")),
        ),
        (
            "json_duplicate_member",
            twice,
            "a member twice, once escaped",
            with(&format!("\"{escaped}\":\"other\"")),
        ),
        (
            "json_duplicate_member",
            twice,
            "a member twice, escaped first",
            first(&format!("\"{escaped}\":\"other\"")),
        ),
        (
            "json_duplicate_member",
            twice,
            "an unknown member twice",
            with(r#""x":1,"y":2,"x":3"#),
        ),
        (
            "json_duplicate_member",
            twice,
            "a member twice, deep down",
            with(r#""x":[{"y":{"a":1,"a":1}}]"#),
        ),
        (
            "json_lone_surrogate",
            lone,
            "a high surrogate alone",
            with(r#""x":"\ud83d""#),
        ),
        (
            "json_lone_surrogate",
            lone,
            "a low surrogate alone",
            with(r#""x":"\ude00""#),
        ),
        (
            "json_lone_surrogate",
            lone,
            "surrogates the wrong way round",
            with(r#""x":"\ude00\ud83d""#),
        ),
        (
            "json_lone_surrogate",
            lone,
            "a surrogate in a name",
            with(r#""\ud800":1"#),
        ),
        (
            "json_number_out_of_range",
            range,
            "1e400",
            with(r#""x":1e400"#),
        ),
        (
            "json_number_out_of_range",
            range,
            "a number of 400 digits",
            with(&format!("\"x\":{}", "9".repeat(400))),
        ),
        (
            "json_too_deep",
            limits,
            "9 deep",
            with(r#""x":[[[[[[[[]]]]]]]]"#),
        ),
        (
            "json_too_deep",
            limits,
            "500 deep",
            with(&format!("\"x\":{}{}", "[".repeat(500), "]".repeat(500))),
        ),
        (
            "json_too_deep",
            limits,
            "500 deep and never closed",
            with(&format!("\"x\":{}", "{\"a\":".repeat(300))),
        ),
        (
            "json_too_many_members",
            limits,
            "more than 64 members",
            with(&wide.join(",")),
        ),
        (
            "json_too_many_members",
            limits,
            "an object of 65 members within",
            with(&format!("\"x\":{{{}}}", nested.join(","))),
        ),
    ]
}

/// The member of this name, as the document has it.
fn member(document: &str, name: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(document).unwrap();
    format!("\"{name}\":{}", value[name])
}
