//! The cells through which host and module speak.

/// Fields of a call, at most.
pub const FIELDS: usize = 4;

/// Words of an answer, at most.
pub const WORDS: usize = 11;

/// What the host writes before a call and reads after it. The order is fixed, as the host
/// knows it: see `pkg/src/wasm/memory.ts`.
#[derive(Debug)]
#[repr(C)]
pub struct Channel {
    /// For each field of the coming call its length plus one; 0 where there is none.
    lengths: [u32; FIELDS],
    /// The answer to the last call.
    answer: [u32; WORDS],
}

impl Channel {
    /// A channel on which nothing was said.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            lengths: [0; FIELDS],
            answer: [0; WORDS],
        }
    }

    /// Cuts the first `N` fields from `room`, in their order, and forgets their lengths.
    ///
    /// `None` when one of them was not announced since the last call, or when they are said
    /// to be longer than the room: what the host wrote did not arrive here.
    pub fn take<'r, const N: usize>(&mut self, room: &'r [u8]) -> Option<[&'r [u8]; N]> {
        let announced = core::mem::take(&mut self.lengths);
        self.answer = [0; WORDS];
        let mut fields = [<&[u8]>::default(); N];
        let mut rest = room;
        let mut lengths = announced.iter();
        for field in &mut fields {
            let length = lengths.next()?.checked_sub(1)? as usize;
            (*field, rest) = rest.split_at_checked(length)?;
        }
        Some(fields)
    }

    /// Writes the answer down; words that are not given are 0.
    pub fn answer(&mut self, words: &[u32]) {
        self.answer = [0; WORDS];
        for (cell, word) in self.answer.iter_mut().zip(words) {
            *cell = *word;
        }
    }
}

impl Default for Channel {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(lengths: [u32; FIELDS]) -> Channel {
        Channel {
            lengths,
            ..Channel::new()
        }
    }

    #[test]
    fn fields_are_cut_in_their_order() {
        let mut channel = announced([3, 1, 2, 0]);
        assert_eq!(
            channel.take::<3>(b"abcd"),
            Some([b"ab".as_slice(), b"", b"c"])
        );
    }

    #[test]
    fn what_was_taken_once_is_gone() {
        let mut channel = announced([2, 0, 0, 0]);
        assert_eq!(channel.take::<1>(b"a"), Some([b"a".as_slice()]));
        assert_eq!(channel.take::<1>(b"a"), None);
    }

    #[test]
    fn a_call_that_failed_takes_as_well() {
        let mut channel = announced([2, 0, 0, 0]);
        assert_eq!(channel.take::<2>(b"ab"), None);
        assert_eq!(channel.take::<1>(b"ab"), None);
    }

    #[test]
    fn a_length_beyond_the_room_is_refused() {
        assert_eq!(announced([4, 0, 0, 0]).take::<1>(b"ab"), None);
        assert_eq!(announced([u32::MAX, 0, 0, 0]).take::<1>(b"ab"), None);
        assert_eq!(announced([3, 2, 0, 0]).take::<2>(b"ab"), None);
    }

    #[test]
    fn an_answer_leaves_nothing_of_the_one_before() {
        let mut channel = Channel::new();
        channel.answer(&[1, 2, 3]);
        channel.answer(&[4]);
        assert_eq!(channel.answer, [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
}
