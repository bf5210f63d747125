//! The buffers of a connection, which grow on demand: of many connections most are waiting, and
//! need none; a fast one is read in large pieces.

use ureq::unversioned::transport::Buffers;

/// The size of the first read, in bytes: more than most headers have.
const FIRST_INPUT_BYTES: usize = 4 * 1024;
/// By how much a buffer grows that one read has filled.
const GROWTH: usize = 4;
/// The size of the output buffer, in bytes, beyond what a request announces.
const FIRST_OUTPUT_BYTES: usize = 4 * 1024;
/// The scratch space that the client needs for a request, even for one without a body. In bytes.
const SCRATCH_BYTES: usize = 10 * 1024;

/// Buffers that grow.
#[derive(Debug)]
pub(super) struct GrowingBuffers {
    input: Vec<u8>,
    /// The unread part of the input.
    begin: usize,
    end: usize,
    input_limit: usize,
    output: Vec<u8>,
    output_bytes: usize,
    /// Whether the client consumed input the last time it looked.
    is_used: bool,
}

impl GrowingBuffers {
    /// Buffers for at most `input_limit` bytes of input at once. Nothing is allocated before the
    /// first use.
    pub(super) fn new(input_limit: usize) -> Self {
        Self {
            input: Vec::new(),
            begin: 0,
            end: 0,
            input_limit,
            output: Vec::new(),
            output_bytes: FIRST_OUTPUT_BYTES,
            is_used: false,
        }
    }

    /// Makes space for a request of about this size.
    pub(super) fn expect_output(&mut self, bytes: usize) {
        self.output_bytes = self.output_bytes.max(FIRST_OUTPUT_BYTES + bytes);
    }

    fn make_space(&mut self) {
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
        } else if self.begin > 0 && self.end > self.input.len() / 2 {
            self.input.copy_within(self.begin..self.end, 0);
            (self.begin, self.end) = (0, self.end - self.begin);
        }
        if self.end == self.input.len() {
            self.grow_input(FIRST_INPUT_BYTES);
        }
    }

    fn grow_input(&mut self, least: usize) {
        let grown = (self.input.len() * GROWTH).max(least);
        // Never smaller: it has unread bytes.
        let length = grown.min(self.input_limit).max(self.input.len());
        self.input.resize(length, 0);
    }
}

impl Buffers for GrowingBuffers {
    fn output(&mut self) -> &mut [u8] {
        self.output.resize(self.output_bytes, 0);
        &mut self.output
    }

    fn input(&self) -> &[u8] {
        &self.input[self.begin..self.end]
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.make_space();
        &mut self.input[self.end..]
    }

    fn input_appended(&mut self, amount: usize) {
        self.end = (self.end + amount).min(self.input.len());
        if amount > 0 && self.end == self.input.len() {
            // There is more, most likely: read larger pieces from now on.
            self.grow_input(FIRST_INPUT_BYTES);
        }
    }

    fn input_consume(&mut self, amount: usize) {
        self.is_used = amount > 0;
        self.begin = (self.begin + amount).min(self.end);
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.make_space();
        self.output.resize(self.output_bytes, 0);
        if self.input.len() - self.end < SCRATCH_BYTES {
            self.input.resize(self.end + SCRATCH_BYTES, 0);
        }
        (&mut self.input[self.end..], &mut self.output)
    }

    fn can_use_input(&self) -> bool {
        self.begin < self.end && self.is_used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(buffers: &mut GrowingBuffers, bytes: &[u8]) -> usize {
        let room = buffers.input_append_buf();
        let count = room.len().min(bytes.len());
        room[..count].copy_from_slice(&bytes[..count]);
        buffers.input_appended(count);
        count
    }

    #[test]
    fn a_full_read_makes_the_next_one_larger_up_to_the_limit() {
        let mut buffers = GrowingBuffers::new(20_000);
        let flood = vec![1; 100_000];
        let sizes = [0; 4].map(|_| {
            let count = read(&mut buffers, &flood);
            buffers.input_consume(count);
            count
        });
        assert_eq!(sizes, [4_096, 16_384, 20_000, 20_000]);
    }

    #[test]
    fn what_is_not_consumed_stays_in_its_order_until_there_is_no_room() {
        let mut buffers = GrowingBuffers::new(10_000);
        let bytes: Vec<u8> = (0..10_000_u32).map(|place| (place % 251) as u8).collect();
        let mut came = 0;
        while came < bytes.len() {
            came += read(&mut buffers, &bytes[came..(came + 500).min(bytes.len())]);
        }
        assert!(buffers.input_append_buf().is_empty());
        assert_eq!(buffers.input(), bytes);
        buffers.input_consume(9_000);
        assert_eq!(read(&mut buffers, &bytes), 9_000, "moved to the front");
        assert_eq!(buffers.input(), [&bytes[9_000..], &bytes[..9_000]].concat());
    }

    #[test]
    fn there_is_room_for_the_request_that_is_expected() {
        let mut buffers = GrowingBuffers::new(10_000);
        assert_eq!(buffers.output().len(), FIRST_OUTPUT_BYTES);
        buffers.expect_output(30_000);
        assert!(buffers.output().len() >= 30_000);
        let (scratch, output) = buffers.tmp_and_output();
        assert!(scratch.len() >= SCRATCH_BYTES && output.len() >= 30_000);
    }

    #[test]
    fn input_that_led_to_nothing_is_not_looked_at_again() {
        let mut buffers = GrowingBuffers::new(10_000);
        read(&mut buffers, b"HTTP/1.1 200");
        assert!(!buffers.can_use_input());
        buffers.input_consume(4);
        assert!(buffers.can_use_input());
        buffers.input_consume(0);
        assert!(!buffers.can_use_input());
    }
}
