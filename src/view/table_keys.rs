//! The keys of the table that are no commands: used by the table, and listed in help.

use egui::{Key, KeyboardShortcut, Modifiers};

/// How keys move the cursor row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CursorMove {
    Next,
    Previous,
    PageDown,
    PageUp,
    First,
    Last,
}

impl CursorMove {
    /// The place it leads to, among places up to `last`; `cursor` is the place of the cursor row,
    /// and a page is `page` rows.
    pub(super) fn target(self, cursor: Option<usize>, page: usize, last: usize) -> usize {
        let Some(cursor) = cursor else {
            return if self == Self::Last { last } else { 0 };
        };
        match self {
            Self::Next => (cursor + 1).min(last),
            Self::Previous => cursor.saturating_sub(1),
            Self::PageDown => cursor.saturating_add(page).min(last),
            Self::PageUp => cursor.saturating_sub(page),
            Self::First => 0,
            Self::Last => last,
        }
    }
}

/// Keys that do the same.
pub(super) struct TableKeys {
    pub(super) keys: &'static [Key],
    pub(super) step: CursorMove,
    pub(super) text: &'static str,
}

/// The keys that move the cursor row; with Shift they select all rows on the way.
pub(super) const TABLE_KEYS: [TableKeys; 6] = [
    TableKeys {
        keys: &[Key::ArrowDown, Key::J],
        step: CursorMove::Next,
        text: "Go to the row below",
    },
    TableKeys {
        keys: &[Key::ArrowUp, Key::K],
        step: CursorMove::Previous,
        text: "Go to the row above",
    },
    TableKeys {
        keys: &[Key::PageDown],
        step: CursorMove::PageDown,
        text: "Go a page down",
    },
    TableKeys {
        keys: &[Key::PageUp],
        step: CursorMove::PageUp,
        text: "Go a page up",
    },
    TableKeys {
        keys: &[Key::Home],
        step: CursorMove::First,
        text: "Go to the first row",
    },
    TableKeys {
        keys: &[Key::End],
        step: CursorMove::Last,
        text: "Go to the last row",
    },
];

/// The keys that open the menu of the selected rows, as elsewhere on desktops.
pub(super) const ROW_MENU_KEYS: [KeyboardShortcut; 2] = [
    KeyboardShortcut::new(Modifiers::NONE, Key::Menu),
    KeyboardShortcut::new(Modifiers::SHIFT, Key::F10),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_stay_within_the_rows() {
        let target = |step: CursorMove, cursor| step.target(cursor, 10, 14);
        assert_eq!(target(CursorMove::Next, None), 0);
        assert_eq!(target(CursorMove::Last, None), 14);
        assert_eq!(target(CursorMove::Next, Some(14)), 14);
        assert_eq!(target(CursorMove::Previous, Some(0)), 0);
        assert_eq!(target(CursorMove::PageDown, Some(3)), 13);
        assert_eq!(target(CursorMove::PageDown, Some(9)), 14);
        assert_eq!(target(CursorMove::PageUp, Some(9)), 0);
        assert_eq!(target(CursorMove::First, Some(9)), 0);
    }
}
