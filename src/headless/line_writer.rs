//! Lines for a reader that may be slow, written by a thread.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Lines that wait are joined to writes of at most this size. It is small because a write that
/// returns is the only sign that a slow reader reads.
const BATCH_BYTES: usize = 8 * 1024;
/// How often a wait for the reader checks for Ctrl-C.
const POLL_EVERY: Duration = Duration::from_millis(100);
/// After Ctrl-C, the polls in a row without a write after which the reader counts as gone: 2 s.
const IDLE_POLLS: u32 = 20;

/// Writes lines in the order in which they are pushed, without keeping the caller waiting for the
/// reader.
///
/// Each write has whole lines. A line is written at once if no other is pending.
pub(super) struct LineWriter {
    shared: Arc<Shared>,
    bounds: Bounds,
    /// How many times Ctrl-C was pressed.
    interrupts: Arc<AtomicUsize>,
}

/// How many bytes may be pending.
#[derive(Clone, Copy)]
struct Bounds {
    /// Above it, droppable lines are dropped.
    droppable_bytes: usize,
    /// Above it, the caller waits.
    all_bytes: usize,
}

const BOUNDS: Bounds = Bounds {
    droppable_bytes: 256 * 1024,
    all_bytes: 64 * 1024 * 1024,
};

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// What the thread waits for.
    filled: Condvar,
    /// What the caller waits for.
    written: Condvar,
}

#[derive(Default)]
struct Queue {
    /// Whole lines, oldest first.
    batches: VecDeque<Vec<u8>>,
    /// Bytes of `batches` and of the write under way.
    pending_bytes: usize,
    // A notification is a system call: only a thread that waits gets one.
    thread_waits: bool,
    caller_waits: bool,
    is_closed: bool,
    /// Why nothing more is written.
    error: Option<io::Error>,
}

impl LineWriter {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(super) fn start(
        out: impl Write + Send + 'static,
        interrupts: &Arc<AtomicUsize>,
    ) -> io::Result<Self> {
        Self::with_bounds(out, interrupts, BOUNDS)
    }

    fn with_bounds(
        out: impl Write + Send + 'static,
        interrupts: &Arc<AtomicUsize>,
        bounds: Bounds,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let of_thread = shared.clone();
        // It is never joined: a write to a reader that reads nothing does not return.
        std::thread::Builder::new()
            .name("lines".to_owned())
            .spawn(move || of_thread.write_batches(out))?;
        Ok(Self {
            shared,
            bounds,
            interrupts: interrupts.clone(),
        })
    }

    /// Adds a line. Waits while too much is pending. Ctrl-C ends the wait, so that the jobs stop at
    /// once: what they add then is little, their last lines.
    ///
    /// # Errors
    /// Why an earlier line could not be written; again with each call.
    pub(super) fn push(&mut self, line: &str) -> io::Result<()> {
        let mut queue = self.shared.lock();
        while queue.error.is_none()
            && queue.pending_bytes > self.bounds.all_bytes
            && !self.is_interrupted()
        {
            queue = self.shared.wait_for_write(queue);
        }
        queue.check()?;
        self.shared.append(&mut queue, line);
        Ok(())
    }

    /// Adds a line unless the reader is slow; false if it is dropped. Never waits.
    ///
    /// # Errors
    /// As [`LineWriter::push`].
    pub(super) fn push_droppable(&mut self, line: &str) -> io::Result<bool> {
        let mut queue = self.shared.lock();
        queue.check()?;
        let has_room = queue.pending_bytes <= self.bounds.droppable_bytes;
        if has_room {
            self.shared.append(&mut queue, line);
        }
        Ok(has_room)
    }

    /// Fails if an earlier line could not be written.
    pub(super) fn check(&self) -> io::Result<()> {
        self.shared.lock().check()
    }

    /// Waits until all lines are written.
    ///
    /// # Errors
    /// As [`LineWriter::push`]; and [`io::ErrorKind::Interrupted`] when Ctrl-C was pressed and
    /// nothing was read for two seconds: the rest of the lines is lost.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let mut queue = self.shared.lock();
        let mut idle_polls = 0;
        loop {
            queue.check()?;
            let pending_bytes = queue.pending_bytes;
            if pending_bytes == 0 {
                return Ok(());
            }
            if idle_polls == IDLE_POLLS {
                let text = "the reader of the output reads nothing";
                queue.error = Some(io::Error::new(io::ErrorKind::Interrupted, text));
                continue;
            }
            queue = self.shared.wait_for_write(queue);
            let is_idle = queue.pending_bytes == pending_bytes && self.is_interrupted();
            idle_polls = if is_idle { idle_polls + 1 } else { 0 };
        }
    }

    fn is_interrupted(&self) -> bool {
        self.interrupts.load(Ordering::Relaxed) > 0
    }
}

