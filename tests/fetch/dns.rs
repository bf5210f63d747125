//! Name lookups run beside the fetches: once per name, and never longer than a fetch may wait.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use jobdeck::fetch::{ClientPool, ErrorClass, FetchError, Phase, Resolve};

use crate::support::fault::{FaultServer, answer};
use crate::support::{PATIENCE, Rig, get};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A resolver whose lookups the test holds back.
#[derive(Clone, Default)]
struct Held(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    is_held: bool,
    /// The requested names in order.
    asked: Vec<String>,
    /// The current and the highest number of lookups.
    now: usize,
    at_most: usize,
}

impl Held {
    fn new() -> Self {
        let held = Self::default();
        held.0.state.lock().unwrap().is_held = true;
        held
    }

    fn let_go(&self) {
        self.0.state.lock().unwrap().is_held = false;
        self.0.changed.notify_all();
    }

    fn asked(&self) -> Vec<String> {
        self.0.state.lock().unwrap().asked.clone()
    }

    fn at_most(&self) -> usize {
        self.0.state.lock().unwrap().at_most
    }

    fn now(&self) -> usize {
        self.0.state.lock().unwrap().now
    }
}

impl Resolve for Held {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let mut state = self.0.state.lock().unwrap();
        state.asked.push(host.to_owned());
        state.now += 1;
        state.at_most = state.at_most.max(state.now);
        let (mut state, over) = self
            .0
            .changed
            .wait_timeout_while(state, PATIENCE, |state| state.is_held)
            .unwrap();
        assert!(!over.timed_out());
        state.now -= 1;
        Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))])
    }
}

/// Ends the held lookups when the test ends.
struct LetGo<'a>(&'a Held);

impl Drop for LetGo<'_> {
    fn drop(&mut self) {
        self.0.let_go();
    }
}

fn rig(resolver: impl Resolve + 'static) -> Rig {
    Rig::with_network(ClientPool::new().with_resolver(resolver))
}

/// What a resolver's answer becomes.
struct Says<F>(F);

impl<F: Fn() -> io::Result<Vec<SocketAddr>> + Send + Sync> Resolve for Says<F> {
    fn resolve(&self, _host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
        (self.0)()
    }
}

fn failure_when(
    answer: impl Fn() -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
) -> FetchError {
    let rig = rig(Says(answer));
    let error = rig
        .end_of(rig.count(get("http://name.example/")))
        .unwrap_err();
    assert_eq!(error.class, ErrorClass::Dns, "{error:?}");
    assert_eq!(error.phase, Some(Phase::Resolve));
    assert!(error.is_retryable() && !error.hint.is_empty());
    error
}

#[test]
fn no_name_no_address_and_a_panic_are_failures_of_the_lookup() {
    let error = failure_when(|| Err(io::Error::other("nobody knows it")));
    assert_eq!(error.detail, "nobody knows it");
    let error = failure_when(|| Ok(Vec::new()));
    assert!(error.detail.contains("no address"), "{error:?}");
    let error = failure_when(|| panic!("on purpose"));
    assert!(error.detail.contains("panicked"), "{error:?}");
}

#[test]
fn a_failed_lookup_is_not_kept() {
    let server = FaultServer::always(answer(OK));
    let tries = Arc::new(Mutex::new(0));
    let rig = rig(Says({
        let tries = tries.clone();
        move || {
            *tries.lock().unwrap() += 1;
            match *tries.lock().unwrap() {
                1 => Err(io::Error::other("not yet")),
                _ => Ok(vec![SocketAddr::from(([127, 0, 0, 1], 1))]),
            }
        }
    }));
    let request = get(&format!("http://name.example:{}/", server.address().port()));
    rig.end_of(rig.count(request.clone())).unwrap_err();
    rig.end_of(rig.count(request)).unwrap();
    assert_eq!(*tries.lock().unwrap(), 2);
}

