//! What a run says beside its output.

use std::io::{self, Write as _};

/// Says something on standard error. Where that cannot be written, the run matters more.
pub fn say(text: &str) {
    let _written = writeln!(io::stderr(), "jobdeck: {text}");
}
