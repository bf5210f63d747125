//! Authentication challenges of servers and proxies (RFC 9110, section 11), in words for people.

/// Who sent a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Challenger {
    Server,
    Proxy,
}

impl Challenger {
    fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Proxy => "proxy",
        }
    }

    /// Where a user gives the user name and password for it.
    fn place(self) -> &'static str {
        match self {
            Self::Server => {
                "in the URL, as https://user:password@host/, or give the header it wants"
            }
            Self::Proxy => "in the proxy's address: http://user:password@host:port",
        }
    }
}

/// What happened and what to do, for `WWW-Authenticate` or `Proxy-Authenticate` headers.
/// `has_login` says whether a user name and a password were sent.
pub(super) fn login_error<'a>(
    challenger: Challenger,
    headers: impl IntoIterator<Item = &'a [u8]>,
    has_login: bool,
) -> (String, String) {
    let schemes = schemes(headers);
    let (who, place) = (challenger.name(), challenger.place());
    let asks = |scheme: &str| schemes.iter().any(|asked| asked == scheme);
    if schemes.is_empty() || asks("Basic") {
        return if has_login {
            (
                format!("The {who} does not accept this user name and password"),
                "Check both; special characters in them are written with % and two digits."
                    .to_owned(),
            )
        } else {
            (
                format!("The {who} wants a login"),
                format!("Put a user name and password {place}."),
            )
        };
    }
    if asks("Bearer") && challenger == Challenger::Server {
        return (
            "The server wants a valid token".to_owned(),
            "Give the header Authorization: Bearer TOKEN; one that was given may have expired."
                .to_owned(),
        );
    }
    (
        format!(
            "The {who} asks for a login by {}, which is not spoken here",
            schemes.join(" or ")
        ),
        match challenger {
            Challenger::Server => {
                "Fetch the file with a browser, or look for a link that needs no login."
            }
            Challenger::Proxy => "Ask for a login by Basic, or use a helper such as cntlm or px.",
        }
        .to_owned(),
    )
}

/// Longer names of schemes, which are the server's words, are cut. In characters.
const LONGEST_SCHEME: usize = 20;
/// Further schemes are not named.
const MOST_SCHEMES: usize = 4;

/// The schemes of the challenges in these headers, each once, in their order.
fn schemes<'a>(headers: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    let mut schemes: Vec<String> = Vec::new();
    for header in headers {
        for element in elements(&String::from_utf8_lossy(header)) {
            let end = element.find(|c: char| !is_token_char(c));
            let (word, rest) = element.split_at(end.unwrap_or(element.len()));
            // A word before an equals sign is a parameter of the challenge before it.
            if word.is_empty() || rest.trim_start().starts_with('=') {
                continue;
            }
            let name = usual_name(word);
            if !schemes.contains(&name) && schemes.len() < MOST_SCHEMES {
                schemes.push(name);
            }
        }
    }
    schemes
}

/// The elements of a header between its commas, except those in quoted strings.
fn elements(header: &str) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    header
        .split(|c| {
            let was_escaped = std::mem::take(&mut is_escaped);
            match c {
                '\\' if is_quoted && !was_escaped => is_escaped = true,
                '"' if !was_escaped => is_quoted = !is_quoted,
                _ => {}
            }
            c == ',' && !is_quoted
        })
        .map(str::trim)
        .collect()
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

/// A scheme as its registration writes it.
fn usual_name(scheme: &str) -> String {
    ["Basic", "Bearer", "Digest", "NTLM", "Negotiate"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(scheme))
        .map_or_else(
            || scheme.chars().take(LONGEST_SCHEME).collect(),
            str::to_owned,
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_found_among_parameters() {
        for (headers, expected) in [
            (&["Basic realm=\"x\""][..], &["Basic"][..]),
            (&["basic"], &["Basic"]),
            (
                &[
                    "Digest realm=\"a, Basic b\", qop=\"auth,auth-int\", nonce=\"\\\"\", Basic realm=x",
                ],
                &["Digest", "Basic"],
            ),
            (&["Negotiate, NTLM"], &["Negotiate", "NTLM"]),
            (&["Negotiate", "ntlm TlRMTVNTUAA="], &["Negotiate", "NTLM"]),
            (
                &["Newauth realm = \"x\", type=1, title=\"y\""],
                &["Newauth"],
            ),
            (&["", ",,", "=x", "\u{1}"], &[]),
            (&["Basic a=b, basic c=d"], &["Basic"]),
        ] {
            let found = schemes(headers.iter().map(|header| header.as_bytes()));
            assert_eq!(found, expected, "{headers:?}");
        }
        let long = "x".repeat(99);
        assert_eq!(schemes([long.as_bytes()])[0].len(), LONGEST_SCHEME);
        assert_eq!(schemes([&b"a, b, c, d, e, f"[..]]).len(), MOST_SCHEMES);
    }

    #[test]
    fn what_is_not_spoken_is_said() {
        let said = |header: &str, has_login| {
            login_error(Challenger::Server, [header.as_bytes()], has_login).0
        };
        assert_eq!(
            said("Digest realm=x", true),
            "The server asks for a login by Digest, which is not spoken here"
        );
        assert!(said("Negotiate, NTLM", false).contains("by Negotiate or NTLM, which"));
        assert_eq!(
            said("Digest a=b, Basic c=d", false),
            "The server wants a login"
        );
        assert!(said("Basic", true).contains("does not accept"));
        assert!(said("Bearer", true).contains("token"));
        let (message, hint) = login_error(Challenger::Proxy, [&b"NTLM"[..]], false);
        assert!(
            message.contains("proxy") && message.contains("NTLM"),
            "{message}"
        );
        assert!(!hint.is_empty());
    }
}
