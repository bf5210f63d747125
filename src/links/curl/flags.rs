//! The options of `curl`: which of them say something about a download, and what the others are to
//! a download.

use Meaning::{Ignored, IgnoredValue, NotGet, Unsupported};

/// What an option means to a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Url,
    Header,
    UserAgent,
    Referer,
    Cookie,
    User,
    Bearer,
    Proxy,
    Output,
    NameFromUrl,
    MaxRedirects,
    RateLimit,
    Retries,
    ConnectTimeout,
    TimeLimit,
    ContinueAt,
    NoGlobs,
    Method,
    /// Certificates are always checked.
    Insecure,
    /// It makes something else than a GET of the request; whether a value follows.
    NotGet(bool),
    /// It changes nothing that a download has.
    Ignored,
    /// The same, with a value behind it.
    IgnoredValue,
    /// It would be missed.
    Unsupported,
}

impl Meaning {
    /// Whether a value follows.
    pub(super) fn takes_value(self) -> bool {
        match self {
            Self::NameFromUrl | Self::NoGlobs | Self::Insecure | Ignored | Unsupported => false,
            NotGet(takes_value) => takes_value,
            _ => true,
        }
    }
}

/// What a long option means, without its `--`; none if it is not known.
pub(super) fn long(name: &str) -> Option<Meaning> {
    let found = OPTIONS.iter().find(|(_, long, _)| *long == name);
    let found = found.map(|(_, _, meaning)| *meaning);
    // What only switches something off that is on by itself.
    found.or_else(|| name.starts_with("no-").then_some(Ignored))
}

/// What a short option means; none if it is not known.
pub(super) fn short(letter: char) -> Option<Meaning> {
    let found = OPTIONS
        .iter()
        .find(|(short, ..)| *short == letter && letter != NONE);
    found.map(|(_, _, meaning)| *meaning)
}

/// Without a short form.
const NONE: char = '\0';

