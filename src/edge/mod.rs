//! The joint between the doors and the Worker's host.
//!
//! The host (`worker/`) is JavaScript: it owns the event loop, the network, the
//! durable storage and the private keys. What it runs in WebAssembly is one synchronous
//! function, [`step`](abi), so that nothing of ours ever waits inside WebAssembly: a panic
//! is an exception at the call, in the transaction that it undoes, and the instance is
//! replaced before the next call.