#[test]
fn a_hundred_fetches_of_one_name_ask_once() {
    let server = FaultServer::always(answer(OK));
    let other = FaultServer::always(answer(OK));
    let held = Held::new();
    let rig = rig(held.clone());
    let _let_go = LetGo(&held);
    let jobs: Vec<_> = (0..100)
        .map(|number| {
            // The port makes no difference.
            let server = if number % 2 == 0 { &server } else { &other };
            let request = get(&format!("http://Name.example:{}/", server.address().port()));
            // An expired limit frees no place.
            let mut timeouts = request.timeouts();
            timeouts.resolve = 10 * PATIENCE;
            rig.count(request.with_timeouts(timeouts))
        })
        .collect();
    rig.drive_until("the lookup", || !held.asked().is_empty());
    rig.drive_until("all to wait for it", || {
        jobs.iter()
            .all(|job| job.step().is_some_and(|step| step.label == "Resolving"))
    });
    held.let_go();
    for job in jobs {
        assert_eq!(rig.end_of(job).unwrap().received, 2);
    }
    assert_eq!(held.asked(), ["name.example"]);
    // It is also cached for later fetches.
    let port = server.address().port();
    let job = rig.count(get(&format!("http://name.example:{port}/again")));
    let view = job.job().clone();
    rig.end_of(job).unwrap();
    assert_eq!(held.asked().len(), 1);
    // A connection that is still open would need no other one.
    let steps = view.steps_from(0);
    assert!(steps.iter().all(|step| step.step.label != "Resolving"));
}

#[test]
fn another_network_knows_nothing_of_it() {
    let server = FaultServer::always(answer(OK));
    let url = format!("http://name.example:{}/", server.address().port());
    let held = Held::default();
    for _ in 0..2 {
        let rig = rig(held.clone());
        rig.end_of(rig.count(get(&url))).unwrap();
    }
    assert_eq!(held.asked().len(), 2);
    // A clone is the same network.
    let network = ClientPool::new().with_resolver(held.clone());
    for _ in 0..2 {
        let rig = Rig::with_network(network.clone());
        rig.end_of(rig.count(get(&url))).unwrap();
    }
    assert_eq!(held.asked().len(), 3);
}

#[test]
fn lookups_at_once_are_limited_and_the_others_get_their_turn() {
    let server = FaultServer::always(answer(OK));
    let port = server.address().port();
    let held = Held::new();
    let rig = rig(held.clone());
    let _let_go = LetGo(&held);
    let mut jobs: Vec<_> = (0..40)
        .map(|number| rig.count(get(&format!("http://h{number}.example:{port}/"))))
        .collect();
    let most = jobdeck::fetch::limits::MAX_LOOKUPS;
    rig.drive_until("all to be in their lookup", || {
        held.now() == most
            && jobs
                .iter()
                .all(|job| job.step().is_some_and(|step| step.label == "Resolving"))
    });
    // A lookup that waits for its turn can be cancelled, and never starts.
    let waiting: Vec<usize> = (0..40)
        .filter(|number| !held.asked().contains(&format!("h{number}.example")))
        .collect();
    assert_eq!(waiting.len(), 40 - most);
    let cancelled = waiting[0];
    jobs[cancelled].cancel();
    rig.drive_until("the end of the cancelled one", || {
        jobs[cancelled].is_finished()
    });
    drop(jobs.remove(cancelled));
    held.let_go();
    for job in jobs {
        assert_eq!(rig.end_of(job).unwrap().received, 2);
    }
    assert_eq!(held.at_most(), most);
    assert_eq!(held.asked().len(), 39);
}

#[test]
fn a_slow_lookup_is_left_behind_and_its_answer_is_kept() {
    let server = FaultServer::always(answer(OK));
    let port = server.address().port();
    let held = Held::new();
    let rig = rig(held.clone());
    let _let_go = LetGo(&held);
    let request = get(&format!("http://slow.example:{port}/"));

    // One is cancelled.
    let job = rig.count(request.clone());
    rig.drive_until("the lookup", || held.now() == 1);
    let began = Instant::now();
    job.cancel();
    rig.finish(&job);
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(rig.runtime.busy_workers(), 0);
    assert_eq!(rig.runtime.abandoned_workers(), 0);

    // One is out of time.
    let limit = Duration::from_millis(300);
    let mut timeouts = request.timeouts();
    timeouts.resolve = limit;
    let began = Instant::now();
    let job = rig.count(request.clone().with_timeouts(timeouts));
    let error = rig.end_of(job).unwrap_err();
    assert_eq!(error.class, ErrorClass::Timeout, "{error:?}");
    assert_eq!(error.phase, Some(Phase::Resolve));
    assert!(began.elapsed() >= limit && began.elapsed() < Duration::from_secs(9));
    assert_eq!(rig.runtime.busy_workers(), 0);

    // One lookup serves both, and a third.
    held.let_go();
    rig.drive_until("the lookup's end", || held.now() == 0);
    rig.end_of(rig.count(request)).unwrap();
    assert_eq!(held.asked().len(), 1);
}
