//! Hostile file names from a server give one file, directly in the folder, under a name valid on
//! the platform. The unit tests of `names.rs` cover the rules of all platforms.

use jobdeck::fetch::{ErrorClass, FetchError, FetchExt, IfExists, NameRule, Save};

use crate::ends::{answered, saved};
use crate::support::fault::{Act, FaultServer, answer, send};
use crate::support::{Rig, get, names_in};

/// The name of a file with this header; by its URL it would be `x`.
#[track_caller]
fn named(content_disposition: impl AsRef<[u8]>) -> String {
    let mut response = b"HTTP/1.1 200 OK\r\nContent-Disposition: ".to_vec();
    response.extend_from_slice(content_disposition.as_ref());
    response.extend_from_slice(b"\r\nContent-Length: 5\r\n\r\nhello");
    let end = answered(response);
    assert_eq!(end.line(), "done 200 5 announced");
    assert_eq!(end.text(), "hello");
    let (name, _) = end.file.unwrap();
    assert!(name.len() <= 255 && !name.contains(['/', '\\']), "{name:?}");
    assert!(!name.chars().any(char::is_control), "{name:?}");
    name
}

/// Characters that only Windows forbids stay on other platforms.
fn here<'name>(unix: &'name str, windows: &'name str) -> &'name str {
    if cfg!(windows) { windows } else { unix }
}

#[track_caller]
fn check(filename: &str, name: &str) {
    let found = named(format!("attachment; filename=\"{filename}\""));
    assert_eq!(found, name, "{filename:?}");
}

/// The form of RFC 8187.
#[track_caller]
fn check_extended(value: &str, name: &str) {
    let found = named(format!("attachment; filename*={value}"));
    assert_eq!(found, name, "{value:?}");
}

#[test]
fn a_way_out_of_the_folder() {
    for filename in [
        "../evil",
        "../../../../../../evil",
        "..\\..\\evil",
        "..\\\\..\\\\evil",
        "/evil",
        "//server/share/evil",
        "\\\\\\\\server\\\\share\\\\evil",
        "/etc/cron.d/evil",
        "a/../../evil",
        "./evil",
        "~/evil",
        "file:///evil",
        "C:\\\\Windows\\\\evil",
        "C:/Windows/evil",
    ] {
        check(filename, "evil");
    }
}

#[test]
fn a_drive_without_a_slash() {
    check("C:evil", here("C:evil", "C_evil"));
    check(
        "evil.txt:stream",
        here("evil.txt:stream", "evil.txt_stream"),
    );
    check("evil.txt::$DATA", here("evil.txt::$DATA", "evil.txt_$DATA"));
}

#[test]
fn nothing_but_dots_and_spaces() {
    for filename in [
        ".", "..", "...", "....", ". . .", "", " ", "   ", "\t", "/", "..\\\\", "a/", "./", "../..",
    ] {
        check(filename, "x");
    }
}

#[test]
fn a_way_out_in_escapes() {
    check("%2e%2e%2fevil", "evil");
    check("..%2Fevil", "evil");
    check("%2Fetc%2Fevil", "evil");
    check("..%5C..%5Cevil", "evil");
    check("%2e%2e", "x");
    check("a%00b", "ab");
    check(
        "a%0d%0aSet-Cookie%3A b",
        here("aSet-Cookie: b", "aSet-Cookie_ b"),
    );
    // Decoded once, and not again.
    check("%252e%252e%252fevil", "%2e%2e%2fevil");
    check("100%", "100%");
    check("%zz%4", "%zz%4");
}

#[test]
fn the_extended_form_and_its_alphabets() {
    check_extended("UTF-8''%e2%82%ac%20rates.txt", "€ rates.txt");
    check_extended("utf-8'en'a.txt", "a.txt");
    check_extended("ISO-8859-1''gr%fc%dfe.txt", "grüße.txt");
    check_extended("GBK''%D6%D0%CE%C4.txt", "中文.txt");
    check_extended("\"UTF-8''a.txt\"", "a.txt");
    check_extended("UTF-8''%2e%2e%2fevil", "evil");
    check_extended("UTF-8''..%5cevil", "evil");
    check_extended("UTF-8''a%00b%0a.txt", "ab.txt");
    check_extended("UTF-8''photo%E2%80%AEgpj.exe", "photogpj.exe");
    check_extended("UTF-8''%zz%4", "%zz%4");
    check_extended("UTF-8''CON", here("CON", "CON_"));
}

