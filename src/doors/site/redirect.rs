//! Where a login may send a browser: to a program that listens on this same computer, and
//! nowhere else.

use alloc::{format, string::String};
use core::fmt;

/// The address on which a local program waits for its session: `http`, a loopback host, a
/// port, no path.
///
/// RFC 8252 section 7.3: a native app listens on a loopback interface, on any port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Loopback {
    host: Host,
    port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    V4,
    V6,
    Name,
}

impl Loopback {
    /// Reads exactly `http://{127.0.0.1|[::1]|localhost}:{1-65535}` with an optional `/`.
    ///
    /// The text is compared, not normalised: what a browser would take for the same address
    /// in another spelling (`http:127.0.0.1:80`, `HTTP://LOCALHOST:80`, `127.1`, `0x7f.1`,
    /// user info, a port of `080`) no client of ours sends.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("http://")?;
        let (host, port) = [
            ("127.0.0.1:", Host::V4),
            ("[::1]:", Host::V6),
            ("localhost:", Host::Name),
        ]
        .into_iter()
        .find_map(|(prefix, host)| Some((host, rest.strip_prefix(prefix)?)))?;
        let digits = port.strip_suffix('/').unwrap_or(port);
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        let port: u16 = digits.parse().ok().filter(|_| plain)?;
        Some(Self { host, port })
    }

    /// What a Content-Security-Policy must allow for a form whose answer leads there.
    pub(super) fn form_action(self) -> String {
        match self.host {
            // CSP3 section 2.3.1: a host-source has no room for the brackets of an IPv6
            // address, so only its scheme can be named.
            Host::V6 => "http:".into(),
            Host::V4 | Host::Name => format!("{self}"),
        }
    }

    /// Where the browser takes the session token.
    pub(super) fn with_session(self, token: &str) -> String {
        format!(
            "{self}/?session_token={}",
            crate::doors::percent::encode(token)
        )
    }

    /// Where the browser goes when the person said no: the program learns it at once.
    pub(super) fn denied(self) -> String {
        format!("{self}/?error=access_denied")
    }

    /// The port on which the program listens.
    pub(super) fn port(self) -> u16 {
        self.port
    }
}

impl fmt::Display for Loopback {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.host {
            Host::V4 => "127.0.0.1",
            Host::V6 => "[::1]",
            Host::Name => "localhost",
        };
        write!(formatter, "http://{host}:{}", self.port)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_local_program_is_accepted() {
        for (text, printed) in [
            ("http://127.0.0.1:1", "http://127.0.0.1:1"),
            ("http://127.0.0.1:49152", "http://127.0.0.1:49152"),
            ("http://127.0.0.1:65535/", "http://127.0.0.1:65535"),
            ("http://localhost:8000", "http://localhost:8000"),
            ("http://[::1]:8000/", "http://[::1]:8000"),
        ] {
            assert_eq!(
                Loopback::parse(text).map(|redirect| redirect.to_string()),
                Some(printed.into()),
                "{text}"
            );
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "http://",
            "http://127.0.0.1",
            "http://127.0.0.1:",
            "http://127.0.0.1:/",
            "http://127.0.0.1:0",
            "http://127.0.0.1:65536",
            "http://127.0.0.1:99999999999999999999",
            "http://127.0.0.1:080",
            "http://127.0.0.1:+80",
            "http://127.0.0.1:80 ",
            " http://127.0.0.1:80",
            "http://127.0.0.1:80//",
            "http://127.0.0.1:80/path",
            "http://127.0.0.1:80/?x",
            "http://127.0.0.1:80?x",
            "http://127.0.0.1:80#x",
            "http://127.0.0.1:80\\@evil.example",
            "http://127.0.0.1:80@evil.example",
            "http://127.0.0.1:80@evil.example:80",
            "http://127.0.0.1@evil",
            "http://127.0.0.1@evil.example:80",
            "http://127.0.0.1.evil.tld:80",
            "http://127.0.0.1.evil.tld",
            "http://localhost.evil.tld:80",
            "http://evil@127.0.0.1:80",
            "http://user:pass@127.0.0.1:80",
            "http://evil.example:80",
            "http://127.0.0.2:80",
            "http://127.1:80",
            "http://0x7f.0.0.1:80",
            "http://2130706433:80",
            "http://0.0.0.0:80",
            "http://[::]:80",
            "http://[::ffff:127.0.0.1]:80",
            "http://[::1%25lo]:80",
            "http://[0:0:0:0:0:0:0:1]:80",
            "http://::1:80",
            "http://LOCALHOST:80",
            "HTTP://127.0.0.1:80",
            "https://127.0.0.1:80",
            "http:/127.0.0.1:80",
            "http:127.0.0.1:80",
            "//127.0.0.1:80",
            "127.0.0.1:80",
            "javascript://127.0.0.1:80",
            "http://127.0.0.1:80\r\nset-cookie: a=b",
            "http://127.0.0.1:80\n",
            "http://127.0.0.1:8\t0",
            "http://127.0.0.1:\u{0661}",
            "http://127.0.0\u{3002}1:80",
        ] {
            assert_eq!(Loopback::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_policy_names_the_one_address_where_it_can() {
        let policy = |text| Loopback::parse(text).map(Loopback::form_action);
        assert_eq!(
            policy("http://127.0.0.1:9/").as_deref(),
            Some("http://127.0.0.1:9")
        );
        assert_eq!(policy("http://[::1]:9").as_deref(), Some("http:"));
    }

    #[test]
    fn the_token_is_the_first_query_parameter() {
        let redirect = Loopback::parse("http://127.0.0.1:9/").unwrap();
        assert_eq!(
            redirect.with_session("ses_a-b_c"),
            "http://127.0.0.1:9/?session_token=ses_a-b_c"
        );
        assert_eq!(redirect.denied(), "http://127.0.0.1:9/?error=access_denied");
    }
}
