//! The program in a real window on a virtual screen, with a real pointer.
#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use jobdeck::demo::{DemoServer, End, Pace, Served};

use crate::screen::{HEIGHT, Running, Screen, WIDTH, program_on, start, wait_until};

const DARK_ACCENT: &str = "#6AA6FF";
const LIGHT_ACCENT: &str = "#1A60CC";

/// The window of the program.
struct Window {
    screen: Screen,
    program: Running,
    id: String,
}

impl Window {
    fn open(home: &Path, arguments: &[&str]) -> Self {
        let screen = Screen::start();
        let program = Running(start(program_on(&screen, home).args(arguments)));
        let id = wait_until("the window", || {
            let found = screen.printed(
                "xdotool",
                &["search", "--onlyvisible", "--name", "^jobdeck$"],
            );
            found.lines().next().map(str::to_owned)
        });
        let window = Self {
            screen,
            program,
            id,
        };
        window.resize(WIDTH, HEIGHT);
        window.wait_for_accent(DARK_ACCENT);
        window
    }

    /// The colour of a point, as `#RRGGBB`.
    fn color_at(&self, x: i32, y: i32) -> String {
        let crop = format!("1x1+{x}+{y}");
        let arguments = ["-window", &self.id, "-crop", &crop, "-depth", "8", "txt:-"];
        let printed = self.screen.printed("import", &arguments);
        let color = printed
            .split_whitespace()
            .find(|word| word.len() == 7 && word.starts_with('#'));
        color.unwrap_or_default().to_owned()
    }

    /// Saves a picture of it with the results of the check.
    fn keep_picture(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-output");
        std::fs::create_dir_all(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let picture = folder
            .join(format!("window_{name}.png"))
            .display()
            .to_string();
        let output = self.screen.tool("import", &["-window", &self.id, &picture]);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn resize(&self, width: i32, height: i32) {
        let size = [width.to_string(), height.to_string()];
        self.screen.tool(
            "xdotool",
            &["windowsize", "--sync", &self.id, &size[0], &size[1]],
        );
    }

    /// Waits until the primary button has this colour: the theme shows in it.
    fn wait_for_accent(&self, color: &str) {
        wait_until("the accent", || {
            (self.color_at(18, 32) == color).then_some(())
        });
    }

    fn click(&self, x: i32, y: i32) {
        let (x, y) = (x.to_string(), y.to_string());
        self.screen
            .tool("xdotool", &["mousemove", "--window", &self.id, &x, &y]);
        // The pointer moves in an earlier frame than it presses.
        sleep(Duration::from_millis(150));
        self.screen.tool("xdotool", &["click", "1"]);
    }

    /// The middle of a button of a row: 0 pauses or resumes, 1 cancels.
    fn click_button(&self, row: i32, button: i32) {
        self.click(WIDTH - 51 + 28 * button, 48 + 40 + 28 + 44 * row + 22);
    }

    fn key(&self, key: &str) {
        let arguments = ["windowactivate", "--sync", &self.id, "key", key];
        self.screen.tool("xdotool", &arguments);
    }

    /// Asserts ten seconds without work, once the current work has ended.
    #[track_caller]
    fn expect_rest(&self, when: &str) {
        let mut used = f64::MAX;
        // Late events of the window system and ending threads are the last work.
        for _attempt in 0..3 {
            sleep(Duration::from_secs(2));
            let before = self.processor_secs();
            sleep(Duration::from_secs(10));
            used = self.processor_secs() - before;
            if used == 0.0 {
                return;
            }
        }
        panic!("{when}: {used} s of processor time in 10 s of rest");
    }

    /// Seconds of processor time the program has used.
    fn processor_secs(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.program.0.id()))
            .unwrap_or_default();
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let ticks = after_name
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<f64>().ok());
        ticks.sum::<f64>() / 100.0
    }
}

/// The bytes of the files in a folder whose names hold this one, finished or not.
fn saved_bytes(folder: &Path, name: &str) -> u64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = files.filter(|file| file.file_name().to_string_lossy().contains(name));
    files
        .filter_map(|file| file.metadata().ok())
        .map(|metadata| metadata.len())
        .sum()
}

