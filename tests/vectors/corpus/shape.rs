//! Texts that are not three parts of canonical base64url.

use super::{Corpus, HEADER, claims};
use countersign::jose::base64url::encode;

pub(crate) fn add(c: &mut Corpus) {
    let good = c.good_token();
    let parts: Vec<_> = good.split('.').map(String::from).collect();
    let [header, payload, signature] = &parts[..] else {
        unreachable!()
    };

    let clause = "RFC 7515 section 7.1";
    for (token, name) in [
        (String::new(), "nothing"),
        (".".into(), "one dot"),
        (header.clone(), "a header alone"),
        (format!("{header}.{payload}"), "no signature part"),
        (format!("{good}."), "a fourth, empty part"),
        (format!("{good}.{signature}"), "a fourth part"),
        (format!("{good}..."), "six parts"),
        (
            format!(
                "{{\"protected\":\"{header}\",\"payload\":\"{payload}\",\"signature\":\"{signature}\"}}"
            ),
            "the JSON form",
        ),
        (good.replace('.', ":"), "colons for dots"),
    ] {
        c.jwt("token_malformed", clause, name, token);
    }
    c.jwt(
        "token_encrypted",
        "RFC 7516 section 9",
        "five parts",
        format!("{header}.{payload}.{payload}.{payload}.{signature}"),
    );
    c.jwt("token_encrypted", "RFC 7516 section 9", "four dots", "....");

    let clause = "RFC 7515 section 2";
    for (token, name) in [
        (format!("Bearer {good}"), "with Bearer before it"),
        (format!(" {good}"), "with a space before it"),
        (
            format!("\u{feff}{good}"),
            "with a byte order mark before it",
        ),
        (format!("\"{good}\""), "in quotes"),
        (
            format!("{header}=.{payload}.{signature}"),
            "a padded header",
        ),
        (
            format!("{header}==.{payload}.{signature}"),
            "a header padded twice",
        ),
        (
            format!("%{}.{payload}.{signature}", &header[1..]),
            "a percent sign in the header",
        ),
        (
            format!("{}\n.{payload}.{signature}", header),
            "a line break after the header",
        ),
        (
            format!("{}é.{payload}.{signature}", header),
            "a letter beyond ASCII in the header",
        ),
        (
            format!("{}\0.{payload}.{signature}", header),
            "a NUL in the header",
        ),
    ] {
        c.jwt("header_not_base64url", clause, name, token);
    }
    c.jwt(
        "header_not_base64url",
        clause,
        "a header of one character",
        format!("A.{payload}.{signature}"),
    );
    // Signed over the spelling that is wrong, so that only the spelling is.
    let signed = |c: &Corpus, header: &str, payload: &str| {
        let input = format!("{header}.{payload}");
        format!("{input}.{}", encode(&c.es.sign(input.as_bytes())))
    };
    let spellings = |text: &[u8]| {
        // Two bytes more than a multiple of three: the last character has two unused bits.
        let plain = encode(text);
        let mut loose = plain.clone().into_bytes();
        *loose.last_mut().unwrap() += 1;
        [
            (format!("{plain}="), "padded"),
            (
                String::from_utf8(loose).unwrap(),
                "with stray bits at its end",
            ),
            (
                format!("{}+{}", &plain[..8], &plain[9..]),
                "with a plus sign",
            ),
            (format!("{}/{}", &plain[..8], &plain[9..]), "with a slash"),
            (
                format!("{}\r\n{}", &plain[..8], &plain[8..]),
                "with a line break",
            ),
            (format!("{plain}AA"), "of an impossible length"),
        ]
    };
    let mut json = HEADER.to_owned();
    while json.len() % 3 != 2 {
        json.push(' ');
    }
    for (text, how) in spellings(json.as_bytes()) {
        let token = signed(c, &text, payload);
        c.jwt(
            "header_not_base64url",
            clause,
            &format!("a header {how}, signed so"),
            token,
        );
    }
    let mut json = claims().to_string();
    while json.len() % 3 != 2 {
        json.push(' ');
    }
    for (text, how) in spellings(json.as_bytes()) {
        let token = signed(c, header, &text);
        c.jwt(
            "claims_not_base64url",
            clause,
            &format!("claims {how}, signed so"),
            token,
        );
    }
    let mut loose = signature.clone().into_bytes();
    *loose.last_mut().unwrap() += 1;
    for (text, name) in [
        (format!("{signature}="), "a padded signature"),
        (format!("{signature}=="), "a signature padded twice"),
        (
            String::from_utf8(loose).unwrap(),
            "a signature with stray bits at its end",
        ),
        (
            format!("+{}", &signature[1..]),
            "a signature with a plus sign",
        ),
        (format!("/{}", &signature[1..]), "a signature with a slash"),
        (format!("{signature}\n"), "a line break at the end"),
        (format!("{signature} "), "a space at the end"),
        (
            format!("{signature}AAA"),
            "a signature of an impossible length",
        ),
    ] {
        c.jwt(
            "signature_not_base64url",
            clause,
            name,
            format!("{header}.{payload}.{text}"),
        );
    }
    c.jwt(
        "token_too_large",
        "RFC 8259 section 9",
        "16385 characters",
        "a".repeat(16_385),
    );
    let pad = format!(
        r#"{{"alg":"ES256","kid":"es-1","typ":"JWT","pad":"{}"}}"#,
        "x".repeat(2048 - 48)
    );
    let token = c.es(&pad, &claims().to_string());
    c.jwt(
        "header_too_large",
        "RFC 8259 section 9",
        "a header of 2049 bytes",
        token,
    );
}
