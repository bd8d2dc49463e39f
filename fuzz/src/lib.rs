//! Fuzz targets: what must hold for any bytes whatever. A target panics where it does not.
//!
//! The same functions run under libFuzzer on nightly (`cargo +nightly fuzz run token`, from
//! the root of the repository) and, without any tool, on stable:
//! `cargo run --release --no-default-features --example stable -- 60` gives each target an
//! equal share of 60 seconds, with mutations of the corpus in `tests/vectors` that are the same
//! each time.

mod grants;
mod parsers;
mod signatures;
mod tokens;

use countersign::jose::{KeySet, base64url, import_jwks};
use serde_json::Value as Tree;
use std::sync::LazyLock;

/// A target, by its name.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 12] = [
    ("base64url", parsers::base64url),
    ("json", parsers::json),
    ("jwks", parsers::jwks),
    ("code", parsers::code),
    ("canonicalize", parsers::canonicalize),
    ("token", tokens::token),
    ("claims", tokens::claims),
    ("es256", signatures::es256),
    ("rs256", signatures::rs256),
    ("grant", grants::grant),
    ("status_list", grants::status_list),
    ("trail", grants::trail),
];

/// Runs a target by its name.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    target.expect("a target of this name").1(data);
}

const NOW: i64 = 1_767_225_600;

/// The corpus that the tests generate: keys, and inputs to begin with.
static CORPUS: LazyLock<Tree> = LazyLock::new(|| {
    let text = include_str!("../../tests/vectors/corpus.json");
    serde_json::from_str(text).expect("the corpus is JSON")
});

static KEYS: LazyLock<KeySet> = LazyLock::new(|| {
    let jwks = CORPUS["keys"]["all"].as_str().expect("a set named all");
    import_jwks(jwks.as_bytes()).expect("good keys")
});

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = vec![CORPUS["keys"]["all"].as_str().unwrap_or_default().into()];
    for case in CORPUS["cases"].as_array().into_iter().flatten() {
        let input = case["input"].as_str().unwrap_or_default().as_bytes();
        // What is inside a token is worth changing where it is not encoded.
        let parts: Vec<_> = input
            .split(|byte| *byte == b'.')
            .take(3)
            .filter_map(|part| base64url::decode(part).ok())
            .filter(|bytes| bytes.len() > 1)
            .collect();
        if let [header, payload, ..] = &parts[..] {
            seeds.push([&header[..], b"\n", payload].concat());
        }
        seeds.extend(parts);
        seeds.push(input.to_vec());
    }
    seeds.extend(grants::seeds());
    seeds.retain(|seed| seed.len() < 4096);
    seeds
}
