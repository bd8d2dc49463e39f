//! A code is spent exactly once, whatever happens around it.
//!
//! Histories are generated: 2 to 64 redeemers race for one code, with the right key or
//! another's, with and without an idempotency key, around the edges of its life and of the
//! repeat window; answers are lost, the object dies before and amid and after its write,
//! and whoever heard nothing tries again. [`judge`] knows nothing of how a redeemer works:
//! it reads what was asked and what was answered. The same histories run against the
//! authority's own rule on SQLite and against machines that are broken on purpose, and the
//! judge must acquit the one and convict each of the others.

use std::collections::BTreeMap;

use crate::exactly_once_rule::Rule;

/// How long a code lives and how long an answer may be asked for again, in milliseconds.
pub(crate) const LIFE: i64 = 3_600_000;
pub(crate) const REPEAT: i64 = 60_000;
/// When every code is issued: not at a whole second, whose edge is one of those tested.
pub(crate) const ISSUED: i64 = 1_800_000_000_345;
/// From when on it is dead: a code counts in whole seconds.
pub(crate) const EXPIRY: i64 = ISSUED / 1000 * 1000 + LIFE;

/// One call that reaches the account's object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// Which key: 0 to 2 are keys of the code's platform, 3 is another platform's.
    pub(crate) key: usize,
    /// The `Idempotency-Key`, if the caller sent one.
    pub(crate) idempotency: Option<u8>,
    /// When, in milliseconds since 1970.
    pub(crate) at: i64,
    /// What goes wrong.
    pub(crate) fault: Fault,
}

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// The object dies when the rule asks for its statement of this number: nothing stays.
    Before(u8),
    /// The object dies after its write, or the answer is lost on the way.
    After,
}

/// What the caller hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    Granted { repeat: bool, answer: String },
    Refused,
    Nothing,
}

/// Whatever redeems. A call takes one turn or more, and turns of several calls interleave.
pub(crate) trait Machine {
    /// A fresh code.
    fn issue(&mut self);
    /// One turn of a call; `memory` is what the call remembers from its earlier turns.
    fn turn(&mut self, attempt: &Attempt, memory: &mut u8) -> Option<Reply>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Event {
    attempt: Attempt,
    reply: Reply,
}

/// What a judge can find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Violation {
    /// A second spend.
    TwoSpends,
    /// A platform that the code was not aimed at, or a dead code, was granted.
    Ineligible,
    /// Nobody can have spent it, and yet it was refused.
    LostCode,
    /// An answer was repeated to another caller, or too late.
    StolenRepeat,
    /// The one who may ask again was refused.
    RefusedRepeat,
    /// The repeated answer is another, or is not marked.
    ChangedAnswer,
    /// A call that died before its write was answered.
    GhostAnswer,
}

/// Reads a history in the order in which the calls ended.
///
/// The first call that is eligible and does not die before its write is the spend. It is
/// granted, if its answer arrives. From then on exactly the same key with the same
/// idempotency key is granted, as a repeat, with the same answer, for [`REPEAT`]; nobody else
/// is granted anything. Before then nobody is granted anything.
fn judge(history: &[Event]) -> Result<(), Violation> {
    let mut spend: Option<&Event> = None;
    let mut answer: Option<&str> = None;
    for event in history {
        let Attempt {
            key,
            idempotency,
            at,
            fault,
        } = event.attempt;
        let eligible = key != 3 && at < EXPIRY;
        match (&event.reply, fault) {
            (Reply::Nothing, Fault::Before(_)) => continue,
            (_, Fault::Before(_)) => return Err(Violation::GhostAnswer),
            _ => {}
        }
        let Some(first) = spend else {
            if eligible {
                spend = Some(event);
            }
            match &event.reply {
                Reply::Granted { .. } if !eligible => return Err(Violation::Ineligible),
                Reply::Granted { repeat: true, .. } => return Err(Violation::StolenRepeat),
                Reply::Granted { answer: said, .. } => answer = Some(said),
                Reply::Refused if eligible => return Err(Violation::LostCode),
                _ => {}
            }
            continue;
        };
        let may_repeat = idempotency.is_some()
            && idempotency == first.attempt.idempotency
            && key == first.attempt.key
            && at - first.attempt.at < REPEAT;
        match &event.reply {
            Reply::Granted { repeat: false, .. } if may_repeat => {
                return Err(Violation::ChangedAnswer);
            }
            Reply::Granted { repeat: false, .. } => return Err(Violation::TwoSpends),
            Reply::Granted { .. } if !may_repeat => return Err(Violation::StolenRepeat),
            Reply::Granted { answer: said, .. } => {
                if answer.is_some_and(|before| before != said) {
                    return Err(Violation::ChangedAnswer);
                }
                answer = Some(said);
            }
            Reply::Refused if may_repeat => return Err(Violation::RefusedRepeat),
            _ => {}
        }
    }
    Ok(())
}

