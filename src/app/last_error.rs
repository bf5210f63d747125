//! Why eframe gave up: it writes the reason only to the log.

use std::sync::{Mutex, PoisonError};

use log::{Level, LevelFilter, Log, Metadata, Record};

/// What eframe writes before the reason.
const PREFIX: &str = "Exiting because of error: ";

static LAST_ERROR: LastError = LastError(Mutex::new(None));

/// A logger that keeps eframe's last error.
#[derive(Debug)]
struct LastError(Mutex<Option<String>>);

impl Log for LastError {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() == Level::Error && metadata.target().starts_with("eframe")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let text = record.args().to_string();
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
        }
    }

    fn flush(&self) {}
}

/// Starts to keep errors, unless the program has a logger already.
pub(super) fn keep() {
    if log::set_logger(&LAST_ERROR).is_ok() {
        log::set_max_level(LevelFilter::Error);
    }
}

/// The last reason that eframe gave, if it was kept.
pub(super) fn reason() -> Option<String> {
    let text = LAST_ERROR
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()?;
    Some(text.strip_prefix(PREFIX).unwrap_or(&text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_errors_of_eframe_are_kept() {
        let logger = LastError(Mutex::default());
        for (level, target, text, kept) in [
            (Level::Error, "jobdeck::deck", "other", None),
            (Level::Warn, "eframe::native", "warning", None),
            (Level::Error, "eframe::native", "error", Some("error")),
        ] {
            let mut record = Record::builder();
            record.level(level).target(target);
            logger.log(&record.args(format_args!("{text}")).build());
            assert_eq!(logger.0.lock().unwrap().as_deref(), kept);
        }
    }
}
