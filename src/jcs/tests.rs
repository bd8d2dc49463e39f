use super::*;
use crate::jose::json::JsonFault;
use alloc::{format, string::ToString};
use proptest::prelude::*;
use serde_json::Value as Tree;

const LIMITS: Limits = Limits {
    depth: 16,
    members: 200,
};

fn canonical(json: &str) -> String {
    canonicalize(json.as_bytes(), LIMITS).unwrap()
}

fn number(value: f64) -> String {
    let mut out = String::new();
    push_number(&mut out, value);
    out
}

/// RFC 8785 section 3.2.2, input and output.
#[test]
fn rfc_8785_section_3_2_2_primitive_types() {
    let input = r#"{
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    }"#;
    assert_eq!(
        canonical(input),
        r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
    );
}

/// RFC 8785 section 3.2.3: the order in which it says the values must come.
#[test]
fn rfc_8785_section_3_2_3_sorting() {
    let input = r#"{
        "\u20ac": "Euro Sign", "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
        "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis"
    }"#;
    let output = canonical(input);
    let order: Vec<usize> = [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]
    .iter()
    .map(|value| output.find(value).unwrap())
    .collect();
    assert!(order.is_sorted(), "{output}");
    assert!(output.starts_with("{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\""));
}

// Found by fuzzing: what was rounded up to a power of ten was written, and then not read.
#[test]
fn what_is_written_is_read_up_to_the_greatest_double() {
    let nines = "9".repeat(84);
    for (text, expected) in [
        (&*format!("{nines}e224"), "1e+308"),
        ("17976931348623157e292", "1.7976931348623157e+308"),
    ] {
        assert_eq!(canonical(text), expected, "{text}");
        assert_eq!(canonical(expected), expected);
    }
}

