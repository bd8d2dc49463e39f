//! Message authentication: HMAC-SHA256 (RFC 2104) and comparison in constant time.