/// An unreadable name counts as none.
#[test]
fn the_extended_form_that_cannot_be_read() {
    for value in [
        "klingon''a.txt",
        "UTF-16''a.txt",
        "UTF-8''%ff%fe.txt",
        "UTF-8''%c3",
        "UTF-8'a.txt",
        "a.txt",
        "''a.txt",
        "UTF-8''",
        "UTF-8''%2e%2e",
        "",
    ] {
        check_extended(value, "x");
        let beside = format!("attachment; filename*={value}; filename=b.txt");
        assert_eq!(named(beside), "b.txt", "{value:?}");
    }
}

#[test]
fn the_extended_form_goes_first() {
    assert_eq!(
        named("attachment; filename=\"b.txt\"; filename*=UTF-8''a.txt"),
        "a.txt"
    );
    assert_eq!(
        named("attachment; filename*=UTF-8''a.txt; filename=\"b.txt\""),
        "a.txt"
    );
}

#[test]
fn quotes_and_escapes() {
    check("a\\\"b.txt", here("a\"b.txt", "a_b.txt"));
    check("a;b=c.txt", "a;b=c.txt");
    check("it's.txt", "it's.txt");
    check("\\a\\b", "b");
    assert_eq!(named("attachment; filename=\"open.txt"), "open.txt");
    assert_eq!(named("attachment; filename=\"a.txt\"b.txt"), "a.txt");
    assert_eq!(named("attachment; filename=\"\\"), "x");
    assert_eq!(named("attachment; filename=a b.txt"), "a b.txt");
    assert_eq!(named("attachment;filename = \"a.txt\" ; x=y"), "a.txt");
    assert_eq!(named("attachment; FILENAME=a.txt"), "a.txt");
    assert_eq!(named("filename=a.txt"), "a.txt");
    assert_eq!(named("attachment; filename=a.txt; filename=b.txt"), "a.txt");
    for nothing in [
        "",
        ";",
        ";;;",
        "=",
        "attachment",
        "inline; x",
        "filename",
        "attachment; filename",
        "attachment; filename=",
    ] {
        assert_eq!(named(nothing), "x", "{nothing:?}");
    }
}

#[test]
fn signs_that_lie_about_the_order() {
    check("photo\u{202e}gpj.exe", "photogpj.exe");
    check("\u{2066}a\u{2069}\u{200f}b\u{061c}.txt", "ab.txt");
    check("a\u{200b}b\u{feff}\u{ad}.txt", "ab.txt");
    check("\u{202e}", "x");
    check("a\u{85}b\u{9f}.txt", "ab.txt");
}

/// Bytes that are forbidden in headers give no name.
#[test]
fn control_bytes_are_dropped() {
    for (value, name) in [
        ("a\0b", "ab"),
        ("a\x01b", "ab"),
        ("a\x7fb", "ab"),
        ("a\x1b[2Jb", "a[2Jb"),
        ("a\rb", "ab"),
    ] {
        let end = answered(format!(
            "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"{value}\"\r\nContent-Length: 5\r\n\r\nhello"
        ));
        assert_eq!(end.line(), "done 200 5 announced", "{value:?}");
        assert_eq!(end.file.unwrap().0, name, "{value:?}");
    }
}

#[test]
fn folded_lines() {
    for value in ["a\r\n b", "a\r\n\tb"] {
        let end = answered(format!(
            "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"{value}\"\r\nContent-Length: 5\r\n\r\nhello"
        ));
        assert_eq!(end.line(), "done 200 5 announced", "{value:?}");
        assert_eq!(end.file.unwrap().0.replace("  ", " "), "a b", "{value:?}");
    }
}

