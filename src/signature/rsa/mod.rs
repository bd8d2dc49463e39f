//! RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2), verification only.
