//! A pasted `curl` command, such as browsers copy of their requests: what of it is a download.

mod flags;
mod words;

use std::time::Duration;

use url::Url;

use self::flags::Meaning;
use super::{Globs, Link, LinkOverrides};
use crate::fetch::{ErrorClass, FetchError, NameRule, Proxy, Request};
use crate::options;
use crate::options::Options;

pub(super) use words::{begins_command, length};

/// What a command asks for. It may hold secrets, and so has no `Debug` form.
#[derive(Clone)]
pub(super) struct CurlCommand {
    urls: Vec<NamedUrl>,
    globs: Globs,
    headers: Vec<(String, String)>,
    /// The host that a header names.
    host: Option<String>,
    user: Option<(String, String)>,
    own: Options,
}

/// A URL, how many it stands for, and where what comes is to go.
#[derive(Clone)]
struct NamedUrl {
    text: String,
    count: usize,
    output: Output,
}

#[derive(Clone, Default)]
enum Output {
    #[default]
    Unsaid,
    Named(String),
    Nowhere,
}

impl CurlCommand {
    /// Reads a command that [`length`] cut out.
    ///
    /// # Errors
    /// Class `bad_url`, which shows no value of a header: it is no download, an option is not known
    /// or cannot be understood, or there is no URL.
    pub(super) fn parse(text: &str, globs: Globs) -> Result<Self, FetchError> {
        let mut draft = CurlDraft {
            command: Self {
                urls: Vec::new(),
                globs,
                headers: Vec::new(),
                host: None,
                user: None,
                own: Options::default(),
            },
            outputs: Vec::new(),
            said: Vec::new(),
        };
        let mut words = words::split(text)?.into_iter().skip(1);
        while let Some(word) = words.next() {
            draft.take(&word, &mut words)?;
        }
        draft.finished()
    }

    /// How many links it stands for.
    pub(super) fn len(&self) -> usize {
        let counts = self.urls.iter().map(|url| url.count);
        counts.fold(0, usize::saturating_add)
    }

    /// How many headers it brings.
    pub(super) fn header_count(&self) -> usize {
        self.headers.len()
    }

    /// The URL of one of its links, as it is written.
    pub(super) fn url_text(&self, index: usize) -> Option<String> {
        let (url, index) = self.url(index)?;
        self.globs.glob(&url.text).ok()?.get(index)
    }

    /// One of its links; none beyond the last.
    pub(super) fn link(&self, index: usize) -> Option<Result<Link, FetchError>> {
        let (url, _) = self.url(index)?;
        let text = self.url_text(index)?;
        Some(self.request(&text).map(|request| {
            let mut own = self.own.clone();
            match &url.output {
                Output::Unsaid => {}
                Output::Named(name) => own.file_name = Some(Some(name.clone())),
                Output::Nowhere => own.count_only = Some(true),
            }
            Link {
                request,
                own: LinkOverrides::from(own).unless_empty(),
            }
        }))
    }

    fn url(&self, mut index: usize) -> Option<(&NamedUrl, usize)> {
        for url in &self.urls {
            if index < url.count {
                return Some((url, index));
            }
            index -= url.count;
        }
        None
    }

    fn request(&self, text: &str) -> Result<Request, FetchError> {
        let mut request = Request::get(text)?;
        if let Some(host) = &self.host
            && !is_host_of(host, request.url())
        {
            return Err(wrong(
                "The header Host names another host than the link",
                "Leave it out, and write the host into the link.",
            ));
        }
        if let Some((user, password)) = &self.user {
            let mut url: Url = request.url().clone();
            // A URL holds both in percent codes, which a command does not. Neither can fail for a
            // URL with a host, which every request has.
            let _ = url.set_username(&user.replace('%', "%25"));
            let _ = url.set_password(Some(&password.replace('%', "%25")));
            request = Request::from_url(url)?;
        }
        for (name, value) in &self.headers {
            request = request.with_header(name, value)?;
        }
        Ok(request)
    }
}

