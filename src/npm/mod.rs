//! The WebAssembly of the npm package: the core, over plain linear memory.
//!
//! What this room is for: to carry bytes in and verdicts out. It decides nothing; each
//! export reads its arguments, calls one function of the core and writes the answer down.
//! It knows of the core alone.
//!
//! The boundary. The host writes the fields of a call one after the other into a room that
//! was reserved beforehand, and their lengths into cells beside it ([`channel`]). A call
//! takes the lengths: it sets the cells to "nothing", so that a write which never arrived
//! (memory that grew detaches every view the host held, and writes through such a view are
//! dropped without an error) is seen as a missing input and never as the previous one.
//! Answers are words in the same place; texts in them are an address and a length that hold
//! until the next call. `pkg/src/wasm/` is the other side.
//!
//! Five artefacts come of it, so that whoever needs one carries nothing of the others along.
//! `npm` is the verifier. `npm-hash` has SHA-256 alone, for PKCE and HMAC. `npm-code` reads
//! one-time codes, and `npm-grants` grants and status lists: it is the verifier that says
//! who signed them. `npm-trail` verifies audit trails. `unsafe` lives in `boundary` and
//! `heap`, each use with its proof, and elsewhere only in the names of exports; what can be
//! is compiled and tested natively.
//!
//! To add an export: one function in the file of its verb, one method in `pkg/src/wasm/`,
//! and a row in the size budget if it costs more than it should.

#[cfg(target_arch = "wasm32")]
mod boundary;
pub mod channel;
#[cfg(all(feature = "npm-code", target_arch = "wasm32"))]
mod code;
#[cfg(all(feature = "npm-grants", target_arch = "wasm32"))]
mod grants;
#[cfg(all(feature = "npm-hash", target_arch = "wasm32"))]
mod hash;
#[cfg_attr(
    not(target_arch = "wasm32"),
    allow(dead_code, reason = "tested natively")
)]
mod heap;
#[cfg(all(feature = "npm", target_arch = "wasm32"))]
mod keys;
#[cfg(feature = "npm")]
pub mod policy;
#[cfg(all(feature = "npm-trail", target_arch = "wasm32"))]
mod trail;
#[cfg(all(feature = "npm", target_feature = "relaxed-simd"))]
mod trial;
#[cfg(all(feature = "npm", target_arch = "wasm32"))]
mod verify;

/// Nothing is printed: the host sees a trap, throws, and replaces the instance.
#[cfg(all(target_arch = "wasm32", not(feature = "authority"), not(test)))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
