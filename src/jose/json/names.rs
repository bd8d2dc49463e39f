//! The names of the members seen so far, to find the one that comes twice.

use super::text::Text;
use alloc::vec::Vec;

/// How many names are kept without an allocation: more than most tokens have.
const FEW: usize = 16;

/// The names of all objects that are open, outermost first, as they are spelled.
#[derive(Debug)]
pub(super) struct Names<'a> {
    few: [&'a str; FEW],
    many: Vec<&'a str>,
    count: usize,
}

/// What is remembered of one object that is open.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Where its names start.
    first: usize,
    /// One bit for each hash seen: names are compared only where the bit is taken.
    seen: u64,
}

impl<'a> Names<'a> {
    pub(super) fn new() -> Self {
        Self {
            few: [""; FEW],
            many: Vec::new(),
            count: 0,
        }
    }

    /// Opens an object within the one at hand.
    pub(super) fn open(&self) -> Open {
        Open {
            first: self.count,
            seen: 0,
        }
    }

    /// Forgets the names of an object that ends.
    pub(super) fn close(&mut self, open: &Open) {
        self.count = open.first;
        self.many.truncate(self.count.saturating_sub(FEW));
    }

    /// How many names the object has.
    pub(super) fn count(&self, open: &Open) -> usize {
        self.count - open.first
    }

    /// Adds a name; whether it is new.
    #[inline]
    pub(super) fn add(&mut self, open: &mut Open, name: Text<'a>) -> bool {
        // With escapes it may spell any name before it, and any name after may spell it.
        let bits = if name.is_escaped() {
            u64::MAX
        } else {
            1 << hash(name.raw.as_bytes())
        };
        if open.seen & bits != 0 && self.has(open.first, name) {
            return false;
        }
        open.seen |= bits;
        match self.few.get_mut(self.count) {
            Some(place) => *place = name.raw,
            None => self.many.push(name.raw),
        }
        self.count += 1;
        true
    }

    fn has(&self, first: usize, name: Text<'a>) -> bool {
        let all = self
            .few
            .iter()
            .take(self.count)
            .chain(&self.many)
            .skip(first);
        let name = name.decode();
        all.into_iter()
            .any(|earlier| Text::spelled(earlier).is(&name))
    }
}

/// Six bits of a name. Names that are made to share them are compared one by one, of which
/// [`Limits::members`](super::Limits::members) bounds how many there are.
fn hash(name: &[u8]) -> u32 {
    let [first, last] = [name.first(), name.last()].map(|byte| u32::from(*byte.unwrap_or(&0)));
    (first | last << 8 | (name.len() as u32) << 16).wrapping_mul(0x9e37_79b1) >> 26
}
