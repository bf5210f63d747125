//! Adding downloads through the sheet, from a server of the test.

use egui::{Event, Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use jobdeck::app::{AppOptions, Demo};
use jobdeck::demo::{DemoServer, Pace};
use jobdeck::options::Settings;
use jobdeck::status::{Chip, RowSource as _};
use jobdeck::view::AddDefaults;

use crate::support::{
    Window, click, has_button, press, press_key, row_says, timed, wait_until, window,
};

/// An empty window that counts bytes by default.
fn empty_window() -> Window {
    let options = Settings {
        count_only: true,
        ..Settings::default()
    };
    let folder = Some(std::env::temp_dir());
    let add_defaults = AddDefaults {
        options,
        folder,
        home: None,
    };
    let mut window = window(AppOptions {
        add_defaults,
        ..AppOptions::default()
    });
    window.run();
    window
}

fn links_field(window: &Window) -> egui_kittest::Node<'_> {
    window.get_by(|node| {
        node.role() == Role::MultilineTextInput
            && node
                .bounding_box()
                .is_some_and(|bounds| bounds.width() > 600.0)
    })
}

/// A real download wakes the window at any time, which `run` would take for a window that never
/// rests.
fn wait_for_the_download(window: &mut Window) {
    wait_until(window, "the download", |window| {
        window.state().deck().counts().of(Chip::Done) == 1
    });
    window.run_steps(3);
}

#[test]
fn a_link_is_typed_added_and_downloaded() {
    let server = DemoServer::start(Pace::default()).expect("a server on the loopback");
    let mut window = empty_window();
    press(&mut window, Modifiers::COMMAND, Key::N);
    links_field(&window).type_text(&server.url("/bytes/12345/file.bin"));
    window.run();
    window.get_by_role_and_label(Role::Button, "Add 1").click();
    wait_for_the_download(&mut window);
    let says = row_says(&window, "file.bin");
    assert!(says.contains("Done") && says.contains("12.3 kB"), "{says}");
    assert_eq!(
        window.state().deck().row(0).and_then(|row| row.amount.done),
        Some(12_345)
    );
}

#[test]
fn a_curl_command_over_several_lines_is_one_download_and_one_that_posts_is_explained() {
    let server = DemoServer::start(Pace::default()).expect("a server on the loopback");
    let mut window = empty_window();
    press_key(&mut window, Key::A);
    let posts = "curl -X POST https://b.example/";
    let text = format!(
        "curl '{}' \\\n  -H 'accept: */*' \\\n  -o 'mine.bin'\n{posts}",
        server.url("/bytes/10/file.bin")
    );
    links_field(&window).type_text(&text);
    window.run();
    assert!(
        window
            .query_by(|node| node.label().is_some_and(|label| {
                label.starts_with("Line 4: ") && label.contains("only GET can be downloaded")
            }))
            .is_some()
    );
    window.get_by_role_and_label(Role::Button, "Add 1").click();
    wait_for_the_download(&mut window);
    let says = row_says(&window, "mine.bin");
    assert!(says.contains("Done"), "{says}");
    assert_eq!(links_field(&window).value().as_deref(), Some(posts));
}

#[test]
fn a_bad_line_is_explained_and_stays_while_the_good_ones_go() {
    let server = DemoServer::start(Pace::default()).expect("a server on the loopback");
    let mut window = empty_window();
    press_key(&mut window, Key::A);
    let text = format!(
        "{}\nhtps://typo.example/file",
        server.url("/bytes/10/good.bin")
    );
    links_field(&window).type_text(&text);
    window.run();
    assert!(
        window
            .query_by(|node| node
                .label()
                .is_some_and(|label| label.starts_with("Line 2: ")))
            .is_some()
    );
    window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    wait_for_the_download(&mut window);
    assert_eq!(window.state().deck().counts().all(), 1);
    assert_eq!(
        links_field(&window).value().as_deref(),
        Some("htps://typo.example/file")
    );

    click(&mut window, "Close");
    assert!(!has_button(&window, "Close"));
    press_key(&mut window, Key::A);
    assert_eq!(
        links_field(&window).value().as_deref(),
        Some("htps://typo.example/file"),
        "nothing typed is lost"
    );
}

