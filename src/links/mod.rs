//! What a user typed, pasted, dropped or listed in a file, as links.

mod curl;
pub mod limits;
mod link;
mod link_scanner;
mod list_file;
mod list_line;
mod parse;
mod statements;
mod url_glob;

pub use link::{Link, LinkKey, LinkOverrides};
pub use link_scanner::{
    DedupContext, DuplicatePolicy, LinkScanner, ReadCounts, ScannedEntry, SelectedLinks,
};
pub use list_file::{LinkFileError, ListText, links_in_file};
pub use list_line::Origin;
pub use parse::{InputLine, InputLines, parse_lines, parse_lines_with, parse_link};
pub use statements::{Span, Statement};
pub use url_glob::{Globs, UrlGlob};
