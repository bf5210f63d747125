//! How much the deck remembers, how much it does at once, and how long it waits.

use std::time::Duration;

/// How long at most they wait for a host whose name has no address.
pub const UNKNOWN_HOST_PATIENCE: Duration = Duration::from_secs(60);

/// The longest wait between two tries at a host that does not answer.
pub const HOST_BACK_OFF_MAX: Duration = Duration::from_secs(60);

/// A single failure does not make a host dead while a connection to it was opened within this time.
pub const HOST_CONNECTED_LATELY: Duration = Duration::from_secs(30);

/// A row without a first byte lends its slot after this time.
pub const LENDS_AFTER: Duration = Duration::from_secs(3);

/// A row without a first byte at a host that has not answered yet lends its slot to rows of hosts
/// that do after this time: as long as one address has before the next is tried beside it (RFC
/// 8305, section 5).
pub const LENDS_TO_PROVEN_AFTER: Duration = Duration::from_millis(250);

/// Where there is no network, the wait before the first try; each further one waits twice as long.
pub const NETWORK_BACK_OFF_FIRST: Duration = Duration::from_secs(5);

/// The longest of these waits.
pub const NETWORK_BACK_OFF_MAX: Duration = Duration::from_secs(60);

/// If this many hosts fail within [`NETWORK_LOST_WITHIN`], there is no network.
pub const NETWORK_LOST_HOSTS: usize = 3;

/// See [`NETWORK_LOST_HOSTS`].
pub const NETWORK_LOST_WITHIN: Duration = Duration::from_secs(10);

/// How many times a row's waits for a slot and its pauses are remembered; the latest are.
pub const PAUSES_KEPT: usize = 64;

/// How many points the rate of a row over its life has while it runs; then neighbours are merged.
pub const RATE_POINTS: usize = 256;

/// The same once it has ended.
pub const RATE_POINTS_AFTER_END: usize = 64;

/// How many of a row's steps are remembered once it has ended; the latest are.
pub const STEPS_AFTER_END: usize = 64;

/// How many of a row's log lines are remembered once it has ended; the latest are.
pub const LOG_LINES_AFTER_END: usize = 40;

/// How many bytes of a log line are remembered once its row has ended.
pub const LOG_LINE_BYTES_AFTER_END: usize = 400;

/// How many bytes of a body's text are remembered once its row has ended.
pub const PREVIEW_BYTES_AFTER_END: usize = 4 * 1024;

/// How many ended rows keep the text of their body; the latest do.
pub const PREVIEWS_KEPT: usize = 1000;

/// For how long a removal or a cancel can be taken back.
pub const UNDO_FOR: Duration = Duration::from_secs(10);

/// The least time that a step can be undone after the pointer has left its message.
pub const UNDO_AFTER_HOLD: Duration = Duration::from_secs(2);

/// How many removals and cancels can be taken back, the last one first.
pub const UNDO_STEPS: usize = 8;

/// How many things that happened are kept.
pub const ACTIVITY_KEPT: usize = 1_000;

/// The longest time that one tick spends on adding rows, and on handing them over to be stored:
/// both fit into a frame beside the jobs. It is real time. On a virtual clock only the counts below
/// apply, so that a test has the same result every time.
pub const ROW_SLICE: Duration = Duration::from_millis(3);

/// After how many rows the time is looked at.
pub const ROWS_BETWEEN_LOOKS: usize = 20;

/// How many rows at most are added within one tick.
pub const ROWS_ADDED_PER_TICK: usize = 1_000;

/// How many rows at most are handed over to be stored within one tick.
pub const ROWS_STORED_PER_TICK: usize = 1_000;

/// A row is stored again once it has had a part for this long: a later process then knows whose it
/// is. Most files are complete before that.
pub const PARTS_STORED_AFTER: Duration = Duration::from_millis(20);

/// How often rows that run are stored.
pub const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);

/// With how many rows something is done within one tick.
pub const ROWS_DONE_PER_TICK: usize = 500;
