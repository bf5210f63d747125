//! Bugs of earlier versions, each with the test that showed it.

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use jobdeck::fetch::{
    Checksum, ClientPool, ErrorClass, FetchExt, Fetched, IfExists, Proxy, Request, Resolve, Save,
    Trace,
};
use jobdeck::runtime::JobHandle;

use crate::support::fault::{Act, FaultServer, answer, send, serve};
use crate::support::{PATIENCE, Rig, body, get, names_in};
use jobdeck::status::Verb;

const TOTAL: usize = 150_000;
const CUT: usize = 100_000;
const OVERLAP: usize = 65_536;
const FIRST: usize = CUT - OVERLAP;

fn file() -> Vec<u8> {
    body(TOTAL)
}

fn head(more: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: {TOTAL}{more}\r\n\r\n")
}

/// Announces the whole file, and closes the connection after these bytes.
fn cut_at(bytes: usize) -> Vec<Act> {
    vec![Act::ReadRequest, send(head("")), send(&file()[..bytes])]
}

fn part_answer(first: usize, last: usize, total: &str) -> Vec<u8> {
    let mut bytes = format!(
        "HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Range: bytes {first}-{last}/{total}\r\n\
         Content-Length: {}\r\n\r\n",
        last + 1 - first
    )
    .into_bytes();
    bytes.extend_from_slice(&file()[first..=last]);
    bytes
}

/// A server with correct ranges.
fn honest() -> Vec<Act> {
    vec![serve(|header| {
        let header = header.to_ascii_lowercase();
        match header.split("range: bytes=").nth(1) {
            Some(rest) => {
                let first: usize = rest.split('-').next().unwrap().parse().unwrap();
                part_answer(first, TOTAL - 1, &TOTAL.to_string())
            }
            None => [head("").into_bytes(), file()].concat(),
        }
    })]
}

fn save_as(rig: &Rig, request: Request, save: Save) -> JobHandle<Fetched> {
    rig.runtime.spawn("save", async move |cx| {
        cx.fetch(request).save_as(save).await
    })
}

/// Once: `--if-exists skip` with `--checksum`: the file that is there is called done unseen.
#[test]
fn a_file_that_is_skipped_has_the_checksum_that_was_asked_for() {
    let server = FaultServer::always(honest());
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.bin"), b"rotten").unwrap();
    let request = get(&server.url("/x.bin")).with_checksum(Checksum::of(&file()));
    let save = Save::in_folder(folder.path()).if_exists(IfExists::Skip);
    match rig.end_of(save_as(&rig, request, save)) {
        Ok(fetched) => {
            let there = fs::read(fetched.path.unwrap()).unwrap();
            assert!(
                Checksum::of(&there) == Checksum::of(&file()),
                "done, and the checksum is another one"
            );
        }
        Err(error) => assert_eq!(error.class, ErrorClass::Checksum),
    }
}

/// Once: Files of the user are removed: whatever is called `name.part.json` when a download begins,
/// and `name.part.old` when it is complete.
#[test]
fn files_of_the_user_beside_a_download_stay() {
    let server = FaultServer::always(honest());
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    // The first could itself be a finished download, of http://h/x.bin.part.json.
    for name in ["x.bin.part.json", "x.bin.part.old"] {
        fs::write(folder.path().join(name), b"precious").unwrap();
    }
    rig.end_of(rig.save(get(&server.url("/x.bin")), folder.path()))
        .unwrap();
    assert_eq!(
        names_in(folder.path()),
        ["x.bin", "x.bin.part.json", "x.bin.part.old"]
    );
}

/// Once: A server that sends a header, and then nothing, until the idle time-out of 30 s (the
/// default) is over: these 30 s count as 30 s of progress (`RETRY_ANEW_AFTER`), the count of
/// retries starts anew, and the job never fails.
#[test]
fn standing_still_is_no_progress() {
    let server = FaultServer::always(vec![Act::ReadRequest, send(head("")), Act::StaySilent]);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let error = rig
        .end_of(rig.save(get(&server.url("/x.bin")), folder.path()))
        .unwrap_err();
    assert_eq!(error.class, ErrorClass::Timeout);
    assert_eq!(error.received, 0);
    assert!(!error.progressed, "not a byte came, and it progressed");
}

