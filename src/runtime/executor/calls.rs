//! Plain closures, called soon or later on the runtime's thread.

use std::time::Duration;

use crate::runtime::{JobContext, JobHandle, Runtime};

/// What [`Runtime::call_soon`] and [`Runtime::call_later`] call: every `FnOnce()`, a plain closure
/// without arguments and without a result. There is nothing to implement; the trait is there for
/// the compiler's words when something else is given, such as a future.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no plain closure: `call_soon` and `call_later` call one, and wait for nothing",
    label = "expected a closure such as `|| do_it()`",
    note = "to run a future, start it as a job: `runtime.spawn(\"name\", async |cx| {{ … }})`",
    note = "a closure that returns something needs a `;` at its end"
)]
pub trait Callback {
    /// Calls it.
    fn call(self);
}

#[diagnostic::do_not_recommend]
impl<F: FnOnce()> Callback for F {
    fn call(self) {
        self();
    }
}

impl Runtime {
    /// Calls a closure at the next tick, as a small job: it can be cancelled until it has begun,
    /// and a panic in it ends nothing else.
    ///
    /// ```
    /// use jobdeck::runtime::{ParkHost, Runtime};
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::new(host.clone());
    /// let job = runtime.call_soon(|| assert_eq!(1 + 1, 2));
    /// host.block_on(&runtime, job)?;
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    ///
    /// A future is not a closure, and the compiler says so:
    ///
    /// ```compile_fail,E0277
    /// use jobdeck::runtime::{ParkHost, Runtime};
    ///
    /// let runtime = Runtime::new(ParkHost::new());
    /// runtime.call_soon(async { println!("never") });
    /// ```
    ///
    /// ```compile_fail,E0277
    /// use jobdeck::runtime::{ParkHost, Runtime};
    ///
    /// let runtime = Runtime::new(ParkHost::new());
    /// runtime.call_soon(|| async { println!("never") });
    /// ```
    pub fn call_soon(&self, callback: impl Callback + 'static) -> JobHandle<()> {
        self.call_later(Duration::ZERO, callback)
    }

    /// Calls a closure after `delay` on the runtime's clock. Cancelling the job before then
    /// prevents the call: the first cancel returns true, every later one false.
    ///
    /// ```
    /// use jobdeck::runtime::{Clock, ParkHost, Runtime};
    /// use std::time::Duration;
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    /// let job = runtime.call_later(Duration::from_secs(60), || unreachable!());
    /// assert!(job.cancel());
    /// assert!(!job.cancel());
    /// host.run_until_idle(&runtime);
    /// ```
    pub fn call_later(&self, delay: Duration, callback: impl Callback + 'static) -> JobHandle<()> {
        self.spawn("call", async move |cx: JobContext| {
            if !delay.is_zero() {
                cx.sleep(delay).await?;
            }
            callback.call();
            Ok(())
        })
    }
}
