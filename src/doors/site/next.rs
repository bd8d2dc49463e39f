//! Where a person was going when they had to sign in first.

use alloc::{format, string::String};

use super::redirect::Loopback;
use crate::doors::{form::Fields, percent};

/// A page of ours to go on to: one of these, whatever a link says. There is no open
/// redirect to find where no address is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// One of their own pages, of [`OWN`].
    Own(&'static str),
    /// The decision on a device, with the code that it showed.
    Device(String),
    /// The decision on an agent's request for a grant.
    Consent(String),
    /// The decision on a local program that waits for its session.
    Loopback(Loopback),
}

/// A person's own pages.
const OWN: &[&str] = &[
    "/dashboard",
    "/dashboard/password",
    "/dashboard/keys",
    "/dashboard/permissions",
    "/dashboard/agents",
    "/dashboard/sessions",
    "/dashboard/codes",
    "/dashboard/log",
];

/// Bytes of a request's id, with room to spare. However they are escaped, the path stays within
/// what a mailed link carries.
const LONGEST_ID: usize = 64;

impl Default for Next {
    fn default() -> Self {
        Self::Own("/dashboard")
    }
}

impl Next {
    /// Reads what [`Next::path`] printed; anything else leads to the dashboard.
    pub(super) fn parse(path: &str) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let fields = Fields::parse(query.as_bytes()).unwrap_or_default();
        match path {
            "/device" => Self::Device(tidy(fields.text("code"))),
            "/consent" if fields.text("req").len() <= LONGEST_ID => {
                Self::Consent(fields.text("req").into())
            }
            "/auth" => {
                Loopback::parse(fields.text("redirect")).map_or_else(Self::default, Self::Loopback)
            }
            _ => OWN
                .iter()
                .find(|own| **own == path)
                .map_or_else(Self::default, |own| Self::Own(own)),
        }
    }

    /// The path and query of the page.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Own(path) => (*path).into(),
            Self::Device(code) if code.is_empty() => "/device".into(),
            Self::Device(code) => format!("/device?code={}", percent::encode(code)),
            Self::Consent(request) => format!("/consent?req={}", percent::encode(request)),
            Self::Loopback(redirect) => format!("/auth?redirect={redirect}"),
        }
    }

    /// What to append to a link to a page that carries it along.
    pub(super) fn query(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        format!("?next={}", self.encoded())
    }

    /// The same, as the value of a `next` parameter.
    pub(super) fn encoded(&self) -> String {
        percent::encode(&self.path())
    }

    /// Nothing in particular: no need to carry it along.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A user code as a person may have typed or pasted it, without what surrounds it.
pub(super) fn tidy(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .take(16)
        .map(|character| character.to_ascii_uppercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::account::mail_link::CONTINUATION_LIMIT;

    #[test]
    fn what_is_printed_is_read_back() {
        for path in [
            "/dashboard",
            "/dashboard/keys",
            "/device",
            "/device?code=WDJBMJHT",
            "/consent?req=areq_1",
            "/auth?redirect=http://127.0.0.1:4000",
            "/auth?redirect=http://[::1]:4000",
        ] {
            assert_eq!(Next::parse(path).path(), path);
        }
    }

    #[test]
    fn no_other_address_is_taken() {
        for path in [
            "",
            "//evil.example",
            "https://evil.example/dashboard",
            "/\\evil.example",
            "/auth?redirect=https://evil.example",
            "/auth?redirect=http://127.0.0.1@evil.example:80",
            "/dashboard/../evil",
            "javascript:alert(1)",
            "/dev/mail",
        ] {
            assert_eq!(Next::parse(path), Next::default(), "{path}");
        }
    }

    #[test]
    fn whatever_a_link_says_a_mailed_link_carries_it() {
        let long = "\u{20ac}".repeat(1000);
        for id in [&long, &long[..63], "areq_1"] {
            let next = Next::parse(&format!("/consent?req={}", percent::encode(id)));
            assert_eq!(next.is_default(), id.len() > LONGEST_ID);
            assert!(next.path().len() <= CONTINUATION_LIMIT);
        }
    }

    #[test]
    fn a_code_is_tidied() {
        assert_eq!(tidy(" wdjb-mjht\n"), "WDJBMJHT");
        assert_eq!(tidy("<script>"), "SCRIPT");
    }
}
