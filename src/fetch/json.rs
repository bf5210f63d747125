//! A body as a value, by serde.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::fetch::client;
use crate::fetch::fetched::FetchedBody;
use crate::fetch::media_type::media_type;
use crate::runtime::{JobContext, JobError};

/// Why a body is not the JSON that [`Fetch::json`](crate::fetch::Fetch::json) was to read.
///
/// Its source is the error of `serde_json`, which names the place and what is wrong there. A job's
/// error has it inside:
///
/// ```
/// use jobdeck::fetch::{FetchExt, FetchScript, JsonError, Request, ScriptedResponse};
/// use jobdeck::testing::TestRuntime;
/// use std::rc::Rc;
///
/// let test = TestRuntime::new();
/// let url = "http://example.com/sizes";
/// let script = FetchScript::new().respond(url, ScriptedResponse::body("[1,\n 2, \"three\"]"));
/// test.set_extension(Rc::new(script));
/// let job = test.spawn("sizes", async move |cx| {
///     let sizes: Vec<u32> = cx.fetch(Request::get(url)?).json(1000).await?;
///     Ok(sizes)
/// });
/// test.run_until_idle();
/// let error = job.into_value().unwrap_err();
/// assert_eq!(error.to_string(), "The JSON has another form than expected");
/// let json = error.downcast_ref::<JsonError>().unwrap();
/// assert_eq!((json.line(), json.column()), (2, 11));
/// assert_eq!(json.hint(), "Compare it with the type that it is read into.");
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message())]
pub struct JsonError {
    source: serde_json::Error,
    /// The media type, if the server says that this is something else than JSON.
    other_type: Option<String>,
}

impl JsonError {
    /// The line where parsing failed, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.source.line()
    }

    /// The column where parsing failed, in bytes from 1; 0 where a line has just begun.
    #[must_use]
    pub fn column(&self) -> usize {
        self.source.column()
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match (self.source.classify(), &self.other_type) {
            (Category::Data, _) => "Compare it with the type that it is read into.",
            (_, Some(_)) => "Check the URL, and whether it needs a login.",
            (Category::Eof, None) => "Try again.",
            (Category::Syntax | Category::Io, None) => {
                "This is the server's fault; check the URL, and try again later."
            }
        }
    }

    fn message(&self) -> String {
        match (self.source.classify(), &self.other_type) {
            (Category::Data, _) => "The JSON has another form than expected".to_owned(),
            (_, Some(other)) => format!("The server sent {other} in place of JSON"),
            (Category::Eof, None) => "The JSON ends too early".to_owned(),
            (Category::Syntax | Category::Io, None) => "The JSON is not valid".to_owned(),
        }
    }
}

/// The value of a body.
///
/// # Errors
/// [`JsonError`], and the job's own errors while it waits for the thread that parses.
pub(super) async fn parsed<T: DeserializeOwned + Send + 'static>(
    cx: &JobContext,
    with_body: FetchedBody,
) -> Result<T, JobError> {
    let bytes = with_body.body.len();
    client::compute(cx, "parsing", bytes, move || Ok(parse(&with_body)?)).await
}

fn parse<T: DeserializeOwned>(with_body: &FetchedBody) -> Result<T, JsonError> {
    serde_json::from_slice(&with_body.body).map_err(|source| JsonError {
        source,
        other_type: other_type(with_body.fetched.content_type.as_deref()),
    })
}

/// The media type, unless it is one of JSON.
fn other_type(content_type: Option<&str>) -> Option<String> {
    content_type
        .map(media_type)
        .filter(|media| !media.is_empty() && !media.ends_with("json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::Fetched;

    fn error(content_type: &str, body: &str) -> (String, &'static str) {
        let fetched = Fetched {
            content_type: Some(content_type.to_owned()),
            ..Fetched::default()
        };
        let body = body.as_bytes().to_vec();
        let error = parse::<Vec<u32>>(&FetchedBody { fetched, body }).unwrap_err();
        (error.to_string(), error.hint())
    }

    #[test]
    fn the_message_and_the_hint_follow_from_what_is_wrong() {
        let json = "application/json; charset=utf-8";
        let page = "text/HTML; charset=utf-8";
        let of = |content_type, body| error(content_type, body);
        assert_eq!(of(json, "[1, 2").0, "The JSON ends too early");
        assert_eq!(of(json, "").1, "Try again.");
        assert_eq!(of(json, "[1, 2] 3").0, "The JSON is not valid");
        assert_eq!(
            of("application/problem+json", "{").0,
            "The JSON has another form than expected"
        );
        assert_eq!(
            of(json, "[-1]").0,
            "The JSON has another form than expected"
        );
        assert_eq!(
            of(page, "<!doctype html>"),
            (
                "The server sent text/html in place of JSON".to_owned(),
                "Check the URL, and whether it needs a login."
            )
        );
        assert_eq!(of(page, "").0, "The server sent text/html in place of JSON");
        // A server that names the wrong type sends JSON all the same.
        assert_eq!(
            of("text/plain", "[-1]").0,
            "The JSON has another form than expected"
        );
    }
}
