//! Sign-in by password: who guesses learns nothing and is soon told to wait.

use countersign::authority::{
    AccountId, Client, Place,
    account::{form_token, password::Password, person, session},
    across::sign_in::with_password,
    refusal::Refusal,
};

use crate::{
    house::{House, No},
    people::{PASSWORD, client, is_signed_in, join, log, sign_in},
};

const WRONG: &str = "wrong horse battery";

#[test]
fn an_unknown_name_and_a_wrong_password_are_answered_alike() {
    let house = House::new(1);
    join(&house, "ada");
    let questions = |login: &str| {
        let before = house.questions();
        let answer = sign_in(&house, login, WRONG).map(|_| ());
        (answer, house.questions() - before)
    };
    let known = questions("ada");
    assert_eq!(known.0, Err(No::Refused(Refusal::SignInFailed)));
    assert_eq!(questions("nobody"), known);
    assert_eq!(questions("nobody@example.com"), known);
    assert_eq!(questions("ada@example.com"), known);
}

/// The same number of failures, then the same wait, for a person and for nobody.
#[test]
fn after_ten_failures_everybody_waits() {
    for login in ["ada", "nobody"] {
        let house = House::new(2);
        join(&house, "ada");
        for _ in 0..10 {
            assert_eq!(
                sign_in(&house, login, WRONG),
                Err(No::Refused(Refusal::SignInFailed)),
                "{login}"
            );
        }
        let wait = Err(No::Refused(Refusal::RateLimited { retry_after: 90 }));
        assert_eq!(sign_in(&house, login, WRONG), wait, "{login}");
        assert_eq!(sign_in(&house, login, PASSWORD), wait, "{login}");
        house.advance(90_000);
        assert_eq!(
            sign_in(&house, login, WRONG),
            Err(No::Refused(Refusal::SignInFailed)),
            "{login}"
        );
        assert_eq!(sign_in(&house, login, WRONG), wait, "{login}");
    }
}

#[test]
fn a_limit_on_one_name_is_no_limit_on_another() {
    let house = House::new(3);
    let ada = join(&house, "ada");
    let fail = |number: usize| {
        assert_eq!(
            sign_in(&house, &format!("nobody{number}"), WRONG),
            Err(No::Refused(Refusal::SignInFailed)),
            "{number}"
        );
    };
    for number in (0..4).flat_map(|number| [number; 10]) {
        fail(number);
    }
    // More names than there are decoys: some of them share one with the four.
    (4..80).for_each(fail);
    assert_eq!(
        sign_in(&house, "ada", PASSWORD).unwrap().account,
        ada.account
    );
    let decoys = house
        .places()
        .iter()
        .filter(|name| name.contains("Account"))
        .count()
        - 1;
    assert!((40..=64).contains(&decoys), "{decoys}");
    // What strangers made us write is gone when it limits nobody any more.
    for _ in 0..3 {
        house.advance(3_600_000);
        house.ring().unwrap();
    }
    for name in house.places() {
        let Some(id) = name
            .strip_prefix("Account(")
            .and_then(|id| id.strip_suffix(')'))
        else {
            continue;
        };
        let place = Place::Account(AccountId::parse(id).unwrap());
        assert!(house.rows(place, "SELECT 1 FROM limits").is_empty());
        let log = house.rows(place, "SELECT 1 FROM audit");
        assert_eq!(log.is_empty(), id != ada.account.as_str());
    }
}

#[test]
fn one_address_tries_so_often_and_no_more() {
    let house = House::new(10);
    let from = |address: &str, number: usize| {
        let (login, client) = (format!("nobody{number}"), Client::new(address, ""));
        house.front(|world| with_password(world, &login, "short", None, &client))
    };
    for number in 0..300 {
        assert_eq!(
            from("192.0.2.9", number),
            Err(No::Refused(Refusal::SignInFailed))
        );
    }
    let wait = Err(No::Refused(Refusal::RateLimited { retry_after: 1 }));
    assert_eq!(from("192.0.2.9", 300), wait);
    assert_eq!(
        from("192.0.2.10", 300),
        Err(No::Refused(Refusal::SignInFailed))
    );
    house.advance(1_000);
    assert_eq!(
        from("192.0.2.9", 300),
        Err(No::Refused(Refusal::SignInFailed))
    );
}

#[test]
fn success_forgives_and_the_log_remembers() {
    let house = House::new(4);
    let ada = join(&house, "ada");
    for _ in 0..9 {
        assert!(sign_in(&house, "ada", WRONG).is_err());
    }
    sign_in(&house, "ada", PASSWORD).unwrap();
    for _ in 0..10 {
        assert_eq!(
            sign_in(&house, "ada", WRONG),
            Err(No::Refused(Refusal::SignInFailed))
        );
    }
    let refused = log(&house, ada.account)
        .iter()
        .filter(|kind| *kind == "sign_in_refused")
        .count();
    assert_eq!(refused, 19);
}

