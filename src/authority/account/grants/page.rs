//! A list, a page at a time.

use alloc::vec::Vec;

use super::{Account, counter};
use crate::authority::{
    Outcome,
    store::{Parameter, Row},
};

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub number: u32,
    /// Entries in it, 1 to [`Page::LARGEST`].
    pub size: u32,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageOf<T> {
    /// The entries.
    pub entries: Vec<T>,
    /// How many the whole list has. A filter is held against [`Page::COUNTED`] entries and no
    /// more, so that no request's cost grows with the account.
    pub total: i64,
    /// The page that this is.
    pub page: Page,
}

impl Page {
    /// Most entries of one page.
    pub const LARGEST: u32 = 1000;
    /// Most entries of a page of what has scopes: a hundred of 256 characters weigh 100 kB, and
    /// an answer has to fit between two places (32 MiB).
    pub const LARGEST_OF_SCOPES: u32 = 250;
    /// How many entries a filter is held against.
    pub const COUNTED: i64 = 10_000;
    /// Up to where a list without a filter can be paged into by number; what lies beyond is
    /// found with a filter. The trail has no such end.
    pub const DEEPEST: i64 = 100_000;

    /// A page: by default the first, of 50.
    #[must_use]
    pub fn new(number: Option<u32>, size: Option<u32>) -> Self {
        Self {
            number: number.unwrap_or(1).max(1),
            size: size.unwrap_or(50).clamp(1, Self::LARGEST),
        }
    }

    /// The same page, of no more than [`Page::LARGEST_OF_SCOPES`] entries.
    #[must_use]
    pub fn of_scopes(self) -> Self {
        Self {
            size: self.size.min(Self::LARGEST_OF_SCOPES),
            ..self
        }
    }

    /// How many entries of it lie before [`Page::DEEPEST`].
    pub(super) fn within_reach(self) -> i64 {
        i64::from(self.size).min((Self::DEEPEST - self.offset()).max(0))
    }

    /// How many entries lie before it.
    #[must_use]
    pub fn offset(self) -> i64 {
        i64::from(self.number - 1) * i64::from(self.size)
    }
}

impl<T> PageOf<T> {
    /// A page of a whole list, whose entries `name` counts: it costs what lies before it, down
    /// to where paging ends. `?1` and `?2` of `select` are how many rows it takes and passes
    /// over.
    pub(super) fn of_all(
        account: &Account<'_>,
        name: &str,
        select: &'static str,
        page: Page,
        of_row: fn(&Row) -> Outcome<T>,
    ) -> Outcome<Self> {
        let rows = account.store.run(
            select,
            &[
                Parameter::Integer(page.within_reach()),
                Parameter::Integer(page.offset()),
            ],
        )?;
        Ok(Self {
            entries: rows.iter().map(of_row).collect::<Outcome<_>>()?,
            total: counter::read(account, name)?,
            page,
        })
    }

    /// A page of what a filter leaves. `filter` has the parameters of both statements;
    /// `select` has two more, as in [`PageOf::of_all`].
    pub(super) fn of_some(
        account: &Account<'_>,
        [select, count]: [&'static str; 2],
        mut filter: Vec<Parameter<'_>>,
        page: Page,
        of_row: fn(&Row) -> Outcome<T>,
    ) -> Outcome<Self> {
        let total = account.store.first(count, &filter)?;
        filter.push(Parameter::Integer(page.size.into()));
        filter.push(Parameter::Integer(page.offset()));
        let rows = account.store.run(select, &filter)?;
        Ok(Self {
            entries: rows.iter().map(of_row).collect::<Outcome<_>>()?,
            total: total.map_or(Ok(0), |row| row.integer(0))?,
            page,
        })
    }
}
