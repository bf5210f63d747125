//! Keys whose release looks like that of another key.

use std::collections::BTreeMap;

use egui::{Context, Event, Key, Plugin, RawInput};

/// Gives every release of a key the meaning of its press.
///
/// On many keyboards `?` is Shift and another key. If Shift is released first, the release is one
/// of that other key: egui then takes `?` to be held down for ever and each later press of it for a
/// repetition, which runs no command. The physical key tells which press a release belongs to.
#[derive(Debug, Default)]
pub(crate) struct HeldKeys {
    /// The logical key of each physical key that is down, from its press.
    meanings: BTreeMap<Key, Key>,
}

impl HeldKeys {
    /// Makes a context treat held keys this way.
    pub(crate) fn install(ctx: &Context) {
        ctx.add_plugin(Self::default());
    }
}

impl Plugin for HeldKeys {
    fn debug_name(&self) -> &'static str {
        "held keys"
    }

    fn input_hook(&mut self, _ctx: &Context, input: &mut RawInput) {
        for event in &mut input.events {
            match event {
                Event::Key {
                    key,
                    physical_key: Some(place),
                    pressed: true,
                    ..
                } => {
                    // It repeats while it is held, as another logical key once Shift is up.
                    *key = *self.meanings.entry(*place).or_insert(*key);
                }
                Event::Key {
                    key,
                    physical_key: Some(place),
                    pressed: false,
                    ..
                } => {
                    *key = self.meanings.remove(place).unwrap_or(*key);
                }
                // Releases are not seen meanwhile.
                Event::WindowFocused(_) => self.meanings.clear(),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use egui::Modifiers;

    use super::*;
    use crate::command::Command;

    fn key(key: Key, place: Key, pressed: bool, modifiers: Modifiers) -> Event {
        Event::Key {
            key,
            physical_key: Some(place),
            pressed,
            repeat: false,
            modifiers,
        }
    }

    /// The commands that these events run, each in a frame of its own.
    fn commands(ctx: &Context, events: &[Event]) -> Vec<Command> {
        let mut commands = Vec::new();
        for event in events {
            let input = RawInput {
                events: vec![event.clone()],
                ..RawInput::default()
            };
            let output = ctx.run_ui(input, |ui| commands.extend(Command::pressed(ui.ctx())));
            output.drop_without_applying_deltas();
        }
        commands
    }

    #[test]
    fn a_sign_works_each_time_whichever_key_is_released_first() {
        let (none, shift) = (Modifiers::NONE, Modifiers::SHIFT);
        for (sign, place, bare, command) in [
            // Shift and `/` on an American keyboard, Shift and `ß` on a German one, Shift and `,`
            // on a French one.
            (Key::Questionmark, Key::Slash, Key::Slash, Command::Help),
            (Key::Questionmark, Key::Minus, Key::Minus, Command::Help),
            (Key::Questionmark, Key::M, Key::Comma, Command::Help),
            // Shift and `7` on a German one.
            (Key::Slash, Key::Num7, Key::Num7, Command::Search),
        ] {
            let sign_first = [
                key(sign, place, true, shift),
                key(sign, place, false, shift),
            ];
            let shift_first = [key(sign, place, true, shift), key(bare, place, false, none)];
            for first in [&sign_first, &shift_first] {
                for second in [&sign_first, &shift_first] {
                    let ctx = Context::default();
                    HeldKeys::install(&ctx);
                    let run = commands(&ctx, &[first.as_slice(), second].concat());
                    assert_eq!(run, [command, command], "{sign:?} at {place:?}");
                }
            }
        }
    }

    #[test]
    fn a_key_that_is_held_while_shift_goes_up_runs_nothing_more() {
        let ctx = Context::default();
        HeldKeys::install(&ctx);
        let (none, shift) = (Modifiers::NONE, Modifiers::SHIFT);
        let events = [
            key(Key::Questionmark, Key::Slash, true, shift),
            key(Key::Questionmark, Key::Slash, true, shift),
            key(Key::Slash, Key::Slash, true, none),
            key(Key::Slash, Key::Slash, false, none),
        ];
        assert_eq!(commands(&ctx, &events), [Command::Help]);
        let events = [
            key(Key::Slash, Key::Slash, true, none),
            key(Key::Slash, Key::Slash, false, none),
        ];
        assert_eq!(commands(&ctx, &events), [Command::Search]);
    }

    #[test]
    fn a_release_that_another_window_gets_does_not_matter() {
        let ctx = Context::default();
        HeldKeys::install(&ctx);
        let press = key(Key::Questionmark, Key::Slash, true, Modifiers::SHIFT);
        let events = [
            press.clone(),
            Event::WindowFocused(false),
            Event::WindowFocused(true),
            key(Key::Slash, Key::Slash, true, Modifiers::NONE),
        ];
        assert_eq!(commands(&ctx, &events), [Command::Help, Command::Search]);
    }
}
