//! The effect of each option of a job, seen from outside.

use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use jobdeck::demo::{DemoServer, Pace, fill_body};
use jobdeck::fetch::Checksum;

use crate::fault::{Act, FaultServer, answer, send, serve};
use crate::program::{command, end_of, names_in, run, run_in};

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

fn body(bytes: usize) -> Vec<u8> {
    let mut body = vec![0; bytes];
    fill_body(0, &mut body);
    body
}

#[test]
fn ranges_and_lists_are_downloaded_one_by_one() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = server.url("/bytes/10/{a,b}[08-10:2].bin");
    run_in(folder.path(), &["run", "-d", ".", &url], "").expect_status(0);
    assert_eq!(
        names_in(folder.path()),
        ["a08.bin", "a10.bin", "b08.bin", "b10.bin"]
    );
    let list = server.url("/bytes/10/{c,d}.bin\n");
    run_in(folder.path(), &["run", "-d", ".", "-i", "-"], &list).expect_status(0);
    assert_eq!(names_in(folder.path()).len(), 6);
}

#[test]
fn without_globs_brackets_and_braces_mean_themselves() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = server.url("/bytes/10/{a,b}[1-2]");
    let end = run(&["run", "--json", "--no-glob", &url]);
    end.expect_status(0);
    assert_eq!(end.events_named("finished").len(), 1);
    assert!(server.log()[0].target.ends_with("[1-2]"));
}

#[test]
fn a_curl_command_from_a_pipe_or_a_list_is_sent_with_what_it_says() {
    for from_a_file in [false, true] {
        let server = FaultServer::start(vec![answer(HELLO), answer(HELLO)]);
        let folder = tempfile::tempdir().unwrap();
        let list = format!(
            "# copied\ncurl '{}' \\\n  -H 'X-Key: s3cret' \\\n  -u 'ada:1%41' -b 'a=b' -A mine -o kept.txt\n{}\n",
            server.url("/x"),
            server.url("/plain")
        );
        let (input, pipe) = if from_a_file {
            fs::write(folder.path().join("list"), &list).unwrap();
            ("list", "")
        } else {
            ("-", list.as_str())
        };
        let arguments = ["run", "-d", "to", "-j", "1", "-i", input];
        run_in(folder.path(), &arguments, pipe).expect_status(0);
        assert_eq!(names_in(&folder.path().join("to")), ["kept.txt", "plain"]);
        let requests = server.requests();
        let sent = requests[0].to_ascii_lowercase();
        for header in [
            "x-key: s3cret",
            "cookie: a=b",
            "user-agent: mine",
            "authorization: basic ywrhojelnde=",
        ] {
            assert!(sent.contains(&format!("\r\n{header}\r\n")), "{sent}");
        }
        assert!(!requests[1].to_ascii_lowercase().contains("x-key"));
    }
}

#[test]
fn a_curl_command_that_is_no_download_is_refused_without_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let list = "http://h/1\ncurl http://h/2 \\\n -H 'X-Key: s3cret' \\\n -d 'pw=s3cret'\n";
    let end = run_in(folder.path(), &["run", "-i", "-"], list);
    end.expect_status(2);
    let told = format!("{}{}", end.stdout, end.stderr);
    assert!(told.contains("standard input, line 2"), "{told}");
    assert!(told.contains("only GET can be downloaded"), "{told}");
    assert!(!told.contains("s3cret"), "{told}");
}

#[test]
fn a_single_download_gets_the_name_it_is_given() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = server.url("/bytes/3000/other.bin");
    let arguments = ["run", "--json", "-d", ".", "-o", "mine.iso", &url];
    let end = run_in(folder.path(), &arguments, "");
    end.expect_status(0);
    assert_eq!(names_in(folder.path()), ["mine.iso"]);
    assert_eq!(
        fs::read(folder.path().join("mine.iso")).unwrap(),
        body(3000)
    );
    assert_eq!(end.events_named("added")[0]["name"], "mine.iso");
}