#[test]
fn buttons_of_the_real_window_pause_resume_and_cancel_real_downloads() {
    const BYTES: u64 = 30_000_000;
    let server = DemoServer::start(Pace::default()).expect("a server on the loopback");
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("saved");
    let url = |name: &str, rate: u64| server.url(&format!("/bytes/{BYTES}/{name}?rate={rate}"));
    // Slow enough to go on until the other is resumed: the place of that depends on it.
    let goes_on = url("on.bin", 600_000);
    let cancelled = url("cancelled.bin", 20_000);
    let paused = url("paused.bin", 1_500_000);
    let folder_text = folder.display().to_string();
    let arguments = [
        "-d",
        &folder_text,
        "--no-store",
        &goes_on,
        &cancelled,
        &paused,
    ];
    let window = Window::open(home.path(), &arguments);

    wait_until("the first bytes", || {
        (saved_bytes(&folder, "paused.bin") > 0).then_some(())
    });
    // They are in the order of the arguments.
    window.click_button(2, 0);
    // The server goes on for as long as the system takes its bytes: what is saved is what counts.
    let mut before = None;
    let stood_at = wait_until("the paused download to stand still", || {
        sleep(Duration::from_millis(1000));
        let bytes = saved_bytes(&folder, "paused.bin");
        (before.replace(bytes) == Some(bytes)).then_some(bytes)
    });
    assert!(stood_at < BYTES, "it was over before it was paused");

    window.click_button(1, 1);
    wait_until("the cancelled download", || {
        let log = server.log();
        let is_closed = |served: &Served| {
            served.target.contains("cancelled.bin") && served.end == End::ClosedByPeer
        };
        log.iter().any(is_closed).then_some(())
    });
    assert!(!folder.join("cancelled.bin").exists());

    // Two seconds after the pointer rests the order follows, and what is paused stands before what
    // is cancelled.
    sleep(Duration::from_secs(3));
    window.click_button(1, 0);
    // Jobs run while the window is not visible.
    let minimise = ["windowminimize", "--sync", &window.id];
    window.screen.tool("xdotool", &minimise);
    for name in ["paused.bin", "on.bin"] {
        let path = folder.join(name);
        wait_until(name, || path.exists().then_some(()));
        assert_eq!(
            std::fs::metadata(&path).expect("a file").len(),
            BYTES,
            "{name}"
        );
    }

    // Everything has ended: the window rests, and costs nothing.
    window
        .screen
        .tool("xdotool", &["windowactivate", "--sync", &window.id]);
    sleep(Duration::from_secs(2));
    let before = window.processor_secs();
    sleep(Duration::from_secs(3));
    let used = window.processor_secs() - before;
    assert!(used < 0.15, "{used} s of processor time in 3 s of rest");

    window.keep_picture("at_rest");
    let mut window = window;
    // The window manager forgets a key that comes while it is still busy with the window: asked for
    // until it is closed.
    let status = wait_until("the end of the program", || {
        let close = ["windowactivate", &window.id, "key", "alt+F4"];
        window.screen.tool("xdotool", &close);
        sleep(Duration::from_millis(500));
        window.program.0.try_wait().ok().flatten()
    });
    assert!(status.success(), "{status}");
}

/// Ten thousand rows that are over cost nothing: neither before nor after something was opened and
/// closed.
#[test]
fn ten_thousand_finished_rows_rest() {
    const ROWS: usize = 10_000;
    let server = DemoServer::start(Pace::default()).expect("a server on the loopback");
    let home = tempfile::tempdir().expect("a folder");
    let url = server.url(&format!("/bytes/10/row[00001-{ROWS}]"));
    let arguments = ["--count-only", "-j", "64", "--per-host", "64", &url];
    let window = Window::open(home.path(), &arguments);
    wait_until("ten thousand downloads", || {
        (server.log().len() >= ROWS).then_some(())
    });
    window.expect_rest("all rows are over");

    // A row is selected and its inspector opened and closed again.
    window.click(300, 48 + 40 + 28 + 22);
    window.key("Return");
    sleep(Duration::from_millis(500));
    window.keep_picture("ten_thousand");
    window.key("Return");
    window.expect_rest("the inspector is closed");
}

#[test]
fn the_demo_in_both_themes_and_two_sizes() {
    let home = tempfile::tempdir().expect("a folder");
    let window = Window::open(home.path(), &["demo"]);
    sleep(Duration::from_secs(3));
    window.keep_picture("dark_1280");
    window.click(WIDTH - 64, 24);
    window.wait_for_accent(LIGHT_ACCENT);
    window.keep_picture("light_1280");
    window.resize(800, 600);
    sleep(Duration::from_secs(1));
    window.keep_picture("light_800");
    window.click(800 - 62, 24);
    window.wait_for_accent(DARK_ACCENT);
    window.keep_picture("dark_800");
    // The bar at the bottom has come up with the window's edge.
    wait_until("the status bar", || {
        (window.color_at(400, 590) == "#151920").then_some(())
    });
}

