//! Bytes as they travel: in one piece. Without this, serde takes a list of numbers one by one,
//! to the same effect on the wire and a hundred times the work.

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserializer, Serializer, de};

/// For `#[serde(with = …)]`.
///
/// # Errors
/// As the serializer's.
pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

/// For `#[serde(with = …)]`.
///
/// # Errors
/// As the deserializer's.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    deserializer.deserialize_bytes(Whole)
}

struct Whole;

impl de::Visitor<'_> for Whole {
    type Value = Vec<u8>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("bytes")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use serde::{Deserialize, Serialize};

    use crate::authority::{decode, encode};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Plain(Vec<u8>);

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Pieces(#[serde(with = "super")] Vec<u8>);

    #[test]
    fn the_wire_is_the_same_with_and_without() {
        for length in [0, 1, 127, 128, 70_000] {
            let bytes: Vec<u8> = (0..length).map(|at| at as u8).collect();
            let encoded = encode(&Pieces(bytes.clone())).unwrap();
            assert_eq!(encoded, encode(&Plain(bytes.clone())).unwrap());
            assert_eq!(decode::<Pieces>(&encoded).unwrap(), Pieces(bytes));
            assert!(decode::<Pieces>(&encoded[..encoded.len() - 1]).is_err() || length == 0);
        }
    }
}