#[test]
fn a_file_that_exists_is_kept_replaced_or_not_fetched_again() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.bin");
    let url = server.url("/bytes/3000/a.bin");
    let run_with = |rule: &str| {
        let arguments = ["run", "--json", "-d", ".", "--if-exists", rule, &url];
        let end = run_in(folder.path(), &arguments, "");
        end.expect_status(0);
        end.finished(&url)
    };
    fs::write(&file, "mine").unwrap();
    let renamed = run_with("rename");
    assert!(renamed["path"].as_str().unwrap().ends_with("a (1).bin"));
    assert_eq!(fs::read(&file).unwrap(), b"mine");

    let skipped = run_with("skip");
    assert_eq!(skipped["skipped"], true, "{skipped}");
    assert_eq!(skipped["wire_bytes"], 0, "{skipped}");
    assert!(skipped["path"].as_str().unwrap().ends_with("a.bin"));
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    let arguments = ["run", "-d", ".", "--if-exists", "skip", &url];
    let line = run_in(folder.path(), &arguments, "").stdout;
    assert!(line.starts_with("Done  a.bin  already there"), "{line}");

    let replaced = run_with("overwrite");
    assert_eq!(replaced["skipped"], false, "{replaced}");
    assert_eq!(fs::read(&file).unwrap(), body(3000));
    assert_eq!(names_in(folder.path()), ["a (1).bin", "a.bin"]);
}

#[test]
fn a_login_page_that_is_there_already_is_to_be_checked_too() {
    let server = FaultServer::always(vec![serve(|header| {
        let response = if header.starts_with("GET /login ") {
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 7\r\n\r\nsign in"
        } else {
            "HTTP/1.1 303 x\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"
        };
        response.into()
    })]);
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["/wall/a.zip", "/wall/b.zip"].map(|path| server.url(path));
    let arguments = ["run", "-j", "1", "--if-exists", "skip", &a, &b];
    let lines = run_in(folder.path(), &arguments, "").stdout;
    let lines: Vec<_> = lines.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].starts_with("Check  login  7 B  "), "{lines:?}");
    let second = "Check  login  already there  A web page came instead of b.zip";
    assert!(lines[1].starts_with(second), "{lines:?}");
    assert!(lines[2].starts_with("2 done (2 to check)  "), "{lines:?}");
    assert_eq!(names_in(folder.path()), ["login"]);
}

#[test]
fn a_file_has_the_time_of_its_last_change_on_the_server_if_that_is_wanted() {
    let dated = "HTTP/1.1 200 OK\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 5\r\n\r\nhello";
    let at = UNIX_EPOCH + Duration::from_secs(784_111_777);
    for (arguments, response, has_time) in [
        (&["--remote-time"][..], dated, true),
        (&["--remote-time", "--if-exists", "overwrite"], dated, true),
        (&["--remote-time"], HELLO, false),
        (&[], dated, false),
    ] {
        let server = FaultServer::start(vec![answer(response)]);
        let folder = tempfile::tempdir().unwrap();
        let url = server.url("/x");
        let all = [&["run"][..], arguments, &[url.as_str()]].concat();
        run_in(folder.path(), &all, "").expect_status(0);
        let modified = fs::metadata(folder.path().join("x")).unwrap().modified();
        assert_eq!(modified.unwrap() == at, has_time, "{arguments:?}");
    }
    // Downloads of one run do not replace each other's files, whatever their time.
    let server = FaultServer::always(answer(dated));
    let folder = tempfile::tempdir().unwrap();
    let urls = [server.url("/a/x"), server.url("/b/x")];
    let rule = [
        "run",
        "--remote-time",
        "--if-exists",
        "overwrite",
        "-j",
        "1",
    ];
    let all = [&rule[..], &[urls[0].as_str(), urls[1].as_str()]].concat();
    run_in(folder.path(), &all, "").expect_status(0);
    assert_eq!(names_in(folder.path()), ["x", "x (1)"]);
    let end = run(&["run", "--remote-time", "--count-only", "http://h/"]);
    end.expect_status(2);
    assert!(
        end.stderr.contains("--remote-time: the bytes are counted"),
        "{}",
        end.stderr
    );
}

