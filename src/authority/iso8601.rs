//! Times as JSON and pages show them: ISO 8601 in UTC with milliseconds and `Z`.

use alloc::{format, string::String};

use super::Timestamp;

const DAY: i64 = 86_400_000;

/// A moment by calendar and clock, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime {
    /// Of the Gregorian calendar, before its beginning too; 0 is the year before 1.
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// 0 to 999.
    pub millisecond: u16,
}

impl From<Timestamp> for DateTime {
    fn from(Timestamp(at): Timestamp) -> Self {
        let (year, month, day) = date_of(at.div_euclid(DAY));
        let rest = at.rem_euclid(DAY);
        let small = |value: i64| u8::try_from(value).unwrap_or_default();
        Self {
            year,
            month: small(month),
            day: small(day),
            hour: small(rest / 3_600_000),
            minute: small(rest / 60_000 % 60),
            second: small(rest / 1_000 % 60),
            millisecond: u16::try_from(rest % 1_000).unwrap_or_default(),
        }
    }
}

/// `2026-11-22T04:31:06.588Z`; empty for a time outside the years 0 to 9999.
#[must_use]
pub fn format(at: Timestamp) -> String {
    let DateTime {
        year,
        month,
        day,
        hour,
        minute,
        second,
        millisecond,
    } = at.into();
    if !(0..=9999).contains(&year) {
        return String::new();
    }
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
}

/// Reads an RFC 3339 time with any offset, or a date alone, which is its midnight in UTC.
/// What is finer than a millisecond is cut off.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    // RFC 3339 section 5.6: the digits and separators of `full-date` and of `partial-time`.
    let (date, time) = text.as_bytes().split_at_checked(10)?;
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = date else {
        return None;
    };
    let year = number(&[*y0, *y1, *y2, *y3])?;
    let month = number(&[*m0, *m1]).filter(|month| (1..=12).contains(month))?;
    let day = number(&[*d0, *d1])?;
    let midnight = days_until(year, month, day);
    // A day that its month does not have is another day of the calendar.
    if date_of(midnight) != (year, month, day) {
        return None;
    }
    let moment = if time.is_empty() {
        Some(0)
    } else {
        time_of_day(time)
    };
    Some(Timestamp(midnight * DAY + moment?))
}

/// Milliseconds since midnight in UTC of `T12:00:00.5+01:00`.
fn time_of_day(text: &[u8]) -> Option<i64> {
    let (clock, rest) = text.split_at_checked(9)?;
    let [b'T' | b't', h0, h1, b':', m0, m1, b':', s0, s1] = clock else {
        return None;
    };
    let hour = number(&[*h0, *h1]).filter(|hour| *hour < 24)?;
    let minute = number(&[*m0, *m1]).filter(|minute| *minute < 60)?;
    let second = number(&[*s0, *s1]).filter(|second| *second < 60)?;
    let (millisecond, zone) = match rest.strip_prefix(b".") {
        None => (0, rest),
        Some(fraction) => {
            let length = fraction
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            let (digits, zone) = fraction.split_at_checked(length).filter(|_| length > 0)?;
            let padded = digits.iter().copied().chain([b'0', b'0']).take(3);
            (
                padded.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')),
                zone,
            )
        }
    };
    let offset = match zone {
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] => {
            let hours = number(&[*h0, *h1]).filter(|hours| *hours < 24)?;
            let minutes = number(&[*m0, *m1]).filter(|minutes| *minutes < 60)?;
            let offset = hours * 60 + minutes;
            if *sign == b'-' { -offset } else { offset }
        }
        _ => return None,
    };
    Some(((hour * 60 + minute - offset) * 60 + second) * 1_000 + millisecond)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, digit| {
        digit
            .is_ascii_digit()
            .then(|| sum * 10 + i64::from(digit - b'0'))
    })
}

// Both ways count days from 1 March 0000: the leap day comes last in its year, each era of 400
// years has 146,097 days, and 153 days are five months from any March or August on.

/// Days from 1970-01-01 until a date of the Gregorian calendar; a day beyond its month's end
/// counts into the next.
fn days_until(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let month = (month + 9) % 12;
    let day = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + 365 * year + year / 4 - year / 100 + day - 719_468
}

/// Year, month and day of the Gregorian calendar, so many days from 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    let day = days + 719_468;
    let (era, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    if month < 10 {
        (era * 400 + year, month + 3, day)
    } else {
        (era * 400 + year + 1, month - 9, day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_with_milliseconds_and_z() {
        assert_eq!(
            format(Timestamp(1_772_280_000_000)),
            "2026-02-28T12:00:00.000Z"
        );
        assert_eq!(
            format(Timestamp(1_772_280_000_588)),
            "2026-02-28T12:00:00.588Z"
        );
        assert_eq!(format(Timestamp(i64::MAX)), "");
    }

    #[test]
    fn times_are_read_with_any_offset() {
        let noon = Some(Timestamp(1_772_280_000_000));
        for text in [
            "2026-02-28T12:00:00Z",
            "2026-02-28T12:00:00.000Z",
            "2026-02-28T13:00:00+01:00",
        ] {
            assert_eq!(parse(text), noon, "{text}");
        }
        assert_eq!(
            parse("2026-02-28"),
            Some(Timestamp(1_772_280_000_000 - 12 * 3_600_000))
        );
        for text in [
            "",
            "yesterday",
            "2026-02-30T00:00:00Z",
            "2026-02-28 12:00",
            "2026-02-28T12:00:00",
            "2026-02-28T24:00:00Z",
            "2026-02-28T12:60:00Z",
            "2026-02-28T12:00:60Z",
            "2026-02-28T12:00:00.Z",
            "2026-02-28T12:00:00+1:00",
            "2026-02-28T12:00:00+24:00",
            "2026-02-28T12:00:00Z ",
            "2026-13-28T12:00:00Z",
            "2026-00-28T12:00:00Z",
            "2026-02-00T12:00:00Z",
            "+026-02-28T12:00:00Z",
            "2026-02-\u{662}8",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    mod against_the_time_crate {
        use proptest::prelude::*;
        use time::{OffsetDateTime, format_description::well_known::Rfc3339};

        use super::super::{Timestamp, format, parse};

        const YEARS: core::ops::Range<i64> = -62_167_219_200_000..253_402_300_800_000;

        proptest! {
            #[test]
            fn printing_agrees(at in YEARS) {
                let theirs = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000).unwrap();
                let printed = format(Timestamp(at));
                prop_assert_eq!(OffsetDateTime::parse(&printed, &Rfc3339).unwrap(), theirs);
                prop_assert_eq!(printed.len(), 24);
                prop_assert_eq!(parse(&printed), Some(Timestamp(at)));
            }

            #[test]
            fn reading_agrees(
                year in 0..10_000u32, month in 0..14u32, day in 0..33u32,
                hour in 0..25u32, minute in 0..61u32, second in 0..60u32,
                fraction in "(\\.[0-9]{1,9})?", zone in "Z|[+-](0[0-9]|1[0-9]|2[0-3]):[0-5][0-9]",
            ) {
                let text = std::format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}");
                let theirs = OffsetDateTime::parse(&text, &Rfc3339).ok()
                    .map(|at| Timestamp(at.unix_timestamp_nanos().div_euclid(1_000_000) as i64));
                prop_assert_eq!(parse(&text), theirs);
            }
        }
    }
}
