//! The cookie that carries a person's session.

use alloc::{format, string::String};

use crate::doors::Request;

/// RFC 6265bis section 4.1.3.2: with this prefix a browser takes the cookie only when it is
/// `Secure`, for this host alone and for every path. Browsers hold `http://localhost`
/// trustworthy enough for it.
const NAME: &str = "__Host-session";

/// 400 days: the longest that a browser keeps a cookie. The session itself ends earlier, at
/// its own time, which only the account knows.
const MAX_AGE: u32 = 400 * 24 * 60 * 60;

/// The session token in the request's cookie.
pub(super) fn session(request: &Request) -> Option<&str> {
    request.cookie(NAME).filter(|token| !token.is_empty())
}

/// The header that makes a browser carry `token`.
pub(super) fn set(token: &str) -> String {
    format!("{NAME}={token}; Path=/; Max-Age={MAX_AGE}; Secure; HttpOnly; SameSite=Lax")
}

/// The header that makes a browser forget it.
pub(super) fn clear() -> String {
    format!("{NAME}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax")
}
