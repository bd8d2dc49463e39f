//! No child ever exceeds its parent: 100,000 delegations drawn at random, each the end of a
//! chain of its own, through the rule that issues and the rule that verifiers use.
//!
//! The signer is a fake, for what a token says is what is looked at here; [`judge`] knows
//! nothing of either rule, and convicts machines that narrow wrongly on purpose.

use std::collections::{BTreeMap, BTreeSet};

use countersign::{
    authority::{
        account::grants::delegate::{DEPTH_LIMIT, delegate},
        refusal::Refusal,
    },
    grant::GrantClaims,
    jose::unverified::decode_unverified,
};

use super::bench::Bench;
use crate::house::Dice;

const SCOPES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// What a token says, read without the library's own readers of claims.
#[derive(Debug, Clone)]
struct Said {
    scopes: BTreeSet<String>,
    expires_at: i64,
    depth: u64,
    grant: String,
    parent: Option<String>,
    agent: String,
    parent_agent: Option<String>,
    principal: String,
}

fn payload(token: &str) -> Vec<u8> {
    decode_unverified(token.as_bytes())
        .unwrap()
        .payload()
        .to_vec()
}

fn said(token: &str) -> Said {
    let claims: serde_json::Value = serde_json::from_slice(&payload(token)).unwrap();
    let text = |name: &str| claims[name].as_str().map(str::to_owned);
    let scopes = claims["scp"].as_array().unwrap().iter();
    Said {
        scopes: scopes
            .map(|scope| scope.as_str().unwrap().to_owned())
            .collect(),
        expires_at: claims["exp"].as_i64().unwrap(),
        depth: claims["delegationDepth"].as_u64().unwrap_or(0),
        grant: text("grnt").unwrap(),
        parent: text("parentGrnt"),
        agent: text("agt").unwrap(),
        parent_agent: text("parentAgt"),
        principal: text("sub").unwrap(),
    }
}

/// In which way a child exceeds its parent.
fn judge(child: &Said, parent: &Said) -> Option<&'static str> {
    if !child.scopes.is_subset(&parent.scopes) || child.scopes.is_empty() {
        Some("scopes")
    } else if child.expires_at > parent.expires_at {
        Some("expiry")
    } else if child.depth != parent.depth + 1 || child.depth > u64::from(DEPTH_LIMIT) {
        Some("depth")
    } else if child.parent.as_ref() != Some(&parent.grant)
        || child.parent_agent.as_ref() != Some(&parent.agent)
        || child.principal != parent.principal
    {
        Some("link")
    } else {
        None
    }
}

fn draw_scopes(dice: &Dice) -> Vec<String> {
    let count = 1 + dice.below(4);
    (0..count)
        .map(|_| SCOPES[dice.below(SCOPES.len())].to_owned())
        .collect()
}

