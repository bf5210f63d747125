//! Links and files of rows: another link, a copied link, removal with files.

use std::fs;
use std::path::Path;
use std::time::Duration;

use egui::{Event, Key, Modifiers, OutputCommand, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use jobdeck::app::AppOptions;
use jobdeck::demo::{DemoServer, Pace};
use jobdeck::fetch::{Request, RetryPolicy, Save};
use jobdeck::jobs::{Destination, FetchSpec, Spec};

use jobdeck::status::{Chip, RowSource as _};

use crate::support::{
    Window, has_button, names_in, row_names, row_says, timed, wait_until, window,
};

fn server() -> DemoServer {
    DemoServer::start(Pace::default()).unwrap_or_else(|error| panic!("no server: {error}"))
}

/// A download without retries.
fn download(url: &str, folder: Option<&Path>) -> Spec {
    let request = Request::get(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    let destination = match folder {
        Some(folder) => Destination::Save(Save::in_folder(folder)),
        None => Destination::Count,
    };
    Spec::Fetch(FetchSpec {
        retry: RetryPolicy { retries: 0 },
        ..FetchSpec::new(request, destination)
    })
}

fn window_of(specs: Vec<Spec>) -> Window {
    let mut window = window(AppOptions {
        specs,
        ..AppOptions::default()
    });
    window.run_steps(2);
    window
}

fn wait_for(window: &mut Window, chip: Chip, count: usize) {
    wait_until(window, chip.name(), |window| {
        window.state().deck().counts().of(chip) == count
    });
    window.run_steps(3);
}

fn press(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    window.run_steps(3);
}

fn has_label(window: &Window, text: &str) -> bool {
    window
        .query_all_by_role(Role::Label)
        .any(|node| node.value().is_some_and(|value| value.contains(text)))
}

fn copied(window: &Window) -> Vec<String> {
    let commands = window.output().platform_output.commands.iter();
    commands
        .filter_map(|command| match command {
            OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
        .collect()
}

#[test]
fn a_dead_link_is_changed_by_the_button_of_its_row() {
    let server = server();
    let mut window = window_of(vec![download(
        &server.url("/gone/file.bin?token=abc"),
        None,
    )]);
    wait_for(&mut window, Chip::Failed, 1);
    assert!(
        !has_button(&window, "Retry file.bin"),
        "that would lead nowhere"
    );
    window
        .get_by_role_and_label(Role::Button, "Change URL of file.bin")
        .click();
    window.run_steps(3);
    assert!(has_label(&window, "Change the URL of file.bin"));
    assert!(
        has_label(&window, "token=…"),
        "the old link, without its secret"
    );
    // It has the keyboard already.
    window.event(Event::Text("htps://typo.example/file.bin".to_owned()));
    window.run_steps(2);
    assert!(has_label(&window, "htps"), "it says why not");
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert_eq!(window.state().deck().counts().of(Chip::Failed), 1);
    press(&mut window, Modifiers::COMMAND, Key::A);
    window.event(Event::Text("https://a.example/[1-2].bin".to_owned()));
    window.run_steps(2);
    assert!(has_label(&window, "This is more than one link"));
    press(&mut window, Modifiers::COMMAND, Key::A);
    window.event(Event::Text(server.url("/bytes/777/file.bin")));
    window.run_steps(2);
    press(&mut window, Modifiers::NONE, Key::Enter);
    wait_for(&mut window, Chip::Done, 1);
    assert!(!has_label(&window, "Change the URL of file.bin"));
    let says = row_says(&window, "file.bin");
    assert!(says.contains("777 B"), "{says}");
}

#[test]
fn escape_leaves_a_link_as_it_is_and_a_click_beside_the_sheet_does_not() {
    let server = server();
    let mut window = window_of(vec![download(&server.url("/gone/file.bin"), None)]);
    wait_for(&mut window, Chip::Failed, 1);
    press(&mut window, Modifiers::NONE, Key::ArrowDown);
    press(&mut window, Modifiers::COMMAND, Key::K);
    window.event(Event::Text("change url".to_owned()));
    window.run_steps(2);
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(has_label(&window, "The new link"));
    window.event(Event::Text("https://a.example/1".to_owned()));
    window.run_steps(2);
    for pressed in [true, false] {
        window.event(Event::PointerButton {
            pos: egui::pos2(20.0, 780.0),
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        window.run_steps(2);
    }
    assert!(
        has_label(&window, "The new link"),
        "what is typed is not lost"
    );
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!has_label(&window, "The new link"));
    assert_eq!(window.state().deck().counts().of(Chip::Failed), 1);
}

#[test]
fn a_copied_link_is_the_fetched_one() {
    let links = ["https://a.example/1?token=secret", "https://b.example/2"];
    let specs = links.map(|link| download(link, None)).to_vec();
    let mut window = window_of_sleepers(specs);
    window.event(Event::Copy);
    window.step();
    assert!(copied(&window).is_empty(), "nothing is selected");
    press(&mut window, Modifiers::COMMAND, Key::A);
    window.event(Event::Copy);
    window.step();
    let copied_links = copied(&window).join("\n");
    let mut copied_links: Vec<_> = copied_links.lines().collect();
    copied_links.sort_unstable();
    assert_eq!(copied_links, links);
    window.run_steps(2);
    let says = window.query_by_role_and_label(Role::Status, "Copied 2 links");
    assert!(says.is_some());
    // In a field the key belongs to the field.
    press(&mut window, Modifiers::NONE, Key::Slash);
    window.event(Event::Copy);
    window.step();
    assert!(copied(&window).is_empty());
}

/// Rows that sleep, so that no request is sent.
fn window_of_sleepers(mut specs: Vec<Spec>) -> Window {
    for spec in &mut specs {
        if let Spec::Fetch(spec) = spec {
            spec.sleep = Duration::from_secs(1000);
        }
    }
    window_of(specs)
}

#[test]
fn files_are_deleted_only_if_ticked_and_only_those_of_the_rows() {
    let server = server();
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("mine.txt"), "somebody's own").expect("a file");
    let specs = ["a.bin", "b.bin"].map(|name| {
        let url = server.url(&format!("/bytes/1000/{name}"));
        download(&url, Some(folder.path()))
    });
    let mut window = window_of(specs.to_vec());
    wait_for(&mut window, Chip::Done, 2);
    let open = |name: &str| format!("Open folder of {name}");
    for name in ["a.bin", "b.bin"] {
        assert!(
            window
                .query_by_role_and_label(Role::Button, &open(name))
                .is_some()
        );
    }
    window
        .get_by_role_and_label(Role::CheckBox, "Select a.bin")
        .click();
    window.run_steps(3);
    press(&mut window, Modifiers::SHIFT, Key::Delete);
    let tick = "Delete 1 file from the disk too (1.00 kB)";
    let question = window.get_by_role_and_label(Role::CheckBox, tick);
    assert_eq!(
        question.accesskit_node().toggled(),
        Some(egui::accesskit::Toggled::False)
    );
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert_eq!(row_names(&window).len(), 2, "escape removes nothing");

    press(&mut window, Modifiers::SHIFT, Key::Delete);
    window.get_by_role_and_label(Role::CheckBox, tick).click();
    window.run_steps(3);
    window
        .get_by_role_and_label(Role::Button, "Remove and delete")
        .click();
    wait_until(&mut window, "the file to go", |_| {
        names_in(folder.path()) == ["b.bin", "mine.txt"]
    });
    window.run_steps(3);
    assert_eq!(row_names(&window), ["b.bin"]);
}

#[test]
fn a_running_row_is_cancelled_before_its_file_is_deleted() {
    let server = server();
    let folder = tempfile::tempdir().expect("a folder");
    let url = server.url("/bytes/100000000/large.bin?rate=500000");
    let mut window = window_of(vec![download(&url, Some(folder.path()))]);
    wait_until(&mut window, "the first bytes", |window| {
        let row = window.state().deck().row(0);
        row.is_some_and(|row| row.amount.done > Some(100_000))
    });
    window.run_steps(2);
    assert!(names_in(folder.path()).contains(&"large.bin.part".to_owned()));
    press(&mut window, Modifiers::COMMAND, Key::A);
    press(&mut window, Modifiers::SHIFT, Key::Delete);
    assert!(has_label(&window, "1 job has not ended"));
    let tick = window.get_by(|node| {
        node.role() == Role::CheckBox
            && node
                .label()
                .is_some_and(|label| label.starts_with("Delete 1 file"))
    });
    tick.click();
    window.run_steps(3);
    window
        .get_by_role_and_label(Role::Button, "Remove and delete")
        .click();
    wait_until(&mut window, "the part and its record to go", |window| {
        names_in(folder.path()).is_empty() && window.state().deck().counts().all() == 0
    });
}

#[test]
fn a_file_that_another_row_has_stays() {
    let server = server();
    let folder = tempfile::tempdir().expect("a folder");
    let url = server.url("/bytes/1000/a.bin");
    let spec = || match download(&url, Some(folder.path())) {
        Spec::Fetch(mut spec) => {
            let save = Save::in_folder(folder.path());
            let save = save.if_exists(jobdeck::fetch::IfExists::Overwrite);
            spec.destination = Destination::Save(save);
            Spec::Fetch(spec)
        }
        other => other,
    };
    let mut window = window_of(vec![spec()]);
    wait_for(&mut window, Chip::Done, 1);
    press(&mut window, Modifiers::COMMAND, Key::A);
    press(&mut window, Modifiers::COMMAND, Key::K);
    window.event(Event::Text("duplicate".to_owned()));
    window.run_steps(2);
    press(&mut window, Modifiers::NONE, Key::Enter);
    wait_for(&mut window, Chip::Done, 2);
    assert_eq!(names_in(folder.path()), ["a.bin"]);
    press(&mut window, Modifiers::SHIFT, Key::Delete);
    let tick = "Delete 1 file from the disk too (1.00 kB)";
    window.get_by_role_and_label(Role::CheckBox, tick).click();
    window.run_steps(3);
    window
        .get_by_role_and_label(Role::Button, "Remove and delete")
        .click();
    wait_until(&mut window, "the row to go", |window| {
        window.state().deck().counts().all() == 1
    });
    window.run_steps(3);
    assert_eq!(names_in(folder.path()), ["a.bin"]);
    let says = window.query_all_by_role(Role::Status);
    let says: Vec<_> = says
        .filter_map(|node| node.accesskit_node().label())
        .collect();
    assert!(
        says.iter().any(|text| text.contains("another job has it")),
        "{says:?}"
    );
}

#[test]
fn a_row_without_a_link_or_folder_offers_neither() {
    let mut window = window_of(vec![timed("one", 1000, 5)]);
    press(&mut window, Modifiers::NONE, Key::ArrowDown);
    press(&mut window, Modifiers::NONE, Key::C);
    press(&mut window, Modifiers::NONE, Key::Menu);
    for name in ["Change URL…", "Open folder"] {
        let item = window.get_by_role_and_label(Role::MenuItem, name);
        assert!(item.accesskit_node().is_disabled(), "{name}");
    }
    let item = window.get_by_role_and_label(Role::MenuItem, "Retry");
    assert!(!item.accesskit_node().is_disabled());
}
