//! Claims that are not what the caller expects, each signed by the honest key; and callers
//! that expect what cannot be.

use super::{AUDIENCE, Corpus, HEADER, ISSUER, NOW, claims, claims_with};
use serde_json::{Value, json};

pub(crate) fn add(c: &mut Corpus) {
    parties(c);
    times(c);
    others(c);
    access_tokens(c);
    expectations(c);
}

fn changed(
    c: &mut Corpus,
    code: &'static str,
    clause: &str,
    name: &str,
    changes: Value,
    expect: Value,
) {
    let token = c.es(HEADER, &claims_with(&changes));
    c.jwt_with(code, clause, name, token, "all", &expect);
}

/// A claim with a value that `claims_with` cannot write, null among them.
fn raw(c: &mut Corpus, code: &'static str, clause: &str, claim: &str, value: &str) {
    let document = claims_with(&json!({ claim: null }));
    let payload = document.replacen('{', &format!("{{\"{claim}\":{value},"), 1);
    let token = c.es(HEADER, &payload);
    c.jwt(code, clause, &format!("{claim} is {value}"), token);
}

fn parties(c: &mut Corpus) {
    for (claim, code, clause) in [
        ("iss", "issuer_malformed", "RFC 7519 section 4.1.1"),
        ("sub", "subject_malformed", "RFC 7519 section 4.1.2"),
        ("jti", "token_id_malformed", "RFC 7519 section 4.1.7"),
        ("client_id", "client_id_malformed", "RFC 8693 section 4.3"),
    ] {
        for value in ["null", "1", "[\"x\"]", "{}", "false"] {
            raw(c, code, clause, claim, value);
        }
    }
    for value in [
        "null",
        "1",
        "{}",
        "[]",
        "[1]",
        "[null]",
        "[[\"https://api.example\"]]",
        "[\"https://api.example\",1]",
        "true",
    ] {
        raw(
            c,
            "audience_malformed",
            "RFC 7519 section 4.1.3",
            "aud",
            value,
        );
    }
    let clause = "RFC 8725 section 3.8";
    changed(
        c,
        "issuer_missing",
        clause,
        "no iss",
        json!({"iss": null}),
        json!({}),
    );
    for iss in [
        "",
        "https://issuer.example/",
        "https://issuer.example:443",
        "https://ISSUER.example",
        "http://issuer.example",
        "https://issuer.example.attacker.example",
        "https://issuer.exampl",
        " https://issuer.example",
        "https://issuer.example\u{0}",
        "https://issuer.ex\u{430}mple",
        "https://issuer.example#",
        "https:\\issuer.example",
    ] {
        changed(
            c,
            "issuer_mismatch",
            clause,
            &format!("iss {iss:?}"),
            json!({"iss": iss}),
            json!({}),
        );
    }
    let clause = "RFC 8725 section 3.9";
    changed(
        c,
        "audience_missing",
        clause,
        "no aud",
        json!({"aud": null}),
        json!({}),
    );
    for aud in [
        json!(""),
        json!("https://api.example/"),
        json!("https://api.example/v1"),
        json!("https://API.example"),
        json!("api.example"),
        json!("https://other.example"),
        json!("*"),
        json!([""]),
        json!([
            "https://other.example",
            "https://api.example.attacker.example"
        ]),
        json!("https://other.example https://api.example"),
        json!("https://other.example,https://api.example"),
    ] {
        changed(
            c,
            "audience_mismatch",
            clause,
            &format!("aud {aud}"),
            json!({"aud": aud}),
            json!({}),
        );
    }
    let many: Vec<_> = (0..33).map(|_| AUDIENCE).collect();
    changed(
        c,
        "audience_too_many",
        clause,
        "33 audiences",
        json!({"aud": many}),
        json!({}),
    );
}

