//! Every way to add links: typed, pasted, opened and dropped.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{ColorImage, Event, Key, Modifiers, Role, pos2, vec2};
use egui_kittest::kittest::{AccessKitNode, NodeT as _, Queryable as _};
use jobdeck::app::{AppOptions, Dialogs, ListFile};
use jobdeck::deck::limits::ROWS_ADDED_PER_TICK;
use jobdeck::jobs::Spec;
use jobdeck::links::limits::{LINKS_READ_PER_FRAME, MAX_TYPED_BYTES};
use jobdeck::options::Settings;
use jobdeck::status::{Chip, RowSource as _};
use jobdeck::view::AddDefaults;

use crate::support::{Window, click, has_button, no_dialogs, press, press_key, wait_until, window};

/// A window whose downloads are counted; they need not succeed.
fn empty_window(dialogs: Dialogs) -> Window {
    let options = Settings {
        count_only: true,
        ..Settings::default()
    };
    let add_defaults = AddDefaults {
        options,
        folder: Some("/home/ada/Downloads".into()),
        home: Some("/home/ada".into()),
    };
    let mut window = window(AppOptions {
        add_defaults,
        dialogs,
        ..AppOptions::default()
    });
    window.run();
    window
}

/// True if a control other than a text field has this label or value.
fn says(window: &Window, text: &str) -> bool {
    let fits = |node: &AccessKitNode<'_>| {
        let label = node.label().unwrap_or_default();
        let value = node.value().unwrap_or_default();
        let is_typed = node.role() == Role::MultilineTextInput || node.role() == Role::TextRun;
        !is_typed && (label.contains(text) || value.contains(text))
    };
    window.query_all_by(fits).next().is_some()
}

/// The text in the field of the sheet.
fn typed(window: &Window) -> String {
    let field = window.get_by_role_and_label(Role::MultilineTextInput, "Add downloads");
    field.value().unwrap_or_default()
}

fn paste(window: &mut Window, text: &str) {
    window.event(Event::Paste(text.to_owned()));
    window.run();
}

fn names(window: &Window) -> Vec<String> {
    let deck = window.state().deck();
    deck.rows
        .ids()
        .filter_map(|id| Some(deck.view(id)?.name.to_string()))
        .collect()
}

#[test]
fn a_pasted_command_becomes_a_row_with_its_headers_and_shows_none_of_its_secrets() {
    let mut window = empty_window(no_dialogs());
    paste(
        &mut window,
        "https://a.example/1\ncurl 'https://a.example/2' \\\n  -H 'Authorization: Bearer s3cret' -o two.bin\n\
         curl -k https://a.example/s3cret\nhttps://a.example/3",
    );
    assert!(says(&window, "3 of 4 can be added"));
    assert!(says(&window, "Line 2: two.bin from a.example, 1 header"));
    assert!(says(
        &window,
        "Line 4: -k is refused: certificates are always checked"
    ));
    assert!(!says(&window, "s3cret"));
    click(&mut window, "Add paused");
    assert_eq!(names(&window), ["1", "two.bin", "3"]);
    let deck = window.state().deck();
    let specs: Vec<_> = deck
        .rows
        .ids()
        .filter_map(|id| deck.rows.spec(id))
        .collect();
    let Spec::Fetch(spec) = specs[1] else {
        panic!("no download");
    };
    assert_eq!(spec.request.headers()[0].1, "Bearer s3cret");
    assert_eq!(typed(&window), "curl -k https://a.example/s3cret");
}

