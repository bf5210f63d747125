//! Every command works by the palette, by its keys and by the pointer.

use egui::{Event, Key, Modifiers, Role, Theme};
use egui_kittest::kittest::{AccessKitNode, Queryable as _};
use jobdeck::command::Command;
use jobdeck::status::{Chip, RowSource as _};

use crate::support::{Window, has, press, press_key, row_names, sleepers};

/// Commands that need downloads, a queue, a file, a history or a demo have tests of their own.
const ELSEWHERE: [Command; 16] = [
    Command::History,
    Command::SaveLinks,
    Command::Palette,
    Command::ChangeUrl,
    Command::Keep,
    Command::OpenFolder,
    Command::MoveUp,
    Command::MoveDown,
    Command::MoveToTop,
    Command::MoveToBottom,
    Command::OpenList,
    Command::Paste,
    Command::TryDemo,
    Command::RetryFailed,
    Command::ClearDone,
    Command::ResetColumns,
];

const NEEDS_SELECTION: [Command; 12] = [
    Command::Resume,
    Command::Pause,
    Command::PauseOrResume,
    Command::Cancel,
    Command::Skip,
    Command::Duplicate,
    Command::Remove,
    Command::DeleteFiles,
    Command::SelectNone,
    Command::CopyLinks,
    Command::Retry,
    Command::Inspector,
];

fn count(window: &Window, chip: Chip) -> usize {
    window.state().deck().counts().of(chip)
}

/// A window in which a command has something to do.
fn ready_for(command: Command) -> Window {
    let mut window = sleepers();
    if NEEDS_SELECTION.contains(&command) {
        press(&mut window, Modifiers::COMMAND, Key::A);
    }
    match command {
        Command::Resume | Command::ResumeAll => {
            press(&mut window, Modifiers::SHIFT, Key::P);
            assert_eq!(count(&window, Chip::Paused), 3);
        }
        Command::Retry | Command::Undo => {
            press(&mut window, Modifiers::COMMAND, Key::A);
            press_key(&mut window, Key::C);
            assert_eq!(count(&window, Chip::Cancelled), 3);
        }
        _ => {}
    }
    window
}

/// True if the command has done its work.
fn did(window: &mut Window, command: Command) -> bool {
    match command {
        Command::Add => has(window, Role::Button, "Add paused"),
        Command::Resume | Command::ResumeAll | Command::Retry | Command::Undo => {
            count(window, Chip::Waiting) == 3
        }
        Command::Pause | Command::PauseOrResume | Command::PauseAll => {
            count(window, Chip::Paused) == 3
        }
        Command::Cancel | Command::CancelAll => count(window, Chip::Cancelled) == 3,
        Command::Skip => count(window, Chip::Active) == 3,
        Command::CopyLinks => has(window, Role::Status, "There is no link to copy"),
        Command::Duplicate => window.state().deck().counts().all() == 6,
        Command::Remove => window.state().deck().counts().all() == 0,
        Command::DeleteFiles => has(window, Role::Button, "Remove from the list"),
        Command::SelectAll | Command::SelectRow => {
            press(window, Modifiers::NONE, Key::P);
            count(window, Chip::Paused) == if command == Command::SelectAll { 3 } else { 1 }
        }
        Command::SelectNone => {
            press(window, Modifiers::NONE, Key::P);
            count(window, Chip::Paused) == 0
        }
        Command::Search => {
            window.event(Event::Text("thr".to_owned()));
            window.run();
            row_names(window) == ["three"]
        }
        Command::Show(chip) => {
            window.state().deck().listing.filter().chip == chip
                && window.state().deck().len()
                    == if chip.is_none_or(|chip| chip == Chip::Waiting) {
                        3
                    } else {
                        0
                    }
        }
        Command::Inspector => has(window, Role::Button, "Close the inspector"),
        Command::Activity => has(window, Role::Button, "Close the activity"),
        Command::Columns => has(window, Role::CheckBox, "Attempts"),
        Command::Settings => {
            !has(window, Role::ListBoxOption, "Settings")
                && window.query_all_by_role(Role::TextInput).count() > 1
        }
        Command::Help => has(window, Role::Button, "Close the help"),
        Command::SwitchTheme => window.ctx.theme() == Theme::Light,
        Command::Quit => closes(window),
        _ => panic!("{command:?} does not say what it does"),
    }
}

/// True if the window was asked to close, which is gone once it rests.
fn closes(window: &Window) -> bool {
    let output = &window.output().viewport_output[&egui::ViewportId::ROOT];
    output.commands.contains(&egui::ViewportCommand::Close)
}