#[test]
fn names_that_windows_keeps_for_itself() {
    for (filename, unix, windows) in [
        ("CON", "CON", "CON_"),
        ("con.tar.gz", "con.tar.gz", "con_.tar.gz"),
        ("NUL.", "NUL.", "NUL_"),
        ("aux.c", "aux.c", "aux_.c"),
        ("aux ", "aux", "aux_"),
        ("LPT¹", "LPT¹", "LPT¹_"),
        ("CONOUT$.log", "CONOUT$.log", "CONOUT$_.log"),
        ("../CON", "CON", "CON_"),
        ("\u{202e}CON", "CON", "CON_"),
        (".CON", "CON", "CON_"),
        ("COM10", "COM10", "COM10"),
        ("console", "console", "console"),
        ("a.con", "a.con", "a.con"),
    ] {
        check(filename, here(unix, windows));
    }
}

#[test]
fn four_hundred_characters() {
    let long = named(format!(
        "attachment; filename=\"{}.tar.gz\"",
        "a".repeat(400)
    ));
    assert_eq!(long, format!("{}.tar.gz", "a".repeat(248)));
    let wide = named(format!("attachment; filename=\"{}.txt\"", "😀".repeat(400)));
    assert_eq!(wide, format!("{}.txt", "😀".repeat(62)));
    let bare = named(format!("attachment; filename=\"{}\"", "😀".repeat(400)));
    assert_eq!(bare, "😀".repeat(63));
    let dots = named(format!("attachment; filename=\"a{}\"", ".b".repeat(400)));
    assert_eq!(dots, format!("a{}", ".b".repeat(127)));
}

/// Shortening must not leave an end that is forbidden in names.
#[test]
fn a_long_name_that_would_be_cut_at_a_space_or_a_dot() {
    for cut_at in [" b", "\u{3000}b"] {
        let filename = format!("{}{}", "a".repeat(254), cut_at.repeat(40));
        let name = named(format!("attachment; filename=\"{filename}\""));
        assert_eq!(name, "a".repeat(254), "{cut_at:?}");
    }
    // The extension stays, and the part before it is shortened.
    let filename = format!("{} {}.txt", "a".repeat(250), "b".repeat(40));
    let name = named(format!("attachment; filename=\"{filename}\""));
    assert_eq!(name, format!("{}.txt", "a".repeat(250)));
}

#[test]
fn dots_and_spaces_at_the_ends() {
    check(".bashrc", "bashrc");
    check("...a", "a");
    check(" a.txt ", "a.txt");
    check("a.txt...", here("a.txt...", "a.txt"));
    check("a.txt. . .", here("a.txt. . .", "a.txt"));
    check("a\u{a0}", "a");
    check("\u{3000}a.txt\u{3000}", "a.txt");
}

#[test]
fn other_alphabets_as_they_are() {
    check("größe 你好 😀.pdf", "größe 你好 😀.pdf");
}

/// Bytes that are not UTF-8 are read as ISO 8859-1.
#[test]
fn the_old_alphabet_of_http() {
    assert_eq!(
        named(b"attachment; filename=\"gr\xfc\xdfe.txt\""),
        "grüße.txt"
    );
    assert_eq!(named(b"attachment; filename=caf\xe9.txt"), "café.txt");
    assert_eq!(
        named(b"attachment; filename=\"\xff\xfe\x80/../\x85evil\""),
        "evil"
    );
}

#[test]
fn what_a_file_system_may_refuse() {
    check(
        "a<b>c|d?e*f.txt",
        here("a<b>c|d?e*f.txt", "a_b_c_d_e_f.txt"),
    );
    check("a  b.txt", "a  b.txt");
}

/// A server must not choose a name that looks like a part or manifest of another download.
#[test]
fn names_of_incomplete_files() {
    check("setup.bin.part", "setup.bin.part_");
    check("setup.bin.part.json", "setup.bin.part.json_");
    check("setup.bin.part.old3", "setup.bin.part.old3_");
}

