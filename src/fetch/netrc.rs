//! The user names and passwords of a `.netrc` file.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use url::Url;

use crate::fetch::regular_file::read_regular_file;
use crate::fetch::{ErrorClass, FetchError};

/// Logins by host, as other programs keep them too. Each goes to its host alone; an entry
/// `default`, which would be for every host a redirect may name, is left out. Cheap to clone; the
/// `Debug` form shows none.
///
/// ```
/// use jobdeck::fetch::{Netrc, Request};
///
/// let netrc = Netrc::parse("machine h.example login ada password hunter2")?;
/// let request = Request::get("https://h.example/file")?.with_netrc(netrc);
/// assert!(!format!("{request:?}").contains("hunter2"));
/// # Ok::<(), jobdeck::fetch::FetchError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Netrc(Arc<[Login]>);

#[derive(Default, PartialEq, Eq)]
struct Login {
    /// In small letters; empty for `default`.
    host: String,
    user: String,
    password: String,
}

impl Netrc {
    /// Reads the text of such a file.
    ///
    /// # Errors
    /// Class `bad_url`, without a word of it: a word stands where none is expected, or a quote is
    /// never closed.
    pub fn parse(text: &str) -> Result<Self, FetchError> {
        let mut logins: Vec<Login> = Vec::new();
        let mut words = Words(text);
        while let Some(word) = words.next()? {
            match word.as_str() {
                "machine" => logins.push(Login {
                    host: words.value()?.to_ascii_lowercase(),
                    ..Login::default()
                }),
                "default" => logins.push(Login::default()),
                "macdef" => words.skip_macro(),
                field @ ("login" | "password" | "account") => {
                    let value = words.value()?;
                    let login = logins.last_mut();
                    let login =
                        login.ok_or_else(|| unusable("It does not begin with a machine"))?;
                    match field {
                        "login" => login.user = value,
                        "password" => login.password = value,
                        _ => {}
                    }
                }
                _ => return Err(unusable("A word stands where none is expected")),
            }
        }
        logins.retain(|login| !login.host.is_empty());
        Ok(Self(logins.into()))
    }

    /// Reads a file, at once.
    ///
    /// # Errors
    /// Class `bad_url` when the file cannot be read, is no regular file or has more than 16 MiB,
    /// and as in [`Self::parse`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self, FetchError> {
        let path = path.as_ref();
        let in_file = |error: FetchError| FetchError {
            message: format!("{}: {}", path.display(), error.message),
            ..error
        };
        match read_regular_file(path) {
            Ok(Some(text)) => Self::parse(&String::from_utf8_lossy(&text)).map_err(in_file),
            Ok(None) => Err(in_file(unusable("It is no regular file of at most 16 MiB"))),
            Err(error) => {
                let unread = unusable("It cannot be read").with_detail(error.to_string());
                Err(in_file(unread))
            }
        }
    }

    /// Reads the file of the user: `.netrc` in the home folder.
    ///
    /// # Errors
    /// As [`Self::read`], and when there is no home folder.
    pub fn of_user() -> Result<Self, FetchError> {
        let home = std::env::home_dir().ok_or_else(|| unusable("There is no home folder"))?;
        Self::read(home.join(".netrc"))
    }

    /// The user name and password for the host of a URL: the first there is, or that of `user`.
    pub(super) fn login(&self, url: &Url, user: Option<&str>) -> Option<(&str, &str)> {
        let host = url.host_str()?.trim_end_matches('.');
        // An IPv6 address stands in brackets in a URL alone.
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let mut logins = self.0.iter();
        let login = logins.find(|login| {
            (login.host == host || login.host == bare) && user.is_none_or(|user| login.user == user)
        })?;
        Some((&login.user, &login.password))
    }
}

/// What is not read yet.
struct Words<'a>(&'a str);

