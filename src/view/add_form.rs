//! What is typed into the Add sheet, and what it means.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use crate::fetch::{FetchError, Request};
use crate::format::{self, ParseAmountError};
use crate::settings;

/// What the Add sheet asks for, once all of it can be understood.
#[derive(Clone, Debug, PartialEq)]
pub struct AddRequest {
    /// What to fetch, in the order of the lines.
    pub requests: Vec<Request>,
    /// What becomes of the bytes.
    pub target: SaveTarget,
    /// How long each job sleeps first: a length of its own between these two.
    pub sleep: RangeInclusive<Duration>,
    /// How often each tries again.
    pub retries: u32,
    /// Whether they wait for a resume first.
    pub paused: bool,
}

/// What becomes of the bytes of a download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveTarget {
    /// They are counted and not kept.
    Count,
    /// They are saved in this folder.
    Folder(PathBuf),
    /// They are handed to the browser's own downloads.
    Browser,
}

/// Where the sheet saves to unless somebody says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddDefaults {
    /// The folder; `None` in a browser, which has a place of its own.
    pub folder: Option<PathBuf>,
    /// What `~` stands for.
    pub home: Option<PathBuf>,
    /// Whether bytes are only counted.
    pub count_only: bool,
}

/// A line of the sheet that says something.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Its number, from 1, blank lines counted.
    pub(super) number: usize,
    pub(super) text: String,
    pub(super) request: Result<Request, FetchError>,
}

/// What is typed.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) text: String,
    pub(super) folder: String,
    pub(super) count_only: bool,
    pub(super) sleep: String,
    pub(super) retries: String,
    has_folder: bool,
    home: Option<PathBuf>,
    lines: Vec<Line>,
    /// The text that `lines` were read from.
    read_text: String,
    /// The lines beyond the longest list that is taken.
    lines_left_out: usize,
}

impl Form {
    pub(super) fn new(defaults: &AddDefaults) -> Self {
        Self {
            text: String::new(),
            folder: defaults
                .folder
                .as_ref()
                .map(|folder| folder.display().to_string())
                .unwrap_or_default(),
            count_only: defaults.count_only,
            sleep: "0 s".to_owned(),
            retries: settings::RETRIES.default.to_string(),
            has_folder: defaults.folder.is_some(),
            home: defaults.home.clone(),
            lines: Vec::new(),
            read_text: String::new(),
            lines_left_out: 0,
        }
    }

    /// Whether there is a folder to choose.
    pub(super) fn has_folder(&self) -> bool {
        self.has_folder
    }

    /// Puts more lines under what is typed already.
    pub(super) fn append(&mut self, text: &str) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.text.push_str(text.trim_end());
    }

    /// The lines as they stand, read again only when the text changed.
    pub(super) fn lines(&mut self) -> &[Line] {
        if self.text != self.read_text {
            let said = self.text.lines().enumerate().filter_map(|(index, line)| {
                let line = line.trim();
                let says_something = !line.is_empty() && !line.starts_with('#');
                says_something.then(|| (index + 1, line))
            });
            let mut said = said.peekable();
            self.lines = said
                .by_ref()
                .take(settings::MAX_INPUT_LINES)
                .map(|(number, line)| Line {
                    number,
                    text: line.to_owned(),
                    request: Request::get(line),
                })
                .collect();
            self.lines_left_out = said.count();
            self.read_text.clone_from(&self.text);
        }
        &self.lines
    }

    /// How many lines are beyond the longest list that is taken.
    pub(super) fn lines_left_out(&self) -> usize {
        self.lines_left_out
    }

    pub(super) fn sleep(&self) -> Result<RangeInclusive<Duration>, String> {
        let text = if self.sleep.trim().is_empty() {
            "0"
        } else {
            &self.sleep
        };
        let range = format::parse_duration_range(text).map_err(|error| explained(&error))?;
        settings::SLEEP
            .check(*range.end())
            .map_err(|_| format!("at most {}", format::duration(settings::SLEEP.max)))?;
        Ok(range)
    }

    pub(super) fn retries(&self) -> Result<u32, String> {
        let bounds = settings::RETRIES;
        let expected = || format!("a whole number from {} to {}", bounds.min, bounds.max);
        let count = self.retries.trim().parse().map_err(|_| expected())?;
        bounds.check(count).map_err(|_| expected())
    }

    pub(super) fn target(&self) -> Result<SaveTarget, String> {
        let folder = self.folder.trim();
        match (self.count_only, self.has_folder, folder) {
            (true, ..) => Ok(SaveTarget::Count),
            (false, false, _) => Ok(SaveTarget::Browser),
            (false, true, "") => Err("name a folder, or count only".to_owned()),
            (false, true, folder) => Ok(SaveTarget::Folder(self.expanded(folder))),
        }
    }

    fn expanded(&self, folder: &str) -> PathBuf {
        let in_home = folder
            .strip_prefix('~')
            .filter(|rest| rest.is_empty() || rest.starts_with(['/', '\\']));
        match (in_home, &self.home) {
            (Some(rest), Some(home)) => home.join(rest.trim_start_matches(['/', '\\'])),
            _ => PathBuf::from(folder),
        }
    }

    /// What is asked for, without the lines that cannot be understood; `None` while a field cannot be, or if no line
    /// can.
    pub(super) fn request(&mut self, paused: bool) -> Option<AddRequest> {
        let (sleep, retries, target) = (
            self.sleep().ok()?,
            self.retries().ok()?,
            self.target().ok()?,
        );
        let requests: Vec<_> = self
            .lines()
            .iter()
            .filter_map(|line| line.request.as_ref().ok().cloned())
            .collect();
        (!requests.is_empty()).then_some(AddRequest {
            requests,
            target,
            sleep,
            retries,
            paused,
        })
    }

    /// Keeps only the lines that could not be understood, and says whether there are any.
    pub(super) fn keep_bad_lines(&mut self) -> bool {
        let bad: Vec<_> = self
            .lines()
            .iter()
            .filter(|line| line.request.is_err())
            .map(|line| line.text.as_str())
            .collect();
        let text = bad.join("\n");
        self.text = text;
        !self.text.is_empty()
    }
}

