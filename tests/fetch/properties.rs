//! Properties of any text. A seeded generator instead of a library: each run tries the same,
//! nothing more is built, and the pieces are those that break parsers.

use jobdeck::fetch::limits::MAX_URL_BYTES;
use jobdeck::fetch::{ErrorClass, Request};

const PIECES: [&str; 40] = [
    "http://",
    "https://",
    "HTTP:",
    "https:",
    "ftp://",
    "file:",
    "//",
    "/",
    "\\",
    "@",
    "me:pw@",
    ":",
    ":0",
    ":80",
    ":443",
    ":99999",
    "h",
    "h.example",
    "[::1]",
    "[",
    "]",
    "127.0.0.1",
    "0x7f",
    "%",
    "%2",
    "%2F",
    "%00",
    "..",
    "/./",
    "?",
    "#",
    "&token=x",
    "é",
    "bücher",
    "xn--",
    "\u{202e}",
    "\0",
    "\t",
    "\r\n",
    " ",
];

fn any_text(random: &mut fastrand::Rng) -> String {
    let mut text = String::new();
    // Often enough it begins like a URL.
    if random.bool() {
        text.push_str(PIECES[random.usize(0..2)]);
    }
    if random.bool() {
        text.push('h');
    }
    for _ in 0..random.usize(0..10) {
        match random.u8(0..8) {
            0 => text.push(random.char('\0'..=char::MAX)),
            1 => text.push(random.char('\0'..'\u{100}')),
            _ => text.push_str(PIECES[random.usize(0..PIECES.len())]),
        }
    }
    text
}

/// A parsed URL can always be fetched, and parses to itself.
#[test]
fn any_text_is_a_request_that_reads_back_as_itself_or_a_bad_url() {
    let mut random = fastrand::Rng::with_seed(4);
    let mut requests = 0;
    for _ in 0..20_000 {
        let text = any_text(&mut random);
        match Request::get(&text) {
            Ok(request) => {
                requests += 1;
                let url = request.url();
                assert!(matches!(url.scheme(), "http" | "https"), "{text:?}");
                assert!(
                    url.host_str().is_some_and(|host| !host.is_empty()),
                    "{text:?}"
                );
                assert!(
                    url.fragment().is_none() && url.port() != Some(0),
                    "{text:?}"
                );
                assert!(
                    url.username().is_empty() && url.password().is_none(),
                    "{text:?}"
                );
                let written = url.as_str();
                assert!(written.len() <= MAX_URL_BYTES);
                // It cannot break a request line.
                let is_plain = |byte: u8| byte.is_ascii_graphic();
                assert!(written.bytes().all(is_plain), "{written:?} from {text:?}");
                let again = Request::get(written).unwrap();
                assert_eq!(again.url(), url, "{text:?}");
                assert_eq!(again.shown_url(), request.shown_url(), "{text:?}");
                let _ = (request.name_from_url(), format!("{request:?}"));
            }
            Err(error) => {
                assert_eq!(error.class, ErrorClass::BadUrl, "{text:?}");
                assert!(
                    !error.message.is_empty() && !error.hint.is_empty(),
                    "{text:?}"
                );
            }
        }
    }
    assert!(requests > 2_000, "{requests} requests only");
}

/// A header is sent unchanged or refused: it never becomes two.
#[test]
fn any_header_is_one_line_or_refused() {
    let mut random = fastrand::Rng::with_seed(5);
    for _ in 0..10_000 {
        let (name, value) = (any_text(&mut random), any_text(&mut random));
        for name in [name.as_str(), "X-Any"] {
            match Request::get("http://h/").unwrap().with_header(name, &value) {
                Ok(request) => {
                    let header = [(name.to_owned(), value.clone())];
                    assert_eq!(request.headers(), header);
                    assert!(
                        name.bytes()
                            .all(|byte| byte.is_ascii_graphic() && byte != b':')
                    );
                    assert!(!value.contains(|c: char| c.is_control() && c != '\t'));
                }
                Err(error) => assert_eq!(error.class, ErrorClass::BadUrl),
            }
        }
    }
}