impl Words<'_> {
    /// The next word: up to a blank, or in quotes with `\` before a quote in it. A `#` begins a
    /// comment.
    fn next(&mut self) -> Result<Option<String>, FetchError> {
        self.0 = self.0.trim_start();
        while self.0.starts_with('#') {
            let end = self.0.find('\n').unwrap_or(self.0.len());
            self.0 = self.0[end..].trim_start();
        }
        let Some(quoted) = self.0.strip_prefix('"') else {
            let end = self.0.find(char::is_whitespace).unwrap_or(self.0.len());
            let (word, rest) = self.0.split_at(end);
            self.0 = rest;
            return Ok((!word.is_empty()).then(|| word.to_owned()));
        };
        let mut word = String::new();
        let mut characters = quoted.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.0 = &quoted[at + 1..];
                    return Ok(Some(word));
                }
                '\\' => word.extend(characters.next().map(|(_, escaped)| escaped)),
                character => word.push(character),
            }
        }
        Err(unusable("A quote is never closed"))
    }

    /// The word that belongs to the one before it. A `#` in it is its own.
    fn value(&mut self) -> Result<String, FetchError> {
        self.0 = self.0.trim_start();
        let comment = self.0.starts_with('#');
        let value = if comment {
            let end = self.0.find(char::is_whitespace).unwrap_or(self.0.len());
            let (word, rest) = self.0.split_at(end);
            self.0 = rest;
            Some(word.to_owned())
        } else {
            self.next()?
        };
        value.ok_or_else(|| unusable("It ends where a word is expected"))
    }

    /// A macro ends at an empty line.
    fn skip_macro(&mut self) {
        let end = ["\n\n", "\r\n\r\n"]
            .iter()
            .filter_map(|end| self.0.find(end));
        self.0 = &self.0[end.min().unwrap_or(self.0.len())..];
    }
}

/// As text that [`Netrc::parse`] reads: all of it is secret.
impl From<Netrc> for String {
    fn from(netrc: Netrc) -> Self {
        let quoted = |word: &str| {
            let word = word.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{word}\"")
        };
        let line = |login: &Login| {
            let [host, user, password] =
                [&login.host, &login.user, &login.password].map(|word| quoted(word));
            format!("machine {host} login {user} password {password}\n")
        };
        netrc.0.iter().map(line).collect()
    }
}

/// Shows no login.
impl fmt::Debug for Netrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Netrc({})", self.0.len())
    }
}

fn unusable(message: &str) -> FetchError {
    FetchError::new(ErrorClass::BadUrl, message).with_hint(
        "A .netrc file has entries such as: machine example.com login me password secret",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(text: &str, url: &str) -> Option<(String, String)> {
        let netrc = Netrc::parse(text).unwrap();
        let login = netrc.login(&Url::parse(url).unwrap(), None);
        login.map(|(user, password)| (user.to_owned(), password.to_owned()))
    }

    #[test]
    fn logins_survive_being_stored() {
        let text = r#"machine a login "x \" \\ y" password #1 machine b machine c password p"#;
        let netrc = Netrc::parse(text).unwrap();
        let stored = String::from(netrc.clone());
        assert!(Netrc::parse(&stored).unwrap() == netrc, "{stored}");
    }

    #[test]
    fn a_login_is_for_its_host_alone() {
        let text = "# mine\nmachine A.example\n  login ada\n  password #1\naccount x\n\n\
            macdef init\ncd /pub\nmachine no.example login no password no\n\n\
            machine b.example login \"a \\\"b\" password \"\"\n\
            machine ::1 login six password 6\n\
            machine a.example login second password 2\n\
            default login any password any\n";
        let of = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        assert_eq!(login(text, "https://a.example:8080/x"), of("ada", "#1"));
        assert_eq!(login(text, "http://b.example./"), of("a \"b", ""));
        assert_eq!(login(text, "http://[::1]/"), of("six", "6"));
        for elsewhere in [
            "http://x.a.example/",
            "http://no.example/",
            "http://c.example/",
        ] {
            assert_eq!(login(text, elsewhere), None, "{elsewhere}");
        }
        assert_eq!(login("", "http://a.example/"), None);
    }

    #[test]
    fn a_user_name_in_the_url_takes_its_own_password() {
        let text = "machine h login one password 1\nmachine h login two password 2\n";
        let netrc = Netrc::parse(text).unwrap();
        for (url, user, password) in [
            ("http://h/", "one", "1"),
            ("http://two@h/", "two", "2"),
            ("http://three@h/", "three", ""),
            ("http://two:own@h/", "two", "own"),
        ] {
            let request = crate::fetch::Request::get(url).unwrap();
            let sent = request.with_netrc(netrc.clone()).authorization();
            let wanted = crate::fetch::credentials::basic_authorization(user, password);
            assert_eq!(sent, Some(wanted), "{url}");
        }
    }

    #[test]
    fn what_is_no_such_file_is_refused_without_its_words() {
        for (text, says) in [
            ("secret", "A word stands where none is expected"),
            ("machine", "ends where a word is expected"),
            ("login secret", "does not begin with a machine"),
            ("machine h login a password \"secret", "never closed"),
        ] {
            let error = Netrc::parse(text).unwrap_err();
            assert!(error.message.contains(says), "{error}");
            assert!(!error.message.contains("secret"), "{error}");
        }
        let netrc = Netrc::parse("machine h login a password secret").unwrap();
        assert_eq!(format!("{netrc:?}"), "Netrc(1)");
    }
}
