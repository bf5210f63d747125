//! A virtual screen, and the program's window on it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub(crate) const WIDTH: i32 = 1280;
pub(crate) const HEIGHT: i32 = 800;

/// Ends its process when dropped.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _killed = self.0.kill();
        let _status = self.0.wait();
    }
}

/// A virtual screen with a window manager.
pub(crate) struct Screen {
    pub(crate) display: String,
    _server: Running,
    _manager: Running,
}

impl Screen {
    pub(crate) fn start() -> Self {
        let screen = format!("{}x{}x24", WIDTH + 80, HEIGHT + 80);
        let mut server = Running(start(
            Command::new("Xvfb")
                .args([
                    "-displayfd",
                    "1",
                    "-screen",
                    "0",
                    &screen,
                    "-nolisten",
                    "tcp",
                ])
                .stdout(Stdio::piped()),
        ));
        let mut number = String::new();
        let output = server.0.stdout.take();
        let read = output.map(|output| BufReader::new(output).read_line(&mut number));
        assert!(
            matches!(read, Some(Ok(length)) if length > 0),
            "Xvfb gives no display"
        );
        let display = format!(":{}", number.trim());
        let manager = Running(start(
            Command::new("openbox")
                .env("DISPLAY", &display)
                .stdout(Stdio::null()),
        ));
        Self {
            display,
            _server: server,
            _manager: manager,
        }
    }

    /// Runs an X11 tool and returns its output.
    pub(crate) fn tool(&self, name: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(name);
        let output = command
            .args(arguments)
            .env("DISPLAY", &self.display)
            .output();
        output
            .unwrap_or_else(|error| panic!("{name} cannot be started ({error}): run scripts/setup"))
    }

    pub(crate) fn printed(&self, name: &str, arguments: &[&str]) -> String {
        String::from_utf8_lossy(&self.tool(name, arguments).stdout)
            .trim()
            .to_owned()
    }
}

pub(crate) fn start(command: &mut Command) -> Child {
    let name = command.get_program().to_string_lossy().into_owned();
    let child = command.stderr(Stdio::null()).spawn();
    child.unwrap_or_else(|error| panic!("{name} cannot be started ({error}): run scripts/setup"))
}

#[track_caller]
pub(crate) fn wait_until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "waited in vain: {what}"
        );
        sleep(Duration::from_millis(50));
    }
}

/// The program, to be started on this screen.
pub(crate) fn program_on(screen: &Screen, home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jobdeck"));
    command
        .env("DISPLAY", &screen.display)
        .env_remove("WAYLAND_DISPLAY")
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("LIBGL_ALWAYS_SOFTWARE", "1");
    command
}
