//! The allocator of the verifier's WebAssembly.
//!
//! What it serves: a few long-lived tables of 40 to 300 kilobytes per key, and small
//! vectors that live as long as a call. Sizes are rounded up to classes, four between two
//! powers of two (at most a quarter of a block is lost, mostly less), and each class keeps
//! a list of its free blocks; what no list has is cut from the end of memory. Both ways are
//! a few instructions, and the code is a tenth of a general allocator's, which would be a
//! tenth of the download.

/// Every block starts at a multiple of this, and is one long or a multiple.
const UNIT: usize = 16;

/// Blocks up to this size have a class for each multiple of [`UNIT`].
const FINE: usize = 64;

/// Two to the power of 30 is the largest block; 26 powers of two with four classes each.
const CLASSES: usize = 4 + 4 * (30 - FINE_LOG);
const FINE_LOG: usize = 6;

/// The class of a size and the size of the blocks in it; `None` beyond 2^30 bytes.
fn class_of(size: usize) -> Option<(usize, usize)> {
    if size <= FINE {
        let units = size.div_ceil(UNIT).max(1);
        return Some((units - 1, units * UNIT));
    }
    // 2^power < size <= 2^(power+1)
    let power = (size - 1).ilog2() as usize;
    let step = 1usize << (power - 2);
    let steps = (size - (1 << power)).div_ceil(step);
    let class = 4 + (power - FINE_LOG) * 4 + steps - 1;
    (class < CLASSES).then_some((class, (1 << power) + steps * step))
}

#[cfg(all(target_arch = "wasm32", not(feature = "authority")))]
mod global {
    #![allow(
        unsafe_code,
        reason = "an allocator hands out memory; the invariants are stated at each block"
    )]

    use super::{CLASSES, UNIT, class_of};
    use core::alloc::{GlobalAlloc, Layout};
    use core::arch::wasm32::{memory_grow, memory_size};
    use core::cell::UnsafeCell;
    use core::ptr::null_mut;

    #[cfg(target_feature = "atomics")]
    compile_error!("the heap and the channel are for one thread");

    const PAGE: usize = 65536;

    struct Heap(UnsafeCell<State>);

    struct State {
        /// The first block of each class that is free; its first word is the next one.
        free: [*mut u8; CLASSES],
        /// Memory from here to `end` was never handed out. Both are 0 before the first use.
        next: usize,
        end: usize,
    }

    // SAFETY: WebAssembly without the threads proposal (checked above) has one thread, and
    // no method of the allocator calls back into code that allocates.
    unsafe impl Sync for Heap {}

    #[global_allocator]
    static HEAP: Heap = Heap(UnsafeCell::new(State {
        free: [null_mut(); CLASSES],
        next: 0,
        end: 0,
    }));

    unsafe extern "C" {
        /// The linker's symbol: its address is where static data and the stack end.
        static __heap_base: u8;
    }

    impl State {
        /// Cuts a block from memory that was never handed out.
        fn cut(&mut self, size: usize) -> *mut u8 {
            if self.end == 0 {
                self.next = (&raw const __heap_base as usize).next_multiple_of(UNIT);
                self.end = memory_size(0) * PAGE;
            }
            if self.end - self.next < size {
                let pages = (size - (self.end - self.next)).div_ceil(PAGE);
                // Nobody else grows the memory, so new pages continue the old ones.
                if memory_grow(0, pages) == usize::MAX {
                    return null_mut();
                }
                self.end += pages * PAGE;
            }
            let block = self.next as *mut u8;
            self.next += size;
            block
        }
    }

    // SAFETY: a block is either in the list of its class, or handed out, or part of none.
    // `alloc` hands out what it removes from a list or cuts from the untouched end, so no
    // two blocks overlap; a block is as long as its class, hence as its layout; it starts at
    // a multiple of `UNIT`, as `next` starts there and all classes are multiples, and larger
    // alignments are refused. `dealloc` gets the layout of `alloc`, hence the same class.
    unsafe impl GlobalAlloc for Heap {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            let (Some((class, size)), true) = (class_of(layout.size()), layout.align() <= UNIT)
            else {
                return null_mut();
            };
            // SAFETY: one thread, no re-entrance: this is the only reference.
            let state = unsafe { &mut *self.0.get() };
            let Some(first) = state.free.get_mut(class) else {
                return null_mut();
            };
            if first.is_null() {
                return state.cut(size);
            }
            let block = *first;
            // SAFETY: a free block holds the address of the next one, written by `dealloc`.
            *first = unsafe { block.cast::<*mut u8>().read() };
            block
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: as above.
            let state = unsafe { &mut *self.0.get() };
            let class = class_of(layout.size()).map(|(class, _)| class);
            if let Some(first) = class.and_then(|class| state.free.get_mut(class)) {
                // SAFETY: the caller gives the block up; it has at least `UNIT` bytes and
                // is aligned for a pointer.
                unsafe { block.cast::<*mut u8>().write(*first) };
                *first = block;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_room_and_little_to_spare() {
        for size in 0..5000 {
            let (_, block) = class_of(size).unwrap();
            assert!(block >= size, "{size}");
            assert_eq!(block % UNIT, 0);
            assert!(size < FINE || block * 4 <= size * 5, "{size} in {block}");
        }
    }

    #[test]
    fn one_size_per_class_and_one_class_per_size() {
        let mut last = (0, UNIT);
        for size in 1..=(1usize << 20) + 1 {
            let (class, block) = class_of(size).unwrap();
            if class == last.0 {
                assert_eq!(block, last.1);
            } else {
                assert_eq!(class, last.0 + 1);
                assert_eq!(last.1, size - 1, "a class ends where it is full");
            }
            last = (class, block);
        }
    }

    #[test]
    fn the_largest_block_is_two_to_the_thirty() {
        assert_eq!(class_of(1 << 30), Some((CLASSES - 1, 1 << 30)));
        assert_eq!(class_of((1 << 30) + 1), None);
    }
}
