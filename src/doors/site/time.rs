//! Moments as a page shows them.

use alloc::{format, string::String};

use crate::authority::{
    Timestamp,
    iso8601::{self, DateTime},
    json::Json,
};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A moment, for people and for a `datetime` attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(Timestamp);

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Json for Moment {
    fn write(&self, json: &mut String) {
        self.machine().write(json);
    }
}

impl Moment {
    /// RFC 3339, in UTC.
    pub(super) fn machine(self) -> String {
        iso8601::format(self.0)
    }

    /// For a person, in UTC: `22 Nov 2026, 16:18 UTC`. The script shows their own time.
    pub(super) fn human(self) -> String {
        let DateTime {
            year,
            month,
            day,
            hour,
            minute,
            ..
        } = self.0.into();
        let month = MONTHS.get(usize::from(month.wrapping_sub(1)));
        format!(
            "{day} {} {year}, {hour:02}:{minute:02} UTC",
            month.unwrap_or(&"")
        )
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
