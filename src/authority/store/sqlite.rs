//! The store on an in-process SQLite: what native tests and native hosts use.

use alloc::{string::ToString, vec::Vec};

use rusqlite::{
    Connection, params_from_iter,
    types::{ToSqlOutput::Borrowed, ValueRef},
};

use super::{Parameter, Row, Store, StoreFault, Value};

/// An in-process SQLite database.
pub struct Sqlite {
    connection: Connection,
}

impl Sqlite {
    /// An empty database in memory.
    ///
    /// # Errors
    /// [`StoreFault`] when SQLite cannot be started.
    pub fn in_memory() -> Result<Self, StoreFault> {
        Ok(Self {
            connection: Connection::open_in_memory().map_err(fault)?,
        })
    }

    /// Runs `rule` as one transaction: kept when `keep` says so of its result, else undone.
    ///
    /// # Errors
    /// [`StoreFault`] when the transaction cannot be opened or closed.
    pub fn transaction<T>(
        &self,
        rule: impl FnOnce(&Self) -> T,
        keep: impl FnOnce(&T) -> bool,
    ) -> Result<T, StoreFault> {
        let transaction = self.connection.unchecked_transaction().map_err(fault)?;
        let result = rule(self);
        if keep(&result) {
            transaction.commit()
        } else {
            transaction.rollback()
        }
        .map_err(fault)?;
        Ok(result)
    }
}

impl Store for Sqlite {
    fn run(&self, sql: &'static str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, StoreFault> {
        let mut statement = self.connection.prepare_cached(sql).map_err(fault)?;
        let columns = statement.column_count();
        let mut rows = statement
            .query(params_from_iter(parameters.iter().map(
                |parameter| match *parameter {
                    Parameter::Null => Borrowed(ValueRef::Null),
                    Parameter::Integer(value) => Borrowed(ValueRef::Integer(value)),
                    Parameter::Text(value) => Borrowed(ValueRef::Text(value.as_bytes())),
                    Parameter::Blob(value) => Borrowed(ValueRef::Blob(value)),
                },
            )))
            .map_err(fault)?;
        let mut answer = Vec::new();
        while let Some(row) = rows.next().map_err(fault)? {
            let mut values = Vec::with_capacity(columns);
            for column in 0..columns {
                values.push(match row.get_ref(column).map_err(fault)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(value) => Value::Integer(value),
                    // The edge's database has no other number type for us: times and counts only.
                    ValueRef::Real(value) => Value::Integer(value as i64),
                    ValueRef::Text(value) => Value::Text(
                        core::str::from_utf8(value)
                            .map_err(|_| StoreFault {
                                reason: "text is not UTF-8".to_string(),
                            })?
                            .to_string(),
                    ),
                    ValueRef::Blob(value) => Value::Blob(value.to_vec()),
                });
            }
            answer.push(Row(values));
        }
        Ok(answer)
    }
}

fn fault(error: rusqlite::Error) -> StoreFault {
    StoreFault {
        reason: error.to_string(),
    }
}
