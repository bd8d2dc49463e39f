//! Sign-in by a mailed link: once, within 15 minutes, and nobody learns who has an account.

use std::{cell::Cell, cell::RefCell, rc::Rc};

use countersign::authority::{
    Client, Fetched, MailPort, Place,
    account::{
        agent::{self, AgentProfile, NewAgent},
        mail_link::Offer,
        one_time::{self, NewSecret, SecretKind},
        password::Password,
        permission, person,
        platform_key::{self, NewPlatformKey},
        session,
    },
    across::{SignedIn, mail, mail_link},
    call::Call,
    refusal::Refusal,
};

use crate::{
    house::{House, Mischief, No},
    people::{PASSWORD, client, is_signed_in, join, log, sign_in},
};

pub fn ask_for_link(house: &House, login: &str) -> Result<(), No> {
    house.front(|world| mail_link::request(world, login, "/next", None, &client()))
}

/// The token in the newest mail.
pub fn newest_link(house: &House) -> String {
    let mails = house.front(mail::shown).unwrap();
    let text = &mails[0].mail.text;
    let start = text.find("/sign-in/link?token=").unwrap() + "/sign-in/link?token=".len();
    text[start..].split_whitespace().next().unwrap().into()
}

/// Follows it where a session is shown, empty for none.
pub fn follow(house: &House, token: &str, held: &str) -> Result<(SignedIn, String), No> {
    house.front(|world| mail_link::redeem(world, token, held, None, &client()))
}

/// Follows it as a stranger to the account, choosing a new password.
fn take_over(house: &House, token: &str, password: &str) -> Result<(SignedIn, String), No> {
    let new = Password::choose(password).unwrap();
    house.front(|world| mail_link::redeem(world, token, "", Some(new.clone()), &client()))
}

fn inspect(house: &House, token: &str, held: &str) -> Result<Offer, No> {
    house.front(|world| mail_link::inspect(world, token, held, &client()))
}

#[test]
fn a_link_signs_in_once_and_says_where_to_go_on() {
    let house = House::new(1);
    let ada = join(&house, "ada");
    ask_for_link(&house, "ada").unwrap();
    let token = newest_link(&house);

    // Looking does not spend.
    for (held, new_password_required) in [("", true), (&ada.session_token, false), ("", true)] {
        let offer = Offer {
            new_password_required,
        };
        assert_eq!(inspect(&house, &token, held), Ok(offer));
    }
    let (signed_in, next) = follow(&house, &token, &ada.session_token).unwrap();
    assert_eq!((signed_in.account, next.as_str()), (ada.account, "/next"));
    assert!(is_signed_in(&house, &signed_in));
    assert!(
        house
            .account(ada.account, person::profile)
            .unwrap()
            .email_verified
    );

    let refused = No::Refused(Refusal::SecretRejected);
    assert_eq!(
        follow(&house, &token, &ada.session_token),
        Err(refused.clone())
    );
    assert_eq!(inspect(&house, &token, ""), Err(refused));
    assert!(
        is_signed_in(&house, &ada) && sign_in(&house, "ada", PASSWORD).is_ok(),
        "nothing else has ended"
    );
    assert_eq!(
        log(&house, ada.account)[2..],
        [
            "mail_link_sent",
            "signed_in",
            "mail_link_refused",
            "signed_in"
        ]
    );

    // From now on the mail is proof enough, wherever it is opened.
    ask_for_link(&house, "ada").unwrap();
    follow(&house, &newest_link(&house), "").unwrap();
}

#[test]
fn one_address_has_so_much_mail_sent_and_no_more() {
    let house = House::new(12);
    for number in 0..25 {
        join(&house, &format!("ada{number}"));
    }
    let ask = |number: usize, address: &str| {
        let (login, client) = (format!("ada{}", number % 25), Client::new(address, ""));
        house.front(|world| mail_link::request(world, &login, "/next", None, &client))
    };
    for number in 0..100 {
        ask(number, "192.0.2.9").unwrap();
    }
    let refused = Err(No::Refused(Refusal::RateLimited { retry_after: 36 }));
    assert_eq!(ask(100, "192.0.2.9"), refused);
    ask(100, "192.0.2.10").unwrap();
}

#[test]
fn nobody_is_written_to_in_a_strangers_words() {
    let house = House::new(11);
    let ada = join(&house, "ada");
    let name = house
        .account(ada.account, person::profile)
        .unwrap()
        .display_name;
    let mail = || {
        ask_for_link(&house, "ada").unwrap();
        house.front(mail::shown).unwrap().remove(0).mail.text
    };
    let first = mail();
    assert!(first.starts_with("Hello,\n") && !first.contains(&name));
    follow(&house, &newest_link(&house), &ada.session_token).unwrap();
    assert!(mail().starts_with(&format!("Hello {name},\n")));
}

