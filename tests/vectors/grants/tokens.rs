//! Grant tokens, and the chains in which they were passed on.

use super::{AUDIENCE, ISSUER, NOW, Vectors, expect, merged, signed};
use core::slice;
use serde_json::{Value, json};

/// The claims of a grant; null removes one.
pub(super) fn claims(changes: &Value) -> Value {
    let base = json!({
        "iss": ISSUER, "sub": "usr_1", "agt": "did:grantex:ag_1", "dev": "dev_1",
        "scp": ["calendar:read", "email:send"], "grnt": "grnt_1", "jti": "tok_1",
        "iat": NOW - 10, "exp": NOW + 300,
    });
    merged(base, changes)
}

/// The claims of a grant that was delegated from the one before it.
fn delegated(depth: u32, changes: &Value) -> Value {
    let link = json!({
        "agt": format!("did:grantex:ag_{}", depth + 1), "grnt": format!("grnt_{}", depth + 1),
        "jti": format!("tok_{}", depth + 1), "parentAgt": format!("did:grantex:ag_{depth}"),
        "parentGrnt": format!("grnt_{depth}"), "delegationDepth": depth,
    });
    merged(claims(&link), changes)
}

impl Vectors {
    pub(super) fn grant(&self, claims: &Value) -> String {
        signed(&self.key, &Self::header("at+jwt"), &claims.to_string())
    }

    fn offer(&mut self, code: &str, clause: &str, name: &str, token: String, wanted: Value) {
        let given = json!({"token": token, "expect": expect(&wanted)});
        self.add(code, clause, name, "grant", given);
    }

    fn chain(&mut self, code: &str, clause: &str, name: &str, chain: &[Value], wanted: Value) {
        let tokens: Vec<_> = chain.iter().map(|claims| self.grant(claims)).collect();
        let given = json!({"tokens": tokens, "expect": expect(&wanted)});
        self.add(code, clause, name, "chain", given);
    }
}

pub(super) fn add(v: &mut Vectors) {
    good(v);
    genuine(v);
    expected(v);
    claimed(v);
    chains(v);
    widened(v);
}

fn good(v: &mut Vectors) {
    for (name, claims, wanted) in [
        ("a grant", claims(&json!({})), json!({})),
        ("a delegated grant", delegated(2, &json!({})), json!({})),
        (
            "a token that is its own grant",
            claims(&json!({"grnt": null})),
            json!({}),
        ),
        ("no scope at all", claims(&json!({"scp": []})), json!({})),
        (
            "an alias that agrees",
            claims(&json!({"scope": "calendar:read email:send"})),
            json!({}),
        ),
        (
            "claims that nobody knows",
            claims(&json!({"bdg": 12, "act": {"sub": "x"}})),
            json!({}),
        ),
        (
            "both scopes asked for",
            claims(&json!({})),
            json!({"required_scopes": ["email:send", "calendar:read"]}),
        ),
        (
            "an audience that nobody asked for",
            claims(&json!({"aud": "https://other.example"})),
            json!({}),
        ),
        (
            "the audience asked for",
            claims(&json!({"aud": AUDIENCE})),
            json!({"audiences": [AUDIENCE]}),
        ),
        (
            "one audience of two",
            claims(&json!({"aud": ["https://other.example", AUDIENCE]})),
            json!({"audiences": [AUDIENCE]}),
        ),
        (
            "expired within the tolerance",
            claims(&json!({"exp": NOW - 5})),
            json!({"clock_tolerance": 30}),
        ),
        (
            "a place in a status list",
            claims(&json!({"status": {"status_list": {"idx": 7, "uri": super::lists::LIST}}})),
            json!({}),
        ),
        (
            "a status of another mechanism",
            claims(&json!({"status": {"other": true}})),
            json!({}),
        ),
    ] {
        let token = v.grant(&claims);
        v.offer("valid", "Grantex section 5", name, token, wanted);
    }
    let untyped = json!({"alg": "RS256", "kid": "grantex-1"});
    let token = signed(&v.key, &untyped, &claims(&json!({})).to_string());
    let clause = "Grantex section 5, older servers";
    v.offer(
        "valid",
        clause,
        "without typ, where that is allowed",
        token.clone(),
        json!({"untyped": true}),
    );
    v.offer(
        "type_missing",
        "RFC 8725 section 3.11",
        "without typ",
        token,
        json!({}),
    );
}