#[test]
fn a_field_that_cannot_be_understood_says_why_and_nothing_is_added() {
    let mut window = empty_window();
    press_key(&mut window, Key::A);
    links_field(&window).type_text("https://a.example/1");
    let sleep = window.get_by_role_and_label(Role::TextInput, "Sleep before");
    sleep.focus();
    window.run();
    window
        .get_by_role_and_label(Role::TextInput, "Sleep before")
        .type_text("abc");
    window.run();
    let explained = window.query_by(|node| {
        node.role() == Role::Label
            && node
                .value()
                .is_some_and(|text| text.starts_with("Sleep before: "))
    });
    assert!(explained.is_some());
    press(&mut window, Modifiers::COMMAND, Key::Enter);
    assert_eq!(window.state().deck().counts().all(), 0);
    assert_eq!(
        links_field(&window).value().as_deref(),
        Some("https://a.example/1")
    );
}

#[test]
fn a_paste_into_the_window_opens_the_filled_sheet() {
    let mut window = empty_window();
    // Into the field of the empty screen first, then with nothing in focus.
    window.event(Event::Paste("https://a.example/1".to_owned()));
    window.run();
    window.event(Event::Paste("\nhttps://a.example/2\n".to_owned()));
    window.run();
    assert!(has_button(&window, "Add 2"));
    click(&mut window, "Add paused");
    assert_eq!(window.state().deck().counts().of(Chip::Paused), 2);
    assert!(!has_button(&window, "Close"));
}

#[test]
fn the_field_of_the_empty_screen_leads_to_the_sheet() {
    let mut window = empty_window();
    window.get_by_role(Role::MultilineTextInput).focus();
    window.run();
    window
        .get_by_role(Role::MultilineTextInput)
        .type_text("https://a.example/1");
    window.run();
    let add = window
        .get_all_by_role_and_label(Role::Button, "Add…")
        .max_by(|one, other| one.rect().top().total_cmp(&other.rect().top()));
    add.expect("a button below the field").click();
    window.run();
    assert!(has_button(&window, "Add 1"));
}

#[test]
fn a_failure_is_explained_in_the_inspector() {
    // A port that was free a moment ago: connections are refused.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let dead = listener.local_addr().expect("an address");
    drop(listener);
    let mut window = empty_window();
    window.event(Event::Paste(format!("http://{dead}/gone.bin")));
    window.run();
    let retries = window.get_by_role_and_label(Role::TextInput, "Retries");
    retries.focus();
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window
        .get_by_role_and_label(Role::TextInput, "Retries")
        .type_text("0");
    window.run();
    click(&mut window, "Add 1");
    wait_until(&mut window, "the failure", |window| {
        window.state().deck().counts().of(Chip::Failed) == 1
    });
    window.run();
    let says = row_says(&window, "gone.bin");
    assert!(says.contains("Failed"), "{says}");

    press_key(&mut window, Key::ArrowDown);
    assert!(!has_button(&window, "Copy the whole error"));
    press_key(&mut window, Key::Enter);
    let shows = |window: &Window, text: &str| {
        let is_label = |node: &egui_kittest::kittest::AccessKitNode<'_>| {
            node.role() == Role::Label && node.value().is_some_and(|value| value.contains(text))
        };
        window.query_all_by(is_label).next().is_some()
    };
    assert!(shows(&window, &format!("http://{dead}/gone.bin")));
    click(&mut window, "Copy the whole error");
    click(&mut window, "Close the inspector");
    assert!(!has_button(&window, "Copy the whole error"));
}

#[test]
fn the_empty_screen_starts_the_demo_and_says_why_it_cannot() {
    let works = std::rc::Rc::new(std::cell::Cell::new(false));
    let demo = Demo::new({
        let works = works.clone();
        move || {
            if works.get() {
                Ok(vec![timed("demo", 1, 1)])
            } else {
                Err("no port is free".to_owned())
            }
        }
    });
    let mut window = window(AppOptions {
        demo: Some(demo),
        ..AppOptions::default()
    });
    window.run();
    click(&mut window, "Try the demo");
    let shows_error = |window: &Window| {
        window
            .query_all_by_role(Role::Label)
            .any(|node| node.value().as_deref() == Some("no port is free"))
    };
    assert!(shows_error(&window));
    works.set(true);
    click(&mut window, "Try the demo");
    assert!(row_says(&window, "demo").contains("Sleeping"));
}
