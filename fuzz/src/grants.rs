//! Grants, status lists and audit trails, as they come from strangers.

use countersign::chain::{ChainStart, verify_export};
use countersign::grant::GrantClaims;
use countersign::jose::json::Limits;
use countersign::status_list::StatusList;

/// Inputs to begin with.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut list = StatusList::new(1, 4096).expect("a size that is allowed");
    list.invalidate(1234);
    vec![
        br#"{"iss":"https://grantex.dev","sub":"user_1","agt":"did:grantex:ag_1","dev":"dev_1","scp":["calendar:read","email:send"],"iat":1767225000,"exp":1767229000,"jti":"tok_1","grnt":"grnt_1","parentAgt":"did:grantex:ag_0","parentGrnt":"grnt_0","delegationDepth":1,"status":{"status_list":{"idx":7,"uri":"https://grantex.dev/s/1"}}}"#.to_vec(),
        [b"\x01", list.encode().as_bytes()].concat(),
        br#"{"entries":[{"entryId":"alog_1","agentId":"ag_1","agentDid":"did:grantex:ag_1","grantId":"grnt_1","principalId":"user_1","developerId":"dev_1","action":"email.send","metadata":{"to":"a@example.com"},"timestamp":"2026-01-01T00:00:00.000Z","prevHash":null,"hash":"00","status":"success"}]}"#.to_vec(),
    ]
}

/// What is read as a grant is no wider than what its own claims say: it may be given to
/// nobody as a child of itself, and a child one step deeper may have all of it.
pub fn grant(data: &[u8]) {
    let Ok(claims) = GrantClaims::read(data) else {
        return;
    };
    let parent = claims.extent();
    assert!(parent.within(&parent).is_err());
    let mut child = parent.clone();
    child.depth = parent.depth.saturating_add(1);
    assert_eq!(
        child.within(&parent).is_ok(),
        child.depth <= countersign::grant::narrow::DEEPEST
    );
    child.expires_at = child.expires_at.saturating_add(1);
    assert!(child.within(&parent).is_err());
}

/// A list is read or refused, never longer than its bound, and is written as it was read.
pub fn status_list(data: &[u8]) {
    let Some((bits, rest)) = data.split_first() else {
        return;
    };
    let read = std::str::from_utf8(rest)
        .ok()
        .and_then(|lst| StatusList::decode(*bits, lst).ok());
    let made = StatusList::from_bytes(1 << (bits & 3), rest.to_vec()).ok();
    for list in [read, made].into_iter().flatten() {
        assert!(list.bytes().len() <= StatusList::LONGEST);
        assert_eq!(list.status(list.capacity() as u64), None);
        let again = StatusList::decode(list.bits(), &list.encode()).expect("its own spelling");
        assert_eq!(again, list);
    }
}

/// A trail is whole or it is not; nothing that is read breaks the reader.
pub fn trail(data: &[u8]) {
    let whole = |start| verify_export(data, start, Limits::DOCUMENT);
    if let Ok(head) = whole(ChainStart::Genesis) {
        assert_eq!(whole(ChainStart::Anywhere), Ok(head));
    }
}
