//! What arguments become, and which are refused.

use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::fetch::{Checksum, IfExists};
use crate::links::Link;
use crate::options::{Headers, Setting};

/// The checksum of nothing.
const CHECKSUM: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn run(arguments: &[&str]) -> Result<RunOptions, UsageError> {
    let all = ["jobdeck", "run"].iter().chain(arguments);
    match parse(all)? {
        Invocation::Run(options) => Ok(options),
        other => panic!("not a run: {other:?}"),
    }
}

fn open(arguments: &[&str]) -> OpenOptions {
    match parse(["jobdeck"].iter().chain(arguments)).unwrap() {
        Invocation::Open(options) => options,
        other => panic!("not a window: {other:?}"),
    }
}

#[test]
fn the_arguments_are_well_formed() {
    command::command().debug_assert();
}

#[test]
fn without_options_everything_has_its_default() {
    assert_eq!(open(&[]), OpenOptions::default());
    assert!(open(&["demo"]).demo);
    let options = run(&["http://h/a"]).unwrap();
    let lines_for_people = Settings {
        host_patience: HOST_PATIENCE_OF_RUN,
        computes_sha256: false,
        keeps_preview: false,
        ..Settings::default()
    };
    assert_eq!(options.jobs, lines_for_people);
    let options = run(&["--json", "http://h/a"]).unwrap();
    let lines_for_programs = Settings {
        computes_sha256: true,
        ..lines_for_people
    };
    assert_eq!(options.jobs, lines_for_programs);
    assert_eq!(options.links, [Link::get("http://h/a").unwrap()]);
}

#[test]
fn every_option_reaches_its_place() {
    let options = run(&[
        "--json",
        "--no-store",
        "-d",
        "/d",
        "-j",
        "3",
        "--sleep",
        "0.5..3",
        "--retries",
        "0",
        "--connect-timeout",
        "500ms",
        "--idle-timeout",
        "2m",
        "--seed",
        "9",
        "-o",
        "a.iso",
        "--if-exists",
        "overwrite",
        "--per-host",
        "2",
        "--limit-rate",
        "2M",
        "--limit-rate-per-job",
        "500k",
        "--timeout",
        "1h",
        "--first-byte-timeout",
        "7",
        "--low-speed",
        "100",
        "--max-redirects",
        "0",
        "-H",
        "X-One: 1",
        "--header",
        "X-Two: 2",
        "--checksum",
        CHECKSUM,
        "--joblog",
        "jobs.tsv",
        "http://h/a",
    ])
    .unwrap();
    assert!(options.json && options.store.no_store && !options.quiet && !options.demo);
    assert_eq!(options.joblog, Some(PathBuf::from("jobs.tsv")));
    let jobs = options.jobs;
    let mut headers = Headers::default();
    headers.add("X-One: 1").unwrap();
    headers.add("X-Two: 2").unwrap();
    assert_eq!(jobs.headers, headers);
    assert_eq!(jobs.file_name.as_deref(), Some("a.iso"));
    assert_eq!(jobs.if_exists, IfExists::Overwrite);
    assert_eq!(jobs.checksum, Some(Checksum::of(b"")));
    assert_eq!((jobs.jobs_per_host, jobs.max_redirects), (2, 0));
    assert_eq!(jobs.rate_limit_bytes_per_sec, Some(2_000_000));
    assert_eq!(jobs.job_rate_limit_bytes_per_sec, Some(500_000));
    assert_eq!(jobs.low_speed_bytes_per_sec, Some(100));
    assert_eq!(jobs.time_limit, Some(Duration::from_secs(3600)));
    assert_eq!(jobs.first_byte_timeout, Duration::from_secs(7));
    assert_eq!(jobs.folder, Some(PathBuf::from("/d")));
    assert_eq!(
        (jobs.jobs_at_once, jobs.retries, jobs.seed),
        (3, 0, Some(9))
    );
    assert_eq!(
        jobs.sleep,
        Duration::from_millis(500)..=Duration::from_secs(3)
    );
    assert_eq!(jobs.connect_timeout, Duration::from_millis(500));
    assert_eq!(jobs.idle_timeout, Duration::from_secs(120));
    assert!(run(&["--demo", "-q"]).unwrap().demo);
    let opened = open(&["--count-only", "http://h/a"]);
    assert_eq!(opened.options.count_only, Some(true));
}

