//! `run --json`: exact numbers, every event in its form, and nothing else on standard output.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use jobdeck::demo::{DemoServer, Pace};
use serde_json::{Value, json};

use crate::fault::{FaultServer, answer};
use crate::program::{End, run, run_in};

#[test]
fn three_downloads_are_reported_to_the_byte() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let sizes = [0, 12_345, 3_000_000];
    let urls = sizes.map(|bytes| server.url(&format!("/bytes/{bytes}/f")));
    let [a, b, c] = urls.each_ref().map(String::as_str);
    let end = run(&[
        "run",
        "--json",
        "--count-only",
        "--sleep",
        "0.2..0.6",
        a,
        b,
        c,
    ]);
    end.expect_status(0);
    for (url, bytes) in urls.iter().zip(sizes) {
        let finished = end.finished(url);
        assert_eq!(finished["outcome"], "done", "{finished}");
        assert_eq!(finished["received"], bytes, "{finished}");
        assert_eq!(finished["wire_bytes"], bytes, "{finished}");
        assert_eq!(finished["total"], bytes, "{finished}");
        assert_eq!(finished["length_announced"], true, "{finished}");
        assert_eq!(finished["http_status"], 200, "{finished}");
        assert_eq!(finished["attempts"], 1, "{finished}");
        assert_eq!(finished["final_url"], **url, "{finished}");
        assert!(
            finished["path"].is_null() && finished["error"].is_null(),
            "{finished}"
        );
        let [slept_s, elapsed_s, paused_s] =
            ["slept_s", "elapsed_s", "paused_s"].map(|name| finished[name].as_f64().unwrap());
        assert!((0.2..5.0).contains(&slept_s), "{finished}");
        assert!(elapsed_s >= slept_s, "{finished}");
        assert!(paused_s.abs() < f64::EPSILON, "{finished}");
    }
    let summary = end.events().pop().unwrap();
    assert_eq!(summary["event"], "summary");
    assert_eq!(
        (&summary["done"], &summary["failed"]),
        (&3.into(), &0.into())
    );
    assert_eq!(summary["received"], 3_012_345);
    assert_eq!(end.events_named("added").len(), 3);
    for event in end.events() {
        assert!(event["t_s"].as_f64().unwrap() >= 0.0, "{event}");
        let is_of_a_job = event["job"].is_u64() && event["url"].is_string();
        assert_eq!(is_of_a_job, event["event"] != "summary", "{event}");
    }
    let labels: Vec<_> = end
        .events_named("step")
        .into_iter()
        .map(|step| step["label"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        labels.iter().any(|label| label == "Downloading"),
        "{labels:?}"
    );
    assert_eq!(server.log().len(), 3);
}

#[test]
fn one_that_fails_does_not_hold_the_others() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let dead = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    };
    let (a, b) = (server.url("/bytes/1000/a"), server.url("/bytes/2000/b"));
    let end = run(&["run", "--json", "--retries", "0", &a, &dead, &b]);
    end.expect_status(1);
    assert_eq!(end.finished(&a)["received"], 1000);
    assert_eq!(end.finished(&b)["received"], 2000);
    let failed = end.finished(&dead);
    assert_eq!(failed["outcome"], "failed", "{failed}");
    let error = &failed["error"];
    assert_eq!(error["class"], "connect", "{failed}");
    assert_eq!(error["phase"], "connect", "{failed}");
    for text in ["message", "hint", "detail"] {
        assert!(!error[text].as_str().unwrap().is_empty(), "{failed}");
    }
    let summary = end.events().pop().unwrap();
    assert_eq!(
        (&summary["done"], &summary["failed"]),
        (&2.into(), &1.into())
    );
}