/// A command of which some words are read.
struct CurlDraft {
    command: CurlCommand,
    /// What is said about where things go, in the order of the URLs.
    outputs: Vec<Output>,
    /// Headers that have an option of their own; one that is written as a header goes before it.
    said: Vec<(&'static str, String)>,
}

impl CurlDraft {
    fn take(
        &mut self,
        word: &str,
        rest: &mut impl Iterator<Item = String>,
    ) -> Result<(), FetchError> {
        if matches!(word, ">" | ">>") {
            let name = rest.next().unwrap_or_default();
            return self.output(&name);
        }
        if word == "2>" {
            // Where curl's own words go.
            rest.next();
            return Ok(());
        }
        // Behind it are no options any more.
        if word == "--" {
            return Ok(());
        }
        if matches!(word, "|" | "||" | "<") {
            return Err(wrong(
                format!("The curl command goes on with {word}"),
                "Leave out what stands behind the command itself.",
            ));
        }
        if let Some(name) = word.strip_prefix("--") {
            let (name, value) = match name.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (name, None),
            };
            let shown = format!("--{}", shortened(name));
            let meaning = flags::long(name).ok_or_else(|| unknown(&shown))?;
            let value = match value {
                None if meaning.takes_value() => Some(value_of(&shown, rest)?),
                value => value,
            };
            return self.option(meaning, &shown, &value.unwrap_or_default());
        }
        match word.strip_prefix('-') {
            Some(letters) if !letters.is_empty() => self.short_options(letters, rest),
            _ => {
                self.url(word);
                Ok(())
            }
        }
    }

    /// `-sSLo name`, `-XGET`: letters until one that takes a value, which the rest is, or the next
    /// word.
    fn short_options(
        &mut self,
        letters: &str,
        rest: &mut impl Iterator<Item = String>,
    ) -> Result<(), FetchError> {
        let mut letters = letters.chars();
        while let Some(letter) = letters.next() {
            let shown = format!("-{letter}");
            let meaning = flags::short(letter).ok_or_else(|| unknown(&shown))?;
            if !meaning.takes_value() {
                self.option(meaning, &shown, "")?;
                continue;
            }
            let value = match letters.as_str() {
                "" => value_of(&shown, rest)?,
                value => value.to_owned(),
            };
            return self.option(meaning, &shown, &value);
        }
        Ok(())
    }

    fn option(&mut self, meaning: Meaning, shown: &str, value: &str) -> Result<(), FetchError> {
        let own = &mut self.command.own;
        match meaning {
            Meaning::Url => self.url(value),
            Meaning::Header => self.header(value)?,
            Meaning::UserAgent => self.say("User-Agent", value)?,
            Meaning::Referer => {
                let referer = value.strip_suffix(";auto").unwrap_or(value);
                self.say("Referer", referer)?;
            }
            Meaning::Cookie if value.contains('=') => self.say("Cookie", value)?,
            Meaning::Cookie => {
                return Err(wrong(
                    format!("{shown} names a file of cookies, which is not read"),
                    "Write the cookies themselves: -b 'name=value'.",
                ));
            }
            Meaning::User => {
                let (user, password) = value.split_once(':').unwrap_or((value, ""));
                self.command.user = Some((user.to_owned(), password.to_owned()));
            }
            Meaning::Bearer => self.say("Authorization", &format!("Bearer {value}"))?,
            Meaning::Proxy => own.proxy = Some(Some(Proxy::parse(value)?)),
            Meaning::Output => self.output(value)?,
            Meaning::NameFromUrl => self.outputs.push(Output::Unsaid),
            Meaning::MaxRedirects => {
                // Less than none is without a limit.
                let count = match value {
                    "-1" => options::MAX_REDIRECTS.max,
                    _ => number(shown, value)?,
                };
                own.max_redirects = Some(options::MAX_REDIRECTS.clamp(count));
            }
            Meaning::RateLimit => own.job_rate_limit_bytes_per_sec = rate(shown, value)?.map(Some),
            Meaning::Retries => {
                own.retries = Some(options::RETRIES.clamp(number(shown, value)?));
            }
            Meaning::ConnectTimeout => {
                let time = seconds(shown, value)?;
                own.connect_timeout = time.map(|time| options::CONNECT_TIMEOUT.clamp(time));
            }
            Meaning::TimeLimit => {
                let time = seconds(shown, value)?;
                own.time_limit = time.map(|time| Some(options::TIME_LIMIT.clamp(time)));
            }
            // Where a download goes on is found out by itself.
            Meaning::ContinueAt if value == "-" => {}
            Meaning::NoGlobs => self.command.globs = Globs::Literal,
            Meaning::Method if value == "GET" => {}
            Meaning::Method | Meaning::NotGet(_) => return Err(not_get(shown, value, meaning)),
            Meaning::Insecure => {
                return Err(wrong(
                    format!("{shown} is refused: certificates are always checked"),
                    "Leave it out. A certificate of your own can be trusted with --cacert.",
                ));
            }
            Meaning::Ignored | Meaning::IgnoredValue => {}
            Meaning::ContinueAt | Meaning::Unsupported => return Err(unknown(shown)),
        }
        Ok(())
    }

