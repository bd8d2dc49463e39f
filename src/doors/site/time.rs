//! Moments as a page shows them.

use alloc::{format, string::String};

use crate::authority::Timestamp;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A moment, for people and for a `datetime` attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        let seconds = at.seconds();
        let (days, time) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        // Days are counted from 1 March 0000: each era of 400 years has 146,097 of them, a
        // leap day comes last in its year, and 153 days are five months from any March or
        // August on.
        let day = days + 719_468;
        let (era, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let january_or_february = month >= 10;
        Self {
            year: era * 400 + year + i64::from(january_or_february),
            month: if january_or_february {
                month - 9
            } else {
                month + 3
            },
            day: day - (153 * month + 2) / 5 + 1,
            hour: time / 3_600,
            minute: time / 60 % 60,
            second: time % 60,
        }
    }
}

impl Moment {
    /// RFC 3339, in UTC and whole seconds.
    pub(super) fn machine(&self) -> String {
        let Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self;
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// For a person, in UTC: `22 Nov 2026, 16:18 UTC`.
    pub(super) fn human(&self) -> String {
        let Self {
            year,
            month,
            day,
            hour,
            minute,
            ..
        } = self;
        let month = usize::try_from(month - 1)
            .ok()
            .and_then(|month| MONTHS.get(month));
        format!(
            "{day} {} {year}, {hour:02}:{minute:02} UTC",
            month.unwrap_or(&"")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(seconds: i64) -> String {
        Moment::from(Timestamp(seconds * 1000)).machine()
    }

    #[test]
    fn known_moments_are_right() {
        assert_eq!(machine(0), "1970-01-01T00:00:00Z");
        assert_eq!(machine(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(machine(951_868_799), "2000-02-29T23:59:59Z");
        assert_eq!(machine(1_709_164_800), "2024-02-29T00:00:00Z");
        assert_eq!(machine(1_735_689_599), "2024-12-31T23:59:59Z");
        assert_eq!(machine(4_107_542_400), "2100-03-01T00:00:00Z");
        assert_eq!(machine(-1), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn each_day_of_two_centuries_follows_the_one_before() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..73_049 {
            let moment = Moment::from(Timestamp(days * 86_400_000));
            assert_eq!((moment.year, moment.month, moment.day), (year, month, day));
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                2 => 28 + i64::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > length {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
    }

    #[test]
    fn a_person_reads_the_month_by_name() {
        let moment = Moment::from(Timestamp(1_795_364_280_000));
        assert_eq!(moment.human(), "22 Nov 2026, 16:18 UTC");
    }
}
