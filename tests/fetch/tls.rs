//! TLS: good and bad certificates, and connections closed without a closing message.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use jobdeck::fetch::{
    ClientPool, ErrorClass, ExtraCertificates, FetchError, Fetched, Phase, Request,
};

use crate::support::fault::{Act, FaultServer, answer, send};
use crate::support::tls::{self, Authority, Says, self_signed};
use crate::support::{Rig, get};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn fetch(request: Request) -> Result<Fetched, FetchError> {
    let rig = Rig::with_network(ClientPool::new());
    rig.end_of(rig.count(request))
}

/// Asserts a TLS failure whose message or hint contains these words.
#[track_caller]
fn check_tls(error: &FetchError, message: &str, hint: &str) {
    assert_eq!(error.class, ErrorClass::Tls, "{error:?}");
    assert_eq!(error.phase, Some(Phase::Tls), "{error:?}");
    assert!(error.message.contains(message), "{error:?}");
    assert!(error.hint.contains(hint), "{error:?}");
    assert!(!error.detail.is_empty(), "{error:?}");
    assert!(!error.is_retryable());
}

#[test]
fn an_extra_authority_is_trusted_only_by_requests_that_name_it() {
    let authority = Authority::new();
    let server = authority.server(vec![answer(OK)]);
    let request = get(&server.url("/"));
    let trusting = request
        .clone()
        .with_extra_certificates(authority.certificates());
    assert_eq!(fetch(trusting.clone()).unwrap().received, 2);
    let error = fetch(request.clone()).unwrap_err();
    check_tls(&error, "authority that is not trusted", "extra");
    let other = request.with_extra_certificates(Authority::new().certificates());
    check_tls(&fetch(other).unwrap_err(), "not trusted", "extra");
    assert_eq!(fetch(trusting).unwrap().received, 2);
}

