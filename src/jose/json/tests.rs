use super::*;
use alloc::format;
use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;
use proptest::prelude::*;

const LIMITS: Limits = Limits {
    depth: 8,
    members: 64,
};

fn read(bytes: &[u8]) -> Result<Vec<(String, String)>, JsonFault> {
    let mut members = Members::of(bytes, LIMITS).map_err(|e| e.fault)?;
    let mut all = Vec::new();
    while let Some((name, value)) = members.next().map_err(|e| e.fault)? {
        all.push((name.decode().into_owned(), format!("{value:?}")));
    }
    Ok(all)
}

fn fault(text: &str) -> JsonFault {
    read(text.as_bytes()).expect_err(text)
}

fn only(text: &str) -> Value<'_> {
    let mut members = Members::of(text.as_bytes(), LIMITS).unwrap();
    members.next().unwrap().unwrap().1
}

#[test]
fn rfc8259_section_2_grammar() {
    for good in [
        "{}",
        " { } ",
        "{\"a\":1}",
        "\n{\t\"a\" :\r[ ] , \"b\":[1 ,{}]}",
        "{\"\":null}",
    ] {
        assert!(read(good.as_bytes()).is_ok(), "{good}");
    }
    for bad in [
        "",
        " ",
        "{",
        "}",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1}}",
        "{\"a\":1} x",
        "{}{}",
        "{\"a\":[1,]}",
        "{\"a\":[,1]}",
        "{\"a\":[1 2]}",
        "{\"a\":tru}",
        "{\"a\":nul}",
        "{\"a\":True}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":undefined}",
        "{\"a\":\"x}",
        "{\"a\":/*x*/1}",
        "{\"a\":1}\0",
        "\0{}",
        "{\u{a0}}",
        "{\"a\":1;}",
        "{:1}",
        "{\"a\"::1}",
        "{\"a\":[1}",
        "{\"a\":{]}",
        "\u{c}{}",
        "{\"a\"\u{2028}:1}",
    ] {
        assert_eq!(fault(bad), JsonFault::Syntax, "{bad}");
    }
    for other in ["[]", "1", "\"a\"", "null", "true", "-1", " [{}]"] {
        assert_eq!(fault(other), JsonFault::NotAnObject, "{other}");
    }
}

#[test]
fn rfc8259_section_6_numbers() {
    for good in [
        "0",
        "-0",
        "10",
        "1.5",
        "-1.5e3",
        "1E+2",
        "1e-2",
        "0.1e0",
        "1e307",
        "-1e308",
        "0.9e308",
        "1.797e308",
        "1.7976931348623157e+308",
        &format!("17976931348623156{}", "9".repeat(292)),
        "123456789012345678901",
    ] {
        assert!(
            read(format!("{{\"n\":{good}}}").as_bytes()).is_ok(),
            "{good}"
        );
    }
    for bad in [
        "01", "-", "+1", ".5", "1.", "1.e1", "1e", "1e+", "--1", "0x10", "1_0", "1..2", "00",
        "-01", "1e1.5",
    ] {
        assert_eq!(
            fault(&format!("{{\"n\":{bad}}}")),
            JsonFault::Syntax,
            "{bad}"
        );
    }
    for far in [
        "1e400",
        "-1e309",
        "2e308",
        "1.7976931348623158e308",
        "1.79769313486231571e308",
        &format!("17976931348623158{}", "0".repeat(292)),
        "1e99999999999999999999999",
        &"9".repeat(310),
    ] {
        assert_eq!(
            fault(&format!("{{\"n\":{far}}}")),
            JsonFault::NumberOutOfRange,
            "{far}"
        );
    }
}

#[test]
fn integers_are_read_exactly_or_not_at_all() {
    let integer = |n: &str| match only(&format!("{{\"n\":{n}}}")) {
        Value::Number(number) => number.as_integer(),
        _ => None,
    };
    assert_eq!(integer("0"), Some(0));
    assert_eq!(integer("1735689600"), Some(1_735_689_600));
    assert_eq!(integer("-7"), Some(-7));
    assert_eq!(integer("9007199254740991"), Some(9_007_199_254_740_991));
    for not in [
        "9007199254740992",
        "-9007199254740992",
        "10000000000000000",
        "1.0",
        "1e3",
        "-0",
        "12345678901234567890",
    ] {
        assert_eq!(integer(not), None, "{not}");
    }
}

