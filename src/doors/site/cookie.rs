//! The cookies: one carries a person's session, one tells browsers apart before that.
//!
//! RFC 6265bis section 4.1.3.2: with the prefix `__Host-` a browser takes a cookie only when
//! it is `Secure`, for this host alone and for every path. Browsers hold `http://localhost`
//! trustworthy enough for it.

use alloc::{format, string::String};

use crate::{
    authority::World,
    doors::{Request, Response},
    jose::base64url,
};

const SESSION: &str = "__Host-session";
const BROWSER: &str = "__Host-browser";

/// 400 days: the longest that a browser keeps a cookie. The session itself ends earlier, at
/// its own time, which only the account knows.
const MAX_AGE: u32 = 400 * 24 * 60 * 60;

/// Characters of the browser's cookie: 256 bits.
const BROWSER_LENGTH: usize = 43;

/// The session token in the request's cookie.
pub(super) fn session(request: &Request) -> Option<&str> {
    request.cookie(SESSION).filter(|token| !token.is_empty())
}

/// The header that makes a browser carry `token`.
pub(super) fn set(token: &str) -> String {
    format!("{SESSION}={token}; Path=/; Max-Age={MAX_AGE}; Secure; HttpOnly; SameSite=Lax")
}

/// The header that makes a browser forget it.
pub(super) fn clear() -> String {
    format!("{SESSION}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax")
}

/// What the browser was given before it showed a form.
pub(super) fn browser(request: &Request) -> Option<&str> {
    request.cookie(BROWSER).filter(|value| {
        value.len() == BROWSER_LENGTH
            && value
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    })
}

/// A browser that is shown a form before its person has signed in.
pub(super) struct Browser {
    /// Its own, random.
    pub(super) value: String,
    is_new: bool,
}

impl Browser {
    /// The one that asks, told from others by its cookie, or else by a new one.
    pub(super) fn of(world: &World<'_>, request: &Request) -> Self {
        match browser(request) {
            Some(value) => Self {
                value: value.into(),
                is_new: false,
            },
            None => Self {
                value: base64url::encode(&world.random::<32>()),
                is_new: true,
            },
        }
    }

    /// The answer that makes it remember.
    pub(super) fn remembering(&self, response: Response) -> Response {
        if !self.is_new {
            return response;
        }
        let value = &self.value;
        response.with_header(
            "set-cookie",
            format!("{BROWSER}={value}; Path=/; Secure; HttpOnly; SameSite=Lax"),
        )
    }
}
