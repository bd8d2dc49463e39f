//! One-time codes: forged, altered, expired, meant for another, or not codes at all.

use super::{Corpus, NOW};
use crate::signers::Ec;
use countersign::jose::base64url::encode;
use serde_json::json;

const USER: &str = "user_0123456789abcdef";

/// A code by `key`, in the spelling that its parts ask for.
struct Parts {
    scheme: String,
    target: String,
    user: String,
    exp: String,
    ts: String,
    n: String,
    k: String,
}

impl Parts {
    fn of(key: &Ec) -> Self {
        Self {
            scheme: "anx://".into(),
            target: "shop".into(),
            user: USER.into(),
            exp: "3600".into(),
            ts: NOW.to_string(),
            n: encode(&[7; 16]),
            k: key.thumbprint()[..8].into(),
        }
    }

    fn input(&self) -> String {
        let Self {
            scheme,
            target,
            user,
            exp,
            ts,
            n,
            k,
        } = self;
        format!("{scheme}{target}/{user}?exp={exp}&ts={ts}&n={n}&k={k}")
    }

    fn signed(&self, key: &Ec) -> String {
        sign(&self.input(), key)
    }
}

fn sign(input: &str, key: &Ec) -> String {
    let mut signature = key.sign(input.as_bytes());
    if signature[32] & 0x80 != 0 {
        super::signature::negate_s(&mut signature);
    }
    format!("{input}&sig={}", encode(&signature))
}

fn code(c: &mut Corpus, code: &'static str, name: &str, text: String) {
    checked(c, code, name, text, "shop", NOW, 0);
}

fn checked(
    c: &mut Corpus,
    code: &'static str,
    name: &str,
    text: String,
    target: &str,
    now: i64,
    tolerance: i64,
) {
    let expect = json!({"target": target, "now": now, "clock_tolerance": tolerance});
    c.add(
        code,
        "one-time codes, src/code/mod.rs",
        &format!("code: {name}"),
        "code",
        "all",
        text.into(),
        None,
        expect,
    );
}

/// Codes that are to be issued.
fn drafts(c: &mut Corpus) {
    let long = format!("user_{}", "a".repeat(32));
    for (code, name, target, user, issued_at, lifetime) in [
        ("valid", "as it should be", "shop", USER, NOW, 3600),
        (
            "code_target_malformed",
            "a target in upper case",
            "Shop",
            USER,
            NOW,
            3600,
        ),
        (
            "code_user_malformed",
            "a user without its prefix",
            "shop",
            "0123456789abcdef",
            NOW,
            3600,
        ),
        (
            "code_user_malformed",
            "a user in upper case",
            "shop",
            "user_ABC",
            NOW,
            3600,
        ),
        (
            "code_user_malformed",
            "a user with a dash",
            "shop",
            "user_a-b",
            NOW,
            3600,
        ),
        (
            "code_user_malformed",
            "a user of nothing",
            "shop",
            "user_",
            NOW,
            3600,
        ),
        (
            "code_time_out_of_range",
            "a life of zero",
            "shop",
            USER,
            NOW,
            0,
        ),
        (
            "code_time_out_of_range",
            "a life of more than an hour",
            "shop",
            USER,
            NOW,
            3601,
        ),
        (
            "code_time_out_of_range",
            "a time in milliseconds",
            "shop",
            USER,
            NOW * 1000,
            3600,
        ),
        (
            "code_time_out_of_range",
            "a negative time",
            "shop",
            USER,
            -NOW,
            3600,
        ),
        (
            "code_too_long",
            "a long target with a long user",
            &"t".repeat(48),
            &long,
            NOW,
            3600,
        ),
    ] {
        let expect =
            json!({"target": target, "user": user, "issued_at": issued_at, "lifetime": lifetime});
        c.add(
            code,
            "one-time codes, src/code/mod.rs",
            &format!("draft: {name}"),
            "draft",
            "",
            Vec::new(),
            None,
            expect,
        );
    }
}