/// Once: Surplus bytes after the rest of a file fail the download.
#[test]
fn surplus_bytes_after_the_rest_of_a_file_cost_nothing() {
    let mut rest = part_answer(FIRST, TOTAL - 1, &TOTAL.to_string());
    rest.extend_from_slice(b"\r\n");
    let server = FaultServer::start(vec![cut_at(CUT), vec![Act::ReadRequest, send(rest)]]);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let save = || rig.end_of(rig.save(get(&server.url("/x.bin")), folder.path()));
    save().unwrap_err();
    assert_eq!(save().unwrap().resumed_at, Some(CUT as u64));
    assert_eq!(names_in(folder.path()), ["x.bin"]);
    assert!(std::fs::read(folder.path().join("x.bin")).unwrap() == body(TOTAL));
}

/// Once: Only the first ten parts of a name are looked at, also by a retry of the very job that
/// wrote the eleventh: it begins at its first byte each time, and leaves one more part behind each
/// time.
#[test]
fn the_eleventh_part_of_one_name_resumes_too() {
    let mut scripts = vec![cut_at(CUT); 11];
    scripts.push(honest());
    let server = FaultServer::start(scripts);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let trace = Trace::default();
    let save = |number: usize| {
        let request = get(&server.url(&format!("/{number}/x.bin"))).with_trace(trace.clone());
        rig.end_of(rig.save(request, folder.path()))
    };
    for number in 0..11 {
        save(number).unwrap_err();
    }
    let fetched = save(10).unwrap();
    assert_eq!(
        fetched.resumed_at,
        Some(CUT as u64),
        "left: {:?}",
        names_in(folder.path())
    );
}

/// Once: Whoever looks for a part of his own locks each of the name before he reads whose it is:
/// for these moments its owner finds it in use, and begins at its first byte.
#[test]
fn looking_for_a_part_does_not_lock_the_parts_of_others() {
    const JOBS: usize = 8;
    let mut begun_anew = 0;
    for _ in 0..25 {
        let mut scripts = vec![cut_at(CUT); JOBS];
        // None is complete before all have found their parts: where several are gone, no further
        // one is looked for.
        let rest = part_answer(FIRST, TOTAL - 1, &TOTAL.to_string());
        scripts.push(vec![
            Act::ReadRequest,
            Act::AwaitRequests(2 * JOBS),
            send(rest),
        ]);
        let server = FaultServer::start(scripts);
        let rig = Rig::new();
        let folder = tempfile::tempdir().unwrap();
        let url = |number: usize| server.url(&format!("/{number}/x.bin"));
        for number in 0..JOBS {
            rig.end_of(rig.save(get(&url(number)), folder.path()))
                .unwrap_err();
        }
        let jobs: Vec<_> = (0..JOBS)
            .map(|number| rig.save(get(&url(number)), folder.path()))
            .collect();
        for job in jobs {
            let fetched = rig.end_of(job).unwrap();
            begun_anew += usize::from(fetched.resumed_at.is_none());
        }
    }
    assert_eq!(begun_anew, 0, "of {}", 25 * JOBS);
}

/// Once: The number of a part is cut off again where the name is as long as names may be: numbers
/// below 1000 all lead to one path, and those above to one other. Two parts in the way, and nothing
/// of that name can be saved; a second one is never found again to go on.
#[test]
fn the_longest_name_finds_a_free_part() {
    let server = FaultServer::always(honest());
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let name = format!("{}.bin", "a".repeat(251));
    for taken in ["a".repeat(245), format!("{} ", "a".repeat(244))] {
        let taken = folder.path().join(format!("{taken}.part"));
        fs::write(taken, b"of another download").unwrap();
    }
    let fetched = rig.end_of(rig.save(get(&server.url(&format!("/{name}"))), folder.path()));
    assert!(fetched.is_ok(), "{fetched:?}");
}

