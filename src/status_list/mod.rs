//! Token Status List (draft-ietf-oauth-status-list): one small signed document that tells,
//! offline, which of many tokens have been revoked.
//!
//! Each token carries an index into a list; the list holds 1, 2, 4 or 8 bits for each
//! index, compressed, and says for how long it may be relied upon. This room reads and
//! writes lists and knows of no signature: [`crate::grant`] checks the token around one.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::{
    TINFLStatus,
    core::{DecompressorOxide, decompress, inflate_flags},
};

use crate::jose::base64url;

/// What a list says of one token (draft section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// `0x00`: not revoked.
    Valid,
    /// `0x01`: revoked for good.
    Invalid,
    /// `0x02`: not to be relied upon for now.
    Suspended,
    /// Any other value: the application's own.
    Other(u8),
}

/// Why a list cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidStatusList {
    /// `bits` is not 1, 2, 4 or 8.
    Bits,
    /// `lst` is not strict base64url.
    Encoding,
    /// What it encodes is not one zlib stream (RFC 1950), or one that inflates to more than
    /// [`StatusList::LONGEST`] bytes.
    Compression,
    /// A list that is made has more than [`StatusList::LONGEST`] bytes.
    Length,
}

impl InvalidStatusList {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Bits => "status_list_bits",
            Self::Encoding => "status_list_encoding",
            Self::Compression => "status_list_compression",
            Self::Length => "status_list_length",
        }
    }
}

impl fmt::Display for InvalidStatusList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl core::error::Error for InvalidStatusList {}

/// A status list: for each index, one small number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusList {
    bits: u8,
    bytes: Vec<u8>,
}

impl StatusList {
    /// Longest list that is read, in bytes once inflated: 8,388,608 tokens of one bit.
    ///
    /// A few kilobytes can inflate to gigabytes, so the bound holds during inflation.
    pub const LONGEST: usize = 1 << 20;

    /// A list of `tokens` entries of `bits` each, all [`Status::Valid`].
    ///
    /// # Errors
    /// [`InvalidStatusList::Bits`]; [`InvalidStatusList::Length`].
    pub fn new(bits: u8, tokens: usize) -> Result<Self, InvalidStatusList> {
        let length = tokens.div_ceil(entries_per_byte(bits)?);
        if length > Self::LONGEST {
            return Err(InvalidStatusList::Length);
        }
        Self::from_bytes(bits, alloc::vec![0; length])
    }

    /// The list whose uncompressed bytes these are.
    ///
    /// # Errors
    /// [`InvalidStatusList::Bits`]; [`InvalidStatusList::Length`].
    pub fn from_bytes(bits: u8, bytes: Vec<u8>) -> Result<Self, InvalidStatusList> {
        entries_per_byte(bits)?;
        if bytes.len() > Self::LONGEST {
            return Err(InvalidStatusList::Length);
        }
        Ok(Self { bits, bytes })
    }

    /// The uncompressed bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads the members `bits` and `lst` of a Status List (draft section 4.2).
    ///
    /// # Errors
    /// [`InvalidStatusList`].
    pub fn decode(bits: u8, lst: &str) -> Result<Self, InvalidStatusList> {
        entries_per_byte(bits)?;
        let compressed =
            base64url::decode(lst.as_bytes()).map_err(|_| InvalidStatusList::Encoding)?;
        let bytes = inflated(&compressed).ok_or(InvalidStatusList::Compression)?;
        Ok(Self { bits, bytes })
    }

    /// The member `lst`: the list as zlib at its best level, in base64url (draft section 4.1).
    #[must_use]
    pub fn encode(&self) -> String {
        base64url::encode(&compress_to_vec_zlib(&self.bytes, 9))
    }

    /// Bits for each token: 1, 2, 4 or 8.
    #[must_use]
    pub fn bits(&self) -> u8 {
        self.bits
    }

