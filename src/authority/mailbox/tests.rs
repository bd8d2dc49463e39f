use super::*;
use crate::authority::{
    FetchFailure, Fetched, Halt, MailPort, Need, Provided, migration::migrate,
    store::sqlite::Sqlite, testing,
};
use alloc::collections::BTreeMap;

struct Box {
    store: Sqlite,
    settings: Settings,
}

fn mailbox(development: bool) -> Box {
    let store = Sqlite::in_memory().unwrap();
    migrate(&store, MIGRATIONS).unwrap();
    let mut settings = testing::settings();
    settings.development = development;
    settings.mail = Some(MailPort {
        endpoint: "https://mail.example/send".into(),
        token: "token".into(),
        from: "us@example.com".into(),
    });
    Box { store, settings }
}

impl Box {
    fn at<T>(&self, now: i64, provided: Provided, rule: impl FnOnce(&Mailbox<'_>) -> T) -> T {
        let world = World::new(Timestamp(now), [0; 32], &self.settings, None, &provided);
        rule(&Mailbox {
            store: &self.store,
            world: &world,
        })
    }

    fn send(&self, id: u8, to: &str) {
        let order = Send {
            id: [id; 16],
            mail: Mail {
                to: to.into(),
                subject: "Subject".into(),
                text: "Text".into(),
            },
        };
        self.at(0, Provided::default(), |mailbox| send(mailbox, &order))
            .unwrap();
    }

    /// Rings the alarm; answers the provider's part. Returns what went out, and when next.
    fn ring(
        &self,
        now: i64,
        answer: Result<u16, FetchFailure>,
    ) -> (Option<Outbound>, Option<Timestamp>) {
        let first = self.at(now, Provided::default(), |mailbox| {
            (alarm(mailbox), mailbox.world.wake())
        });
        let need = match first {
            (Ok(()), wake) => return (None, wake),
            (Err(Halt::Needs(need)), _) => *need,
            (Err(other), _) => panic!("{other:?}"),
        };
        let fetched = answer.map(|status| Fetched {
            status,
            body: Vec::new(),
        });
        let provided = Provided(BTreeMap::from([(
            need.fingerprint().unwrap(),
            encode(&fetched).unwrap(),
        )]));
        let wake = self.at(now, provided, |mailbox| {
            alarm(mailbox).unwrap();
            mailbox.world.wake()
        });
        match need {
            Need::Fetch(outbound) => (Some(outbound), wake),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_mail_goes_to_the_provider_once() {
    let mailbox = mailbox(false);
    mailbox.send(7, "ada@example.com");
    mailbox.send(7, "ada@example.com");
    let (outbound, wake) = mailbox.ring(0, Ok(202));
    let outbound = outbound.unwrap();
    assert_eq!(outbound.url, "https://mail.example/send");
    assert_eq!(wake, None);
    let header = |name: &str| {
        let found = outbound.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).unwrap()
    };
    assert_eq!(header("authorization"), "Bearer token");
    assert_eq!(header("idempotency-key"), "07".repeat(16));
    let body: serde_json::Value = serde_json::from_slice(&outbound.body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "from": "us@example.com", "to": "ada@example.com", "subject": "Subject", "text": "Text",
        })
    );
    assert_eq!(mailbox.ring(1, Ok(202)), (None, None));
}

#[test]
fn a_failing_provider_is_asked_again_later_and_later_and_at_last_no_more() {
    let mailbox = mailbox(false);
    mailbox.send(1, "ada@example.com");
    let (mut now, mut asked) = (0, 0);
    let outcomes = [Ok(500), Err(FetchFailure::TimedOut), Ok(429)];
    let mut wait = FIRST_WAIT;
    loop {
        let (outbound, wake) = mailbox.ring(now, outcomes[asked % 3]);
        assert!(outbound.is_some());
        asked += 1;
        let Some(Timestamp(at)) = wake else { break };
        assert_eq!(at, now + wait);
        assert_eq!(mailbox.ring(at - 1, Ok(202)), (None, wake));
        (now, wait) = (at, wait * 2);
    }
    assert_eq!(asked, 9);
    assert_eq!(now, 7_650_000, "a little over two hours");
}

#[test]
fn without_a_provider_mail_waits_for_three_hours_and_no_longer() {
    let mut mailbox = mailbox(false);
    mailbox.settings.mail = None;
    for number in 0..3 {
        mailbox.send(number, "ada@example.com");
    }
    let waiting = |mailbox: &Box| mailbox.store.run("SELECT 1 FROM mail", &[]).unwrap().len();
    let early = mailbox.at(KEPT_FOR - 1, Provided::default(), alarm);
    assert!(matches!(early, Err(Halt::Fault(Fault::Unconfigured(_)))));
    assert_eq!(waiting(&mailbox), 3);
    let (sent, again) = mailbox.ring(KEPT_FOR, Ok(202));
    assert_eq!((sent, again), (None, Some(Timestamp(KEPT_FOR))));
    assert_eq!(mailbox.ring(KEPT_FOR, Ok(202)), (None, None));
    assert_eq!(waiting(&mailbox), 0);
}

#[test]
fn a_mail_that_the_provider_refuses_does_not_hold_up_the_next() {
    let mailbox = mailbox(false);
    mailbox.send(1, "nobody@example.com");
    mailbox.send(2, "ada@example.com");
    let (_, wake) = mailbox.ring(0, Ok(422));
    assert_eq!(wake, Some(Timestamp(0)));
    let (outbound, wake) = mailbox.ring(0, Ok(202));
    let body = outbound.unwrap().body;
    assert!(
        core::str::from_utf8(&body)
            .unwrap()
            .contains("ada@example.com")
    );
    assert_eq!(wake, None);
}

#[test]
fn development_keeps_the_newest_and_sends_nothing() {
    let mailbox = mailbox(true);
    for number in 0..60 {
        mailbox.send(number, &format!("{number}@example.com"));
    }
    assert_eq!(mailbox.ring(0, Ok(202)), (None, None));
    let shown = mailbox.at(0, Provided::default(), list).unwrap();
    assert_eq!(shown.len(), 50);
    assert_eq!(shown[0].mail.to, "59@example.com");
}

#[test]
fn production_shows_no_mail() {
    let mailbox = mailbox(false);
    let refused = mailbox.at(0, Provided::default(), list);
    assert!(matches!(
        refused,
        Err(Halt::Refused(Refusal::DevelopmentOnly))
    ));
}