    fn url(&mut self, text: &str) {
        self.command.urls.push(NamedUrl {
            text: text.to_owned(),
            count: 0,
            output: Output::Unsaid,
        });
    }

    fn output(&mut self, value: &str) -> Result<(), FetchError> {
        let output = match value {
            "-" => Output::Unsaid,
            "/dev/null" | "NUL" | "nul" => Output::Nowhere,
            path => {
                // The folder is chosen for all downloads together.
                let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
                if matches!(name, "" | "." | "..") || name.contains('#') {
                    return Err(wrong(
                        "The name behind -o cannot be used",
                        "Write the name of a file, or leave it out.",
                    ));
                }
                NameRule::Named(name.to_owned()).check()?;
                Output::Named(name.to_owned())
            }
        };
        self.outputs.push(output);
        Ok(())
    }

    /// The value of an option for a header: the last one counts, except of cookies, which are sent
    /// together.
    fn say(&mut self, name: &'static str, value: &str) -> Result<(), FetchError> {
        let value = value.trim();
        if value.is_empty() {
            return Ok(());
        }
        Request::check_header(name, value)?;
        match self.said.iter_mut().find(|(said, _)| *said == name) {
            Some((_, cookies)) if name == "Cookie" => {
                cookies.push_str("; ");
                cookies.push_str(value);
            }
            Some((_, before)) => value.clone_into(before),
            None => self.said.push((name, value.to_owned())),
        }
        Ok(())
    }