#[test]
fn a_setting_is_given_also_where_its_default_is() {
    assert_eq!(open(&["--retries", "5"]).options.said(), [Setting::Retries]);
    assert_eq!(
        open(&["demo", "-j", "6"]).options.said(),
        [Setting::JobsAtOnce]
    );
    assert_eq!(
        open(&["-d", "/d", "--limit-rate", "2M"]).options.said(),
        [Setting::Folder, Setting::CountOnly, Setting::RateLimit],
        "what has a folder is not only counted"
    );
}

#[test]
fn the_help_names_the_defaults_that_there_are() {
    use crate::options;
    let help = arguments::command().render_help().to_string();
    let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for (text, default) in [
        ("run at once", options::JOBS_AT_ONCE.default),
        ("against one host", options::JOBS_PER_HOST.default),
        ("is tried again", options::RETRIES.default),
        ("are followed", options::MAX_REDIRECTS.default),
    ] {
        let expected = format!("{text} [default: {default}]");
        assert!(words.contains(&expected), "{expected}: {words}");
    }
}

#[test]
fn mistakes_say_what_to_write() {
    for (arguments, says) in [
        (&["--jobs", "0", "http://h/"][..], "from 1 to 1000"),
        (&["--jobs", "many", "http://h/"], "whole number"),
        (
            &["--idle-timeout", "3 weeks", "http://h/"],
            "ms, s, m, h or d",
        ),
        (&["--sleep", "3..1", "http://h/"], "smaller number first"),
        (&["--json", "--quiet", "http://h/"], "cannot be used with"),
        (&["--demo", "http://h/"], "cannot be used with"),
        (&[], "--demo"),
        (&["--proxy", "socks4://h", "http://h/"], "--proxy: SOCKS"),
        (
            &["--cacert", "/no/such.pem", "http://h/"],
            "read from /no/such.pem",
        ),
        (&["--limit-rate", "0", "http://h/"], "leave the option out"),
        (
            &["--limit-rate", "fast", "http://h/"],
            "“fast” is not a number",
        ),
        (&["--per-host", "0", "http://h/"], "from 1 to 1000"),
        (
            &["--if-exists", "ask", "-d", ".", "http://h/"],
            "rename, overwrite, skip, fail",
        ),
        (
            &["--joblog", "-", "http://h/"],
            "--json for standard output",
        ),
        (
            &["--checksum", "md5:00", "http://h/"],
            "only SHA-256 is known",
        ),
        (
            &["--checksum", "sha256:00", "http://h/"],
            "64 hexadecimal digits",
        ),
        (
            &["-o", "a/b", "http://h/"],
            "--output: A name has no / and no \\",
        ),
        (&["-o", "..", "http://h/"], "are folders"),
        (&["-o", "", "http://h/"], "The name is empty"),
        (&["-o", "a.part", "http://h/"], "incomplete files"),
        (
            &["-o", "-", "--json", "http://h/"],
            "--json: the bytes go to standard output",
        ),
        (&["-o", "-", "--joblog", "x", "http://h/"], "--joblog: the"),
        (&["-o", "-", "-d", ".", "http://h/"], "--dir: the bytes go"),
        (
            &["-o", "-", "--if-exists", "skip", "http://h/"],
            "--if-exists: the bytes go",
        ),
        (&["-o", "-", "http://h/[1-2]"], "there are 2 URLs"),
        (&["-i", "/no/such/file"], "/no/such/file cannot be read"),
    ] {
        let error = run(arguments).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(error.exit_status(), 2, "{error}");
    }
    let help = run(&["--help"]).unwrap_err();
    assert_eq!(help.exit_status(), 0);
}