fn explained(error: &ParseAmountError) -> String {
    format!("{error}: {}", error.hint())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Form {
        let folder = Some(PathBuf::from("/home/ada/Downloads"));
        let defaults = AddDefaults {
            folder,
            home: Some("/home/ada".into()),
            count_only: false,
        };
        let mut form = Form::new(&defaults);
        form.append(text);
        form
    }

    #[test]
    fn lines_are_numbered_as_typed() {
        let mut form =
            form("# a list\n\nhttps://a.example/1\n  htps://typo.example/2  \nhttp://b.example/3");
        let lines: Vec<_> = form
            .lines()
            .iter()
            .map(|line| (line.number, line.request.is_ok()))
            .collect();
        assert_eq!(lines, [(3, true), (4, false), (5, true)]);
        let request = form.request(true).unwrap();
        assert_eq!(request.requests.len(), 2);
        assert_eq!(
            request.target,
            SaveTarget::Folder("/home/ada/Downloads".into())
        );
        assert_eq!(
            (request.sleep, request.retries, request.paused),
            (Duration::ZERO..=Duration::ZERO, 5, true)
        );
        assert!(form.keep_bad_lines());
        assert_eq!(form.text, "htps://typo.example/2");
        assert_eq!(form.request(false), None);
    }

    #[test]
    fn fields_that_cannot_be_understood_say_why_and_keep_their_text() {
        let mut form = form("https://a.example/1");
        form.sleep = "3..soon".to_owned();
        assert!(form.sleep().unwrap_err().contains("“soon” is not a number"));
        assert_eq!(form.request(false), None);
        form.sleep = "0..3".to_owned();
        form.retries = "-1".to_owned();
        assert_eq!(form.retries().unwrap_err(), "a whole number from 0 to 1000");
        assert_eq!((form.request(false), form.retries.as_str()), (None, "-1"));
        form.retries = " 0 ".to_owned();
        form.folder = "  ".to_owned();
        assert_eq!(form.target().unwrap_err(), "name a folder, or count only");
        form.count_only = true;
        let request = form.request(false).unwrap();
        assert_eq!((request.target, request.retries), (SaveTarget::Count, 0));
        assert_eq!(request.sleep, Duration::ZERO..=Duration::from_secs(3));
    }

    #[test]
    fn a_tilde_is_the_home_folder_only_where_it_stands_alone() {
        let form = form("");
        assert_eq!(form.expanded("~"), PathBuf::from("/home/ada"));
        assert_eq!(form.expanded("~/a/b"), PathBuf::from("/home/ada/a/b"));
        assert_eq!(form.expanded("~ada/a"), PathBuf::from("~ada/a"));
    }

    #[test]
    fn more_lines_go_under_what_is_typed() {
        let mut form = form("https://a.example/1");
        form.append("https://b.example/2\n");
        assert_eq!(form.text, "https://a.example/1\nhttps://b.example/2");
        assert_eq!(form.lines().len(), 2);
    }
}