#[test]
fn lines_name_files_and_folders_below_the_one_that_is_saved_to() {
    let mut window = empty_window(no_dialogs());
    paste(
        &mut window,
        "https://a.example/1\tmine.txt\nhttps://a.example/2 # two\nhttps://a.example/3\n  out=three\n  dir=below\n\
         \x20 split=4\nhttps://a.example/4 b\nhttps://a.example/5\n  dir=../up\nhttps://a.example/1\tother.txt",
    );
    assert!(says(&window, "4 of 6 can be added"));
    assert!(says(&window, "Line 3: three from a.example, ignores split"));
    assert!(says(
        &window,
        "Line 7: A blank ends a link. Write %20, or a tab before a name."
    ));
    assert!(says(&window, "Line 8: The folder behind dir= is not below"));
    click(&mut window, "Add paused");
    assert_eq!(names(&window), ["mine.txt", "2", "three", "other.txt"]);
    assert_eq!(
        typed(&window),
        "https://a.example/4 b\nhttps://a.example/5\n  dir=../up"
    );
}

#[test]
fn links_that_are_there_twice_are_marked_and_one_chooses() {
    let mut window = empty_window(no_dialogs());
    paste(&mut window, "https://a.example/1");
    click(&mut window, "Add paused");
    paste(
        &mut window,
        "https://a.example/1\nhttps://a.example/2\nhttps://a.example/[2-4]",
    );
    assert!(says(&window, "4 of 5 can be added, 2 duplicates"));
    assert!(says(
        &window,
        "Line 1: 1 from a.example, in the list already"
    ));
    assert!(says(
        &window,
        "Line 3: 2 … 4 from a.example, 3 links, 1 repeated"
    ));
    let toggle = |window: &mut Window, name: &str| {
        window.get_by_role_and_label(Role::CheckBox, name).click();
        window.run();
    };
    toggle(&mut window, "Skip links that are in the list already (1)");
    assert!(has_button(&window, "Add 3"));
    toggle(&mut window, "Skip repeated links (1)");
    assert!(has_button(&window, "Add 4"));
    click(&mut window, "Add paused");
    assert_eq!(names(&window), ["1", "2", "2", "3", "4"]);
}

#[test]
fn a_range_of_a_million_is_read_a_piece_per_frame() {
    let mut window = empty_window(no_dialogs());
    window.event(Event::Paste("https://a.example/[1-1000000]".to_owned()));
    // Until the sheet is there.
    window.run_steps(3);
    let read = |window: &Window| {
        let label = window.query_all_by(|node: &AccessKitNode<'_>| {
            node.value()
                .is_some_and(|value| value.starts_with("Reading: "))
        });
        let label = label
            .filter_map(|node| node.accesskit_node().value())
            .next();
        let label = label.unwrap_or_default();
        let digits: String = label.chars().filter(char::is_ascii_digit).collect();
        digits.parse::<usize>().unwrap_or_default()
    };
    // A busy machine needs some frames more.
    let mut before = read(&window);
    for _ in 0..50 {
        if before > 0 {
            break;
        }
        window.step();
        before = read(&window);
    }
    for _ in 0..5 {
        window.step();
        let now = read(&window);
        // A frame may have two passes, and each reads before its layout and in it.
        assert!(
            now > before && now - before <= 4 * LINKS_READ_PER_FRAME,
            "{before}, {now}"
        );
        before = now;
    }
    assert!(!has_button(&window, "Add 1,000,000"), "it is not read yet");
    // It is not waited for.
    press_key(&mut window, Key::Escape);
    assert!(!has_button(&window, "Close"));
}

#[test]
fn a_long_list_becomes_rows_a_piece_per_frame_and_can_be_stopped() {
    let mut window = empty_window(no_dialogs());
    let count = 10 * ROWS_ADDED_PER_TICK;
    window.event(Event::Paste(format!("https://a.example/[1-{count}]")));
    // A slow machine reads fewer in a frame.
    for _ in 0..1_000 {
        if says(&window, "10,000 links can be added") {
            break;
        }
        window.step();
    }
    window
        .get_by_role_and_label(Role::Button, "Add paused")
        .click();
    let rows = |window: &Window| window.state().deck().counts().all();
    let mut before = 0;
    while rows(&window) < 3 * ROWS_ADDED_PER_TICK {
        window.step();
        let now = rows(&window);
        assert!(now - before <= 2 * ROWS_ADDED_PER_TICK, "{before}, {now}");
        before = now;
    }
    assert!(says(&window, "Adding links: "));
    window.get_by_role_and_label(Role::Button, "Stop").click();
    window.run();
    let stopped = rows(&window);
    assert!(stopped < count);
    window.run();
    assert_eq!(rows(&window), stopped);
    assert!(!says(&window, "Adding links: "));
}