/// Once: The checksum of a text is taken of its compressed form.
#[test]
fn the_checksum_of_a_text_is_that_of_the_text() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(b"hello").unwrap();
    let coded = encoder.finish().unwrap();
    let header = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        coded.len()
    );
    let server = FaultServer::always(vec![Act::ReadRequest, send(header), send(coded)]);
    let rig = Rig::new();
    let request = get(&server.url("/")).with_checksum(Checksum::of(b"hello"));
    let job = rig
        .runtime
        .spawn("text", async move |cx| cx.fetch(request).text(100).await);
    let fetched = rig.end_of(job);
    assert!(fetched.is_ok(), "{fetched:?}");
}

/// Once: Time in which this process did not read (a slow disk under `Part::write`, Ctrl-Z and `fg`,
/// a machine under load) counts as the server's silence: after it, the next read looks at the clock
/// before it looks at the socket, where the bytes are. Here the process is stopped for three times
/// its idle time-out.
#[cfg(unix)]
#[test]
fn time_without_a_read_is_not_silence_of_the_server() {
    const CHILD: &str = "JOBDECK_TEST_REGRESSION_URL";
    let name = "regressions::time_without_a_read_is_not_silence_of_the_server";
    if let Ok(url) = std::env::var(CHILD) {
        let rig = Rig::new();
        let request = get(&url).with_idle_timeout(Duration::from_secs(2));
        rig.end_of(rig.count(request)).unwrap();
        return;
    }
    let server = FaultServer::always(vec![
        Act::ReadRequest,
        send(head("")),
        send(&file()[..CUT]),
        Act::Wait(Duration::from_secs(1)),
        send(&file()[CUT..]),
        Act::StaySilent,
    ]);
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, server.url("/x"))
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let signal = |signal: &str| {
        let mut kill = std::process::Command::new("kill");
        let pid = child.id().to_string();
        assert!(kill.args([signal, &pid]).status().unwrap().success());
    };
    while server.requests().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(300));
    signal("-STOP");
    std::thread::sleep(Duration::from_secs(6));
    signal("-CONT");
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
}

/// A resolver that blocks until it is released.
#[derive(Clone, Default)]
struct Held(Arc<(Mutex<bool>, Condvar)>);

impl Resolve for Held {
    fn resolve(&self, _: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        let is_free = self.0.0.lock().unwrap();
        let _free = self
            .0
            .1
            .wait_timeout_while(is_free, PATIENCE, |is_free| !*is_free)
            .unwrap();
        Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))])
    }
}

/// Once: A lookup that hangs keeps the bell (an open file) of every fetch that ever waited for it,
/// also after that was cancelled or ran out of time.
#[cfg(target_os = "linux")]
#[test]
fn a_fetch_that_left_a_lookup_leaves_no_open_file() {
    const CHILD: &str = "JOBDECK_TEST_REGRESSION_CHILD";
    let name = "regressions::a_fetch_that_left_a_lookup_leaves_no_open_file";
    if std::env::var_os(CHILD).is_none() {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
        return;
    }
    let held = Held::default();
    let rig = Rig::with_network(ClientPool::new().with_resolver(held.clone()));
    let open_files = || fs::read_dir("/proc/self/fd").unwrap().count();
    let before = open_files();
    for _ in 0..10 {
        let jobs: Vec<_> = (0..20)
            .map(|_| rig.count(get("http://name.example/")))
            .collect();
        rig.drive_for(Duration::from_millis(50));
        jobs.iter().for_each(|job| {
            job.cancel();
        });
        rig.drive_until("the cancels", || jobs.iter().all(|job| job.is_finished()));
    }
    rig.drive_until("the threads", || rig.runtime.busy_workers() == 0);
    let after = open_files();
    *held.0.0.lock().unwrap() = true;
    held.0.1.notify_all();
    assert!(after <= before + 20, "{before} files, then {after}");
}

