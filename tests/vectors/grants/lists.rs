//! Status lists, and what they say of a token: valid, revoked, or unknown.

use super::{ISSUER, NOW, Vectors, expect, merged, signed, tokens::claims};
use countersign::jose::base64url::encode;
use countersign::status_list::StatusList;
use miniz_oxide::deflate::compress_to_vec_zlib;
use serde_json::{Value, json};

pub(super) const LIST: &str = "https://auth.example/grantex/status/acc/0";

/// The member `status_list` of a list of 1,024 places, some of them revoked.
fn bits(revoked: &[u64]) -> Value {
    let mut list = StatusList::new(1, 1024).unwrap();
    assert!(revoked.iter().all(|index| list.invalidate(*index)));
    json!({"bits": 1, "lst": list.encode()})
}

impl Vectors {
    fn list(&self, changes: &Value) -> String {
        self.list_as("statuslist+jwt", changes)
    }

    fn list_as(&self, typ: &str, changes: &Value) -> String {
        let base = json!({"iss": ISSUER, "sub": LIST, "iat": NOW - 5, "ttl": 45, "status_list": bits(&[])});
        let payload = merged(base, changes).to_string();
        signed(&self.key, &Self::header(typ), &payload)
    }

    fn fetch(&mut self, code: &str, clause: &str, name: &str, token: String) {
        let given = json!({"token": token, "uri": LIST, "expect": expect(&json!({}))});
        self.add(code, clause, name, "list", given);
    }

    fn ask(
        &mut self,
        code: &str,
        name: &str,
        at: Value,
        list: Value,
        times: [i64; 2],
        online: Option<&str>,
    ) {
        let [fetched_at, now] = times;
        // One that lives as long as the question.
        let token = self.grant(&claims(&json!({"status": at, "exp": now + 300})));
        let mut given = json!({
            "token": token, "list": self.list(&list), "uri": LIST, "fetched_at": fetched_at,
            "expect": expect(&json!({"now": now})),
        });
        if let Some(online) = online {
            given["online"] = online.into();
        }
        self.add(
            code,
            "Token Status List section 8.3",
            name,
            "revocation",
            given,
        );
    }
}

pub(super) fn add(v: &mut Vectors) {
    fetched(v);
    asked(v);
}

fn fetched(v: &mut Vectors) {
    let clause = "Token Status List section 5.1";
    for (code, name, changes) in [
        ("valid", "a list", json!({})),
        ("valid", "a list with an end", json!({"exp": NOW + 60})),
        (
            "valid",
            "a list that says not for how long",
            json!({"ttl": null}),
        ),
        (
            "valid",
            "a list of two bits each",
            json!({"status_list": {"bits": 2, "lst": StatusList::new(2, 64).unwrap().encode()}}),
        ),
        ("expired", "a list that is over", json!({"exp": NOW - 1})),
        (
            "issuer_mismatch",
            "another issuer's list",
            json!({"iss": "https://evil.example"}),
        ),
        ("claim_missing", "a list without iat", json!({"iat": null})),
        (
            "claim_missing",
            "a list without an address",
            json!({"sub": null}),
        ),
        (
            "status_list_malformed",
            "the list of another address",
            json!({"sub": format!("{LIST}1")}),
        ),
        (
            "status_list_malformed",
            "a token without a list",
            json!({"status_list": null}),
        ),
        (
            "status_list_malformed",
            "three bits each",
            json!({"status_list": {"bits": 3, "lst": bits(&[])["lst"]}}),
        ),
        (
            "status_list_malformed",
            "a list that is no zlib",
            json!({"status_list": {"bits": 1, "lst": "AAAA"}}),
        ),
        (
            "status_list_malformed",
            "a byte after the zlib stream",
            json!({"status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQA"}}),
        ),
        (
            "status_list_malformed",
            "a zlib stream cut short",
            json!({"status_list": {"bits": 1, "lst": "eNrbuRgAAhc"}}),
        ),
        (
            "status_list_malformed",
            "a zlib stream with another sum",
            json!({"status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXg"}}),
        ),
        (
            "status_list_malformed",
            "a list that is no base64url",
            json!({"status_list": {"bits": 1, "lst": "+/=="}}),
        ),
        (
            "status_list_malformed",
            "bits as a text",
            json!({"status_list": {"bits": "1", "lst": "eNrbuRgAAhcBXQ"}}),
        ),
        (
            "status_list_malformed",
            "257 bits each",
            json!({"status_list": {"bits": 257, "lst": "eNrbuRgAAhcBXQ"}}),
        ),
        (
            "status_list_malformed",
            "good for no time",
            json!({"ttl": 0}),
        ),
        (
            "status_list_malformed",
            "good for a text",
            json!({"ttl": "45"}),
        ),
    ] {
        let token = v.list(&changes);
        v.fetch(code, clause, name, token);
    }
    let clause = "RFC 8725 section 3.11";
    let token = v.grant(&claims(&json!({})));
    v.fetch("type_mismatch", clause, "a grant is no list", token);
    let token = v.list_as("at+jwt", &json!({}));
    v.fetch("type_mismatch", clause, "a list of another typ", token);
    let payload =
        json!({"iss": ISSUER, "sub": LIST, "iat": NOW, "status_list": bits(&[])}).to_string();
    let token = signed(&v.stranger, &Vectors::header("statuslist+jwt"), &payload);
    v.fetch(
        "signature_invalid",
        "RFC 7515 section 5.2",
        "a stranger's list",
        token,
    );
    // A mebibyte is the most that a list may inflate to; this one is a byte more.
    let bomb = encode(&compress_to_vec_zlib(&vec![0; StatusList::LONGEST + 1], 9));
    let token = v.list(&json!({"status_list": {"bits": 8, "lst": bomb}}));
    v.fetch(
        "status_list_malformed",
        "Token Status List section 13",
        "a list that inflates to more than a mebibyte",
        token,
    );
}