#[test]
fn a_list_too_long_for_the_field_stays_beside_it() {
    let mut window = empty_window(no_dialogs());
    let line = "https://a.example/some/long/path/of/a/file\n";
    let long = line.repeat(MAX_TYPED_BYTES / line.len() + 1);
    window.event(Event::Paste(long.clone()));
    window.run_steps(4);
    assert_eq!(typed(&window), "");
    assert!(says(&window, "Pasted text, "));
    // Also into the field itself.
    window.event(Event::Paste(long));
    window.run_steps(4);
    assert_eq!(typed(&window), "");
    let lists = window.get_all_by_role_and_label(Role::Button, "Remove Pasted text");
    assert_eq!(lists.count(), 2);
    for _ in 0..2 {
        let list = window
            .get_all_by_role_and_label(Role::Button, "Remove Pasted text")
            .next();
        list.expect("a list").click();
        window.run_steps(4);
    }
    assert!(!says(&window, "Pasted text"));
}

/// A file as a window system passes it, which is not on the disk.
#[derive(Debug)]
struct Dropped(&'static str, &'static [u8]);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        Path::new(self.0)
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Ok(self.1.to_vec())
    }
}

fn drop_files(window: &mut Window, files: Vec<Dropped>) {
    window.input_mut().dropped_files = files
        .into_iter()
        .map(|file| -> egui::DroppedFileHandle { Arc::new(file) })
        .collect();
    // Until the sheet is there.
    window.run_steps(3);
    wait_until(window, "the files", |window| !says(window, "being read"));
    window.run();
}

#[test]
fn dropped_lists_and_shortcuts_open_the_sheet_filled() {
    let mut window = empty_window(no_dialogs());
    drop_files(
        &mut window,
        vec![
            Dropped(
                "/nowhere/Site.url",
                b"[InternetShortcut]\r\nURL=https://a.example/1\r\n",
            ),
            Dropped(
                "/nowhere/list.txt",
                b"https://a.example/2\nhttps://a.example/3\n",
            ),
            Dropped("/nowhere/photo.png", b"\x89PNG\r\n\x1a\n\0\0"),
            Dropped("/nowhere/empty.txt", b" \n"),
        ],
    );
    assert_eq!(
        typed(&window),
        "https://a.example/1\nhttps://a.example/2\nhttps://a.example/3"
    );
    assert!(says(
        &window,
        "photo.png is not a text file. A list is a text with one link per line"
    ));
    assert!(says(&window, "empty.txt is empty"));
    let dismiss = window
        .get_all_by_role_and_label(Role::Button, "Dismiss")
        .next();
    dismiss.expect("two problems").click();
    window.run();
    assert!(!says(&window, "photo.png") && says(&window, "empty.txt"));
    // While the sheet is open, too.
    drop_files(
        &mut window,
        vec![Dropped("/nowhere/b.desktop", b"URL=https://a.example/4")],
    );
    click(&mut window, "Add paused");
    assert_eq!(names(&window), ["1", "2", "3", "4"]);
    assert!(!has_button(&window, "Close"));
}