#[test]
fn a_bad_line_names_its_place_and_nothing_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("urls.txt");
    std::fs::write(&list, "http://h/1\n# no\n\nexample.com/2\nhttp://h/3\n").unwrap();
    let list = list.to_str().unwrap();
    let error = run(&["-i", list, "http://h/0", "ftp://h/"]).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("urls.txt, line 4: The URL does not say how"),
        "{text}"
    );
    assert!(
        text.contains("Write https://example.com/2 instead."),
        "{text}"
    );
    assert!(text.contains("URL 2: Only http and https"), "{text}");
    assert!(text.contains("--keep-going"), "{text}");
    assert_eq!(error.exit_status(), 2);

    let options = run(&["--keep-going", "-i", list, "http://h/0", "ftp://h/"]).unwrap();
    let urls: Vec<_> = options
        .links
        .iter()
        .map(|link| link.request.url().path())
        .collect();
    assert_eq!(urls, ["/0", "/1", "/3"]);
    assert_eq!(options.bad_lines.len(), 2);
}

#[test]
fn an_option_without_effect_is_refused_and_says_why() {
    for (arguments, says) in [
        (
            &["-o", "x", "--count-only", "http://h/"][..],
            "--output: the bytes are counted",
        ),
        (
            &["-d", ".", "-o", "x", "http://h/[1-2]"],
            "--output: there are 2 URLs",
        ),
        (
            &["-d", ".", "-o", "x", "--demo"],
            "--output: the demo has downloads",
        ),
        (
            &["--if-exists", "skip", "--count-only", "http://h/"],
            "--if-exists: the bytes are counted",
        ),
        (
            &["--checksum", CHECKSUM, "http://h/1", "http://h/2"],
            "there are 2 URLs",
        ),
        (
            &["--demo", "--checksum", CHECKSUM],
            "--checksum: the demo has downloads",
        ),
        (&["--demo", "--no-glob"], "--no-glob: there are no URLs"),
        (
            &["--demo", "--keep-going"],
            "--keep-going: there are no URLs",
        ),
        (&["--seed", "1", "http://h/"], "--seed: no sleep is drawn"),
        (
            &["--seed", "1", "--sleep", "2", "http://h/"],
            "--seed: no sleep is drawn",
        ),
    ] {
        let error = run(arguments).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(error.exit_status(), 2, "{error}");
    }
    for arguments in [
        &["-o", "x"][..],
        &["-o", "x", "http://h/1", "http://h/2"],
        &["-o", "x", "--count-only", "http://h/1"],
        &["-o", "-", "http://h/1"],
        &["--if-exists", "skip", "--count-only"],
        &["demo", "--if-exists", "skip"],
        &["demo", "-d", ".", "-o", "x"],
    ] {
        let error = parse(["jobdeck"].iter().chain(arguments)).unwrap_err();
        assert!(matches!(error, UsageError::Option { .. }), "{error}");
    }
    // The window saves to the Downloads folder, and its sheet may be told to sleep.
    let opened = open(&["-o", "x", "http://h/"]).options;
    assert_eq!(opened.file_name, Some(Some("x".to_owned())));
    assert_eq!(open(&["--seed", "1"]).options.seed, Some(Some(1)));
    assert_eq!(open(&["demo", "--seed", "1"]).options.seed, Some(Some(1)));
}

#[test]
fn a_name_that_is_given_must_be_free_unless_a_rule_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("urls.txt");
    std::fs::write(&list, "http://h/1\tx\nhttp://h/2\n").unwrap();
    let list = list.to_str().unwrap();
    let rules = |arguments: &[&str]| {
        let links = run(arguments).unwrap().links;
        let rules = links
            .iter()
            .map(|link| link.own.as_ref()?.options.if_exists);
        rules.collect::<Vec<_>>()
    };
    let fail = Some(IfExists::Fail);
    assert_eq!(rules(&["-i", list, "http://h/"]), [None, fail, None]);
    assert_eq!(rules(&["-o", "x", "http://h/"]), [fail]);
    let overwrite = ["--if-exists", "overwrite", "-o", "x", "http://h/"];
    assert_eq!(rules(&overwrite), [None]);
    let opened = open(&["-o", "x", "http://h/"]);
    assert_eq!(
        opened.links[0].own.as_ref().unwrap().options.if_exists,
        fail
    );
    let to_stdout = run(&["-o", "-", "--checksum", CHECKSUM, "--strict", "http://h/"]).unwrap();
    assert!(to_stdout.to_standard_output && to_stdout.strict);
    assert_eq!(to_stdout.jobs.file_name, None);
}

