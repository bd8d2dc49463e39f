//! SHA-256 (FIPS 180-4).
//!
//! In WebAssembly a token of 505 bytes is hashed ten times while a WebCrypto digest in Node.js has
//! not hashed anything yet. There are no branches on the data and no look-ups by it: no timing
//! depends on what is hashed.

#![allow(
    clippy::indexing_slicing,
    reason = "indices below the lengths of fixed arrays, and tails shorter than the block that holds them"
)]

mod compression;
mod words;

use compression::compress_block;

/// Bytes of a digest.
pub const DIGEST_LENGTH: usize = 32;

/// Bytes that one compression takes in.
pub(crate) const BLOCK_LENGTH: usize = 64;

/// Bytes at the end of the last block that carry the message's length in bits.
const LENGTH_FIELD: usize = 8;

/// The eight chaining words between two blocks.
pub(crate) type State = [u32; 8];

/// FIPS 180-4 section 5.3.3: fractional parts of the square roots of the first 8 primes.
const INITIAL: State = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The digest of one message that lies in memory whole.
#[must_use]
pub fn digest(message: &[u8]) -> [u8; DIGEST_LENGTH] {
    let mut state = INITIAL;
    let (blocks, tail) = message.as_chunks::<BLOCK_LENGTH>();
    compress(&mut state, blocks);
    finish(state, tail, message.len() as u64)
}

/// A digest that is fed piece by piece.
///
/// ```
/// # use countersign::sha256::{Sha256, digest};
/// assert_eq!(Sha256::new().update(b"ab").update(b"c").finalize(), digest(b"abc"));
/// ```
#[derive(Clone)]
pub struct Sha256 {
    state: State,
    /// The bytes of a block that is not yet full: the first `length % 64` of them.
    pending: [u8; BLOCK_LENGTH],
    /// Bytes taken in so far. FIPS 180-4 ends at 2^61 of them, which no caller can feed.
    length: u64,
}

impl Sha256 {
    /// A hasher that has seen nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self::resume(INITIAL, 0)
    }

    /// A hasher that has seen `length` bytes, a multiple of the block, and kept `state`.
    pub(crate) const fn resume(state: State, length: u64) -> Self {
        Self {
            state,
            pending: [0; BLOCK_LENGTH],
            length,
        }
    }

    /// Takes in more of the message.
    pub fn update(&mut self, mut bytes: &[u8]) -> &mut Self {
        let filled = self.filled();
        self.length = self.length.wrapping_add(bytes.len() as u64);
        if filled != 0 {
            let taken = bytes.len().min(BLOCK_LENGTH - filled);
            let (head, rest) = bytes.split_at(taken);
            self.pending[filled..filled + taken].copy_from_slice(head);
            if filled + taken < BLOCK_LENGTH {
                return self;
            }
            compress(&mut self.state, core::slice::from_ref(&self.pending));
            bytes = rest;
        }
        let (blocks, tail) = bytes.as_chunks::<BLOCK_LENGTH>();
        compress(&mut self.state, blocks);
        self.pending[..tail.len()].copy_from_slice(tail);
        self
    }

    /// The digest of all that was taken in so far. The hasher may go on afterwards.
    #[must_use]
    pub fn finalize(&self) -> [u8; DIGEST_LENGTH] {
        finish(self.state, &self.pending[..self.filled()], self.length)
    }

    /// How many bytes of the pending block count.
    const fn filled(&self) -> usize {
        (self.length % BLOCK_LENGTH as u64) as usize
    }
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

// What is hashed may be a secret.
debug_without_secrets!(Sha256 {});

/// The state after one whole block, from the beginning: what HMAC keeps of its pads.
pub(crate) fn state_after(block: &[u8; BLOCK_LENGTH]) -> State {
    let mut state = INITIAL;
    compress(&mut state, core::slice::from_ref(block));
    state
}