#[test]
fn rfc8259_section_7_strings() {
    let all = read(br#"{"\u0061\"\\\/\b\f\n\r\t\uD83d\ude00":"\u00e9"}"#).unwrap();
    assert_eq!(all[0].0, "a\"\\/\u{8}\u{c}\n\r\t\u{1f600}");
    for bad in [
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\U0041\"",
        "\"a\nb\"",
        "\"\t\"",
        "\"\\",
        "\"\\u+123\"",
    ] {
        assert_eq!(
            fault(&format!("{{\"a\":{bad}}}")),
            JsonFault::Syntax,
            "{bad}"
        );
    }
    assert!(only(r#"{"a":"x\u0041"}"#).as_text().unwrap().is("xA"));
}

#[test]
fn rfc7493_section_2_1_no_lone_surrogates() {
    for bad in [
        "\\ud800",
        "\\udc00",
        "\\ud800x",
        "\\ud800\\n",
        "\\ud800\\ud800",
        "\\ud800\\u0041",
        "\\udfff\\ud800",
    ] {
        assert_eq!(
            fault(&format!("{{\"a\":\"{bad}\"}}")),
            JsonFault::LoneSurrogate,
            "{bad}"
        );
        assert_eq!(
            fault(&format!("{{\"{bad}\":1}}")),
            JsonFault::LoneSurrogate,
            "{bad}"
        );
    }
}

#[test]
fn rfc7493_section_2_3_no_duplicate_members() {
    for bad in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"b":2,"c":3,"a":4}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"\u0061":1,"a":2}"#,
        r#"{"\u0061":1,"\u0061":2}"#,
        r#"{"x":{"a":1,"a":2}}"#,
        r#"{"x":[[{"a":1,"b":{},"a":2}]]}"#,
        r#"{"":1,"":2}"#,
        r#"{"\u00e9":1,"é":2}"#,
        r#"{"😀":1,"\ud83d\ude00":2}"#,
    ] {
        assert_eq!(fault(bad), JsonFault::DuplicateMember, "{bad}");
    }
    for good in [
        r#"{"a":{"a":{"a":1}},"b":{"a":2},"A":3}"#,
        r#"{"\u0061":1,"b":2,"c":{"a":1}}"#,
        r#"{"ab":1,"ba":2,"aab":3,"abb":4}"#,
    ] {
        assert!(read(good.as_bytes()).is_ok(), "{good}");
    }
}

#[test]
fn rfc8259_section_8_1_utf8_without_a_mark() {
    assert_eq!(read(b"\xef\xbb\xbf{}"), Err(JsonFault::ByteOrderMark));
    for bad in [
        &b"{\"a\":\"\xff\"}"[..],
        b"{\"a\":\"\xed\xa0\x80\"}",
        b"{\"a\":\"\xc0\x80\"}",
        b"\xff\xfe{\0}\0",
    ] {
        assert_eq!(read(bad), Err(JsonFault::NotUtf8));
    }
}

