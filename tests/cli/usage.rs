//! Mistakes on the command line end with status 2, say what to write, and start nothing.

use jobdeck::demo::{DemoServer, Pace};

use crate::program::{run, run_in};

#[test]
fn a_bad_line_names_itself_and_nothing_is_started() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let good = server.url("/bytes/10/a");
    std::fs::write(
        folder.path().join("urls.txt"),
        format!("{good}\nexample.com/x\n"),
    )
    .unwrap();
    let arguments = ["run", "--json", "-i", "urls.txt"];
    let end = run_in(folder.path(), &arguments, "");
    end.expect_status(2);
    assert_eq!(end.stdout, "");
    end.expect_stderr("urls.txt, line 2");
    end.expect_stderr("https://example.com/x");
    assert_eq!(server.connections(), 0);

    let arguments = ["run", "--json", "--keep-going", "-i", "urls.txt"];
    let end = run_in(folder.path(), &arguments, "");
    end.expect_status(1);
    assert_eq!(end.finished(&good)["received"], 10);
    end.expect_stderr("urls.txt, line 2");
}

#[test]
fn mistakes_end_with_status_two() {
    for arguments in [
        &["run"][..],
        &["run", "--no-such-option", "http://127.0.0.1/"],
        &["run", "-j", "0", "http://127.0.0.1/"],
        &["run", "--sleep", "soon", "http://127.0.0.1/"],
        &["run", "-i", "/no/such/file"],
        &["run", "--json", "--quiet", "http://127.0.0.1/"],
        &["run", "-o", "x", "--count-only", "http://127.0.0.1/"],
        &["run", "-o", "a/b", "http://127.0.0.1/"],
        &["run", "-o", "x.part", "http://127.0.0.1/"],
        &["run", "-o", "-", "--json", "http://127.0.0.1/"],
        &["run", "-o", "-", "--joblog", "x", "http://127.0.0.1/"],
        &["run", "-o", "-", "-d", ".", "http://127.0.0.1/"],
        &["run", "-o", "-", "--count-only", "http://127.0.0.1/"],
        &["run", "-o", "-", "http://127.0.0.1/[1-2]"],
        &["run", "-o", "-", "http://127.0.0.1/1", "http://127.0.0.1/2"],
        &["run", "-o", "-", "--demo"],
        &["-o", "-", "http://127.0.0.1/"],
        &["run", "-d", ".", "-o", "x", "http://127.0.0.1/[1-2]"],
        &[
            "run",
            "--if-exists",
            "skip",
            "--count-only",
            "http://127.0.0.1/",
        ],
        &["run", "--checksum", "md5:0", "http://127.0.0.1/"],
        &["run", "--limit-rate", "fast", "http://127.0.0.1/"],
        &["run", "http://127.0.0.1/[3-1]"],
        &["run", "http://127.0.0.1/[1-9999999]"],
        // The window's options are checked before there is a window.
        &["-o", "x"],
        &["demo", "--checksum", "md5:0"],
    ] {
        let end = run(arguments);
        end.expect_status(2);
        assert_eq!(end.stdout, "", "{arguments:?}");
        assert!(!end.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_shows_examples_and_the_version_is_the_crates() {
    for arguments in [&["--help"][..], &["run", "--help"]] {
        let end = run(arguments);
        end.expect_status(0);
        assert!(end.stdout.contains("Examples:"), "{}", end.stdout);
        assert_eq!(end.stderr, "");
        // No hint refers to its own page.
        let names_run = end.stdout.contains("`jobdeck run --help`");
        assert_eq!(names_run, arguments == ["--help"], "{}", end.stdout);
    }
    let end = run(&["--version"]);
    end.expect_status(0);
    assert_eq!(
        end.stdout.trim(),
        concat!("jobdeck ", env!("CARGO_PKG_VERSION"))
    );
}
