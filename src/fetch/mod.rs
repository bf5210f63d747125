//! One HTTP GET as a task of a job: the request, its errors, and what it yields.

mod error;
#[expect(dead_code, reason = "used by the clients, which come next")]
mod fetched;
#[expect(dead_code, reason = "used by the clients, which come next")]
mod names;
#[expect(dead_code, reason = "used by the clients, which come next")]
mod request;
#[expect(dead_code, reason = "used by the clients, which come next")]
mod retry;

pub use error::{ErrorClass, FetchError, Phase};
pub use fetched::Fetched;
pub use names::NameRule;
pub use request::{Request, Timeouts};
pub use retry::{Retry, RetryPolicy};
