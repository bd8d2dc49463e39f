//! Sign-up: two names and an account, all or none, whatever gets lost on the way.

use std::{cell::Cell, collections::BTreeSet, rc::Rc};

use countersign::authority::{
    NameKind, Place,
    account::person,
    across::sign_up::{NewPerson, sign_up},
    directory::names::RESERVATION,
    refusal::{Field, Problem, Refusal},
};

use crate::{
    house::{Dice, House, Mischief, No},
    people::{PASSWORD, client, is_signed_in, join, log, names, person as somebody, sign_in},
};

#[test]
fn a_person_signs_up_and_is_known_by_both_names() {
    let house = House::new(1);
    let ada = join(&house, "ada");
    assert!(is_signed_in(&house, &ada));
    let profile = house.account(ada.account, person::profile).unwrap();
    assert_eq!(
        (
            profile.username.as_str(),
            profile.email.as_str(),
            profile.email_verified
        ),
        ("ada", "ada@example.com", false)
    );
    assert_eq!(profile.user_id, format!("user_{}", ada.account));
    for login in ["ada", " ADA ", "ada@example.com", "Ada@Example.com"] {
        let again = sign_in(&house, login, PASSWORD).unwrap();
        assert_eq!(again.account, ada.account);
        assert_ne!(again.session_token, ada.session_token);
    }
    assert_eq!(log(&house, ada.account)[..2], ["signed_up", "signed_in"]);
}

#[test]
fn nothing_is_stored_in_clear() {
    let house = House::new(2);
    let ada = join(&house, "ada");
    let rows = house.rows(Place::Account(ada.account), "SELECT password FROM person");
    assert!(rows[0].text(0).unwrap().starts_with("$argon2id$"));
    let everything = format!(
        "{rows:?}{:?}{:?}",
        house.rows(Place::Account(ada.account), "SELECT * FROM sessions"),
        house.rows(Place::Account(ada.account), "SELECT * FROM audit"),
    );
    assert!(!everything.contains(PASSWORD) && !everything.contains(&ada.session_token[20..]));
}

#[test]
fn a_taken_name_takes_nothing() {
    let house = House::new(3);
    join(&house, "ada");
    let before = (names(&house), house.places());
    let taken = |person: NewPerson| house.front(|world| sign_up(world, &person, &client()));
    let other_email = NewPerson {
        email: "other@example.com".into(),
        ..somebody("ADA")
    };
    assert_eq!(
        taken(other_email),
        Err(No::Refused(Refusal::NameTaken {
            kind: NameKind::Username
        }))
    );
    let other_name = NewPerson {
        username: "other".into(),
        ..somebody("ada")
    };
    assert_eq!(
        taken(other_name),
        Err(No::Refused(Refusal::NameTaken {
            kind: NameKind::Email
        }))
    );
    assert_eq!(names(&house), before.0);
    let accounts = |places: &[String]| {
        places
            .iter()
            .filter(|name| name.contains("Account"))
            .count()
    };
    assert_eq!(accounts(&house.places()), accounts(&before.1));
    // What was free is free again, for anybody and at once.
    join(&house, "other");
}

#[test]
fn what_breaks_a_rule_asks_nobody() {
    let house = House::new(4);
    for (broken, field, problem) in [
        (
            NewPerson {
                username: "a".into(),
                ..somebody("ada")
            },
            Field::Username,
            Problem::TooShort(2),
        ),
        (
            NewPerson {
                email: "ada".into(),
                ..somebody("ada")
            },
            Field::Email,
            Problem::Malformed,
        ),
        (
            NewPerson {
                display_name: " ".into(),
                ..somebody("ada")
            },
            Field::DisplayName,
            Problem::Missing,
        ),
        (
            NewPerson {
                password: "too short".into(),
                ..somebody("ada")
            },
            Field::Password,
            Problem::TooShort(10),
        ),
    ] {
        assert_eq!(
            house.front(|world| sign_up(world, &broken, &client())),
            Err(No::Refused(Refusal::InvalidField { field, problem }))
        );
    }
    assert_eq!(house.questions(), 0);
}