#[test]
#[cfg(unix)]
fn names_are_such_that_windows_can_hold_them_if_that_is_wanted() {
    let named = |name: &str| {
        let headers = format!("Content-Disposition: attachment; filename=\"{name}\"");
        answer(format!(
            "HTTP/1.1 200 OK\r\n{headers}\r\nContent-Length: 5\r\n\r\nhello"
        ))
    };
    let server = FaultServer::start(vec![answer(HELLO), named("con.txt"), named("a: b?.txt")]);
    let folder = tempfile::tempdir().unwrap();
    let urls = ["/a:b", "/x", "/y"].map(|path| server.url(path));
    let all = [
        &["run", "-j", "1", "--portable-names"][..],
        &urls.each_ref().map(String::as_str),
    ]
    .concat();
    run_in(folder.path(), &all, "").expect_status(0);
    let names = names_in(folder.path());
    assert_eq!(names.len(), 3);
    for name in names {
        assert!(!name.contains([':', '?']) && name != "con.txt", "{name}");
    }
    // A name that is given is used exactly.
    let server = FaultServer::always(answer(HELLO));
    let arguments = ["run", "--portable-names", "-o", "a:b", &server.url("/x")];
    run_in(folder.path(), &arguments, "").expect_status(0);
    assert!(folder.path().join("a:b").is_file());
}

#[test]
fn starts_at_one_host_have_the_least_time_between_them() {
    let server = FaultServer::always(answer(HELLO));
    let other = FaultServer::always(answer(HELLO));
    let urls = [server.url("/[1-3]"), other.url("/1")];
    let end = run(&[
        "run",
        "--json",
        "--count-only",
        "--wait",
        "0.4",
        &urls[0],
        &urls[1],
    ]);
    end.expect_status(0);
    let begun = |url: &str| {
        let steps = end.events_named("step").into_iter();
        let mut times: Vec<f64> = steps
            .filter(|step| {
                step["url"]
                    .as_str()
                    .is_some_and(|other| other.starts_with(url))
            })
            .map(|step| step["t_s"].as_f64().unwrap())
            .collect();
        times.sort_by(f64::total_cmp);
        times
    };
    let times = begun(&server.url("/"));
    assert!(times[times.len() - 1] - times[0] >= 0.79, "{times:?}");
    let others = begun(&other.url("/"));
    assert!(
        others[0] < times[times.len() - 1],
        "another host does not wait: {others:?}"
    );
}

#[test]
fn a_checksum_is_reported_and_a_different_one_fails_the_job() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = server.url("/bytes/3000/a.bin");
    let right = Checksum::of(&body(3000));
    let arguments = ["run", "--json", "--checksum", &right.to_string(), &url];
    let end = run(&arguments);
    end.expect_status(0);
    assert_eq!(end.finished(&url)["sha256"], right.hex());

    let wrong = Checksum::of(b"other").to_string();
    let arguments = ["run", "--json", "-d", ".", "--checksum", &wrong, &url];
    let end = run_in(folder.path(), &arguments, "");
    end.expect_status(1);
    assert_eq!(end.finished(&url)["error"]["class"], "checksum");
    assert!(!folder.path().join("a.bin").exists());
}

#[test]
fn a_host_has_at_most_its_slots_and_others_overtake_it() {
    let paced = Pace {
        bytes_per_second: Some(100_000),
        ..Pace::default()
    };
    let (busy, free) = (
        DemoServer::start(paced).unwrap(),
        DemoServer::start(Pace::default()).unwrap(),
    );
    let urls = ["1", "2", "3"].map(|name| busy.url(&format!("/bytes/30000/{name}")));
    let [a, b, c] = urls.each_ref().map(String::as_str);
    let other = free.url("/bytes/10/x");
    let end = run(&["run", "--json", "--per-host", "1", a, b, c, &other]);
    end.expect_status(0);
    // The connection of the previous download is free again each time.
    assert_eq!((busy.log().len(), busy.connections()), (3, 1));
    let finished = end.events_named("finished");
    assert_ne!(finished[3]["url"], *other, "it did not wait for the others");
}

