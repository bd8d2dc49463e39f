//! A developer's account by itself: no keys, no door, and between its rules and its database
//! whatever a test puts there. What a token says and what is kept is looked at here, so the
//! signer's signatures are zeros.

use std::{cell::Cell, collections::BTreeMap};

use countersign::authority::{
    AccountId, Algorithm, Halt, Need, Outcome, Provided, PublicKeyring, Timestamp, World,
    account::{
        self, Account,
        grants::{
            agent::{self, AgentChanges},
            developer::{self, Mode, NewDeveloper},
            exchange::exchange,
            refresh::Issued,
            request::{self, NewRequest},
        },
    },
    call::Call,
    migration::migrate,
    refusal::Refusal,
    store::{Parameter, Row, Store, StoreFault, sqlite::Sqlite},
};

use crate::house::House;

/// The account.
pub struct Bench {
    pub store: Sqlite,
    pub house: House,
    pub now: Cell<i64>,
    keyring: PublicKeyring,
}

/// A call on its way, from one turn to the next.
pub struct Run {
    pub at: i64,
    seed: [u8; 32],
    provided: Provided,
}

/// What stands between the rules and the database.
pub type Statement<'a> =
    &'a dyn Fn(&Sqlite, &'static str, &[Parameter<'_>]) -> Result<Vec<Row>, StoreFault>;

struct Through<'a> {
    store: &'a Sqlite,
    statement: Statement<'a>,
}

impl Store for Through<'_> {
    fn run(&self, sql: &'static str, given: &[Parameter<'_>]) -> Result<Vec<Row>, StoreFault> {
        (self.statement)(self.store, sql, given)
    }
}

impl Bench {
    pub fn new(seed: u64) -> Self {
        let store = Sqlite::in_memory().unwrap();
        migrate(&store, account::MIGRATIONS).unwrap();
        Self {
            store,
            keyring: PublicKeyring {
                signing: BTreeMap::from([(Algorithm::Rs256, "key".to_owned())]),
                jwks: BTreeMap::from([(Algorithm::Rs256, r#"{"keys":[]}"#.to_owned())]),
            },
            house: House::new(seed),
            now: Cell::new(House::START.0),
        }
    }

    /// A call that has not begun.
    pub fn begin(&self) -> Run {
        Run {
            at: self.now.get(),
            seed: self.house.dice.seed(),
            provided: Provided::default(),
        }
    }

    /// One turn of a call: one transaction, kept where the rule ended with an answer or a
    /// refusal, or `always`. `None` when the call waits for a signature.
    pub fn turn<T>(
        &self,
        run: &mut Run,
        statement: Statement<'_>,
        always: bool,
        rule: impl FnOnce(&Account<'_>) -> Outcome<T>,
    ) -> Option<Outcome<T>> {
        let outcome = self.store.transaction(
            |store| {
                let (now, settings) = (Timestamp(run.at), &self.house.settings);
                let world = World::new(now, run.seed, settings, Some(&self.keyring), &run.provided);
                rule(&Account {
                    id: AccountId::parse(&"a".repeat(16)).unwrap(),
                    store: &Through { store, statement },
                    world: &world,
                })
            },
            |outcome| always || matches!(outcome, Ok(_) | Err(Halt::Refused(_))),
        );
        match outcome.unwrap() {
            Err(Halt::Needs(need)) if matches!(*need, Need::Sign { .. }) => {
                let signature = vec![0; 256];
                run.provided
                    .0
                    .insert(need.fingerprint().unwrap(), signature);
                None
            }
            outcome => Some(outcome),
        }
    }

    /// Runs a rule to its end, with nothing in between.
    pub fn run<T>(&self, rule: impl Fn(&Account<'_>) -> Outcome<T>) -> Result<T, Refusal> {
        let mut run = self.begin();
        for _ in 0..10 {
            let plainly: Statement<'_> = &|store, sql, given| store.run(sql, given);
            match self.turn(&mut run, plainly, false, &rule) {
                None => {}
                Some(Ok(answer)) => return Ok(answer),
                Some(Err(Halt::Refused(refusal))) => return Err(refusal),
                Some(Err(halt)) => panic!("{halt:?}"),
            }
        }
        panic!("a rule that never ends");
    }

    /// Makes it a developer's in the sandbox, with so many agents.
    pub fn furnish(&self, agents: usize) -> Vec<String> {
        let open = developer::Open {
            new: NewDeveloper {
                name: "Acme".into(),
                email: None,
                mode: Mode::Sandbox,
            },
            key: [0; 32],
        };
        let call = Call::OpenDeveloper(open);
        self.run(|account| account::answer(account, call.clone()))
            .unwrap();
        let register = |number: usize| {
            let named = AgentChanges {
                name: Some(format!("agent {number}")),
                ..AgentChanges::default()
            };
            self.run(|account| agent::register(account, &named))
                .unwrap()
                .id
        };
        (0..agents).map(register).collect()
    }

    /// The code of a request, which the sandbox approves.
    pub fn code(&self, agent_id: &str, scopes: &[String], lifetime: i64) -> String {
        let asked = NewRequest {
            agent_id: agent_id.into(),
            principal: "usr_1".into(),
            scopes: scopes.to_vec(),
            grant_lifetime: lifetime,
            redirect_uri: None,
            code_challenge: None,
            state: None,
            audience: None,
        };
        let (_, code) = self
            .run(|account| request::ask(account, &developer::read(account)?, asked.clone()))
            .unwrap();
        code.unwrap()
    }

    /// The first token of a grant.
    pub fn root(&self, agent_id: &str, scopes: Vec<String>, lifetime: i64) -> Issued {
        let code = self.code(agent_id, &scopes, lifetime);
        self.run(|account| exchange(account, &code, agent_id, None, ""))
            .unwrap()
    }
}
