//! Bytes as they travel: in one piece. Without this, serde takes a list of numbers one by one,
//! to the same effect on the wire and a hundred times the work.

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bytes within something that `#[serde(with = …)]` does not reach into.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Bytes(#[serde(with = "self")] pub Vec<u8>);

/// For `#[serde(with = …)]`.
///
/// # Errors
/// As the serializer's.
pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

/// For `#[serde(with = …)]`: a list, or an array of exactly as many.
///
/// # Errors
/// As the deserializer's.
pub fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: for<'a> TryFrom<&'a [u8]>,
{
    match T::try_from(deserializer.deserialize_bytes(Whole)?) {
        Ok(bytes) => Ok(bytes),
        Err(_) => Err(de::Error::custom("another number of bytes")),
    }
}

struct Whole;

impl<'de> de::Visitor<'de> for Whole {
    type Value = &'de [u8];

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("bytes")
    }

    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use serde::{Deserialize, Serialize};

    use super::Bytes;
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

    #[test]
    fn an_array_takes_as_many_as_it_has() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Array(#[serde(with = "super")] [u8; 3]);
        let encoded = encode(&Array([1, 2, 3])).unwrap();
        assert_eq!(encoded, encode(&Bytes(alloc::vec![1, 2, 3])).unwrap());
        assert_eq!(decode::<Array>(&encoded).unwrap(), Array([1, 2, 3]));
        for bytes in [&[1, 2][..], &[1, 2, 3, 4]] {
            assert!(decode::<Array>(&encode(&Bytes(bytes.to_vec())).unwrap()).is_err());
        }
    }
}
