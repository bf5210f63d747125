//! Fetching with threads: one worker thread per fetch runs the client, over interruptible
//! connections.
//!
//! Imports run one way: `save` → `resume` → `exchange` → `connect`.

mod client_pool;
mod connect;
mod exchange;
mod resume;
mod save;

use std::io;

pub use self::client_pool::ClientPool;
use self::connect::FetchContext;
pub use self::connect::Resolve;
use self::exchange::{Purpose, Session, fetch_in_memory, naming_proxy};
pub use self::resume::UnfinishedPart;
pub use self::save::Stream;
use self::save::{Download, SystemDisk, fetch_into_stream};
use crate::fetch::fetched::{FetchedBody, Sink};
use crate::fetch::limits::FETCH_STACK_BYTES;
use crate::fetch::{ErrorClass, FetchError, Request};
use crate::runtime::{JobContext, JobError, Token};

/// From this size on, bytes are read in a worker thread: for fewer it takes well under a
/// millisecond, and a frame has more.
const IN_THREAD_FROM_BYTES: usize = 64 * 1024;

/// Calls what reads this many bytes, without making a frame wait.
///
/// # Errors
/// Those of `call`, and the job's own while it waits for the thread.
pub(super) async fn compute<T: Send + 'static>(
    cx: &JobContext,
    label: &'static str,
    bytes: usize,
    call: impl FnOnce() -> Result<T, JobError> + Send + 'static,
) -> Result<T, JobError> {
    if bytes < IN_THREAD_FROM_BYTES {
        return call();
    }
    cx.blocking(label, |_token| call()).await
}

/// Starts a fetch; the future resolves when it has ended, and cancels it when dropped.
pub(super) fn start(
    cx: &JobContext,
    request: Request,
    sink: Sink,
) -> impl Future<Output = Result<FetchedBody, JobError>> + 'static {
    let pool = match cx.extension::<ClientPool>() {
        Some(pool) => (*pool).clone(),
        None => ClientPool::of_the_process(),
    };
    let worker = cx.worker_with_stack("fetch", FETCH_STACK_BYTES, move |token| {
        Ok(run(token, &pool, &request, sink))
    });
    async move { Ok(worker.await??) }
}

/// A whole fetch, in its worker thread.
fn run(
    token: &Token,
    pool: &ClientPool,
    request: &Request,
    sink: Sink,
) -> Result<FetchedBody, FetchError> {
    token.progress().set_done(0);
    token.progress().set_total(None);
    let context = FetchContext::enter(token, request).map_err(|error| out_of_files(&error))?;
    let session = Session {
        context: &context,
        agents: pool.agents(),
        request,
    };
    let result = match sink {
        Sink::Count => fetch_in_memory(session, Purpose::Count),
        Sink::Memory { limit_bytes } => fetch_in_memory(session, Purpose::Memory { limit_bytes }),
        Sink::Stream(stream) => fetch_into_stream(session, &stream).map(FetchedBody::from),
        Sink::Save(save) => {
            let download = Download::new(session, pool.key(), &save, &SystemDisk);
            download.run().map(FetchedBody::from)
        }
    };
    result.map_err(|error| naming_proxy(&context, error))
}

fn out_of_files(error: &io::Error) -> FetchError {
    FetchError::new(ErrorClass::Internal, "The system refuses another download")
        .with_hint("Close what has many files open, or let fewer jobs run at once.")
        .with_detail(error.to_string())
}
