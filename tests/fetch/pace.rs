//! Rate limits are kept, shared and changed, and a body slower than `--low-speed` fails.

use std::fs;
use std::time::{Duration, Instant};

use jobdeck::demo::{DemoServer, Pace};
use jobdeck::fetch::{ErrorClass, Phase, RateLimit, Request};
use jobdeck::runtime::Job;

use crate::support::fault::{Act, FaultServer, send};
use crate::support::{Rig, body, get, names_in, paced_server};

/// A limit may exceed its rate by the chunks at both ends.
const TOLERANCE: f64 = 1.2;

/// A server without a rate limit.
fn server() -> DemoServer {
    DemoServer::start(Pace::default()).unwrap()
}

fn limited(server: &DemoServer, bytes: usize, limit: &RateLimit) -> Request {
    get(&server.url(&format!("/bytes/{bytes}/x"))).with_rate_limit(limit.clone())
}

/// Asserts that the bytes took at least the time that the limit requires.
#[track_caller]
fn assert_kept(bytes: u64, bytes_per_sec: u64, took: Duration) {
    let least = bytes as f64 / bytes_per_sec as f64 / TOLERANCE;
    assert!(took.as_secs_f64() >= least, "{bytes} B in {took:?}");
}

#[track_caller]
fn wait_for_bytes(rig: &Rig, job: &Job, bytes: u64) {
    rig.drive_until("the bytes", || job.progress().0 >= bytes);
}

#[test]
fn a_limit_is_kept() {
    let server = server();
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let limit = RateLimit::new(Some(400_000));
    let began = Instant::now();
    let job = rig.save(limited(&server, 600_000, &limit), folder.path());
    // At any time, not only at the end.
    while !job.is_finished() {
        rig.drive_for(Duration::from_millis(20));
        let (done, took) = (job.progress().0, began.elapsed());
        let most = 400_000.0 * (took.as_secs_f64() + 0.1) * TOLERANCE;
        assert!(done as f64 <= most, "{done} B after {took:?}");
    }
    let took = began.elapsed();
    let fetched = rig.end_of(job).unwrap();
    assert_kept(600_000, 400_000, took);
    assert!(fs::read(fetched.path.unwrap()).unwrap() == body(600_000));
}

#[test]
fn jobs_share_a_limit() {
    let server = server();
    let rig = Rig::new();
    let limit = RateLimit::new(Some(400_000));
    let began = Instant::now();
    let jobs: Vec<_> = (0..4)
        .map(|_| rig.count(limited(&server, 120_000, &limit)))
        .collect();
    rig.drive_until("their ends", || jobs.iter().all(|job| job.is_finished()));
    assert_kept(480_000, 400_000, began.elapsed());
    for job in jobs {
        assert_eq!(rig.end_of(job).unwrap().received, 120_000);
    }
}

#[test]
fn of_two_limits_the_stricter_one_counts() {
    let server = server();
    let rig = Rig::new();
    for rates in [[200_000, 1 << 40], [1 << 40, 200_000]] {
        let limits = rates.map(|rate| RateLimit::new(Some(rate)));
        let request = limited(&server, 200_000, &limits[0]).with_rate_limit(limits[1].clone());
        let began = Instant::now();
        rig.end_of(rig.count(request)).unwrap();
        assert_kept(200_000, 200_000, began.elapsed());
    }
}

#[test]
fn a_limit_that_is_lifted_lets_the_rest_through_at_once() {
    let server = server();
    let rig = Rig::new();
    // It would take a day.
    let limit = RateLimit::new(Some(100));
    let job = rig.count(limited(&server, 10_000_000, &limit));
    wait_for_bytes(&rig, &job, 1);
    rig.drive_for(Duration::from_millis(300));
    assert!(job.progress().0 < 1_000, "{}", job.progress().0);
    limit.set(None);
    assert_eq!(rig.end_of(job).unwrap().received, 10_000_000);
}

#[test]
fn a_limit_that_is_set_while_it_comes_is_kept_from_then_on() {
    let server = paced_server(5_000_000);
    let rig = Rig::new();
    let limit = RateLimit::default();
    let job = rig.count(limited(&server, 50_000_000, &limit));
    wait_for_bytes(&rig, &job, 100_000);
    limit.set(Some(20_000));
    // The bytes read before the change takes effect.
    rig.drive_for(Duration::from_millis(300));
    let (before, began) = (job.progress().0, Instant::now());
    rig.drive_for(Duration::from_secs(1));
    let came = job.progress().0 - before;
    let most = 20_000.0 * (began.elapsed().as_secs_f64() + 0.1) * TOLERANCE;
    assert!(came as f64 <= most, "{came} B");
    job.cancel();
    rig.finish(&job);
}