// Mallory signs up with Ada's address, and waits. When Ada comes in by mail the account is hers,
// and nothing by which Mallory could act as Ada is left.
#[test]
fn who_comes_by_mail_first_shuts_out_whoever_made_the_account() {
    let house = House::new(10);
    let mallory = join(&house, "ada");
    let id = mallory.account;
    let waiting = NewSecret {
        kind: SecretKind::DeviceGrant,
        hash: [1; 32],
        subject: "",
        binding: "",
        payload: b"an agent that comes later",
        expires_at: house.now().plus(600_000),
    };
    house
        .account(id, |account| {
            one_time::issue(account, &waiting)?;
            let agent = NewAgent::make(account.world, id);
            agent::admit(account, &agent.kept, &AgentProfile::named("a"), false)?;
            let key = NewPlatformKey {
                target: "shop",
                label: "mine",
                with_secret: false,
                require_signature: false,
            };
            platform_key::create(account, key)?;
            permission::set(account, "bank", &["pay".into()])
        })
        .unwrap();
    ask_for_link(&house, "ada@example.com").unwrap();
    let token = newest_link(&house);
    let stranger = join(&house, "mallory");
    for held in ["", &stranger.session_token, "ses_"] {
        assert_eq!(
            follow(&house, &token, held),
            Err(No::Refused(Refusal::NewPasswordRequired)),
            "and the link is not spent"
        );
    }
    let (ada, _) = take_over(&house, &token, "a better password").unwrap();
    assert!(is_signed_in(&house, &ada) && !is_signed_in(&house, &mallory));
    assert!(sign_in(&house, "ada", PASSWORD).is_err());
    let left = house.account(id, |account| {
        let waits = one_time::peek(account, waiting.kind, &waiting.hash)?
            .is_some_and(|secret| account.world.now < secret.expires_at);
        Ok((
            waits,
            agent::list(account)?.len(),
            platform_key::list(account)?.len(),
            permission::list(account)?.len(),
        ))
    });
    assert_eq!(left, Ok((false, 0, 0, 0)));
}

// Who has ended the session in the meantime holds none.
#[test]
fn a_session_that_has_ended_does_not_spare_the_password() {
    let house = House::new(11);
    let ada = join(&house, "ada");
    ask_for_link(&house, "ada").unwrap();
    house
        .account(ada.account, |account| {
            let session = session::authenticate(account, &ada.session_token)?;
            session::end(account, &session.id, &client())
        })
        .unwrap();
    assert_eq!(
        follow(&house, &newest_link(&house), &ada.session_token),
        Err(No::Refused(Refusal::NewPasswordRequired))
    );
}

#[test]
fn of_racing_redeemers_one_is_let_in() {
    for seed in 0..50 {
        let house = House::new(seed);
        let ada = join(&house, "ada");
        let held = ada.session_token.as_str();
        ask_for_link(&house, "ada@example.com").unwrap();
        let token = newest_link(&house);
        let runs = (0..8)
            .map(|_| {
                house.front_run(|world| mail_link::redeem(world, &token, held, None, &client()))
            })
            .collect();
        let ends = house.race(runs);
        assert_eq!(
            ends.iter().filter(|end| end.is_ok()).count(),
            1,
            "seed {seed}"
        );
    }
}

// Who has forgotten the password chooses a new one by the link, and what was opened with the
// old one is over: whoever else knew it is out.
#[test]
fn a_link_takes_a_new_password_and_ends_what_the_old_one_opened() {
    let house = House::new(9);
    let ada = join(&house, "ada");
    ask_for_link(&house, "ada").unwrap();
    let token = newest_link(&house);
    let (signed_in, _) = take_over(&house, &token, "a better password").unwrap();
    assert!(is_signed_in(&house, &signed_in) && !is_signed_in(&house, &ada));
    assert!(sign_in(&house, "ada", PASSWORD).is_err());
    let later = sign_in(&house, "ada", "a better password").unwrap();
    // A link that was used changes nothing more.
    assert_eq!(
        take_over(&house, &token, "the best password"),
        Err(No::Refused(Refusal::SecretRejected))
    );
    assert!(is_signed_in(&house, &later));
    let texts = || house.front(mail::shown).unwrap();
    assert!(texts()[0].mail.text.contains("asks for a new password"));
    ask_for_link(&house, "ada").unwrap();
    let known = texts();
    assert!(
        !known[0].mail.text.contains("asks for a new password"),
        "it is verified"
    );
    let log = log(&house, ada.account);
    assert!(log.iter().any(|kind| kind == "password_changed"), "{log:?}");
}