fn genuine(v: &mut Vectors) {
    let payload = claims(&json!({})).to_string();
    let typed = Vectors::header("at+jwt");
    for (code, clause, name, header, allow) in [
        (
            "type_mismatch",
            "RFC 8725 section 3.11",
            "a plain JWT",
            Vectors::header("JWT"),
            false,
        ),
        (
            "type_mismatch",
            "RFC 8725 section 3.11",
            "a plain JWT where none need have a typ",
            Vectors::header("JWT"),
            true,
        ),
        (
            "type_mismatch",
            "Token Status List section 5.1",
            "a status list's typ",
            Vectors::header("statuslist+jwt"),
            false,
        ),
        (
            "key_unknown",
            "RFC 7515 section 4.1.4",
            "an unknown kid",
            merged(typed.clone(), &json!({"kid": "grantex-2"})),
            false,
        ),
        (
            "algorithm_symmetric",
            "RFC 8725 section 3.1",
            "HS256 with the public key at hand",
            merged(typed.clone(), &json!({"alg": "HS256"})),
            false,
        ),
        (
            "algorithm_none",
            "RFC 8725 section 3.2",
            "alg none",
            merged(typed.clone(), &json!({"alg": "none"})),
            false,
        ),
        (
            "algorithm_mismatch",
            "RFC 8725 section 3.1",
            "ES256 for an RSA key",
            merged(typed.clone(), &json!({"alg": "ES256"})),
            false,
        ),
    ] {
        let token = signed(&v.key, &header, &payload);
        v.offer(code, clause, name, token, json!({"untyped": allow}));
    }
    let clause = "RFC 7515 section 5.2";
    let token = signed(&v.stranger, &typed, &payload);
    v.offer(
        "signature_invalid",
        clause,
        "a stranger's signature",
        token,
        json!({}),
    );
    let (mine, theirs) = (
        v.grant(&claims(&json!({}))),
        v.grant(&claims(&json!({"sub": "usr_2"}))),
    );
    let (_, signature) = mine.rsplit_once('.').unwrap();
    let (rest, _) = theirs.rsplit_once('.').unwrap();
    let swapped = format!("{rest}.{signature}");
    v.offer(
        "signature_invalid",
        clause,
        "another principal put in",
        swapped,
        json!({}),
    );
    v.offer(
        "token_malformed",
        "RFC 7515 section 7.1",
        "garbage",
        "garbage".into(),
        json!({}),
    );
}