/// A small generator: the histories must be the same on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

/// A redeemer: who it is, and how often it tries.
struct Redeemer {
    key: usize,
    idempotency: Option<u8>,
    tries: u8,
    next_at: i64,
    under_way: Option<(Attempt, u8)>,
}

/// Plays one history and returns it in the order in which the calls ended.
fn play(machine: &mut impl Machine, random: &mut Random) -> Vec<Event> {
    machine.issue();
    // Mostly few racers, as often as not a crowd: 2 to 64, each number reached.
    let racers = match random.below(8) {
        0 => 2 + random.below(63),
        1 | 2 => 2 + random.below(15),
        _ => 2 + random.below(4),
    };
    let start = random.pick(&[
        ISSUED,
        ISSUED + 1,
        ISSUED + 1_000_000,
        EXPIRY - REPEAT - 1,
        EXPIRY - 1_000,
        EXPIRY - 2,
        EXPIRY - 1,
        EXPIRY,
        EXPIRY + 1,
        EXPIRY + 344,
        EXPIRY + 345,
        EXPIRY + 1_000,
    ]);
    let mut redeemers: Vec<_> = (0..racers)
        .map(|_| Redeemer {
            key: random.pick(&[0, 0, 0, 1, 2, 3]),
            idempotency: random.pick(&[None, None, Some(0), Some(0), Some(1), Some(2)]),
            tries: 1 + random.below(3) as u8,
            next_at: start + random.pick(&[0, 0, 0, 1, 2, 5]),
            under_way: None,
        })
        .collect();
    let mut now = start;
    let mut history = Vec::new();
    loop {
        // Among those whose time has come, anyone goes on; else time does.
        let ready = |redeemer: &Redeemer| {
            redeemer.under_way.is_some() || (redeemer.tries > 0 && redeemer.next_at <= now)
        };
        let waiting: Vec<usize> = (0..redeemers.len())
            .filter(|i| ready(&redeemers[*i]))
            .collect();
        if waiting.is_empty() {
            match redeemers
                .iter()
                .filter(|r| r.tries > 0)
                .map(|r| r.next_at)
                .min()
            {
                Some(at) => now = at,
                None => break,
            }
            continue;
        }
        let redeemer = &mut redeemers[random.pick(&waiting)];
        let (attempt, mut memory) = redeemer.under_way.take().unwrap_or_else(|| {
            redeemer.tries -= 1;
            let fault = match random.below(10) {
                0 | 1 => Fault::Before(random.below(6) as u8),
                2 | 3 => Fault::After,
                _ => Fault::None,
            };
            let Redeemer {
                key, idempotency, ..
            } = *redeemer;
            (
                Attempt {
                    key,
                    idempotency,
                    at: now,
                    fault,
                },
                0,
            )
        });
        let Some(reply) = machine.turn(&attempt, &mut memory) else {
            redeemer.under_way = Some((attempt, memory));
            continue;
        };
        // Whoever heard nothing tries again, soon or at the edge of the repeat window;
        // whoever heard something may press the button once more.
        redeemer.next_at = now
            + if reply == Reply::Nothing || random.one_in(2) {
                random.pick(&[0, 1, 1_000, REPEAT - 1, REPEAT, REPEAT + 1])
            } else {
                random.pick(&[0, 3])
            };
        history.push(Event { attempt, reply });
    }
    // What nobody spent can still be spent.
    let attempt = Attempt {
        key: 0,
        idempotency: None,
        at: now,
        fault: Fault::None,
    };
    let mut memory = 0;
    let reply = loop {
        if let Some(reply) = machine.turn(&attempt, &mut memory) {
            break reply;
        }
    };
    history.push(Event { attempt, reply });
    history
}

