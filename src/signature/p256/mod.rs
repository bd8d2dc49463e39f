//! ECDSA over P-256 (FIPS 186-5, SEC 1), verification only.
