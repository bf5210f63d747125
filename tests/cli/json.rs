//! `run --json`: exact numbers, every event in its form, and nothing else on standard output.

use jobdeck::demo::{DemoServer, Pace};

use crate::fault::{FaultServer, answer};
use crate::program::run;

#[test]
fn three_downloads_are_told_to_the_byte() {
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
fn a_retry_is_told_and_counted() {
    let busy = "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n";
    let server = FaultServer::start(vec![
        answer(busy),
        // Two bytes of it, and the connection is cut.
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
    // What was waited between the attempts is no sleep of the job.
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
        // Longer than it should be by what the machine is busy with.
        assert!((first - second).abs() < 2.0, "{first} and {second}");
    }
}

#[test]
fn secrets_of_a_url_are_not_printed() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = format!(
        "http://me:hunter2@{}/bytes/5?token=hunter2",
        server.address()
    );
    for arguments in [
        &["run", "--json", &url][..],
        &["run", &url],
        &["run", "--json", "ftp://me:hunter2@h/"],
    ] {
        let end = run(arguments);
        assert!(!end.stdout.contains("hunter2"), "{}", end.stdout);
        assert!(!end.stderr.contains("hunter2"), "{}", end.stderr);
    }
}
