//! What is typed into the Add sheet, and what it means.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use crate::format::{self, ParseAmountError};
use crate::programs::{InputLine, InputLines, JobOptions, Link, parse_lines};
use crate::settings;

/// What the Add sheet asks for, once all of it can be understood.
#[derive(Clone, Debug, PartialEq)]
pub struct AddRequest {
    /// What to fetch, in the order of the lines.
    pub links: Vec<Link>,
    /// How.
    pub options: JobOptions,
    /// Whether they wait for a resume first.
    pub paused: bool,
}

/// What the Add sheet suggests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddDefaults {
    /// What is the same for all downloads, as the call of the program said; also what the sheet has no field for.
    pub options: JobOptions,
    /// Where to save if the options name no folder; `None` in a browser, which has a place of its own.
    pub folder: Option<PathBuf>,
    /// What `~` stands for.
    pub home: Option<PathBuf>,
}

/// What is typed.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) text: String,
    pub(super) folder: String,
    pub(super) count_only: bool,
    pub(super) sleep: String,
    pub(super) retries: String,
    defaults: AddDefaults,
    read: InputLines,
    /// The text that `read` was read from.
    read_text: String,
}

impl Form {
    pub(super) fn new(defaults: &AddDefaults) -> Self {
        let options = &defaults.options;
        let folder = options.folder.as_ref().or(defaults.folder.as_ref());
        Self {
            text: String::new(),
            folder: folder
                .map(|folder| folder.display().to_string())
                .unwrap_or_default(),
            count_only: options.count_only,
            sleep: range_text(&options.sleep),
            retries: options.retries.to_string(),
            defaults: defaults.clone(),
            read: InputLines::default(),
            read_text: String::new(),
        }
    }

    /// Fills the fields that nobody changed with other defaults.
    pub(super) fn set_defaults(&mut self, defaults: &AddDefaults) {
        if *defaults == self.defaults {
            return;
        }
        let (old, new) = (Self::new(&self.defaults), Self::new(defaults));
        for (field, old, new) in [
            (&mut self.folder, old.folder, new.folder),
            (&mut self.sleep, old.sleep, new.sleep),
            (&mut self.retries, old.retries, new.retries),
        ] {
            if *field == old {
                *field = new;
            }
        }
        if self.count_only == old.count_only {
            self.count_only = new.count_only;
        }
        self.defaults = new.defaults;
    }

    /// Whether there is a folder to choose.
    pub(super) fn has_folder(&self) -> bool {
        self.defaults.folder.is_some()
    }

    /// Puts more lines under what is typed already.
    pub(super) fn append(&mut self, text: &str) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.text.push_str(text.trim_end());
    }

    /// The lines as they stand, read again only when the text changed.
    pub(super) fn lines(&mut self) -> &[InputLine] {
        if self.text != self.read_text {
            self.read = parse_lines(&self.text);
            self.read_text.clone_from(&self.text);
        }
        &self.read.lines
    }

    /// How many lines are beyond the longest list that is taken.
    pub(super) fn lines_left_out(&self) -> usize {
        self.read.left_out
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

    pub(super) fn folder(&self) -> Result<PathBuf, String> {
        match self.folder.trim() {
            _ if !self.has_folder() => Ok(PathBuf::new()),
            "" if !self.count_only => Err("name a folder, or count only".to_owned()),
            folder => Ok(self.expanded(folder)),
        }
    }

    fn expanded(&self, folder: &str) -> PathBuf {
        let in_home = folder
            .strip_prefix('~')
            .filter(|rest| rest.is_empty() || rest.starts_with(['/', '\\']));
        match (in_home, &self.defaults.home) {
            (Some(rest), Some(home)) => home.join(rest.trim_start_matches(['/', '\\'])),
            _ => PathBuf::from(folder),
        }
    }

    /// What is asked for, without the lines that cannot be understood; `None` while a field cannot be, or if no line
    /// can.
    pub(super) fn request(&mut self, paused: bool) -> Option<AddRequest> {
        let options = JobOptions {
            folder: Some(self.folder().ok()?),
            count_only: self.count_only,
            sleep: self.sleep().ok()?,
            retries: self.retries().ok()?,
            ..self.defaults.options.clone()
        };
        let good = self
            .lines()
            .iter()
            .filter_map(|line| line.link.as_ref().ok().cloned());
        let links: Vec<_> = good.collect();
        (!links.is_empty()).then_some(AddRequest {
            links,
            options,
            paused,
        })
    }

    /// Keeps only the lines that could not be understood, and says whether there are any.
    pub(super) fn keep_bad_lines(&mut self) -> bool {
        let bad = self.lines().iter().filter(|line| line.link.is_err());
        let bad: Vec<_> = bad.map(|line| line.text.as_str()).collect();
        self.text = bad.join("\n");
        !self.text.is_empty()
    }
}

/// A range of lengths as one would type it.
fn range_text(range: &RangeInclusive<Duration>) -> String {
    let (from, to) = (range.start().as_secs_f64(), range.end().as_secs_f64());
    if range.start() == range.end() {
        format!("{from} s")
    } else {
        format!("{from}..{to} s")
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
            ..AddDefaults::default()
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
            .map(|line| (line.number, line.link.is_ok()))
            .collect();
        assert_eq!(lines, [(3, true), (4, false), (5, true)]);
        let request = form.request(true).unwrap();
        assert_eq!((request.links.len(), request.paused), (2, true));
        let folder = Some("/home/ada/Downloads".into());
        assert_eq!(
            request.options,
            JobOptions {
                folder,
                ..JobOptions::default()
            }
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
        assert_eq!(form.folder().unwrap_err(), "name a folder, or count only");
        form.count_only = true;
        let options = form.request(false).unwrap().options;
        assert_eq!((options.count_only, options.retries), (true, 0));
        assert_eq!(options.sleep, Duration::ZERO..=Duration::from_secs(3));
    }

    #[test]
    fn the_fields_begin_with_what_the_call_said() {
        let options = JobOptions {
            folder: Some("/data".into()),
            sleep: Duration::from_millis(500)..=Duration::from_secs(3),
            retries: 2,
            seed: Some(7),
            ..JobOptions::default()
        };
        let folder = Some("/home/ada/Downloads".into());
        let mut form = Form::new(&AddDefaults {
            options: options.clone(),
            folder,
            home: None,
        });
        assert_eq!(
            (form.folder.as_str(), form.sleep.as_str()),
            ("/data", "0.5..3 s")
        );
        form.append("https://a.example/1");
        assert_eq!(
            form.request(false).map(|request| request.options),
            Some(options)
        );
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
