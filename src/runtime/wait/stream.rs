//! Streams of events in a job.

use std::borrow::Cow;
use std::future::Future as _;
use std::pin::pin;

use futures_util::Stream;

use crate::runtime::wait::awaits::Awaited;
use crate::runtime::wait::node::AwaitNode;
use crate::runtime::wait::view::AwaitKind;
use crate::runtime::{JobContext, JobError};

impl JobContext {
    /// Calls `each` with every item of a stream, one after the other, until the stream ends: with
    /// every message of a [`channel`](crate::runtime::channel), or of any other [`Stream`], the
    /// trait of the crates `futures-core`, `futures` and `tokio-stream`. The job's await tree shows
    /// it under this label, with what `each` awaits as its children.
    ///
    /// However many items are ready, other jobs and the frame have their turn. While the job is
    /// paused, the stream is not polled. The item that `each` has in hand is lost when this is
    /// dropped, as by a [`timeout`](JobContext::timeout) around it, and when an error is thrown.
    ///
    /// # Errors
    /// The first error of `each`, which ends it; or what was thrown at the job, or that the job is
    /// [at its end](crate::runtime#words).
    ///
    /// [`Stream`]: https://docs.rs/futures-core/latest/futures_core/stream/trait.Stream.html
    ///
    /// ```
    /// use jobdeck::{runtime::channel, testing::TestRuntime};
    /// use std::time::Duration;
    ///
    /// let test = TestRuntime::new();
    /// let (sender, clicks) = channel(8);
    /// let job = test.spawn("clicks", async |cx| {
    ///     cx.for_each("a click", clicks, async |pause_secs| {
    ///         cx.sleep(Duration::from_secs(pause_secs)).await?;
    ///         cx.progress().add_done(1);
    ///         Ok(())
    ///     })
    ///     .await
    /// });
    /// sender.try_send(1)?;
    /// sender.try_send(2)?;
    /// test.advance(Duration::from_secs(2));
    /// assert_eq!(job.progress().0, 1);
    /// assert_eq!(job.await_tree()[0].children[0].label, "Sleeping");
    /// drop(sender);
    /// test.advance(Duration::from_secs(1));
    /// assert!(job.is_finished());
    /// # Ok::<(), jobdeck::runtime::TrySendError<u64>>(())
    /// ```
    pub async fn for_each<S: Stream>(
        &self,
        label: impl Into<Cow<'static, str>>,
        stream: S,
        mut each: impl AsyncFnMut(S::Item) -> Result<(), JobError>,
    ) -> Result<(), JobError> {
        let what = Awaited::Plain(AwaitKind::Foreign);
        let node = AwaitNode::begin(self.record(), what, label, None);
        let mut stream = pin!(stream);
        loop {
            let next = node.foreign(|cx| stream.as_mut().poll_next(cx)).await?;
            let Some(item) = next else {
                return Ok(());
            };
            let mut handled = pin!(each(item));
            node.interruptible(|cx| handled.as_mut().poll(cx)).await?;
        }
    }
}
