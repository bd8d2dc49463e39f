//! The names of the members seen so far, to find the one that comes twice.
//!
//! Each object's are kept in order, so that a name is compared with a few of them only,
//! whoever chose them: no hash is here that somebody could make names collide in.

use super::span::Span;
use alloc::string::String;
use alloc::vec::Vec;

/// How many names are kept without an allocation: more than most tokens have.
const FEW: usize = 16;

/// The names of all objects that are open, outermost first.
#[derive(Debug)]
pub(super) struct Names {
    few: [Span; FEW],
    /// In the place of the few once they were too few.
    many: Vec<Span>,
    count: usize,
    /// What names that are spelled with escapes mean.
    decoded: String,
}

impl Names {
    pub(super) const fn new() -> Self {
        Self {
            few: [Span::NOTHING; FEW],
            many: Vec::new(),
            count: 0,
            decoded: String::new(),
        }
    }

    /// Where the names of an object start that is opened within the one at hand.
    pub(super) fn open(&self) -> usize {
        self.count
    }

    /// Forgets the names of an object that ends.
    pub(super) fn close(&mut self, first: usize) {
        self.count = first;
    }

    /// How many names the object has.
    pub(super) fn count(&self, first: usize) -> usize {
        self.count - first
    }

    fn places(&mut self) -> &mut [Span] {
        if self.many.is_empty() {
            &mut self.few
        } else {
            &mut self.many
        }
    }

    /// Adds a name of the document; whether it is new to the object.
    pub(super) fn add(&mut self, first: usize, mut name: Span, document: &str) -> bool {
        if name.is_escaped() {
            let start = self.decoded.len();
            self.decoded.push_str(&name.text(document).decode());
            name = Span::escaped(start, self.decoded.len());
        }
        let known = if self.many.is_empty() {
            self.few.as_slice()
        } else {
            &self.many
        };
        let meant = |name: Span| {
            name.raw(if name.is_escaped() {
                &self.decoded
            } else {
                document
            })
        };
        let known = known.get(first..self.count).unwrap_or_default();
        let Err(place) = known.binary_search_by(|other| meant(*other).cmp(meant(name))) else {
            return false;
        };
        if self.count == self.places().len() {
            let mut more = self.places().to_vec();
            more.resize(2 * self.count, Span::NOTHING);
            self.many = more;
        }
        let count = self.count;
        if let Some(from) = self.places().get_mut(first + place..=count) {
            // The one at the end is free.
            from.copy_within(..from.len() - 1, 1);
            if let Some(free) = from.first_mut() {
                *free = name;
            }
        }
        self.count += 1;
        true
    }
}
