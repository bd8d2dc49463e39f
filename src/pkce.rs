//! Proof Key for Code Exchange, method S256 (RFC 7636).