/// Once: A header `Authorization` and a URL with a password send two of them.
#[test]
fn only_one_authorization_is_sent() {
    let server = FaultServer::always(honest());
    let rig = Rig::new();
    let url = server.url("/x").replace("http://", "http://me:pw@");
    let request = get(&url).with_header("Authorization", "Bearer b").unwrap();
    rig.end_of(rig.count(request)).unwrap();
    let asked = server.requests().remove(0).to_ascii_lowercase();
    assert_eq!(asked.matches("authorization:").count(), 1, "{asked}");
}

/// Once: A proxy that is restarted, or answers 502 to 504, is no passing failure, though one that
/// does not answer at all is.
#[test]
fn a_proxy_that_breaks_off_is_tried_again() {
    let rig = Rig::new();
    for script in [
        vec![Act::ReadRequest, Act::Reset],
        answer("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"),
    ] {
        let proxy = FaultServer::always(script);
        let request =
            get("http://made-up.example/").with_proxy(Proxy::parse(&proxy.url("")).unwrap());
        let error = rig.end_of(rig.count(request)).unwrap_err();
        assert!(error.is_retryable(), "{error:?}");
    }
}

/// Once: What stays aside is replaced by what stays aside next, before a fresh file is complete.
#[test]
fn a_part_set_aside_stays_until_a_fresh_file_is_complete() {
    let server = FaultServer::start(vec![cut_at(CUT), cut_at(10), cut_at(20)]);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        rig.end_of(rig.save(get(&server.url("/x.bin")), folder.path()))
            .unwrap_err();
    }
    let sizes: Vec<_> = names_in(folder.path())
        .into_iter()
        .filter(|name| name.contains(".old"))
        .map(|name| fs::metadata(folder.path().join(name)).unwrap().len())
        .collect();
    assert!(sizes.contains(&(CUT as u64)), "{sizes:?}");
}

/// Once: A folder of the file's name is "a file that is there already": nothing is saved, and the
/// job is done.
#[test]
fn a_folder_is_not_the_file() {
    let server = FaultServer::always(honest());
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("x.bin")).unwrap();
    let save = Save::in_folder(folder.path()).if_exists(IfExists::Skip);
    let ended = rig.end_of(save_as(&rig, get(&server.url("/x.bin")), save));
    assert!(
        !ended.as_ref().is_ok_and(|fetched| fetched.skipped),
        "{ended:?}"
    );
}

/// Once: A row that is resumed after a pause takes no slot: `--jobs` and `--per-host` are exceeded
/// by as many rows as were paused, and the button "resume all" runs them all at once.
#[test]
fn resumed_rows_keep_to_the_limit() {
    use jobdeck::deck::{Action, Deck, Limits};
    use jobdeck::jobs::{Spec, TimedSpec};
    let mut deck = Deck::new(Rig::new().runtime);
    deck.set_limits(Limits {
        jobs_at_once: 1,
        ..deck.schedule.limits()
    });
    let specs = (0..5)
        .map(|number| {
            Spec::Timed(TimedSpec {
                name: number.to_string(),
                sleep: Duration::ZERO,
                work: Duration::from_secs(100),
            })
        })
        .collect();
    deck.add(specs, false);
    let ids: Vec<_> = deck.rows.ids().collect();
    for id in &ids {
        deck.tick(Duration::from_millis(4));
        deck.apply(Action::new(Verb::Pause, vec![*id]));
    }
    deck.apply(Action::new(Verb::Resume, ids));
    deck.tick(Duration::from_millis(4));
    assert_eq!(deck.schedule.running().len(), 1);
}

/// Once: A server without ranges that cuts after 1 MiB: every try begins anew and gets no farther
/// than the one before, and each counts as progress. It is asked for ever.
#[test]
fn the_same_bytes_again_are_no_progress() {
    use jobdeck::jobs::{Destination, FetchSpec, SharedFacts, Spec};
    let bytes = 1_200_000;
    let server = FaultServer::always(vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n"),
        send(body(bytes)),
    ]);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let mut spec = FetchSpec::new(
        get(&server.url("/x.bin")),
        Destination::Save(Save::in_folder(folder.path())),
    );
    spec.retry.retries = 1;
    let _job = Spec::Fetch(spec).start(&rig.runtime, SharedFacts::default(), &[], None);
    rig.drive_for(Duration::from_secs(12));
    // The first, one retry, and one more for the progress of the first.
    assert!(server.requests().len() <= 3, "{}", server.requests().len());
}

