//! Audit trails: whole, changed, cut, swapped, and what is none.

use super::Vectors;
use core::slice;
use countersign::mac::hex;
use serde_json::{Value, json};

const FIRST: &str = "ac8e6fea682af152e47aff4e975c25bc33a68309f6186f252c2f5f8e1ffacfc9";
const SECOND: &str = "8d1f5c64a535ddb784417d9161e0cc53f17132f3c92dfa49ad155999801159b7";
const METADATA: &str = r#"{"9":"nine","10":"ten","z":1,"a":{"y":[1,-2,{"b":true,"a":null}],"x":"é✓\"\\\n/"},"Z":"","f":1.5,"g":1e+21,"e":1e-7,"i":100,"u":"\u0001\u2028\ud83d\ude00"}"#;

/// What all entries have in common, in the order in which it is hashed.
const COMMON: &str = r#""agentId":"ag_01HZZZZZZZZZZZZZZZZZZZZZZ2","agentDid":"did:grantex:ag_01HZZZZZZZZZZZZZZZZZZZZZZ2","grantId":"grnt_01HZZZZZZZZZZZZZZZZZZZZZZ3","principalId":"usr_1","developerId":"dev_01HZZZZZZZZZZZZZZZZZZZZZZ4","action":"email.sent""#;
const AT: &str = r#""timestamp":"2026-02-28T12:00:00.000Z""#;

/// An entry on the wire.
fn entry(id: &str, metadata: &str, previous: Option<&str>, status: &str, hash: &str) -> String {
    let previous = json!(previous);
    format!(
        r#"{{"entryId":"{id}",{COMMON},"metadata":{metadata},"hash":"{hash}","prevHash":{previous},{AT},"status":"{status}"}}"#
    )
}

/// An entry whose metadata is given as it is sent and as it is hashed, and its hash: of the
/// text that the protocol prescribes, by another implementation of SHA-256.
fn hashed(id: &str, [sent, canonical]: [&str; 2], previous: Option<&str>) -> (String, String) {
    let link = json!(previous);
    let text = format!(
        r#"{{"id":"{id}",{COMMON},"metadata":{canonical},{AT},"prevHash":{link},"status":"success"}}"#
    );
    let hash = hex::encode(&crate::signers::sha256(text.as_bytes()));
    (entry(id, sent, previous, "success", &hash), hash)
}

/// Entries with metadata as it is sent and as it is hashed, and the hash of each.
fn chain(metadata: &[[&str; 2]]) -> (Vec<String>, Vec<String>) {
    let (mut entries, mut hashes) = (Vec::new(), Vec::<String>::new());
    for (i, both) in metadata.iter().enumerate() {
        let (entry, hash) = hashed(
            &format!("alog_{i}"),
            *both,
            hashes.last().map(String::as_str),
        );
        entries.push(entry);
        hashes.push(hash);
    }
    (entries, hashes)
}

fn list(entries: &[String]) -> String {
    format!("[{}]", entries.join(","))
}