#[test]
fn letters_that_are_joined_or_not() {
    check("می\u{200c}خواهم.txt", "می\u{200c}خواهم.txt");
    check("👩\u{200d}🚀.png", "👩\u{200d}🚀.png");
    check("\u{200c}", "x");
}

/// Encoded words of mail (RFC 2047), which browsers decode.
#[test]
fn encoded_words() {
    check("=?UTF-8?B?Z3LDvMOfZS5wZGY=?=", "grüße.pdf");
    check("=?utf-8?q?gr=C3=BC=C3=9Fe_2.pdf?=", "grüße 2.pdf");
    check("=?gb2312?B?1tDOxA==?=.txt", "中文.txt");
    check("=?UTF-8?Q?a?= =?UTF-8?Q?b=2Etxt?=", "ab.txt");
    check("=?UTF-8?Q?..=2F..=2Fevil?=", "evil");
    check("=?UTF-8?B?!?=", here("=?UTF-8?B?!?=", "=_UTF-8_B_!_="));
}

#[test]
fn by_its_url() {
    for (path, name) in [
        ("/a/b.txt?c=/d", "b.txt"),
        ("/%2e%2e%2f%2e%2e%2fetc%2fevil", "evil"),
        ("/..%5c..%5cevil", "evil"),
        ("/a%00%0a%1b.txt", "a.txt"),
        ("/CON", here("CON", "CON_")),
        ("/nul.txt", here("nul.txt", "nul_.txt")),
        (
            "/2024-01-01T10:00:00.csv",
            here("2024-01-01T10:00:00.csv", "2024-01-01T10_00_00.csv"),
        ),
        ("/%D6%D0.txt", "%D6%D0.txt"),
        ("/a%20%C3%BC%d6.txt", "a ü%d6.txt"),
        ("/%D9%85%DB%8C%E2%80%8C%D8%AE.txt", "می\u{200c}خ.txt"),
        ("/.htaccess", "htaccess"),
        ("/%ff%fe", "%ff%fe"),
        ("/photo%E2%80%AEgpj.exe", "photogpj.exe"),
        ("/a/", "download"),
        ("/", "download"),
        ("/%20", "download"),
        ("/%2f", "download"),
        ("/C%3Aevil", here("C:evil", "C_evil")),
    ] {
        let server =
            FaultServer::always(answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
        let end = saved(get(&server.url(path)));
        assert_eq!(end.file.unwrap().0, name, "{path}");
    }
}

/// After a redirect the last URL counts, and it is checked alike.
#[test]
fn by_the_url_of_a_redirect() {
    let server = FaultServer::start(vec![
        answer(
            "HTTP/1.1 302 Found\r\nLocation: /..%2f..%2fCON.txt\r\nContent-Disposition: attachment; filename=no\r\n\
             Content-Length: 0\r\n\r\n",
        ),
        answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    ]);
    let end = saved(get(&server.url("/x")));
    assert_eq!(end.file.unwrap().0, here("CON.txt", "CON_.txt"));
}

/// A job that saves under a name that was given, in a folder of its own.
fn given(server: &FaultServer, name: &str, rule: IfExists, before: &[&str]) -> Given {
    let folder = tempfile::tempdir().unwrap();
    for file in before {
        std::fs::write(folder.path().join(file), "before").unwrap();
    }
    let save = Save::in_folder(folder.path())
        .named(NameRule::Named(name.to_owned()))
        .if_exists(rule);
    let url = server.url("/x");
    let rig = Rig::new();
    let job = rig.runtime.spawn("save", async move |cx| {
        cx.fetch(get(&url)).save_as(save).await
    });
    let end = rig.end_of(job);
    Given {
        path: end.map(|fetched| {
            let path = fetched.path.unwrap();
            path.file_name().unwrap().to_str().unwrap().to_owned()
        }),
        names: names_in(folder.path()),
    }
}

struct Given {
    path: Result<String, FetchError>,
    names: Vec<String>,
}

fn hello() -> FaultServer {
    FaultServer::always(answer(
        "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=no\r\nContent-Length: 5\r\n\r\nhello",
    ))
}

#[test]
fn a_name_that_was_given_is_used_exactly() {
    let server = hello();
    let long = "ü".repeat(127);
    for name in [".env", "a  b.txt", "-", "a.TXT", "no.tar.gz", long.as_str()] {
        let end = given(&server, name, IfExists::Fail, &[]);
        assert_eq!(
            (end.path.unwrap().as_str(), end.names),
            (name, vec![name.to_owned()])
        );
    }
    #[cfg(unix)]
    for name in ["backup 10:30.sql", " a ", "con", "a?*<>|\".b", "a.", "a\nb"] {
        let end = given(&server, name, IfExists::Fail, &[]);
        assert_eq!(
            (end.path.unwrap().as_str(), end.names),
            (name, vec![name.to_owned()])
        );
    }
}

#[test]
fn a_name_that_no_file_can_have_is_refused_before_anything_is_asked_for() {
    let server = hello();
    let long = "a".repeat(256);
    for (name, says) in [
        ("../../evil", "no /"),
        ("/etc/evil", "no /"),
        ("a\\b", "no /"),
        ("..", "folders"),
        (".", "folders"),
        ("", "empty"),
        ("a\0b", "NUL"),
        ("a.part", "incomplete"),
        ("a.part.json", "incomplete"),
        ("a.part.old1", "incomplete"),
        (long.as_str(), "256 bytes"),
    ] {
        let end = given(&server, name, IfExists::Rename, &[]);
        let error = end.path.unwrap_err();
        assert_eq!(error.class, ErrorClass::BadUrl, "{name:?}");
        assert!(error.message.contains(says), "{name:?}: {error}");
        assert_eq!(end.names, Vec::<String>::new(), "{name:?}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_name_that_is_taken_fails_without_a_request_where_it_must_be_free() {
    let server = hello();
    let end = given(&server, "a.txt", IfExists::Fail, &["a.txt"]);
    assert_eq!(end.path.unwrap_err().class, ErrorClass::FileExists);
    assert_eq!(end.names, ["a.txt"]);
    assert_eq!(server.requests().len(), 0);
    let end = given(&server, "a.txt", IfExists::Rename, &["a.txt"]);
    assert_eq!(end.path.unwrap(), "a (1).txt");
}

#[test]
fn a_name_from_the_server_that_is_taken_fails_with_the_answer() {
    let server = hello();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("no"), "before").unwrap();
    let save = Save::in_folder(folder.path()).if_exists(IfExists::Fail);
    let url = server.url("/x");
    let rig = Rig::new();
    let job = rig.runtime.spawn("save", async move |cx| {
        cx.fetch(get(&url)).save_as(save).await
    });
    assert_eq!(rig.end_of(job).unwrap_err().class, ErrorClass::FileExists);
    assert_eq!(names_in(folder.path()), ["no"]);
}

/// The name is checked again when the file gets it.
#[test]
fn a_name_taken_meanwhile_fails_and_the_part_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let held = vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"),
        Act::AwaitRequests(2),
        send("lo"),
    ];
    let go = answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let gate = FaultServer::start(vec![held, go]);
    let save = Save::in_folder(folder.path())
        .named(NameRule::Named("late.txt".to_owned()))
        .if_exists(IfExists::Fail);
    let url = gate.url("/x");
    let rig = Rig::new();
    let job = rig.runtime.spawn("save", async move |cx| {
        cx.fetch(get(&url)).save_as(save).await
    });
    let part = folder.path().join("late.txt.part");
    rig.drive_until("the part", || part.exists());
    std::fs::write(folder.path().join("late.txt"), "other").unwrap();
    let go = gate.url("/go");
    rig.run(async move |cx| cx.fetch(get(&go)).count().await)
        .unwrap();
    let error = rig.end_of(job).unwrap_err();
    assert_eq!(error.class, ErrorClass::FileExists);
    assert_eq!(error.part.as_deref(), Some(part.as_path()));
    let there = std::fs::read(folder.path().join("late.txt")).unwrap();
    assert_eq!(there, b"other");
    assert_eq!(std::fs::read(part).unwrap(), b"hello");
}
