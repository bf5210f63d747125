//! The speed of bodies: one large file and many small ones, compared with curl in the same run.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use jobdeck::fetch::{ClientPool, Fetch, FetchExt as _, FetchTask, Request, Save};
use jobdeck::runtime::{ParkHost, Runtime};

use crate::server::BenchServer;

/// Files fetched at the same time.
const AT_A_TIME: usize = 16;
const SMALL_FILE_BYTES: u64 = 10 * 1024;

/// The amount of work: little in a test, all in a benchmark.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) runs: usize,
    pub(crate) large_bytes: u64,
    pub(crate) small_files: usize,
}

/// The folders to save in, with the kinds of their file systems: on a disk, and in memory.
fn places() -> Vec<(String, tempfile::TempDir)> {
    let disk = Some(std::env::temp_dir());
    let memory = Some(PathBuf::from("/dev/shm")).filter(|path| path.is_dir());
    let places = disk.into_iter().chain(memory);
    places
        .map(|path| {
            let kind = Command::new("stat")
                .args(["-f", "-c", "%T"])
                .arg(&path)
                .output();
            let kind = kind.map_or_else(
                |_| "unknown".to_owned(),
                |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
            );
            (kind, tempfile::tempdir_in(path).unwrap())
        })
        .collect()
}

pub(crate) fn large(server: &BenchServer, size: Size) {
    let url = server.bytes(size.large_bytes, "large.bin");
    let mib = size.large_bytes / (1024 * 1024);
    println!(
        "\none file of {mib} MiB over loopback, medians of {}",
        size.runs
    );
    heading();
    let curl = || {
        let mut curl = curl();
        curl.args(["-o", "/dev/null", &url]);
        curl
    };
    let mut peers: [Peer<'_>; 2] = [
        ("jobdeck, counted", Box::new(|| count(&url))),
        ("curl -o /dev/null", Box::new(|| run(curl()))),
    ];
    table("counted (goal: at least 1.0 × curl)", size.runs, &mut peers);
    for (kind, folder) in places() {
        let folder = folder.path();
        let path = folder.join("curl.bin");
        let curl = || {
            let mut curl = curl();
            curl.arg("-o").arg(&path).arg(&url);
            curl
        };
        let saved = || {
            let took = save(std::slice::from_ref(&url), folder, 1);
            empty(folder);
            took
        };
        let without = || {
            let took = run(curl());
            empty(folder);
            took
        };
        let with = || {
            let took = run(curl()) + sync(folder);
            empty(folder);
            took
        };
        let mut peers: [Peer<'_>; 3] = [
            ("jobdeck (flushes)", Box::new(saved)),
            ("curl (does not)", Box::new(without)),
            ("curl, then sync", Box::new(with)),
        ];
        let goal = match kind.as_str() {
            "tmpfs" => "at least 1.1 × curl",
            _ => "at least 1.0 × curl with sync",
        };
        let what = format!("saved on {kind} (goal: {goal})");
        table(&what, size.runs, &mut peers);
    }
}