/// Each as it may be sent, and the one text that is hashed (RFC 8785).
const SPELLINGS: &[[&str; 2]] = &[
    ["{}", "{}"],
    [r#"{ "b" : 1 , "a" : 2 }"#, r#"{"a":2,"b":1}"#],
    [
        r#"{"n":[1.0,-0.0,1e21,1e-7,0.000001,100000000000000000000]}"#,
        r#"{"n":[1,0,1e+21,1e-7,0.000001,100000000000000000000]}"#,
    ],
    [
        r#"{"n":[9007199254740993,5e-324,1.7976931348623157e307,0.1,-1.5E2]}"#,
        r#"{"n":[9007199254740992,5e-324,1.7976931348623158e+307,0.1,-150]}"#,
    ],
    [
        r#"{"u":"\u20ac\u0041\/\b\f\n\r\t\u000f"}"#,
        "{\"u\":\"\u{20ac}A/\\b\\f\\n\\r\\t\\u000f\"}",
    ],
    // UTF-16 order: the emoji's first half comes before U+FB33.
    [
        "{\"\u{fb33}\":1,\"\u{1f600}\":2,\"\u{20ac}\":3}",
        "{\"\u{20ac}\":3,\"\u{1f600}\":2,\"\u{fb33}\":1}",
    ],
    [
        r#"{"deep":{"z":[],"a":{}},"":null,"t":true}"#,
        r#"{"":null,"deep":{"a":{},"z":[]},"t":true}"#,
    ],
];

impl Vectors {
    fn trail(&mut self, code: &str, name: &str, text: &str, start: &str, more: Value) {
        let mut given = json!({"text": text, "start": start});
        given
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.add(code, "Grantex section 9", name, "audit", given);
    }

    fn whole(&mut self, name: &str, text: &str, start: &str, head: Option<&str>) {
        let more = head.map_or(json!({}), |head| json!({"head": head}));
        self.trail("valid", name, text, start, more);
    }

    fn broken(&mut self, code: &str, name: &str, entries: &[String], start: &str, at: usize) {
        self.trail(code, name, &list(entries), start, json!({"at": at}));
    }
}

pub(super) fn add(v: &mut Vectors) {
    published(v);
    whole(v);
    tampered(v);
    malformed(v);
}

fn published(v: &mut Vectors) {
    let first = entry(
        "alog_01HZZZZZZZZZZZZZZZZZZZZZZ1",
        "{}",
        None,
        "success",
        FIRST,
    );
    let second = entry(
        "alog_01HZZZZZZZZZZZZZZZZZZZZZZ5",
        METADATA,
        Some(FIRST),
        "blocked",
        SECOND,
    );
    v.whole(
        "vector 1",
        &list(slice::from_ref(&first)),
        "genesis",
        Some(FIRST),
    );
    v.whole(
        "vector 2 after vector 1",
        &list(slice::from_ref(&second)),
        FIRST,
        Some(SECOND),
    );
    let both = [first, second];
    v.whole("both vectors", &list(&both), "genesis", Some(SECOND));
    let page = format!(
        r#"{{"entries":{},"total":2,"page":1,"pageSize":20}}"#,
        list(&both)
    );
    v.whole("both vectors as a page", &page, "genesis", Some(SECOND));
}

fn whole(v: &mut Vectors) {
    for (i, spelling) in SPELLINGS.iter().enumerate() {
        let (entries, hashes) = chain(&[*spelling]);
        v.whole(
            &format!("spelling {}", i + 1),
            &list(&entries),
            "genesis",
            hashes.last().map(String::as_str),
        );
    }
    let (entries, hashes) = chain(SPELLINGS);
    v.whole(
        "a chain of them",
        &list(&entries),
        "genesis",
        Some(&hashes[6]),
    );
    v.whole(
        "a page from the middle",
        &list(&entries[2..5]),
        "anywhere",
        Some(&hashes[4]),
    );
    v.whole(
        "a page after what is trusted",
        &list(&entries[2..]),
        &hashes[1],
        Some(&hashes[6]),
    );
    v.whole("no entry", "[]", "genesis", None);
    let more = entries[0].replacen('{', r#"{"note":"beside what is hashed","#, 1);
    v.whole(
        "a member beside what is hashed",
        &list(&[more]),
        "genesis",
        Some(&hashes[0]),
    );
}

fn tampered(v: &mut Vectors) {
    let (entries, hashes) = chain(SPELLINGS);
    let edit = |at: usize, from: &str, to: &str| {
        let mut edited = entries.clone();
        edited[at] = edited[at].replacen(from, to, 1);
        assert_ne!(edited[at], entries[at], "{from}");
        edited
    };
    for (name, from, to) in [
        ("id", "alog_3", "alog_9"),
        ("agent", "\"ag_01", "\"ag_02"),
        ("DID", "did:grantex:ag_01", "did:grantex:ag_02"),
        ("grant", "grnt_01", "grnt_02"),
        ("principal", "usr_1", "usr_2"),
        ("developer", "dev_01", "dev_02"),
        ("action", "email.sent", "email.read"),
        ("metadata", "0.1", "0.2"),
        ("time", "12:00:00.000Z", "12:00:00.001Z"),
        ("status", "success", "failure"),
        ("hash", &hashes[3][..8], &hashes[2][..8]),
    ] {
        v.broken(
            "content",
            &format!("another {name}"),
            &edit(3, from, to),
            "genesis",
            3,
        );
    }
    let upper = hashes[3].to_ascii_uppercase();
    v.broken(
        "content",
        "a hash in capitals",
        &edit(3, &hashes[3], &upper),
        "genesis",
        3,
    );
    v.broken(
        "link",
        "another link",
        &edit(3, &hashes[2], &hashes[1]),
        "genesis",
        3,
    );
    v.broken(
        "link",
        "the first one left out",
        &entries[1..],
        "genesis",
        0,
    );
    let mut cut = entries.clone();
    cut.remove(2);
    v.broken("link", "one left out", &cut, "genesis", 2);
    let mut twice = entries.clone();
    twice.insert(3, entries[2].clone());
    v.broken("link", "one put in twice", &twice, "genesis", 3);
    let mut swapped = entries.clone();
    swapped.swap(1, 2);
    v.broken("link", "two swapped", &swapped, "genesis", 1);
    v.broken(
        "link",
        "after another than is trusted",
        &entries[2..],
        &hashes[0],
        0,
    );
    v.broken(
        "content",
        "changed on a page from the middle",
        &edit(3, "usr_1", "usr_2")[2..],
        "anywhere",
        1,
    );
}

fn malformed(v: &mut Vectors) {
    let (entries, _) = chain(&SPELLINGS[..2]);
    let edit = |from: &str, to: &str| [entries[0].clone(), entries[1].replacen(from, to, 1)];
    for (name, from, to) in [
        ("without metadata", r#""metadata":"#, r#""metadate":"#),
        ("without an agent", r#""agentId":"#, r#""agent":"#),
        ("two ids", "{", r#"{"id":"alog_1","#),
        ("a status that is a number", r#""success""#, "1"),
    ] {
        v.broken("malformed", name, &edit(from, to), "genesis", 1);
    }
    v.broken(
        "malformed",
        "a text for an entry",
        &[entries[0].clone(), r#""x""#.into()],
        "genesis",
        1,
    );
    v.trail(
        "no_entries",
        "a document without entries",
        r#"{"items":[]}"#,
        "genesis",
        json!({}),
    );
    v.trail("no_entries", "a number", "7", "genesis", json!({}));
    let twice = edit(r#""action":"#, r#""action":"a","action":"#);
    for (name, text) in [
        ("half a document", "[{".to_owned()),
        ("a member twice", list(&twice)),
        (
            "half a surrogate pair",
            list(&edit("{\"", r#"{"x":"\ud83d","#)),
        ),
        (
            "a number after the greatest double",
            list(&edit("{ \"b\" : 1", "{ \"b\" : 1.7976931348623158e308")),
        ),
        (
            "a number beyond a double",
            list(&edit("{ \"b\" : 1", "{ \"b\" : 1e999")),
        ),
    ] {
        v.trail("json", name, &text, "genesis", json!({}));
    }
}
