//! Redirects that loop, lead nowhere, or would leak a secret.

use jobdeck::fetch::Request;

use crate::ends::{End, answered, saved};
use crate::support::fault::{FaultServer, answer, serve};
use crate::support::get;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const REFUSED: &str = "redirect first_byte 302 0 final";

fn to(location: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}

/// The path of a request, without its slash.
fn path_of(header: &str) -> &str {
    let path = header.split(' ').nth(1).unwrap_or_default();
    path.trim_start_matches('/')
}

/// A server on which `/n` redirects to `/n-1`, and so on down to `/0`, which is the file.
fn stairs() -> FaultServer {
    FaultServer::always(vec![serve(|header| {
        let step: u32 = path_of(header).parse().unwrap();
        match step {
            0 => OK.into(),
            _ => to(&format!("/{}", step - 1)).into(),
        }
    })])
}

/// The end of a download from such a server, and the requested paths.
#[track_caller]
fn followed(server: &FaultServer, request: Request) -> (End, Vec<String>) {
    let before = server.requests().len();
    let end = saved(request);
    let requests = server.requests();
    let paths = requests[before..].iter().map(|header| path_of(header));
    let paths = paths.map(str::to_owned).collect();
    (end, paths)
}

#[test]
fn exactly_as_many_as_are_allowed() {
    let server = stairs();
    for (allowed, steps) in [(0, 0), (1, 1), (3, 3)] {
        let request = get(&server.url(&format!("/{steps}"))).with_max_redirects(allowed);
        let (end, paths) = followed(&server, request);
        assert_eq!(end.line(), "done 200 5 announced");
        assert_eq!(paths.len(), 1 + steps);
    }
    for (allowed, steps) in [(0, 1), (1, 2), (3, 4), (3, 30)] {
        let request = get(&server.url(&format!("/{steps}"))).with_max_redirects(allowed);
        let (end, paths) = followed(&server, request);
        assert_eq!(end.line(), REFUSED);
        assert!(end.error().message.contains(&allowed.to_string()));
        assert_eq!(paths.len(), 1 + allowed as usize);
    }
}

#[test]
fn ten_by_default() {
    let server = stairs();
    let (end, paths) = followed(&server, get(&server.url("/10")));
    assert_eq!(
        (end.line().as_str(), paths.len()),
        ("done 200 5 announced", 11)
    );
    let (end, paths) = followed(&server, get(&server.url("/11")));
    assert_eq!((end.line().as_str(), paths.len()), (REFUSED, 11));
}

#[test]
fn in_a_circle() {
    for (first, second) in [
        ("/b", "/a"),
        ("?", ""),
        ("", ""),
        ("#here", "#there"),
        (".", "./"),
    ] {
        let server = FaultServer::always(vec![serve(move |header| {
            let location = if path_of(header) == "a" {
                first
            } else {
                second
            };
            to(location).into()
        })]);
        let (end, paths) = followed(&server, get(&server.url("/a")).with_max_redirects(5));
        assert_eq!(end.line(), REFUSED);
        assert!(end.error().message.contains("circle"), "{:?}", end.error());
        assert!(paths.len() <= 3, "{first}, {second}: {paths:?}");
    }
}

#[test]
fn in_every_form_of_a_place() {
    for (location, expected) in [
        ("/b", "b"),
        ("b", "d/b"),
        ("./b", "d/b"),
        ("../b", "b"),
        ("../../../../b", "b"),
        ("?q=1", "d/a?q=1"),
        ("b#part", "d/b"),
        ("/b%20c", "b%20c"),
        ("/b c", "b%20c"),
        ("\\b", "b"),
        ("/gr\u{fc}n", "gr%C3%BCn"),
        ("  /b  ", "b"),
        ("/b\tc", "bc"),
    ] {
        let server = FaultServer::always(vec![serve(move |header| match path_of(header) {
            "d/a" => to(location).into(),
            _ => OK.into(),
        })]);
        let (end, paths) = followed(&server, get(&server.url("/d/a")));
        assert_eq!(end.line(), "done 200 5 announced", "{location}");
        assert_eq!(paths, ["d/a", expected], "{location}");
        assert!(end.result.unwrap().final_url.ends_with(expected));
    }
}

/// Any other byte of a `Location` is literal: servers that do not escape a name send it in their
/// own encoding.
#[test]
fn to_a_name_that_is_not_escaped() {
    let response = b"HTTP/1.1 302 Found\r\nLocation: /gr\xfcn\r\nContent-Length: 0\r\n\r\n";
    let server = FaultServer::start(vec![answer(response), answer(OK)]);
    let (end, paths) = followed(&server, get(&server.url("/a")));
    assert_eq!(end.line(), "done 200 5 announced");
    assert_eq!(paths, ["a", "gr%FCn"]);
}

#[test]
fn to_another_host_with_the_same_scheme() {
    let other = FaultServer::always(answer(OK));
    let server = FaultServer::always(answer(to(&format!("//{}/b", other.address()))));
    let end = saved(get(&server.url("/a")));
    assert_eq!(end.line(), "done 200 5 announced");
    assert_eq!(end.result.unwrap().final_url, other.url("/b"));
}

