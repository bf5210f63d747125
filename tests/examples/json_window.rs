//! The window of the example `json`, clicked through without a window.

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use example::{People, start_server};

#[expect(dead_code, reason = "its `main` opens a window")]
#[path = "../../examples/json.rs"]
mod example;

const PATIENCE: Duration = Duration::from_secs(30);

fn window(url: String) -> Harness<'static, People> {
    Harness::builder().build_eframe(move |creation| People::new(&creation.egui_ctx, url))
}

/// Draws frames until this label is there.
#[track_caller]
fn shows(window: &mut Harness<'_, People>, label: &str) {
    let began = Instant::now();
    while window.query_by_label(label).is_none() {
        assert!(began.elapsed() < PATIENCE, "no «{label}»: {window:?}");
        thread::sleep(Duration::from_millis(5));
        window.step();
    }
}

fn click(window: &mut Harness<'_, People>, label: &str) {
    window.get_by_label(label).click();
    window.step();
}

#[test]
fn an_error_is_shown_and_a_retry_shows_the_people() {
    let mut window = window(start_server().unwrap());
    click(&mut window, "Load");
    shows(&mut window, "Retry");
    shows(
        &mut window,
        "The server has a problem of its own (HTTP 503)",
    );
    click(&mut window, "Retry");
    shows(&mut window, "Ada, 36");
    shows(&mut window, "Grace, 85");
}

#[test]
fn a_stop_closes_the_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut window = window(format!("http://{}/", listener.local_addr().unwrap()));
    click(&mut window, "Load");
    shows(&mut window, "Stop");
    let mut connection = accept(&mut window, listener);
    let request = connection.read(&mut [0; 4096]).unwrap();
    assert!(request > 0);
    click(&mut window, "Stop");
    shows(&mut window, "Load");
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(
        connection.read(&mut [0; 1]).unwrap(),
        0,
        "the server sees the end"
    );
}

/// The connection of the window, which needs frames to open it.
fn accept(window: &mut Harness<'_, People>, listener: TcpListener) -> TcpStream {
    let accepting = thread::spawn(move || listener.accept().unwrap().0);
    while !accepting.is_finished() {
        window.step();
        thread::sleep(Duration::from_millis(5));
    }
    accepting.join().unwrap()
}
