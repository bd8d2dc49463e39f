//! A verification allocates the decoded token and no more (RS256: its numbers too): a crowd
//! of tokens must not become a crowd of small pieces.

#![allow(
    unsafe_code,
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "an allocator that counts is unsafe by its trait; it only hands on to the system's"
)]

use countersign::jose::{Expectations, import_jwks, verify_jwt};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

static COUNT: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call goes to `System` with what it was given, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `System` with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// One test alone: another thread's allocations would be counted.
#[test]
fn a_verification_allocates_its_token_and_no_more() {
    let corpus = include_str!("vectors/corpus.json");
    let corpus: serde_json::Value = serde_json::from_str(corpus).unwrap();
    let keys = import_jwks(corpus["keys"]["all"].as_str().unwrap().as_bytes()).unwrap();
    let audiences = ["https://api.example"];
    let scopes = ["mail:send", "calendar:read"];
    let expect = Expectations {
        required_claims: &["sub", "jti"],
        required_scopes: &scopes,
        ..Expectations::new("https://issuer.example", &audiences, 1_767_225_600)
    };
    // RS256 computes with numbers whose size the key decides.
    for (case, most) in [(0, 1), (1, 7)] {
        let token = corpus["cases"][case]["input"].as_str().unwrap().as_bytes();
        // The first uses of a key prepare it.
        for _ in 0..200 {
            verify_jwt(token, &keys, &expect).unwrap();
        }
        let before = COUNT.load(Ordering::Relaxed);
        let verified = verify_jwt(token, &keys, &expect).unwrap();
        let after = COUNT.load(Ordering::Relaxed);
        assert!(after - before <= most, "case {case}: {}", after - before);
        assert!(verified.claims().subject.unwrap().is("user-1"));
        assert_eq!(
            COUNT.load(Ordering::Relaxed),
            after,
            "views allocate nothing"
        );
    }
}
