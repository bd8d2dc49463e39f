//! The authority's own rule, as a machine that histories are played on.

use std::{cell::Cell, collections::BTreeMap};

use countersign::{
    authority::{
        AccountId, Halt, Name, Provided, Settings, Timestamp, World,
        account::{
            Account,
            code::{Redeem, redeem},
            one_time::{NewSecret, SecretKind, issue},
            permission,
            platform_key::Platform,
            schema::MIGRATIONS,
        },
        migration::migrate,
        refusal::Refusal,
        store::{Parameter, Row, Store, StoreFault, sqlite::Sqlite},
    },
    sha256,
};

use crate::exactly_once::{Attempt, EXPIRY, Fault, ISSUED, Machine, Reply};

/// Codes on one database before the next one begins: enough for the tables to have a past.
const CODES_EACH: u64 = 2_000;

/// One person's account on SQLite in memory, with as many codes as were asked for.
pub(crate) struct Rule {
    settings: Settings,
    id: AccountId,
    store: Sqlite,
    issued: u64,
    hash: [u8; 32],
    /// How often each outcome was met.
    pub(crate) told: BTreeMap<&'static str, u64>,
    /// Commits whatever was written when the object died.
    pub(crate) host_forgets_to_roll_back: bool,
}

impl Rule {
    pub(crate) fn new() -> Self {
        Self {
            settings: crate::exactly_once_rule::settings(),
            id: AccountId::from_random([3; 10]),
            store: database(),
            issued: 0,
            hash: [0; 32],
            told: BTreeMap::new(),
            host_forgets_to_roll_back: false,
        }
    }

    fn count(&mut self, outcome: &'static str) {
        *self.told.entry(outcome).or_default() += 1;
    }

    /// Runs a rule in a transaction, as the host does.
    fn run<T>(
        &self,
        at: i64,
        dies_at: Option<u8>,
        rule: impl FnOnce(&Account<'_>) -> Result<T, Halt>,
    ) -> Result<T, Halt> {
        let provided = Provided::default();
        let seed = sha256::digest(&self.issued.to_be_bytes());
        let world = World::new(Timestamp(at), seed, &self.settings, None, &provided);
        self.store
            .transaction(
                |store| {
                    let store = Mortal {
                        store,
                        left: Cell::new(dies_at),
                    };
                    rule(&Account {
                        id: self.id,
                        store: &store,
                        world: &world,
                    })
                },
                |outcome| {
                    self.host_forgets_to_roll_back
                        || matches!(outcome, Ok(_) | Err(Halt::Refused(_)))
                },
            )
            .expect("SQLite in memory opens and closes transactions")
    }
}

impl Machine for Rule {
    fn issue(&mut self) {
        if self.issued.is_multiple_of(CODES_EACH) {
            self.store = database();
        }
        self.issued += 1;
        self.hash = sha256::digest(&self.issued.to_le_bytes());
        let subject = format!("code_{}", self.issued);
        self.run(ISSUED, None, |account| {
            issue(
                account,
                &NewSecret {
                    kind: SecretKind::Code,
                    hash: self.hash,
                    subject: &subject,
                    binding: "shop",
                    payload: b"CN/GD",
                    expires_at: Timestamp(EXPIRY),
                },
            )
        })
        .expect("a code is issued");
    }

    fn turn(&mut self, attempt: &Attempt, _memory: &mut u8) -> Option<Reply> {
        let target = if attempt.key == 3 { "other" } else { "shop" };
        let question = Redeem {
            hash: self.hash,
            platform: Platform {
                account: AccountId::from_random([attempt.key as u8; 10]),
                key_id: format!("key_{}", attempt.key),
                target: target.into(),
            },
            idempotency_key: attempt.idempotency.map(|key| format!("once {key}")),
            address: "192.0.2.1".into(),
        };
        let dies_at = match attempt.fault {
            Fault::Before(statement) => Some(statement),
            _ => None,
        };
        let outcome = self.run(attempt.at, dies_at, |account| {
            let granted = redeem(account, &question)?;
            if dies_at.is_some() {
                // Its death comes after the last statement, and before the commit.
                return Err(Halt::Fault(countersign::authority::Fault::Corrupt("died")));
            }
            // What a person gives may change at any time: a repeated answer must not.
            permission::set(
                account,
                "shop",
                &[format!("at {}", attempt.at), "read".into()],
            )?;
            Ok(granted)
        });
        let reply = match outcome {
            Ok(granted) => {
                self.count(if granted.repeat {
                    "repeated"
                } else {
                    "granted"
                });
                Reply::Granted {
                    repeat: granted.repeat,
                    answer: format!("{:?}", granted.person),
                }
            }
            Err(Halt::Refused(Refusal::SecretRejected | Refusal::RateLimited { .. }))
                if dies_at.is_none() =>
            {
                self.count("refused");
                Reply::Refused
            }
            Err(Halt::Refused(_) | Halt::Fault(_)) if dies_at.is_some() => {
                self.count("died before");
                return Some(Reply::Nothing);
            }
            other => panic!("{other:?}"),
        };
        Some(if attempt.fault == Fault::After {
            self.count("died after");
            Reply::Nothing
        } else {
            reply
        })
    }
}

/// A store whose object dies at a statement.
struct Mortal<'a> {
    store: &'a Sqlite,
    left: Cell<Option<u8>>,
}

impl Store for Mortal<'_> {
    fn run(&self, sql: &'static str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, StoreFault> {
        match self.left.get() {
            Some(0) => Err(StoreFault {
                reason: "died".into(),
            }),
            left => {
                self.left.set(left.map(|left| left - 1));
                self.store.run(sql, parameters)
            }
        }
    }
}

fn database() -> Sqlite {
    let store = Sqlite::in_memory().expect("SQLite opens in memory");
    migrate(&store, MIGRATIONS).expect("the migrations are sound");
    store
        .run(
            "INSERT INTO person (one, request, username, email, display_name, password, created_at)
             VALUES (1, x'00', 'ada', 'ada@example.com', 'Ada', '', 0)",
            &[],
        )
        .expect("a person is there");
    assert!(Name::target("shop").is_ok());
    store
}

fn settings() -> Settings {
    Settings {
        public_origin: "https://auth.example".into(),
        master_secret: [7; 32],
        previous_master_secret: None,
        development: true,
        mail: None,
        operator_token: None,
    }
}
