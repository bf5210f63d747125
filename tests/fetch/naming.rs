//! What a server calls its file, as wicked as it likes: one file, directly in the folder, under a name that is safe
//! everywhere.

use jobdeck::fetch::{FetchExt, NameRule};

use crate::ends::{answered, saved};
use crate::support::fault::{FaultServer, answer};
use crate::support::{Rig, get, names_in};

/// The name of the file when the server says this of it; by its URL it would be called `x`.
#[track_caller]
fn named(content_disposition: impl AsRef<[u8]>) -> String {
    let mut response = b"HTTP/1.1 200 OK\r\nContent-Disposition: ".to_vec();
    response.extend_from_slice(content_disposition.as_ref());
    response.extend_from_slice(b"\r\nContent-Length: 5\r\n\r\nhello");
    let end = answered(response);
    assert_eq!(end.line(), "done 200 5 announced");
    assert_eq!(end.text(), "hello");
    let (name, _) = end.file.unwrap();
    assert!(
        name.len() <= 255 && !name.contains(['/', '\\', ':']),
        "{name:?}"
    );
    assert!(!name.chars().any(char::is_control), "{name:?}");
    name
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
    check("C:evil", "C_evil");
    check("evil.txt:stream", "evil.txt_stream");
    check("evil.txt::$DATA", "evil.txt_$DATA");
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
    check("a%0d%0aSet-Cookie%3A b", "aSet-Cookie_ b");
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
    check_extended("\"UTF-8''a.txt\"", "a.txt");
    check_extended("UTF-8''%2e%2e%2fevil", "evil");
    check_extended("UTF-8''..%5cevil", "evil");
    check_extended("UTF-8''a%00b%0a.txt", "ab.txt");
    check_extended("UTF-8''photo%E2%80%AEgpj.exe", "photogpj.exe");
    check_extended("UTF-8''%zz%4", "%zz%4");
    check_extended("UTF-8''CON", "CON_");
}

/// What cannot be read is as good as not there.
#[test]
fn the_extended_form_that_cannot_be_read() {
    for value in [
        "windows-1252''a.txt",
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
    check("a\\\"b.txt", "a_b.txt");
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

/// Bytes that no header may have are no name either.
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
        assert_eq!(end.line(), "protocol first_byte - 0 final", "{value:?}");
    }
}

#[test]
fn names_that_windows_keeps_for_itself() {
    for (filename, name) in [
        ("CON", "CON_"),
        ("con", "con_"),
        ("con.tar.gz", "con_.tar.gz"),
        ("NUL.", "NUL_"),
        ("nul.txt", "nul_.txt"),
        ("aux ", "aux_"),
        ("PRN...  ", "PRN_"),
        ("LPT1", "LPT1_"),
        ("LPT¹", "LPT¹_"),
        ("com³.txt", "com³_.txt"),
        ("COM0", "COM0_"),
        ("CONIN$", "CONIN$_"),
        ("CONOUT$.log", "CONOUT$_.log"),
        ("../CON", "CON_"),
        ("\u{202e}CON", "CON_"),
        (".CON", "CON_"),
        ("COM10", "COM10"),
        ("console", "console"),
        ("a.con", "a.con"),
    ] {
        check(filename, name);
    }
    let spaced = named("attachment; filename=\"CON .txt\"");
    assert_ne!(spaced.split('.').next().unwrap().trim_end(), "CON");
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

/// The cut must not leave what could not stand at the end of a name.
#[test]
fn a_long_name_that_would_be_cut_at_a_space_or_a_dot() {
    for cut_at in [" b", "\u{3000}b"] {
        let filename = format!("{}{}", "a".repeat(254), cut_at.repeat(40));
        let name = named(format!("attachment; filename=\"{filename}\""));
        assert_eq!(name, "a".repeat(254), "{cut_at:?}");
    }
    // The extension stays, and what is before it is cut.
    let filename = format!("{} {}.txt", "a".repeat(250), "b".repeat(40));
    let name = named(format!("attachment; filename=\"{filename}\""));
    assert_eq!(name, format!("{}.txt", "a".repeat(250)));
}

#[test]
fn dots_and_spaces_at_the_ends() {
    check(".bashrc", "bashrc");
    check("...a", "a");
    check(" a.txt ", "a.txt");
    check("a.txt...", "a.txt");
    check("a.txt. . .", "a.txt");
    check("a\u{a0}", "a");
    check("\u{3000}a.txt\u{3000}", "a.txt");
}

#[test]
fn other_alphabets_as_they_are() {
    check("größe 你好 😀.pdf", "größe 你好 😀.pdf");
}

/// Bytes that are not UTF-8 are read as what HTTP once was written in.
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
    check("a<b>c|d?e*f.txt", "a_b_c_d_e_f.txt");
    check("a  b.txt", "a b.txt");
}

#[test]
fn by_its_url() {
    for (path, name) in [
        ("/a/b.txt?c=/d", "b.txt"),
        ("/%2e%2e%2f%2e%2e%2fetc%2fevil", "evil"),
        ("/..%5c..%5cevil", "evil"),
        ("/a%00%0a%1b.txt", "a.txt"),
        ("/CON", "CON_"),
        ("/nul.txt", "nul_.txt"),
        ("/.htaccess", "htaccess"),
        ("/%ff%fe", "\u{fffd}\u{fffd}"),
        ("/photo%E2%80%AEgpj.exe", "photogpj.exe"),
        ("/a/", "download"),
        ("/", "download"),
        ("/%20", "download"),
        ("/%2f", "download"),
        ("/C%3Aevil", "C_evil"),
    ] {
        let server =
            FaultServer::always(answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
        let end = saved(get(&server.url(path)));
        assert_eq!(end.file.unwrap().0, name, "{path}");
    }
}

/// After a redirect it is the last URL that counts, and it is no safer.
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
    assert_eq!(end.file.unwrap().0, "CON_.txt");
}

#[test]
fn by_whoever_asked_for_it() {
    let server = FaultServer::always(answer(
        "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=no\r\nContent-Length: 5\r\n\r\nhello",
    ));
    for (wanted, name) in [
        ("../../evil", "evil"),
        ("/etc/evil", "evil"),
        ("CON", "CON_"),
        ("..", "download"),
        ("", "download"),
        ("a\0b\n", "ab"),
    ] {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("folder");
        let (url, into, rule) = (
            server.url("/x"),
            folder.clone(),
            NameRule::Named(wanted.to_owned()),
        );
        let rig = Rig::new();
        rig.run(async move |cx| cx.fetch(get(&url)).save(into, rule).await)
            .unwrap();
        assert_eq!(names_in(outer.path()), ["folder"]);
        assert_eq!(names_in(&folder), [name], "{wanted:?}");
    }
}