pub(crate) fn small(server: &BenchServer, size: Size) {
    let count = size.small_files;
    println!(
        "\n{count} files of {SMALL_FILE_BYTES} bytes, {AT_A_TIME} at a time, medians of {}",
        size.runs
    );
    heading();
    let urls: Vec<String> = (0..count)
        .map(|number| server.bytes(SMALL_FILE_BYTES, &format!("{number}.bin")))
        .collect();
    count_small(&urls, size);
    for (kind, folder) in places() {
        let config = tempfile::NamedTempFile::new().unwrap();
        let folder = folder.path();
        let lines = urls.iter().enumerate().map(|(number, url)| {
            let output = folder.join(format!("{number}.bin"));
            format!("url = \"{url}\"\noutput = \"{}\"\n", output.display())
        });
        std::fs::write(config.path(), lines.collect::<String>()).unwrap();
        let curl = || parallel_curl(config.path());
        let saved = || {
            let took = save(&urls, folder, AT_A_TIME);
            check(folder, count);
            took
        };
        let without = || {
            let took = run(curl());
            check(folder, count);
            took
        };
        let with = || {
            let took = run(curl()) + sync(folder);
            check(folder, count);
            took
        };
        let list = tempfile::NamedTempFile::new().unwrap();
        let mut peers: Vec<Peer<'_>> = vec![
            ("jobdeck (flushes)", Box::new(saved)),
            ("curl (does not)", Box::new(without)),
            ("curl, then sync", Box::new(with)),
        ];
        if version_of("aria2c").is_some() {
            std::fs::write(list.path(), urls.join("\n")).unwrap();
            let with_aria2 = || {
                let mut aria2 = Command::new("aria2c");
                aria2.args(["-q", "--no-conf", "--file-allocation=none", "-x1", "-j"]);
                aria2.arg(AT_A_TIME.to_string());
                aria2.arg("-d").arg(folder).arg("-i").arg(list.path());
                let took = run(aria2);
                check(folder, count);
                took
            };
            peers.push(("aria2 (does not)", Box::new(with_aria2)));
        }
        let goal = match kind.as_str() {
            "tmpfs" => "at least 1.0 × curl",
            _ => "at least 1.0 × curl with sync, 3 × aria2",
        };
        let what = format!("saved on {kind} (goal: {goal})");
        table(&what, size.runs, &mut peers);
    }
}

fn count_small(urls: &[String], size: Size) {
    let config = tempfile::NamedTempFile::new().unwrap();
    let lines = urls
        .iter()
        .map(|url| format!("url = \"{url}\"\noutput = \"/dev/null\"\n"));
    std::fs::write(config.path(), lines.collect::<String>()).unwrap();
    let curl = || run(parallel_curl(config.path()));
    let mut peers: [Peer<'_>; 2] = [
        ("jobdeck, counted", Box::new(|| count_all(urls, AT_A_TIME))),
        ("curl -o /dev/null", Box::new(curl)),
    ];
    table("counted (goal: at least 1.2 × curl)", size.runs, &mut peers);
}

/// A name, and the work that is timed.
type Peer<'a> = (&'static str, Box<dyn Fn() -> Duration + 'a>);

fn heading() {
    println!(
        "{:<32}{:>10}{:>14}{:>14}{:>18}",
        "", "median ms", "processor ms", "rate ÷ ours", "all runs, ms"
    );
}