fn asked(v: &mut Vectors) {
    let at = |index: u64| json!({"status_list": {"idx": index, "uri": LIST}});
    let revoked = json!({"status_list": bits(&[0, 7, 8, 1023])});
    let fresh = [NOW, NOW];
    for (index, code) in [
        (0, "revoked"),
        (1, "valid"),
        (6, "valid"),
        (7, "revoked"),
        (8, "revoked"),
        (1022, "valid"),
        (1023, "revoked"),
    ] {
        let online = if code == "valid" {
            "valid"
        } else {
            "token_revoked"
        };
        v.ask(
            code,
            &format!("place {index}"),
            at(index),
            revoked.clone(),
            fresh,
            Some(online),
        );
    }
    for index in [1024, (1 << 53) - 1] {
        v.ask(
            "unknown",
            &format!("place {index}, beyond the end"),
            at(index),
            revoked.clone(),
            fresh,
            Some("status_index_out_of_range"),
        );
    }
    let elsewhere = json!({"status_list": {"idx": 7, "uri": "https://elsewhere.example/status"}});
    v.ask(
        "unknown",
        "a place in a list elsewhere",
        elsewhere,
        revoked.clone(),
        fresh,
        Some("revocation_unknown"),
    );
    v.ask(
        "unknown",
        "no place in any list",
        Value::Null,
        revoked.clone(),
        fresh,
        Some("revocation_unknown"),
    );
    v.ask(
        "valid",
        "a second before it is stale",
        at(1),
        revoked.clone(),
        [NOW, NOW + 44],
        None,
    );
    v.ask(
        "unknown",
        "stale by its ttl",
        at(1),
        revoked.clone(),
        [NOW, NOW + 45],
        None,
    );
    v.ask(
        "revoked",
        "revoked in a stale list",
        at(7),
        revoked,
        [NOW, NOW + 45],
        None,
    );
    let ending = json!({"ttl": null, "exp": NOW + 100, "status_list": bits(&[7])});
    v.ask(
        "valid",
        "a second before its end",
        at(1),
        ending.clone(),
        [NOW, NOW + 99],
        None,
    );
    v.ask(
        "unknown",
        "stale by its exp",
        at(1),
        ending.clone(),
        [NOW, NOW + 100],
        None,
    );
    v.ask(
        "revoked",
        "revoked in a list that is over",
        at(7),
        ending,
        [NOW, NOW + 100],
        None,
    );
    let two = json!({"status_list": {"bits": 2, "lst": suspended()}});
    v.ask(
        "revoked",
        "suspended, in a list of two bits",
        at(5),
        two.clone(),
        fresh,
        Some("token_revoked"),
    );
    v.ask(
        "valid",
        "beside the suspended",
        at(4),
        two,
        fresh,
        Some("valid"),
    );
}

/// Two bits each, place 5 suspended (2).
fn suspended() -> String {
    StatusList::from_bytes(2, vec![0, 0b1000]).unwrap().encode()
}
