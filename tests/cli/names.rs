//! Names given on the command line are used exactly, or refused with the reason.

use std::fs;

use jobdeck::demo::{DemoServer, Pace};

use crate::program::run_in;

#[test]
fn a_name_is_used_exactly() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = server.url("/bytes/10/a");
    let mut names = vec![".env", "a  b.txt", "ü"];
    if cfg!(unix) {
        names.extend(["backup 10:30.sql", "aux.c", "a.", "what?"]);
    }
    for name in names {
        let folder = tempfile::tempdir().unwrap();
        run_in(folder.path(), &["run", "-o", name, &url], "").expect_status(0);
        let entries: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].as_ref().unwrap().file_name(), name);
    }
}

#[test]
fn a_name_that_no_file_can_have_says_why() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = server.url("/bytes/10/a");
    let folder = tempfile::tempdir().unwrap();
    let long = "a".repeat(256);
    for (name, says) in [
        ("", "The name is empty"),
        (".", "are folders"),
        ("a/b", "no /"),
        ("x.part", "incomplete files"),
        ("x.part.json", "incomplete files"),
        (&long, "256 bytes"),
    ] {
        let end = run_in(folder.path(), &["run", "-o", name, &url], "");
        end.expect_status(2);
        assert!(end.stderr.contains(says), "{name}: {}", end.stderr);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_file_that_is_there_stays_unless_a_rule_says_what_to_do() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = server.url("/bytes/10/a");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine");
    fs::write(&path, "before").unwrap();
    let end = run_in(folder.path(), &["run", "--json", "-o", "mine", &url], "");
    end.expect_status(1);
    assert_eq!(end.finished(&url)["error"]["class"], "file_exists");
    assert_eq!(server.connections(), 0, "nothing is downloaded in vain");
    assert_eq!(fs::read(&path).unwrap(), b"before");
    let with_rule = |rule| {
        let arguments = ["run", "-o", "mine", "--if-exists", rule, &url];
        run_in(folder.path(), &arguments, "")
    };
    with_rule("fail").expect_status(1);
    with_rule("skip").expect_status(0);
    assert_eq!(fs::read(&path).unwrap(), b"before");
    with_rule("rename").expect_status(0);
    assert!(folder.path().join("mine (1)").exists());
    with_rule("overwrite").expect_status(0);
    assert_eq!(fs::read(&path).unwrap().len(), 10);
    // Also a name that the server gives.
    let end = run_in(folder.path(), &["run", "--if-exists", "fail", &url], "");
    end.expect_status(0);
    let end = run_in(folder.path(), &["run", "--if-exists", "fail", &url], "");
    end.expect_status(1);
}

#[test]
fn only_files_from_before_the_run_are_overwritten() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a"), "before").unwrap();
    // Sequential and parallel: two downloads of one name never replace each other.
    for at_once in ["1", "2"] {
        let urls = [10, 20].map(|bytes| server.url(&format!("/bytes/{bytes}/a")));
        let mut arguments = vec!["run", "-j", at_once, "--if-exists", "overwrite"];
        arguments.extend(urls.iter().map(String::as_str));
        run_in(folder.path(), &arguments, "").expect_status(0);
        let mut lengths = ["a", "a (1)"].map(|name| fs::read(path(name)).unwrap().len());
        lengths.sort_unstable();
        assert_eq!(lengths, [10, 20], "{at_once}");
        fs::remove_file(path("a (1)")).unwrap();
    }
    // The next run replaces what this one left.
    let url = server.url("/bytes/30/a");
    let arguments = ["run", "--if-exists", "overwrite", &url];
    run_in(folder.path(), &arguments, "").expect_status(0);
    assert_eq!(fs::read(path("a")).unwrap().len(), 30);
    assert!(!path("a (1)").exists());
}

#[test]
fn a_folder_of_the_name_is_refused_at_once_and_told_as_one() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = server.url("/bytes/10/a");
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("mine")).unwrap();
    for rule in ["overwrite", "fail"] {
        let arguments = ["run", "-o", "mine", "--if-exists", rule, &url];
        let end = run_in(folder.path(), &arguments, "");
        end.expect_status(1);
        let says = format!("{}{}", end.stdout, end.stderr);
        assert!(says.contains("There is a folder of that name"), "{says}");
        assert!(!says.contains("--if-exists"), "{says}");
    }
    assert_eq!(server.connections(), 0, "nothing is downloaded in vain");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
