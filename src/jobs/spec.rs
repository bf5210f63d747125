//! What a job does, as plain data.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fetch::{NameRule, RateLimit, RenameNotice, RequestSecrets};
use crate::runtime::{JobHandle, Runtime};

use super::facts::SharedFacts;
use super::fetch_spec::{Destination, FetchSpec};
use super::timed_spec::TimedSpec;
use super::{run_fetch, run_timed};

/// What a row's job does. Closed: a list that is restored has no other kinds.
///
/// Its serde form says kind and version of what follows, as `{"kind": "fetch_1", "spec": {…}}`: a
/// field that is added has `#[serde(default)]`, and a form that older versions would misread is
/// another variant. It holds all that the spec does, logins and headers included, so that a job can
/// be resumed: a file of it must be private. [`Spec::check_storable`] finds the specs that have
/// none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "spec")]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every spec is a fetch: a box would only cost"
)]
pub enum Spec {
    /// Sleeps, then fetches a URL, again after a failure that may pass.
    #[serde(rename = "fetch_1")]
    Fetch(FetchSpec),
    /// Sleeps, then takes its time, without a network: the demo where there is no server.
    #[serde(rename = "timed_1")]
    Timed(TimedSpec),
}

/// Why a spec cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotStorable {
    /// Its bytes are given on as they arrive, to a reader that ends with the process.
    #[error("a download that is written to a stream cannot be stored")]
    Stream,
    /// It means nothing in another process.
    #[error("a download of this process alone cannot be stored")]
    Process,
    /// A path in it is not Unicode.
    #[error("a download whose path is not Unicode cannot be stored")]
    Path,
}

impl Spec {
    /// Succeeds if this spec has a serde form.
    ///
    /// # Errors
    /// [`NotStorable`] says why it has none.
    pub fn check_storable(&self) -> Result<(), NotStorable> {
        let Self::Fetch(FetchSpec {
            destination,
            is_of_process,
            ..
        }) = self
        else {
            return Ok(());
        };
        if *is_of_process {
            return Err(NotStorable::Process);
        }
        match destination {
            Destination::Count => Ok(()),
            Destination::Stream(_) => Err(NotStorable::Stream),
            Destination::Save(save) => {
                let is_unicode = |path: &Path| path.to_str().is_some();
                let mut paths = save.paths();
                paths.all(is_unicode).then_some(()).ok_or(NotStorable::Path)
            }
        }
    }

    /// Takes out what files must not show; none if there is nothing.
    pub fn take_secrets(&mut self) -> Option<RequestSecrets> {
        match self {
            Self::Fetch(spec) => RequestSecrets::take_out_of(&mut spec.request),
            Self::Timed(_) => None,
        }
    }

    /// Takes back what was [taken out](Self::take_secrets).
    pub fn put_secrets(&mut self, secrets: RequestSecrets) {
        if let Self::Fetch(spec) = self {
            secrets.put_into(&mut spec.request);
        }
    }

    /// What was [taken out](Self::take_secrets) is lost: it needs its link.
    pub fn lose_secrets(&mut self) {
        if let Self::Fetch(spec) = self {
            spec.needs_link = true;
        }
    }

    /// Starts a job that does what this spec says and writes what it finds out into `facts`. A
    /// fetch keeps to all of `rate_limits`, which may change while it runs, and calls
    /// `rename_notice` before its file gets its name.
    pub fn start(
        &self,
        runtime: &Runtime,
        facts: SharedFacts,
        rate_limits: &[RateLimit],
        rename_notice: Option<RenameNotice>,
    ) -> JobHandle<()> {
        let mut builder = runtime.builder(self.name().to_owned());
        match self {
            Self::Fetch(spec) => {
                let mut spec = spec.clone();
                for limit in rate_limits {
                    spec.request = spec.request.with_rate_limit(limit.clone());
                }
                if let Some(notice) = rename_notice {
                    spec.request = spec.request.with_rename_notice(notice);
                }
                if let Some(limit) = spec.time_limit {
                    builder = builder.time_limit(limit);
                }
                builder.spawn(async move |cx| run_fetch::run(&cx, &spec, &facts).await)
            }
            Self::Timed(spec) => {
                let spec = spec.clone();
                builder.spawn(async move |cx| run_timed::run(&cx, &spec, &facts).await)
            }
        }
    }

    /// The same without going on with the bytes of another.
    #[must_use]
    pub fn starting_over(mut self) -> Self {
        if let Self::Fetch(spec) = &mut self
            && let Destination::Save(save) = &mut spec.destination
        {
            *save = save.clone().starting_over();
        }
        self
    }

    /// Whether its file has a name that its user gave.
    #[must_use]
    pub fn has_given_name(&self) -> bool {
        match self {
            Self::Fetch(spec) => {
                matches!(&spec.destination, Destination::Save(save) if matches!(save.name, NameRule::Named(_)))
            }
            Self::Timed(_) => false,
        }
    }

    /// Whether its link is not whole, so that it cannot begin.
    #[must_use]
    pub fn needs_link(&self) -> bool {
        matches!(self, Self::Fetch(spec) if spec.needs_link)
    }

    /// What it is called in the list.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Fetch(spec) => &spec.name,
            Self::Timed(spec) => &spec.name,
        }
    }

    /// How long it sleeps before it needs a slot.
    #[must_use]
    pub fn sleep(&self) -> Duration {
        match self {
            Self::Fetch(spec) => spec.sleep,
            Self::Timed(spec) => spec.sleep,
        }
    }

    /// The host it talks to; empty if it talks to none.
    #[must_use]
    pub fn host(&self) -> String {
        match self {
            Self::Fetch(spec) => {
                let url = spec.request.url();
                match (url.host_str(), url.port()) {
                    (Some(host), Some(port)) => format!("{host}:{port}"),
                    (host, _) => host.unwrap_or_default().to_owned(),
                }
            }
            Self::Timed(_) => String::new(),
        }
    }

    /// The URL it fetches, as it may be shown, without secrets; empty if there is none.
    #[must_use]
    pub fn url(&self) -> String {
        match self {
            Self::Fetch(spec) => with_masks(spec, spec.request.shown_url()),
            Self::Timed(_) => String::new(),
        }
    }

    /// The URL it fetches, as it may be written into files, without what looks like a secret; empty
    /// if there is none.
    #[must_use]
    pub fn url_for_files(&self) -> String {
        match self {
            Self::Fetch(spec) => with_masks(spec, spec.request.url_for_files()),
            Self::Timed(_) => String::new(),
        }
    }
}

/// A URL that lost its secrets, with the masks that stand for them as they were written.
fn with_masks(spec: &FetchSpec, url: String) -> String {
    if spec.needs_link {
        url.replace("%E2%80%A6", "…")
    } else {
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::Request;

    #[test]
    fn the_host_shows_a_port_that_is_not_the_usual_one() {
        let spec = |url| {
            Spec::Fetch(FetchSpec::new(
                Request::get(url).unwrap(),
                Destination::Count,
            ))
        };
        assert_eq!(spec("http://localhost:8080/x").host(), "localhost:8080");
        assert_eq!(spec("https://example.com:443/x").host(), "example.com");
    }
}
