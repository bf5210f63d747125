//! Numbers to text and back: the only place that decides how a number reads.
//!
//! Sizes are decimal (1 kB is 1000 bytes) with three significant digits, pairs share the unit of
//! the larger number, durations get coarser as they get longer, and an unknown value is `–`, never
//! zero. Parsing refuses what it cannot represent exactly enough.

#[cfg(any(feature = "ui", feature = "deck", not(target_arch = "wasm32")))]
mod bytes;
#[cfg(test)]
mod check;
#[cfg(any(feature = "ui", feature = "deck"))]
mod counts;
#[cfg(feature = "deck")]
mod dates;
mod durations;
#[cfg(any(feature = "ui", feature = "deck"))]
mod escape;
#[cfg(any(feature = "ui", feature = "deck"))]
mod local_time;
#[cfg(feature = "deck")]
mod parse;
#[cfg(feature = "deck")]
mod past;
#[cfg(any(feature = "ui", feature = "deck"))]
mod time_spans;
#[cfg(feature = "deck")]
mod time_zone;
#[cfg(feature = "deck")]
mod typed;

#[cfg(any(feature = "ui", feature = "deck"))]
pub use bytes::{UNKNOWN, bytes_pair};
#[cfg(any(feature = "ui", feature = "deck", not(target_arch = "wasm32")))]
pub use bytes::{bytes, rate};
#[cfg(any(feature = "ui", feature = "deck"))]
pub use counts::{count, grouped, grouped_u64, item_rate, ordinal, percent, percent_value};
#[cfg(feature = "deck")]
pub use dates::{date_and_time, timestamp};
pub use durations::duration;
#[cfg(any(feature = "ui", feature = "deck"))]
pub use escape::{cell, escaped, escaped_json, escaped_lines, escaped_markup};
#[cfg(any(feature = "ui", feature = "deck"))]
pub use local_time::{LocalDate, LocalTime};
#[cfg(feature = "deck")]
pub use parse::{
    MAX_DURATION, ParseAmountError, parse_bytes, parse_duration, parse_duration_range, parse_rate,
};
#[cfg(feature = "deck")]
pub use past::parse_past;
#[cfg(any(feature = "ui", feature = "deck"))]
pub use time_spans::{
    about, clock, countdown, duration_pair, eta, eta_short, milliseconds, whole_secs,
    whole_secs_left, whole_secs_of,
};
#[cfg(feature = "deck")]
pub use typed::{typed_duration, typed_duration_range, typed_rate};
