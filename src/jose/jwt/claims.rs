//! The registered claims of a token, read in one pass, each with its type.

use super::MAX_TIME;
use crate::jose::error::{Part, Reason, Refusal, first_of};
use crate::jose::json::{Array, Elements, Limits, Members, Span, Text, Value};
use alloc::borrow::Cow;
use alloc::string::String;
use core::cell::Cell;

/// The most audiences of one token.
const MAX_AUDIENCES: usize = 32;

/// The registered claims (RFC 7519 section 4.1, RFC 8693 sections 4.2 and 4.3).
#[derive(Clone, Copy, Debug, Default)]
pub struct Claims<'a> {
    /// `iss`
    pub issuer: Option<Text<'a>>,
    /// `sub`
    pub subject: Option<Text<'a>>,
    /// `aud`: a string, or an array of strings with 1 to 32 elements.
    pub audience: Option<Value<'a>>,
    /// `exp`, in seconds since 1970.
    pub expires_at: Option<i64>,
    /// `nbf`, in seconds since 1970.
    pub not_before: Option<i64>,
    /// `iat`, in seconds since 1970.
    pub issued_at: Option<i64>,
    /// `jti`
    pub token_id: Option<Text<'a>>,
    /// `client_id`
    pub client_id: Option<Text<'a>>,
    /// `scope`: words with one space between them.
    scope: Option<Text<'a>>,
    /// `scp`: such a string, or an array of words.
    scp: Option<Value<'a>>,
    /// Which of the claims asked for are there, one bit each.
    present: u64,
}

impl<'a> Claims<'a> {
    pub(super) fn read<S: AsRef<str>>(
        &mut self,
        payload: &'a [u8],
        required: &[S],
    ) -> Result<(), Refusal> {
        let at = |e| Refusal::json(Part::Claims, e);
        let mut members = Members::of(payload, Limits::TOKEN).map_err(at)?;
        let mut room = String::new();
        let mut malformed = None;
        while let Some((name, value)) = members.next().map_err(at)? {
            let name = name.name(&mut room);
            if let Err(reason) = self.take(name, value) {
                // Reading goes on: text that is no JSON is refused for that, wherever it breaks.
                malformed = first_of(malformed, Some(reason));
            }
            if !matches!(value, Value::Null) {
                for (index, wanted) in required.iter().enumerate() {
                    self.present |= u64::from(wanted.as_ref() == name) << index;
                }
            }
        }
        malformed.map_or(Ok(()), |reason| Err(reason.into()))
    }

    fn take(&mut self, name: &str, value: Value<'a>) -> Result<(), Reason> {
        enum Place<'p, 'a> {
            Text(&'p mut Option<Text<'a>>),
            Time(&'p mut Option<i64>),
        }
        let (place, malformed) = match name {
            "iss" => (Place::Text(&mut self.issuer), Reason::IssuerMalformed),
            "sub" => (Place::Text(&mut self.subject), Reason::SubjectMalformed),
            "jti" => (Place::Text(&mut self.token_id), Reason::TokenIdMalformed),
            "client_id" => (Place::Text(&mut self.client_id), Reason::ClientIdMalformed),
            "exp" => (
                Place::Time(&mut self.expires_at),
                Reason::ExpirationMalformed,
            ),
            "nbf" => (
                Place::Time(&mut self.not_before),
                Reason::NotBeforeMalformed,
            ),
            "iat" => (Place::Time(&mut self.issued_at), Reason::IssuedAtMalformed),
            "scope" => {
                scope(&value)?;
                (Place::Text(&mut self.scope), Reason::ScopeMalformed)
            }
            "scp" => {
                scope(&value)?;
                self.scp = Some(value);
                return Ok(());
            }
            "aud" => {
                audience(&value)?;
                self.audience = Some(value);
                return Ok(());
            }
            _ => return Ok(()),
        };
        let is_well_formed = match place {
            Place::Text(place) => {
                *place = value.as_text();
                place.is_some()
            }
            Place::Time(place) => {
                *place = time(&value);
                place.is_some()
            }
        };
        if is_well_formed {
            Ok(())
        } else {
            Err(malformed)
        }
    }

    /// The names in `aud`.
    pub fn audiences(&self) -> impl Iterator<Item = Text<'a>> + use<'a> {
        Texts::of(self.audience)
    }

    /// The words of `scope`, then those of `scp`.
    pub fn scopes(&self) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
        Texts::of(self.scope.map(Value::String))
            .chain(Texts::of(self.scp))
            .flat_map(|text| words(text))
    }

    /// Whether `scope` or `scp` has this word.
    pub fn has_scope(&self, wanted: &str) -> bool {
        self.first_missing_scope(&[wanted]).is_none()
    }

    /// The first of the scopes asked for that is not there. However many are, the token's words
    /// are read once.
    pub(super) fn first_missing_scope<S: AsRef<str>>(&self, asked: &[S]) -> Option<usize> {
        let found = Cell::new(0);
        let is_more_asked = |word: &[u8]| {
            for (index, wanted) in asked.iter().enumerate() {
                let is_it = wanted.as_ref().as_bytes() == word && !word.is_empty();
                found.set(found.get() | u64::from(is_it) << index);
            }
            first_zero(found.get(), asked.len()).is_some()
        };
        let scopes = [self.scope.map(Value::String), self.scp];
        for scope in scopes.iter().flatten() {
            if !all_words(scope, &is_more_asked) {
                break;
            }
        }
        first_zero(found.get(), asked.len())
    }

    /// The first of the claims asked for that is not there.
    pub(super) fn first_missing(&self, asked: usize) -> Option<usize> {
        first_zero(self.present, asked)
    }
}

