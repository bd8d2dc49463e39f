//! A house of places, each on an SQLite in memory, that runs rules as a host does: one
//! transaction for each run, a run again for each need, answers between places that may get
//! lost.
//!
//! Time stands still until a test moves it, and everything random comes from one seed, so a
//! history that failed is run again by its seed.
//!
//! - [`House::front`] and [`House::account`] run one rule to its end.
//! - [`House::race`] runs many at once, one step of one of them at a time, in an order drawn
//!   at random: between two needs of a rule, anything may happen.
//! - [`House::mischief`] decides what happens to each question between places.

mod keys;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use countersign::authority::{
    AccountId, Algorithm, Fault, FetchFailure, Fetched, Halt, Need, Outbound, Outcome, Place,
    Provided, PublicKeyring, Settings, Timestamp, World,
    account::{self, Account},
    call::Call,
    directory::{self, Directory},
    encode,
    keyring::{self, Keyring},
    limits,
    mailbox::{self, Mailbox},
    migration::{Migration, migrate},
    refusal::Refusal,
    store::{Row, Store, sqlite::Sqlite},
};
use keys::Key;

/// How a rule ended that did not answer.
#[derive(Debug, Clone, PartialEq)]
pub enum No {
    /// The rule said no.
    Refused(Refusal),
    /// Our own fault.
    Fault(Fault),
    /// A question between places was lost too often: the request dies where it stands.
    Died,
}

/// What happens to one question between places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mischief {
    /// Nothing.
    None,
    /// The place stops before its transaction is kept; the asker hears nothing.
    CrashBeforeCommit,
    /// The place keeps its transaction and stops; the asker hears nothing.
    LoseAnswer,
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
#[derive(Debug)]
pub struct Dice(Cell<u64>);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    pub fn roll(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Less than `bound`.
    pub fn below(&self, bound: usize) -> usize {
        (self.roll() % bound as u64) as usize
    }

    pub fn seed(&self) -> [u8; 32] {
        let mut seed = [0; 32];
        for chunk in seed.chunks_exact_mut(8) {
            chunk.copy_from_slice(&self.roll().to_le_bytes());
        }
        seed
    }
}

type Meddler = Box<dyn FnMut(&Place, &Call) -> Mischief>;
type Provider = Box<dyn FnMut(&Outbound) -> Result<Fetched, FetchFailure>>;

/// The house.
pub struct House {
    pub settings: Settings,
    pub dice: Dice,
    now: Cell<Timestamp>,
    places: RefCell<BTreeMap<String, Rc<Sqlite>>>,
    alarms: RefCell<BTreeMap<String, (Timestamp, Place)>>,
    keys: RefCell<BTreeMap<String, Key>>,
    keyring: RefCell<Option<(Timestamp, Rc<PublicKeyring>)>>,
    meddler: RefCell<Meddler>,
    provider: RefCell<Provider>,
    retries: Cell<u32>,
    asked: Cell<u32>,
    memory: RefCell<limits::Memory>,
}

/// Where a rule runs.
type Rule<'r, T> = Box<dyn Fn(&Stage<'_>) -> Outcome<T> + 'r>;

/// What a rule is given: the world, and in an account the account.
pub struct Stage<'a> {
    pub world: &'a World<'a>,
    account: Option<&'a Account<'a>>,
}

impl<'a> Stage<'a> {
    pub fn account(&self) -> &'a Account<'a> {
        self.account.expect("this rule runs in an account")
    }
}

/// A request on its way.
pub struct Run<'r, T> {
    now: Timestamp,
    seed: [u8; 32],
    provided: Provided,
    place: Option<Place>,
    rule: Rule<'r, T>,
    steps: u32,
}

impl House {
    /// When the clock begins.
    pub const START: Timestamp = Timestamp(1_800_000_000_000);

    /// An empty house.
    pub fn new(seed: u64) -> Self {
        Self {
            settings: Settings {
                public_origin: "http://localhost:8787".into(),
                master_secret: [7; 32],
                previous_master_secret: None,
                development: true,
                mail: None,
                operator_token: None,
            },
            dice: Dice::new(seed),
            now: Cell::new(Self::START),
            places: RefCell::default(),
            alarms: RefCell::default(),
            keys: RefCell::default(),
            keyring: RefCell::default(),
            meddler: RefCell::new(Box::new(|_, _| Mischief::None)),
            provider: RefCell::new(Box::new(|_| Err(FetchFailure::Unreachable))),
            retries: Cell::new(0),
            asked: Cell::new(0),
            memory: RefCell::default(),
        }
    }