#[test]
fn a_link_dies_after_fifteen_minutes() {
    let house = House::new(2);
    let ada = join(&house, "ada");
    for (wait, works) in [(15 * 60_000 - 1, true), (15 * 60_000, false)] {
        ask_for_link(&house, "ada").unwrap();
        let token = newest_link(&house);
        house.advance(wait);
        assert_eq!(follow(&house, &token, &ada.session_token).is_ok(), works);
    }
}

#[test]
fn who_lost_the_answer_within_one_request_is_let_in() {
    for mischief in [Mischief::CrashBeforeCommit, Mischief::LoseAnswer] {
        let house = House::new(3);
        let ada = join(&house, "ada");
        ask_for_link(&house, "ada").unwrap();
        let token = newest_link(&house);
        let hits = Cell::new(2);
        house.mischief(2, move |_, call| {
            let hit = matches!(call, Call::RedeemMailLink(_)) && hits.replace(hits.get() - 1) > 0;
            if hit { mischief } else { Mischief::None }
        });
        let (signed_in, _) = follow(&house, &token, &ada.session_token).unwrap();
        house.peace();
        assert!(is_signed_in(&house, &signed_in));
        assert_eq!(
            log(&house, ada.account)[2..],
            ["mail_link_sent", "signed_in"]
        );
        assert!(follow(&house, &token, &ada.session_token).is_err());
    }
}

#[test]
fn nobody_learns_who_has_an_account() {
    let house = House::new(4);
    join(&house, "ada");
    for login in ["ada", "nobody", "nobody@example.com"] {
        for _ in 0..5 {
            assert_eq!(ask_for_link(&house, login), Ok(()), "{login}");
        }
        assert_eq!(
            ask_for_link(&house, login),
            Err(No::Refused(Refusal::RateLimited { retry_after: 720 })),
            "{login}"
        );
    }
    assert_eq!(house.front(mail::shown).unwrap().len(), 5);
}

#[test]
fn a_link_lets_in_who_was_shut_out_by_a_guesser() {
    let house = House::new(5);
    let ada = join(&house, "ada");
    for _ in 0..11 {
        let _ = sign_in(&house, "ada", "wrong horse battery");
    }
    assert!(matches!(
        sign_in(&house, "ada", PASSWORD),
        Err(No::Refused(Refusal::RateLimited { .. }))
    ));
    ask_for_link(&house, "ada").unwrap();
    let (signed_in, _) = follow(&house, &newest_link(&house), &ada.session_token).unwrap();
    assert_eq!(signed_in.account, ada.account);
}

#[test]
fn what_is_no_link_is_refused() {
    let house = House::new(6);
    let ada = join(&house, "ada");
    ask_for_link(&house, "ada").unwrap();
    let token = newest_link(&house);
    let forged = token.replacen(ada.account.as_str(), "0000000000000000", 1);
    for text in [
        "",
        "link_",
        &ada.session_token,
        &forged,
        &token[..token.len() - 1],
    ] {
        assert_eq!(
            follow(&house, text, &ada.session_token),
            Err(No::Refused(Refusal::SecretRejected)),
            "{text}"
        );
    }
}

/// In production nothing is shown, and the mailbox's alarm hands the mail to the provider,
/// again and again until it is taken.
#[test]
fn a_mail_that_was_acknowledged_is_sent() {
    let mut house = House::new(7);
    house.settings.development = false;
    house.settings.mail = Some(MailPort {
        endpoint: "https://mail.example/send".into(),
        token: "secret".into(),
        from: "us@example.com".into(),
    });
    join(&house, "ada");
    ask_for_link(&house, "ada").unwrap();
    assert_eq!(
        house.front(mail::shown),
        Err(No::Refused(Refusal::DevelopmentOnly))
    );

    let sent = Rc::new(RefCell::new(Vec::new()));
    let (outbox, tries) = (sent.clone(), Cell::new(0));
    house.provider(move |outbound| {
        tries.set(tries.get() + 1);
        outbox.borrow_mut().push(outbound.clone());
        let status = if tries.get() < 3 { 503 } else { 202 };
        Ok(Fetched {
            status,
            body: Vec::new(),
        })
    });
    for _ in 0..20 {
        house.ring().unwrap();
        house.advance(30_000);
    }
    let sent = sent.borrow();
    assert_eq!(sent.len(), 3);
    assert!(
        sent.iter().all(|outbound| *outbound == sent[0]),
        "told apart by one id"
    );
    let Place::Mailbox(shard) = Place::mailbox_of("ada@example.com") else {
        panic!()
    };
    assert!(
        house
            .rows(Place::Mailbox(shard), "SELECT 1 FROM mail")
            .is_empty()
    );
}
