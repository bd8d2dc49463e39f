//! One-time codes that can be checked offline.
