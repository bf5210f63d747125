//! Hostile texts.

use egui::{Role, Theme};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use jobdeck::status::{FailureKind, Status};
use jobdeck::theme;

use crate::support::every_state;
use crate::tour::{Look, Texts, tour};

#[test]
fn texts_of_any_kind_stay_in_their_cells() {
    let mut screen = every_state();
    let texts = [
        "line\nbreaks\r\nand\ttabs".to_owned(),
        "\u{202e}right to left\u{202c} عربى עברית".to_owned(),
        "👩‍👩‍👧‍👦 emoji and 漢字".to_owned(),
        "a\u{301}\u{302}\u{303}\u{304}".repeat(50),
        "\u{0}\u{1b}[31mcontrol".to_owned(),
        "x".repeat(100_000),
        String::new(),
    ];
    let template = screen.rows.0[0].clone();
    screen.rows.0 = (0..)
        .zip(&texts)
        .map(|(id, text)| {
            let mut row = template.clone();
            row.id = jobdeck::status::RowId(id);
            row.name = text.as_str().into();
            row.host = text.as_str().into();
            row.note = Some(text.as_str().into());
            row.status = Status::Failed {
                kind: FailureKind::Error,
                cause: text.as_str().into(),
                at_percent: None,
            };
            row
        })
        .collect();
    let mut harness = Harness::builder()
        .with_size([800.0, 600.0])
        .with_theme(Theme::Dark)
        .allow_missing_glyphs()
        .with_context_setup(jobdeck::theme::install)
        .build_eframe(|_| screen);
    harness.run();
    // No text makes its row higher or moves the cells after it.
    let mut buttons: Vec<egui::Pos2> = harness
        .get_all_by_role(Role::Button)
        .filter(|node| {
            node.accesskit_node()
                .label()
                .is_some_and(|label| label.starts_with("Retry"))
        })
        .map(|node| node.rect().center())
        .filter(|center| center.y > theme::TOOLBAR_HEIGHT)
        .collect();
    buttons.sort_by(|a, b| a.y.total_cmp(&b.y));
    assert_eq!(buttons.len(), texts.len());
    for pair in buttons.windows(2) {
        assert!(
            (pair[1].y - pair[0].y - theme::ROW_HEIGHT).abs() < 0.5,
            "{buttons:?}"
        );
        assert!((pair[1].x - pair[0].x).abs() < 0.5, "{buttons:?}");
    }
    harness.set_size(egui::vec2(300.0, 200.0));
    harness.run();
}

/// Megabytes of text in one line, with direction marks, invisible characters, escapes and quotes.
fn hostile() -> Texts {
    let odd = "\u{202e}<b>\u{1b}[31m\u{0}&amp;\"'; rm -rf ~\u{2066}\u{7}\t%n{}[1-9]";
    let long = odd.repeat(40_000);
    Texts {
        names: [
            format!("{odd}\n{odd}"),
            long.clone(),
            "👩‍👩‍👧‍👦 漢字 عربى ".repeat(2_000),
            "a\u{301}\u{302}\u{303}\u{304}".repeat(10_000),
        ],
        body: long.clone(),
        links: format!(
            "javascript:alert(1){odd}\nhttps://h.example/{}\ncurl '{odd}\n{long}\nhttp://[::1\nhttps://{odd}/",
            "x".repeat(3_000)
        ),
        is_any_script: true,
        ..Texts::default()
    }
}

#[test]
fn no_screen_is_moved_or_slowed_by_any_text() {
    /// More than a window of text, and far less than one megabyte.
    const BYTES_LAID_OUT: usize = 150_000;
    let mut screens = 0;
    let size = egui::vec2(1000.0, 700.0);
    let look = Look {
        size,
        theme: Theme::Dark,
        pixels_per_point: 1.0,
    };
    tour(look, &hostile(), &mut |window, screen| {
        screens += 1;
        let laid_out: usize = window
            .output()
            .shapes
            .iter()
            .map(|clipped| text_bytes(&clipped.shape))
            .sum();
        assert!(laid_out < BYTES_LAID_OUT, "{screen}: {laid_out} bytes");
        // Every control can be clicked, or scrolled to.
        let controls = window.query_all_by_role(Role::Button);
        for button in controls {
            let x = button.rect().x_range();
            assert!(
                x.min >= 0.0 && x.max <= size.x + 0.5,
                "{screen}: {:?} at {x:?}",
                button.accesskit_node().label()
            );
        }
    });
    assert!(screens > 30, "{screens}");
}

fn text_bytes(shape: &egui::Shape) -> usize {
    match shape {
        egui::Shape::Text(text) => text.galley.text().len(),
        egui::Shape::Vec(shapes) => shapes.iter().map(text_bytes).sum(),
        _ => 0,
    }
}