/// Every option that is known: short, long, meaning.
const OPTIONS: &[(char, &str, Meaning)] = &[
    (NONE, "url", Meaning::Url),
    ('H', "header", Meaning::Header),
    ('A', "user-agent", Meaning::UserAgent),
    ('e', "referer", Meaning::Referer),
    ('b', "cookie", Meaning::Cookie),
    ('u', "user", Meaning::User),
    (NONE, "oauth2-bearer", Meaning::Bearer),
    ('x', "proxy", Meaning::Proxy),
    ('o', "output", Meaning::Output),
    ('O', "remote-name", Meaning::NameFromUrl),
    (NONE, "remote-name-all", Meaning::NameFromUrl),
    ('J', "remote-header-name", Ignored),
    (NONE, "max-redirs", Meaning::MaxRedirects),
    (NONE, "limit-rate", Meaning::RateLimit),
    (NONE, "retry", Meaning::Retries),
    (NONE, "connect-timeout", Meaning::ConnectTimeout),
    ('m', "max-time", Meaning::TimeLimit),
    ('C', "continue-at", Meaning::ContinueAt),
    ('g', "globoff", Meaning::NoGlobs),
    ('X', "request", Meaning::Method),
    ('k', "insecure", Meaning::Insecure),
    (NONE, "proxy-insecure", Meaning::Insecure),
    ('d', "data", NotGet(true)),
    (NONE, "data-ascii", NotGet(true)),
    (NONE, "data-binary", NotGet(true)),
    (NONE, "data-raw", NotGet(true)),
    (NONE, "data-urlencode", NotGet(true)),
    (NONE, "json", NotGet(true)),
    ('F', "form", NotGet(true)),
    (NONE, "form-string", NotGet(true)),
    ('T', "upload-file", NotGet(true)),
    ('I', "head", NotGet(false)),
    ('L', "location", Ignored),
    (NONE, "location-trusted", Ignored),
    (NONE, "compressed", Ignored),
    (NONE, "tr-encoding", Ignored),
    ('s', "silent", Ignored),
    ('S', "show-error", Ignored),
    ('f', "fail", Ignored),
    (NONE, "fail-with-body", Ignored),
    (NONE, "fail-early", Ignored),
    ('v', "verbose", Ignored),
    ('i', "include", Ignored),
    (NONE, "show-headers", Ignored),
    ('#', "progress-bar", Ignored),
    ('N', "no-buffer", Ignored),
    ('q', "disable", Ignored),
    ('G', "get", Ignored),
    ('R', "remote-time", Ignored),
    ('Z', "parallel", Ignored),
    ('a', "append", Ignored),
    ('0', "http1.0", Ignored),
    (NONE, "http1.1", Ignored),
    (NONE, "http2", Ignored),
    (NONE, "http2-prior-knowledge", Ignored),
    (NONE, "http3", Ignored),
    (NONE, "http3-only", Ignored),
    ('4', "ipv4", Ignored),
    ('6', "ipv6", Ignored),
    ('1', "tlsv1", Ignored),
    (NONE, "tlsv1.0", Ignored),
    (NONE, "tlsv1.1", Ignored),
    (NONE, "tlsv1.2", Ignored),
    (NONE, "tlsv1.3", Ignored),
    (NONE, "ssl-reqd", Ignored),
    (NONE, "basic", Ignored),
    (NONE, "anyauth", Ignored),
    (NONE, "create-dirs", Ignored),
    (NONE, "remove-on-error", Ignored),
    (NONE, "skip-existing", Ignored),
    (NONE, "path-as-is", Ignored),
    (NONE, "retry-all-errors", Ignored),
    (NONE, "retry-connrefused", Ignored),
    (NONE, "tcp-nodelay", Ignored),
    (NONE, "tcp-fastopen", Ignored),
    (NONE, "compressed-ssh", Ignored),
    (NONE, "styled-output", Ignored),
    (NONE, "xattr", Ignored),
    (NONE, "parallel-immediate", Ignored),
    (NONE, "retry-delay", IgnoredValue),
    (NONE, "retry-max-time", IgnoredValue),
    (NONE, "parallel-max", IgnoredValue),
    (NONE, "output-dir", IgnoredValue),
    (NONE, "keepalive-time", IgnoredValue),
    (NONE, "expect100-timeout", IgnoredValue),
    (NONE, "happy-eyeballs-timeout-ms", IgnoredValue),
    (NONE, "proto", IgnoredValue),
    (NONE, "proto-redir", IgnoredValue),
    (NONE, "proto-default", IgnoredValue),
    (NONE, "ciphers", IgnoredValue),
    (NONE, "tls13-ciphers", IgnoredValue),
    (NONE, "tls-max", IgnoredValue),
    (NONE, "curves", IgnoredValue),
    (NONE, "stderr", IgnoredValue),
    (NONE, "trace", IgnoredValue),
    (NONE, "trace-ascii", IgnoredValue),
    (NONE, "noproxy", IgnoredValue),
    ('c', "cookie-jar", IgnoredValue),
    ('D', "dump-header", IgnoredValue),
    ('w', "write-out", IgnoredValue),
    ('y', "speed-time", IgnoredValue),
    ('Y', "speed-limit", IgnoredValue),
    ('K', "config", Unsupported),
    ('n', "netrc", Unsupported),
    (NONE, "netrc-file", Unsupported),
    ('r', "range", Unsupported),
    ('z', "time-cond", Unsupported),
    ('E', "cert", Unsupported),
    (NONE, "key", Unsupported),
    (NONE, "cacert", Unsupported),
    (NONE, "capath", Unsupported),
    ('U', "proxy-user", Unsupported),
    (NONE, "digest", Unsupported),
    (NONE, "ntlm", Unsupported),
    (NONE, "negotiate", Unsupported),
    (NONE, "aws-sigv4", Unsupported),
    (NONE, "resolve", Unsupported),
    (NONE, "connect-to", Unsupported),
    (NONE, "interface", Unsupported),
    (NONE, "unix-socket", Unsupported),
    (NONE, "max-filesize", Unsupported),
    (':', "next", Unsupported),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_option_is_listed_twice() {
        for (index, (letter, name, _)) in OPTIONS.iter().enumerate() {
            for (other_letter, other, _) in &OPTIONS[..index] {
                assert_ne!(name, other);
                assert!(*letter == NONE || letter != other_letter, "{name}, {other}");
            }
        }
    }
}