/// Runs again in a process of its own, whose system has one authority: that of the first server.
#[cfg(target_os = "linux")]
#[test]
fn extra_authorities_are_trusted_beside_those_of_the_system() {
    const ADDRESS: &str = "JOBDECK_TEST_SYSTEM_SERVER";
    if let Ok(system) = std::env::var(ADDRESS) {
        let authority = Authority::new();
        let other = authority.server(vec![answer(OK)]);
        let plain = get(&system);
        let extra = plain
            .clone()
            .with_extra_certificates(authority.certificates());
        let beside = get(&other.url("/")).with_extra_certificates(authority.certificates());
        for request in [plain, extra, beside] {
            assert_eq!(fetch(request).unwrap().received, 2);
        }
        check_tls(
            &fetch(get(&other.url("/"))).unwrap_err(),
            "not trusted",
            "extra",
        );
        return;
    }
    let authority = Authority::new();
    let server = authority.server(vec![answer(OK)]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("system.pem");
    std::fs::write(&path, authority.pem()).unwrap();
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "tls::extra_authorities_are_trusted_beside_those_of_the_system",
        ])
        .env(ADDRESS, server.url("/"))
        .env("SSL_CERT_FILE", &path)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_connection_of_a_trusting_fetch_is_not_used_by_another() {
    let authority = Authority::new();
    let again = vec![Act::ReadRequest, send(OK), Act::ReadRequest, send(OK)];
    let server = authority.server(vec![again]);
    let rig = Rig::with_network(ClientPool::new());
    let request = get(&server.url("/"));
    let trusting = request
        .clone()
        .with_extra_certificates(authority.certificates());
    rig.end_of(rig.count(trusting.clone())).unwrap();
    let error = rig.end_of(rig.count(request)).unwrap_err();
    check_tls(&error, "not trusted", "extra");
    // The idle connection is still there, for those who may use it.
    rig.end_of(rig.count(trusting)).unwrap();
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_certificate_that_is_wrong_says_how() {
    let authority = Authority::new();
    for (says, message, hint) in [
        (Says::Expired, "expired", "clock"),
        (Says::NotYet, "not valid yet", "clock"),
        (Says::AnotherHost, "another host", "host in the URL"),
    ] {
        let server = authority.server_that_says(says, vec![answer(OK)]);
        let request = get(&server.url("/")).with_extra_certificates(authority.certificates());
        check_tls(&fetch(request).unwrap_err(), message, hint);
        assert!(server.requests().is_empty(), "{says:?}");
    }
}

/// A server that signed for itself is trusted only where its own certificate is given.
#[test]
fn a_server_that_signed_for_itself_is_trusted_by_its_own_certificate() {
    for is_ca in [true, false] {
        let (server, own) = self_signed(Says::TheTruth, is_ca, vec![answer(OK)]);
        let (other, others) = self_signed(Says::TheTruth, is_ca, vec![answer(OK)]);
        let request = get(&server.url("/"));
        let trusting = |certificates| request.clone().with_extra_certificates(certificates);
        assert_eq!(fetch(trusting(own)).unwrap().received, 2);
        assert_eq!(server.requests().len(), 1);
        for error in [
            fetch(request.clone()).unwrap_err(),
            // The same names, dates and form, but another key.
            fetch(trusting(others)).unwrap_err(),
            fetch(trusting(Authority::new().certificates())).unwrap_err(),
        ] {
            check_tls(&error, "trusted", "extra");
        }
        assert_eq!((server.requests().len(), other.connections()), (1, 0));
        for (says, message) in [
            (Says::Expired, "expired"),
            (Says::NotYet, "not valid yet"),
            (Says::AnotherHost, "another host"),
            (Says::NoHost, "names no host"),
        ] {
            let (server, own) = self_signed(says, is_ca, vec![answer(OK)]);
            let request = get(&server.url("/")).with_extra_certificates(own);
            check_tls(&fetch(request).unwrap_err(), message, "");
            assert!(server.requests().is_empty(), "{says:?}");
        }
    }
}

/// The certificate that many server manuals recommend.
#[test]
fn a_certificate_that_openssl_made_is_trusted_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str| {
        let path = |end: &str| folder.path().join(format!("{name}.{end}"));
        let made = Command::new("openssl")
            .args([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            ])
            .args(["-subj", "/CN=localhost"])
            .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
            .arg("-keyout")
            .arg(path("key"))
            .arg("-out")
            .arg(path("pem"))
            .output();
        let is_made = made.is_ok_and(|made| made.status.success());
        is_made.then(|| (path("pem"), path("key")))
    };
    let (Some((own, key)), Some((other, _))) = (make("own"), make("other")) else {
        eprintln!("there is no openssl here that makes certificates");
        return;
    };
    let server = tls::server_of_files(&own, &key, vec![answer(OK)]);
    let fetch = |certificates: &Path| {
        let certificates = ExtraCertificates::from_pem_file(certificates).unwrap();
        fetch(get(&server.url("/")).with_extra_certificates(certificates))
    };
    assert_eq!(fetch(&own).unwrap().received, 2);
    check_tls(&fetch(&other).unwrap_err(), "trusted", "");
    assert_eq!(server.requests().len(), 1);
}

/// A certificate is not enough: the handshake proves that the server has its key.
#[test]
fn a_certificate_without_its_key_is_refused() {
    let (server, own) = self_signed(Says::TheTruth, true, vec![answer(OK)]);
    let stolen = tls::server_with_stolen_certificate(&own, vec![answer(OK)]);
    let request = get(&stolen.url("/")).with_extra_certificates(own.clone());
    let error = fetch(request).unwrap_err();
    assert_eq!(error.class, ErrorClass::Tls, "{error:?}");
    assert!(stolen.requests().is_empty());
    let request = get(&server.url("/")).with_extra_certificates(own);
    assert_eq!(fetch(request).unwrap().received, 2);
}

#[test]
fn an_invalid_certificate_in_pem_is_reported_before_anything_is_sent() {
    let pem = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";
    let server = FaultServer::always(answer(OK));
    let certificates = ExtraCertificates::from_pem(pem.as_bytes()).unwrap();
    let request = get(&server.url("/")).with_extra_certificates(certificates);
    check_tls(&fetch(request).unwrap_err(), "cannot be used", "PEM");
    assert_eq!(server.connections(), 0);
}