#[test]
fn a_retry_is_reported_and_counted() {
    let busy = "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n";
    let server = FaultServer::start(vec![
        answer(busy),
        // Two bytes, then the connection is cut.
        answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"),
        answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    ]);
    let url = server.url("/x");
    let end = run(&["run", "--json", &url]);
    end.expect_status(0);
    let retries = end.events_named("retry");
    assert_eq!(retries.len(), 2, "{}", end.stdout);
    let finished = end.finished(&url);
    assert_eq!(finished["attempts"], 3, "{finished}");
    assert_eq!(finished["received"], 5, "{finished}");
    assert_eq!(finished["wire_bytes"], 7, "{finished}");
    // The wait between attempts is not a sleep of the job.
    assert!(
        finished["slept_s"].as_f64().unwrap().abs() < f64::EPSILON,
        "{finished}"
    );
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn the_demo_runs_without_a_window_and_repeats_itself() {
    let slept = || {
        let end = run(&[
            "run", "--demo", "--json", "--seed", "3", "--sleep", "0..0.5",
        ]);
        end.expect_status(0);
        let mut finished = end.events_named("finished");
        finished.sort_by_key(|event| event["job"].as_u64());
        assert_eq!(finished.len(), 3, "{}", end.stdout);
        for event in &finished {
            assert_eq!(event["received"], event["total"], "{event}");
        }
        finished
            .iter()
            .map(|event| event["slept_s"].as_f64().unwrap())
            .collect::<Vec<_>>()
    };
    for (first, second) in slept().into_iter().zip(slept()) {
        // A busy machine makes it longer.
        assert!((first - second).abs() < 2.0, "{first} and {second}");
    }
}

/// The names in the `renamed` events of each job, in order.
fn names_of(end: &End) -> BTreeMap<u64, Vec<String>> {
    let mut names: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for event in end.events_named("renamed") {
        let name = event["name"].as_str().unwrap().to_owned();
        names
            .entry(event["job"].as_u64().unwrap())
            .or_default()
            .push(name);
    }
    names
}

#[test]
fn links_named_by_headers_are_reported_with_their_file_names() {
    let server = FaultServer::always(answer(
        "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"data.csv\"\r\nContent-Length: 2\r\n\r\nok",
    ));
    let folder = tempfile::tempdir().unwrap();
    let urls: Vec<String> = (0..18)
        .map(|number| server.url(&format!("/{number}/x")))
        .collect();
    let arguments = ["run", "--json", "-d", "."].map(str::to_owned);
    let arguments: Vec<&str> = arguments.iter().chain(&urls).map(String::as_str).collect();
    let end = run_in(folder.path(), &arguments, "");
    end.expect_status(0);
    let names = names_of(&end);
    assert_eq!(names.len(), 18, "{}", end.stdout);
    let mut last = BTreeSet::new();
    for finished in end.events_named("finished") {
        let name = names[&finished["job"].as_u64().unwrap()].last().unwrap();
        let path = finished["path"].as_str().unwrap();
        assert!(path.ends_with(&format!("/{name}")), "{finished}");
        last.insert(name.clone());
    }
    let expected: BTreeSet<String> = std::iter::once("data.csv".to_owned())
        .chain((1..18).map(|number| format!("data ({number}).csv")))
        .collect();
    assert_eq!(last, expected);
    // A `renamed` event comes after the job was added and before it ends.
    let events = end.events();
    let place = |name: &str, job: u64| {
        let is_it = |event: &Value| event["event"] == name && event["job"] == job;
        events.iter().rposition(is_it).unwrap()
    };
    for job in 1..=18 {
        assert!(
            place("added", job) < place("renamed", job),
            "{}",
            end.stdout
        );
        assert!(
            place("renamed", job) < place("finished", job),
            "{}",
            end.stdout
        );
    }
}

#[test]
fn the_same_url_twice_is_two_files_with_names_of_their_own() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = server.url("/bytes/10/hello.bin");
    let folder = tempfile::tempdir().unwrap();
    let end = run_in(folder.path(), &["run", "-d", ".", &url, &url], "");
    end.expect_status(0);
    for name in ["hello.bin", "hello (1).bin"] {
        let start = format!("Done  {name}  10 B");
        let is_told = end.stdout.lines().any(|line| line.starts_with(&start));
        assert!(is_told, "{}", end.stdout);
        assert!(folder.path().join(name).exists());
    }
    // A file named as its link is not renamed.
    let folder = tempfile::tempdir().unwrap();
    let end = run_in(folder.path(), &["run", "--json", "-d", ".", &url], "");
    assert_eq!(names_of(&end), BTreeMap::new(), "{}", end.stdout);
}

#[test]
fn every_finished_event_has_its_notes() {
    let server = FaultServer::start(vec![
        answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        answer("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok"),
        answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    ]);
    let [plain, endless, missing] = ["/a", "/b", "/c"].map(|path| server.url(path));
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["run", "--json", "-j", "1", &plain, &endless, &missing];
    let end = run_in(folder.path(), &arguments, "");
    end.expect_status(1);
    for url in [&plain, &missing] {
        assert_eq!(end.finished(url)["notes"], json!([]));
    }
    let finished = end.finished(&endless);
    assert_eq!(finished["outcome"], "done");
    let notes = finished["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 1, "{finished}");
    assert_eq!(notes[0]["kind"], "info");
    assert_eq!(notes[0]["code"], "length_not_announced");
    let text = notes[0]["text"].as_str().unwrap();
    assert!(text.starts_with("length not announced"), "{text}");
}

#[test]
fn secrets_of_a_url_are_not_printed() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let address = server.address();
    let random = "hunter2a1b2c3d4e5f6a7b8c9";
    for query in [
        "token=hunter2",
        "passkey=hunter2",
        "authkey=hunter2",
        "PHPSESSID=hunter2",
        "ticket=hunter2",
        "a=1;token=hunter2",
        "to=http://u:hunter2@h",
        "to=http%3A%2F%2Fu%3Ahunter2%40h",
        "%70asskey=hunter2",
    ] {
        let url = format!("http://me:hunter2@{address}/bytes/5?{query}");
        let missing = format!("http://me:hunter2@{address}/nothing?{query}");
        let folder = tempfile::tempdir().unwrap();
        for arguments in [
            &["run", "--json", "--joblog", "log.tsv", &url, &missing][..],
            &["run", &url, &missing],
            &["run", "-q", &url, &missing],
            &["run", "--json", &format!("ftp://me:hunter2@h/?{query}")],
        ] {
            let end = run_in(folder.path(), arguments, "");
            assert!(!end.stdout.contains("hunter2"), "{}", end.stdout);
            assert!(!end.stderr.contains("hunter2"), "{}", end.stderr);
        }
        let log = fs::read_to_string(folder.path().join("log.tsv")).unwrap();
        assert!(
            log.contains("/bytes/5?") && !log.contains("hunter2"),
            "{log}"
        );
    }
    // What only looks random is kept out of what is likely to become a file.
    let url = server.url(&format!("/bytes/5?page=2&x={random}"));
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["run", "--json", "--joblog", "log.tsv", &url];
    let end = run_in(folder.path(), &arguments, "");
    let log = fs::read_to_string(folder.path().join("log.tsv")).unwrap();
    for text in [&end.stdout, &log] {
        assert!(
            text.contains("?page=2&x=…") && !text.contains(random),
            "{text}"
        );
    }
}