/// FIPS 180-4 section 5.1.1: a one bit, zeros, and the length in bits as 64-bit big-endian.
/// `tail` is what follows the last whole block, at most 63 bytes.
fn finish(mut state: State, tail: &[u8], length: u64) -> [u8; DIGEST_LENGTH] {
    let mut last = [[0u8; BLOCK_LENGTH]; 2];
    last[0][..tail.len()].copy_from_slice(tail);
    last[0][tail.len()] = 0x80;
    let count = if tail.len() < BLOCK_LENGTH - LENGTH_FIELD {
        1
    } else {
        2
    };
    let bits = length.wrapping_mul(8).to_be_bytes();
    last[count - 1][BLOCK_LENGTH - LENGTH_FIELD..].copy_from_slice(&bits);
    compress(&mut state, &last[..count]);

    let mut out = [0; DIGEST_LENGTH];
    for (bytes, word) in out.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    out
}

/// Takes in whole blocks.
fn compress(state: &mut State, blocks: &[[u8; BLOCK_LENGTH]]) {
    for block in blocks {
        compress_block(state, block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use num_bigint::BigUint;
    use proptest::prelude::*;
    use sha2::Digest as _;

    fn hex(digest: [u8; DIGEST_LENGTH]) -> alloc::string::String {
        digest.iter().map(|b| std::format!("{b:02x}")).collect()
    }

    /// The first 32 bits after the point of the `root`-th root of a prime.
    fn fraction_of_root(prime: u32, root: u32) -> u32 {
        let scaled = BigUint::from(prime) << (32 * root);
        (scaled.nth_root(root) % (1u64 << 32)).try_into().unwrap()
    }

    #[test]
    fn the_constants_are_roots_of_the_primes() {
        let primes: Vec<u32> = (2u32..312)
            .filter(|n| (2..*n).all(|d| n % d != 0))
            .collect();
        assert_eq!(primes.len(), 64);
        for (constant, prime) in INITIAL.iter().zip(&primes) {
            assert_eq!(*constant, fraction_of_root(*prime, 2));
        }
        for (constant, prime) in compression::CONSTANTS.iter().zip(&primes) {
            assert_eq!(*constant, fraction_of_root(*prime, 3));
        }
    }

    /// FIPS 180-2 appendix B and the secure hashing examples that NIST publishes.
    #[test]
    fn nist_examples() {
        assert_eq!(
            hex(digest(b"")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            hex(digest(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            hex(digest(
                b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
            )),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        );
        assert_eq!(
            hex(digest(b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu")),
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        );
        assert_eq!(
            hex(digest(&std::vec![b'a'; 1_000_000])),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        );
    }

    /// Each length at which the padding takes another shape, and each split of it in two.
    #[test]
    fn every_length_and_every_split_agree_with_the_oracle() {
        let bytes: Vec<u8> = (0..=255u8).cycle().take(200).collect();
        for length in 0..=bytes.len() {
            let message = &bytes[..length];
            let expected: [u8; 32] = sha2::Sha256::digest(message).into();
            assert_eq!(digest(message), expected, "{length}");
            for at in 0..=length {
                let (head, tail) = message.split_at(at);
                assert_eq!(
                    Sha256::new().update(head).update(tail).finalize(),
                    expected,
                    "{length} split at {at}"
                );
            }
        }
    }

    #[test]
    fn a_hasher_goes_on_after_it_has_answered() {
        let mut hasher = Sha256::default();
        hasher.update(b"ab");
        assert_eq!(hasher.finalize(), digest(b"ab"));
        assert_eq!(hasher.clone().update(b"c").finalize(), digest(b"abc"));
        assert_eq!(hasher.finalize(), digest(b"ab"));
    }

    #[test]
    fn debug_shows_no_state() {
        assert_eq!(std::format!("{:?}", Sha256::new()), "Sha256 { .. }");
    }

    proptest! {
        #[test]
        fn any_pieces_agree_with_the_oracle(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..8)) {
            let mut ours = Sha256::new();
            let mut theirs = sha2::Sha256::new();
            for piece in &pieces {
                ours.update(piece);
                theirs.update(piece);
            }
            let expected: [u8; 32] = theirs.finalize().into();
            prop_assert_eq!(ours.finalize(), expected);
            prop_assert_eq!(digest(&pieces.concat()), expected);
        }
    }
}
