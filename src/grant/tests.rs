use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use ::p256::ecdsa::{Signature, SigningKey, signature::Signer};

use super::{claims::StatusReference, *};
use crate::{
    jose::{KeySet, base64url, import_jwks},
    status_list::StatusList,
};

const ISSUER: &str = "https://issuer.example/grantex";
const NOW: i64 = 1_800_000_000;
const LIST: &str = "https://issuer.example/grantex/status/0";

fn key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

fn keys() -> KeySet {
    let point = key().verifying_key().to_sec1_point(false);
    let (x, y) = (
        base64url::encode(point.x().unwrap()),
        base64url::encode(point.y().unwrap()),
    );
    let jwk = format!(r#"{{"kty":"EC","crv":"P-256","kid":"k","x":"{x}","y":"{y}"}}"#);
    import_jwks(format!(r#"{{"keys":[{jwk}]}}"#).as_bytes()).unwrap()
}

fn sign(typ: &str, payload: &str) -> String {
    let header = format!(r#"{{"alg":"ES256","kid":"k","typ":"{typ}"}}"#);
    let input = format!(
        "{}.{}",
        base64url::encode(header.as_bytes()),
        base64url::encode(payload.as_bytes())
    );
    let signature: Signature = key().sign(input.as_bytes());
    format!("{input}.{}", base64url::encode(&signature.to_bytes()))
}

#[derive(Clone)]
struct Grant {
    id: &'static str,
    agent: &'static str,
    principal: &'static str,
    scopes: &'static str,
    expires_at: i64,
    parent: Option<(&'static str, &'static str, u32)>,
}

const ROOT: Grant = Grant {
    id: "grnt_0",
    agent: "ag_0",
    principal: "usr_1",
    scopes: r#""a","b""#,
    expires_at: NOW + 3600,
    parent: None,
};
const CHILD: Grant = Grant {
    id: "grnt_1",
    agent: "ag_1",
    scopes: r#""a""#,
    expires_at: NOW + 60,
    parent: Some(("ag_0", "grnt_0", 1)),
    ..ROOT
};
const GRANDCHILD: Grant = Grant {
    id: "grnt_2",
    agent: "ag_2",
    parent: Some(("ag_1", "grnt_1", 2)),
    ..CHILD
};

fn token(grant: &Grant) -> String {
    let Grant {
        id,
        agent,
        principal,
        scopes,
        expires_at,
        parent,
    } = grant;
    let parent = parent.map_or(String::new(), |(agent, grant, depth)| {
        format!(r#","parentAgt":"{agent}","parentGrnt":"{grant}","delegationDepth":{depth}"#)
    });
    sign(
        "at+jwt",
        &format!(
            r#"{{"iss":"{ISSUER}","sub":"{principal}","agt":"{agent}","dev":"dev_1","scp":[{scopes}],"grnt":"{id}","jti":"tok_{id}","iat":{NOW},"exp":{expires_at}{parent}}}"#
        ),
    )
}

const EXPECT: GrantExpectations<'_> = GrantExpectations {
    issuer: ISSUER,
    audiences: &[],
    developers: &[],
    required_scopes: &[],
    now: NOW,
    clock_tolerance: 0,
    untyped: false,
};

fn chain(grants: &[Grant]) -> Result<Vec<GrantClaims>, &'static str> {
    chain_for(grants, &EXPECT)
}

fn chain_for(
    grants: &[Grant],
    expect: &GrantExpectations<'_>,
) -> Result<Vec<GrantClaims>, &'static str> {
    let tokens: Vec<String> = grants.iter().map(token).collect();
    let tokens: Vec<&[u8]> = tokens.iter().map(|token| token.as_bytes()).collect();
    verify_delegation_chain(&tokens, &keys(), expect).map_err(|refusal| refusal.code())
}

#[test]
fn a_grant_token_is_verified_and_typed() {
    let keys = keys();
    let token = token(&CHILD);
    let expect = GrantExpectations {
        required_scopes: &["a"],
        ..EXPECT
    };
    let claims = verify_grant_token(token.as_bytes(), &keys, &expect).unwrap();
    assert_eq!((claims.grant_id.as_str(), claims.depth()), ("grnt_1", 1));
    let expect = GrantExpectations {
        required_scopes: &["a", "b"],
        ..EXPECT
    };
    let refused = verify_grant_token(token.as_bytes(), &keys, &expect).unwrap_err();
    assert_eq!(refused.code(), "scope_missing");
    let late = GrantExpectations {
        now: NOW + 60,
        ..EXPECT
    };
    assert_eq!(
        verify_grant_token(token.as_bytes(), &keys, &late)
            .unwrap_err()
            .code(),
        "expired"
    );
}

#[test]
fn a_token_of_another_kind_is_no_grant_token() {
    let other = sign("JWT", &format!(r#"{{"iss":"{ISSUER}","exp":{}}}"#, NOW + 1));
    let refused = verify_grant_token(other.as_bytes(), &keys(), &EXPECT).unwrap_err();
    assert_eq!(refused.code(), "type_mismatch");
}

#[test]
fn a_grant_has_at_most_100_scopes() {
    for (count, expected) in [(100, None), (101, Some("grant_claim_invalid"))] {
        let scopes: Vec<String> = (0..count).map(|number| format!("\"s{number}\"")).collect();
        let grant = Grant {
            scopes: scopes.join(",").leak(),
            ..ROOT
        };
        let verified = verify_grant_token(token(&grant).as_bytes(), &keys(), &EXPECT);
        let refused = verified.err().map(|refusal| refusal.code());
        assert_eq!(refused, expected, "{count}");
    }
}

#[test]
fn a_chain_of_narrowing_delegations_is_verified() {
    let claims = chain(&[ROOT, CHILD, GRANDCHILD]).unwrap();
    assert_eq!(
        claims.iter().map(GrantClaims::depth).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    assert!(chain(&[ROOT]).is_ok());
}

#[test]
fn scopes_are_asked_of_the_last_token_alone() {
    let asked = GrantExpectations {
        required_scopes: &["a"],
        ..EXPECT
    };
    assert!(
        chain_for(
            &[
                Grant {
                    scopes: r#""a","c""#,
                    ..ROOT
                },
                CHILD
            ],
            &asked
        )
        .is_ok()
    );
    let asked = GrantExpectations {
        required_scopes: &["b"],
        ..EXPECT
    };
    assert_eq!(chain_for(&[ROOT, CHILD], &asked), Err("scope_missing"));
}

#[test]
fn a_grant_of_another_developer_is_refused() {
    let of = |developers| GrantExpectations {
        developers,
        ..EXPECT
    };
    for grants in [&[ROOT][..], &[ROOT, CHILD]] {
        assert!(chain_for(grants, &of(&["dev_0", "dev_1"])).is_ok());
        let refused = chain_for(grants, &of(&["dev_0", "dev_11"]));
        assert_eq!(refused, Err("grant_developer_mismatch"));
    }
}

#[test]
fn each_broken_link_has_its_code() {
    let cases: [(&[Grant], &str); 10] = [
        (&[], "delegation_empty"),
        (&[CHILD], "delegation_root_missing"),
        (&[ROOT, GRANDCHILD], "delegation_link_broken"),
        (&[ROOT, ROOT], "delegation_link_broken"),
        (
            &[
                ROOT,
                Grant {
                    principal: "usr_2",
                    ..CHILD
                },
            ],
            "delegation_link_broken",
        ),
        (
            &[
                ROOT,
                Grant {
                    parent: Some(("ag_9", "grnt_0", 1)),
                    ..CHILD
                },
            ],
            "delegation_link_broken",
        ),
        (
            &[
                ROOT,
                Grant {
                    scopes: r#""a","c""#,
                    ..CHILD
                },
            ],
            "delegation_scope_wider",
        ),
        (
            &[
                ROOT,
                Grant {
                    expires_at: NOW + 3601,
                    ..CHILD
                },
            ],
            "delegation_outlives_parent",
        ),
        (
            &[
                ROOT,
                Grant {
                    parent: Some(("ag_0", "grnt_0", 2)),
                    ..CHILD
                },
            ],
            "delegation_depth_invalid",
        ),
        (&[const { ROOT }; 12], "delegation_empty"),
    ];
    for (grants, code) in cases {
        assert_eq!(chain(grants).map(|_| ()), Err(code));
    }
}

#[test]
fn a_forged_link_is_refused_whatever_it_claims() {
    let (root, child) = (token(&ROOT), token(&CHILD));
    let mut forged = child.clone().into_bytes();
    let middle = forged.len() / 2;
    forged[middle] = if forged[middle] == b'A' { b'B' } else { b'A' };
    let tokens: [&[u8]; 2] = [root.as_bytes(), &forged];
    assert!(verify_delegation_chain(&tokens, &keys(), &EXPECT).is_err());
}

fn list_token(revoked: u64, more: &str) -> String {
    let mut list = StatusList::new(1, 64).unwrap();
    assert!(list.invalidate(revoked));
    let lst = list.encode();
    sign(
        "statuslist+jwt",
        &format!(
            r#"{{"iss":"{ISSUER}","sub":"{LIST}","iat":{NOW},"status_list":{{"bits":1,"lst":"{lst}"}}{more}}}"#
        ),
    )
}

fn list(token: &str) -> Result<StatusListToken, &'static str> {
    StatusListToken::verify(token.as_bytes(), &keys(), ISSUER, LIST, NOW, 0)
        .map_err(|refusal| refusal.code())
}

fn at(index: u64) -> StatusReference {
    StatusReference {
        index,
        uri: LIST.to_owned(),
    }
}

#[test]
fn a_fresh_list_tells_valid_from_revoked() {
    let list = list(&list_token(7, r#","ttl":60"#)).unwrap();
    assert_eq!(list.time_to_live(), Some(60));
    assert_eq!(
        list.revocation_of(&at(6), NOW, NOW + 59),
        Ok(Revocation::Valid)
    );
    assert_eq!(
        list.revocation_of(&at(7), NOW, NOW + 59),
        Ok(Revocation::Revoked)
    );
    assert_eq!(
        list.revocation_of(&at(64), NOW, NOW).unwrap_err().code(),
        "status_index_out_of_range"
    );
}

#[test]
fn a_stale_list_knows_the_revoked_but_vouches_for_nobody() {
    let by_ttl = list(&list_token(7, r#","ttl":60"#)).unwrap();
    let by_expiry = list(&list_token(7, &format!(r#","exp":{}"#, NOW + 60))).unwrap();
    for list in [by_ttl, by_expiry] {
        assert_eq!(
            list.revocation_of(&at(6), NOW, NOW + 60),
            Ok(Revocation::Unknown)
        );
        assert_eq!(
            list.revocation_of(&at(7), NOW, NOW + 60),
            Ok(Revocation::Revoked)
        );
    }
}

#[test]
fn a_list_from_the_future_vouches_for_nobody() {
    let list = list(&list_token(7, r#","ttl":60"#)).unwrap();
    for (index, said) in [(6, Revocation::Unknown), (7, Revocation::Revoked)] {
        assert_eq!(list.revocation_of(&at(index), NOW, NOW - 1), Ok(said));
    }
}

#[test]
fn a_list_answers_only_for_tokens_that_name_it() {
    let list = list(&list_token(7, r#","ttl":60"#)).unwrap();
    let elsewhere = StatusReference {
        index: 7,
        uri: "https://issuer.example/other".to_owned(),
    };
    assert_eq!(
        list.revocation_of(&elsewhere, NOW, NOW),
        Ok(Revocation::Unknown)
    );
}

#[test]
fn a_list_of_another_address_or_kind_is_refused() {
    let keys = keys();
    let verify = |token: &str, uri| {
        StatusListToken::verify(token.as_bytes(), &keys, ISSUER, uri, NOW, 0)
            .map_err(|refusal| refusal.code())
    };
    let good = list_token(7, "");
    assert_eq!(
        verify(&good, "https://issuer.example/other").unwrap_err(),
        "status_list_malformed"
    );
    assert_eq!(verify(&token(&ROOT), LIST).unwrap_err(), "type_mismatch");
    for ttl in ["0", "-1", "1.5", "\"60\""] {
        let broken = list_token(7, &format!(r#","ttl":{ttl}"#));
        assert_eq!(
            verify(&broken, LIST).unwrap_err(),
            "status_list_malformed",
            "{ttl}"
        );
    }
}
