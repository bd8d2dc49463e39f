//! The joint between the doors and the Worker's host.
//!
//! The host (`worker/`) is JavaScript: it owns the event loop, the network, the
//! durable storage and the private keys. What it runs in WebAssembly is one synchronous
//! function, `step`, so that nothing of ours ever waits inside WebAssembly: a panic
//! is an exception at the call, in the transaction that it undoes, and the instance is
//! replaced before the next call.
//!
//! - `wire`: the messages of both directions, in postcard; `worker/codec.js` is their twin.
//! - `dispatch`: from a message to the rule that answers it. Pure, and tested natively.
//! - `store`: the database behind the host's `sql`, in a plain binary encoding.
//! - `rehearsal`: a door that breaks on purpose, in no release.
//! - `abi`: linear memory, the exports and the imports. The only room with `unsafe` in it.

#[cfg(target_arch = "wasm32")]
mod abi;
pub mod dispatch;
#[cfg(feature = "edge-test")]
mod rehearsal;
pub mod store;
#[cfg(feature = "sqlite")]
#[cfg(test)]
mod tests;
pub mod wire;