#[test]
fn control_characters_are_escaped() {
    let server = FaultServer::always(answer(
        "HTTP/1.1 404 \u{9b}2J\u{202e}gnorw\r\nContent-Length: 0\r\n\r\n",
    ));
    let good = DemoServer::start(Pace::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (url, fine) = (server.url("/a"), good.url("/bytes/5/b"));
    let hidden = |text: &str| {
        let acts = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202e}' | '\u{2028}');
        text.contains(acts)
    };
    let target = "d\u{9b}2J\u{202e}\u{2028}";
    for options in [&["--json"][..], &["-q"], &[]] {
        let mut arguments = vec!["run", "--retries", "0", "-d", target];
        arguments.extend(options);
        arguments.extend([url.as_str(), fine.as_str()]);
        let end = run_in(folder.path(), &arguments, "");
        end.expect_status(1);
        assert!(!hidden(&end.stdout), "{:?}", end.stdout);
        assert!(!hidden(&end.stderr), "{:?}", end.stderr);
        if options.contains(&"--json") {
            // The value is the name as it is.
            let path = end.finished(&fine)["path"].as_str().unwrap().to_owned();
            assert!(path.contains(target), "{path:?}");
        }
    }
}

#[test]
fn every_event_has_all_of_its_keys() {
    let server = FaultServer::start(vec![
        answer("HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"),
        answer(
            "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"b.csv\"\r\nContent-Length: 2\r\n\r\nok",
        ),
        answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    ]);
    let slow = DemoServer::start(Pace::default()).unwrap();
    let [renamed, missing] = ["/a", "/c"].map(|path| server.url(path));
    // Longer than the interval of progress, and than the wait of the first before it asks for the
    // slot again.
    let long = slow.url("/bytes/90000/d?rate=60000");
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["run", "--json", "-j", "1", &renamed, &long, &missing];
    let end = run_in(folder.path(), &arguments, "");
    end.expect_status(1);
    let of_a_job = ["event", "job", "t_s", "url"];
    let expected = [
        ("added", &["name"][..], &[][..]),
        ("renamed", &["name"], &[]),
        ("step", &["label", "kind"], &["reason", "until_s"]),
        ("progress", &["received", "total", "rate"], &[]),
        ("retry", &["attempt", "of", "in_s", "error"], &[]),
        (
            "finished",
            &[
                "outcome",
                "slept_s",
                "elapsed_s",
                "paused_s",
                "queued_s",
                "received",
                "wire_bytes",
                "total",
                "length_announced",
                "path",
                "skipped",
                "resumed_at",
                "begun_again",
                "sha256",
                "http_status",
                "attempts",
                "final_url",
                "notes",
                "error",
            ],
            &[],
        ),
    ];
    for (name, always, sometimes) in expected {
        let events = end.events_named(name);
        assert!(!events.is_empty(), "{name}: {}", end.stdout);
        let always: BTreeSet<&str> = of_a_job.iter().chain(always).copied().collect();
        for event in events {
            let keys: BTreeSet<&str> = event
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let missing: Vec<_> = always.difference(&keys).collect();
            assert!(missing.is_empty(), "{missing:?}: {event}");
            let unknown = keys
                .difference(&always)
                .filter(|key| !sometimes.contains(key));
            assert_eq!(unknown.count(), 0, "{event}");
        }
    }
    let summary = end.events().pop().unwrap();
    let keys: BTreeSet<&str> = summary
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let sums = [
        "done",
        "failed",
        "cancelled",
        "received",
        "wire_bytes",
        "elapsed_s",
    ];
    assert_eq!(keys, sums.into_iter().chain(["event", "t_s"]).collect());
    assert!(end.finished(&long)["begun_again"].is_null());
    let error = &end.finished(&missing)["error"];
    for key in ["class", "message", "hint", "detail"] {
        assert!(error[key].is_string(), "{error}");
    }
}