fn times(c: &mut Corpus) {
    for (claim, code, clause) in [
        ("exp", "expiration_malformed", "RFC 7519 section 4.1.4"),
        ("nbf", "not_before_malformed", "RFC 7519 section 4.1.5"),
        ("iat", "issued_at_malformed", "RFC 7519 section 4.1.6"),
    ] {
        for value in [
            "null",
            "\"1767225900\"",
            "1767225900.5",
            "1767225900.0",
            "1.7672259e9",
            "1767225900000",
            "-1",
            "-0",
            "253402300800",
            "9007199254740993",
            "18446744073709551616",
            "[1767225900]",
            "{}",
            "true",
        ] {
            raw(c, code, clause, claim, value);
        }
    }
    changed(
        c,
        "expiration_missing",
        "RFC 7519 section 4.1.4",
        "no exp",
        json!({"exp": null}),
        json!({}),
    );
    for (exp, tolerance, name) in [
        (NOW, 0, "at exp"),
        (NOW - 1, 0, "a second after exp"),
        (NOW - 30, 30, "expired by the tolerance"),
        (0, 600, "expired in 1970"),
        (NOW - 86_400, 600, "expired a day ago"),
    ] {
        changed(
            c,
            "expired",
            "RFC 7519 section 4.1.4",
            name,
            json!({"exp": exp}),
            json!({"clock_tolerance": tolerance}),
        );
    }
    for (nbf, tolerance, name) in [
        (NOW + 1, 0, "a second before nbf"),
        (NOW + 31, 30, "early by more than the tolerance"),
        (253_402_300_799, 600, "nbf in the year 9999"),
    ] {
        changed(
            c,
            "not_yet_valid",
            "RFC 7519 section 4.1.5",
            name,
            json!({"nbf": nbf}),
            json!({"clock_tolerance": tolerance}),
        );
    }
    for (iat, tolerance, name) in [
        (NOW + 1, 0, "issued in a second"),
        (NOW + 31, 30, "issued ahead by more than the tolerance"),
    ] {
        changed(
            c,
            "issued_in_future",
            "RFC 7519 section 4.1.6",
            name,
            json!({"iat": iat}),
            json!({"clock_tolerance": tolerance}),
        );
    }
    for (age, tolerance, name) in [
        (9, 0, "a second too old"),
        (4, 5, "too old by more than the tolerance"),
        (0, 0, "not issued this second"),
    ] {
        changed(
            c,
            "token_too_old",
            "RFC 7519 section 4.1.6",
            name,
            json!({}),
            json!({"max_token_age": age, "clock_tolerance": tolerance}),
        );
    }
    changed(
        c,
        "issued_at_missing",
        "RFC 7519 section 4.1.6",
        "no iat, where age is limited",
        json!({"iat": null}),
        json!({"max_token_age": 60}),
    );
}

