//! What a form sends: `application/x-www-form-urlencoded`, in a body or a query.

use alloc::{string::String, vec::Vec};

use super::percent;

/// The fields of a form, each name at most once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

/// Why a body is not a form that we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidForm {
    /// More than [`Fields::LENGTH_LIMIT`] bytes.
    TooLong,
    /// More than [`Fields::COUNT_LIMIT`] fields.
    TooMany,
    /// A broken escape, or bytes that are not UTF-8.
    Encoding,
    /// The same name twice: two readers would take different values.
    Repeated,
}

impl Fields {
    /// Most bytes, still encoded.
    pub const LENGTH_LIMIT: usize = 16 * 1024;
    /// Most fields.
    pub const COUNT_LIMIT: usize = 32;

    /// Reads an urlencoded body or query.
    ///
    /// # Errors
    /// [`InvalidForm`], when it is not exactly what a browser would have sent, or is too big.
    pub fn parse(encoded: &[u8]) -> Result<Self, InvalidForm> {
        if encoded.len() > Self::LENGTH_LIMIT {
            return Err(InvalidForm::TooLong);
        }
        let mut fields = Self::default();
        for pair in encoded.split(|byte| *byte == b'&') {
            if pair.is_empty() {
                continue;
            }
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            fields.insert(name, value)?;
        }
        Ok(fields)
    }

    /// Adds a field.
    ///
    /// # Errors
    /// [`InvalidForm::Repeated`] and [`InvalidForm::TooMany`].
    pub fn insert(&mut self, name: String, value: String) -> Result<(), InvalidForm> {
        if self.get(&name).is_some() {
            return Err(InvalidForm::Repeated);
        }
        if self.0.len() == Self::COUNT_LIMIT {
            return Err(InvalidForm::TooMany);
        }
        self.0.push((name, value));
        Ok(())
    }

    /// The field called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The field called `name`, where it is there and not empty.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The field called `name`; empty when it is missing, as browsers send an empty input.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Whether the check box called `name` is ticked.
    #[must_use]
    pub fn ticked(&self, name: &str) -> bool {
        matches!(self.get(name), Some("on" | "true" | "1"))
    }
}

// WHATWG URL section 5.1: `+` is a space, then percent-decoding. Where the standard repairs
// (a lone `%`, bytes that are not UTF-8), no browser sends it, and we refuse.
fn decode(encoded: &[u8]) -> Result<String, InvalidForm> {
    let spaced = encoded
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte });
    percent::decode(spaced).ok_or(InvalidForm::Encoding)
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_browsers_form_is_read() {
        let fields = Fields::parse(b"username=ada+lovelace&password=%C3%A9%26%3D%2B&empty=&bare");
        let fields = fields.unwrap();
        assert_eq!(fields.get("username"), Some("ada lovelace"));
        assert_eq!(fields.get("password"), Some("é&=+"));
        assert_eq!(fields.get("empty"), Some(""));
        assert_eq!(fields.get("bare"), Some(""));
        assert_eq!(fields.get("absent"), None);
        assert_eq!(fields.text("absent"), "");
    }

    #[test]
    fn a_value_may_hold_an_equals_sign() {
        let fields = Fields::parse(b"redirect=http://127.0.0.1:1/?a=b").unwrap();
        assert_eq!(fields.text("redirect"), "http://127.0.0.1:1/?a=b");
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        assert_eq!(Fields::parse(b"a=1&a=2"), Err(InvalidForm::Repeated));
        assert_eq!(Fields::parse(b"a=1&%61=2"), Err(InvalidForm::Repeated));
        for broken in ["a=%", "a=%4", "a=%zz", "a=%ff", "%c3=1", "a=%+1"] {
            assert_eq!(
                Fields::parse(broken.as_bytes()),
                Err(InvalidForm::Encoding),
                "{broken}"
            );
        }
    }

    #[test]
    fn count_and_length_are_bounded() {
        let form = |count: usize| {
            (0..count)
                .map(|position| format!("f{position}=1"))
                .collect::<Vec<_>>()
                .join("&")
        };
        assert!(Fields::parse(form(Fields::COUNT_LIMIT).as_bytes()).is_ok());
        assert_eq!(
            Fields::parse(form(Fields::COUNT_LIMIT + 1).as_bytes()),
            Err(InvalidForm::TooMany)
        );
        let long = format!("a={}", "x".repeat(Fields::LENGTH_LIMIT - 2));
        assert!(Fields::parse(long.as_bytes()).is_ok());
        assert_eq!(
            Fields::parse((long + "x").as_bytes()),
            Err(InvalidForm::TooLong)
        );
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_read_back(name in "\\PC{1,40}", value in "\\PC{0,200}") {
            let encoded = format!("{}={}", percent::encode(&name), percent::encode(&value));
            prop_assert!(encoded.is_ascii());
            let fields = Fields::parse(encoded.as_bytes()).unwrap();
            prop_assert_eq!(fields.get(&name), Some(value.as_str()));
        }

        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Fields::parse(&bytes).map(|fields| fields.text("a").to_string());
        }
    }
}
