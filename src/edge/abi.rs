//! Linear memory, the exports and the imports.
//!
//! The host writes a message where [`reserve`] says, calls [`step`], and reads the answer
//! where that says: four bytes of length, little-endian, and the answer. Both buffers belong
//! to this side and are good until the next call. Nothing here is called while a call is
//! under way: the imports, which run in the middle of one, call no export.
#![allow(
    unsafe_code,
    reason = "the one boundary at which the compiler cannot see who is on the other side"
)]

use alloc::{format, vec::Vec};
use core::cell::RefCell;
use std::{panic, thread_local};

use super::{
    dispatch::Host,
    store::{read_answer, write_parameters},
};
use crate::authority::{
    Halt, Outcome, Timestamp,
    store::{Parameter, Row, Store, StoreFault},
};

/// Room for a statement's answer at the first try; a longer one takes a second crossing.
const ANSWER_ROOM: usize = 16 * 1024;

#[link(wasm_import_module = "host")]
unsafe extern "C" {
    /// Runs a statement, writes the answer's first `room` bytes to `answer`, and returns its
    /// whole length. It never throws.
    fn sql(
        statement: *const u8,
        statement_length: usize,
        parameters: *const u8,
        parameters_length: usize,
        answer: *mut u8,
        room: usize,
    ) -> usize;
    /// Writes the last statement's whole answer to `answer`, which has room for it.
    fn sql_again(answer: *mut u8);
    /// Writes a line of UTF-8 to the log.
    fn log(line: *const u8, length: usize);
}

#[derive(Default)]
struct Instance {
    host: Host,
    input: Vec<u8>,
    output: Vec<u8>,
}

thread_local! {
    static INSTANCE: RefCell<Instance> = RefCell::default();
}

/// Makes room for a message of `length` bytes and says where to write it.
// SAFETY: no other symbol of the module has this name.
#[unsafe(no_mangle)]
extern "C" fn reserve(length: usize) -> *mut u8 {
    with(|instance| {
        instance.input.resize(length, 0);
        instance.input.as_mut_ptr()
    })
}

/// Takes the settings from the message. Called once, before anything else.
// SAFETY: no other symbol of the module has this name.
#[unsafe(no_mangle)]
extern "C" fn configure() -> *const u8 {
    panic::set_hook(alloc::boxed::Box::new(|info| {
        // Where, but not what: the words may hold what was being worked on.
        match info.location() {
            Some(location) => say(&format!("panic at {location}")),
            None => say("panic"),
        }
    }));
    with(|instance| {
        let outcome = instance.host.configure(&instance.input);
        instance.put(outcome)
    })
}

/// Takes the keyring from the message, fetched at `fetched_at` (milliseconds), and gives the
/// private keys to import.
// SAFETY: no other symbol of the module has this name.
#[unsafe(no_mangle)]
extern "C" fn install_keyring(fetched_at: f64) -> *const u8 {
    with(|instance| {
        let fetched_at = Timestamp(fetched_at as i64);
        let outcome = instance.host.install_keyring(&instance.input, fetched_at);
        instance.put(outcome)
    })
}

/// One run, on the message.
// SAFETY: no other symbol of the module has this name.
#[unsafe(no_mangle)]
extern "C" fn step() -> *const u8 {
    with(|instance| {
        let output = instance.host.step(&instance.input, &Database, &mut say);
        instance.put(Ok(output))
    })
}

fn with<T>(work: impl FnOnce(&mut Instance) -> T) -> T {
    INSTANCE.with(|instance| work(&mut instance.borrow_mut()))
}

impl Instance {
    /// Writes an answer, or an empty one for what failed.
    fn put<T: serde::Serialize>(&mut self, outcome: Outcome<T>) -> *const u8 {
        self.output.clear();
        self.output.extend_from_slice(&[0; 4]);
        match outcome.and_then(|value| {
            let output = core::mem::take(&mut self.output);
            postcard::to_extend(&value, output)
                .map_err(|_| crate::authority::Fault::Corrupt("an answer cannot be encoded").into())
        }) {
            Ok(output) => self.output = output,
            Err(halt) => {
                self.output = [0; 4].into();
                if let Halt::Fault(fault) = halt {
                    say(&format!("{fault:?}"));
                }
            }
        }
        let length = u32::try_from(self.output.len().saturating_sub(4)).unwrap_or(0);
        if let Some(head) = self.output.first_chunk_mut() {
            *head = length.to_le_bytes();
        }
        self.output.as_ptr()
    }
}

fn say(line: &str) {
    // SAFETY: the host reads `length` bytes from `line`, which outlives the call.
    unsafe { log(line.as_ptr(), line.len()) }
}

/// The database of the place that this run is in.
struct Database;

thread_local! {
    static PARAMETERS: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Store for Database {
    fn run(
        &self,
        statement: &'static str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, StoreFault> {
        PARAMETERS.with_borrow_mut(|encoded| {
            encoded.clear();
            write_parameters(parameters, encoded)?;
            ANSWER.with_borrow_mut(|answer| {
                answer.resize(answer.len().max(ANSWER_ROOM), 0);
                // SAFETY: the host reads within `statement` and `encoded`, writes at most
                // `answer.len()` bytes from its start, and keeps no pointer but that of
                // `statement`, which is `'static`.
                let length = unsafe {
                    sql(
                        statement.as_ptr(),
                        statement.len(),
                        encoded.as_ptr(),
                        encoded.len(),
                        answer.as_mut_ptr(),
                        answer.len(),
                    )
                };
                if length <= answer.len() {
                    return read_answer(answer.get(..length).unwrap_or_default());
                }
                let mut whole = alloc::vec![0; length];
                // SAFETY: the host writes `length` bytes, the length that it has just told.
                unsafe { sql_again(whole.as_mut_ptr()) };
                read_answer(&whole)
            })
        })
    }
}