#[test]
fn lists_are_read_in_every_encoding_and_say_what_was_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let read = |bytes: &[u8]| {
        let list = folder.path().join("urls.txt");
        std::fs::write(&list, bytes).unwrap();
        let options = run(&["-i", list.to_str().unwrap()]).unwrap();
        let urls = options.links.iter().map(|link| link.request.url().path());
        (
            urls.map(ToOwned::to_owned).collect::<Vec<_>>(),
            options.notes,
        )
    };
    let utf16 = |number: fn(u16) -> [u8; 2]| {
        let text = "\u{feff}http://h/ü\n".encode_utf16();
        text.flat_map(number).collect::<Vec<u8>>()
    };
    for bytes in [
        "http://h/ü\n".as_bytes().to_vec(),
        "\u{feff}http://h/ü\r\n".as_bytes().to_vec(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
    ] {
        assert_eq!(read(&bytes), (vec!["/%C3%BC".to_owned()], vec![]));
    }
    let (urls, notes) = read(b"http://h/\xfc\nhttp://h/\xfc\n http://h/a\n  split=2\n");
    assert_eq!(urls, ["/%C3%BC", "/a"]);
    let [encoding, repeated, options] = notes.as_slice() else {
        panic!("{notes:?}");
    };
    assert!(encoding.contains("urls.txt is not in UTF-8"), "{encoding}");
    assert!(repeated.ends_with("downloaded once: line 2"), "{repeated}");
    assert!(options.ends_with("not split"), "{options}");
    let list = folder.path().join("picture");
    std::fs::write(&list, b"\x89PNG\0").unwrap();
    let error = run(&["-i", list.to_str().unwrap()]).unwrap_err();
    assert!(error.to_string().contains("is not a text file"), "{error}");
    assert_eq!(error.exit_status(), 2);
    // Arguments are taken as given.
    assert_eq!(
        run(&["http://h/a b", "http://h/a b"]).unwrap().links.len(),
        2
    );
}

#[test]
fn a_bad_header_is_named_and_its_value_is_not_repeated() {
    for header in [
        "X: hunter2\u{1}",
        "Range: hunter2",
        "hunter2",
        "a b: hunter2",
    ] {
        let error = run(&["-H", header, "http://h/"]).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains("--header"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    let options = run(&["-H", "X: hunter2", "http://h/"]).unwrap();
    assert!(!format!("{options:?}").contains("hunter2"));
}

#[test]
fn ranges_and_lists_are_expanded_in_arguments_and_files_unless_told_not_to() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("urls.txt");
    std::fs::write(&list, "http://h/{x,y}\nhttp://h/[2-1]\n").unwrap();
    let list = list.to_str().unwrap();
    let paths = |options: &RunOptions| {
        let paths = options.links.iter().map(|link| link.request.url().path());
        paths.map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let arguments = ["--keep-going", "-i", list, "http://h/[08-10]"];
    let options = run(&arguments).unwrap();
    assert_eq!(paths(&options), ["/08", "/09", "/10", "/x", "/y"]);
    let bad = options.bad_lines[0].to_string();
    assert!(
        bad.contains("urls.txt, line 2: The range [2-1] ends before"),
        "{bad}"
    );
    let literal = run(&["--no-glob", "-i", list, "http://h/[08-10]"]).unwrap();
    assert_eq!(paths(&literal), ["/[08-10]", "/%7Bx,y%7D", "/[2-1]"]);
}