/// RFC 8785 appendix B, every number of it.
#[test]
fn rfc_8785_appendix_b_numbers() {
    for (bits, text) in [
        (0x0000_0000_0000_0000u64, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] {
        assert_eq!(number(f64::from_bits(bits)), text, "{bits:016x}");
        if bits << 1 != 0 {
            assert_eq!(canonical(text), text);
        }
    }
    // Halfway between two of as few digits: the even one, above or below.
    for (value, text) in [
        (2f64.powi(50) + 0.25, "1125899906842624.2"),
        (2f64.powi(50) + 0.75, "1125899906842624.8"),
        (0.5, "0.5"),
    ] {
        assert_eq!(number(value), text);
    }
    for bits in [0x7fff_ffff_ffff_ffff, 0x7ff0_0000_0000_0000u64] {
        assert_eq!(number(f64::from_bits(bits)), "null");
    }
}

/// Where one layout of ECMA-262 section 6.1.6.1.20 ends and the next begins.
#[test]
fn numbers_change_their_layout_where_ecmascript_does() {
    for (value, text) in [
        (1.0, "1"),
        (-1.5, "-1.5"),
        (10.0, "10"),
        (123e18, "123000000000000000000"),
        (1e20, "100000000000000000000"),
        (1.5e20, "150000000000000000000"),
        (1e21, "1e+21"),
        (1.5e21, "1.5e+21"),
        (1e-6, "0.000001"),
        (1.5e-6, "0.0000015"),
        (1e-7, "1e-7"),
        (-1.25e-7, "-1.25e-7"),
        (0.1, "0.1"),
        (12345.678, "12345.678"),
        (1e300, "1e+300"),
    ] {
        assert_eq!(number(value), text);
    }
    // Integers that no double holds are rounded as `JSON.parse` rounds them.
    assert_eq!(canonical("9007199254740991"), "9007199254740991");
    assert_eq!(canonical("9007199254740993"), "9007199254740992");
    assert_eq!(
        canonical("12345678901234567890123"),
        "1.2345678901234568e+22"
    );
    assert_eq!(canonical("[-0,-0.0,0e5,1.0,1e2]"), "[0,0,0,1,100]");
}

#[test]
fn strings_are_escaped_where_they_must_be_and_nowhere_else() {
    for code in 0..0x20u32 {
        let character = char::from_u32(code).unwrap().to_string();
        let escaped = match code {
            8 => "\\b".into(),
            9 => "\\t".into(),
            10 => "\\n".into(),
            12 => "\\f".into(),
            13 => "\\r".into(),
            _ => alloc::format!("\\u{code:04x}"),
        };
        let mut out = String::new();
        push_string(&mut out, &character);
        assert_eq!(out, alloc::format!("\"{escaped}\""));
    }
    assert_eq!(
        canonical(r#""\u007f\u2028\u2029\/\ud83d\ude00""#),
        "\"\u{7f}\u{2028}\u{2029}/😀\""
    );
}

#[test]
fn a_document_without_one_value_is_refused() {
    for (json, fault) in [
        (r#"{"a":1,"\u0061":2}"#, JsonFault::DuplicateMember),
        (r#"{"x":[{"a":1,"a":1}]}"#, JsonFault::DuplicateMember),
        (r#"["\ud800"]"#, JsonFault::LoneSurrogate),
        ("[1e400]", JsonFault::NumberOutOfRange),
        ("[1] 2", JsonFault::Syntax),
        ("", JsonFault::Syntax),
        ("[01]", JsonFault::Syntax),
        ("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", JsonFault::TooDeep),
    ] {
        let refused = canonicalize(json.as_bytes(), LIMITS).unwrap_err();
        assert_eq!(refused.fault, fault, "{json}");
    }
    let refused = canonicalize(b"\xef\xbb\xbf1", LIMITS).unwrap_err();
    assert_eq!(refused.fault, JsonFault::ByteOrderMark);
    let refused = canonicalize(b"\"\xff\"", LIMITS).unwrap_err();
    assert_eq!(refused.fault, JsonFault::NotUtf8);
}

fn trees() -> impl Strategy<Value = Tree> {
    let finite = any::<f64>().prop_filter("within the reader's range", |v| v.abs() < 1e307);
    let leaf = prop_oneof![
        Just(Tree::Null),
        any::<bool>().prop_map(Tree::from),
        any::<i64>().prop_map(|v| Tree::from(v >> 11)),
        finite.prop_map(Tree::from),
        any::<String>().prop_map(Tree::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Tree::from),
            prop::collection::btree_map("[a-z\u{7f}-\u{10ffff}]{0,3}", inner, 0..6)
                .prop_map(|members| Tree::Object(members.into_iter().collect())),
        ]
    })
}

/// The same value with its members in another order and space around everything.
fn respelled(tree: &Tree, out: &mut String) {
    match tree {
        Tree::Array(elements) => {
            out.push_str(" [ ");
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push_str("\n,");
                }
                respelled(element, out);
            }
            out.push_str(" ]\t");
        }
        Tree::Object(members) => {
            out.push_str(" {\r");
            for (index, (name, member)) in members.iter().rev().enumerate() {
                if index > 0 {
                    out.push_str(" , ");
                }
                // Every character escaped, as a pair where it needs one.
                out.push('"');
                for unit in name.encode_utf16() {
                    out.push_str(&alloc::format!("\\u{unit:04X}"));
                }
                out.push_str("\" :");
                respelled(member, out);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// The same value, up to the last digits of a double, which serde_json does not read exactly.
fn same(left: &Tree, right: &Tree) -> bool {
    match (left, right) {
        (Tree::Number(a), Tree::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= a.abs() * 1e-15
        }
        (Tree::Array(a), Tree::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Tree::Object(a), Tree::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => left == right,
    }
}

proptest! {
    #[test]
    fn the_canonical_spelling_keeps_the_value_and_is_the_only_one(tree in trees()) {
        let output = canonical(&tree.to_string());
        let read: Tree = serde_json::from_str(&output).unwrap();
        prop_assert!(same(&tree, &read), "{} {}", tree, output);
        prop_assert_eq!(canonical(&output), output.clone());
        let mut other = String::new();
        respelled(&tree, &mut other);
        prop_assert_eq!(canonical(&other), output);
    }

    #[test]
    fn names_are_in_utf_16_order(names in prop::collection::btree_set("[\u{e000}-\u{10ffff}]{1,3}", 2..8)) {
        let members: Vec<String> = names.iter().map(|name| alloc::format!("\"{name}\":0")).collect();
        let output = canonical(&alloc::format!("{{{}}}", members.join(",")));
        let mut sorted: Vec<&String> = names.iter().collect();
        sorted.sort_by_key(|name| name.encode_utf16().collect::<Vec<u16>>());
        let expected: Vec<String> = sorted.iter().map(|name| alloc::format!("\"{name}\":0")).collect();
        prop_assert_eq!(output, alloc::format!("{{{}}}", expected.join(",")));
    }

    #[test]
    fn a_number_reads_back_as_itself(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        if value.is_finite() {
            prop_assert_eq!(number(value).parse::<f64>().unwrap(), value);
        }
    }
}

#[test]
fn subnormal_numbers_keep_their_value() {
    for text in ["1.8183257461284e-310", "5e-324", "2.225073858507201e-308"] {
        assert_eq!(canonical(text), text);
    }
}
