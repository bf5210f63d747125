//! Commands as browsers copy them and people write them, and texts that no program hopes for.

use super::*;

fn parsed(text: &str) -> CurlCommand {
    match CurlCommand::parse(text, Globs::Expanded) {
        Ok(command) => command,
        Err(error) => panic!("{text}: {error}"),
    }
}

fn link(text: &str) -> Link {
    parsed(text).link(0).unwrap().unwrap()
}

fn refused(text: &str) -> FetchError {
    match CurlCommand::parse(text, Globs::Expanded) {
        Ok(_) => panic!("{text} is taken"),
        Err(error) => error,
    }
}

fn header<'a>(link: &'a Link, name: &str) -> Option<&'a str> {
    let mut headers = link.request.headers().iter();
    let found = headers.find(|(header, _)| header.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

#[test]
fn chrome_copies_for_a_shell() {
    let link = link(
        r#"curl 'https://files.example.com/report.json?year=2026&part=1' \
  -H 'accept: application/json, text/plain, */*' \
  -H 'accept-language: en-GB,en;q=0.9' \
  -H 'authorization: Bearer s3cret' \
  -b 'session=abc; theme=dark' \
  -H 'referer: https://files.example.com/' \
  -H 'sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24"' \
  -H 'sec-ch-ua-mobile: ?0' \
  -H $'x-greeting: it\'s \u0021' \
  -H 'user-agent: Mozilla/5.0 (X11; Linux x86_64)' \
  --compressed"#,
    );
    assert_eq!(
        link.request.url().as_str(),
        "https://files.example.com/report.json?year=2026&part=1"
    );
    assert_eq!(header(&link, "authorization"), Some("Bearer s3cret"));
    assert_eq!(header(&link, "cookie"), Some("session=abc; theme=dark"));
    assert_eq!(header(&link, "x-greeting"), Some("it's !"));
    assert_eq!(
        header(&link, "sec-ch-ua"),
        Some(r#""Chromium";v="140", "Not=A?Brand";v="24""#)
    );
    assert_eq!(link.request.headers().len(), 9);
    assert_eq!(link.own, None);
}

#[test]
fn chrome_copies_for_cmd() {
    let text = "curl ^\"https://files.example.com/a.zip?x=1^&y=%^41^\" ^\r\n  \
                -H ^\"accept: */*^\" ^\r\n  \
                -H ^\"sec-ch-ua: ^\\^\"Chromium^\\^\";v=^\\^\"140^\\^\"^\" ^\r\n  \
                -H ^\"user-agent: Mozilla/5.0 ^(Windows NT 10.0; Win64; x64^)^\"";
    let link = link(text);
    assert_eq!(
        link.request.url().as_str(),
        "https://files.example.com/a.zip?x=1&y=%41"
    );
    assert_eq!(header(&link, "sec-ch-ua"), Some(r#""Chromium";v="140""#));
    assert_eq!(
        header(&link, "user-agent"),
        Some("Mozilla/5.0 (Windows NT 10.0; Win64; x64)")
    );
}

#[test]
fn firefox_copies() {
    let link = link(
        "curl 'https://cdn.example.org/film.mp4' --compressed -H 'User-Agent: Mozilla/5.0' \
         -H 'Accept: video/webm,video/*;q=0.9' -H 'Accept-Encoding: identity' \
         -H 'Range: bytes=0-' -H 'Connection: keep-alive' -H 'Host: cdn.example.org' \
         -H 'Referer: https://example.org/' -H 'TE: trailers' -H 'If-None-Match: \"x\"'",
    );
    let names = link.request.headers().iter().map(|(name, _)| name.as_str());
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["User-Agent", "Accept", "Referer"]
    );
}

#[test]
fn people_write_options_in_every_form() {
    let link = link(
        "curl -sSLfo out/a.iso -A agent -e https://r.example/;auto -u ada:pa:ss -x proxy:3128 \
         --max-redirs 3 --retry=7 --connect-timeout 2.5 -m90 -C - --limit-rate 2M \
         --http1.1 --no-progress-meter -w '%{http_code}' --url https://h.example/a",
    );
    let own = link.own.as_ref().unwrap();
    assert_eq!(
        own.options,
        Options {
            file_name: Some(Some("a.iso".to_owned())),
            retries: Some(7),
            time_limit: Some(Some(Duration::from_secs(90))),
            connect_timeout: Some(Duration::from_millis(2500)),
            max_redirects: Some(3),
            job_rate_limit_bytes_per_sec: Some(Some(2 * 1024 * 1024)),
            proxy: Some(Some("proxy:3128".parse().unwrap())),
            ..Options::default()
        }
    );
    assert_eq!(header(&link, "user-agent"), Some("agent"));
    assert_eq!(header(&link, "referer"), Some("https://r.example/"));
    assert_eq!(
        link.request.authorization().as_deref(),
        Some("Basic YWRhOnBhOnNz")
    );
    assert_eq!(link.request.url().as_str(), "https://h.example/a");
}

#[test]
fn several_links_have_their_own_names() {
    let command = parsed("curl -o one http://h/1 -o two 'http://h/[2-3]' -O http://h/4 -XGET");
    assert_eq!(command.len(), 4);
    let links: Vec<_> = (0..4)
        .map(|at| command.link(at).unwrap().unwrap())
        .collect();
    let told: Vec<_> = links
        .iter()
        .map(|link| (link.request.url().path(), link.file_name()))
        .collect();
    assert_eq!(
        told,
        [
            ("/1", Some("one")),
            ("/2", Some("two")),
            ("/3", Some("two")),
            ("/4", None)
        ]
    );
    assert!(command.link(4).is_none());
    assert_eq!(parsed("curl -g 'http://h/[1-3]'").len(), 1);
    let nowhere = link("curl http://h/ > /dev/null").own.unwrap();
    assert_eq!(nowhere.options.count_only, Some(true));
    assert_eq!(link("curl http://h/ > b.bin").file_name(), Some("b.bin"));
}

#[test]
fn what_is_no_download_is_refused_with_its_reason_and_without_its_secrets() {
    for (text, says) in [
        ("curl -X POST http://h/", "only GET can be downloaded"),
        ("curl -XDELETE http://h/", "makes it a DELETE: only GET"),
        ("curl --data-raw 'secret' http://h/", "only GET"),
        (
            "curl -d secret http://h/",
            "-d makes it another request: only GET",
        ),
        ("curl -F 'a=secret' http://h/", "only GET"),
        ("curl -T secret http://h/", "only GET"),
        ("curl -I http://h/", "only GET"),
        ("curl --json '{\"a\":\"secret\"}' http://h/", "only GET"),
        ("curl -k http://h/", "certificates are always checked"),
        ("curl -sk http://h/", "certificates are always checked"),
        ("curl -b secret.txt http://h/", "file of cookies"),
        ("curl -H @secret http://h/", "file of headers"),
        ("curl -H 'X Y: secret' http://h/", "name cannot be sent"),
        ("curl -H 'Range: bytes=5-9' http://h/", "Range"),
        ("curl --frobnicate=secret http://h/", "--frobnicate"),
        ("curl --limit-rate secret http://h/", "500K"),
        ("curl --retry secret http://h/", "whole number"),
        ("curl -m secret http://h/", "seconds"),
        ("curl -m -5 http://h/", "seconds"),
        ("curl -x socks4://u:secret@h http://h/", "SOCKS"),
        ("curl -C 100 http://h/", "-C"),
        ("curl -H", "needs a value"),
        ("curl", "no URL"),
        ("curl -L", "no URL"),
        ("curl 'http://h/", "within quotes"),
        ("curl http://h/ | sh", "goes on with |"),
        ("curl -o /a/ http://h/", "-o"),
        ("curl -o .. http://h/", "-o"),
        ("curl http://h/[9-1]", "ends before it begins"),
    ] {
        let error = refused(text);
        assert!(error.message.contains(says), "{text}: {error}");
        assert!(!error.hint.is_empty(), "{text}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
    let link = link("curl http://h/ -H 'Authorization: secret' -u 'a:secret' -b 'c=secret'");
    assert!(!format!("{link:?}").contains("secret"), "{link:?}");
}

#[test]
fn a_text_of_any_kind_is_read_or_refused() {
    // Pieces that mean something, in any order: what a mistake in quotes would come from.
    let pieces = [
        "curl",
        " ",
        "\n",
        "\\",
        "\\\n",
        "\r\n",
        "'",
        "\"",
        "$'",
        "\\'",
        "\\x",
        "\\u12",
        "\\0",
        "^",
        "^\"",
        "^\n",
        "http://h/",
        "[1-3]",
        "{a,b}",
        "-",
        "--",
        "-H",
        "-o",
        "-sX",
        "=",
        ":",
        "ü",
        "\u{0}",
        "👩",
        "#",
        ";",
        " & ",
        " && ",
        ">",
        "|",
        "2>",
        "$x",
        "`",
        "&&",
        "-b",
        "Host: h",
        "-C",
        "--url",
        "secret",
    ];
    let mut random = fastrand::Rng::with_seed(20_261_125);
    for _ in 0..20_000 {
        let mut text = "curl ".to_owned();
        for _ in 0..random.usize(..14) {
            text.push_str(pieces[random.usize(..pieces.len())]);
        }
        let length = length(&text);
        assert!(length <= text.len());
        if let Ok(command) = CurlCommand::parse(&text[..length], Globs::Expanded) {
            for index in 0..=command.len() {
                assert_eq!(command.link(index).is_some(), index < command.len());
            }
        }
    }
}

#[test]
fn a_password_is_sent_as_it_is_written() {
    for (text, encoded) in [
        ("curl -u 'ada:100%41' http://h/", "YWRhOjEwMCU0MQ=="),
        ("curl -u 'a/d@a:p:s%s#ü' http://h/", "YS9kQGE6cDpzJXMjw7w="),
        ("curl -u ada http://h/", "YWRhOg=="),
        ("curl -u ada:x http://b:y@h/", "YWRhOng="),
    ] {
        let expected = format!("Basic {encoded}");
        let sent = link(text).request.authorization();
        assert_eq!(sent.as_deref(), Some(expected.as_str()), "{text}");
    }
}

#[test]
fn several_commands_in_a_line_are_several_downloads() {
    for text in [
        "curl 'http://h/1'; curl 'http://h/2'",
        "curl 'http://h/1';curl 'http://h/2'",
        "curl http://h/1;curl http://h/2",
        "curl 'http://h/1'&&curl 'http://h/2'",
        "curl http://h/1 && curl http://h/2",
        "curl http://h/1 &\ncurl http://h/2 &",
    ] {
        let read = crate::links::parse_lines(text);
        let paths = read.lines.iter().map(|line| match &line.link {
            Ok(link) => link.request.url().path(),
            Err(error) => panic!("{text}: {error}"),
        });
        assert_eq!(paths.collect::<Vec<_>>(), ["/1", "/2"], "{text}");
    }
}

#[test]
fn what_a_shell_would_do_is_done_or_refused_and_never_sent_as_it_stands() {
    for text in [
        r#"curl -H "Authorization: Bearer $SECRET" http://h/"#,
        r#"curl -H "X: $(cat secret)" http://h/"#,
        "curl -H \"X: `cat secret`\" http://h/",
        "curl http://h/$SECRET",
    ] {
        let error = refused(text);
        assert!(error.message.contains("of the shell"), "{text}: {error}");
        assert!(error.hint.contains("single quotes"), "{text}");
        let shown = format!("{error:?}").to_lowercase();
        assert!(!shown.contains("secret"), "{shown}");
    }
    assert!(
        refused("curl http://h/a|sh")
            .message
            .contains("goes on with |")
    );
    assert_eq!(link("curl http://h/a >a.txt").file_name(), Some("a.txt"));
    for harmless in ["2>/dev/null", "2> log", "2>&1"] {
        assert_eq!(parsed(&format!("curl http://h/a {harmless}")).len(), 1);
    }
    let url = link("curl 'http://h/?$top=5&a|b'")
        .request
        .url()
        .to_string();
    assert_eq!(url, "http://h/?$top=5&a|b");
}

#[test]
fn a_header_of_another_host_is_refused() {
    for same in ["h", "H", "h:80"] {
        let link = link(&format!("curl -H 'Host: {same}' http://h/"));
        assert_eq!(link.request.headers().len(), 0);
    }
    for other in ["secret.example", "h:81", "h/secret", "@"] {
        let error = refused(&format!("curl http://h/ -H 'Host: {other}'"));
        assert!(error.message.contains("another host"), "{other}: {error}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}

#[test]
fn a_header_is_sent_once() {
    for (text, headers) in [
        (
            "curl -A x -H 'user-agent: y' http://h/",
            vec![("user-agent", "y")],
        ),
        ("curl -A x -A y http://h/", vec![("User-Agent", "y")]),
        ("curl -b a=1 -b b=2 http://h/", vec![("Cookie", "a=1; b=2")]),
        (
            "curl -b a=1 -H 'Cookie: b=2' http://h/",
            vec![("Cookie", "b=2")],
        ),
        (
            "curl -H 'X: 1' -H 'X: 2' http://h/",
            vec![("X", "1"), ("X", "2")],
        ),
    ] {
        let link = link(text);
        let sent = link.request.headers().iter();
        let sent: Vec<_> = sent.map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(sent, headers, "{text}");
    }
}

#[test]
fn a_command_with_a_bad_link_is_refused_as_a_whole_and_keeps_its_text() {
    let text = "curl -H 'A: b' http://h/1 h.example/2";
    let read = crate::links::parse_lines(text);
    assert_eq!(read.lines.len(), 1);
    assert_eq!(read.lines[0].text, text);
    let error = read.lines[0].link.as_ref().unwrap_err();
    assert_eq!(error.hint, "Write https://h.example/2 instead.");
}
