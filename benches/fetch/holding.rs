//! The cost of idle fetches: one that is paused, and a thousand that wait for their servers.

use std::fs;
use std::rc::Rc;
use std::time::{Duration, Instant};

use jobdeck::fetch::{ClientPool, FetchExt as _, Request};
use jobdeck::runtime::{Lifecycle, ParkHost, Runtime};

use crate::server::BenchServer;

/// A worker thread ends after this time without a fetch.
const THREADS_IDLE_FOR: Duration = Duration::from_secs(5);

/// Limit for all fetches to receive their first bytes.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn paused(server: &BenchServer, pause: Duration) {
    println!(
        "\npaused for {:.1} s in a body that would come as fast as it can (goal: nothing happens)",
        pause.as_secs_f64()
    );
    let bytes = 256 * 1024 * 1024;
    let request = Request::get(&server.bytes(bytes, "paused")).unwrap();
    let host = ParkHost::new();
    let runtime = Runtime::new(host.clone());
    runtime.set_extension(Rc::new(ClientPool::new()));
    // Until the threads of earlier fetches have ended.
    while !switches("fetch").is_empty() {
        std::thread::sleep(Duration::from_millis(100));
    }
    let before = server.connections();
    let job = runtime.spawn("fetch", async move |cx| cx.fetch(request).count().await);
    host.run_for(&runtime, Duration::from_millis(20));
    job.pause();
    host.run_until(&runtime, || {
        matches!(job.lifecycle(), Lifecycle::Paused { .. })
    });
    let (done, _) = job.progress();
    assert!(done < bytes, "it had come before the pause: {done}");
    let switches = || {
        let [count] = switches("fetch")[..] else {
            panic!("the fetch has one thread");
        };
        count
    };
    let (switches_before, cpu) = (switches(), cpu_ticks());
    std::thread::sleep(pause);
    let came = job.progress().0 - done;
    let woken = switches() - switches_before;
    println!("{:<44}{came:>10}", "bytes that came");
    println!("{:<44}{woken:>10}", "context switches of its thread");
    println!(
        "{:<44}{:>10}",
        "ticks of the processor, whole process",
        cpu_ticks() - cpu
    );
    job.resume();
    let fetched = host.block_on(&runtime, job).unwrap();
    assert_eq!(fetched.received, bytes);
    let used = server.connections() - before;
    println!("{:<44}{used:>10}", "connections it took from begin to end");
}

pub(crate) fn stalled(server: &BenchServer, count: usize) {
    println!(
        "\n{count} fetches whose servers fell silent in the body (goals: 100 KiB each, 0.5 s)"
    );
    let request = Request::get(&server.stalled()).unwrap();
    let host = ParkHost::new();
    let runtime = Runtime::new(host.clone());
    runtime.set_extension(Rc::new(ClientPool::new()));
    let round = |count: usize| {
        let rss = resident_kib();
        let threads = entries("task");
        let began = Instant::now();
        let jobs: Vec<_> = (0..count)
            .map(|_| {
                let request = request.clone();
                runtime.spawn("fetch", async move |cx| cx.fetch(request).count().await)
            })
            .collect();
        let is_under_way = || jobs.iter().all(|job| job.progress().0 > 0);
        while !is_under_way() {
            assert!(began.elapsed() < PATIENCE, "not all of them begin");
            host.run_for(&runtime, Duration::from_millis(10));
        }
        let began_in = began.elapsed();
        // Until all wait again.
        std::thread::sleep(Duration::from_millis(100));
        let held_kib = resident_kib().saturating_sub(rss);
        let threads = entries("task") - threads;
        let began = Instant::now();
        for job in &jobs {
            job.cancel();
        }
        host.run_until(&runtime, || jobs.iter().all(|job| job.is_finished()));
        let ended_in = began.elapsed();
        assert_eq!(runtime.abandoned_workers(), 0);
        (began_in, held_kib, threads, ended_in)
    };
    // Allocates what all fetches share.
    round(1);
    std::thread::sleep(THREADS_IDLE_FOR + Duration::from_secs(1));
    let before = settled();
    let (began_in, held_kib, threads, ended_in) = round(count);
    // Until threads that wait for a fetch have ended.
    std::thread::sleep(THREADS_IDLE_FOR + Duration::from_secs(1));
    let after = settled();
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    println!("{:<44}{:>10.0} ms", "begun, all of them", ms(began_in));
    println!("{:<44}{threads:>10}", "threads meanwhile");
    println!(
        "{:<44}{:>10.1} KiB",
        "resident memory of each",
        held_kib as f64 / count as f64
    );
    println!(
        "{:<44}{:>10.0} ms",
        "cancelled and at their end, all",
        ms(ended_in)
    );
    println!(
        "{:<44}{:>10} and {}",
        "threads, files: left over",
        after.0 as i64 - before.0 as i64,
        after.1 as i64 - before.1 as i64
    );
}

/// Threads and files of this process once they have stopped changing: a thread that has sent its
/// result still has to end.
fn settled() -> (usize, usize) {
    let mut last = (entries("task"), entries("fd"));
    loop {
        std::thread::sleep(Duration::from_millis(50));
        let now = (entries("task"), entries("fd"));
        if now == last {
            return now;
        }
        last = now;
    }
}

fn entries(what: &str) -> usize {
    fs::read_dir(format!("/proc/self/{what}")).unwrap().count()
}

/// Context switches so far of each thread of this name. The main thread, which may have the same
/// name, does not count.
fn switches(name: &str) -> Vec<u64> {
    let main = std::process::id().to_string();
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let tasks = tasks.filter(|task| *task.as_ref().unwrap().file_name() != *main);
    // A thread may end while its files are read.
    let of = |path: &str| {
        let is_named = fs::read_to_string(format!("{path}/comm")).ok()?.trim() == name;
        let kinds = ["voluntary_ctxt_switches", "nonvoluntary_ctxt_switches"];
        let status = fs::read_to_string(format!("{path}/status")).ok()?;
        is_named.then(|| {
            kinds
                .map(|kind| number_in(&status, kind))
                .iter()
                .sum::<u64>()
        })
    };
    tasks
        .filter_map(|task| of(task.unwrap().path().to_str().unwrap()))
        .collect()
}

/// The resident memory of this process, in KiB.
fn resident_kib() -> u64 {
    number_in(&fs::read_to_string("/proc/self/status").unwrap(), "VmRSS")
}

/// A number in a text such as that of `/proc/self/status`.
fn number_in(text: &str, name: &str) -> u64 {
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(known, _)| *known == name).unwrap();
    let number = value.split_whitespace().next().unwrap();
    number.parse().unwrap()
}

/// Processor time of this process in ticks of `/proc/self/stat` (usually 10 ms).
fn cpu_ticks() -> u64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, rest) = text.rsplit_once(')').unwrap();
    let fields: Vec<&str> = rest.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}
