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
    let problem = if text.trim().is_empty() && least > 0 {
        Problem::Missing
    } else if length < least as usize {
        Problem::TooShort(least)
    } else if length > most as usize {
        Problem::TooLong(most)
    } else if hides_something(text, allowed) {
        Problem::Malformed
    } else {
        return Ok(());
    };
    Err(Refusal::InvalidField { field, problem })
}

fn hides_something(text: &str, allowed: fn(char) -> bool) -> bool {
    let mut before = 'a';
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        // Unicode section 23.2: the joiners shape letters of many scripts, and emoji, on both
        // sides of them; beside ASCII they only hide.
        let joins = matches!(character, '\u{200c}' | '\u{200d}')
            && !before.is_ascii()
            && rest.peek().is_some_and(|after| !after.is_ascii());
        if is_invisible(character) && !joins && !allowed(character) {
            return true;
        }
        before = character;
    }
    false
}

/// Controls, what turns the direction of the text around it (Unicode TR 36 section 2.3), what
/// has no shape, and tags: a person, or a model, is to read what everybody else sees.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
                | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
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
            "a\u{200d}b",
            "é\u{200d}",
            "\u{200d}é",
            "\u{3164}",
            "a\u{e0041}",
        ] {
            assert!(
                check_line(Field::Permission, text, 0, 9).is_err(),
                "{text:?}"
            );
        }
        for text in ["👩\u{200d}💻 Ada", "می\u{200c}خواهم"] {
            assert!(
                check_line(Field::Permission, text, 1, 9).is_ok(),
                "{text:?}"
            );
        }
        assert_eq!(
            check_line(Field::Permission, " \u{a0}", 1, 9),
            Err(Refusal::InvalidField {
                field: Field::Permission,
                problem: Problem::Missing
            })
        );
        assert!(check_lines(Field::Permission, "a\n\tb\r\n", 0, 9).is_ok());
        assert!(check_lines(Field::Permission, "a\0", 0, 9).is_err());
    }
}