#[test]
fn a_list_is_opened_and_another_file_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    };
    let files = [
        file("links.txt", b"https://a.example/1\n"),
        file("old.txt", b"https://a.example/gr\xfc\xdfe\n"),
        file("picture.txt", b"\x89PNG\r\n\x1a\n\0\0"),
        folder.path().join("gone.txt"),
        folder.path().to_owned(),
    ];
    let dialogs = Dialogs::new(
        move || {
            let files = files.iter().map(ListFile::at).collect();
            async move { files }
        },
        |_| async { None },
    );
    let mut window = empty_window(dialogs);
    window.key_press_modifiers(Modifiers::COMMAND, Key::O);
    window.step();
    wait_until(&mut window, "the files", |window| {
        has_button(window, "Close") && !says(window, "being read")
    });
    window.run();
    assert_eq!(
        typed(&window),
        "https://a.example/1\nhttps://a.example/grüße"
    );
    assert!(says(
        &window,
        "old.txt is not in UTF-8, and was read as Windows-1252"
    ));
    assert!(says(&window, "picture.txt is not a text file"));
    assert!(says(&window, "gone.txt is not there any more"));
    assert!(says(&window, "is a folder"));
}

#[test]
fn a_desktop_without_file_dialogs_gets_a_hint() {
    let mut window = empty_window(no_dialogs());
    press(&mut window, Modifiers::COMMAND, Key::O);
    let said = |window: &Window| {
        let alert = window.query_by_role(Role::Alert);
        alert.and_then(|alert| alert.accesskit_node().label())
    };
    let text = said(&window).unwrap_or_default();
    assert!(text.contains("No file dialog here: drop"), "{text}");
    press_key(&mut window, Key::A);
    click(&mut window, "Choose…");
    let text = said(&window).unwrap_or_default();
    assert!(text.contains("type where to save to"), "{text}");
}

#[test]
fn a_folder_is_chosen_and_one_may_change_ones_mind() {
    let asked = std::rc::Rc::new(std::cell::RefCell::new(Vec::<PathBuf>::new()));
    let dialogs = Dialogs::new(|| async { Vec::new() }, {
        let asked = asked.clone();
        move |from| {
            asked.borrow_mut().push(from);
            let is_first = asked.borrow().len() == 1;
            async move { is_first.then(|| "/home/ada/films".into()) }
        }
    });
    let mut window = empty_window(dialogs);
    press_key(&mut window, Key::A);
    let folder = |window: &Window| {
        let field = window.get_by_role_and_label(Role::TextInput, "Save to");
        field.value().unwrap_or_default()
    };
    assert_eq!(folder(&window), "~/Downloads");
    click(&mut window, "Choose…");
    click(&mut window, "Choose…");
    assert_eq!(folder(&window), "~/films");
    let from = ["/home/ada/Downloads", "/home/ada/films"].map(PathBuf::from);
    assert_eq!(*asked.borrow(), from);
}

