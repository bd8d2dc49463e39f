//! Times as JSON and pages show them: ISO 8601 in UTC with milliseconds and `Z`.

use alloc::string::String;

use time::{
    OffsetDateTime, UtcOffset,
    format_description::{BorrowedFormatItem, well_known::Rfc3339},
    macros::format_description,
};

use super::Timestamp;

const MILLISECONDS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// `2026-11-22T04:31:06.588Z`; empty for a time outside the years 0 to 9999.
#[must_use]
pub fn format(at: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.0) * 1_000_000)
        .ok()
        .and_then(|at| at.format(MILLISECONDS).ok())
        .unwrap_or_default()
}

/// Reads an RFC 3339 time with any offset, or a date alone, which is its midnight in UTC.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    let at = match text.len() {
        10 => OffsetDateTime::parse(&alloc::format!("{text}T00:00:00Z"), &Rfc3339),
        _ => OffsetDateTime::parse(text, &Rfc3339),
    };
    let nanoseconds = at.ok()?.to_offset(UtcOffset::UTC).unix_timestamp_nanos();
    i64::try_from(nanoseconds.div_euclid(1_000_000))
        .ok()
        .map(Timestamp)
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
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