/// Once: When the end of a part did not reach the disk (a crash of the system, not of the process:
/// both records stand at the end), all that came before it is given up, and left behind as a file
/// that nobody takes.
#[test]
fn an_end_that_was_lost_costs_the_end() {
    let server = FaultServer::start(vec![cut_at(CUT), honest()]);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let save = || rig.end_of(rig.save(get(&server.url("/x.bin")), folder.path()));
    save().unwrap_err();
    let part = fs::OpenOptions::new()
        .write(true)
        .open(folder.path().join("x.bin.part"))
        .unwrap();
    part.set_len(CUT as u64 - 1).unwrap();
    drop(part);
    let fetched = save().unwrap();
    assert_eq!(names_in(folder.path()), ["x.bin"]);
    // None of it can be verified: it is removed, and not in the way.
    assert_eq!(fetched.resumed_at, None);
    assert!(fs::read(fetched.path.unwrap()).unwrap() == file());
}

/// Once: With `Save::continuing`, the folder of `Save::in_folder` has no effect: the file ends in
/// the folder of the part. Only the look for a file to skip is at the job's folder.
#[test]
fn a_part_continued_from_elsewhere_ends_in_the_folder_of_the_job() {
    let server = FaultServer::start(vec![cut_at(CUT), honest()]);
    let rig = Rig::new();
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    rig.end_of(rig.save(get(&server.url("/x.bin")), old.path()))
        .unwrap_err();
    let save = Save::in_folder(new.path()).continuing(old.path().join("x.bin.part"));
    let fetched = rig
        .end_of(save_as(&rig, get(&server.url("/x.bin")), save))
        .unwrap();
    assert_eq!(fetched.path.unwrap().parent(), Some(new.path()));
}

/// Once: `-o NAME --if-exists skip` with a part of an earlier try: the file that is there is not
/// looked for, and the rest is fetched and saved as `NAME (1)`.
#[test]
fn a_named_file_that_is_there_is_skipped_with_a_part_too() {
    use jobdeck::fetch::NameRule;
    let server = FaultServer::start(vec![cut_at(CUT), honest()]);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let save = || {
        let save = Save::in_folder(folder.path())
            .named(NameRule::Named("y.bin".to_owned()))
            .if_exists(IfExists::Skip);
        rig.end_of(save_as(&rig, get(&server.url("/x.bin")), save))
    };
    save().unwrap_err();
    fs::write(folder.path().join("y.bin"), b"there").unwrap();
    let fetched = save().unwrap();
    assert!(fetched.skipped, "{:?}", names_in(folder.path()));
}

/// Answers for one host at once, and for no other.
#[derive(Clone)]
struct OnlyGood(Held);

impl Resolve for OnlyGood {
    fn resolve(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        if host == "good.example" {
            return Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))]);
        }
        self.0.resolve(host, port)
    }
}

/// Once: The time that a lookup waits for one of the sixteen helpers counts as the time of the name
/// server: sixteen names that hang, also of jobs long cancelled, let every other name fail as "not
/// found".
#[test]
fn names_that_hang_keep_no_other_from_being_found() {
    let server = FaultServer::always(honest());
    let held = Held::default();
    let rig = Rig::with_network(ClientPool::new().with_resolver(OnlyGood(held.clone())));
    let hanging: Vec<_> = (0..16)
        .map(|number| rig.count(get(&format!("http://n{number}.example/"))))
        .collect();
    rig.drive_for(Duration::from_millis(300));
    hanging.iter().for_each(|job| {
        job.cancel();
    });
    let mut request = get(&format!("http://good.example:{}/", server.address().port()));
    let mut timeouts = request.timeouts();
    timeouts.resolve = Duration::from_secs(2);
    request = request.with_timeouts(timeouts);
    let fetched = rig.end_of(rig.count(request));
    *held.0.0.lock().unwrap() = true;
    held.0.1.notify_all();
    assert!(fetched.is_ok(), "{fetched:?}");
}
