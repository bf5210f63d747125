//! The table over fake rows.

use egui::{Event, PointerButton, Role, Theme};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use jobdeck::command::Command;
use jobdeck::status::{Amount, RowId, Status};
use jobdeck::view::Intent;

use crate::support::{changed, every_state, harness};

#[test]
fn each_row_offers_the_actions_of_its_state() {
    let mut harness = harness([1280.0, 800.0], Theme::Dark, every_state());
    harness.run();
    for (name, offered) in [
        ("debian-13.1-amd64-netinst.iso", "Pause Cancel"),
        ("measurements-2026-11.csv", "Pause Cancel"),
        ("report.json", "Pause Cancel"),
        ("old-link.zip", "Retry"),
        ("photos-backup-07.tar.zst", "Resume Cancel"),
        ("photos-backup-08.tar.zst", "Pause Cancel"),
        ("manual-en.pdf", ""),
        ("nightly-build.tar.gz", "Retry"),
    ] {
        let found: Vec<_> = ["Pause", "Resume", "Retry", "Cancel"]
            .into_iter()
            .filter(|verb| {
                let label = format!("{verb} {name}");
                harness
                    .query_by_role_and_label(Role::Button, &label)
                    .is_some()
            })
            .collect();
        assert_eq!(found.join(" "), offered, "{name}");
    }
}

#[test]
fn a_row_tells_all_of_it_in_a_sentence() {
    let mut harness = harness([800.0, 600.0], Theme::Dark, every_state());
    harness.run();
    let says = "old-link.zip, files.example.net, Failed at 38 %, A web page came instead of the file; the bytes \
                that are there are kept, change the link, 38 / 100 MB, slept 2.90 s";
    assert!(harness.query_by_role_and_label(Role::Row, says).is_some());
}