/// The first violation in so many histories, and in which.
fn convict(
    machine: &mut impl Machine,
    seed: u64,
    histories: u64,
) -> Option<(u64, Violation, Vec<Event>)> {
    let mut random = Random::new(seed);
    (0..histories).find_map(|number| {
        let history = play(machine, &mut random);
        judge(&history)
            .err()
            .map(|violation| (number, violation, history))
    })
}

#[test]
fn the_rule_spends_exactly_once_in_100_000_histories() {
    const THREADS: u64 = 4;
    const EACH: u64 = 25_000;
    let counts: Vec<_> = (0..THREADS)
        .map(|thread| {
            std::thread::spawn(move || {
                let mut rule = Rule::new();
                let verdict = convict(&mut rule, thread + 1, EACH);
                assert!(verdict.is_none(), "{verdict:#?}");
                rule.told
            })
        })
        .collect::<Vec<_>>()
        .into_iter()
        .map(|thread| thread.join().expect("no thread fails"))
        .collect();
    // Each outcome was met often: a generator that never gets there proves nothing.
    let mut told: BTreeMap<&'static str, u64> = BTreeMap::new();
    for count in counts {
        for (outcome, times) in count {
            *told.entry(outcome).or_default() += times;
        }
    }
    for outcome in [
        "granted",
        "repeated",
        "refused",
        "died before",
        "died after",
    ] {
        assert!(
            told.get(outcome).is_some_and(|times| *times > 10_000),
            "{told:?}"
        );
    }
}

#[test]
fn the_rule_needs_its_transaction() {
    // The same rule on a host that forgets to roll back when the object dies amid its writes.
    let mut rule = Rule::new();
    rule.host_forgets_to_roll_back = true;
    let verdict = convict(&mut rule, 7, 5_000);
    assert!(
        verdict.is_some(),
        "the judge acquits a host without transactions"
    );
}

/// A machine made of plain memory, sound when nothing is broken.
#[derive(Default)]
struct Model {
    broken: Option<Break>,
    spent: Option<(Attempt, String)>,
    issued: u64,
}

/// How a machine is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Break {
    /// Looks in one turn and writes in the next.
    LooksBeforeItLeaps,
    /// Never marks the code.
    Forgets,
    /// Marks the code before it looks at who asks.
    SpendsOnRefusal,
    /// Never looks at who asks.
    TakesAnyKey,
    /// Counts its life from the millisecond, not the second.
    LivesToTheMillisecond,
    /// Lives one millisecond longer.
    LivesOneTooLong,
    /// Dies one millisecond early.
    DiesEarly,
    /// Keeps its write when it dies before it.
    WritesAhead,
    /// Loses its write when the answer is lost.
    WritesBehind,
    /// Repeats to anyone with the same idempotency key.
    RepeatsToAnyKey,
    /// Repeats to anyone with the same key.
    RepeatsWithoutIdempotencyKey,
    /// Repeats for ever.
    RepeatsForEver,
    /// Repeats for one millisecond too short.
    RepeatsTooShort,
    /// Repeats for one millisecond too long.
    RepeatsTooLong,
    /// Does not mark a repeat.
    HidesRepeats,
    /// Makes a new answer for a repeat.
    AnswersAnew,
    /// Never repeats.
    NeverRepeats,
}