    fn header(&mut self, text: &str) -> Result<(), FetchError> {
        if text.starts_with('@') {
            return Err(wrong(
                "-H names a file of headers, which is not read",
                "Write the headers themselves: -H 'Name: value'.",
            ));
        }
        // What a browser says about the connection, and what curl would say by itself and is told
        // not to.
        let Some((name, value)) = text.split_once(':').filter(|(name, _)| !name.is_empty()) else {
            return Ok(());
        };
        let (name, value) = (name.trim(), value.trim());
        if name.eq_ignore_ascii_case("host") && !value.is_empty() {
            self.command.host = Some(value.to_owned());
            return Ok(());
        }
        if value.is_empty() || is_of_the_connection(name, value) {
            return Ok(());
        }
        Request::check_header(name, value)?;
        self.command
            .headers
            .push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    fn finished(mut self) -> Result<CurlCommand, FetchError> {
        let mut command = self.command;
        if command.urls.is_empty() {
            return Err(wrong(
                "The curl command has no URL",
                "Copy the whole command, with its https:// link.",
            ));
        }
        for (name, value) in self.said {
            let is_header = |(header, _): &(String, String)| header.eq_ignore_ascii_case(name);
            if !command.headers.iter().any(is_header) {
                command.headers.push((name.to_owned(), value));
            }
        }
        self.outputs.resize(command.urls.len(), Output::Unsaid);
        let mut urls = std::mem::take(&mut command.urls);
        for (url, output) in urls.iter_mut().zip(self.outputs) {
            let glob = command.globs.glob(&url.text)?;
            // Refused as a whole: a link that is corrected on its own would lose the headers.
            command.request(&glob.get(0).unwrap_or_default())?;
            url.count = glob.len();
            url.output = output;
        }
        command.urls = urls;
        Ok(command)
    }
}

/// Whether this is what the header `Host` says in a request of the URL.
fn is_host_of(text: &str, url: &Url) -> bool {
    let named = Url::parse(&format!("{}://{text}/", url.scheme()));
    named.is_ok_and(|named| named.origin() == url.origin() && named.path() == "/")
}

/// Headers that belong to the request a browser made, and that every download sets for itself.
fn is_of_the_connection(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "accept-encoding" | "connection" | "content-length" | "te" | "trailer"
        | "if-none-match" | "if-modified-since" | "if-range" => true,
        // A player asks so for all of a film.
        "range" => value == "bytes=0-",
        _ => false,
    }
}

fn value_of(shown: &str, rest: &mut impl Iterator<Item = String>) -> Result<String, FetchError> {
    rest.next().ok_or_else(|| {
        wrong(
            format!("The curl command ends behind {shown}, which needs a value"),
            "Copy the whole command.",
        )
    })
}

fn not_get(shown: &str, value: &str, meaning: Meaning) -> FetchError {
    let what = match meaning {
        Meaning::Method if value.len() <= 10 && value.chars().all(|c| c.is_ascii_alphabetic()) => {
            format!("makes it a {value}")
        }
        _ => "makes it another request".to_owned(),
    };
    wrong(
        format!("{shown} {what}: only GET can be downloaded"),
        "Leave it out, or copy the link of the download itself.",
    )
}

fn unknown(shown: &str) -> FetchError {
    wrong(
        format!("A download cannot do what curl does with {shown}"),
        "Leave it out.",
    )
}

/// A name that somebody misspelled may be long, or hold a value.
fn shortened(name: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    name.chars().take(40).take_while(plain).collect()
}

fn number(shown: &str, value: &str) -> Result<u32, FetchError> {
    let value = value.trim().parse();
    value.map_err(|_| not_understood(shown, "a whole number"))
}

/// None is without a limit.
fn seconds(shown: &str, value: &str) -> Result<Option<Duration>, FetchError> {
    let seconds = value.trim().parse::<f64>().ok();
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let time = time.ok_or_else(|| not_understood(shown, "a number of seconds"))?;
    Ok((!time.is_zero()).then_some(time))
}

/// Bytes a second as `curl` writes them: its units are powers of 1024.
fn rate(shown: &str, value: &str) -> Result<Option<u64>, FetchError> {
    let value = value.trim();
    let digits = value.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let power = match value[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => Some(0),
        "k" => Some(1),
        "m" => Some(2),
        "g" => Some(3),
        "t" => Some(4),
        _ => None,
    };
    let rate = digits.parse::<u64>().ok().zip(power);
    let rate = rate.and_then(|(rate, power)| rate.checked_mul(1024_u64.pow(power)));
    let rate = rate.ok_or_else(|| not_understood(shown, "a rate such as 500K or 2M"))?;
    Ok((rate > 0).then(|| options::RATE_LIMIT.clamp(rate)))
}

fn not_understood(shown: &str, expected: &str) -> FetchError {
    wrong(
        format!("The value behind {shown} is not {expected}"),
        "Put it right, or leave it out.",
    )
}

fn wrong(message: impl Into<String>, hint: impl Into<String>) -> FetchError {
    FetchError::new(ErrorClass::BadUrl, message).with_hint(hint)
}

#[cfg(test)]
mod tests;
