//! What a user can invoke: every command with its words, icon and keys in one table, so that
//! toolbar, menus, palette, keys and help cannot drift apart.

mod command_context;
mod commands;
#[cfg(feature = "app")]
mod held_keys;
mod list;
mod table;

pub use command_context::CommandContext;
pub use commands::keys_text;
#[cfg(feature = "app")]
pub(crate) use held_keys::HeldKeys;
pub use list::Command;
pub use table::CommandGroup;
