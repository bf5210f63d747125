//! Texts that no program hopes for.

use egui::{Role, Theme};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use jobdeck::status::{FailureKind, RowView, Status};
use jobdeck::theme;

use crate::support::every_state;

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
        .map(|(id, text)| RowView {
            id: jobdeck::status::RowId(id),
            name: text.as_str().into(),
            host: text.as_str().into(),
            note: Some(text.as_str().into()),
            status: Status::Failed {
                kind: FailureKind::Error,
                cause: text.as_str().into(),
                at_percent: None,
            },
            ..template.clone()
        })
        .collect();
    let mut harness = Harness::builder()
        .with_size([800.0, 600.0])
        .with_theme(Theme::Dark)
        .allow_missing_glyphs()
        .with_context_setup(jobdeck::theme::install)
        .build_eframe(|_| screen);
    harness.run();
    // No text makes its row higher, or pushes what stands behind it aside.
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
