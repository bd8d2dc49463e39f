use super::*;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use proptest::prelude::*;

const LIMITS: Limits = Limits {
    depth: 16,
    members: 100,
};

const AGENT: &str = "ag_01HZZZZZZZZZZZZZZZZZZZZZZ2";

fn object(json: &str) -> Object<'_> {
    match Value::of(json.as_bytes(), LIMITS) {
        Ok(Value::Object(object)) => object,
        other => panic!("{other:?}"),
    }
}

fn entry<'a>(
    id: &'a str,
    metadata: &'a str,
    previous: Option<&'a str>,
    status: &'a str,
) -> AuditEntry<'a> {
    AuditEntry {
        id: id.into(),
        agent_id: AGENT.into(),
        agent_did: format!("did:grantex:{AGENT}").into(),
        grant_id: "grnt_01HZZZZZZZZZZZZZZZZZZZZZZ3".into(),
        principal_id: "usr_1".into(),
        developer_id: "dev_01HZZZZZZZZZZZZZZZZZZZZZZ4".into(),
        action: "email.sent".into(),
        metadata: object(metadata),
        timestamp: "2026-02-28T12:00:00.000Z".into(),
        previous: previous.map(Into::into),
        status: status.into(),
    }
}

const FIRST: &str = "ac8e6fea682af152e47aff4e975c25bc33a68309f6186f252c2f5f8e1ffacfc9";
const SECOND: &str = "8d1f5c64a535ddb784417d9161e0cc53f17132f3c92dfa49ad155999801159b7";
const METADATA: &str = r#"{"9":"nine","10":"ten","z":1,"a":{"y":[1,-2,{"b":true,"a":null}],"x":"é✓\"\\\n/"},"Z":"","f":1.5,"g":1e+21,"e":1e-7,"i":100,"u":"\u0001\u2028\ud83d\ude00"}"#;

fn vectors() -> [(AuditEntry<'static>, &'static str); 2] {
    [
        (
            entry("alog_01HZZZZZZZZZZZZZZZZZZZZZZ1", "{}", None, "success"),
            FIRST,
        ),
        (
            entry(
                "alog_01HZZZZZZZZZZZZZZZZZZZZZZ5",
                METADATA,
                Some(FIRST),
                "blocked",
            ),
            SECOND,
        ),
    ]
}

/// Both computed with the reference implementation.
#[test]
fn grantex_vectors() {
    let mut verifier = ChainVerifier::new(ChainStart::Genesis);
    for (entry, hash) in vectors() {
        assert_eq!(hex::encode(&entry.hash().unwrap()), hash);
        verifier.push(&entry, hash).unwrap();
    }
    assert_eq!(verifier.head().count, 2);
    assert_eq!(
        verifier.head().hash,
        Some(hex::decode_array(SECOND).unwrap())
    );
}

#[test]
fn a_chain_begins_where_it_is_said_to() {
    let [(first, _), (second, _)] = vectors();
    let hash = hex::decode_array(FIRST).unwrap();
    for (start, entry, claimed, fits) in [
        (ChainStart::Genesis, &first, FIRST, true),
        (ChainStart::Genesis, &second, SECOND, false),
        (ChainStart::After(hash), &second, SECOND, true),
        (ChainStart::After(hash), &first, FIRST, false),
        (ChainStart::After([0; 32]), &second, SECOND, false),
        (ChainStart::Anywhere, &second, SECOND, true),
        (ChainStart::Anywhere, &first, FIRST, true),
    ] {
        let verdict = ChainVerifier::new(start).push(entry, claimed);
        match verdict {
            Ok(()) => assert!(fits, "{start:?}"),
            Err(at) => {
                assert!(!fits, "{start:?}");
                assert_eq!((at.index, at.fault), (0, ChainFault::Link));
            }
        }
    }
}

#[test]
fn a_claimed_hash_has_one_spelling() {
    let [(first, _), _] = vectors();
    for claimed in [
        "",
        &FIRST[..63],
        &FIRST.to_uppercase(),
        &format!("{FIRST}0"),
    ] {
        let at = ChainVerifier::new(ChainStart::Genesis)
            .push(&first, claimed)
            .unwrap_err();
        assert_eq!(at.fault, ChainFault::Content, "{claimed}");
        assert_eq!(at.id, "alog_01HZZZZZZZZZZZZZZZZZZZZZZ1");
    }
}

/// One link of a trail as it is handed out.
#[derive(Clone, Debug)]
struct Link {
    id: String,
    action: String,
    metadata: String,
    previous: Option<String>,
    hash: String,
}

impl Link {
    fn entry(&self) -> AuditEntry<'_> {
        let mut entry = entry(
            &self.id,
            &self.metadata,
            self.previous.as_deref(),
            "success",
        );
        entry.action = self.action.as_str().into();
        entry
    }

    fn seal(&mut self) {
        self.hash = hex::encode(&self.entry().hash().unwrap());
    }

    fn json(&self) -> String {
        let string = |text: &str| serde_json::to_string(text).unwrap();
        let previous = self.previous.as_deref().map_or("null".into(), string);
        format!(
            r#"{{"entryId":{},"agentId":"{AGENT}","agentDid":"did:grantex:{AGENT}","grantId":"grnt_01HZZZZZZZZZZZZZZZZZZZZZZ3","principalId":"usr_1","developerId":"dev_01HZZZZZZZZZZZZZZZZZZZZZZ4","action":{},"metadata":{},"hash":"{}","prevHash":{previous},"timestamp":"2026-02-28T12:00:00.000Z","status":"success","more":[1]}}"#,
            string(&self.id),
            string(&self.action),
            self.metadata,
            self.hash,
        )
    }
}