/// Racers for one user name, one mail address, or both: one wins at most, the names that lead
/// anywhere lead to winners alone, and nothing else is left.
#[test]
fn of_racing_sign_ups_at_most_one_has_a_name() {
    let mut won = 0;
    for seed in 0..60 {
        let house = House::new(seed);
        let people: Vec<_> = (0..2 + house.dice.below(3))
            .map(|number| match house.dice.below(3) {
                0 => somebody("ada"),
                1 => NewPerson {
                    username: "ada".into(),
                    ..somebody(&format!("ada{number}"))
                },
                _ => NewPerson {
                    email: "ada@example.com".into(),
                    ..somebody(&format!("ada{number}"))
                },
            })
            .collect();
        let runs = people
            .iter()
            .map(|person| house.front_run(move |world| sign_up(world, person, &client())))
            .collect();
        let ends = house.race(runs);

        let mut taken = BTreeSet::new();
        for (person, end) in people.iter().zip(&ends) {
            match end {
                Ok(winner) => {
                    won += 1;
                    assert!(is_signed_in(&house, winner));
                    for name in [&person.username, &person.email] {
                        let held = (name.clone(), winner.account.to_string(), true);
                        assert!(taken.insert(held), "seed {seed}: {name} twice");
                    }
                }
                Err(No::Refused(Refusal::NameTaken { .. })) => {}
                Err(other) => panic!("seed {seed}: {other:?}"),
            }
        }
        let held: BTreeSet<_> = names(&house).into_iter().collect();
        assert_eq!(held, taken, "seed {seed}");
    }
    assert!(won > 30, "{won}: the races tested something");
}

/// The same sign-up with each of its questions crashed or its answer lost, once and again:
/// repeated, it ends as if nothing had happened.
#[test]
fn a_question_that_is_repeated_changes_nothing() {
    for victim in 0..5 {
        for mischief in [Mischief::CrashBeforeCommit, Mischief::LoseAnswer] {
            let house = House::new(victim);
            let asked = Cell::new(0);
            house.mischief(2, move |_, _| {
                asked.set(asked.get() + 1);
                let hit = [victim + 1, victim + 2].contains(&asked.get());
                if hit { mischief } else { Mischief::None }
            });
            let ada = join(&house, "ada");
            house.peace();
            assert!(is_signed_in(&house, &ada));
            assert_eq!(log(&house, ada.account), ["signed_up", "signed_in"]);
            assert_eq!(names(&house).len(), 2);
            assert!(names(&house).iter().all(|(_, account, confirmed)| {
                *confirmed && *account == ada.account.to_string()
            }));
        }
    }
}

/// A sign-up that dies at any point leaves names that can be had again after a while, and
/// never an account that a name leads to by half.
#[test]
fn a_sign_up_that_dies_blocks_its_names_for_minutes_only() {
    let mut died = 0;
    for seed in 0..40 {
        let house = House::new(seed);
        let dice = Rc::new(Dice::new(seed ^ 0xdead));
        let chance = dice.clone();
        house.mischief(0, move |_, _| match chance.below(6) {
            0 => Mischief::CrashBeforeCommit,
            1 => Mischief::LoseAnswer,
            _ => Mischief::None,
        });
        let person = somebody("ada");
        let first = house.front(|world| sign_up(world, &person, &client()));
        house.peace();
        match first {
            Ok(ada) => assert!(is_signed_in(&house, &ada)),
            Err(No::Died) => {
                died += 1;
                house.advance(RESERVATION);
                house.ring().unwrap();
                let confirmed: Vec<_> = names(&house);
                if confirmed.is_empty() {
                    join(&house, "ada");
                } else {
                    // It died while its names were confirmed: the account is whole, and its
                    // person signs in by whatever name leads there.
                    assert!(confirmed.iter().all(|(_, _, confirmed)| *confirmed));
                    for (name, account, _) in confirmed {
                        let ada = sign_in(&house, &name, PASSWORD).unwrap();
                        assert_eq!(ada.account.to_string(), account);
                    }
                }
            }
            Err(other) => panic!("seed {seed}: {other:?}"),
        }
    }
    assert!(died > 10, "{died}: the test tested something");
}

#[test]
fn a_slow_sign_up_whose_names_are_gone_leaves_nothing_behind() {
    let house = House::new(9);
    let person = somebody("ada");
    let mut slow = house.front_run(|world| sign_up(world, &person, &client()));
    // Counted, reserved, created; then its machine sleeps.
    for _ in 0..3 {
        assert!(house.step(&mut slow).is_none());
    }
    let abandoned = house
        .places()
        .into_iter()
        .find(|name| name.contains("Account"))
        .unwrap();
    house.advance(RESERVATION);
    let fast = join(&house, "ada");
    let end = loop {
        if let Some(end) = house.step(&mut slow) {
            break end;
        }
    };
    assert!(matches!(end, Err(No::Refused(Refusal::NameTaken { .. }))));
    assert_eq!(
        sign_in(&house, "ada", PASSWORD).unwrap().account,
        fast.account
    );
    assert_eq!(
        sign_in(&house, "ada@example.com", PASSWORD)
            .unwrap()
            .account,
        fast.account
    );
    let id = abandoned
        .trim_start_matches("Account(")
        .trim_end_matches(')');
    let id = countersign::authority::AccountId::parse(id).unwrap();
    for sql in [
        "SELECT 1 FROM person",
        "SELECT 1 FROM sessions",
        "SELECT 1 FROM audit",
    ] {
        assert!(house.rows(Place::Account(id), sql).is_empty(), "{sql}");
    }
}
