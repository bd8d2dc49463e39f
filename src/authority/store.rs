//! The small database that a rule runs on, as the rule sees it.
//!
//! A Durable Object's SQLite stands behind it at the edge, an in-process SQLite in native
//! tests. The host opens the transaction around the whole rule; a rule never does.

use alloc::{string::String, vec::Vec};

#[cfg(feature = "sqlite")]
pub mod sqlite;

/// A synchronous SQL database.
pub trait Store {
    /// Runs one statement and returns its rows in order.
    ///
    /// The text is `'static`: a statement is never assembled from data, and a host may keep
    /// it prepared by its address.
    ///
    /// # Errors
    /// [`StoreFault`] when the database refuses the statement, a violated constraint included.
    fn run(&self, sql: &'static str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, StoreFault>;

    /// Runs one statement and returns its first row, if it has one.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    fn first(
        &self,
        sql: &'static str,
        parameters: &[Parameter<'_>],
    ) -> Result<Option<Row>, StoreFault> {
        Ok(self.run(sql, parameters)?.into_iter().next())
    }
}

/// The database of an account that nobody has opened: no tables, and so no rows. To make the tables
/// only to find them empty would cost ten times what it does to turn a stranger away.
#[derive(Debug, Clone, Copy)]
pub struct Unopened;

impl Store for Unopened {
    fn run(&self, _: &'static str, _: &[Parameter<'_>]) -> Result<Vec<Row>, StoreFault> {
        Ok(Vec::new())
    }
}

/// What a statement is given for a `?`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Parameter<'a> {
    /// SQL `NULL`.
    Null,
    /// Within ±2^53: it crosses to the edge's database as a JavaScript number.
    Integer(i64),
    /// UTF-8 text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

impl<'a> Parameter<'a> {
    /// The text, or SQL `NULL` where there is none.
    #[must_use]
    pub fn text_or_null(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

/// What a statement gives back in one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL `NULL`.
    Null,
    /// Within ±2^53.
    Integer(i64),
    /// UTF-8 text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// One row, read by column position.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub Vec<Value>);

/// The database refused a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreFault {
    /// The database's own words. For the log alone: it may name columns, never their contents.
    pub reason: String,
}

impl Row {
    fn mismatch(&self, column: usize, wanted: &str) -> StoreFault {
        StoreFault {
            reason: alloc::format!("column {column} of {} is not {wanted}", self.0.len()),
        }
    }

    /// The integer in `column`.
    ///
    /// # Errors
    /// [`StoreFault`] when it holds something else.
    pub fn integer(&self, column: usize) -> Result<i64, StoreFault> {
        match self.0.get(column) {
            Some(Value::Integer(value)) => Ok(*value),
            _ => Err(self.mismatch(column, "an integer")),
        }
    }

    /// The integer in `column`, or `None` for `NULL`.
    ///
    /// # Errors
    /// [`StoreFault`] when it holds something else.
    pub fn optional_integer(&self, column: usize) -> Result<Option<i64>, StoreFault> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.integer(column).map(Some),
        }
    }

    /// The text in `column`.
    ///
    /// # Errors
    /// [`StoreFault`] when it holds something else.
    pub fn text(&self, column: usize) -> Result<&str, StoreFault> {
        match self.0.get(column) {
            Some(Value::Text(value)) => Ok(value),
            _ => Err(self.mismatch(column, "text")),
        }
    }

    /// The text in `column`, or `None` for `NULL`.
    ///
    /// # Errors
    /// [`StoreFault`] when it holds something else.
    pub fn optional_text(&self, column: usize) -> Result<Option<&str>, StoreFault> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.text(column).map(Some),
        }
    }

    /// The bytes in `column`.
    ///
    /// # Errors
    /// [`StoreFault`] when it holds something else.
    pub fn blob(&self, column: usize) -> Result<&[u8], StoreFault> {
        match self.0.get(column) {
            Some(Value::Blob(value)) => Ok(value),
            _ => Err(self.mismatch(column, "bytes")),
        }
    }

    /// The bytes in `column`, or `None` for `NULL`.
    ///
    /// # Errors
    /// [`StoreFault`] when it holds something else.
    pub fn optional_blob(&self, column: usize) -> Result<Option<&[u8]>, StoreFault> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.blob(column).map(Some),
        }
    }

    /// The 32 bytes in `column`.
    ///
    /// # Errors
    /// [`StoreFault`] when it holds something else.
    pub fn digest(&self, column: usize) -> Result<[u8; 32], StoreFault> {
        self.blob(column)?
            .try_into()
            .map_err(|_| self.mismatch(column, "a digest"))
    }
}