    pub fn now(&self) -> Timestamp {
        self.now.get()
    }

    /// Moves the clock by this many milliseconds.
    pub fn advance(&self, milliseconds: i64) {
        self.now.set(self.now.get().plus(milliseconds));
    }

    /// From now on this decides over each question between places, and an asker who hears
    /// nothing asks again up to `retries` times.
    pub fn mischief(&self, retries: u32, meddler: impl FnMut(&Place, &Call) -> Mischief + 'static) {
        self.retries.set(retries);
        *self.meddler.borrow_mut() = Box::new(meddler);
    }

    /// From now on no question gets lost.
    pub fn peace(&self) {
        self.mischief(0, |_, _| Mischief::None);
    }

    /// From now on this answers requests to the world outside.
    pub fn provider(
        &self,
        provider: impl FnMut(&Outbound) -> Result<Fetched, FetchFailure> + 'static,
    ) {
        *self.provider.borrow_mut() = Box::new(provider);
    }

    /// How many questions places were asked so far, repeats included.
    pub fn questions(&self) -> u32 {
        self.asked.get()
    }

    /// A request that runs at the front, not yet begun.
    pub fn front_run<'r, T>(&self, rule: impl Fn(&World<'_>) -> Outcome<T> + 'r) -> Run<'r, T> {
        self.run(None, Box::new(move |stage| rule(stage.world)))
    }

    /// A request that runs in an account, not yet begun.
    pub fn account_run<'r, T>(
        &self,
        id: AccountId,
        rule: impl Fn(&Account<'_>) -> Outcome<T> + 'r,
    ) -> Run<'r, T> {
        self.run(
            Some(Place::Account(id)),
            Box::new(move |stage| rule(stage.account())),
        )
    }

    fn run<'r, T>(&self, place: Option<Place>, rule: Rule<'r, T>) -> Run<'r, T> {
        Run {
            now: self.now(),
            seed: self.dice.seed(),
            provided: Provided::default(),
            place,
            rule,
            steps: 0,
        }
    }

    /// Runs a rule at the front to its end.
    pub fn front<T>(&self, rule: impl Fn(&World<'_>) -> Outcome<T>) -> Result<T, No> {
        self.finish(self.front_run(rule))
    }

    /// Runs a rule in an account to its end.
    pub fn account<T>(
        &self,
        id: AccountId,
        rule: impl Fn(&Account<'_>) -> Outcome<T>,
    ) -> Result<T, No> {
        self.finish(self.account_run(id, rule))
    }

    fn finish<T>(&self, mut run: Run<'_, T>) -> Result<T, No> {
        loop {
            if let Some(end) = self.step(&mut run) {
                return end;
            }
        }
    }

    /// Runs all of them, one step of one of them at a time, in an order drawn at random.
    pub fn race<T>(&self, mut runs: Vec<Run<'_, T>>) -> Vec<Result<T, No>> {
        let mut ends: Vec<_> = runs.iter().map(|_| None).collect();
        let mut open: Vec<usize> = (0..runs.len()).collect();
        while !open.is_empty() {
            let chosen = self.dice.below(open.len());
            let number = open[chosen];
            if let Some(end) = self.step(&mut runs[number]) {
                ends[number] = Some(end);
                open.swap_remove(chosen);
            }
        }
        ends.into_iter().flatten().collect()
    }

    /// One run of the rule, and the answer to what it needs. `None` while it has not ended.
    pub fn step<T>(&self, run: &mut Run<'_, T>) -> Option<Result<T, No>> {
        run.steps += 1;
        assert!(run.steps < 100, "a rule that never ends");
        let outcome = match run.place {
            None => self.with_world(run.now, run.seed, &run.provided, |world| {
                (run.rule)(&Stage {
                    world,
                    account: None,
                })
            }),
            Some(place @ Place::Account(id)) => {
                self.transact(place, run.now, run.seed, &run.provided, |store, world| {
                    let account = Account { id, store, world };
                    (run.rule)(&Stage {
                        world,
                        account: Some(&account),
                    })
                })
            }
            Some(other) => panic!("no request runs in {other:?}"),
        };
        match outcome {
            Ok(answer) => Some(Ok(answer)),
            Err(Halt::Refused(refusal)) => Some(Err(No::Refused(refusal))),
            Err(Halt::Fault(fault)) => Some(Err(No::Fault(fault))),
            Err(Halt::Needs(need)) => match self.provide(*need, &mut run.provided) {
                Ok(()) => None,
                Err(no) => Some(Err(no)),
            },
        }
    }

    /// Rings the alarms that are due, each once, and says how many rang.
    pub fn ring(&self) -> Result<usize, No> {
        let now = self.now();
        let due: Vec<_> = {
            let mut alarms = self.alarms.borrow_mut();
            let due = alarms.values().filter(|(at, _)| *at <= now);
            let due: Vec<_> = due.map(|(_, place)| *place).collect();
            alarms.retain(|_, (at, _)| *at > now);
            due
        };
        for place in &due {
            self.work(*place, |store, world| match *place {
                Place::Account(id) => account::alarm(&Account { id, store, world }),
                Place::Directory(_) => directory::alarm(&Directory { store, world }),
                Place::Keyring => keyring::alarm(&Keyring { store, world }),
                Place::Mailbox(_) => mailbox::alarm(&Mailbox { store, world }),
            })?;
        }
        Ok(due.len())
    }

    /// The public keyring, as places cache it.
    pub fn keyring(&self) -> Result<Rc<PublicKeyring>, No> {
        let cached = self.keyring.borrow().clone();
        if let Some((fetched_at, keyring)) = cached
            && self.now() < fetched_at.plus(keyring::STALENESS)
        {
            return Ok(keyring);
        }
        let host = self.work(Place::Keyring, |store, world| {
            keyring::for_host(&Keyring { store, world })
        })?;
        let keyring = Rc::new(host.public);
        *self.keyring.borrow_mut() = Some((self.now(), keyring.clone()));
        Ok(keyring)
    }

    /// What a place's database says, for a test to look behind the rules.
    pub fn rows(&self, place: Place, sql: &'static str) -> Vec<Row> {
        self.open(place).0.run(sql, &[]).unwrap()
    }

    /// How many places have been written to or asked.
    pub fn places(&self) -> Vec<String> {
        self.places.borrow().keys().cloned().collect()
    }

    fn provide(&self, need: Need, provided: &mut Provided) -> Result<(), No> {
        let fingerprint = need.fingerprint().map_err(No::Fault)?;
        let answer = match need {
            // Not an answer: the next run simply has it.
            Need::Keyring => return self.keyring().map(drop),
            Need::Sign { key_id, message } => {
                let keys = self.keys.borrow();
                let key = keys.get(&key_id).expect("a key of this house");
                key.sign(&message)
            }
            Need::GenerateKey { algorithm, .. } => {
                let key = self.generate(algorithm);
                let generated = encode(&key.generated());
                self.keys.borrow_mut().insert(key.id(), key);
                generated.map_err(No::Fault)?
            }
            Need::Fetch(outbound) => {
                let answer = (self.provider.borrow_mut())(&outbound);
                encode(&answer).map_err(No::Fault)?
            }
            Need::Ask(questions) => encode(&self.ask(questions)?).map_err(No::Fault)?,
        };
        provided.0.insert(fingerprint, answer);
        Ok(())
    }

    fn generate(&self, algorithm: Algorithm) -> Key {
        let keys = self.keys.borrow();
        let made = keys
            .values()
            .filter(|key| matches!(key, Key::Rs256 { .. }))
            .count();
        Key::generate(algorithm, made, self.dice.seed())
    }

    /// Questions that are asked at the same time are answered in any order.
    fn ask(&self, questions: Vec<(Place, Call)>) -> Result<Vec<Result<Vec<u8>, Refusal>>, No> {
        let mut answers: Vec<_> = questions.iter().map(|_| None).collect();
        let mut open: Vec<usize> = (0..questions.len()).collect();
        while !open.is_empty() {
            let number = open.swap_remove(self.dice.below(open.len()));
            let (place, call) = &questions[number];
            answers[number] = Some(self.ask_one(*place, call)?);
        }
        Ok(answers.into_iter().flatten().collect())
    }

    fn ask_one(&self, place: Place, call: &Call) -> Result<Result<Vec<u8>, Refusal>, No> {
        for _ in 0..=self.retries.get() {
            self.asked.set(self.asked.get() + 1);
            let mischief = (self.meddler.borrow_mut())(&place, call);
            if mischief == Mischief::CrashBeforeCommit {
                // Nothing of it is kept, so it is as if it had never run.
                continue;
            }
            let answer = self.work(place, |store, world| {
                let call = call.clone();
                match place {
                    Place::Account(id) => account::answer(&Account { id, store, world }, call),
                    Place::Directory(_) => directory::answer(&Directory { store, world }, call),
                    Place::Keyring => keyring::answer(&Keyring { store, world }, call),
                    Place::Mailbox(_) => mailbox::answer(&Mailbox { store, world }, call),
                }
            });
            if mischief == Mischief::LoseAnswer {
                continue;
            }
            return match answer {
                Ok(answer) => Ok(Ok(answer)),
                Err(No::Refused(refusal)) => Ok(Err(refusal)),
                Err(no) => Err(no),
            };
        }
        Err(No::Died)
    }

    /// Runs a place's own rule to its end.
    fn work<T>(
        &self,
        place: Place,
        rule: impl Fn(&dyn Store, &World<'_>) -> Outcome<T>,
    ) -> Result<T, No> {
        let (now, seed) = (self.now(), self.dice.seed());
        let mut provided = Provided::default();
        for _ in 0..100 {
            let outcome = self.transact(place, now, seed, &provided, &rule);
            match outcome {
                Ok(answer) => return Ok(answer),
                Err(Halt::Refused(refusal)) => return Err(No::Refused(refusal)),
                Err(Halt::Fault(fault)) => return Err(No::Fault(fault)),
                Err(Halt::Needs(need)) => self.provide(*need, &mut provided)?,
            }
        }
        panic!("a rule that never ends");
    }

    /// One run as one transaction. An answer is kept, and so is a refusal, but by a place
    /// that nobody has ever written to; a need and a fault are undone.
    fn transact<T>(
        &self,
        place: Place,
        now: Timestamp,
        seed: [u8; 32],
        provided: &Provided,
        rule: impl FnOnce(&dyn Store, &World<'_>) -> Outcome<T>,
    ) -> Outcome<T> {
        let (store, migrations) = self.open(place);
        let store: &Sqlite = &store;
        let run = |store: &Sqlite| {
            let fresh = migrate(store, migrations).map(|migrated| migrated.from == 0);
            self.with_world(now, seed, provided, |world| {
                let outcome = fresh
                    .clone()
                    .map_err(Halt::Fault)
                    .and_then(|_| rule(store, world));
                (fresh.unwrap_or(true), world.wake(), outcome)
            })
        };
        let (_, wake, outcome) = store
            .transaction(run, |(fresh, _, outcome)| match outcome {
                Ok(_) => true,
                Err(Halt::Refused(_)) => !fresh,
                Err(Halt::Needs(_) | Halt::Fault(_)) => false,
            })
            .map_err(|fault| Halt::Fault(Fault::Store(fault)))?;
        if let (Some(at), Ok(_) | Err(Halt::Refused(_))) = (wake, &outcome) {
            let mut alarms = self.alarms.borrow_mut();
            let alarm = alarms.entry(format!("{place:?}")).or_insert((at, place));
            alarm.0 = alarm.0.min(at);
        }
        outcome
    }

    fn with_world<T>(
        &self,
        now: Timestamp,
        seed: [u8; 32],
        provided: &Provided,
        rule: impl FnOnce(&World<'_>) -> T,
    ) -> T {
        let keyring = self.keyring.borrow().clone();
        let keyring = keyring
            .filter(|(fetched_at, _)| now < fetched_at.plus(keyring::STALENESS))
            .map(|(_, keyring)| keyring);
        let world = World::new(now, seed, &self.settings, keyring.as_deref(), provided);
        rule(&world.with_limits(&self.memory))
    }

    fn open(&self, place: Place) -> (Rc<Sqlite>, &'static [Migration]) {
        let migrations = match place {
            Place::Account(_) => account::MIGRATIONS,
            Place::Directory(_) => directory::MIGRATIONS,
            Place::Keyring => keyring::MIGRATIONS,
            Place::Mailbox(_) => mailbox::MIGRATIONS,
        };
        let mut places = self.places.borrow_mut();
        let store = places
            .entry(format!("{place:?}"))
            .or_insert_with(|| Rc::new(Sqlite::in_memory().unwrap()));
        (store.clone(), migrations)
    }
}
