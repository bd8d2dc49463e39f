//! Base64url, JSON, key sets and one-time codes: what is read is what was written.

use countersign::code;
use countersign::jcs::canonicalize as canonical;
use countersign::jose::json::{Limits, Members, Value};
use countersign::jose::{PublicKey, base64url, import_jwks};
use serde_json::Value as Tree;

const LIMITS: Limits = Limits::TOKEN;

/// What decodes is the encoding of what it decodes to, and nothing else is.
pub fn base64url(data: &[u8]) {
    if let Ok(bytes) = base64url::decode(data) {
        assert_eq!(base64url::encode(&bytes).as_bytes(), data);
    }
    let encoded = base64url::encode(data);
    assert_eq!(base64url::decode(encoded.as_bytes()).as_deref(), Ok(data));
}

/// What is read, `serde_json` reads too, and to the same values.
pub fn json(data: &[u8]) {
    let Ok(mut members) = Members::of(data, LIMITS) else {
        return;
    };
    let mut read = Vec::new();
    loop {
        match members.next() {
            Ok(Some(member)) => read.push(member),
            Ok(None) => break,
            Err(error) => {
                assert!(error.offset <= data.len());
                return;
            }
        }
    }
    let tree: Tree = serde_json::from_slice(data).expect("what is read is JSON");
    let tree = tree.as_object().expect("an object");
    assert_eq!(tree.len(), read.len(), "no name twice");
    for (name, value) in read {
        let theirs = tree.get(&*name.decode()).expect("the same names");
        same(&value, theirs);
    }
}

fn same(ours: &Value<'_>, theirs: &Tree) {
    match (ours, theirs) {
        (Value::Null, Tree::Null) => {}
        (Value::Bool(a), Tree::Bool(b)) => assert_eq!(a, b),
        (Value::Number(a), Tree::Number(b)) => {
            if let Some(integer) = a.as_integer() {
                assert_eq!(Some(integer), b.as_i64());
            }
        }
        (Value::String(a), Tree::String(b)) => {
            assert_eq!(&*a.decode(), b);
            assert!(a.is(b));
        }
        (Value::Array(a), Tree::Array(b)) => {
            assert_eq!(a.elements().count(), b.len());
            a.elements().zip(b).for_each(|(a, b)| same(&a, b));
        }
        (Value::Object(a), Tree::Object(b)) => {
            let mut members = a.members();
            let mut count = 0;
            while let Some((name, value)) = members.next().expect("checked before") {
                same(&value, b.get(&*name.decode()).expect("the same names"));
                count += 1;
            }
            assert_eq!(count, b.len());
        }
        (ours, theirs) => panic!("{ours:?} is not {theirs}"),
    }
}

/// Keys are read or refused; an error says which key and what.
pub fn jwks(data: &[u8]) {
    match import_jwks(data) {
        Ok(set) => {
            assert!((1..=64).contains(&set.keys().len()));
            let tree: Tree = serde_json::from_slice(data).expect("JSON");
            let all = tree["keys"].as_array().expect("a list").len();
            assert_eq!(all, set.keys().len() + set.skipped().len());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let _ = PublicKey::from_jwk(data);
}

/// What is read as a code is one, and prints as it was read.
pub fn code(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(read) = code::parse(text) else { return };
    assert!(text.len() <= code::MAX_CODE);
    let again = format!(
        "anx://{}/{}?exp={}&ts={}&n={}&k={}&sig={}",
        read.target,
        read.user,
        read.lifetime,
        read.issued_at,
        base64url::encode(&read.nonce),
        base64url::encode(&read.key),
        base64url::encode(&read.signature),
    );
    assert_eq!(again, text);
    let signed = again.rsplit_once("&sig=").expect("a signature").0;
    assert_eq!(signed.as_bytes(), read.signing_input());
}

/// The canonical spelling of a value is JSON of that value, and its own canonical spelling
/// (RFC 8785).
pub fn canonicalize(data: &[u8]) {
    let Ok(text) = canonical(data, LIMITS) else {
        return;
    };
    assert_eq!(canonical(text.as_bytes(), LIMITS).as_deref(), Ok(&*text));
    let meant: Tree = serde_json::from_slice(data).expect("what is read is JSON");
    let written: Tree = serde_json::from_str(&text).expect("what is written is JSON");
    assert!(alike(&meant, &written), "{meant} is not {written}");
}

/// The same value, where a number is its double: RFC 8785 section 3.2.2.3 has no other.
fn alike(a: &Tree, b: &Tree) -> bool {
    match (a, b) {
        (Tree::Number(a), Tree::Number(b)) => a.as_f64() == b.as_f64(),
        (Tree::Array(a), Tree::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
        }
        (Tree::Object(a), Tree::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, a)| b.get(name).is_some_and(|b| alike(a, b)))
        }
        (a, b) => a == b,
    }
}
