//! The ways to the servers, as the program takes them from its options and its environment.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::fault::{FaultServer, answer};
use crate::program::{End, command, end_of, run};

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// Runs the program with these variables.
fn run_with(variables: &[(&str, &str)], arguments: &[&str]) -> End {
    let mut command = command(arguments);
    command.envs(variables.iter().copied());
    end_of(command.spawn().unwrap())
}

#[test]
fn the_proxies_of_the_environment_are_used() {
    let proxy = FaultServer::always(answer(HELLO));
    let address = proxy.url("");
    let url = "http://made-up.example/x";
    let run = |variables: &[_], more: &[_]| {
        let arguments = [
            &["run", "--json", "--count-only", "--retries", "0", url],
            more,
        ];
        run_with(variables, &arguments.concat())
    };
    let asked = || proxy.requests().len();
    run(&[("http_proxy", &address)], &[]).expect_status(0);
    assert!(proxy.requests()[0].starts_with("GET http://made-up.example/x HTTP/1.1\r\n"));
    run(&[("all_proxy", &address)], &[]).expect_status(0);
    run(&[("HTTP_PROXY", &address)], &[]).expect_status(0);
    assert_eq!(asked(), 3);
    // A web server sets it from a header of its visitor.
    run(&[("HTTP_PROXY", &address), ("REQUEST_METHOD", "GET")], &[]).expect_status(1);
    run(&[("http_proxy", &address), ("no_proxy", ".example")], &[]).expect_status(1);
    run(&[("no_proxy", ".example")], &["--proxy", &address]).expect_status(1);
    assert_eq!(asked(), 3);
    run(
        &[("http_proxy", "http://127.0.0.1:1")],
        &["--proxy", &address],
    )
    .expect_status(0);
    assert_eq!(asked(), 4);
    // What cannot be used is said, and its password is not.
    let end = run(&[("http_proxy", "socks4://me:hunter2@127.0.0.1:1")], &[]);
    end.expect_status(1);
    let told = format!("{}{}", end.stdout, end.stderr);
    assert!(
        told.contains("http_proxy") && told.contains("SOCKS"),
        "{told}"
    );
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn the_server_of_the_demo_is_reached_directly() {
    let proxy = FaultServer::always(answer("HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n"));
    let address = proxy.url("");
    let arguments = ["run", "--demo", "--sleep", "0", "--retries", "0"];
    run_with(
        &[("http_proxy", &address), ("all_proxy", &address)],
        &arguments,
    )
    .expect_status(0);
    assert_eq!(proxy.connections(), 0);
}

#[test]
fn a_failure_names_the_proxy_and_not_its_login() {
    let proxy = FaultServer::always(answer("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"));
    let address = format!("http://me:hunter2@{}", proxy.address());
    let url = "http://made-up.example/x";
    let end = run(&["run", "--json", "--count-only", "--proxy", &address, url]);
    end.expect_status(1);
    let told = format!("{}{}", end.stdout, end.stderr);
    assert!(told.contains(&proxy.address().to_string()), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn a_login_for_a_proxy_is_no_header_of_the_request() {
    let end = run(&[
        "run",
        "-H",
        "Proxy-Authorization: Basic aHVudGVyMg==",
        "http://127.0.0.1:1/",
    ]);
    end.expect_status(2);
    assert!(end.stderr.contains("--proxy"), "{}", end.stderr);
    assert!(!end.stderr.contains("aHVudGVyMg"), "{}", end.stderr);
}

#[cfg(unix)]
#[test]
fn certificates_are_read_from_nothing_but_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for path in [Path::new("/dev/zero"), &pipe, folder.path()] {
        let began = Instant::now();
        let path = path.to_str().unwrap();
        let end = run(&["run", "--cacert", path, "http://127.0.0.1:1/"]);
        end.expect_status(2);
        assert!(end.stderr.contains("--cacert"), "{}", end.stderr);
        assert!(end.stderr.contains("regular file"), "{}", end.stderr);
        assert!(began.elapsed() < Duration::from_secs(30));
    }
}