fn others(c: &mut Corpus) {
    for value in [
        "null",
        "1",
        "[\"a\"]",
        "\" a\"",
        "\"a \"",
        "\"a  b\"",
        "\"a\\tb\"",
        "\"a\\\"b\"",
        "\"é\"",
        "{}",
    ] {
        raw(c, "scope_malformed", "RFC 8693 section 4.2", "scope", value);
    }
    for value in [
        "null",
        "1",
        "[1]",
        "[\"a b\"]",
        "[\"\"]",
        "\" a\"",
        "{\"a\":true}",
    ] {
        raw(c, "scope_malformed", "RFC 8693 section 4.2", "scp", value);
    }
    let clause = "RFC 6750 section 3.1";
    for (scope, scp, name) in [
        (
            json!("calendar:read"),
            json!(null),
            "a scope that is not there",
        ),
        (json!(null), json!(null), "no scope at all"),
        (json!("mail:sender"), json!(null), "a longer scope"),
        (json!("mail"), json!(null), "a shorter scope"),
        (json!("MAIL:SEND"), json!(null), "a scope in upper case"),
        (json!("*"), json!(null), "a star"),
        (json!(null), json!(["mail:read"]), "another scope in a list"),
        (json!(""), json!([]), "two empty scopes"),
    ] {
        changed(
            c,
            "scope_missing",
            clause,
            name,
            json!({"scope": scope, "scp": scp}),
            json!({"required_scopes": ["mail:send"]}),
        );
    }
    changed(
        c,
        "scope_missing",
        clause,
        "one of two scopes",
        json!({"scope": "mail:send"}),
        json!({"required_scopes": ["mail:send", "mail:read"]}),
    );
    let clause = "RFC 7519 section 4";
    for (claim, name) in [
        ("email", "a required claim that is not there"),
        ("SUB", "a required claim in upper case"),
        ("", "a required claim without a name"),
    ] {
        changed(
            c,
            "claim_missing",
            clause,
            name,
            json!({}),
            json!({"required_claims": ["sub", claim]}),
        );
    }
    let payload = claims().to_string().replacen('{', r#"{"email":null,"#, 1);
    let token = c.es(HEADER, &payload);
    c.jwt_with(
        "claim_missing",
        clause,
        "a required claim that is null",
        token,
        "all",
        &json!({"required_claims": ["email"]}),
    );
    changed(
        c,
        "claim_missing",
        clause,
        "a required claim within another",
        json!({"ext": {"email": "x"}}),
        json!({"required_claims": ["email"]}),
    );
}

/// RFC 9068 section 2.2
fn access_tokens(c: &mut Corpus) {
    let header = HEADER.replace("JWT", "at+jwt");
    for (claim, code) in [
        ("iss", "issuer_missing"),
        ("exp", "expiration_missing"),
        ("aud", "audience_missing"),
        ("sub", "subject_missing"),
        ("client_id", "client_id_missing"),
        ("iat", "issued_at_missing"),
        ("jti", "token_id_missing"),
    ] {
        let token = c.es(&header, &claims_with(&json!({ claim: null })));
        // With every leniency: the kind requires what the caller would let through.
        let expect = json!({"typ": "at+jwt", "issuer": null, "audiences": null, "leniency":
            {"without_expiry": true, "any_issuer": true, "any_audience": true, "untyped": true}});
        c.jwt_with(
            code,
            "RFC 9068 section 2.2",
            &format!("an access token without {claim}"),
            token,
            "all",
            &expect,
        );
    }
}

fn expectations(c: &mut Corpus) {
    let many: Vec<_> = (0..65).map(|i| format!("x{i}")).collect();
    for (expect, code, clause, name) in [
        (
            json!({"issuer": null}),
            "expected_issuer_missing",
            "RFC 8725 section 3.8",
            "the caller expects no issuer",
        ),
        (
            json!({"issuer": ""}),
            "expected_issuer_missing",
            "RFC 8725 section 3.8",
            "the caller expects an empty issuer",
        ),
        (
            json!({"audiences": null}),
            "expected_audience_missing",
            "RFC 8725 section 3.9",
            "the caller expects no audience",
        ),
        (
            json!({"audiences": []}),
            "expected_audience_missing",
            "RFC 8725 section 3.9",
            "the caller expects an empty list",
        ),
        (
            json!({"now": NOW * 1000}),
            "expected_time_out_of_range",
            "RFC 7519 section 2",
            "the caller's time in milliseconds",
        ),
        (
            json!({"now": -1}),
            "expected_time_out_of_range",
            "RFC 7519 section 2",
            "the caller's time before 1970",
        ),
        (
            json!({"clock_tolerance": -1}),
            "expected_time_out_of_range",
            "RFC 7519 section 2",
            "a negative tolerance",
        ),
        (
            json!({"max_token_age": -1}),
            "expected_time_out_of_range",
            "RFC 7519 section 2",
            "a negative age",
        ),
        (
            json!({"clock_tolerance": 601}),
            "expected_tolerance_too_large",
            "RFC 7519 section 4.1.4",
            "a tolerance of 601 seconds",
        ),
        (
            json!({"required_claims": many}),
            "expected_too_many",
            "RFC 7519 section 4",
            "65 claims required",
        ),
        (
            json!({"required_scopes": many}),
            "expected_too_many",
            "RFC 7519 section 4",
            "65 scopes required",
        ),
        (
            json!({"audiences": many}),
            "expected_too_many",
            "RFC 7519 section 4",
            "65 audiences expected",
        ),
    ] {
        let token = c.good_token();
        c.jwt_with(code, clause, name, token, "all", &expect);
    }
    // What the caller asks is judged before the token, and an issuer named is never waived.
    changed(
        c,
        "issuer_mismatch",
        "leniency any_issuer",
        "another issuer than named, though any is allowed",
        json!({"iss": "x"}),
        json!({"issuer": ISSUER, "leniency": {"any_issuer": true}}),
    );
    changed(
        c,
        "audience_mismatch",
        "leniency any_audience",
        "another audience than named, though any is allowed",
        json!({"aud": "x"}),
        json!({"leniency": {"any_audience": true}}),
    );
    changed(
        c,
        "expired",
        "leniency without_expiry",
        "expired, though no exp is needed",
        json!({"exp": NOW}),
        json!({"leniency": {"without_expiry": true}}),
    );
}
