//! The database behind the host's `sql`, in a plain binary encoding.
//!
//! One byte says what a value is; numbers are 64-bit floats, lengths 32-bit, all little-endian:
//!
//! ```text
//! value      0 | 1 f64 | 2 u32 utf-8 | 3 u32 bytes
//! parameters u32 count, u32 and all their utf-8 together, values (of a text the length alone)
//! answer     0, u32 rows, u32 columns, values row by row | 1, the database's words
//! ```
//!
//! The texts stand together because the host decodes them in one go: each call of its decoder
//! costs more than the decoding.

use alloc::{string::ToString, vec::Vec};

use crate::authority::store::{Parameter, Row, StoreFault, Value};

/// The largest integer that a JavaScript number holds with all smaller ones.
const LARGEST: i64 = 1 << 53;
/// Most values of an answer.
const MOST_VALUES: u32 = 1 << 20;

/// Writes a statement's parameters onto `out`.
///
/// # Errors
/// [`StoreFault`] for an integer beyond ±2^53, or text beyond 4 GiB.
pub fn write_parameters(parameters: &[Parameter<'_>], out: &mut Vec<u8>) -> Result<(), StoreFault> {
    put_length(parameters.len(), out)?;
    let texts = parameters.iter().filter_map(|parameter| match *parameter {
        Parameter::Text(text) => Some(text.as_bytes()),
        _ => None,
    });
    put_length(texts.clone().map(<[u8]>::len).sum(), out)?;
    texts.for_each(|text| out.extend_from_slice(text));
    for parameter in parameters {
        match *parameter {
            Parameter::Null => out.push(0),
            Parameter::Integer(value) if (-LARGEST..=LARGEST).contains(&value) => {
                out.push(1);
                out.extend_from_slice(&(value as f64).to_le_bytes());
            }
            Parameter::Integer(_) => return Err(fault("an integer beyond 2^53")),
            Parameter::Text(text) => {
                out.push(2);
                put_length(text.len(), out)?;
            }
            Parameter::Blob(bytes) => {
                out.push(3);
                put_length(bytes.len(), out)?;
                out.extend_from_slice(bytes);
            }
        }
    }
    Ok(())
}

/// Reads a statement's answer.
///
/// # Errors
/// The database's own, or [`StoreFault`] for bytes that are no answer.
pub fn read_answer(bytes: &[u8]) -> Result<Vec<Row>, StoreFault> {
    let mut reader = Reader(bytes);
    let [status] = reader.array()?;
    if status != 0 {
        return Err(StoreFault {
            reason: alloc::string::String::from_utf8_lossy(reader.0).into_owned(),
        });
    }
    let (rows, columns) = (reader.length()?, reader.length()?);
    if rows
        .checked_mul(columns)
        .is_none_or(|values| values > MOST_VALUES)
    {
        return Err(fault("an answer too long"));
    }
    (0..rows)
        .map(|_| {
            (0..columns)
                .map(|_| reader.value())
                .collect::<Result<_, _>>()
                .map(Row)
        })
        .collect()
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], StoreFault> {
        let (head, rest) = self.0.split_first_chunk().ok_or_else(cut_short)?;
        self.0 = rest;
        Ok(*head)
    }

    fn length(&mut self) -> Result<u32, StoreFault> {
        self.array().map(u32::from_le_bytes)
    }

    fn bytes(&mut self) -> Result<&'a [u8], StoreFault> {
        let length = usize::try_from(self.length()?).map_err(|_| cut_short())?;
        let (head, rest) = self.0.split_at_checked(length).ok_or_else(cut_short)?;
        self.0 = rest;
        Ok(head)
    }

    fn value(&mut self) -> Result<Value, StoreFault> {
        Ok(match self.array()? {
            [0] => Value::Null,
            // Numbers go in whole (`write_parameters`), so they come out whole.
            [1] => Value::Integer(f64::from_le_bytes(self.array()?) as i64),
            [2] => Value::Text(
                core::str::from_utf8(self.bytes()?)
                    .map_err(|_| fault("text that is not UTF-8"))?
                    .to_string(),
            ),
            [3] => Value::Blob(self.bytes()?.to_vec()),
            _ => return Err(fault("a value of no known kind")),
        })
    }
}

fn put_length(length: usize, out: &mut Vec<u8>) -> Result<(), StoreFault> {
    let length = u32::try_from(length).map_err(|_| fault("a value too long"))?;
    out.extend_from_slice(&length.to_le_bytes());
    Ok(())
}

fn cut_short() -> StoreFault {
    fault("an answer cut short")
}

fn fault(reason: &str) -> StoreFault {
    StoreFault {
        reason: reason.to_string(),
    }
}
