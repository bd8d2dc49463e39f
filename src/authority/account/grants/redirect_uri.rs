//! Where the browser may go once a principal has decided.

use core::net::{Ipv4Addr, Ipv6Addr};

/// Grantex section 3: absolute http(s) of at most 2048 characters, without user information
/// (which makes a hostile host look familiar) and without a fragment (RFC 6749 section
/// 3.1.2). Plain http only to this machine, unless this is a development deployment.
pub(super) fn is_redirect_uri(uri: &str, development: bool) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte);
    if uri.len() > 2048 || !uri.bytes().all(is_plain) {
        return false;
    }
    let (secure, rest) = match (uri.strip_prefix("https://"), uri.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return false,
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return false;
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) if host.parse::<Ipv6Addr>().is_ok() => (host, port),
            _ => return false,
        },
        None => {
            let end = authority.find(':').unwrap_or(authority.len());
            authority.split_at(end)
        }
    };
    // `parse` alone would take `+80`, which no browser does.
    let is_number = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let port_is_good = match port.strip_prefix(':') {
        None => port.is_empty(),
        Some(port) => is_number(port) && port.parse::<u16>().is_ok_and(|port| port > 0),
    };
    // The host goes into a header of the consent page, too. Other scripts come as `xn--`.
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if !authority.starts_with('[') && !host.bytes().all(is_name) {
        return false;
    }
    // WHATWG URL section 3.5: a browser takes a host that ends in a number for an address, in
    // spellings that nobody would know it by (`0x7f.1`).
    let last = host.trim_end_matches('.').rsplit('.').next();
    let ends_in_number =
        last.is_some_and(|label| label.starts_with(|it: char| it.is_ascii_digit()));
    if !authority.starts_with('[') && ends_in_number && host.parse::<Ipv4Addr>().is_err() {
        return false;
    }
    let is_loopback = matches!(host, "localhost" | "127.0.0.1" | "::1");
    !host.is_empty() && port_is_good && (secure || is_loopback || development)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_uris_are_absolute_and_plain() {
        for good in [
            "https://app.example/callback",
            "https://app.example/callback?x=1&y=%20",
            "https://app.example",
            "https://[2001:db8::1]:8443/cb",
            "http://localhost:3000/cb",
            "http://127.0.0.1:9/",
            "http://[::1]:9/",
        ] {
            assert!(is_redirect_uri(good, false), "{good}");
        }
        for bad in [
            "",
            "/callback",
            "app.example/callback",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://",
            "https:///path",
            "https://user@app.example/",
            "https://app.example@evil.example/",
            "https://app.example/#fragment",
            "https://app.example/a b",
            "https://app.example\\@evil.example/",
            "https://app.example:0/",
            "https://app.example:99999/",
            "https://app.example:x/",
            "https://app.example:+80/",
            "https://app.example:",
            "https://[::1]x/",
            "https://[::1/",
            "https://[evil]/",
            "http://app.example/callback",
            "https://0x7f.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://127.0.0.1./",
        ] {
            assert!(!is_redirect_uri(bad, false), "{bad}");
        }
        assert!(is_redirect_uri("http://app.example/callback", true));
        assert!(!is_redirect_uri("http://user@app.example/callback", true));
    }
}
