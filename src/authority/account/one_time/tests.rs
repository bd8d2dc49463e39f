use super::*;
use crate::authority::testing::Bench;
use crate::authority::{
    Halt,
    account::audit,
    refusal::{Field, Refusal},
};
use alloc::format;
use alloc::string::ToString;

const MINUTE: i64 = 60_000;

fn bench() -> Bench {
    Bench::new()
}

fn code(number: u8) -> NewSecret<'static> {
    NewSecret {
        kind: SecretKind::Code,
        hash: [number; 32],
        subject: "agent",
        binding: "github",
        payload: b"payload",
        expires_at: Timestamp(Bench::START.0 + MINUTE),
    }
}

fn redemption(number: u8) -> Redemption<'static> {
    Redemption {
        kind: SecretKind::Code,
        hash: [number; 32],
        binding: "github",
        redeemer: "key 1",
        idempotency_key: None,
        address: "192.0.2.1",
    }
}

fn answer(bench: &Bench, at: i64, redemption: &Redemption<'_>) -> Result<Redeemed, &'static str> {
    let result = bench.at(at, |account| {
        try_redeem(account, redemption, |secret| Ok(secret.payload.clone()))
    });
    result.unwrap().map_err(|rejection| rejection.reason())
}

fn issued() -> Bench {
    let bench = bench();
    bench.at(0, |account| issue(account, &code(1))).unwrap();
    bench
}

#[test]
fn a_secret_is_redeemed_once() {
    let bench = issued();
    let first = answer(&bench, 1, &redemption(1)).unwrap();
    assert_eq!(
        (first.answer.as_slice(), first.repeat),
        (&b"payload"[..], false)
    );
    assert_eq!(answer(&bench, 2, &redemption(1)), Err("spent"));
}

#[test]
fn it_dies_at_the_very_millisecond_of_its_expiry() {
    assert!(answer(&issued(), MINUTE - 1, &redemption(1)).is_ok());
    assert_eq!(answer(&issued(), MINUTE, &redemption(1)), Err("expired"));
}

#[test]
fn another_redeemer_does_not_spend_it() {
    let bench = issued();
    let other = Redemption {
        binding: "gitlab",
        ..redemption(1)
    };
    assert_eq!(answer(&bench, 1, &other), Err("bound to another"));
    assert!(answer(&bench, 2, &redemption(1)).is_ok());
    // Now it is spent, and the other one learns nothing of that.
    assert_eq!(answer(&bench, 3, &other), Err("bound to another"));
}

#[test]
fn another_kind_does_not_see_it() {
    let bench = issued();
    let other = Redemption {
        kind: SecretKind::MailLink,
        ..redemption(1)
    };
    assert_eq!(answer(&bench, 1, &other), Err("unknown"));
    assert_eq!(
        bench
            .at(1, |a| peek(a, SecretKind::MailLink, &[1; 32]))
            .unwrap(),
        None
    );
    assert!(
        bench
            .at(1, |a| peek(a, SecretKind::Code, &[1; 32]))
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_stranger_cannot_tell_the_reasons_apart() {
    let bench = issued();
    let refused = |at, redemption: &Redemption<'_>| match bench.at(at, |account| {
        redeem(account, redemption, |_| Ok(Vec::new()))
    }) {
        Err(Halt::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    let other = Redemption {
        binding: "gitlab",
        ..redemption(1)
    };
    bench.at(0, |account| issue(account, &code(2))).unwrap();
    assert_eq!(refused(1, &other), Refusal::SecretRejected);
    assert_eq!(refused(1, &redemption(9)), Refusal::SecretRejected);
    bench
        .at(1, |account| {
            redeem(account, &redemption(1), |_| Ok(Vec::new()))
        })
        .unwrap();
    assert_eq!(refused(2, &redemption(1)), Refusal::SecretRejected);
    assert_eq!(refused(MINUTE, &redemption(2)), Refusal::SecretRejected);

    let log = bench
        .at(MINUTE, |account| audit::page(account, None, 10))
        .unwrap();
    let details: Vec<_> = log.iter().map(|entry| entry.detail.as_str()).collect();
    let spent = format!("spent, by key 1 at {}", Bench::START.0 + 1);
    assert_eq!(details, ["expired", spent.as_str(), "bound to another"]);
    assert!(
        log.iter()
            .all(|entry| entry.kind == "code_refused" && entry.subject == "agent")
    );
}

#[test]
fn a_lost_answer_is_given_again_to_the_same_redeemer_with_the_same_key() {
    let bench = issued();
    let keyed = Redemption {
        idempotency_key: Some("try-1"),
        ..redemption(1)
    };
    let first = answer(&bench, 10, &keyed).unwrap();
    let again = answer(&bench, 10 + REPLAY_WINDOW - 1, &keyed).unwrap();
    assert_eq!((first.repeat, again.repeat), (false, true));
    assert_eq!(first.answer, again.answer);

    for other in [
        Redemption {
            idempotency_key: None,
            ..keyed
        },
        Redemption {
            idempotency_key: Some("try-2"),
            ..keyed
        },
        Redemption {
            redeemer: "key 2",
            ..keyed
        },
    ] {
        assert_eq!(answer(&bench, 11, &other), Err("spent"));
    }
    assert_eq!(answer(&bench, 10 + REPLAY_WINDOW, &keyed), Err("spent"));
}

#[test]
fn without_a_key_no_answer_is_kept() {
    let bench = issued();
    answer(&bench, 1, &redemption(1)).unwrap();
    let keyed = Redemption {
        idempotency_key: Some("late"),
        ..redemption(1)
    };
    assert_eq!(answer(&bench, 2, &keyed), Err("spent"));
    let rows = bench
        .store
        .run("SELECT answer FROM one_time_secrets", &[])
        .unwrap();
    assert_eq!(rows[0].optional_blob(0), Ok(None));
}

#[test]
fn a_rule_that_refuses_or_needs_more_spends_nothing() {
    let bench = issued();
    let refused = bench.at(1, |account| {
        redeem(account, &redemption(1), |_| Err(Refusal::NotFound.into()))
    });
    assert!(matches!(refused, Err(Halt::Refused(Refusal::NotFound))));
    let needing = bench.at(1, |account| {
        redeem(account, &redemption(1), |_| {
            Ok(account.world.sign("key", b"m")?.to_vec())
        })
    });
    assert!(matches!(needing, Err(Halt::Needs(_))));
    assert!(answer(&bench, 2, &redemption(1)).is_ok());
}

// A platform whose key is stopped may have others, and other accounts.
#[test]
fn many_keys_together_do_not_fill_the_log() {
    let bench = issued();
    answer(&bench, 1, &redemption(1)).unwrap();
    for number in 0..1_100 {
        let redeemer = format!("key {}", number / 100);
        let shown = Redemption {
            redeemer: &redeemer,
            ..redemption(1)
        };
        assert_eq!(answer(&bench, 2, &shown), Err("spent"));
    }
    let logged = bench.store.run("SELECT 1 FROM audit", &[]).unwrap().len();
    assert_eq!(logged, 1_000);
}

#[test]
fn idempotency_keys_are_bounded() {
    let bench = issued();
    let long = "k".repeat(256);
    for key in ["", long.as_str(), "ä", "a\nb"] {
        let keyed = Redemption {
            idempotency_key: Some(key),
            ..redemption(1)
        };
        let result = bench.at(1, |account| redeem(account, &keyed, |_| Ok(Vec::new())));
        assert!(
            matches!(
                result,
                Err(Halt::Refused(Refusal::InvalidField {
                    field: Field::IdempotencyKey,
                    ..
                }))
            ),
            "{key:?}"
        );
    }
}

#[test]
fn issuing_again_changes_nothing() {
    let bench = issued();
    answer(&bench, 1, &redemption(1)).unwrap();
    bench.at(2, |account| issue(account, &code(1))).unwrap();
    assert_eq!(answer(&bench, 3, &redemption(1)), Err("spent"));
}

#[test]
fn what_was_never_issued_is_spent_once() {
    let bench = bench();
    let spend = || {
        bench
            .at(0, |account| spend_unissued(account, &code(3), "browser"))
            .unwrap()
    };
    assert_eq!([spend(), spend()], [true, false]);
}

#[test]
fn an_unspent_secret_can_be_amended_and_withdrawn_a_spent_one_cannot() {
    let bench = issued();
    let amend = |at, subject: &str| {
        bench
            .at(at, |a| {
                amend(a, SecretKind::Code, &[1; 32], subject, b"new")
            })
            .unwrap()
    };
    assert!(amend(1, "somebody"));
    assert_eq!(answer(&bench, 2, &redemption(1)).unwrap().answer, b"new");
    assert!(!amend(3, "somebody else"));
    assert!(
        !bench
            .at(3, |a| withdraw(a, SecretKind::Code, &[1; 32]))
            .unwrap()
    );

    let bench = issued();
    assert!(
        bench
            .at(1, |a| withdraw(a, SecretKind::Code, &[1; 32]))
            .unwrap()
    );
    assert_eq!(answer(&bench, 1, &redemption(1)), Err("expired"));
}

#[test]
fn pages_are_newest_first_and_complete() {
    let bench = bench();
    for number in 0..25u8 {
        let secret = NewSecret {
            expires_at: Timestamp(Bench::START.0 + i64::from(number / 3)),
            ..code(number)
        };
        bench.at(0, |account| issue(account, &secret)).unwrap();
    }
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let page = bench
            .at(0, |a| page(a, SecretKind::Code, before, 4))
            .unwrap();
        let Some(last) = page.last() else { break };
        before = Some((last.expires_at, last.hash));
        seen.extend(page.iter().map(|secret| secret.hash[0]));
    }
    assert_eq!(seen, (0..25).rev().collect::<Vec<u8>>());
}

#[test]
fn the_dead_are_swept_after_a_day_and_the_alarm_says_when() {
    let bench = issued();
    let due = Timestamp(Bench::START.0 + MINUTE + KEPT_AFTER_EXPIRY);
    assert_eq!(next_sweep(&bench.store).unwrap(), Some(due));
    sweep(&bench.store, due.plus(-1)).unwrap();
    assert!(
        bench
            .at(0, |a| peek(a, SecretKind::Code, &[1; 32]))
            .unwrap()
            .is_some()
    );
    sweep(&bench.store, due).unwrap();
    assert_eq!(
        bench
            .at(0, |a| peek(a, SecretKind::Code, &[1; 32]))
            .unwrap(),
        None
    );
    assert_eq!(next_sweep(&bench.store).unwrap(), None);
}

#[test]
fn every_statement_finds_its_rows_by_an_index() {
    let bench = issued();
    for (sql, wanted) in [
        (
            "EXPLAIN QUERY PLAN SELECT 1 FROM one_time_secrets WHERE hash = x'' AND kind = ''",
            "PRIMARY KEY",
        ),
        (
            "EXPLAIN QUERY PLAN SELECT hash FROM one_time_secrets
             WHERE kind = '' AND (expires_at, hash) < (1, x'') ORDER BY expires_at DESC, hash DESC",
            "one_time_secrets_by_kind",
        ),
        (
            "EXPLAIN QUERY PLAN SELECT hash FROM one_time_secrets
             WHERE kind = '' AND expires_at <= 1 ORDER BY expires_at LIMIT 1000",
            "one_time_secrets_by_kind",
        ),
    ] {
        let plan: Vec<_> = bench.store.run(sql, &[]).unwrap();
        let plan: Vec<_> = plan
            .iter()
            .map(|row| row.text(3).unwrap().to_string())
            .collect();
        assert_eq!(plan.len(), 1, "{plan:?}");
        assert!(
            plan[0].starts_with("SEARCH") && plan[0].contains(wanted),
            "{plan:?}"
        );
    }
}
