//! Specs as they are stored.

use std::time::Duration;

use web_time::SystemTime;

use super::*;
use crate::fetch::{
    Checksum, DirectHosts, ExtraCertificates, FetchError, IfExists, NameRule, Proxy, ProxyRules,
    Request, RetryPolicy, Save, Stream, Timeouts,
};

/// Every field has another value than by default.
fn download() -> Result<FetchSpec, FetchError> {
    let timeouts = Timeouts {
        resolve: Duration::from_secs(1),
        connect: Duration::from_secs(2),
        first_byte: Duration::from_millis(3_001),
        idle: Duration::from_nanos(4),
    };
    let rules = ProxyRules::from_env(|name| match name {
        "all_proxy" => Some("http://u:of-rules@rules.example:1".to_owned()),
        "https_proxy" => Some("socks5://of-rules@nowhere".to_owned()),
        "no_proxy" => Some("localhost, 10.0.0.0/8".to_owned()),
        _ => None,
    });
    let rules = rules.with_direct_hosts(Some(DirectHosts::parse_all("*,10.0.0.0/8")?));
    let proxy = Proxy::parse("https://me%40home:of%3Aproxy@proxy.example:8443")?;
    let pem = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";
    let request = Request::get("https://me:of-url@h.example:8080/a%20b?token=of-query&x=1")?
        .with_header("Authorization", "Bearer of-header")?
        .with_header("X-Two", "2")?
        .with_timeouts(timeouts)
        .with_max_redirects(3)
        .with_low_speed(1_024)
        .with_checksum(Checksum::of(b"a"))
        .with_proxy(proxy)
        .with_proxy_rules(rules)
        .with_extra_certificates(ExtraCertificates::from_pem(pem.repeat(2).as_bytes())?);
    let before = SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, 1);
    let save = Save::in_folder("/a folder")
        .named(NameRule::Named("ä.bin".to_owned()))
        .if_exists(IfExists::Overwrite)
        .continuing("/a folder/x.part")
        .replacing("/a folder/old")
        .replacing_files_before(before)
        .without_sha256()
        .without_preview()
        .with_portable_name()
        .with_remote_time();
    Ok(FetchSpec {
        name: "a name".to_owned(),
        request,
        destination: Destination::Save(save),
        sleep: Duration::from_millis(1_500),
        retry: RetryPolicy { retries: 9 },
        pauses_when_full: true,
        time_limit: Some(Duration::from_secs(60)),
        rate_limit_bytes_per_sec: Some(5_000),
        needs_link: false,
        is_of_process: false,
    })
}

fn timed() -> TimedSpec {
    TimedSpec {
        name: "b".to_owned(),
        sleep: Duration::from_millis(1),
        work: Duration::from_secs(2),
    }
}

fn stored(spec: &Spec) -> String {
    serde_json::to_string(spec).expect("it can be stored")
}

#[test]
fn a_spec_is_read_as_it_was_written_with_every_field() {
    let download = download().expect("a download");
    let plain = FetchSpec::new(
        Request::get("http://h.example/").expect("a request"),
        Destination::Count,
    );
    let specs = [
        Spec::Fetch(download),
        Spec::Fetch(plain),
        Spec::Timed(timed()),
    ];
    for spec in specs {
        assert_eq!(spec.check_storable(), Ok(()));
        let read: Spec = serde_json::from_str(&stored(&spec)).expect("a spec");
        assert_eq!(read, spec);
        assert_eq!(stored(&read), stored(&spec));
    }
}

#[test]
fn what_is_stored_says_its_kind_and_its_version() {
    let text = stored(&Spec::Timed(timed()));
    let expected = r#"{"kind":"timed_1","spec":{"name":"b","sleep":{"secs":0,"nanos":1000000},"work":{"secs":2,"nanos":0}}}"#;
    assert_eq!(text, expected);
    let download = stored(&Spec::Fetch(download().expect("a download")));
    assert!(download.starts_with(r#"{"kind":"fetch_1","#), "{download}");
    let later = text.replace("timed_1", "timed_2");
    let error = serde_json::from_str::<Spec>(&later).expect_err("an unknown version");
    assert!(error.to_string().contains("timed_2"), "{error}");
}

#[test]
fn what_is_read_is_checked() {
    let download = stored(&Spec::Fetch(download().expect("a download")));
    for (valid, invalid) in [
        ("https://h.example:8080", "ftp://h.example:8080"),
        ("Bearer of-header", "Bearer\\r\\nHost: x"),
        ("X-Two", "Host"),
        ("https://me%40home", "ftp://me%40home"),
        ("sha256:", "md5:"),
        ("AAEC", "?"),
    ] {
        let broken = download.replace(valid, invalid);
        assert_ne!(broken, download, "{valid}");
        let read = serde_json::from_str::<Spec>(&broken);
        assert!(read.is_err(), "{invalid}");
    }
}

#[test]
fn a_stream_cannot_be_stored() {
    let request = Request::get("https://h.example/a").expect("a request");
    let stream = Stream::new(std::io::sink());
    let spec = Spec::Fetch(FetchSpec::new(request, Destination::Stream(stream)));
    assert_eq!(spec.check_storable(), Err(NotStorable::Stream));
    assert!(serde_json::to_string(&spec).is_err());
}

#[test]
fn what_is_shown_of_a_spec_holds_no_secret() {
    let shown = format!("{:?}", download().expect("a download"));
    for secret in [
        "of-url",
        "of-query",
        "of-header",
        "of:proxy",
        "of%3Aproxy",
        "of-rules",
    ] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}
