//! What both sides touch: the channel's cells, and the room for fields after them.

#![allow(
    unsafe_code,
    reason = "statics that the host writes between calls, and exports with names; each use \
              states why nothing else refers to them"
)]

use super::channel::Channel;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::UnsafeCell;

#[cfg(target_feature = "atomics")]
compile_error!("the channel and the heap are for one thread");

/// A static of the one thread.
#[repr(transparent)]
pub(super) struct Single<T>(UnsafeCell<T>);

// SAFETY: WebAssembly without the threads proposal (checked above) has one thread.
unsafe impl<T> Sync for Single<T> {}

impl<T> Single<T> {
    pub(super) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Lends the value to `body`.
    ///
    /// Exports call this at their top and nowhere within a lending of the same value; the
    /// host, which might, cannot run while an export does, as this module imports nothing.
    pub(super) fn with<R>(&self, body: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: one thread, and by the rule above the only reference.
        body(unsafe { &mut *self.0.get() })
    }
}

/// How long the room is at the start: ROOM of `pkg/src/wasm/memory.ts`. Tokens of any accepted
/// size fit.
const ROOM: usize = 64 * 1024;

/// The cells, and after them a room that is there without being asked for.
#[repr(C)]
struct Shared {
    channel: Channel,
    room: [u8; ROOM],
}

/// The host gets its address, as a global.
#[unsafe(export_name = "channel")]
static SHARED: Single<Shared> = Single::new(Shared {
    channel: Channel::new(),
    room: [0; ROOM],
});

/// The room that has taken the place of the first one, where that was too small.
static LARGER: Single<Vec<u8>> = Single::new(Vec::new());

/// What an export returns when its fields did not arrive, or name what is not there; the host
/// then throws. It is no refusal: nothing was judged.
const LOST: u32 = u32::MAX;

/// Runs `body` over the fields that the host announced; what it answers is left in the
/// channel, and what it returns is returned, `None` as [`LOST`].
pub(super) fn call<const N: usize>(
    body: impl for<'f> FnOnce([&'f [u8]; N], &mut Answer<'_>) -> Option<u32>,
) -> u32 {
    SHARED
        .with(|Shared { channel, room }| {
            LARGER.with(|larger| {
                let room = if larger.is_empty() {
                    &*room
                } else {
                    larger.as_slice()
                };
                let fields = channel.take::<N>(room)?;
                body(fields, &mut Answer(channel))
            })
        })
        .unwrap_or(LOST)
}

/// The channel, once its fields were taken.
pub(super) struct Answer<'c>(&'c mut Channel);

impl Answer<'_> {
    pub(super) fn words(&mut self, words: &[u32]) {
        self.0.answer(words);
    }

    /// A refusal as the host reads it: what is returned is the row of the reason plus one,
    /// and the detail is in the first two words.
    #[cfg(any(feature = "npm", feature = "npm-code", feature = "npm-grants"))]
    pub(super) fn refuse(&mut self, refusal: crate::jose::Refusal) -> u32 {
        let (reason, detail) = refusal.to_numbers();
        self.words(&[detail as u32, (detail >> 32) as u32]);
        reason + 1
    }
}

/// Makes room for `length` bytes and says where; what was written before is lost. A trap when
/// there is no memory for it.
#[unsafe(export_name = "room")]
extern "C" fn room(length: usize) -> *mut u8 {
    LARGER.with(|room| {
        *room = vec![0; length];
        room.as_mut_ptr()
    })
}
