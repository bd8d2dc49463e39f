//! Loops over a few limbs, written out.

/// The array of what `$limb` is for each `$i`: `written_out!(I in 0 1 2: a[I] + b[I])`.
///
/// `opt-level = "s"`, by which the npm package is built, leaves loops as loops, and what
/// they run over in memory. With the hot ones written out it is as fast as 3.
macro_rules! written_out {
    ($i:ident in $($index:literal)*: $limb:expr) => {
        [$({
            const $i: usize = $index;
            $limb
        }),*]
    };
}

pub(super) use written_out;