#[test]
fn no_child_exceeds_its_parent_in_100_000_chains() {
    let bench = Bench::new(300);
    let agents = bench.furnish(5);
    let dice = Dice::new(301);
    let mut tokens: Vec<(String, Said)> = Vec::new();
    let (mut issued, mut refused) = (0, BTreeMap::new());
    for round in 0..100_000 {
        bench.now.set(bench.now.get() + dice.below(40) as i64);
        // A few hundred tokens are alive at once; the oldest are left to expire.
        if round % 50 == 0 {
            let agent = &agents[dice.below(agents.len())];
            let token = bench.root(agent, draw_scopes(&dice), 1 + dice.below(90_000) as i64);
            let claims = said(&token.grant_token);
            assert_eq!((claims.depth, &claims.parent), (0, &None));
            tokens.push((token.grant_token, claims));
        }
        let reach = tokens.len().min(300);
        let (parent_token, parent) = tokens[tokens.len() - 1 - dice.below(reach)].clone();
        // Half of them ask for what the parent has, the others for anything.
        let scopes = if dice.below(2) == 0 {
            let own: Vec<_> = parent.scopes.iter().cloned().collect();
            (0..=dice.below(own.len()))
                .map(|at| own[at].clone())
                .collect()
        } else {
            draw_scopes(&dice)
        };
        let lifetime = Some(1 + dice.below(120_000) as i64);
        let agent = &agents[dice.below(agents.len())];
        let outcome =
            bench.run(|account| delegate(account, &parent_token, agent, &scopes, lifetime));
        // What must be refused is, and nothing else.
        let over = bench.now.get() >= parent.expires_at * 1000;
        let wider = scopes.iter().any(|scope| !parent.scopes.contains(scope));
        let deep = parent.depth >= u64::from(DEPTH_LIMIT);
        match outcome {
            Ok(child) => {
                assert!(!over && !wider && !deep, "round {round}");
                let claims = said(&child.grant_token);
                assert_eq!(
                    judge(&claims, &parent),
                    None,
                    "round {round}: {claims:?} {parent:?}"
                );
                // The rule that verifiers use says the same of the same two tokens.
                let [of_child, of_parent] = [&child.grant_token, &parent_token]
                    .map(|token| GrantClaims::read(&payload(token)).unwrap());
                assert_eq!(of_child.extent().within(&of_parent.extent()), Ok(()));
                tokens.push((child.grant_token, claims));
                issued += 1;
            }
            Err(refusal) => {
                let reason = match refusal {
                    Refusal::TokenRejected => over,
                    Refusal::TooDeep { .. } => deep && !over,
                    Refusal::ScopeWider => wider && !deep && !over,
                    _ => false,
                };
                assert!(reason, "round {round}: {refusal:?}");
                *refused.entry(refusal.code()).or_insert(0) += 1;
            }
        }
    }
    // The history was one in which each of them was tried often.
    assert!(issued > 10_000, "{issued}");
    assert!(
        refused.len() == 3 && refused.values().all(|count| *count > 1_000),
        "{refused:?}"
    );
}

/// Ways to narrow wrongly.
#[derive(Debug, Clone, Copy)]
enum Broken {
    KeepsAForeignScope,
    OutlivesByASecond,
    DepthStaysBehind,
    NoLimitOfDepth,
    AnotherPrincipal,
    AnotherParent,
}

// A judge that acquits everyone proves nothing.
#[test]
fn the_judge_convicts_each_broken_narrowing() {
    let dice = Dice::new(302);
    let parent_of = |depth: u64| Said {
        scopes: BTreeSet::from(["a".to_owned(), "b".to_owned()]),
        expires_at: 1_000,
        depth,
        grant: "g".into(),
        parent: None,
        agent: "x".into(),
        parent_agent: None,
        principal: "p".into(),
    };
    let narrow = |parent: &Said| Said {
        scopes: parent
            .scopes
            .iter()
            .take(1 + dice.below(2))
            .cloned()
            .collect(),
        expires_at: parent.expires_at - dice.below(3) as i64,
        depth: parent.depth + 1,
        grant: "h".into(),
        parent: Some(parent.grant.clone()),
        agent: "y".into(),
        parent_agent: Some(parent.agent.clone()),
        principal: parent.principal.clone(),
    };
    for _ in 0..1_000 {
        let parent = parent_of(dice.below(DEPTH_LIMIT as usize) as u64);
        assert_eq!(judge(&narrow(&parent), &parent), None);
        for broken in [
            Broken::KeepsAForeignScope,
            Broken::OutlivesByASecond,
            Broken::DepthStaysBehind,
            Broken::NoLimitOfDepth,
            Broken::AnotherPrincipal,
            Broken::AnotherParent,
        ] {
            let mut parent = parent.clone();
            if let Broken::NoLimitOfDepth = broken {
                parent.depth = DEPTH_LIMIT.into();
            }
            let mut child = narrow(&parent);
            match broken {
                Broken::KeepsAForeignScope => drop(child.scopes.insert("c".into())),
                Broken::OutlivesByASecond => child.expires_at = parent.expires_at + 1,
                Broken::DepthStaysBehind => child.depth = parent.depth,
                Broken::NoLimitOfDepth => {}
                Broken::AnotherPrincipal => child.principal = "q".into(),
                Broken::AnotherParent => child.parent = Some("other".into()),
            }
            assert!(judge(&child, &parent).is_some(), "{broken:?}");
        }
    }
}
