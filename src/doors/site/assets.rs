//! The names under which style and script are asked for: each carries its content's
//! fingerprint, so a browser may keep it for good and still never shows an old one.

const STYLE_HASH: [u8; 16] = hex(fnv(include_bytes!("../../../www/assets/site.css")));
const SCRIPT_HASH: [u8; 16] = hex(fnv(include_bytes!("../../../www/assets/site.js")));
const PERMISSIONS_HASH: [u8; 16] = hex(fnv(include_bytes!("../../../www/assets/permissions.js")));

/// The style sheet's version.
pub(super) const STYLE: &str = text(&STYLE_HASH);
/// The script's version.
pub(super) const SCRIPT: &str = text(&SCRIPT_HASH);
/// The version of the script that shows a principal what can act for them.
pub(super) const PERMISSIONS: &str = text(&PERMISSIONS_HASH);

// FNV-1a, 64 bits: it tells builds apart, it protects nothing.
#[allow(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, bounded by the loop"
)]
const fn fnv(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut position = 0;
    while position < bytes.len() {
        hash = (hash ^ bytes[position] as u64).wrapping_mul(0x0100_0000_01b3);
        position += 1;
    }
    hash
}

#[allow(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, bounded by the loop"
)]
const fn hex(value: u64) -> [u8; 16] {
    let mut digits = [0; 16];
    let mut position = 0;
    while position < 16 {
        digits[position] = b"0123456789abcdef"[(value >> (60 - 4 * position)) as usize & 15];
        position += 1;
    }
    digits
}

const fn text(digits: &'static [u8; 16]) -> &'static str {
    match core::str::from_utf8(digits) {
        Ok(text) => text,
        Err(_) => "",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions_are_sixteen_hexadecimal_digits() {
        for version in [super::STYLE, super::SCRIPT] {
            assert_eq!(version.len(), 16);
            assert!(version.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
        assert_ne!(super::STYLE, super::SCRIPT);
    }

    #[test]
    fn the_fingerprint_is_fnv_1a() {
        assert_eq!(&super::hex(super::fnv(b"foobar")), b"85944171f73967e8");
    }
}