#[test]
fn to_another_scheme() {
    for location in [
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "file:/etc/passwd",
        "data:text/plain,hello",
        "javascript:alert(1)",
        "about:blank",
        "ws://127.0.0.1/",
        "mailto:a@example.com",
        "blob:http://127.0.0.1/1",
        "gopher://127.0.0.1:70/1",
        "c:\\windows\\x",
    ] {
        let end = answered(to(location));
        assert_eq!(end.line(), REFUSED, "{location}");
        assert!(end.error().message.contains("http"), "{:?}", end.error());
    }
}

#[test]
fn to_an_invalid_url() {
    for location in [
        "http://",
        "http:// /x",
        "http://a b/",
        "http://[::1/",
        "http://[zz]/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:x/",
        "http://1.2.3.4.5/",
        "http://%zz/",
        "//",
        "https://",
    ] {
        assert_eq!(answered(to(location)).line(), REFUSED, "{location}");
    }
}

#[test]
fn to_nowhere() {
    for status in [301, 302, 303, 307, 308] {
        let end = answered(format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n"));
        assert_eq!(end.line(), format!("redirect first_byte {status} 0 final"));
        assert!(end.error().message.contains("where"), "{:?}", end.error());
    }
}

/// Two `Location` headers are refused: either could be the wrong one.
#[test]
fn to_two_places() {
    let twice = |first: &str, second: &str| {
        format!(
            "HTTP/1.1 302 Found\r\nLocation: {first}\r\nLocation: {second}\r\nContent-Length: 0\r\n\r\n"
        )
    };
    assert_eq!(answered(twice("/b", "/c")).line(), REFUSED);
    let server = FaultServer::start(vec![answer(twice("/b", "/b")), answer(OK)]);
    assert_eq!(saved(get(&server.url("/a"))).line(), "done 200 5 announced");
}

#[test]
fn to_a_place_without_end() {
    // More than a header may have, and more than a URL.
    let long = "x".repeat(64 * 1024);
    assert_eq!(
        answered(to(&format!("/{long}"))).line(),
        "protocol first_byte - 0 final"
    );
    let end = answered(to(&format!("/{}", &long[..40 * 1024])));
    assert_eq!(end.line(), REFUSED);
    assert!(
        end.error().message.contains("too long"),
        "{:?}",
        end.error()
    );
    // Every character becomes nine.
    let escaped = format!("/{}", "\u{4f60}".repeat(10_000));
    assert_eq!(answered(to(&escaped)).line(), REFUSED);
}

#[test]
fn a_location_of_a_successful_response_is_not_followed() {
    for status in [200, 201, 202] {
        let end = answered(format!(
            "HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:1/\r\nRefresh: 0; url=/y\r\nContent-Length: 5\r\n\r\nhello"
        ));
        assert_eq!(end.line(), format!("done {status} 5 announced"));
    }
}

/// Secrets that were dropped are not sent again, not even to their own server.
#[test]
fn secrets_that_were_left_behind_stay_there() {
    let away = FaultServer::always(vec![serve(|header| {
        // The way back is in the query.
        let back = path_of(header).split('?').nth(1).unwrap().to_owned();
        to(&back).into()
    })]);
    let away_url = away.url("/away");
    let home = FaultServer::always(vec![serve(move |header| match path_of(header) {
        "start" => {
            let host = header.lines().find_map(|line| {
                let (name, host) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("host").then_some(host)
            });
            to(&format!("{away_url}?http://{}/file", host.unwrap())).into()
        }
        _ => OK.into(),
    })]);
    let request = get(&format!("http://me:hunter2@{}/start", home.address()))
        .with_header("X-Api-Key", "hunter2")
        .unwrap();
    let (end, paths) = followed(&home, request);
    assert_eq!(end.line(), "done 200 5 announced");
    assert_eq!(paths, ["start", "file"]);
    let requests = home.requests();
    let has_secret = |header: &String| {
        let header = header.to_ascii_lowercase();
        header.contains("hunter2") || header.contains("authorization")
    };
    assert!(has_secret(&requests[0]));
    assert!(!has_secret(&requests[1]), "{}", requests[1]);
    assert!(!away.requests().iter().any(has_secret));
}

/// A `Location` may contain a login for its own server.
#[test]
fn a_login_in_the_place_is_used_and_not_shown() {
    let other = FaultServer::always(answer(OK));
    let place = format!("http://you:hunter2@{}/b?token=hunter2", other.address());
    let server = FaultServer::always(answer(to(&place)));
    let end = saved(get(&server.url("/a")));
    assert!(!format!("{:?}", end.result).contains("hunter2"));
    let header = other.requests().remove(0).to_ascii_lowercase();
    // "you:hunter2"
    assert!(
        header.contains("authorization: basic ew91omh1bnrlcji="),
        "{header}"
    );
}

#[test]
fn a_refused_target_is_reported_without_its_secrets() {
    for place in [
        "ftp://you:hunter2@127.0.0.1/x?token=hunter2",
        "http://you:hunter2@127.0.0.1:0/x?token=hunter2",
        "http://you:hunter2@a b/?token=hunter2",
    ] {
        let end = answered(to(place));
        assert_eq!(end.line(), REFUSED);
        assert!(!format!("{:?}", end.error()).contains("hunter2"));
    }
}
