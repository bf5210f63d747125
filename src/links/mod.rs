//! What a user typed, pasted, dropped or listed in a file, as links.

mod curl;
mod expand;
mod link;
mod list_file;
mod list_line;
mod parse;
mod reading;
mod single;
mod statements;

pub use expand::Expansion;
pub use link::{Link, LinkKey, LinkOverrides};
pub use list_file::{LinkFileError, ListText, links_in_file};
pub use list_line::Origin;
pub use parse::{Globs, InputLine, InputLines, parse_lines, parse_lines_with};
pub use reading::{Chosen, Entry, ReadCounts, Reading, Skip, Surroundings};
pub use single::parse_link;
pub use statements::{Span, Statement};

use statements::{Found, Scan, with_line_feeds};
