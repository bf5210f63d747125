//! A link that somebody gave, with what its line says about it alone.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    fetch::{FetchError, IfExists, Proxy, Request},
    options::JobOptions,
};

/// A link to download. One from a `curl` command, or from a line of a list that says more, brings options of its own,
/// which go before those of its call.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// What is to be fetched.
    pub request: Request,
    /// What its line or command says of it alone.
    pub own: Option<Box<OwnOptions>>,
}

/// 64-bit hash of a URL, to find duplicates, whatever headers go with it; a collision marks a link wrongly as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkKey(u64);

impl LinkKey {
    /// The key of what a request fetches.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        let mut hasher = DefaultHasher::new();
        request.url().as_str().hash(&mut hasher);
        Self(hasher.finish())
    }

    /// The key of a link in a list: the same URL under another name, or in another folder, is another file.
    #[must_use]
    pub fn of_file(link: &Link) -> Self {
        let mut hasher = DefaultHasher::new();
        link.request.url().as_str().hash(&mut hasher);
        if let Some(own) = &link.own {
            (&own.file_name, &own.folder).hash(&mut hasher);
        }
        Self(hasher.finish())
    }
}

/// The folder that a line of a list names for its link.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OwnFolder {
    /// This one; a relative path begins at the current folder.
    At(PathBuf),
    /// One below the folder that downloads are saved to.
    Below(PathBuf),
}

impl OwnFolder {
    /// The folder, where downloads are saved to `folder`.
    pub(crate) fn within(&self, folder: Option<&Path>) -> Option<PathBuf> {
        match self {
            Self::At(path) => Some(path.clone()),
            Self::Below(path) => folder.map(|folder| folder.join(path)),
        }
    }
}

/// What a line or command says about its links, and a call says about all: `None` leaves it to the call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnOptions {
    /// What the saved file is called.
    pub file_name: Option<String>,
    /// Where it is saved.
    pub folder: Option<OwnFolder>,
    /// What happens when there is a file of the name already.
    pub if_exists: Option<IfExists>,
    /// The bytes are counted and not kept.
    pub count_only: bool,
    /// How often it is tried again.
    pub retries: Option<u32>,
    /// How long it may take in all.
    pub time_limit: Option<Duration>,
    /// How long a connection may take.
    pub connect_timeout: Option<Duration>,
    /// How many redirects are followed.
    pub max_redirects: Option<u32>,
    /// Its own limit for its bytes a second.
    pub rate_limit_bytes_per_sec: Option<u64>,
    /// The proxy it goes through.
    pub proxy: Option<Proxy>,
}

impl Link {
    /// A link that says nothing besides.
    ///
    /// # Errors
    /// Those of [`Request::get`].
    pub fn get(text: &str) -> Result<Self, FetchError> {
        Ok(Self {
            request: Request::get(text)?,
            own: None,
        })
    }

    /// What the saved file is called, where its line or command says so.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.own.as_ref()?.file_name.as_deref()
    }
}

impl OwnOptions {
    /// The options of the call, where these say nothing.
    pub(crate) fn over(&self, options: &JobOptions) -> JobOptions {
        let mut all = options.clone();
        all.count_only |= self.count_only;
        if self.file_name.is_some() {
            all.file_name.clone_from(&self.file_name);
        }
        all.if_exists = self.if_exists.unwrap_or(all.if_exists);
        if self.proxy.is_some() {
            all.proxy.clone_from(&self.proxy);
        }
        all.retries = self.retries.unwrap_or(all.retries);
        all.time_limit = self.time_limit.or(all.time_limit);
        all.timeouts.connect = self.connect_timeout.unwrap_or(all.timeouts.connect);
        all.max_redirects = self.max_redirects.unwrap_or(all.max_redirects);
        all.job_rate_limit_bytes_per_sec = self
            .rate_limit_bytes_per_sec
            .or(all.job_rate_limit_bytes_per_sec);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_link_says_goes_before_what_its_call_says() {
        let own = OwnOptions {
            file_name: Some("a".to_owned()),
            retries: Some(2),
            ..OwnOptions::default()
        };
        let call = JobOptions {
            file_name: Some("b".to_owned()),
            retries: 9,
            max_redirects: 4,
            ..JobOptions::default()
        };
        let both = own.over(&call);
        assert_eq!(both.file_name.as_deref(), Some("a"));
        assert_eq!((both.retries, both.max_redirects), (2, 4));
        assert_eq!(OwnOptions::default().over(&call), call);
    }

    #[test]
    fn a_link_is_found_again_by_its_url_as_it_is_fetched() {
        let key = |text: &str| LinkKey::of(&Request::get(text).unwrap());
        assert_eq!(key("HTTP://H:80/a#b"), key("http://u:p@h/a"));
        assert_ne!(key("http://h/a"), key("http://h/a?"));
    }
}
