//! Headers that somebody wrote, for every request of a call.

use std::fmt;

use crate::fetch::{ErrorClass, FetchError, Request};

/// Headers in the order they were given, each known to be one that can be sent. Their values may be
/// secrets: the `Debug` form shows the names only.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Adds a header written as `Name: value`.
    ///
    /// # Errors
    /// Class `bad_url`, without the value: there is no colon, no value, it cannot be sent, or the
    /// download sets it itself.
    ///
    /// ```
    /// let mut headers = jobdeck::options::Headers::default();
    /// headers.add("Authorization: Bearer abc")?;
    /// let error = headers.add("Range: bytes=1-").unwrap_err();
    /// assert_eq!(error.message, "The header Range is set by the download itself");
    /// # Ok::<(), jobdeck::fetch::FetchError>(())
    /// ```
    pub fn add(&mut self, text: &str) -> Result<(), FetchError> {
        let Some((name, value)) = text.split_once(':') else {
            return Err(bad_header("A header has a colon after its name"));
        };
        let (name, value) = (name.trim(), value.trim());
        if value.is_empty() {
            return Err(bad_header(format!("The header {name} has no value")));
        }
        Request::check_header(name, value)?;
        self.0.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Sets these headers of a request, in place of those of the same name.
    pub(crate) fn replace_in(&self, request: &mut Request) {
        let is_ours = |name: &str| self.0.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        request.headers.retain(|(name, _)| !is_ours(name));
        request.headers.extend(self.0.iter().cloned());
    }

    /// Adds these headers to a request, except for those that it has of its own.
    pub(crate) fn add_to(&self, request: &mut Request) {
        let own: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, _)| name.to_ascii_lowercase())
            .collect();
        for (name, value) in &self.0 {
            if !own.contains(&name.to_ascii_lowercase()) {
                // Checked when it was added here.
                request.headers.push((name.clone(), value.clone()));
            }
        }
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

fn bad_header(message: impl Into<String>) -> FetchError {
    FetchError::new(ErrorClass::BadUrl, message)
        .with_hint("Write it as 'Name: value', in quotes for the shell.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_sent_in_their_order_and_their_values_are_shown_nowhere() {
        let mut headers = Headers::default();
        headers.add("X-One:1").unwrap();
        headers.add(" Authorization :  Bearer a:b  ").unwrap();
        let mut request = Request::get("http://h/").unwrap();
        headers.add_to(&mut request);
        let expected = [("X-One", "1"), ("Authorization", "Bearer a:b")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(request.headers(), expected);
        assert_eq!(format!("{headers:?}"), r#"["X-One", "Authorization"]"#);

        let own = Request::get("http://h/").unwrap();
        let own = own.with_header("authorization", "mine").unwrap();
        let mut both = own;
        headers.add_to(&mut both);
        let values = both.headers().iter().map(|(_, value)| value.as_str());
        assert_eq!(values.collect::<Vec<_>>(), ["mine", "1"]);
    }

    #[test]
    fn what_cannot_be_sent_is_refused_without_its_value() {
        let mut headers = Headers::default();
        for (text, says) in [
            ("secret", "colon"),
            ("Name:", "no value"),
            (": secret", "name cannot be sent"),
            ("A B: secret", "name cannot be sent"),
            ("Name: sec\r\nret", "Name cannot be sent"),
            ("host: secret", "set by the download"),
        ] {
            let error = headers.add(text).unwrap_err();
            assert!(error.message.contains(says), "{text}: {error}");
            let all = format!("{error:?}");
            assert!(!all.contains("secret") && !all.contains("ret\""), "{all}");
        }
        assert!(headers.is_empty());
    }
}
