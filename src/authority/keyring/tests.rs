//! The life of keys, with places and verifiers that are as late as they may be.

use alloc::{collections::BTreeMap, format, vec, vec::Vec};

use proptest::prelude::*;

use super::*;
use crate::authority::{
    GeneratedKey, Halt, Need, Provided, migration::migrate, refusal::Refusal,
    store::sqlite::Sqlite, testing::settings,
};

const START: i64 = 1_800_000_000_000;
const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

/// A keyring whose host makes key pairs that are told apart by a count.
struct Bench {
    store: Sqlite,
    made: u32,
    wake: Option<Timestamp>,
}

impl Bench {
    fn new() -> Self {
        let store = Sqlite::in_memory().unwrap();
        migrate(&store, MIGRATIONS).unwrap();
        Self {
            store,
            made: 0,
            wake: None,
        }
    }

    /// Runs a rule until it needs nothing more, as the host does.
    fn at<T>(&mut self, now: i64, rule: impl Fn(&Keyring<'_>) -> Outcome<T>) -> T {
        let (settings, mut provided) = (settings(), Provided::default());
        loop {
            let world = World::new(
                Timestamp(now),
                [self.made as u8; 32],
                &settings,
                None,
                &provided,
            );
            let outcome = self
                .store
                .transaction(
                    |store| {
                        rule(&Keyring {
                            store,
                            world: &world,
                        })
                    },
                    Result::is_ok,
                )
                .unwrap();
            match outcome {
                Ok(answer) => {
                    if let Some(wake) = world.wake() {
                        self.wake = Some(self.wake.map_or(wake, |other| other.min(wake)));
                    }
                    return answer;
                }
                Err(Halt::Needs(need)) => {
                    let answer = self.make(&need);
                    provided.0.insert(need.fingerprint().unwrap(), answer);
                }
                Err(halt) => panic!("{halt:?}"),
            }
        }
    }

    fn make(&mut self, need: &Need) -> Vec<u8> {
        let Need::GenerateKey { algorithm, .. } = need else {
            panic!("{need:?}");
        };
        self.made += 1;
        let start = match algorithm {
            Algorithm::Es256 => r#"{"crv":"P-256","kty":"EC","x":""#,
            Algorithm::Rs256 => r#"{"e":"AQAB","kty":"RSA","n":""#,
        };
        encode(&GeneratedKey {
            public_jwk: format!("{start}{}\"}}", self.made),
            pkcs8: vec![self.made as u8; 8],
        })
        .unwrap()
    }

    fn rotate(&mut self, now: i64) -> Vec<KeyReport> {
        self.at(now, |keyring| {
            crate::authority::decode(&answer(keyring, Call::RotateKeys(RotateKeys))?)
        })
    }

    fn withdraw(&mut self, now: i64, key_id: &str) -> Result<Vec<KeyReport>, Refusal> {
        let question = WithdrawKey {
            key_id: key_id.into(),
        };
        self.at(now, |keyring| {
            match answer(keyring, Call::WithdrawKey(question.clone())) {
                Ok(reports) => Ok(Ok(crate::authority::decode(&reports)?)),
                Err(Halt::Refused(refusal)) => Ok(Err(refusal)),
                Err(halt) => Err(halt),
            }
        })
    }

    fn reports(&mut self, now: i64) -> Vec<KeyReport> {
        self.at(now, |keyring| {
            crate::authority::decode(&answer(keyring, Call::Keys(KeysQuestion))?)
        })
    }

    fn host(&mut self, now: i64) -> HostKeyring {
        self.at(now, for_host)
    }

    /// Lets every alarm up to `now` ring, each at its time.
    fn ring_until(&mut self, now: i64) {
        while let Some(due) = self.wake.filter(|due| due.0 <= now) {
            self.wake = None;
            self.at(due.0, alarm);
        }
    }
}

fn states(reports: &[KeyReport], algorithm: Algorithm) -> Vec<KeyState> {
    reports
        .iter()
        .filter(|key| key.algorithm == algorithm)
        .map(|key| key.state)
        .collect()
}

#[test]
fn the_first_keys_are_made_once_and_kept() {
    let mut bench = Bench::new();
    let first = bench.host(START);
    assert_eq!(first.public.signing.len(), 2);
    assert_eq!(bench.host(START + DAY), first);
    assert_eq!(bench.made, 2);
    let opened: Vec<_> = first
        .sealed
        .iter()
        .map(|key| key.open(&settings()).unwrap())
        .collect();
    assert_eq!(opened, [vec![1; 8], vec![2; 8]]);
}

// RFC 7517 section 4: `kty`, `use`, `alg` and `kid` of each published key. RFC 7638: the `kid`.
#[test]
fn a_published_key_names_its_use_its_algorithm_and_its_thumbprint() {
    let mut bench = Bench::new();
    let keyring = bench.host(START);
    for (algorithm, own) in [
        (Algorithm::Es256, r#"{"crv":"P-256","kty":"EC","x":"1"}"#),
        (Algorithm::Rs256, r#"{"e":"AQAB","kty":"RSA","n":"2"}"#),
    ] {
        let kid = crate::jose::base64url::encode(&crate::sha256::digest(own.as_bytes()));
        assert_eq!(keyring.public.signing[&algorithm], kid);
        let set: serde_json::Value =
            serde_json::from_str(&keyring.public.jwks[&algorithm]).unwrap();
        let mut expected: serde_json::Value = serde_json::from_str(own).unwrap();
        expected["kid"] = kid.into();
        expected["use"] = "sig".into();
        expected["alg"] = name_of(algorithm).into();
        assert_eq!(set, serde_json::json!({ "keys": [expected] }));
    }
}

#[test]
fn the_next_key_is_published_before_it_signs_and_the_last_one_after() {
    use KeyState::{Coming, Retiring, Signing};
    let mut bench = Bench::new();
    let old = bench.host(START).public.signing;
    let rotated = bench.rotate(START + DAY);
    let first_signature = START + DAY + LEAD;
    let gone = first_signature + 2 * STALENESS + LONGEST_TOKEN;
    for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
        assert_eq!(states(&rotated, algorithm), [Signing, Coming]);
        for (now, expected) in [
            (first_signature - 1, vec![Signing, Coming]),
            (first_signature, vec![Signing, Retiring]),
            (gone - 1, vec![Signing, Retiring]),
            (gone, vec![Signing]),
        ] {
            assert_eq!(states(&bench.reports(now), algorithm), expected, "{now}");
        }
    }
    assert_eq!(bench.host(first_signature - 1).public.signing, old);
    assert_ne!(bench.host(first_signature).public.signing, old);
}

#[test]
fn rotating_twice_is_rotating_once() {
    let mut bench = Bench::new();
    bench.host(START);
    let first = bench.rotate(START + DAY);
    assert_eq!(bench.rotate(START + DAY + LEAD - 1), first);
    assert_eq!(bench.made, 4);
    bench.rotate(START + DAY + LEAD);
    assert_eq!(bench.made, 6);
}

// Whatever its state: it is gone, the others are as they were, and something signs that has its
// private half for good.
#[test]
fn a_withdrawn_key_is_gone_and_another_signs() {
    use KeyState::{Coming, Retiring, Signing};
    for (withdrawn, left) in [
        (Signing, vec![Signing, Retiring]),
        (Coming, vec![Signing, Retiring]),
        (Retiring, vec![Signing, Coming]),
    ] {
        let mut bench = Bench::new();
        bench.host(START);
        bench.rotate(START);
        let now = START + DAY;
        let before = bench.rotate(now);
        let of_state = |keys: &[KeyReport], state| {
            let mut keys = keys.iter().filter(|key| key.algorithm == Algorithm::Es256);
            keys.find(|key| key.state == state).unwrap().key_id.clone()
        };
        assert_eq!(
            states(&before, Algorithm::Es256),
            [Signing, Coming, Retiring]
        );
        let key_id = of_state(&before, withdrawn);
        let after = bench.withdraw(now, &key_id).unwrap();
        assert_eq!(states(&after, Algorithm::Es256), left, "{withdrawn:?}");
        assert!(after.iter().all(|key| key.key_id != key_id));
        assert_eq!(
            states(&after, Algorithm::Rs256),
            [Signing, Coming, Retiring]
        );
        let expected = match withdrawn {
            Signing => of_state(&before, Coming),
            _ => of_state(&before, Signing),
        };
        for later in [now, now + LEAD / 2] {
            bench.ring_until(later);
            let host = bench.host(later);
            assert_eq!(host.public.signing[&Algorithm::Es256], expected);
            assert!(!host.public.jwks[&Algorithm::Es256].contains(&key_id));
        }
        // The private half of what signs outlives every alarm that was set for its retirement.
        bench.ring_until(now + 2 * LONGEST_TOKEN);
        bench.host(now + 2 * LONGEST_TOKEN);
        assert_eq!(bench.withdraw(now, &key_id), Err(Refusal::NotFound), "once");
    }
}

#[test]
fn a_withdrawn_key_without_a_successor_gets_one_at_once() {
    let mut bench = Bench::new();
    let old = bench.host(START).public.signing[&Algorithm::Rs256].clone();
    let after = bench.withdraw(START + DAY, &old).unwrap();
    assert_eq!(states(&after, Algorithm::Rs256), [KeyState::Signing]);
    assert_eq!(bench.made, 3);
    assert_ne!(
        bench.host(START + DAY).public.signing[&Algorithm::Rs256],
        old
    );
}

#[test]
fn alarms_destroy_private_keys_that_sign_no_more_and_forget_dead_keys() {
    let mut bench = Bench::new();
    bench.host(START);
    bench.rotate(START);
    let private_keys = |bench: &Bench| {
        bench
            .store
            .run("SELECT count(sealed), count(*) FROM key", &[])
            .map(|rows| (rows[0].integer(0).unwrap(), rows[0].integer(1).unwrap()))
            .unwrap()
    };
    bench.ring_until(START + LEAD + 2 * STALENESS - 1);
    assert_eq!(private_keys(&bench), (4, 4));
    bench.ring_until(START + LEAD + 2 * STALENESS);
    assert_eq!(private_keys(&bench), (2, 4));
    bench.ring_until(START + LEAD + 2 * STALENESS + LONGEST_TOKEN - 1);
    assert_eq!(private_keys(&bench), (2, 4));
    bench.ring_until(START + LEAD + 2 * STALENESS + LONGEST_TOKEN);
    assert_eq!(private_keys(&bench), (2, 2));
    assert_eq!(bench.wake, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whenever keys are rotated, whichever alarms ring: a token that any place signs, however
    /// old its copy of the keyring may be, is verified all its life by a verifier whose copy of
    /// the key set is as old as an hour.
    #[test]
    fn rotation_never_breaks_a_verification(
        rotations in prop::collection::vec(0..90 * DAY, 1..6),
        staleness in 0..STALENESS,
        cached in 0..LEAD - STALENESS,
        lives in prop::collection::vec((0..120 * DAY, 0..=LONGEST_TOKEN), 40),
        alarms_ring: bool,
    ) {
        let mut bench = Bench::new();
        bench.host(START);
        // What every minute that matters published; made in order, for time does not go back.
        let mut events: Vec<(i64, Event)> = rotations.iter().map(|at| (START + at, Event::Rotate)).collect();
        for (index, (signed_after, life)) in lives.iter().enumerate() {
            let signed = START + signed_after;
            events.push(((signed - staleness).max(START), Event::PlaceFetches(index)));
            for verified in [signed, signed + life / 2, signed + life] {
                // The place that publishes has a copy of its own, as old as the other's.
                events.push(((verified - cached - staleness).max(START), Event::VerifierFetches(index, verified)));
            }
        }
        events.sort_by_key(|(at, _)| *at);
        let mut signed_with = BTreeMap::new();
        let mut known: Vec<(usize, i64, HostKeyring)> = Vec::new();
        for (at, event) in events {
            if alarms_ring {
                bench.ring_until(at);
            }
            match event {
                Event::Rotate => { bench.rotate(at); }
                Event::PlaceFetches(token) => { signed_with.insert(token, bench.host(at).public.signing); }
                Event::VerifierFetches(token, verified) => known.push((token, verified, bench.host(at))),
            }
        }
        for (token, verified, keyring) in known {
            for (algorithm, key_id) in &signed_with[&token] {
                prop_assert!(
                    keyring.public.jwks[algorithm].contains(key_id.as_str()),
                    "token {token} at {} min", (verified - START) / MINUTE
                );
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Event {
    Rotate,
    PlaceFetches(usize),
    VerifierFetches(usize, i64),
}
