//! temporary pictures
use crate::support::{timed, window};
use egui::{Key, Modifiers};
use jobdeck::app::AppOptions;
use jobdeck::runtime::Clock;
#[test]
fn looks() {
    for (name, keys) in [
        ("palette", (Modifiers::COMMAND, Key::K)),
        ("help", (Modifiers::NONE, Key::Questionmark)),
    ] {
        let specs = vec![timed("one", 10, 5), timed("two", 20, 5)];
        let mut window = window(AppOptions {
            specs,
            clock: Clock::virtual_time(),
            ..AppOptions::default()
        });
        window.run();
        window.key_press(Key::ArrowDown);
        window.run();
        window.key_press_modifiers(keys.0, keys.1);
        window.run();
        window
            .render()
            .unwrap()
            .save(format!("/tmp/look_{name}.png"))
            .unwrap();
    }
    use egui_kittest::kittest::Queryable as _;
    for name in ["Columns", "More commands"] {
        let specs = vec![timed("one", 10, 5), timed("two", 20, 5)];
        let mut window = window(AppOptions {
            specs,
            clock: Clock::virtual_time(),
            ..AppOptions::default()
        });
        window.run();
        window
            .get_by_role_and_label(egui::Role::Button, name)
            .click();
        window.run();
        window
            .render()
            .unwrap()
            .save(format!("/tmp/look_{name}.png"))
            .unwrap();
    }
}