/// The commands tested here, after which the window comes to rest.
fn all() -> impl Iterator<Item = Command> {
    Command::ALL
        .into_iter()
        .filter(|command| !ELSEWHERE.contains(command))
}

/// Runs a command: one frame if it closes the window, otherwise until the window rests.
fn settle(window: &mut Window, command: Command) {
    if command == Command::Quit {
        window.step();
    } else {
        window.run();
    }
}

#[test]
fn by_the_palette() {
    for command in all() {
        let mut window = ready_for(command);
        press(&mut window, Modifiers::COMMAND, Key::K);
        window.event(Event::Text(command.text().to_owned()));
        window.run();
        let enter = |pressed| Event::Key {
            key: Key::Enter,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        window
            .input_mut()
            .events
            .extend([enter(true), enter(false)]);
        settle(&mut window, command);
        assert!(did(&mut window, command), "{command:?}");
    }
}

#[test]
fn by_each_of_its_keys() {
    let mut looked_at = 0;
    for command in all() {
        for keys in command.shortcuts() {
            let mut window = ready_for(command);
            let event = |pressed| Event::Key {
                key: keys.logical_key,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers: keys.modifiers,
            };
            window
                .input_mut()
                .events
                .extend([event(true), event(false)]);
            settle(&mut window, command);
            assert!(did(&mut window, command), "{command:?} by {keys:?}");
            looked_at += 1;
        }
    }
    assert!(looked_at > 25, "{looked_at}");
}

/// The center of an enabled control that runs a command.
fn place_of(window: &Window, role: Role, text: &str) -> Option<egui::Pos2> {
    let fits = |node: &AccessKitNode<'_>| {
        let label = node.label().unwrap_or_default();
        // The label of a chip includes its count.
        let is_it = label == text
            || label.strip_prefix(text).is_some_and(|rest| {
                rest.starts_with(' ') && rest.trim().chars().all(|c| c.is_ascii_digit())
            });
        node.role() == role && is_it && !node.is_disabled()
    };
    let node = window.query_all_by(fits).next();
    node.map(|node| node.rect().center())
}

fn click_at(window: &mut Window, position: egui::Pos2, button: egui::PointerButton) {
    window.hover_at(position);
    window.run();
    for pressed in [true, false] {
        window.input_mut().events.push(Event::PointerButton {
            pos: position,
            button,
            pressed,
            modifiers: Modifiers::NONE,
        });
    }
}

/// Clicks the control of this command, in the toolbar, in one of its menus or in a row's menu.
/// False if there is none.
fn click_on(window: &mut Window, command: Command) -> bool {
    use egui::PointerButton::{Primary, Secondary};
    let text = command.text();
    for role in [Role::Button, Role::RadioButton, Role::Tab] {
        if let Some(place) = place_of(window, role, text) {
            click_at(window, place, Primary);
            return true;
        }
    }
    for menu in ["All jobs", "More commands", ""] {
        let (opener, button) = if menu.is_empty() {
            let fits = |node: &AccessKitNode<'_>| {
                node.role() == Role::Row
                    && node.label().is_some_and(|label| label.starts_with("two, "))
            };
            let row = window.query_all_by(fits).next();
            let place = row.map(|row| row.rect().left_center() + egui::vec2(120.0, 0.0));
            (place, Secondary)
        } else {
            (place_of(window, Role::Button, menu), Primary)
        };
        let Some(opener) = opener else { continue };
        click_at(window, opener, button);
        window.run();
        if let Some(place) = place_of(window, Role::MenuItem, text) {
            click_at(window, place, Primary);
            return true;
        }
        press(window, Modifiers::NONE, Key::Escape);
    }
    false
}

#[test]
fn by_the_pointer() {
    let mut nowhere = Vec::new();
    for command in all() {
        let mut window = ready_for(command);
        if click_on(&mut window, command) {
            settle(&mut window, command);
            assert!(did(&mut window, command), "{command:?}");
        } else {
            nowhere.push(command);
        }
    }
    // One has a field of its own, three are what a click on a row does, and two chips are there
    // only with jobs under them.
    let others = [
        Command::Show(Some(Chip::Check)),
        Command::PauseOrResume,
        Command::Search,
        Command::SelectNone,
        Command::SelectRow,
        Command::Show(Some(Chip::Cancelled)),
    ];
    assert!(
        nowhere.iter().all(|command| others.contains(command)),
        "{nowhere:?}"
    );
}
