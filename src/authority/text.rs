//! Free text that somebody chooses and somebody else is shown: bounded, and all of it visible.

use super::refusal::{Field, Problem, Refusal};

/// One line: `least` to `most` characters, none of them a control character or one that
/// hides or turns the text around it.
///
/// # Errors
/// [`Refusal::InvalidField`].
pub(crate) fn check_line(field: Field, text: &str, least: u32, most: u32) -> Result<(), Refusal> {
    check(field, text, least, most, |_| false)
}

/// As [`check_line`], with line breaks and tabs.
///
/// # Errors
/// [`Refusal::InvalidField`].
pub(crate) fn check_lines(field: Field, text: &str, least: u32, most: u32) -> Result<(), Refusal> {
    check(field, text, least, most, |character| {
        matches!(character, '\n' | '\r' | '\t')
    })
}

fn check(
    field: Field,
    text: &str,
    least: u32,
    most: u32,
    allowed: fn(char) -> bool,
) -> Result<(), Refusal> {
    let length = text.chars().count();
    let problem = if length == 0 && least > 0 {
        Problem::Missing
    } else if length < least as usize {
        Problem::TooShort(least)
    } else if length > most as usize {
        Problem::TooLong(most)
    } else if text.chars().any(|it| is_invisible(it) && !allowed(it)) {
        Problem::Malformed
    } else {
        return Ok(());
    };
    Err(Refusal::InvalidField { field, problem })
}

fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_count_characters() {
        assert!(check_line(Field::Permission, "ééé", 1, 3).is_ok());
        let problem = |text| match check_line(Field::Permission, text, 2, 3) {
            Err(Refusal::InvalidField { problem, .. }) => problem,
            other => panic!("{other:?}"),
        };
        assert_eq!(problem(""), Problem::Missing);
        assert_eq!(problem("é"), Problem::TooShort(2));
        assert_eq!(problem("éééé"), Problem::TooLong(3));
    }

    #[test]
    fn what_is_shown_is_what_is_there() {
        for text in [
            "a\nb",
            "a\0",
            "a\u{202e}b",
            "a\u{200b}b",
            "\u{feff}a",
            "a\u{85}",
        ] {
            assert!(
                check_line(Field::Permission, text, 0, 9).is_err(),
                "{text:?}"
            );
        }
        assert!(check_lines(Field::Permission, "a\n\tb\r\n", 0, 9).is_ok());
        assert!(check_lines(Field::Permission, "a\0", 0, 9).is_err());
    }
}