/// A click that begins on a button of one row and ends on that of another row does nothing.
#[test]
fn a_click_does_not_move_to_another_row() {
    let mut harness = harness([1280.0, 800.0], Theme::Dark, every_state());
    harness.run();
    let place = harness.get_by_label("Cancel report.json").rect().center();
    let press = |pressed| Event::PointerButton {
        pos: place,
        button: PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    harness.hover_at(place);
    harness.event(press(true));
    harness.run();
    harness.state_mut().rows.0.remove(0);
    harness.run();
    harness.event(press(false));
    harness.run();
    assert_eq!(harness.state().intents, []);

    harness.get_by_label("Cancel report.json").click();
    harness.run();
    assert_eq!(
        harness.state().intents,
        [Intent::RunOn(Command::Cancel, RowId(3))]
    );
}

#[test]
fn clicks_select_as_they_do_everywhere() {
    let mut harness = harness([1280.0, 800.0], Theme::Dark, every_state());
    harness.run();
    let name_of = |index: usize| every_state().rows.0[index].name.to_string();
    let click = |harness: &mut egui_kittest::Harness<'static, crate::support::Screen>,
                 index,
                 modifiers| {
        let start = format!("{}, ", name_of(index));
        let row = harness.get_by(|node| {
            node.role() == Role::Row && node.label().is_some_and(|label| label.starts_with(&start))
        });
        row.click_modifiers(modifiers);
        harness.run();
        let selection = &harness.state().state.table.selection;
        let rows = &harness.state().rows.0;
        (0..rows.len())
            .filter(|&index| selection.contains(rows[index].id))
            .collect::<Vec<_>>()
    };
    assert_eq!(click(&mut harness, 2, egui::Modifiers::NONE), [2]);
    assert_eq!(click(&mut harness, 5, egui::Modifiers::SHIFT), [2, 3, 4, 5]);
    assert_eq!(click(&mut harness, 3, egui::Modifiers::COMMAND), [2, 4, 5]);
    assert_eq!(click(&mut harness, 1, egui::Modifiers::SHIFT), [1, 2, 3]);
    assert_eq!(click(&mut harness, 7, egui::Modifiers::NONE), [7]);

    harness.get_by_label("Select all").click();
    harness.run();
    assert_eq!(
        harness.state().state.table.selection.len(),
        harness.state().rows.0.len()
    );
    let all = harness.get_by_label("Select all");
    assert_eq!(
        all.accesskit_node().toggled(),
        Some(egui::accesskit::Toggled::True)
    );
    all.click();
    harness.run();
    assert!(harness.state().state.table.selection.is_empty());
}

#[test]
fn a_hundred_thousand_rows_cost_what_is_visible() {
    let mut screen = every_state();
    let template = screen.rows.0[0].clone();
    screen.rows.0 = (0..100_000)
        .map(|id| changed(template.clone(), |row| row.id = RowId(id)))
        .collect();
    let mut harness = harness([1280.0, 800.0], Theme::Dark, screen);
    harness.run();
    let shown = harness.get_all_by_role(Role::Row).count();
    assert!(shown < 25, "{shown}");
    harness.key_press(egui::Key::End);
    harness.run();
    assert!(
        harness
            .state()
            .state
            .table
            .selection
            .contains(RowId(99_999))
    );
    let shown = harness.get_all_by_role(Role::Row).count();
    assert!(shown < 25, "{shown}");
}

#[test]
fn a_column_is_as_wide_as_it_was_drawn() {
    let mut harness = harness([1280.0, 800.0], Theme::Dark, every_state());
    harness.run();
    type Table = egui_kittest::Harness<'static, crate::support::Screen>;
    let header = |harness: &Table, title: &str| {
        harness
            .get_by_role_and_label(Role::ColumnHeader, title)
            .rect()
    };
    let drag = |harness: &mut Table, from: egui::Pos2, by: f32| {
        harness.hover_at(from);
        harness.run();
        harness.drag_at(from);
        harness.run();
        harness.hover_at(from + egui::vec2(by, 0.0));
        harness.run();
        harness.drop_at(from + egui::vec2(by, 0.0));
        harness.run();
    };
    let width = header(&harness, "State").width();
    let edge = header(&harness, "State").right_center();
    drag(&mut harness, edge, 60.0);
    assert!((header(&harness, "State").width() - width - 60.0).abs() < 1.0);
    assert!((header(&harness, "State").right() - edge.x - 60.0).abs() < 1.0);
    // It stays so when the window changes, and the rest makes room.
    harness.set_size(egui::vec2(1400.0, 800.0));
    harness.run();
    assert!((header(&harness, "State").width() - width - 60.0).abs() < 1.0);
    let slept = header(&harness, "Slept").right();
    assert!((slept - (1400.0 - 100.0)).abs() < 1.0, "{slept}");
    // A double click gives all columns their own widths again.
    harness.set_size(egui::vec2(1280.0, 800.0));
    harness.run();
    let edge = header(&harness, "State").right_center();
    harness.hover_at(edge);
    harness.run();
    for pressed in [true, false, true, false] {
        let modifiers = egui::Modifiers::NONE;
        let click = Event::PointerButton {
            pos: edge,
            button: PointerButton::Primary,
            pressed,
            modifiers,
        };
        // All in one frame: a harness's frames are too long for a double click.
        harness.input_mut().events.push(click);
    }
    harness.run();
    assert!((header(&harness, "State").width() - width).abs() < 1.0);
}

#[test]
fn text_left_out_of_a_narrow_window_is_in_a_tooltip() {
    let mut harness = harness([800.0, 600.0], Theme::Dark, every_state());
    harness.run();
    assert!(
        harness
            .query_by_role_and_label(Role::ColumnHeader, "Rate")
            .is_none()
    );
    let received = harness
        .get_by_role_and_label(Role::ColumnHeader, "Received / total")
        .rect();
    harness.hover_at(egui::pos2(received.center().x, received.bottom() + 22.0));
    // Tooltips wait until the pointer rests.
    harness.run_steps(8);
    let tooltip = harness.query_by(|node| {
        node.role() == Role::Label
            && node.value().is_some_and(|text| {
                text.contains("Rate 41.2 MB/s") && text.contains("Slept 1.42 s")
            })
    });
    assert!(tooltip.is_some());
}

/// A reason is truncated, with a tooltip, only if the cells after it have content.
#[test]
fn why_a_row_waits_runs_on_over_free_cells() {
    const REASON: &str = "Nothing answers at this host and port, and here is a sentence that needs the room of cells";
    let secs = std::time::Duration::from_secs;
    let retrying = |left| Status::Retrying {
        attempt: 2,
        of: 5,
        left: secs(left),
        server_asked_for: None,
    };
    let waiting = Status::Waiting {
        waits_for: Some("a slot on h".into()),
    };
    for (status, received, has_name, is_cut) in [
        (retrying(8), None, false, false),
        (waiting, None, false, false),
        (Status::Done { elapsed: secs(8) }, None, false, false),
        (retrying(8), Some(14_000), false, true),
        // The file name of a link belongs to the job cell, not to the state.
        (retrying(8), None, true, false),
    ] {
        let mut screen = every_state();
        let row = &mut screen.rows.0[0];
        row.note = Some(REASON.into());
        row.link_name = has_name.then(|| "download".into());
        row.amount = Amount::bytes(received, None);
        row.rate = None;
        row.eta = None;
        row.slept = None;
        row.status = status.clone();
        screen.rows.0.truncate(1);
        let mut harness = harness([1280.0, 400.0], Theme::Dark, screen);
        harness.run();
        let row = harness.get_all_by_role(Role::Row).next().map(|row| {
            let label = row.accesskit_node().label().unwrap_or_default();
            (row.rect(), label)
        });
        let (rect, says) = row.expect("a row");
        assert!(says.contains(REASON), "{says}");
        harness.hover_at(rect.left_top() + egui::vec2(460.0, 31.0));
        // Tooltips wait until the pointer rests.
        harness.run_steps(10);
        let tooltip = harness.query_by(|node| {
            let text = node.value().unwrap_or_default();
            node.role() == Role::Label && text.ends_with(REASON)
        });
        assert_eq!(tooltip.is_some(), is_cut, "{status:?} {received:?}");
    }
}