fn trail(actions: &[String]) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for (index, action) in actions.iter().enumerate() {
        let mut link = Link {
            id: format!("alog_{index}"),
            action: action.clone(),
            metadata: format!(r#"{{"z":{index},"a":{{"n":[{index}.50]}}}}"#),
            previous: links.last().map(|before| before.hash.clone()),
            hash: String::new(),
        };
        link.seal();
        links.push(link);
    }
    links
}

fn export(links: &[Link]) -> String {
    let entries: Vec<String> = links.iter().map(Link::json).collect();
    format!("[{}]", entries.join(","))
}

fn verify(json: &str) -> Result<ChainHead, ExportError> {
    verify_export(json.as_bytes(), ChainStart::Genesis, LIMITS)
}

fn broken(json: &str) -> (u64, ChainFault) {
    match verify(json) {
        Err(ExportError::Broken(at)) => (at.index, at.fault),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_export_is_an_array_or_a_page() {
    let links = trail(&["a".into(), "b\"\n".into(), "😀".into()]);
    let array = export(&links);
    let head = verify(&array).unwrap();
    assert_eq!(head.count, 3);
    assert_eq!(
        head.hash.map(|hash| hex::encode(&hash)),
        Some(links[2].hash.clone())
    );
    let page = format!(r#"{{"total":3,"entries":{array},"page":1,"pageSize":20}}"#);
    assert_eq!(verify(&page).unwrap(), head);
    // `id` where an entry is written as it is hashed.
    assert_eq!(verify(&array.replace("entryId", "id")).unwrap(), head);
    assert_eq!(
        verify("[]").unwrap(),
        ChainHead {
            count: 0,
            hash: None
        }
    );
    for none in [
        "{}",
        "1",
        "null",
        r#"{"entries":{}}"#,
        r#"{"entries":null}"#,
    ] {
        assert_eq!(verify(none), Err(ExportError::NoEntries), "{none}");
    }
    assert!(matches!(verify("[}"), Err(ExportError::Json(_))));
    // Two members of one name would let the reader see another entry than was verified.
    let twice = array.replace(
        r#""status":"success""#,
        r#""status":"success","action":"x""#,
    );
    assert!(matches!(verify(&twice), Err(ExportError::Json(_))));
}

#[test]
fn an_entry_has_each_member_and_of_its_type() {
    let links = trail(&["a".into()]);
    let json = export(&links);
    for member in [
        "entryId",
        "agentId",
        "agentDid",
        "grantId",
        "principalId",
        "developerId",
        "action",
        "metadata",
        "hash",
        "prevHash",
        "timestamp",
        "status",
    ] {
        let malformed = (0, ChainFault::Malformed { member });
        let without = json.replace(&format!("\"{member}\""), "\"other\"");
        assert_eq!(broken(&without), malformed);
        let wrong = json.replace(
            &format!("\"{member}\":"),
            &format!("\"{member}\":0,\"was\":"),
        );
        assert_eq!(broken(&wrong), malformed);
    }
    let both = json.replace("\"entryId\"", "\"id\":\"alog_0\",\"entryId\"");
    assert_eq!(
        broken(&both),
        (0, ChainFault::Malformed { member: "entryId" })
    );
    assert_eq!(
        broken("[1]"),
        (0, ChainFault::Malformed { member: "entry" })
    );
}

#[test]
fn codes_are_stable() {
    let at = |fault| {
        ExportError::Broken(ChainBreak {
            index: 3,
            id: "x".into(),
            fault,
        })
        .to_string()
    };
    assert_eq!(at(ChainFault::Link), "chain_link");
    assert_eq!(at(ChainFault::Content), "chain_content");
    assert_eq!(
        at(ChainFault::Malformed { member: "hash" }),
        "chain_entry_malformed"
    );
    assert_eq!(ExportError::NoEntries.to_string(), "chain_no_entries");
    assert_eq!(ChainFault::Link.code(), "link");
    assert_eq!(ChainFault::Content.code(), "content");
}

/// What may be done to a trail, and where it must then be found broken.
#[derive(Clone, Debug)]
enum Tampering {
    /// An entry's content is changed.
    Change,
    /// An entry is changed and its hash made to fit.
    ChangeAndSeal,
    /// An entry is taken out.
    Remove,
    /// Two neighbours change places.
    Swap,
    /// An entry is there twice.
    Repeat,
}

proptest! {
    #[test]
    fn a_trail_is_whole_until_it_is_tampered_with(
        actions in prop::collection::vec(".{0,8}", 2..8),
        at in any::<prop::sample::Index>(),
        tampering in prop::sample::select(&[
            Tampering::Change, Tampering::ChangeAndSeal, Tampering::Remove, Tampering::Swap,
            Tampering::Repeat,
        ][..]),
    ) {
        let mut links = trail(&actions);
        prop_assert_eq!(verify(&export(&links)).unwrap().count, links.len() as u64);
        // Not the last: what is done to it may leave a chain that is whole.
        let index = at.index(links.len() - 1);
        let expected = match tampering {
            Tampering::Change => {
                links[index].action.push('!');
                (index, ChainFault::Content)
            }
            Tampering::ChangeAndSeal => {
                links[index].action.push('!');
                links[index].seal();
                (index + 1, ChainFault::Link)
            }
            Tampering::Remove => {
                links.remove(index);
                (index, ChainFault::Link)
            }
            Tampering::Swap => {
                links.swap(index, index + 1);
                (index, ChainFault::Link)
            }
            Tampering::Repeat => {
                links.insert(index, links[index].clone());
                (index + 1, ChainFault::Link)
            }
        };
        prop_assert_eq!(broken(&export(&links)), (expected.0 as u64, expected.1));
    }
}