/// Runs the peers in turn, and prints their medians. The first is ours.
fn table(what: &str, runs: usize, peers: &mut [Peer<'_>]) {
    let mut times = vec![Vec::new(); peers.len()];
    let mut ticks = vec![0; peers.len()];
    // The first turn is not counted: it warms up caches.
    for turn in 0..=runs {
        for ((_, peer), (times, ticks)) in peers.iter().zip(times.iter_mut().zip(&mut ticks)) {
            let before = cpu_ticks();
            let took = peer();
            if turn > 0 {
                times.push(took);
                *ticks += cpu_ticks() - before;
            }
        }
    }
    println!("{what}");
    let medians: Vec<f64> = times
        .iter_mut()
        .map(|times| {
            times.sort();
            times[times.len() / 2].as_secs_f64() * 1e3
        })
        .collect();
    for (place, (name, _)) in peers.iter().enumerate() {
        let (median, times) = (medians[place], &times[place]);
        // Ticks of 10 ms.
        let cpu_ms = ticks[place] as f64 * 10.0 / runs as f64;
        let range = format!(
            "{:.0}–{:.0}",
            times[0].as_secs_f64() * 1e3,
            times[times.len() - 1].as_secs_f64() * 1e3
        );
        println!(
            "  {name:<30}{median:>10.1}{cpu_ms:>14.0}{:>14.2}{range:>18}",
            medians[0] / median
        );
    }
    for ((name, _), median) in peers.iter().zip(&medians).skip(1) {
        println!("  ours is {:.2} × the rate of {name}", median / medians[0]);
    }
}

// ---- ours ----

fn driven(work: impl FnOnce(&ParkHost, &Runtime)) -> Duration {
    let host = ParkHost::new();
    let runtime = Runtime::new(host.clone());
    // Connections of its own: each run begins without any.
    runtime.set_extension(Rc::new(ClientPool::new()));
    let began = Instant::now();
    work(&host, &runtime);
    began.elapsed()
}

fn count(url: &str) -> Duration {
    driven(|host, runtime| {
        let request = Request::get(url).unwrap();
        let job = runtime.spawn("count", async move |cx| cx.fetch(request).count().await);
        host.block_on(runtime, job).unwrap();
    })
}

/// Saves all URLs, `at_a_time` in parallel. Without checksums, which no peer computes.
fn save(urls: &[String], folder: &Path, at_a_time: usize) -> Duration {
    let save = Save::in_folder(folder).without_sha256();
    fetch_all(urls, at_a_time, move |fetch| fetch.save_as(save.clone()))
}

fn count_all(urls: &[String], at_a_time: usize) -> Duration {
    fetch_all(urls, at_a_time, Fetch::count)
}

/// Fetches all URLs, `at_a_time` in parallel.
fn fetch_all(
    urls: &[String],
    at_a_time: usize,
    start: impl Fn(Fetch) -> FetchTask + Clone + 'static,
) -> Duration {
    let requests: Rc<[Request]> = urls.iter().map(|url| Request::get(url).unwrap()).collect();
    driven(|host, runtime| {
        let next = Rc::new(Cell::new(0));
        let lanes: Vec<_> = (0..at_a_time)
            .map(|_| {
                let (requests, next) = (requests.clone(), next.clone());
                let start = start.clone();
                runtime.spawn("lane", async move |cx| {
                    while let Some(request) = requests.get(next.get()) {
                        next.set(next.get() + 1);
                        start(cx.fetch(request.clone())).await?;
                    }
                    Ok(())
                })
            })
            .collect();
        for lane in lanes {
            host.block_on(runtime, lane).unwrap();
        }
    })
}

// ---- peers ----

pub(crate) fn is_curl_there() -> bool {
    let version = version_of("curl");
    match &version {
        Some(version) => println!("\nbeside it: {version}"),
        None => println!("\ncurl is not here, and so nothing is compared"),
    }
    version.is_some()
}

/// The first line of a program's `--version`; `None` if it is not installed.
fn version_of(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}

/// Fetches the URLs of a configuration file, [`AT_A_TIME`] in parallel.
fn parallel_curl(config: &Path) -> Command {
    let mut curl = curl();
    curl.args(["--parallel", "--parallel-max"])
        .arg(AT_A_TIME.to_string())
        .arg("-K")
        .arg(config);
    curl
}

fn curl() -> Command {
    let mut curl = Command::new("curl");
    // No configuration file and no progress meter.
    curl.args(["-q", "-s", "-S", "--fail", "--no-progress-meter"]);
    curl
}

/// Runs a command, and subtracts the time to start the program.
fn run(mut command: Command) -> Duration {
    let took = timed(&mut command);
    let mut nothing = Command::new(command.get_program());
    took.saturating_sub(timed(nothing.arg("--version")))
}

fn timed(command: &mut Command) -> Duration {
    let began = Instant::now();
    let status = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    began.elapsed()
}

/// Processor time of this process and the children it waited for, in ticks.
fn cpu_ticks() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, rest) = text.rsplit_once(')').unwrap();
    let times = rest.split_whitespace().skip(11).take(4);
    times.map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

// ---- files ----

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Makes the saved files durable: the whole file system of the folder.
fn sync(folder: &Path) -> Duration {
    let mut sync = Command::new("sync");
    sync.arg("-f").arg(folder);
    run(sync)
}

fn check(folder: &Path, count: usize) {
    let files = files(folder);
    assert_eq!(files.len(), count);
    for path in files {
        assert_eq!(path.metadata().unwrap().len(), SMALL_FILE_BYTES, "{path:?}");
    }
    empty(folder);
}

/// Removes the files, so that they need not be written any more and are not in the way of the next
/// peer.
fn empty(folder: &Path) {
    for path in files(folder) {
        std::fs::remove_file(path).unwrap();
    }
}