pub(crate) fn add(c: &mut Corpus) {
    drafts(c);
    let good = Parts::of(&c.es).signed(&c.es);
    let with = |c: &Corpus, change: fn(&mut Parts)| {
        let mut parts = Parts::of(&c.es);
        change(&mut parts);
        parts.signed(&c.es)
    };

    code(c, "valid", "as it was issued", good.clone());
    checked(
        c,
        "valid",
        "at its last second",
        good.clone(),
        "shop",
        NOW + 3599,
        0,
    );
    checked(
        c,
        "valid",
        "expired within the tolerance",
        good.clone(),
        "shop",
        NOW + 3629,
        30,
    );
    checked(
        c,
        "valid",
        "early within the tolerance",
        good.clone(),
        "shop",
        NOW - 30,
        30,
    );
    let text = with(c, |p| p.exp = "1".into());
    code(c, "valid", "for one second", text);
    let text = with(c, |p| p.target = "t".repeat(48));
    checked(c, "valid", "a target of 48", text, &"t".repeat(48), NOW, 0);
    let text = with(c, |p| p.user = "user_x".into());
    code(c, "valid", "a short user id", text);

    checked(
        c,
        "code_expired",
        "at its expiry",
        good.clone(),
        "shop",
        NOW + 3600,
        0,
    );
    checked(
        c,
        "code_expired",
        "expired by the tolerance",
        good.clone(),
        "shop",
        NOW + 3630,
        30,
    );
    checked(
        c,
        "code_expired",
        "a year old",
        good.clone(),
        "shop",
        NOW + 31_536_000,
        600,
    );
    checked(
        c,
        "code_not_yet_valid",
        "a second early",
        good.clone(),
        "shop",
        NOW - 1,
        0,
    );
    checked(
        c,
        "code_not_yet_valid",
        "early by more than the tolerance",
        good.clone(),
        "shop",
        NOW - 31,
        30,
    );
    for target in ["bank", "sho", "shop2", "shop.", "0shop"] {
        checked(
            c,
            "code_target_mismatch",
            &format!("for another than {target}"),
            good.clone(),
            target,
            NOW,
            0,
        );
    }
    for target in [
        "",
        "Shop",
        "shop/",
        " shop",
        "-shop",
        &"t".repeat(49),
        "sh\u{f6}p",
    ] {
        checked(
            c,
            "code_target_malformed",
            &format!("the caller is {target:?}"),
            good.clone(),
            target,
            NOW,
            0,
        );
    }
    checked(
        c,
        "expected_time_out_of_range",
        "the caller's time in milliseconds",
        good.clone(),
        "shop",
        NOW * 1000,
        0,
    );
    checked(
        c,
        "expected_time_out_of_range",
        "a negative tolerance",
        good.clone(),
        "shop",
        NOW,
        -1,
    );
    checked(
        c,
        "expected_tolerance_too_large",
        "a tolerance of 601 seconds",
        good.clone(),
        "shop",
        NOW,
        601,
    );

    let text = Parts::of(&c.es_other).input();
    let forged = sign(&text, &c.es);
    code(
        c,
        "code_signature_invalid",
        "by another key than it names",
        forged,
    );
    let stranger = Ec::new("stranger");
    code(
        c,
        "code_key_unknown",
        "by a stranger",
        Parts::of(&stranger).signed(&stranger),
    );
    let text = sign(&Parts::of(&c.es).input(), &stranger);
    code(
        c,
        "code_signature_invalid",
        "by a stranger, with an honest name",
        text,
    );
    let text = with(c, |p| p.k = "AAAAAAAA".into());
    code(c, "code_key_unknown", "with the name of no key", text);
    let rsa =
        countersign::jose::PublicKey::from_jwk(format!("{{{}}}", c.rs.jwk()).as_bytes()).unwrap();
    let mut parts = Parts::of(&c.es);
    parts.k = encode(rsa.thumbprint())[..8].into();
    let text = parts.signed(&c.es);
    code(c, "code_key_unknown", "with the name of an RSA key", text);
    for (from, to, name) in [
        ("shop", "bank", "another target"),
        ("cdef", "cdee", "another user"),
        ("exp=3600", "exp=3599", "a shorter life"),
        ("&ts=17", "&ts=18", "a later time"),
        ("&n=Bwc", "&n=Cwc", "another nonce"),
    ] {
        code(
            c,
            "code_signature_invalid",
            name,
            good.replacen(from, to, 1),
        );
    }
    let (input, signature) = good.split_once("&sig=").unwrap();
    let zero = format!("{input}&sig={}", encode(&[0; 64]));
    code(c, "code_signature_invalid", "a signature of zeros", zero);
    let token = c.good_token();
    let of_token = token.rsplit('.').next().unwrap();
    let raw = countersign::jose::base64url::decode(of_token.as_bytes()).unwrap();
    let mut raw: [u8; 64] = raw.try_into().unwrap();
    if raw[32] & 0x80 != 0 {
        super::signature::negate_s(&mut raw);
    }
    code(
        c,
        "code_signature_invalid",
        "the signature of a token",
        format!("{input}&sig={}", encode(&raw)),
    );

    // Signed by the honest key, so that only the form is wrong.
    type Change = (&'static str, fn(&mut Parts));
    let changes: [Change; 24] = [
        ("another scheme", |p| p.scheme = "any://".into()),
        ("the scheme in upper case", |p| p.scheme = "ANX://".into()),
        ("one slash", |p| p.scheme = "anx:/".into()),
        ("no target", |p| p.target = String::new()),
        ("a target in upper case", |p| p.target = "Shop".into()),
        ("a target that starts with a dash", |p| {
            p.target = "-shop".into()
        }),
        ("a target of 49", |p| p.target = "t".repeat(49)),
        ("an escaped target", |p| p.target = "%73hop".into()),
        ("two path segments", |p| p.target = "shop/x".into()),
        ("no user", |p| p.user = String::new()),
        ("a user without its prefix", |p| {
            p.user = "0123456789abcdef".into()
        }),
        ("a user in upper case", |p| p.user = "user_ABC".into()),
        ("a user of 33", |p| {
            p.user = format!("user_{}", "a".repeat(33))
        }),
        ("a life of zero", |p| p.exp = "0".into()),
        ("a life of a day", |p| p.exp = "86400".into()),
        ("a life with a zero before it", |p| p.exp = "0600".into()),
        ("a life with a sign", |p| p.exp = "+600".into()),
        ("a time in milliseconds", |p| {
            p.ts = (NOW * 1000).to_string()
        }),
        ("a time of nine digits", |p| p.ts = "999999999".into()),
        ("a negative time", |p| p.ts = "-176722560".into()),
        ("a nonce of 15 bytes", |p| p.n = encode(&[7; 15])),
        ("a nonce with stray bits", |p| {
            p.n = format!("{}x", &encode(&[7; 16])[..21])
        }),
        ("a padded nonce", |p| p.n.push('=')),
        ("a key name of nine", |p| p.k.push('A')),
    ];
    for (name, change) in changes {
        let text = with(c, change);
        code(c, "code_malformed", name, text);
    }
    let input = input.to_owned();
    for (name, changed) in [
        ("no nonce", input.replace("&n=", "&m=")),
        ("a parameter more", format!("{input}&x=1")),
        (
            "exp twice",
            input.replace("?exp=3600", "?exp=3600&exp=3600"),
        ),
        (
            "parameters in another order",
            input.replace(&format!("exp=3600&ts={NOW}"), &format!("ts={NOW}&exp=3600")),
        ),
        (
            "as documented, without nonce and key",
            input[..input.find("&n=").unwrap()].to_owned(),
        ),
    ] {
        let text = sign(&changed, &c.es);
        code(c, "code_malformed", name, text);
    }
    for (name, text) in [
        ("nothing", String::new()),
        ("no signature", input.clone()),
        ("an empty signature", format!("{input}&sig=")),
        ("a signature cut short", good[..good.len() - 1].to_owned()),
        ("a padded signature", format!("{good}==")),
        ("a line break at the end", format!("{good}\n")),
        ("a space before it", format!(" {good}")),
        ("a fragment", format!("{good}#x")),
        ("the other s", {
            let raw = countersign::jose::base64url::decode(signature.as_bytes()).unwrap();
            let mut raw: [u8; 64] = raw.try_into().unwrap();
            super::signature::negate_s(&mut raw);
            format!("{input}&sig={}", encode(&raw))
        }),
        ("letters beyond ASCII", good.replace("shop", "sh\u{f6}p")),
    ] {
        code(c, "code_malformed", name, text);
    }
    code(
        c,
        "code_malformed",
        "a token for a code",
        token[..239.min(token.len())].to_owned(),
    );
    code(
        c,
        "code_too_long",
        "240 characters",
        format!("{good}{}", "A".repeat(240 - good.len())),
    );
    let text = with(c, |p| {
        p.target = "t".repeat(48);
        p.user = format!("user_{}", "a".repeat(32));
    });
    code(c, "code_too_long", "a long target with a long user", text);
}
