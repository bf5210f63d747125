//! A link that somebody gave, with what its line says about it alone.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;

use crate::fetch::{FetchError, Request};
use crate::options::Options;

/// A link to download. One from a `curl` command, or from a line of a list that says more, brings
/// options of its own, which go before those of its call.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// What is to be fetched.
    pub request: Request,
    /// What its line or command says of it alone.
    pub own: Option<Box<LinkOverrides>>,
}

/// 64-bit hash of a URL, to find duplicates, whatever headers go with it; a collision marks a link
/// wrongly as one.
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

    /// The key of a link in a list: the same URL under another name, or in another folder, is
    /// another file.
    #[must_use]
    pub fn of_file(link: &Link) -> Self {
        let mut hasher = DefaultHasher::new();
        link.request.url().as_str().hash(&mut hasher);
        if let Some(own) = &link.own {
            let options = &own.options;
            (&options.file_name, &options.folder, &own.folder_below).hash(&mut hasher);
        }
        Self(hasher.finish())
    }
}

/// What a line or command says about its links alone: the layer over all others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkOverrides {
    /// The options it says.
    pub options: Options,
    /// Its folder, below the one that downloads are saved to.
    pub folder_below: Option<PathBuf>,
}

impl From<Options> for LinkOverrides {
    fn from(options: Options) -> Self {
        Self {
            options,
            folder_below: None,
        }
    }
}

impl LinkOverrides {
    /// These, unless they say nothing.
    pub(super) fn unless_empty(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
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
        self.own.as_ref()?.options.file_name.as_ref()?.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_found_again_by_its_url_as_it_is_fetched() {
        let key = |text: &str| LinkKey::of(&Request::get(text).unwrap());
        assert_eq!(key("HTTP://H:80/a#b"), key("http://u:p@h/a"));
        assert_ne!(key("http://h/a"), key("http://h/a?"));
    }
}
