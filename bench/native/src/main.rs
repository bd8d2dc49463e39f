//! Native verification of the tokens that the runtimes verify too, the signature and SHA-256
//! alone: aws-lc-rs with a parsed key, and this project's arithmetic compiled for the machine.
//! Prints microseconds per operation as JSON, in slices that take turns.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};
use countersign::{sha256, signature};
use serde::Deserialize;
use std::time::{Duration, Instant};

#[derive(Deserialize)]
struct Given {
    es256: Algorithm,
    rs256: Algorithm,
}

#[derive(Deserialize)]
struct Algorithm {
    /// SubjectPublicKeyInfo in DER.
    spki: Vec<u8>,
    /// The numbers of the key: x and y, or n and e.
    numbers: [Vec<u8>; 2],
    /// What was signed, and the signature.
    signed: Vec<(Vec<u8>, Vec<u8>)>,
}

struct Contender<'a> {
    group: &'static str,
    name: &'static str,
    run: Box<dyn Fn(usize) -> bool + 'a>,
    next: usize,
    found: Vec<f64>,
}

impl Contender<'_> {
    fn slice(&mut self, length: Duration) -> f64 {
        let (start, mut count) = (Instant::now(), 0);
        while start.elapsed() < length {
            for _ in 0..16 {
                assert!((self.run)(self.next), "{} refuses", self.name);
                self.next += 1;
            }
            count += 16;
        }
        start.elapsed().as_secs_f64() * 1e6 / f64::from(count)
    }
}

fn contender<'a>(
    group: &'static str,
    name: &'static str,
    signed: &'a [(Vec<u8>, Vec<u8>)],
    verify: impl Fn(&[u8], &[u8]) -> bool + 'a,
) -> Contender<'a> {
    let run = move |i: usize| {
        let (message, signature) = &signed[i % signed.len()];
        verify(message, signature)
    };
    Contender {
        group,
        name,
        run: Box::new(run),
        next: 0,
        found: Vec::new(),
    }
}

fn aws<'a>(
    group: &'static str,
    given: &'a Algorithm,
    algorithm: &'static dyn VerificationAlgorithm,
) -> Contender<'a> {
    let key = ParsedPublicKey::new(algorithm, &given.spki).expect("a key");
    contender(
        group,
        "native aws-lc-rs",
        &given.signed,
        move |message, signature| key.verify_sig(message, signature).is_ok(),
    )
}

fn main() {
    let file = std::env::args().nth(1).expect("the file of what is given");
    let Given { es256, rs256 } =
        serde_json::from_slice(&std::fs::read(file).expect("a file")).expect("JSON");
    let [x, y] = es256
        .numbers
        .each_ref()
        .map(|number| number.as_slice().try_into().expect("32 bytes"));
    let p256 = signature::p256::VerifyingKey::from_coordinates(&x, &y).expect("a point");
    let [n, e] = &rs256.numbers;
    let rsa = signature::rsa::VerifyingKey::from_components(n, e).expect("a modulus");

    let mut contenders = [
        aws("ES256", &es256, &ECDSA_P256_SHA256_FIXED),
        contender(
            "ES256",
            "native countersign",
            &es256.signed,
            |message, signature| {
                p256.verify_digest(
                    &sha256::digest(message),
                    signature.try_into().expect("64 bytes"),
                )
            },
        ),
        aws("RS256", &rs256, &RSA_PKCS1_2048_8192_SHA256),
        contender(
            "RS256",
            "native countersign",
            &rs256.signed,
            |message, signature| rsa.verify_digest(&sha256::digest(message), signature),
        ),
    ];
    for round in 0..8 {
        for contender in &mut contenders {
            let found = contender.slice(Duration::from_millis(80));
            // The first warms up: the keys grow with use.
            if round > 0 {
                contender.found.push(found);
            }
        }
    }
    let rows: Vec<_> = contenders
        .iter_mut()
        .map(
            |Contender {
                 group, name, found, ..
             }| {
                found.sort_by(f64::total_cmp);
                serde_json::json!({ "group": group, "name": name, "us": found[found.len() / 2] })
            },
        )
        .collect();
    println!("{}", serde_json::Value::from(rows));
}
