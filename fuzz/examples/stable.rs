//! The fuzz targets without a fuzzer: `stable SECONDS [TARGET]`; `stable seeds FOLDER` writes
//! what they start from, for a fuzzer. Mutations are made from a fixed seed, so that what is
//! found once is found again; an input that breaks a target is printed before the panic ends
//! the run.

use countersign_fuzz::{TARGETS, seeds};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// xorshift64* by Vigna: a few lines, and good enough to choose mutations.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() >> 16) as usize % end.max(1)
    }
}

/// Bytes that mean something to one of the parsers.
const MEANINGFUL: &[&[u8]] = &[
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b".",
    b"-",
    b"_",
    b"=",
    b"0",
    b"1e9",
    b"null",
    b"\\u0000",
    b"\\ud800",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\0",
    b"\n",
    b"&",
    b"/",
    b"anx://",
    b"\"alg\":\"none\"",
    b"\"crit\":[]",
    b"\"kid\"",
    b"\"exp\":0",
    b"\"d\":\"\"",
    b"AAAA",
];

fn mutated(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut input = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(4) {
        let at = random.below(input.len() + 1);
        let to = (at + random.below(16)).min(input.len());
        match random.below(8) {
            0 => drop(input.splice(at..to, [])),
            1 => drop(input.splice(at..at, MEANINGFUL[random.below(MEANINGFUL.len())].to_vec())),
            2 => drop(input.splice(at..to, MEANINGFUL[random.below(MEANINGFUL.len())].to_vec())),
            3 => drop(input.splice(at..at, input[at..to].to_vec())),
            4 => input.truncate(at),
            5 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len() + 1);
                input.truncate(at);
                input.extend(&other[from..]);
            }
            6 if at < input.len() => input[at] ^= 1 << random.below(8),
            _ if at < input.len() => input[at] = random.next() as u8,
            _ => {}
        }
    }
    input
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [word, folder] = &arguments[..]
        && word == "seeds"
    {
        return write_seeds(folder.as_ref());
    }
    let seconds = arguments
        .first()
        .and_then(|text| text.parse().ok())
        .unwrap_or(60.0);
    let only = arguments.get(1);
    let chosen: Vec<_> = TARGETS
        .iter()
        .filter(|(name, _)| only.is_none_or(|only| only == name))
        .collect();
    assert!(
        !chosen.is_empty(),
        "targets: {:?}",
        TARGETS.map(|(name, _)| name)
    );
    let share = Duration::from_secs_f64(seconds / chosen.len() as f64);
    let seeds = seeds();
    for (name, target) in chosen {
        let mut random = Random(0x636f_756e_7465_7273);
        let start = Instant::now();
        let mut runs = 0_u64;
        for seed in seeds.iter().take_while(|_| start.elapsed() < share / 4) {
            run(name, *target, seed);
            runs += 1;
        }
        while start.elapsed() < share {
            for _ in 0..64 {
                run(name, *target, &mutated(&mut random, &seeds));
            }
            runs += 64;
        }
        println!(
            "{name:12} {runs:9} inputs in {:.1} s",
            start.elapsed().as_secs_f64()
        );
    }
}

fn write_seeds(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder to write to");
    for (number, seed) in seeds().iter().enumerate() {
        fs::write(folder.join(number.to_string()), seed).expect("a file in it");
    }
}

fn run(name: &str, target: fn(&[u8]), input: &[u8]) {
    let result = std::panic::catch_unwind(|| target(input));
    if let Err(panic) = result {
        println!(
            "{name} fails on {} (base64url)",
            countersign::jose::base64url::encode(input)
        );
        std::panic::resume_unwind(panic);
    }
}