#[test]
fn waiting_for_a_limit_is_neither_idle_nor_slow() {
    let server = server();
    let rig = Rig::new();
    let limit = RateLimit::new(Some(10));
    let request = limited(&server, 20, &limit)
        .with_idle_timeout(Duration::from_millis(30))
        .with_low_speed(1_000_000);
    assert_eq!(rig.end_of(rig.count(request)).unwrap().received, 20);
}

#[test]
fn a_pause_or_a_cancel_within_a_wait_acts_at_once() {
    let server = server();
    let rig = Rig::new();
    let limit = RateLimit::new(Some(1));
    let job = rig.count(limited(&server, 1_000_000, &limit));
    wait_for_bytes(&rig, &job, 1);
    let began = Instant::now();
    rig.pause(&job);
    job.resume();
    job.cancel();
    rig.drive_until("the end", || {
        job.is_finished() && rig.runtime.busy_workers() == 0
    });
    // The next byte is due after a second, and the last one after days.
    assert!(began.elapsed() < Duration::from_secs(30));
    assert!(job.progress().0 < 100);
}

#[test]
fn a_pause_saves_nothing_up() {
    let server = server();
    let rig = Rig::new();
    let limit = RateLimit::new(Some(50_000));
    let job = rig.count(limited(&server, 10_000_000, &limit));
    wait_for_bytes(&rig, &job, 5_000);
    rig.pause(&job);
    let before = job.progress().0;
    rig.drive_for(Duration::from_secs(2));
    assert_eq!(job.progress().0, before);
    let began = Instant::now();
    job.resume();
    rig.drive_for(Duration::from_millis(500));
    let came = job.progress().0 - before;
    // Two chunks of 50 ms each may be in transit.
    let most = 50_000.0 * (began.elapsed().as_secs_f64() + 0.1) * TOLERANCE;
    assert!(came as f64 <= most, "{came} B: a burst");
    job.cancel();
    rig.finish(&job);
}

/// A server that sends some bytes at once, and then one at a time.
fn dripping(every: Duration) -> FaultServer {
    FaultServer::always(vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"),
        send(&body(100_000)[..1_000]),
        Act::Drip(body(100_000)[1_000..].to_vec(), every),
    ])
}

#[test]
fn a_drip_below_the_low_speed_fails_and_keeps_what_came() {
    let server = dripping(Duration::from_millis(20));
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let request = get(&server.url("/x.bin"))
        .with_idle_timeout(Duration::from_millis(900))
        .with_low_speed(50_000);
    let error = rig.end_of(rig.save(request, folder.path())).unwrap_err();
    assert_eq!(
        (error.class, error.phase),
        (ErrorClass::Timeout, Some(Phase::Body))
    );
    assert!(error.is_retryable());
    assert!(error.message.contains("Less than"), "{}", error.message);
    assert!(error.message.contains("/s"), "{}", error.message);
    assert!(error.hint.contains("--low-speed"), "{}", error.hint);
    assert_eq!(error.http_status, Some(200));
    assert_eq!(names_in(folder.path()), ["x.bin.part", "x.bin.part.json"]);
    let kept = fs::read(folder.path().join("x.bin.part")).unwrap();
    assert_eq!(kept.len() as u64, error.received);
    assert!(kept.len() >= 1_000);
    assert_eq!(kept, &body(100_000)[..kept.len()]);
}

#[test]
fn without_a_low_speed_a_drip_continues() {
    let server = dripping(Duration::from_millis(20));
    let rig = Rig::new();
    let job = rig.count(get(&server.url("/")).with_idle_timeout(Duration::from_millis(900)));
    rig.drive_for(Duration::from_secs(2));
    assert!(!job.is_finished(), "{:?}", job.lifecycle());
    job.cancel();
    rig.finish(&job);
}

#[test]
fn a_body_faster_than_the_low_speed_is_left_alone() {
    let server = paced_server(400_000);
    let rig = Rig::new();
    let request = get(&server.url("/bytes/800000/x"))
        .with_idle_timeout(Duration::from_millis(500))
        .with_low_speed(1_000);
    assert_eq!(rig.end_of(rig.count(request)).unwrap().received, 800_000);
}

#[test]
fn a_pause_is_not_slow() {
    let server = paced_server(400_000);
    let rig = Rig::new();
    // Averaged over the pause, the rate is below the limit.
    let request = get(&server.url("/bytes/800000/x"))
        .with_idle_timeout(Duration::from_millis(500))
        .with_low_speed(40_000);
    let job = rig.count(request);
    wait_for_bytes(&rig, &job, 1);
    job.pause();
    rig.drive_for(Duration::from_secs(4));
    job.resume();
    assert_eq!(rig.end_of(job).unwrap().received, 800_000);
}