/// The thread ends after the lines that are pending.
impl Drop for LineWriter {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.filled.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append(&self, queue: &mut Queue, line: &str) {
        queue.append(line);
        if std::mem::take(&mut queue.thread_waits) {
            self.filled.notify_one();
        }
    }

    /// Waits for the next write, and no longer than a poll.
    fn wait_for_write<'a>(&self, mut queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
        queue.caller_waits = true;
        let is_unwritten = |queue: &mut Queue| queue.caller_waits;
        self.written
            .wait_timeout_while(queue, POLL_EVERY, is_unwritten)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }

    /// Writes until the queue is closed or a write fails.
    fn write_batches(&self, mut out: impl Write) {
        let mut queue = self.lock();
        loop {
            let Some(batch) = queue.batches.pop_front() else {
                if queue.is_closed {
                    return;
                }
                queue.thread_waits = true;
                queue = self
                    .filled
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(queue);
            // The reader of a pipe needs it now.
            let written = out.write_all(&batch).and_then(|()| out.flush());
            queue = self.lock();
            queue.pending_bytes -= batch.len();
            let has_failed = written.is_err();
            if let Err(error) = written {
                queue.error = Some(error);
            }
            if std::mem::take(&mut queue.caller_waits) {
                self.written.notify_one();
            }
            if has_failed {
                return;
            }
        }
    }
}

