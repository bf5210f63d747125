//! Panics that end a job and nothing else: caught with their message, their location and their
//! backtrace.

use std::any::Any;
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Arc, Once};

/// A panic that was caught: in a job's code, in its drop, in its cleanup, or in a worker thread.
/// Cheap to clone.
#[derive(Clone)]
pub struct PanicReport(Arc<PanicDetails>);

struct PanicDetails {
    message: String,
    place: String,
    location: Option<String>,
    backtrace: Option<Backtrace>,
}

impl PanicReport {
    /// Of an earlier process: without its backtrace.
    #[cfg(feature = "deck")]
    pub(crate) fn restored(message: String, place: String, location: Option<String>) -> Self {
        Self(Arc::new(PanicDetails {
            message,
            place,
            location,
            backtrace: None,
        }))
    }

    /// What the panic said.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What was running, such as "in the job" or "in worker «hash»".
    #[must_use]
    pub fn place(&self) -> &str {
        &self.0.place
    }

    /// The file, line and column of the panic.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        self.0.location.as_deref()
    }

    /// The calls that led there, whether or not `RUST_BACKTRACE` is set.
    #[must_use]
    pub fn backtrace(&self) -> Option<&Backtrace> {
        self.0.backtrace.as_ref()
    }
}

impl fmt::Display for PanicReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked {}: {}", self.0.place, self.0.message)
    }
}

impl fmt::Debug for PanicReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        if let Some(location) = &self.0.location {
            write!(f, "\nat {location}")?;
        }
        if let Some(backtrace) = &self.0.backtrace {
            write!(f, "\n{backtrace}")?;
        }
        Ok(())
    }
}

struct PanicSite {
    depth: usize,
    location: Option<String>,
    backtrace: Backtrace,
}

/// Takes out the panic that was noted at this depth, and drops those that are deeper.
#[cold]
fn take_site(depth: usize) -> Option<PanicSite> {
    SITES
        .try_with(|sites| {
            let mut sites = sites.borrow_mut();
            let place = sites.iter().position(|noted| noted.depth >= depth);
            let mine = place.and_then(|place| sites.drain(place..).next());
            HAS_SITES.set(!sites.is_empty());
            mine.filter(|noted| noted.depth == depth)
        })
        .ok()
        .flatten()
}

thread_local! {
    /// How many calls of [`catch`] this thread is inside of.
    static CATCHING: Cell<usize> = const { Cell::new(0) };
    /// Where the panics happened that are unwinding to them, each with the depth of its catch: a
    /// drop during one unwinding may catch another panic.
    static SITES: RefCell<Vec<PanicSite>> = const { RefCell::new(Vec::new()) };
    /// Whether that list has any entry: a cheap check for every catch.
    static HAS_SITES: Cell<bool> = const { Cell::new(false) };
}

/// Runs what may panic, and returns the panic with its location and backtrace. `place` is what was
/// running.
pub(crate) fn catch<T>(
    place: impl fmt::Display,
    run: impl FnOnce() -> T,
) -> Result<T, PanicReport> {
    let depth = CATCHING.get() + 1;
    CATCHING.set(depth);
    let result = catch_unwind(AssertUnwindSafe(run));
    CATCHING.set(depth - 1);
    let noted = if HAS_SITES.get() {
        take_site(depth)
    } else {
        None
    };
    // A panic that the code caught itself is no part of a later one: it is dropped here where there
    // was none.
    result.map_err(|payload| report(payload, place.to_string(), noted))
}

#[cold]
fn report(payload: Box<dyn Any + Send>, place: String, noted: Option<PanicSite>) -> PanicReport {
    let (location, backtrace) = noted.map_or((None, None), |noted| {
        (noted.location, Some(noted.backtrace))
    });
    let report = PanicReport(Arc::new(PanicDetails {
        message: message(&*payload),
        place,
        location,
        backtrace,
    }));
    // The payload of a panic may panic in its own drop; that must not get further than here.
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
    report
}

fn message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&'static str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

/// Holds a value of the user's; a panic in its drop is caught and logged.
pub(crate) struct CatchDrop<T>(Option<T>);

impl<T> CatchDrop<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Some(value))
    }

    /// The value, unless it was taken out.
    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    /// Takes the value out; none the second time.
    pub(crate) fn take(&mut self) -> Option<T> {
        self.0.take()
    }
}

impl<T> Default for CatchDrop<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Drop for CatchDrop<T> {
    fn drop(&mut self) {
        if let Some(value) = self.take()
            && let Err(report) = catch("in the drop of what a job left", || drop(value))
        {
            log::error!("{report}");
        }
    }
}

/// Installs a panic hook, once per process. It only notes where a panic of a job happens, which the
/// payload that [`catch`] gets does not say, and then calls the hook that was there before.
pub(crate) fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            note(info);
            before(info);
        }));
    });
}

fn note(info: &PanicHookInfo<'_>) {
    if CATCHING.get() == 0 {
        return;
    }
    // A thread that is ending may still drop a runtime, after its thread-locals are gone; a panic
    // here would abort the process.
    let depth = CATCHING.get();
    let noted = PanicSite {
        depth,
        location: info.location().map(ToString::to_string),
        backtrace: Backtrace::force_capture(),
    };
    drop(take_site(depth));
    let _nowhere = SITES.try_with(|sites| {
        sites.borrow_mut().push(noted);
        HAS_SITES.set(true);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_with_its_place_and_its_line() {
        install_hook();
        let line = line!() + 1;
        let report = catch("in a test", || panic!("deliberate {}", 7)).unwrap_err();
        assert_eq!(report.to_string(), "panicked in a test: deliberate 7");
        let location = report.location().unwrap();
        assert!(
            location.contains("panics.rs") && location.contains(&format!(":{line}:")),
            "{location}"
        );
        assert!(format!("{:?}", report.backtrace().unwrap()).contains("panics"));
        assert_eq!(catch("in a test", || 3).unwrap(), 3);
    }

    #[test]
    fn a_payload_that_panics_in_its_drop_gets_no_further() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("in the drop of a payload");
            }
        }
        let report = catch("in a test", || std::panic::panic_any(Bomb)).unwrap_err();
        assert_eq!(report.message(), "a panic without a message");
    }
}
