//! A window that shows what a server knows: a button, a spinner with a stop, the value, and an error
//! with a retry.
//!
//! `cargo run --example json` asks a small server of its own, which is busy at first. `-- URL` asks
//! another one. `tests/examples/json_window.rs` clicks through it without a window.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::{io, thread};

use jobdeck::egui;
use jobdeck::fetch::{FetchExt as _, Request};
use jobdeck::runtime::{Runtime, TICK_BUDGET, Task, TaskState};
use jobdeck::view::EguiHost;
use serde::Deserialize;

#[derive(Deserialize)]
struct Person {
    name: String,
    age: u32,
}

pub(crate) struct People {
    runtime: Runtime,
    people: Task<Vec<Person>>,
}

impl People {
    pub(crate) fn new(ctx: &egui::Context, url: String) -> Self {
        let runtime = Runtime::new(EguiHost::new(ctx));
        let people = Task::with_code(&runtime, "load people", async move |cx| {
            cx.fetch(Request::get(&url)?).json(1 << 20).await
        });
        Self { runtime, people }
    }

    /// Before each frame: jobs go on.
    pub(crate) fn logic(&mut self) {
        self.runtime.tick(TICK_BUDGET);
    }

    pub(crate) fn ui(&mut self, ui: &mut egui::Ui) {
        match self.people.state() {
            TaskState::Idle => {
                if ui.button("Load").clicked() {
                    self.people.restart();
                }
            }
            TaskState::Running(_) => {
                ui.spinner();
                if ui.button("Stop").clicked() {
                    self.people.cancel(); // ends the request as well
                }
            }
            TaskState::Done(people) => {
                for person in people {
                    ui.label(format!("{}, {}", person.name, person.age));
                }
            }
            TaskState::Failed(error) => {
                ui.label(error.to_string());
                if ui.button("Retry").clicked() {
                    self.people.restart();
                }
            }
        }
    }
}

impl eframe::App for People {
    fn logic(&mut self, _ctx: &egui::Context, _frame: &mut eframe::Frame) {
        People::logic(self);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        People::ui(self, ui);
    }
}

/// A server that is busy for the first request.
pub(crate) fn start_server() -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/people", listener.local_addr()?);
    thread::spawn(move || -> io::Result<()> {
        let people = r#"[{"name": "Ada", "age": 36}, {"name": "Grace", "age": 85}]"#;
        for status in std::iter::once("503 Busy").chain(std::iter::repeat("200 OK")) {
            let (mut stream, _) = listener.accept()?;
            let _request = stream.read(&mut [0; 4096])?;
            let length = people.len();
            let header =
                format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close");
            stream.write_all(format!("{header}\r\n\r\n{people}").as_bytes())?;
        }
        Ok(())
    });
    Ok(url)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).map_or_else(start_server, Ok)?;
    let window = eframe::NativeOptions {
        renderer: eframe::Renderer::Glow,
        ..eframe::NativeOptions::default()
    };
    eframe::run_native(
        "people",
        window,
        Box::new(|creation| Ok(Box::new(People::new(&creation.egui_ctx, url)))),
    )?;
    Ok(())
}
