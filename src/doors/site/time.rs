//! Moments as a page shows them.

use alloc::string::String;

use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use crate::authority::{Timestamp, iso8601};

const HUMAN: &[BorrowedFormatItem<'_>] =
    format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute] UTC");

/// A moment, for people and for a `datetime` attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(Timestamp);

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Moment {
    /// RFC 3339, in UTC.
    pub(super) fn machine(self) -> String {
        iso8601::format(self.0)
    }

    /// For a person, in UTC: `22 Nov 2026, 16:18 UTC`. The script shows their own time.
    pub(super) fn human(self) -> String {
        OffsetDateTime::from_unix_timestamp(self.0.seconds())
            .ok()
            .and_then(|at| at.format(HUMAN).ok())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_reads_the_month_by_name() {
        let moment = Moment(Timestamp(1_795_364_280_999));
        assert_eq!(moment.human(), "22 Nov 2026, 16:18 UTC");
        assert_eq!(moment.machine(), "2026-11-22T16:18:00.999Z");
        assert_eq!(Moment(Timestamp(0)).human(), "1 Jan 1970, 00:00 UTC");
    }
}