#[test]
fn a_hash_of_lesser_parameters_is_replaced_at_sign_in() {
    let house = House::new(5);
    let ada = join(&house, "ada");
    // m=64,t=1 of the same password, by the reference implementation.
    house.rows(
        Place::Account(ada.account),
        "UPDATE person SET password = '$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$/ur5fLELUb1eXkT9oKHqq6gHGZ9Phwgbj4qyIcCNaYc'",
    );
    assert_eq!(
        sign_in(&house, "ada", WRONG),
        Err(No::Refused(Refusal::SignInFailed))
    );
    sign_in(&house, "ada", PASSWORD).unwrap();
    let rows = house.rows(Place::Account(ada.account), "SELECT password FROM person");
    assert!(
        rows[0]
            .text(0)
            .unwrap()
            .starts_with("$argon2id$v=19$m=16384,t=4,p=1$")
    );
    sign_in(&house, "ada", PASSWORD).unwrap();
}

#[test]
fn a_new_password_needs_the_old_one_and_ends_the_other_sessions() {
    let house = House::new(6);
    let ada = join(&house, "ada");
    let other = sign_in(&house, "ada", PASSWORD).unwrap();
    let change = |old: &str| {
        house.account(ada.account, |account| {
            let session = session::authenticate(account, &ada.session_token)?;
            let (old, new) = (
                Password::attempt(old)?,
                Password::choose("a better password")?,
            );
            person::change_password(account, &session, &old, &new, &client())
        })
    };
    assert_eq!(change(WRONG), Err(No::Refused(Refusal::SignInFailed)));
    assert!(is_signed_in(&house, &other));
    change(PASSWORD).unwrap();
    assert!(is_signed_in(&house, &ada) && !is_signed_in(&house, &other));
    assert!(sign_in(&house, "ada", PASSWORD).is_err());
    sign_in(&house, "ada", "a better password").unwrap();
}

#[test]
fn a_password_is_changed_so_often_and_no_more() {
    let house = House::new(13);
    let ada = join(&house, "ada");
    let change = |number: usize| {
        house.account(ada.account, |account| {
            let session = session::authenticate(account, &ada.session_token)?;
            let known = |number| match number {
                0 => PASSWORD.to_owned(),
                number => format!("a better password {number}"),
            };
            let (old, new) = (
                Password::attempt(&known(number))?,
                Password::choose(&known(number + 1))?,
            );
            person::change_password(account, &session, &old, &new, &client())
        })
    };
    for number in 0..10 {
        change(number).unwrap();
    }
    let refused = Err(No::Refused(Refusal::RateLimited { retry_after: 360 }));
    assert_eq!(change(10), refused);
    house.advance(360_000);
    change(10).unwrap();
}

#[test]
fn a_sign_in_form_is_sent_once() {
    let house = House::new(7);
    join(&house, "ada");
    for login in ["ada", "nobody"] {
        let token = house
            .front(|world| Ok(form_token::mint_before_session(world, "sign in", "cookie")))
            .unwrap();
        let send = |password: &str| {
            house.front(|world| {
                let form = form_token::check_before_session(world, "sign in", "cookie", &token)?;
                with_password(world, login, password, Some(form), &client())
            })
        };
        assert_eq!(send(WRONG), Err(No::Refused(Refusal::SignInFailed)));
        assert_eq!(
            send(PASSWORD),
            Err(No::Refused(Refusal::FormRejected)),
            "{login}"
        );
    }
}

#[test]
fn who_waits_writes_nothing() {
    let house = House::new(11);
    let ada = join(&house, "ada");
    let place = Place::Account(ada.account);
    let written = || house.rows(place, "SELECT 1 FROM one_time_secrets").len();
    let try_out = || {
        house.front(|world| {
            let token = form_token::mint_before_session(world, "sign in", "cookie");
            let form = form_token::check_before_session(world, "sign in", "cookie", &token)?;
            with_password(world, "ada", WRONG, Some(form), &client())
        })
    };
    for _ in 0..10 {
        assert_eq!(try_out(), Err(No::Refused(Refusal::SignInFailed)));
    }
    let before = written();
    assert_eq!(before, 10, "each form is spent");
    for _ in 0..20 {
        let refused = try_out();
        assert!(matches!(
            refused,
            Err(No::Refused(Refusal::RateLimited { .. }))
        ));
    }
    assert_eq!(written(), before);
}

#[test]
fn a_made_up_account_is_nobody_and_leaves_nothing_behind() {
    let house = House::new(8);
    let ada = join(&house, "ada");
    let stranger = ada
        .session_token
        .replacen(ada.account.as_str(), "0000000000000000", 1);
    let id = session::account_of(&stranger).unwrap();
    assert_eq!(
        house.account(id, |account| session::authenticate(account, &stranger)),
        Err(No::Refused(Refusal::CredentialRejected))
    );
    assert!(
        house
            .rows(Place::Account(id), "SELECT 1 FROM sqlite_master")
            .is_empty()
    );
}

#[test]
fn the_alarm_cleans_up_and_what_lives_stays() {
    let house = House::new(9);
    let ada = join(&house, "ada");
    let stale = sign_in(&house, "ada", PASSWORD).unwrap();
    house.advance(20 * 86_400_000);
    assert!(is_signed_in(&house, &ada));
    house.advance(15 * 86_400_000);
    assert!(house.ring().unwrap() > 0);
    let sessions = house.rows(Place::Account(ada.account), "SELECT 1 FROM sessions");
    assert_eq!(sessions.len(), 1);
    assert!(is_signed_in(&house, &ada) && !is_signed_in(&house, &stale));
}
