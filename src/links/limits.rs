//! How much text is read as links.

use std::time::Duration;

/// The longest list of URLs, in lines, that is taken at once from a file, a pipe or the clipboard.
pub const MAX_INPUT_LINES: usize = 1_000_000;

/// The longest list of URLs, in bytes, that ranges and lists in it may stand for.
pub const MAX_EXPANDED_BYTES: usize = 256 * 1024 * 1024;

/// The longest line, or `curl` command over several, that is read as what it says, in bytes: room
/// for a URL and for headers, each of the longest.
pub const MAX_STATEMENT_BYTES: usize = 256 * 1024;

/// The longest text, in bytes, that is put into a field to be changed there; a longer one stays a
/// list beside it.
pub const MAX_TYPED_BYTES: usize = 64 * 1024;

/// The longest time that one frame, or one tick between two frames, spends on reading a text. A
/// virtual clock does not advance meanwhile.
pub const READING_SLICE: Duration = Duration::from_millis(4);

/// After how many lines or links the time is looked at.
pub const LINKS_BETWEEN_LOOKS: usize = 200;

/// How many lines or links of a text are read at most within that.
pub const LINKS_READ_PER_FRAME: usize = 4_000;