#[test]
fn all_jobs_together_keep_to_the_rate_they_are_given() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let (a, b) = (server.url("/bytes/100000/a"), server.url("/bytes/100000/b"));
    let end = run(&["run", "--json", "--limit-rate", "100k", &a, &b]);
    end.expect_status(0);
    // Two seconds, less what the first chunk is ahead.
    let elapsed_s = end.events().pop().unwrap()["elapsed_s"].as_f64().unwrap();
    assert!(elapsed_s > 1.5, "{}", end.stdout);
}

#[test]
fn each_job_keeps_to_the_rate_it_is_given() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let (a, b) = (server.url("/bytes/100000/a"), server.url("/bytes/50000/b"));
    let end = run(&["run", "--json", "--limit-rate-per-job", "50k", &a, &b]);
    end.expect_status(0);
    let elapsed_s = |url: &str| end.finished(url)["elapsed_s"].as_f64().unwrap();
    assert!(elapsed_s(&a) > 1.5, "{}", end.stdout);
    assert!(elapsed_s(&b) > 0.7, "{}", end.stdout);
}

#[test]
fn a_job_ends_when_its_total_time_is_over_retries_included() {
    let busy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
    let server = FaultServer::always(answer(busy));
    let url = server.url("/x");
    let end = run(&["run", "--json", "--timeout", "400ms", &url]);
    end.expect_status(1);
    let finished = end.finished(&url);
    assert_eq!(finished["outcome"], "timed_out", "{finished}");
    let end = run(&["run", "--timeout", "300ms", "--sleep", "1h", &url]);
    end.expect_status(1);
    assert!(end.stdout.starts_with("Timed out  x  "), "{}", end.stdout);
}

#[test]
fn time_outs_end_the_phase_they_are_for() {
    let silent = FaultServer::always(vec![Act::ReadRequest, Act::StaySilent]);
    let stalling = FaultServer::always(vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"),
        Act::StaySilent,
    ]);
    for (server, option, phase) in [
        (&silent, "--first-byte-timeout", "first_byte"),
        (&stalling, "--idle-timeout", "body"),
    ] {
        let url = server.url("/x");
        let end = run(&["run", "--json", "--retries", "0", option, "200ms", &url]);
        end.expect_status(1);
        let finished = end.finished(&url);
        let error = &finished["error"];
        assert_eq!(error["class"], "timeout", "{error}");
        assert_eq!(error["phase"], phase, "{error}");
        // Without the option it takes thirty seconds.
        assert!(finished["elapsed_s"].as_f64().unwrap() < 20.0, "{finished}");
    }
}

#[test]
fn a_drip_is_no_progress_where_a_lowest_speed_is_given() {
    let server = FaultServer::always(vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
        Act::Drip(vec![b'x'; 1000], Duration::from_millis(50)),
    ]);
    let url = server.url("/x");
    let end = run(&[
        "run",
        "--json",
        "--retries",
        "0",
        "--idle-timeout",
        "500ms",
        "--low-speed",
        "1k",
        &url,
    ]);
    end.expect_status(1);
    assert_eq!(end.finished(&url)["error"]["class"], "timeout");
}

