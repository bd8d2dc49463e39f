//! Names, numbers and characters in spellings that readers stumble over, in headers and in
//! claims, each signed by the honest key: what has one meaning is accepted, the rest refused.

use super::{Corpus, HEADER, claims};

/// RFC 7515 section 4 and RFC 7519 section 4: one name, however it is spelled and however
/// far apart.
const TWICE: &[(&str, &str)] = &[
    ("an escape in either case", r#""\u00e9":1,"\u00E9":2"#),
    ("an escape and the letter itself", r#""\u00e9":1,"é":2"#),
    (
        "a surrogate pair and the letter",
        r#""😀":1,"\ud83d\ude00":2"#,
    ),
    ("a slash, escaped and not", r#""a/b":1,"a\/b":2"#),
    ("a line break in two escapes", r#""a\nb":1,"a\u000ab":2"#),
    ("a NUL at the end", r#""a\u0000":1,"a\u0000":2"#),
    ("no letter at all", r#""":1,"":2"#),
    ("a name of JavaScript", r#""__proto__":1,"__proto__":2"#),
    ("within and after an object", r#""x":{"y":1},"y":2,"x":3"#),
    (
        "in the second of two objects",
        r#""x":[{"y":1},{"y":1,"y":2}]"#,
    ),
    ("as an object and as null", r#""x":{},"x":null"#),
];

/// RFC 8259 sections 2, 6 and 7: what is no number, no string and no whitespace.
const BROKEN: &[(&str, &str)] = &[
    ("a minus alone", r#""x":-"#),
    ("two minus signs", r#""x":--1"#),
    ("a negative number with a zero before it", r#""x":-01"#),
    ("a number that begins with a point", r#""x":.5"#),
    ("an exponent after a point", r#""x":1.e1"#),
    ("an exponent without digits", r#""x":1e"#),
    ("an exponent that is a sign", r#""x":1e+"#),
    ("an exponent with a point", r#""x":1e1.5"#),
    ("Infinity", r#""x":-Infinity"#),
    ("a number with underscores", r#""x":1_000"#),
    ("a number in another script", r#""x":١"#),
    ("a tab in a string", "\"x\":\"a\tb\""),
    ("a NUL in a string", "\"x\":\"a\0b\""),
    ("the last control character in a string", "\"x\":\"\u{1f}\""),
    ("a string that never ends", r#""x":"a"#),
    ("an escape that never ends", r#""x":"\"#),
    ("an escape of digits that are none", r#""x":"\u00+1""#),
    ("an escape in braces", r#""x":"\u{41}""#),
    ("a vertical tab for whitespace", "\"x\":\u{b}1"),
    ("a space that does not break", "\"x\":\u{a0}1"),
    ("a line separator for whitespace", "\"x\":\u{2028}1"),
    ("a name that is a number", "1:1"),
    ("a name that is null", "null:1"),
    ("a member without a value", r#""x":"#),
    ("a member without a colon", r#""x" 1"#),
    ("a list with a comma at its end", r#""x":[1,]"#),
    ("a list with nothing between commas", r#""x":[1,,2]"#),
    ("a list that an object ends", r#""x":[1}"#),
    ("a word in capitals", r#""x":NULL"#),
    ("a word cut short", r#""x":tru"#),
    ("a word with more", r#""x":nullx"#),
];

/// RFC 7493 section 2.2: what no double is.
const TOO_LARGE: &[(&str, &str)] = &[
    ("-1e400", r#""x":-1e400"#),
    ("1E400", r#""x":1E400"#),
    (
        "an exponent of 400 digits",
        r#""x":1e99999999999999999999999999"#,
    ),
    ("1e309", r#""x":1e309"#),
    ("within a list within an object", r#""x":{"y":[0,1e999]}"#),
];

/// What is unusual, and one thing to every reader.
const SOUND: &[(&str, &str)] = &[
    (
        "names that only look alike",
        r#""é":1,"e\u0301":2,"а":3,"a":4"#,
    ),
    ("names in two cases", r#""x":1,"X":2"#),
    ("a name and the same with a NUL", r#""x":1,"x\u0000":2"#),
    ("an escaped backslash before a u", r#""\\u0061":1,"a":2"#),
    ("a number too small for a double", r#""x":1e-400"#),
    ("negative zero", r#""x":-0"#),
    ("1e307", r#""x":1e307"#),
    (
        "a separator of lines in a string",
        "\"x\":\"\u{2028}\u{7f}\u{85}\"",
    ),
    (
        "the last character of Unicode",
        "\"x\":\"\u{10ffff}\\udbff\\udfff\"",
    ),
];

pub(crate) fn add(c: &mut Corpus) {
    let twice = "RFC 7515 section 4, RFC 7519 section 4";
    let groups = [
        ("json_duplicate_member", twice, "a name twice: ", TWICE),
        ("json_syntax", "RFC 8259 sections 2, 6 and 7", "", BROKEN),
        (
            "json_number_out_of_range",
            "RFC 7493 section 2.2",
            "",
            TOO_LARGE,
        ),
        ("valid", "RFC 8259 sections 4, 6 and 7", "", SOUND),
    ];
    for (code, clause, what, group) in groups {
        for (name, members) in group {
            both(c, code, clause, &format!("{what}{name}"), members);
        }
    }
    // More names than a reader may keep close at hand, before and within.
    let many = |from: usize, to: usize| {
        let names: Vec<_> = (from..to).map(|n| format!("\"m{n}\":{n}")).collect();
        names.join(",")
    };
    let apart = format!("\"x\":1,{},\"x\":2", many(0, 30));
    both(
        c,
        "json_duplicate_member",
        twice,
        "a name twice: 30 members apart",
        &apart,
    );
    let around = format!("\"x\":1,\"y\":{{{}}},\"x\":2", many(0, 40));
    both(
        c,
        "json_duplicate_member",
        twice,
        "a name twice: before and after an object of 40 members",
        &around,
    );
    let again = format!("\"x\":{{{}}},{}", many(0, 40), many(0, 30));
    both(
        c,
        "valid",
        twice,
        "the same 30 names within and after an object",
        &again,
    );
}

/// The members after those that everything expects.
fn both(c: &mut Corpus, code: &'static str, clause: &str, name: &str, members: &str) {
    let claims = claims().to_string();
    let with = |document: &str| format!("{},{members}}}", document.strip_suffix('}').unwrap());
    let token = c.es(&with(HEADER), &claims);
    c.jwt(code, clause, &format!("header: {name}"), token);
    let token = c.es(HEADER, &with(&claims));
    c.jwt(code, clause, &format!("claims: {name}"), token);
}