fn expected(v: &mut Vectors) {
    for (code, clause, name, changes, wanted) in [
        (
            "expired",
            "RFC 7519 section 4.1.4",
            "expired",
            json!({"exp": NOW - 1}),
            json!({}),
        ),
        (
            "expired",
            "RFC 7519 section 4.1.4",
            "expired this second",
            json!({"exp": NOW}),
            json!({}),
        ),
        (
            "expired",
            "RFC 7519 section 4.1.4",
            "expired beyond the tolerance",
            json!({"exp": NOW - 30}),
            json!({"clock_tolerance": 30}),
        ),
        (
            "expiration_missing",
            "RFC 7519 section 4.1.4",
            "without exp",
            json!({"exp": null}),
            json!({}),
        ),
        (
            "issued_in_future",
            "RFC 7519 section 4.1.6",
            "issued tomorrow",
            json!({"iat": NOW + 86_400, "exp": NOW + 90_000}),
            json!({}),
        ),
        (
            "not_yet_valid",
            "RFC 7519 section 4.1.5",
            "not yet valid",
            json!({"nbf": NOW + 60}),
            json!({}),
        ),
        (
            "issuer_mismatch",
            "RFC 7519 section 4.1.1",
            "another issuer",
            json!({"iss": "https://evil.example"}),
            json!({}),
        ),
        (
            "issuer_mismatch",
            "RFC 7519 section 4.1.1",
            "a slash too many",
            json!({"iss": format!("{ISSUER}/")}),
            json!({}),
        ),
        (
            "audience_missing",
            "RFC 7519 section 4.1.3",
            "no audience",
            json!({}),
            json!({"audiences": [AUDIENCE]}),
        ),
        (
            "audience_mismatch",
            "RFC 7519 section 4.1.3",
            "another audience",
            json!({"aud": "https://other.example"}),
            json!({"audiences": [AUDIENCE]}),
        ),
        (
            "expected_issuer_missing",
            "RFC 8725 section 3.8",
            "no issuer expected",
            json!({}),
            json!({"issuer": ""}),
        ),
    ] {
        let token = v.grant(&claims(&changes));
        v.offer(code, clause, name, token, wanted);
    }
    for scope in [
        "calendar",
        "calendar:*",
        "calendar:rea",
        "calendar:READ",
        "calendar:read:all",
    ] {
        let token = v.grant(&claims(&json!({"scp": [scope]})));
        let name = format!("{scope} is not calendar:read");
        v.offer(
            "scope_missing",
            "Grantex section 4",
            &name,
            token,
            json!({"required_scopes": ["calendar:read"]}),
        );
    }
    let token = v.grant(&claims(&json!({})));
    let wanted = json!({"required_scopes": ["calendar:read", "calendar:write"]});
    v.offer(
        "scope_missing",
        "Grantex section 4",
        "one scope of two",
        token,
        wanted,
    );
    for (code, name, expected) in [
        ("valid", "one developer of two", &["dev_0", "dev_1"][..]),
        (
            "grant_developer_mismatch",
            "another's developer",
            &["dev_2"],
        ),
        (
            "grant_developer_mismatch",
            "a developer's name is taken whole",
            &["dev_", "dev_11"],
        ),
    ] {
        let token = v.grant(&claims(&json!({})));
        let wanted = json!({"developers": expected});
        v.offer(code, "Grantex section 5", name, token, wanted);
    }
}

fn claimed(v: &mut Vectors) {
    let clause = "Grantex section 5";
    let mut refuse = |name: &str, claims: Value| {
        let token = v.grant(&claims);
        v.offer("grant_claim_invalid", clause, name, token, json!({}));
    };
    for claim in ["sub", "agt", "dev", "scp", "jti", "iat"] {
        refuse(&format!("without {claim}"), claims(&json!({claim: null})));
    }
    for claim in ["agt", "dev", "grnt"] {
        refuse(&format!("{claim} is a number"), claims(&json!({claim: 1})));
    }
    refuse("scp is a string", claims(&json!({"scp": "calendar:read"})));
    let scopes: Vec<_> = (0..101).map(|i| format!("s:{i}")).collect();
    refuse("101 scopes", claims(&json!({"scp": scopes})));
    refuse(
        "an alias that disagrees",
        claims(&json!({"scope": "calendar:read"})),
    );
    refuse(
        "a depth without a parent",
        claims(&json!({"delegationDepth": 1})),
    );
    refuse(
        "a parent without its grant",
        delegated(1, &json!({"parentGrnt": null})),
    );
    refuse(
        "a parent without a depth",
        delegated(1, &json!({"delegationDepth": null})),
    );
    refuse(
        "delegated, and 0 deep",
        delegated(1, &json!({"delegationDepth": 0})),
    );
    refuse(
        "one and a half deep",
        delegated(1, &json!({"delegationDepth": 1.5})),
    );
    for (name, status) in [
        ("status is a number", json!(7)),
        ("status_list is a text", json!({"status_list": "7"})),
        (
            "a place before the first",
            json!({"status_list": {"idx": -1, "uri": "https://a.example"}}),
        ),
        ("a place in no list", json!({"status_list": {"idx": 1}})),
    ] {
        refuse(name, claims(&json!({"status": status})));
    }
}