#[test]
fn no_more_redirects_are_followed_than_told() {
    let server = FaultServer::start(vec![
        answer("HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n"),
        answer("HTTP/1.1 302 Found\r\nLocation: /z\r\nContent-Length: 0\r\n\r\n"),
        answer(HELLO),
    ]);
    let url = server.url("/x");
    let end = run(&["run", "--json", "--max-redirects", "1", &url]);
    end.expect_status(1);
    assert_eq!(end.finished(&url)["error"]["class"], "redirect");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn requests_go_through_the_proxy_and_its_password_is_printed_nowhere() {
    let refusing = FaultServer::always(answer(
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
    ));
    let proxy = format!("http://me:hunter2@{}", refusing.address());
    let url = "https://127.0.0.1:9/x";
    let end = run(&["run", "--json", "--retries", "0", "--proxy", &proxy, url]);
    end.expect_status(1);
    assert_eq!(end.finished(url)["error"]["class"], "proxy");
    let request = refusing.requests().remove(0);
    assert!(request.starts_with("CONNECT 127.0.0.1:9 "), "{request}");
    let end_of_bad = run(&["run", "--proxy", "ftp://me:hunter2@h", url]);
    end_of_bad.expect_status(2);
    for end in [end, end_of_bad] {
        assert!(!end.stdout.contains("hunter2") && !end.stderr.contains("hunter2"));
    }
}

#[test]
fn a_proxy_may_speak_socks() {
    // Its answers to the greeting and to the request for a tunnel, both at once, and then the
    // server's.
    let proxy = FaultServer::always(vec![
        send(b"\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"),
        Act::ReadRequest,
        send(HELLO),
    ]);
    let address = format!("socks5h://{}", proxy.address());
    let url = "http://made-up.example/x";
    let end = run(&["run", "--json", "--count-only", "--proxy", &address, url]);
    end.expect_status(0);
    assert_eq!(end.finished(url)["received"], 5);
    let asked = proxy.requests().remove(0);
    assert!(asked.contains("made-up.example"), "{asked}");
}

#[test]
fn a_host_of_no_proxy_is_connected_to_directly() {
    let server = FaultServer::always(answer(HELLO));
    let refusing = FaultServer::always(answer(
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
    ));
    let proxy = format!("http://{}", refusing.address());
    let url = server.url("/x");
    for (hosts, status) in [("127.0.0.0/8", 0), ("*", 0), ("other.example", 1)] {
        let arguments = [
            "run",
            "--retries",
            "0",
            "--proxy",
            &proxy,
            "--no-proxy",
            hosts,
            &url,
        ];
        run(&arguments).expect_status(status);
    }
    assert_eq!(server.requests().len(), 2);
    assert_eq!(refusing.requests().len(), 1);
    let end = run(&["run", "--no-proxy", "10.0.0.0/33", &url]);
    end.expect_status(2);
    assert!(
        end.stderr.contains("“10.0.0.0/33” is not a host"),
        "{}",
        end.stderr
    );
}

#[test]
fn certificates_that_cannot_be_read_start_nothing() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("none.pem"), "nothing").unwrap();
    let url = server.url("/bytes/10/a");
    for file in ["none.pem", "missing.pem"] {
        let end = run_in(folder.path(), &["run", "--cacert", file, &url], "");
        end.expect_status(2);
        end.expect_stderr("--cacert");
        end.expect_stderr(file);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn cookies_of_a_file_are_sent_to_their_host_and_printed_nowhere() {
    let other = FaultServer::always(answer(HELLO));
    let there = other.url("/y").replace("127.0.0.1", "localhost");
    let server = FaultServer::start(vec![answer(format!(
        "HTTP/1.1 302 Found\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n"
    ))]);
    let folder = tempfile::tempdir().unwrap();
    let cookie = |host: &str| format!("{host}\tFALSE\t/\tFALSE\t0\tsession\thunter2-{host}\n");
    let text = cookie("127.0.0.1") + "#HttpOnly_" + &cookie("localhost");
    fs::write(folder.path().join("cookies.txt"), text).unwrap();
    let arguments = [
        "run",
        "--json",
        "--cookies",
        "cookies.txt",
        &server.url("/x"),
    ];
    let end = run_in(folder.path(), &arguments, "");
    end.expect_status(0);
    for (server, host) in [(&server, "127.0.0.1"), (&other, "localhost")] {
        let request = server.requests().remove(0).to_ascii_lowercase();
        let expected = format!("\r\ncookie: session=hunter2-{host}\r\n");
        assert!(request.contains(&expected), "{request}");
    }
    assert!(!end.stdout.contains("hunter2") && !end.stderr.contains("hunter2"));
    fs::write(folder.path().join("none.txt"), "hunter2").unwrap();
    for file in ["none.txt", "missing.txt"] {
        let arguments = ["run", "--cookies", file, &server.url("/x")];
        let end = run_in(folder.path(), &arguments, "");
        end.expect_status(2);
        assert!(
            end.stderr.contains("--cookies") && end.stderr.contains(file),
            "{}",
            end.stderr
        );
        assert!(!end.stderr.contains("hunter2"), "{}", end.stderr);
    }
}

#[test]
fn logins_of_the_user_are_sent_to_their_hosts_alone() {
    let other = FaultServer::always(answer(HELLO));
    let there = other.url("/y").replace("127.0.0.1", "localhost");
    let server = FaultServer::start(vec![answer(format!(
        "HTTP/1.1 302 Found\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n"
    ))]);
    let home = tempfile::tempdir().unwrap();
    let run_at_home = |arguments: &[&str]| {
        let command = &mut command(arguments);
        end_of(
            command
                .current_dir(home.path())
                .env("HOME", home.path())
                .spawn()
                .unwrap(),
        )
    };
    let url = server.url("/x");
    let end = run_at_home(&["run", "--netrc", &url]);
    end.expect_status(2);
    assert!(
        end.stderr.contains("--netrc") && end.stderr.contains(".netrc"),
        "{}",
        end.stderr
    );
    let text = "machine 127.0.0.1 login ada password hunter2\ndefault login x password y\n";
    fs::write(home.path().join(".netrc"), text).unwrap();
    let end = run_at_home(&["run", "--json", "--netrc", &url]);
    end.expect_status(0);
    let sent = server.requests().remove(0);
    let login = "\r\nauthorization: Basic YWRhOmh1bnRlcjI=\r\n";
    assert!(sent.contains(login), "{sent}");
    let sent = other.requests().remove(0).to_ascii_lowercase();
    assert!(!sent.contains("authorization"), "{sent}");
    assert!(!end.stdout.contains("hunter2") && !end.stderr.contains("hunter2"));
}

#[test]
fn headers_are_sent_and_printed_nowhere() {
    let server = FaultServer::always(answer(HELLO));
    let url = server.url("/x");
    let token = "Authorization: Bearer hunter2";
    let end = run(&["run", "--json", "-H", token, "-H", "X-Two: 2", &url]);
    end.expect_status(0);
    let request = server.requests().remove(0).to_ascii_lowercase();
    assert!(
        request.contains("\r\nauthorization: bearer hunter2\r\n"),
        "{request}"
    );
    assert!(request.contains("\r\nx-two: 2\r\n"), "{request}");
    assert!(!end.stdout.contains("hunter2") && !end.stderr.contains("hunter2"));

    let end = run(&["run", "-H", "Range: hunter2", &url]);
    end.expect_status(2);
    end.expect_stderr("--header: The header Range is set");
    assert!(!end.stderr.contains("hunter2"), "{}", end.stderr);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_new_link_resumes_the_part_of_the_old_one() {
    let file = body(150_000);
    let begun = answer(
        [
            b"HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 150000\r\n\r\n",
            &file[..100_000],
        ]
        .concat(),
    );
    let rest = answer(
        [
            b"HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes 34464-149999/150000\r\nContent-Length: 115536\r\n\r\n",
            &file[34_464..],
        ]
        .concat(),
    );
    let server = FaultServer::start(vec![begun, rest]);
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (server.url("/f.bin?old"), server.url("/f.bin?new"));
    run_in(
        folder.path(),
        &["run", "-d", ".", "--retries", "0", &old],
        "",
    )
    .expect_status(1);
    assert_eq!(names_in(folder.path()), ["f.bin.part", "f.bin.part.json"]);
    let arguments = ["run", "-d", ".", "--continue-from", "f.bin.part", &new];
    run_in(folder.path(), &arguments, "").expect_status(0);
    assert_eq!(names_in(folder.path()), ["f.bin"]);
    assert!(fs::read(folder.path().join("f.bin")).unwrap() == file);
    // It is for one URL, and the part has to be there.
    run_in(folder.path(), &arguments, "").expect_status(2);
}
