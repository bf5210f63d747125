//! Reading a body to its end, into where it belongs.

use std::io::Read;
use std::path::PathBuf;

use super::current;
use super::failure::from_read;
use super::save::PartFile;
use crate::fetch::fetched::Sink;
use crate::fetch::{ErrorClass, FetchError, Phase, Request};
use crate::runtime::Token;
use crate::settings::WRITE_BLOCK_BYTES;

/// Where the bytes go while they come.
enum Target {
    Nowhere,
    Text { bytes: Vec<u8>, limit_bytes: u64 },
    File(PartFile),
}

/// What became of the bytes.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) text: Option<String>,
    pub(super) path: Option<PathBuf>,
}

impl Target {
    fn open(
        sink: Sink,
        request: &Request,
        content_disposition: Option<&str>,
        total: Option<u64>,
    ) -> Result<Self, FetchError> {
        match sink {
            Sink::Count => Ok(Self::Nowhere),
            Sink::Text { limit_bytes } => {
                if total.is_some_and(|total| total > limit_bytes) {
                    return Err(too_large(limit_bytes));
                }
                let bytes = Vec::new();
                Ok(Self::Text { bytes, limit_bytes })
            }
            Sink::Save(save) => {
                let name = save.name.file_name(content_disposition, request.url());
                Ok(Self::File(PartFile::create(&save.folder, &name)?))
            }
        }
    }

    fn take(&mut self, block: &[u8]) -> Result<(), FetchError> {
        match self {
            Self::Nowhere => Ok(()),
            Self::Text { bytes, limit_bytes } => {
                if (bytes.len() + block.len()) as u64 > *limit_bytes {
                    return Err(too_large(*limit_bytes));
                }
                bytes.extend_from_slice(block);
                Ok(())
            }
            Self::File(part) => part.write(block),
        }
    }

    fn close(self, token: &Token, length: u64) -> Result<Kept, FetchError> {
        match self {
            Self::Nowhere => Ok(Kept::default()),
            Self::Text { bytes, .. } => Ok(Kept {
                text: Some(String::from_utf8_lossy(&bytes).into_owned()),
                ..Kept::default()
            }),
            Self::File(part) => {
                current::begin(Phase::Save);
                Ok(Kept {
                    path: Some(part.finish(length, || go_on(token))?),
                    ..Kept::default()
                })
            }
        }
    }
}

/// Reads the body of a successful answer; gives its length, and what became of it.
///
/// # Errors
/// Whatever makes it other than what was announced, and whatever the sink cannot take. The error
/// says how many bytes came.
pub(super) fn read(
    token: &Token,
    request: &Request,
    response: ureq::http::Response<ureq::Body>,
    total: Option<u64>,
    sink: Sink,
) -> Result<(u64, Kept), FetchError> {
    let mut received = 0;
    read_counting(token, request, response, total, sink, &mut received)
        .map(|kept| (received, kept))
        .map_err(|error| FetchError { received, ..error })
}

fn read_counting(
    token: &Token,
    request: &Request,
    response: ureq::http::Response<ureq::Body>,
    total: Option<u64>,
    sink: Sink,
    received: &mut u64,
) -> Result<Kept, FetchError> {
    let content_disposition = response
        .headers()
        .get("content-disposition")
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    token.progress().set_total(total);
    let mut target = Target::open(sink, request, content_disposition.as_deref(), total)?;
    current::begin(Phase::Body);
    let mut body = response.into_body().into_reader();
    // Without a file there is nothing to gain from large blocks.
    let block_bytes = match target {
        Target::File(_) => WRITE_BLOCK_BYTES,
        Target::Nowhere | Target::Text { .. } => WRITE_BLOCK_BYTES / 4,
    };
    let mut block = vec![0; block_bytes];
    let mut filled = 0;
    loop {
        // The transport waits here too, but it is not asked while its buffer still has bytes.
        go_on(token)?;
        let count = body.read(&mut block[filled..]).map_err(from_read)?;
        if count == 0 {
            break;
        }
        filled += count;
        *received += count as u64;
        token.progress().set_done(*received);
        if filled == block.len() {
            target.take(&block)?;
            filled = 0;
        }
    }
    // With the reader goes the connection, unless it can be used again: what it still held is
    // known only then.
    drop(body);
    if current::attempt().surplus {
        return Err(FetchError::new(
            ErrorClass::Protocol,
            "The server sent more than it announced",
        )
        .with_hint("One of the two is wrong, and nobody can say which. Try again.")
        .with_detail(format!("{received} bytes were announced"))
        .in_phase(Phase::Body));
    }
    if total.is_some_and(|total| total != *received) {
        return Err(FetchError::new(
            ErrorClass::Truncated,
            "The file is not as long as the server announced",
        )
        .with_hint("Try again.")
        .in_phase(Phase::Body));
    }
    target.take(&block[..filled])?;
    target.close(token, *received)
}

/// Goes on unless the job was cancelled; stops here while it is paused.
fn go_on(token: &Token) -> Result<(), FetchError> {
    token.checkpoint().map_err(|_| FetchError::cancelled())
}

fn too_large(limit_bytes: u64) -> FetchError {
    FetchError::new(
        ErrorClass::TooLarge,
        format!(
            "The file is larger than {}",
            crate::format::bytes(limit_bytes)
        ),
    )
    .with_hint("Save it instead of showing it.")
    .in_phase(Phase::Body)
}