    /// How many tokens the list has room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.bytes.len().saturating_mul(8 / usize::from(self.bits))
    }

    /// What the list says of the token at `index`; `None` past its end, which a relying
    /// party must not take for valid (draft section 8.3).
    #[must_use]
    pub fn status(&self, index: u64) -> Option<Status> {
        let (byte, shift) = self.position(index)?;
        let mask = u8::MAX >> (8 - self.bits);
        Some(match self.bytes.get(byte)? >> shift & mask {
            0 => Status::Valid,
            1 => Status::Invalid,
            2 => Status::Suspended,
            other => Status::Other(other),
        })
    }

    /// Marks the token at `index` as [`Status::Invalid`]; `false` when it lies past the end.
    pub fn invalidate(&mut self, index: u64) -> bool {
        let Some((byte, shift)) = self.position(index) else {
            return false;
        };
        let mask = u8::MAX >> (8 - self.bits);
        let Some(byte) = self.bytes.get_mut(byte) else {
            return false;
        };
        *byte = *byte & !(mask << shift) | 1 << shift;
        true
    }

    /// Entries fill each byte from its least significant bit (draft section 4.1).
    fn position(&self, index: u64) -> Option<(usize, u32)> {
        let index = usize::try_from(index).ok()?;
        let entries = 8 / usize::from(self.bits);
        let shift = u32::try_from(index % entries).ok()? * u32::from(self.bits);
        Some((index / entries, shift))
    }
}

/// What one zlib stream holds that ends with its last byte: what follows a stream would give
/// one list many spellings.
fn inflated(zlib: &[u8]) -> Option<Vec<u8>> {
    const FLAGS: u32 = inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER
        | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let mut state = Box::<DecompressorOxide>::default();
    let mut bytes = Vec::new();
    let (mut read, mut written) = (0, 0);
    loop {
        let room = zlib.len().max(bytes.len()).saturating_mul(2);
        bytes.resize(room.min(StatusList::LONGEST), 0);
        let rest = zlib.get(read..)?;
        let (status, more_read, more_written) =
            decompress(&mut state, rest, &mut bytes, written, FLAGS);
        read += more_read;
        written += more_written;
        match status {
            TINFLStatus::Done if read == zlib.len() => {
                bytes.truncate(written);
                return Some(bytes);
            }
            TINFLStatus::HasMoreOutput if written < StatusList::LONGEST => {}
            _ => return None,
        }
    }
}

