//! One HTTP GET as a task of a job: `cx.fetch(request).save(folder, rule).await?`.
//!
//! A fetch starts when its purpose is named ([`Fetch::count`], [`Fetch::text`], [`Fetch::bytes`],
//! [`Fetch::json`], [`Fetch::save`], [`Fetch::write_to`]) and may be awaited later. It pauses and
//! is cancelled with its job, and dropping its task cancels it. While it runs, the job's progress
//! counts the bytes of the body.
//!
//! It is never wrong about a byte: a body that is shorter than announced, or whose connection was
//! lost, is an error, and a file under its final name is complete. Received bytes are kept as
//! `name.part`, with a manifest `name.part.json`. The next attempt reads them again, and compares
//! their hash with that in the manifest. Then it requests the rest of the file, with the last bytes
//! before it, and resumes if these are the same and the entity tag or the date proves that the file
//! is (RFC 9110, section 15.3.7.3). If neither says anything, samples of the earlier bytes are
//! compared too, and the result has a [`Note`]; else the download starts over.
//!
//! Only the user who began a part resumes it: its manifest has a mark, made with a key in the
//! user's folder for data ([`ClientPool::with_data_folder`]). A part without a valid mark is used
//! only when [`Save::continuing`] names it. A file that belongs to another user, is a link or has a
//! second name is never used: it is left alone, and the next free name is taken.
//!
//! ```
//! # // A server that knows one page.
//! # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let url = format!("http://{}/", listener.local_addr()?);
//! # let server = std::thread::spawn(move || {
//! #     use std::io::{Read, Write};
//! #     let (mut stream, _) = listener.accept().unwrap();
//! #     let _ = stream.read(&mut [0; 1024]).unwrap();
//! #     stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\none two three").unwrap();
//! # });
//! use jobdeck::fetch::{FetchExt, Request};
//! use jobdeck::runtime::{ParkHost, Runtime};
//!
//! let host = ParkHost::new();
//! let runtime = Runtime::new(host.clone());
//! let job = runtime.spawn("count words", async move |cx| {
//!     let page = cx.fetch(Request::get(&url)?).text(1 << 20).await?;
//!     Ok(page.text.unwrap_or_default().split_whitespace().count())
//! });
//! assert_eq!(host.block_on(&runtime, job)?, 3);
//! # server.join().unwrap();
//! # Ok::<(), jobdeck::runtime::JobError>(())
//! ```
//!
//! A fetch is one attempt. [`JobContext::retry`](crate::runtime::JobContext::retry) with a
//! [`RetryPolicy`] repeats it.
//!
//! # Limits
//! GET only. Proxies of the environment are used only if a request has [`ProxyRules`]; SOCKS is
//! supported in version 5. A body that comes compressed although that was not requested is decoded
//! while it is saved, if it is gzip or deflate, and cannot be resumed; nor can what is only counted
//! or shown, or anything in a browser.
//!
//! No error, `Debug` text or log line contains a user name, a password or the value of a header.
//! Only at the log level `trace` does the client's own crate (`ureq_proto`) log raw requests.

mod certificates;
mod checksum;
#[cfg(not(target_arch = "wasm32"))]
#[path = "native/mod.rs"]
mod client;
#[cfg(target_arch = "wasm32")]
#[path = "web/mod.rs"]
mod client;
mod coding;
mod cookie_file;
mod credentials;
mod doubt;
mod encoded_words;
mod error;
mod error_class;
mod exact_name;
mod fetched;
mod json;
pub mod limits;
mod media_type;
mod names;
mod netrc;
mod note;
mod part_names;
mod platform;
mod proxy;
mod proxy_rules;
mod rate_limit;
mod regular_file;
mod rename_notice;
mod request;
mod request_headers;
mod request_secrets;
mod retry;
mod save;
mod script;
mod secrets;
mod stored;
mod task;
mod timeouts;
mod trace;
mod url_text;

pub use certificates::ExtraCertificates;
pub use checksum::{BadChecksum, Checksum};
pub use client::Stream;
#[cfg(not(target_arch = "wasm32"))]
pub use client::{ClientPool, Resolve, UnfinishedPart};
pub use cookie_file::CookieFile;
pub use error::FetchError;
#[cfg(all(test, feature = "deck"))]
pub(crate) use error_class::NetworkFault;
pub use error_class::{ErrorClass, Phase};
pub use exact_name::BadFileName;
pub use fetched::Fetched;
pub use json::JsonError;
pub use names::NameRule;
#[cfg(feature = "deck")]
pub(crate) use names::readable;
pub use netrc::Netrc;
pub use note::{Note, NoteCode, NoteKind};
pub use proxy::Proxy;
pub use proxy_rules::{DirectHosts, ProxyRules};
pub use rate_limit::RateLimit;
pub use request::Request;
pub use request_secrets::RequestSecrets;
pub use retry::{RetryDelay, RetryPolicy};
pub use save::{IfExists, Save};
pub use script::{FetchScript, ScriptedResponse};
#[cfg(feature = "deck")]
pub(crate) use stored::{is_default, nanos};
pub use task::{Fetch, FetchExt, FetchTask};
pub use timeouts::Timeouts;
pub use trace::{AttemptStage, ServerWait, Trace, TracedResponse};

/// The URL that [`Request::from_url`] takes and [`Request::url`] gives.
#[doc(no_inline)]
pub use url::Url;

// The rest is for the program and its tests only, and hidden from the documentation.

#[doc(hidden)]
pub use rename_notice::{CompletePart, RenameNotice};
#[doc(hidden)]
pub use secrets::text_for_files;