/// Only the closing message of TLS proves that a body without a length is complete.
#[test]
fn a_close_without_its_message_is_a_cut() {
    let authority = Authority::new();
    let fetch = |script: Vec<Act>| {
        let server = authority.server(vec![script]);
        fetch(get(&server.url("/")).with_extra_certificates(authority.certificates()))
    };
    let endless = "HTTP/1.1 200 OK\r\n\r\nhello";
    let complete = fetch(vec![Act::ReadRequest, send(endless)]).unwrap();
    assert_eq!((complete.received, complete.length_announced), (5, false));
    let error = fetch(vec![Act::ReadRequest, send(endless), Act::Cut]).unwrap_err();
    assert_eq!(error.class, ErrorClass::Truncated, "{error:?}");
    assert_eq!((error.phase, error.received), (Some(Phase::Body), 5));
    // Nothing is missing where the length is known.
    let known = fetch(vec![Act::ReadRequest, send(OK), Act::Cut]).unwrap();
    assert_eq!(known.received, 2);
}

#[test]
fn a_body_inside_tls_is_counted_without_its_surplus() {
    let authority = Authority::new();
    let body = "x".repeat(200_000);
    let script = answer(format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n{body}"
    ));
    let too_much = answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokay");
    let server = authority.server(vec![script, too_much]);
    let request = get(&server.url("/")).with_extra_certificates(authority.certificates());
    assert_eq!(fetch(request.clone()).unwrap().received, 200_000);
    assert_eq!(fetch(request).unwrap().received, 2);
}

#[test]
fn a_server_that_is_silent_inside_tls_holds_no_cancelled_fetch() {
    let authority = Authority::new();
    let body = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello";
    for script in [vec![], vec![send(body)]] {
        let mut script = script;
        script.insert(0, Act::ReadRequest);
        script.push(Act::StaySilent);
        let server = authority.server(vec![script]);
        let rig = Rig::with_network(ClientPool::new());
        let request = get(&server.url("/")).with_extra_certificates(authority.certificates());
        let job = rig.count(request);
        rig.drive_until("the request", || server.requests().len() == 1);
        rig.cancel_waiting(&job);
        rig.drive_until("the connection to close", || {
            server.closed_by_peer().len() == 1
        });
    }
}

/// The handshake has no more time than the connection, of which it is a part.
#[test]
fn a_handshake_that_stands_still_is_given_up() {
    let server = FaultServer::always(vec![Act::StaySilent]);
    let limit = Duration::from_millis(300);
    let request = get(&format!("https://{}/", server.address())).with_connect_timeout(limit);
    let began = Instant::now();
    let error = fetch(request).unwrap_err();
    assert_eq!(error.class, ErrorClass::Timeout, "{error:?}");
    assert_eq!(error.phase, Some(Phase::Tls));
    assert!(began.elapsed() >= limit && began.elapsed() < Duration::from_secs(14));
}

#[test]
fn a_plain_server_where_tls_is_expected() {
    let server = FaultServer::always(vec![
        send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
        Act::StaySilent,
    ]);
    let error = fetch(get(&format!("https://{}/", server.address()))).unwrap_err();
    check_tls(&error, "does not speak https", "http://");
}

#[test]
fn a_tls_server_where_plain_http_is_expected() {
    let server = Authority::new().server(vec![answer(OK)]);
    let error = fetch(get(&format!("http://{}/", server.address()))).unwrap_err();
    assert_eq!(error.class, ErrorClass::Protocol, "{error:?}");
    assert_eq!(error.phase, Some(Phase::FirstByte));
    assert!(error.message.contains("https"), "{error:?}");
    assert!(error.hint.contains("https://"), "{error:?}");
}

#[test]
fn a_server_that_closes_in_the_middle_of_the_handshake() {
    let server = FaultServer::always(vec![Act::Cut]);
    let error = fetch(get(&format!("https://{}/", server.address()))).unwrap_err();
    assert_eq!(error.class, ErrorClass::Connect, "{error:?}");
    assert_eq!(error.phase, Some(Phase::Tls));
    assert!(error.hint.contains("http://"), "{error:?}");
}