fn entries_per_byte(bits: u8) -> Result<usize, InvalidStatusList> {
    match bits {
        1 | 2 | 4 | 8 => Ok(8 / usize::from(bits)),
        _ => Err(InvalidStatusList::Bits),
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn draft_section_4_1_one_bit() {
        let list = StatusList::decode(1, "eNrbuRgAAhcBXQ").unwrap();
        assert_eq!(list.bytes, [0xb9, 0xa3]);
        let expected = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1];
        for (index, invalid) in (0..).zip(expected) {
            let wanted = if invalid == 1 {
                Status::Invalid
            } else {
                Status::Valid
            };
            assert_eq!(list.status(index), Some(wanted), "index {index}");
        }
        assert_eq!(list.status(16), None);
        assert_eq!(list.encode(), "eNrbuRgAAhcBXQ");
    }

    #[test]
    fn draft_section_4_1_two_bits() {
        let list = StatusList::decode(2, "eNo76fITAAPfAgc").unwrap();
        assert_eq!(list.bytes, [0xc9, 0x44, 0xf9]);
        let expected = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3];
        for (index, value) in (0..).zip(expected) {
            let wanted = match value {
                0 => Status::Valid,
                1 => Status::Invalid,
                2 => Status::Suspended,
                other => Status::Other(other),
            };
            assert_eq!(list.status(index), Some(wanted), "index {index}");
        }
    }

    #[test]
    fn bits_other_than_1_2_4_8_are_refused() {
        for bits in [0, 3, 5, 6, 7, 9, 255] {
            assert_eq!(
                StatusList::decode(bits, "eNrbuRgAAhcBXQ"),
                Err(InvalidStatusList::Bits)
            );
            assert_eq!(StatusList::new(bits, 8), Err(InvalidStatusList::Bits));
        }
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = compress_to_vec_zlib(&vec![0; StatusList::LONGEST + 1], 9);
        assert!(bomb.len() < 2000);
        assert_eq!(
            StatusList::decode(1, &base64url::encode(&bomb)),
            Err(InvalidStatusList::Compression)
        );
    }

    #[test]
    fn what_is_made_has_the_same_limit() {
        let most = StatusList::LONGEST * 8;
        let longest = StatusList::new(1, most).unwrap();
        assert_eq!(longest.capacity(), most);
        assert_eq!(StatusList::decode(1, &longest.encode()), Ok(longest));
        for tokens in [most + 1, usize::MAX] {
            let made = StatusList::new(1, tokens);
            assert_eq!(made, Err(InvalidStatusList::Length));
        }
        let bytes = vec![0; StatusList::LONGEST + 1];
        let made = StatusList::from_bytes(8, bytes);
        assert_eq!(made, Err(InvalidStatusList::Length));
    }

    #[test]
    fn rfc1950_section_2_2_one_stream_whole_and_nothing_after_it() {
        let good = base64url::decode(b"eNrbuRgAAhcBXQ").unwrap();
        let decode = |bytes: &[u8]| StatusList::decode(1, &base64url::encode(bytes));
        assert!(decode(&good).is_ok());
        for cut in 0..good.len() {
            assert_eq!(
                decode(&good[..cut]),
                Err(InvalidStatusList::Compression),
                "{cut}"
            );
        }
        let mut other_sum = good.clone();
        *other_sum.last_mut().unwrap() ^= 1;
        let after = [&good[..], b"x"].concat();
        let twice = [&good[..], &good].concat();
        for bytes in [other_sum, after, twice] {
            assert_eq!(
                decode(&bytes),
                Err(InvalidStatusList::Compression),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn what_is_not_zlib_is_refused() {
        assert_eq!(
            StatusList::decode(1, "AAAA"),
            Err(InvalidStatusList::Compression)
        );
        assert_eq!(
            StatusList::decode(1, "eNrbuRgAAhcBXQ=="),
            Err(InvalidStatusList::Encoding)
        );
        assert_eq!(
            StatusList::decode(1, ""),
            Err(InvalidStatusList::Compression)
        );
    }

    /// The weight behind docs/grants.md: bytes of `lst` for 100,000 tokens in one list, so many per
    /// thousand were revoked at random places.
    #[test]
    fn bytes_of_a_hundred_thousand_tokens() {
        const TOKENS: u64 = 100_000;
        let length = |per_thousand: u64| {
            let mut list = StatusList::new(1, 100_000).unwrap();
            let mut seed = 20_261_122u64;
            let mut revoked = 0;
            while revoked < TOKENS * per_thousand / 1000 {
                seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let index = (seed >> 33) % TOKENS;
                if list.status(index) == Some(Status::Valid) {
                    list.invalidate(index);
                    revoked += 1;
                }
            }
            list.encode().len()
        };
        assert_eq!([0, 10, 100].map(length), [47, 2_019, 9_471]);
    }

    proptest! {
        #[test]
        fn invalidated_indices_and_no_others_are_invalid(
            bits in prop::sample::select(vec![1u8, 2, 4, 8]),
            revoked in prop::collection::btree_set(0u64..5000, 0..200),
        ) {
            let mut list = StatusList::new(bits, 5000).unwrap();
            for index in &revoked {
                prop_assert!(list.invalidate(*index));
            }
            let read = StatusList::decode(bits, &list.encode()).unwrap();
            prop_assert_eq!(&read, &list);
            for index in 0..5000 {
                let wanted =
                    if revoked.contains(&index) { Status::Invalid } else { Status::Valid };
                prop_assert_eq!(read.status(index), Some(wanted));
            }
            prop_assert!(!list.invalidate(list.capacity() as u64));
        }
    }
}