#[test]
fn without_a_display_it_says_what_to_do_instead() {
    let output = Command::new(env!("CARGO_BIN_EXE_jobdeck"))
        .arg("demo")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .output()
        .expect("the program");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        said.contains("no display") && said.contains("jobdeck run"),
        "{said}"
    );
}

#[test]
fn without_opengl_it_says_what_to_do_instead() {
    let screen = Screen::start();
    let home = tempfile::tempdir().expect("a folder");
    let output = program_on(&screen, home.path())
        .env("LIBGL_DRIVERS_PATH", "/nonexistent")
        .env("__EGL_VENDOR_LIBRARY_DIRS", "/nonexistent")
        .output()
        .expect("the program");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}");
    let reason = said
        .lines()
        .find_map(|line| line.strip_prefix("jobdeck: The window could not be opened: "));
    // The message also says what was refused.
    assert!(
        reason.is_some_and(|reason| reason.contains("glutin")),
        "{said}"
    );
    assert!(said.contains("jobdeck run"), "{said}");
}

/// A server that sends 2,000 bytes per request, and holds its first response back until it is
/// opened.
struct Gate {
    address: SocketAddr,
    is_open: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
}

impl Gate {
    fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let gate = Self {
            address: listener.local_addr()?,
            is_open: Arc::default(),
            answered: Arc::default(),
        };
        let (is_open, answered) = (Arc::clone(&gate.is_open), Arc::clone(&gate.answered));
        // It ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                while !is_open.load(Ordering::Acquire) {
                    sleep(Duration::from_millis(10));
                }
                // Whoever hangs up meanwhile is the program that ends with its test.
                let _sent = answer(stream);
                answered.fetch_add(1, Ordering::AcqRel);
            }
        });
        Ok(gate)
    }
}

/// Reads a request and sends a body.
fn answer(stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\nConnection: close\r\n\r\n";
    reader.get_mut().write_all(head.as_bytes())?;
    reader.get_mut().write_all(&[b'x'; 2000])
}

/// The jobs of a minimised window go on between its frames: with a tick for each of them, which
/// come ten times a second at most, these would take a minute.
#[test]
fn a_minimised_window_works_on_without_frames() {
    const FILES: usize = 600;
    let server = Gate::start().expect("a server on the loopback");
    let home = tempfile::tempdir().expect("a folder");
    let url = format!("http://{}/[001-{FILES}].bin", server.address);
    let window = Window::open(home.path(), &["--count-only", "-j", "1", &url]);
    let minimise = ["windowminimize", "--sync", &window.id];
    window.screen.tool("xdotool", &minimise);
    sleep(Duration::from_millis(500));
    server.is_open.store(true, Ordering::Release);
    let begun = Instant::now();
    wait_until("all files", || {
        (server.answered.load(Ordering::Acquire) == FILES).then_some(())
    });
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(30), "{took:?}");
    window.expect_rest("all rows are over, and the window is minimised");
}

#[test]
fn a_thousand_sleepers_behind_a_closed_panel_cost_another_application_nothing() {
    const MEASURED_SECS: u64 = 3;
    let screen = Screen::start();
    let own = std::env::current_exe().unwrap();
    let example = own.parent().unwrap().join("../examples/embed");
    let output = Command::new(&example)
        .args(["--sleepers", "1000", "--idle-report"])
        .arg(MEASURED_SECS.to_string())
        .env("DISPLAY", &screen.display)
        .env_remove("WAYLAND_DISPLAY")
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .output()
        .unwrap_or_else(|error| panic!("{} ({error}): cargo build --examples", example.display()));
    let told = String::from_utf8_lossy(&output.stdout);
    let expected = format!("in {MEASURED_SECS} s: 0 polls, 0 frames, processor: ");
    let millis = told.trim().strip_prefix(&expected);
    let millis = millis.and_then(|rest| rest.strip_suffix(" ms")?.parse::<u64>().ok());
    assert!(millis.is_some_and(|millis| millis <= 20), "{output:?}");
}
