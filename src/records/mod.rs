//! The commands over the list of jobs: they read it at any time, also while a window or a run uses
//! it, and write it when nothing else does.
//!
//! What is printed never has a secret, except by `export --with-secrets`. When the reader of
//! standard output goes away, a command ends with status 0: it has what it wanted.

mod cells;
mod csv;
mod document;
mod export;
mod forget;
mod import;
mod list;
mod object;
mod outcome;
mod output;
mod select;
mod show;
mod show_text;
mod shown;
mod table;

pub use export::export;
pub use forget::forget;
pub use import::import;
pub use list::list;
pub use outcome::{CommandError, NO, UNUSABLE};
pub use output::print;
pub use show::show;