#[test]
fn depth_and_width_are_bounded() {
    let nested = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
    assert!(read(nested(7).as_bytes()).is_ok());
    assert_eq!(fault(&nested(8)), JsonFault::TooDeep);
    assert_eq!(fault(&nested(100_000)), JsonFault::TooDeep);
    let wide = |n: usize| {
        let members: Vec<_> = (0..n).map(|i| format!("\"m{i}\":{i}")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert_eq!(read(wide(64).as_bytes()).unwrap().len(), 64);
    assert_eq!(fault(&wide(65)), JsonFault::TooManyMembers);
    assert_eq!(
        fault(&format!("{{\"x\":{}}}", wide(65))),
        JsonFault::TooManyMembers
    );
}

#[test]
fn an_error_says_where() {
    let mut members = Members::of(br#"{"a":1,"a":2}"#, LIMITS).unwrap();
    members.next().unwrap();
    assert_eq!(
        members.next().unwrap_err(),
        JsonError {
            fault: JsonFault::DuplicateMember,
            offset: 7
        }
    );
}

#[test]
fn views_can_be_walked() {
    let Value::Array(array) = only(r#"{"a":["x", 1 ,{"k":"v"},[true,null],"\u0079"]}"#) else {
        panic!()
    };
    let elements: Vec<_> = array.elements().collect();
    assert_eq!(elements.len(), 5);
    assert!(elements[4].as_text().unwrap().is("y"));
    let Value::Object(object) = elements[2] else {
        panic!()
    };
    let mut members = object.members();
    let (name, value) = members.next().unwrap().unwrap();
    assert!(name.is("k") && value.as_text().unwrap().is("v"));
    assert!(members.next().unwrap().is_none());
    let Value::Array(empty) = only("{\"a\":[ ]}") else {
        panic!()
    };
    assert_eq!(empty.elements().count(), 0);
}

/// A tree of JSON values, printed with random spacing and escapes.
fn document() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (-1e307..1e307).prop_map(Into::into),
        ".{0,6}".prop_map(Into::into),
    ];
    let inner = leaf.prop_recursive(6, 40, 5, |element| {
        prop_oneof![
            prop::collection::vec(element.clone(), 0..5).prop_map(Into::into),
            prop::collection::hash_map(".{0,4}", element, 0..5)
                .prop_map(|m| serde_json::Value::Object(m.into_iter().collect())),
        ]
    });
    prop::collection::hash_map(".{0,4}", inner, 0..6)
        .prop_map(|m| serde_json::Value::Object(m.into_iter().collect()))
}

/// Text near to JSON: every fragment that the grammar knows, in any order.
fn near_json() -> impl Strategy<Value = String> {
    let fragment = prop::sample::select(
        &[
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"a\"",
            "\"b\"",
            "\"\\u0061\"",
            "\"",
            "\\",
            "\\u",
            "d800",
            "1",
            "-",
            "0",
            ".",
            "e",
            "E",
            "+",
            "true",
            "false",
            "null",
            " ",
            "\n",
            "\u{feff}",
            "é",
            "\u{1}",
            "{\"a\":",
            "\"x\":1",
        ][..],
    );
    prop::collection::vec(fragment, 0..14).prop_map(|v| v.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_serde_json_prints_is_read(tree in document()) {
        let text = tree.to_string();
        let all = read(text.as_bytes()).unwrap();
        prop_assert_eq!(all.len(), tree.as_object().unwrap().len());
        for (name, _) in all {
            prop_assert!(tree.get(&name).is_some());
        }
    }

    #[test]
    fn what_is_read_serde_json_reads_too(text in near_json()) {
        if let Ok(all) = read(text.as_bytes()) {
            let tree: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(tree.as_object().unwrap().len(), all.len());
        }
    }

    #[test]
    fn a_changed_byte_is_read_only_where_serde_json_reads_it(tree in document(), place: prop::sample::Index, byte: u8) {
        let mut text = tree.to_string().into_bytes();
        let at = place.index(text.len());
        text[at] = byte;
        if read(&text).is_ok() {
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&text).is_ok());
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = read(&bytes);
    }

    #[test]
    fn strings_mean_what_serde_json_says(inner in r#"([a-z"é😀]|\\["\\/bfnrt]|\\u[0-9a-fA-D][0-9a-f]{3}|\\ud8[0-9a-f]{2}\\ud[c-f][0-9a-f]{2}){0,8}"#) {
        let text = format!("{{\"s\":\"{inner}\"}}");
        if read(text.as_bytes()).is_ok() {
            let tree: serde_json::Value = serde_json::from_str(&text).unwrap();
            let meant = only(&text).as_text().unwrap();
            prop_assert_eq!(meant.decode().to_string(), tree["s"].as_str().unwrap());
            prop_assert!(meant.is(tree["s"].as_str().unwrap()));
        }
    }
}
