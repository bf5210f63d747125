//! What a run reports to: NDJSON, lines, bars, the job log.

use std::io::{self, Write};

use crate::deck::{Deck, Event};

/// Reports what happens in a run.
pub(super) trait Reporter {
    /// Something happened.
    fn event(&mut self, deck: &Deck, event: &Event) -> io::Result<()>;
    /// The numbers moved; called a few times a second.
    fn progress(&mut self, deck: &Deck) -> io::Result<()>;
    /// Everything is over.
    fn summary(&mut self, deck: &Deck) -> io::Result<()>;
    /// Waits until all that was reported is written.
    ///
    /// # Errors
    /// [`io::ErrorKind::Interrupted`] when Ctrl-C ended the wait.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a line and flushes it: the reader of a pipe needs it now.
pub(super) fn write_line(out: &mut impl Write, line: &str) -> io::Result<()> {
    out.write_all(line.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}