fn chains(v: &mut Vectors) {
    let clause = "Grantex section 8";
    let root = claims(&json!({}));
    let narrow = |depth| delegated(depth, &json!({"scp": ["calendar:read"]}));
    v.chain(
        "valid",
        clause,
        "a chain of one",
        slice::from_ref(&root),
        json!({}),
    );
    v.chain(
        "valid",
        clause,
        "a chain as wide as its root",
        &[root.clone(), delegated(1, &json!({}))],
        json!({}),
    );
    let three = [root.clone(), narrow(1), narrow(2)];
    v.chain(
        "valid",
        clause,
        "a chain that narrows",
        &three,
        json!({"required_scopes": ["calendar:read"]}),
    );
    v.chain(
        "scope_missing",
        clause,
        "a scope that was not passed on",
        &three,
        json!({"required_scopes": ["email:send"]}),
    );
    for (code, name, tokens, developer) in [
        ("valid", "a chain of the developer", &three[..], "dev_1"),
        (
            "grant_developer_mismatch",
            "a chain of another developer",
            &three,
            "dev_2",
        ),
        (
            "delegation_root_missing",
            "no root, and another developer",
            &three[1..],
            "dev_2",
        ),
    ] {
        let wanted = json!({"developers": [developer]});
        v.chain(code, clause, name, tokens, wanted);
    }
    let aud = json!({"aud": AUDIENCE});
    let wanted = json!({"audiences": [AUDIENCE]});
    v.chain(
        "valid",
        clause,
        "audience of the last alone",
        &[root.clone(), delegated(1, &aud)],
        wanted.clone(),
    );
    v.chain(
        "audience_missing",
        clause,
        "audience of the first alone",
        &[claims(&aud), delegated(1, &json!({}))],
        wanted,
    );
    let long = |last| -> Vec<_> {
        core::iter::once(root.clone())
            .chain((1..=last).map(|depth| delegated(depth, &json!({}))))
            .collect()
    };
    v.chain("valid", clause, "ten delegations", &long(10), json!({}));
    v.chain(
        "delegation_empty",
        clause,
        "eleven delegations",
        &long(11),
        json!({}),
    );
    v.chain("delegation_empty", clause, "no token", &[], json!({}));
    v.chain(
        "delegation_root_missing",
        clause,
        "no root",
        &[delegated(1, &json!({}))],
        json!({}),
    );
    v.chain(
        "expired",
        clause,
        "a root that is over",
        &[
            claims(&json!({"exp": NOW - 1})),
            delegated(1, &json!({"exp": NOW - 1})),
        ],
        json!({}),
    );
}

fn widened(v: &mut Vectors) {
    let clause = "Grantex section 8";
    let root = claims(&json!({}));
    for (code, name, changes) in [
        (
            "delegation_scope_wider",
            "a scope that the parent lacks",
            json!({"scp": ["calendar:read", "files:write"]}),
        ),
        (
            "delegation_scope_wider",
            "a scope in other letters",
            json!({"scp": ["Calendar:read"]}),
        ),
        (
            "delegation_outlives_parent",
            "a second longer than the parent",
            json!({"exp": NOW + 301}),
        ),
        (
            "delegation_depth_invalid",
            "two steps at once",
            json!({"delegationDepth": 2}),
        ),
        (
            "delegation_link_broken",
            "of another grant",
            json!({"parentGrnt": "grnt_9"}),
        ),
        (
            "delegation_link_broken",
            "of another agent",
            json!({"parentAgt": "did:grantex:ag_9"}),
        ),
        (
            "delegation_link_broken",
            "for another principal",
            json!({"sub": "usr_2"}),
        ),
        (
            "delegation_link_broken",
            "of another developer",
            json!({"dev": "dev_2"}),
        ),
        (
            "grant_claim_invalid",
            "without a developer",
            json!({"dev": null}),
        ),
    ] {
        let chain = [root.clone(), delegated(1, &changes)];
        v.chain(
            code,
            clause,
            &format!("a delegation {name}"),
            &chain,
            json!({}),
        );
    }
    let twice = [root.clone(), root.clone()];
    v.chain(
        "delegation_link_broken",
        clause,
        "the root twice",
        &twice,
        json!({}),
    );
    let late = [
        root.clone(),
        delegated(1, &json!({"scp": ["calendar:read"]})),
        delegated(2, &json!({})),
    ];
    v.chain(
        "delegation_scope_wider",
        clause,
        "wider again than its own parent",
        &late,
        json!({}),
    );
    let skipped = [root, delegated(2, &json!({}))];
    v.chain(
        "delegation_link_broken",
        clause,
        "a link left out",
        &skipped,
        json!({}),
    );
}