#[test]
fn everything_can_be_done_with_the_keyboard_and_nothing_typed_is_lost() {
    let mut window = empty_window(no_dialogs());
    window.set_size(vec2(480.0, 560.0));
    press_key(&mut window, Key::A);
    window.event(Event::Text("https://a.example/1".to_owned()));
    window.run();
    // From field to field, until the limits that are shown on request.
    let focused = |window: &Window| {
        let node = window.query_all_by(|node: &AccessKitNode<'_>| node.is_focused());
        node.filter_map(|node| {
            let bounds = node.rect();
            Some((node.accesskit_node().label()?, bounds))
        })
        .next()
    };
    let mut way = Vec::new();
    for _ in 0..40 {
        press_key(&mut window, Key::Tab);
        let Some((name, bounds)) = focused(&window) else {
            continue;
        };
        assert!(
            bounds.top() >= 0.0 && bounds.bottom() <= 560.0,
            "{name} is out of sight"
        );
        if name == "More options" {
            press_key(&mut window, Key::Enter);
        }
        way.push(name.clone());
        if name == "Rate limit" {
            break;
        }
    }
    let place = |name: &str| way.iter().position(|step| step == name);
    let order = [
        "Save to",
        "Measure only, save nothing",
        "Sleep before",
        "Retries",
        "Checksum",
        "Keep both",
        "More options",
        "Rate limit",
    ];
    // Counting only, no folder is typed into.
    let order = &order[1..];
    for pair in order.windows(2) {
        assert!(
            place(pair[0]).is_some() && place(pair[0]) < place(pair[1]),
            "{pair:?}: {way:?}"
        );
    }
    window.event(Event::Text("soon".to_owned()));
    window.run();
    assert!(says(&window, "Rate limit: “soon” is not a number"));
    press(&mut window, Modifiers::COMMAND, Key::Enter);
    assert_eq!(window.state().deck().counts().all(), 0);
    press_key(&mut window, Key::Escape);
    assert!(!has_button(&window, "Close"));
    press_key(&mut window, Key::A);
    let rate = |window: &Window| {
        let field = window.get_by_role_and_label(Role::TextInput, "Rate limit");
        field.value().unwrap_or_default()
    };
    assert_eq!(
        (typed(&window).as_str(), rate(&window).as_str()),
        ("https://a.example/1", "soon")
    );
    window
        .get_by_role_and_label(Role::TextInput, "Rate limit")
        .focus();
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(Event::Text("500k".to_owned()));
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    window.run_steps(3);
    let deck = window.state().deck();
    let Some(Spec::Fetch(spec)) = deck.rows.ids().next().and_then(|id| deck.rows.spec(id)) else {
        panic!("nothing was added");
    };
    assert_eq!(spec.rate_limit_bytes_per_sec, Some(500_000));
}

#[test]
fn the_empty_screen_adds_with_its_keys_and_asks_only_where_something_is_wrong() {
    let mut window = empty_window(no_dialogs());
    assert!(says(&window, "drop a text file of links on this window"));
    let field = |window: &Window| {
        window.get_by_role(Role::MultilineTextInput).focus();
    };
    field(&window);
    window.run();
    window.event(Event::Text("htps://a.example/1".to_owned()));
    window.run();
    press(&mut window, Modifiers::COMMAND, Key::Enter);
    assert!(has_button(&window, "Close"), "the sheet says what is wrong");
    assert_eq!(typed(&window), "htps://a.example/1");
    assert_eq!(window.state().deck().counts().all(), 0);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(Event::Text(
        "curl https://a.example/[1-3] --limit-rate 1".to_owned(),
    ));
    window.run();
    press_key(&mut window, Key::Escape);
    field(&window);
    window.run();
    window.event(Event::Text("https://a.example/4".to_owned()));
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    window.run_steps(4);
    assert_eq!(names(&window), ["1", "2", "3", "4"]);
    assert!(!has_button(&window, "Close"));
}

#[test]
fn a_paste_of_nothing_does_nothing_and_the_middle_button_pastes_too() {
    let mut window = empty_window(no_dialogs());
    let image = Arc::new(ColorImage::filled([2, 2], egui::Color32::WHITE));
    window.event(Event::PasteImage(image));
    window.event(Event::Paste(" \n".to_owned()));
    window.run();
    assert!(!has_button(&window, "Close"));
    press(&mut window, Modifiers::COMMAND, Key::V);
    assert!(!has_button(&window, "Close"));

    let middle = |pos| Event::MiddleClickPaste {
        pos,
        text: "https://a.example/1".to_owned(),
    };
    // Into the field that is under the pointer.
    let field = window.get_by_role(Role::MultilineTextInput).rect().center();
    window.event(Event::PointerMoved(field));
    window.run();
    window.event(middle(field));
    window.run();
    assert!(!has_button(&window, "Close"));
    let text = window.get_by_role(Role::MultilineTextInput).value();
    assert_eq!(text.as_deref(), Some("https://a.example/1"));
    // Elsewhere it opens the sheet.
    let elsewhere = pos2(20.0, 600.0);
    window.event(Event::PointerMoved(elsewhere));
    window.run();
    window.event(middle(elsewhere));
    window.run();
    assert_eq!(typed(&window), "https://a.example/1");
    click(&mut window, "Add paused");
    assert_eq!(window.state().deck().counts().of(Chip::Paused), 1);
    assert_eq!(window.state().deck().len(), 1);
}
