//! What a screen reader hears.

use egui::accesskit::Action;
use egui::{Role, Theme, vec2};
use egui_kittest::kittest::{AccessKitNode, NodeT as _};

use crate::support::Window;
use crate::tour::{Look, Texts, tour};

const LOOK: Look = Look {
    size: vec2(1280.0, 800.0),
    theme: Theme::Dark,
    pixels_per_point: 1.0,
};

/// True if the control has an action.
fn is_control(node: &AccessKitNode<'_>) -> bool {
    let is_one = matches!(
        node.role(),
        Role::Button
            | Role::CheckBox
            | Role::ColumnHeader
            | Role::ComboBox
            | Role::Link
            | Role::ListBoxOption
            | Role::ListItem
            | Role::MenuItem
            | Role::RadioButton
            | Role::Row
            | Role::ScrollBar
            | Role::Slider
            | Role::SpinButton
            | Role::Splitter
            | Role::Tab
            | Role::TextInput
            | Role::MultilineTextInput
    );
    // Those of egui's own areas have none, and what they scroll is scrolled by the focus.
    let is_of_egui = node.role() == Role::ScrollBar && node.label().is_none();
    let acts = [Action::Click, Action::Focus, Action::Increment];
    let data = node.data();
    !is_of_egui && (is_one || acts.iter().any(|action| data.supports_action(*action)))
}

#[test]
fn every_control_of_every_screen_has_a_name() {
    let mut seen = Vec::new();
    let mut unnamed = Vec::new();
    let mut look = |window: &mut Window, screen: &str| {
        let nodes = window.root().children_recursive();
        let controls: Vec<_> = nodes
            .map(|node| node.accesskit_node())
            .filter(is_control)
            .collect();
        seen.push((screen.to_owned(), controls.len()));
        for node in controls {
            let name = if node.role() == Role::Label {
                node.value()
            } else {
                node.label()
            };
            if name.is_none_or(|name| name.trim().is_empty()) {
                unnamed.push(format!("{screen}: {:?}", node.data()));
            }
        }
    };
    tour(LOOK, &Texts::default(), &mut look);
    assert!(unnamed.is_empty(), "{unnamed:#?}");
    assert!(seen.len() > 30, "{seen:?}");
    for (screen, controls) in &seen {
        assert!(*controls > 10, "{screen}: {controls}");
    }
}