impl Queue {
    fn check(&self) -> io::Result<()> {
        match &self.error {
            None => Ok(()),
            // Errors cannot be cloned.
            Some(error) => Err(match error.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code),
                None => io::Error::new(error.kind(), error.to_string()),
            }),
        }
    }

    fn append(&mut self, line: &str) {
        let bytes = line.len() + 1;
        let last = self.batches.back_mut();
        let batch = match last.filter(|batch| batch.len() + bytes <= BATCH_BYTES) {
            Some(batch) => batch,
            None => self.batches.push_back_mut(Vec::with_capacity(bytes)),
        };
        batch.extend_from_slice(line.as_bytes());
        batch.push(b'\n');
        self.pending_bytes += bytes;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Duration;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    /// A reader that takes a write for each permit, and goes when its permits do.
    struct Reader {
        permits: Receiver<()>,
        writes: Sender<String>,
    }

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
            self.permits.recv().map_err(gone)?;
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            self.writes.send(text).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Rig {
        lines: LineWriter,
        permits: Sender<()>,
        writes: Receiver<String>,
        interrupts: Arc<AtomicUsize>,
    }

    fn rig(droppable_bytes: usize, all_bytes: usize) -> Rig {
        let ((permits, to_reader), (from_reader, writes)) = (channel(), channel());
        let reader = Reader {
            permits: to_reader,
            writes: from_reader,
        };
        let interrupts = Arc::new(AtomicUsize::new(0));
        let bounds = Bounds {
            droppable_bytes,
            all_bytes,
        };
        Rig {
            lines: LineWriter::with_bounds(reader, &interrupts, bounds).unwrap(),
            permits,
            writes,
            interrupts,
        }
    }

    impl Rig {
        fn read_on(&self) {
            for _ in 0..10_000 {
                self.permits.send(()).unwrap();
            }
        }

        /// All that was written, once it is.
        fn all_written(mut self) -> Vec<String> {
            self.lines.flush().unwrap();
            drop(self.lines);
            self.writes.iter().collect()
        }
    }

    #[test]
    fn a_line_is_written_at_once_where_no_other_waits() {
        let mut rig = rig(100, 1000);
        rig.read_on();
        for line in ["first", "second"] {
            rig.lines.push(line).unwrap();
            let written = rig.writes.recv_timeout(PATIENCE).unwrap();
            assert_eq!(written, format!("{line}\n"));
        }
    }

    #[test]
    fn lines_that_wait_are_joined_whole_and_in_order() {
        let mut rig = rig(usize::MAX, usize::MAX);
        let line = |number: usize| format!("{number} {}", "x".repeat(number % 300));
        // One is longer than a batch.
        let long = "y".repeat(3 * BATCH_BYTES);
        for number in 0..1000 {
            rig.lines.push(&line(number)).unwrap();
        }
        assert!(rig.lines.push_droppable(&long).unwrap());
        rig.read_on();
        let writes = rig.all_written();
        assert!(writes.iter().all(|write| write.ends_with('\n')));
        let text = writes.concat();
        let expected: Vec<String> = (0..1000).map(line).chain([long]).collect();
        assert!(text.lines().eq(expected));
        // The first may have been taken alone.
        let at_least = text.len() / BATCH_BYTES;
        assert!(writes.len() <= at_least + 3, "{}", writes.len());
    }

    #[test]
    fn only_droppable_lines_are_dropped_where_the_reader_is_slow() {
        let mut rig = rig(100, usize::MAX);
        let mut kept = Vec::new();
        for number in 0..100 {
            let line = format!("droppable {number}");
            if rig.lines.push_droppable(&line).unwrap() {
                kept.push(line);
            }
            let line = format!("line {number}");
            rig.lines.push(&line).unwrap();
            kept.push(line);
        }
        assert!((101..120).contains(&kept.len()), "{}", kept.len());
        rig.read_on();
        rig.lines.flush().unwrap();
        assert!(rig.lines.push_droppable("again").unwrap());
        kept.push("again".to_owned());
        assert!(rig.all_written().concat().lines().eq(kept));
    }

    #[test]
    fn it_waits_where_too_much_is_pending_until_the_reader_reads() {
        let Rig {
            mut lines,
            permits,
            writes,
            ..
        } = rig(0, 50);
        let pushing = std::thread::spawn(move || {
            for number in 0..100 {
                lines.push(&format!("line {number}")).unwrap();
            }
            lines.flush().unwrap();
        });
        std::thread::sleep(Duration::from_millis(300));
        assert!(!pushing.is_finished());
        let mut text = String::new();
        while text.lines().count() < 100 {
            permits.send(()).unwrap();
            let written = writes.recv_timeout(PATIENCE).unwrap();
            // No more than the bound and one line.
            assert!(written.len() <= 60, "{written}");
            text += &written;
        }
        pushing.join().unwrap();
        let expected = (0..100).map(|number| format!("line {number}"));
        assert!(text.lines().eq(expected));
    }

    #[test]
    fn an_interrupt_ends_the_wait_for_a_reader_that_reads_nothing() {
        let mut rig = rig(0, 50);
        let interrupts = rig.interrupts.clone();
        let interrupting = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            interrupts.store(1, Ordering::Relaxed);
        });
        for number in 0..100 {
            rig.lines.push(&format!("line {number}")).unwrap();
        }
        interrupting.join().unwrap();
        for _ in 0..2 {
            let error = rig.lines.flush().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::Interrupted);
        }
    }

    #[test]
    fn a_slow_reader_gets_every_line_after_an_interrupt() {
        let mut rig = rig(0, usize::MAX);
        rig.interrupts.store(1, Ordering::Relaxed);
        for number in 0..5 {
            rig.lines
                .push(&number.to_string().repeat(BATCH_BYTES))
                .unwrap();
        }
        let permits = rig.permits.clone();
        let reading = std::thread::spawn(move || {
            for _ in 0..5 {
                std::thread::sleep(POLL_EVERY * (IDLE_POLLS / 3));
                permits.send(()).unwrap();
            }
        });
        assert_eq!(rig.all_written().len(), 5);
        reading.join().unwrap();
    }

    #[test]
    fn a_reader_that_goes_fails_every_call_after_it() {
        let Rig {
            mut lines, permits, ..
        } = rig(1000, 50);
        drop(permits);
        let pushed = (0..100).try_for_each(|number| lines.push(&format!("line {number}")));
        let kind = |result: io::Result<()>| result.unwrap_err().kind();
        assert_eq!(kind(pushed), io::ErrorKind::BrokenPipe);
        assert_eq!(kind(lines.push("more")), io::ErrorKind::BrokenPipe);
        assert_eq!(kind(lines.check()), io::ErrorKind::BrokenPipe);
        assert_eq!(kind(lines.flush()), io::ErrorKind::BrokenPipe);
        assert!(lines.push_droppable("more").is_err());
    }

    #[test]
    fn the_error_of_the_last_line_is_that_of_the_flush() {
        let Rig {
            mut lines, permits, ..
        } = rig(0, 1000);
        lines.push("last").unwrap();
        drop(permits);
        let error = lines.flush().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
