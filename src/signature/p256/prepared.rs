//! The tables of a point, which are made when their use has earned them.

use super::arithmetic::Arithmetic;
use super::point::AffinePoint;
use super::table::Table;
use alloc::boxed::Box;
use once_cell::race::OnceBox;

/// How much was prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preparation {
    /// Windows of four bits: 37 KB, made in a fifth of a millisecond.
    Small,
    /// Windows of eight bits: 295 KB, made in 1.2 ms, and half the time of a verification.
    Large,
    /// Windows of ten bits: 958 KB, made in 4 ms, and an eighth less time than the large ones,
    /// for as long as they stay in the processor's cache.
    Largest,
}

impl Preparation {
    const fn width(self) -> usize {
        match self {
            Self::Small => 4,
            Self::Large => 8,
            Self::Largest => 10,
        }
    }
}

/// The tables of one point.
///
/// Each is made at most once (two threads that race both make it, and one is dropped) and
/// lives as long as the point, because others may be reading it.
pub(super) struct Tables<A: Arithmetic> {
    small: OnceBox<Table<A::Entry>>,
    large: OnceBox<Table<A::Entry>>,
    largest: OnceBox<Table<A::Entry>>,
}

impl<A: Arithmetic> Tables<A> {
    pub(super) const fn new() -> Self {
        Self {
            small: OnceBox::new(),
            large: OnceBox::new(),
            largest: OnceBox::new(),
        }
    }

    /// The table wanted, made from the point when it does not exist yet.
    pub(super) fn get(
        &self,
        preparation: Preparation,
        point: impl FnOnce() -> AffinePoint,
    ) -> &Table<A::Entry> {
        let build = || Box::new(Table::build(&point(), preparation.width(), A::prepare));
        self.cell(preparation).get_or_init(build)
    }

    fn cell(&self, preparation: Preparation) -> &OnceBox<Table<A::Entry>> {
        match preparation {
            Preparation::Small => &self.small,
            Preparation::Large => &self.large,
            Preparation::Largest => &self.largest,
        }
    }

    #[cfg(test)]
    pub(super) fn exists(&self, preparation: Preparation) -> bool {
        self.cell(preparation).get().is_some()
    }
}