/// The place of the lowest bit that is not set, of so many.
fn first_zero(bits: u64, count: usize) -> Option<usize> {
    Some(bits.trailing_ones() as usize).filter(|first| *first < count)
}

/// RFC 7519 section 2, NumericDate, without fractions: nobody needs them, and two
/// roundings of one number would be two answers.
fn time(value: &Value<'_>) -> Option<i64> {
    let Value::Number(number) = value else {
        return None;
    };
    number
        .as_integer()
        .filter(|seconds| (0..=MAX_TIME).contains(seconds))
}

/// RFC 7519 section 4.1.3
fn audience(value: &Value<'_>) -> Result<(), Reason> {
    match value {
        Value::String(_) => Ok(()),
        Value::Array(names) => {
            let mut count = 0;
            for name in names.elements() {
                name.as_text().ok_or(Reason::AudienceMalformed)?;
                count += 1;
            }
            match count {
                0 => Err(Reason::AudienceMalformed),
                1..=MAX_AUDIENCES => Ok(()),
                _ => Err(Reason::AudienceTooMany),
            }
        }
        _ => Err(Reason::AudienceMalformed),
    }
}

/// RFC 8693 section 4.2 (`scope`); `scp` is the same, or a list of words.
fn scope(value: &Value<'_>) -> Result<(), Reason> {
    if all_words(value, &is_word) {
        Ok(())
    } else {
        Err(Reason::ScopeMalformed)
    }
}

/// Whether a value is a scope, and all of its words are so.
fn all_words(value: &Value<'_>, are_so: &dyn Fn(&[u8]) -> bool) -> bool {
    match value {
        Value::String(text) => {
            let text = text.decode();
            text.is_empty() || text.as_bytes().split(|byte| *byte == b' ').all(are_so)
        }
        Value::Array(list) => list.elements().all(|element| {
            let word = element.as_text();
            word.is_some_and(|word| are_so(word.decode().as_bytes()))
        }),
        _ => false,
    }
}

/// RFC 6749 section 3.3, scope-token
fn is_word(word: &[u8]) -> bool {
    let is_allowed = |b: &u8| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    !word.is_empty() && word.iter().all(is_allowed)
}

fn words<'a>(text: Text<'a>) -> impl Iterator<Item = Cow<'a, str>> {
    // A scope never needs an escape but for `/`, so that the second way is hardly taken.
    let (plain, decoded) = match text.decode() {
        Cow::Borrowed(plain) => (plain, String::new()),
        Cow::Owned(decoded) => ("", decoded),
    };
    let owned: alloc::vec::Vec<_> = decoded
        .split(' ')
        .map(|word| Cow::Owned(String::from(word)))
        .collect();
    plain
        .split(' ')
        .map(Cow::Borrowed)
        .chain(owned)
        .filter(|word| !word.is_empty())
}

/// The strings in a string or an array of strings.
struct Texts<'a> {
    one: Option<Text<'a>>,
    list: Option<Elements<'a>>,
}

impl<'a> Texts<'a> {
    fn of(value: Option<Value<'a>>) -> Self {
        Self {
            one: value.and_then(|value| value.as_text()),
            list: match value {
                Some(Value::Array(list)) => Some(Array::elements(&list)),
                _ => None,
            },
        }
    }
}

impl<'a> Iterator for Texts<'a> {
    type Item = Text<'a>;

    fn next(&mut self) -> Option<Text<'a>> {
        self.one
            .take()
            .or_else(|| self.list.as_mut()?.next()?.as_text())
    }
}

/// Claims without the document that they are views of.
#[derive(Debug)]
pub(super) struct Kept {
    issuer: Option<Span>,
    subject: Option<Span>,
    audience: Option<Span>,
    token_id: Option<Span>,
    client_id: Option<Span>,
    scope: Option<Span>,
    scp: Option<Span>,
    expires_at: Option<i64>,
    not_before: Option<i64>,
    issued_at: Option<i64>,
}

impl Kept {
    pub(super) fn of(payload: &[u8], claims: &Claims<'_>) -> Self {
        let value = |value: Option<Value<'_>>| Span::of(payload, &value?);
        let text = |text: Option<Text<'_>>| value(text.map(Value::String));
        Self {
            issuer: text(claims.issuer),
            subject: text(claims.subject),
            audience: value(claims.audience),
            token_id: text(claims.token_id),
            client_id: text(claims.client_id),
            scope: text(claims.scope),
            scp: value(claims.scp),
            expires_at: claims.expires_at,
            not_before: claims.not_before,
            issued_at: claims.issued_at,
        }
    }

    pub(super) fn views<'a>(&self, payload: &'a [u8]) -> Claims<'a> {
        let value = |place: Option<Span>| place?.view(payload, Limits::TOKEN);
        let text = |place| value(place)?.as_text();
        Claims {
            issuer: text(self.issuer),
            subject: text(self.subject),
            audience: value(self.audience),
            token_id: text(self.token_id),
            client_id: text(self.client_id),
            scope: text(self.scope),
            scp: value(self.scp),
            expires_at: self.expires_at,
            not_before: self.not_before,
            issued_at: self.issued_at,
            present: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Claims, is_word};

    #[test]
    fn rfc6749_section_3_3_characters_of_a_scope() {
        for byte in 0..=u8::MAX {
            let is_allowed = byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
            assert_eq!(is_word(&[byte]), is_allowed, "{byte:#x}");
        }
        assert!(!is_word(b""));
    }

    #[test]
    fn an_empty_scope_is_never_there() {
        for payload in [r#"{"scope":""}"#, r#"{"scope":"a","scp":["b"]}"#] {
            let mut claims = Claims::default();
            claims.read::<&str>(payload.as_bytes(), &[]).unwrap();
            assert!(!claims.has_scope(""));
        }
    }
}