const BREAKS: [Break; 17] = [
    Break::LooksBeforeItLeaps,
    Break::Forgets,
    Break::SpendsOnRefusal,
    Break::TakesAnyKey,
    Break::LivesToTheMillisecond,
    Break::LivesOneTooLong,
    Break::DiesEarly,
    Break::WritesAhead,
    Break::WritesBehind,
    Break::RepeatsToAnyKey,
    Break::RepeatsWithoutIdempotencyKey,
    Break::RepeatsForEver,
    Break::RepeatsTooShort,
    Break::RepeatsTooLong,
    Break::HidesRepeats,
    Break::AnswersAnew,
    Break::NeverRepeats,
];

impl Model {
    fn is(&self, broken: Break) -> bool {
        self.broken == Some(broken)
    }

    fn grants(&self, attempt: &Attempt) -> bool {
        let mut end = EXPIRY;
        if self.is(Break::LivesToTheMillisecond) {
            end = ISSUED + LIFE;
        } else if self.is(Break::LivesOneTooLong) {
            end += 1;
        } else if self.is(Break::DiesEarly) {
            end -= 1;
        }
        self.spent.is_none()
            && attempt.at < end
            && (attempt.key != 3 || self.is(Break::TakesAnyKey))
    }

    fn repeats(&self, attempt: &Attempt) -> Option<String> {
        let (first, answer) = self.spent.as_ref()?;
        let window = if self.is(Break::RepeatsForEver) {
            i64::MAX
        } else {
            REPEAT + i64::from(self.is(Break::RepeatsTooLong))
                - i64::from(self.is(Break::RepeatsTooShort))
        };
        let same_call = self.is(Break::RepeatsWithoutIdempotencyKey)
            || (attempt.idempotency.is_some() && attempt.idempotency == first.idempotency);
        let same_key = attempt.key == first.key || self.is(Break::RepeatsToAnyKey);
        let in_time = attempt.at - first.at < window;
        let ever = !self.is(Break::NeverRepeats);
        (same_call && same_key && in_time && ever).then(|| answer.clone())
    }
}

impl Machine for Model {
    fn issue(&mut self) {
        self.spent = None;
        self.issued += 1;
    }

    fn turn(&mut self, attempt: &Attempt, memory: &mut u8) -> Option<Reply> {
        if self.is(Break::LooksBeforeItLeaps) && *memory == 0 {
            *memory = if self.grants(attempt) { 2 } else { 1 };
            return None;
        }
        let before = matches!(attempt.fault, Fault::Before(_));
        let granted = *memory == 2 || self.grants(attempt);
        if before {
            if self.is(Break::WritesAhead) && granted {
                self.spent = Some((*attempt, "ahead".into()));
            }
            return Some(Reply::Nothing);
        }
        let reply = if granted {
            let answer = format!("code {}", self.issued);
            let lost = attempt.fault == Fault::After && self.is(Break::WritesBehind);
            if !self.is(Break::Forgets) && !lost {
                self.spent = Some((*attempt, answer.clone()));
            }
            Reply::Granted {
                repeat: false,
                answer,
            }
        } else if let Some(mut answer) = self.repeats(attempt) {
            if self.is(Break::AnswersAnew) {
                answer.push_str(" again");
            }
            Reply::Granted {
                repeat: !self.is(Break::HidesRepeats),
                answer,
            }
        } else {
            if self.is(Break::SpendsOnRefusal) && self.spent.is_none() {
                self.spent = Some((*attempt, String::new()));
            }
            Reply::Refused
        };
        Some(match attempt.fault {
            Fault::After => Reply::Nothing,
            _ => reply,
        })
    }
}

#[test]
fn the_judge_acquits_a_sound_machine() {
    let verdict = convict(&mut Model::default(), 11, 20_000);
    assert!(verdict.is_none(), "{verdict:#?}");
}

#[test]
fn the_judge_convicts_every_broken_machine() {
    for broken in BREAKS {
        let mut machine = Model {
            broken: Some(broken),
            ..Model::default()
        };
        let verdict = convict(&mut machine, 13, 20_000);
        assert!(
            verdict.is_some(),
            "the judge acquits a machine that {broken:?}"
        );
    }
}
