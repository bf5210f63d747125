//! What is typed into the fields of the Add sheet, and what it means.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::fetch::{BadFileName, Checksum, IfExists, NameRule};
use crate::format::{self, ParseAmountError};
use crate::options::{Headers, JobOptions};
use crate::settings;

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

/// What is chosen between, in this order.
pub(super) const IF_EXISTS: [IfExists; 3] = [IfExists::Rename, IfExists::Overwrite, IfExists::Skip];

/// What is typed.
#[derive(Clone)]
pub(super) struct Form {
    pub(super) folder: String,
    pub(super) count_only: bool,
    pub(super) sleep: String,
    pub(super) retries: String,
    pub(super) checksum: String,
    /// The place in [`IF_EXISTS`]; behind its end for a rule of the call that is not offered here.
    pub(super) if_exists: usize,
    pub(super) file_name: String,
    pub(super) time_limit: String,
    pub(super) rate_limit: String,
    /// One in each line.
    pub(super) headers: String,
    /// Whether the fields that are seldom needed are shown.
    pub(super) shows_more: bool,
    /// Whether they were just opened, and are to be scrolled to.
    pub(super) reveals_more: bool,
    defaults: AddDefaults,
}

impl Form {
    pub(super) fn new(defaults: &AddDefaults) -> Self {
        let options = &defaults.options;
        let folder = options.folder.as_ref().or(defaults.folder.as_ref());
        let if_exists = IF_EXISTS.iter().position(|rule| *rule == options.if_exists);
        Self {
            folder: folder
                .map(|folder| folder_text(folder, defaults.home.as_deref()))
                .unwrap_or_default(),
            count_only: options.count_only,
            sleep: format::typed_duration_range(&options.sleep),
            retries: options.retries.to_string(),
            checksum: String::new(),
            if_exists: if_exists.unwrap_or(IF_EXISTS.len()),
            file_name: String::new(),
            time_limit: options
                .time_limit
                .map_or_else(String::new, format::typed_duration),
            rate_limit: options
                .job_rate_limit_bytes_per_sec
                .map_or_else(String::new, format::typed_rate),
            headers: String::new(),
            shows_more: false,
            reveals_more: false,
            defaults: defaults.clone(),
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
            (&mut self.time_limit, old.time_limit, new.time_limit),
            (&mut self.rate_limit, old.rate_limit, new.rate_limit),
        ] {
            if *field == old {
                *field = new;
            }
        }
        if self.count_only == old.count_only {
            self.count_only = new.count_only;
        }
        if self.if_exists == old.if_exists {
            self.if_exists = new.if_exists;
        }
        self.defaults = new.defaults;
    }

    /// Whether there is a folder to choose.
    pub(super) fn has_folder(&self) -> bool {
        self.defaults.folder.is_some()
    }

    /// Whether files come of it whose names are ours to choose.
    pub(super) fn saves(&self) -> bool {
        !self.count_only
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
            "" if !self.count_only => Err("name a folder, or measure only".to_owned()),
            folder => Ok(self.expanded(folder)),
        }
    }

    /// Saves to the folder that somebody chose.
    pub(super) fn set_folder(&mut self, folder: &Path) {
        self.folder = folder_text(folder, self.defaults.home.as_deref());
        self.count_only = false;
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

    /// The folder's dialog begins here.
    pub(super) fn folder_now(&self) -> PathBuf {
        self.expanded(self.folder.trim())
    }

    /// What the file is to be called, if it is not left to the server; of `links` links.
    pub(super) fn file_name(&self, links: usize) -> Result<Option<String>, String> {
        let name = self.file_name.trim();
        if name.is_empty() || self.count_only {
            return Ok(None);
        }
        for_one(links)?;
        match NameRule::Named(name.to_owned()).check() {
            Ok(()) => Ok(Some(name.to_owned())),
            Err(BadFileName::Separator) => Err("the name alone; its folder is above".to_owned()),
            Err(error) => Err(lower_first(&error.to_string())),
        }
    }

    /// What the content must be, of `links` links.
    pub(super) fn checksum(&self, links: usize) -> Result<Option<Checksum>, String> {
        let text = self.checksum.trim();
        if text.is_empty() {
            return Ok(None);
        }
        for_one(links)?;
        let checksum = text.parse::<Checksum>();
        let checksum = checksum.map_err(|_| "sha256: and the 64 digits of sha256sum".to_owned());
        checksum.map(Some)
    }

    pub(super) fn time_limit(&self) -> Result<Option<Duration>, String> {
        let text = self.time_limit.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let limit = format::parse_duration(text).map_err(|error| explained(&error))?;
        let limit = settings::TIME_LIMIT.check(limit);
        limit
            .map(Some)
            .map_err(|_| "more than nothing, or leave it empty".to_owned())
    }

    pub(super) fn rate_limit(&self) -> Result<Option<u64>, String> {
        let text = self.rate_limit.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let rate = format::parse_rate(text).map_err(|error| explained(&error))?;
        let rate = settings::RATE_LIMIT.check(rate);
        rate.map(Some)
            .map_err(|_| "more than nothing, or leave it empty".to_owned())
    }

    /// Those of the call, and those that are typed. What is wrong with one is said without its value.
    pub(super) fn headers(&self) -> Result<Headers, String> {
        let mut headers = self.defaults.options.headers.clone();
        let lines = self.headers.lines().map(str::trim).enumerate();
        for (index, line) in lines.filter(|(_, line)| !line.is_empty()) {
            headers
                .add(line)
                .map_err(|error| format!("line {}: {}", index + 1, lower_first(&error.message)))?;
        }
        Ok(headers)
    }

    /// What the fields say about `links` links; `None` while one of them cannot be understood.
    pub(super) fn options(&self, links: usize) -> Option<JobOptions> {
        Some(JobOptions {
            folder: Some(self.folder().ok()?),
            count_only: self.count_only,
            sleep: self.sleep().ok()?,
            retries: self.retries().ok()?,
            file_name: self.file_name(links).ok()?,
            checksum: self.checksum(links).ok()?,
            if_exists: IF_EXISTS
                .get(self.if_exists)
                .copied()
                .unwrap_or(self.defaults.options.if_exists),
            time_limit: self.time_limit().ok()?,
            job_rate_limit_bytes_per_sec: self.rate_limit().ok()?,
            headers: self.headers().ok()?,
            ..self.defaults.options.clone()
        })
    }

    /// Whether something is wrong with a field that is only shown with the others of its kind.
    pub(super) fn has_error_in_more(&self, links: usize) -> bool {
        self.file_name(links).is_err()
            || self.time_limit().is_err()
            || self.rate_limit().is_err()
            || self.headers().is_err()
    }

    /// Forgets what was for the one link that is added now.
    pub(super) fn forget_the_one(&mut self) {
        self.file_name.clear();
        self.checksum.clear();
    }
}

/// The fields may hold secrets.
impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Form")
            .field("defaults", &self.defaults)
            .finish_non_exhaustive()
    }
}

fn for_one(links: usize) -> Result<(), String> {
    if links <= 1 {
        return Ok(());
    }
    Err(format!(
        "only for one link, and there are {}",
        format::grouped(links)
    ))
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|first| first.to_lowercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}

/// A folder as one would type it.
fn folder_text(folder: &Path, home: Option<&Path>) -> String {
    match home.and_then(|home| folder.strip_prefix(home).ok()) {
        Some(rest) => Path::new("~").join(rest).display().to_string(),
        None => folder.display().to_string(),
    }
}

fn explained(error: &ParseAmountError) -> String {
    format!("{error}: {}", error.hint())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        let folder = Some(PathBuf::from("/home/ada/Downloads"));
        Form::new(&AddDefaults {
            folder,
            home: Some("/home/ada".into()),
            ..AddDefaults::default()
        })
    }

    #[test]
    fn fields_that_cannot_be_understood_say_why_and_keep_their_text() {
        let mut form = form();
        form.sleep = "3..soon".to_owned();
        assert!(form.sleep().unwrap_err().contains("“soon” is not a number"));
        assert_eq!(form.options(1), None);
        form.sleep = "0..3".to_owned();
        form.retries = "-1".to_owned();
        assert_eq!(form.retries().unwrap_err(), "a whole number from 0 to 1000");
        assert_eq!((form.options(1), form.retries.as_str()), (None, "-1"));
        form.retries = " 0 ".to_owned();
        form.folder = "  ".to_owned();
        assert_eq!(form.folder().unwrap_err(), "name a folder, or measure only");
        form.count_only = true;
        let options = form.options(1).unwrap();
        assert_eq!((options.count_only, options.retries), (true, 0));
        assert_eq!(options.sleep, Duration::ZERO..=Duration::from_secs(3));
    }

    #[test]
    fn what_is_for_one_link_is_refused_for_more() {
        let mut form = form();
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        form.checksum = format!(" sha256:{hex} ");
        form.file_name = "a.iso".to_owned();
        let options = form.options(1).unwrap();
        assert_eq!(options.checksum.map(|sum| sum.hex()).as_deref(), Some(hex));
        assert_eq!(options.file_name.as_deref(), Some("a.iso"));
        assert_eq!(
            form.checksum(1_234).unwrap_err(),
            "only for one link, and there are 1,234"
        );
        assert!(form.options(2).is_none() && form.has_error_in_more(2));
        form.forget_the_one();
        assert!(form.options(2).is_some());
        form.file_name = "../a".to_owned();
        form.checksum = "md5:1".to_owned();
        assert!(form.file_name(1).is_err() && form.checksum(1).is_err());
    }

    #[test]
    fn a_name_is_taken_exactly_or_refused_with_the_reason() {
        let mut form = form();
        let mut name = |text: &str| {
            form.file_name = text.to_owned();
            form.file_name(1)
        };
        for exact in [".env", "a  b.txt", "-"] {
            assert_eq!(name(exact), Ok(Some(exact.to_owned())));
        }
        assert!(name("a/b").unwrap_err().contains("its folder is above"));
        assert!(name("..").unwrap_err().contains("are folders"));
        assert!(name("a.part").unwrap_err().contains("incomplete files"));
        assert!(name(&"a".repeat(256)).unwrap_err().contains("256 bytes"));
    }

    #[test]
    fn a_rule_of_the_call_that_is_not_offered_stays() {
        let mut defaults = AddDefaults::default();
        defaults.options.if_exists = IfExists::Fail;
        let mut form = Form::new(&defaults);
        assert_eq!(form.options(1).unwrap().if_exists, IfExists::Fail);
        form.if_exists = 0;
        assert_eq!(form.options(1).unwrap().if_exists, IfExists::Rename);
    }

    #[test]
    fn limits_and_headers_reach_the_options_and_secrets_stay_in_their_field() {
        let mut form = form();
        form.time_limit = "2m".to_owned();
        form.rate_limit = "500k".to_owned();
        form.headers = "\nAuthorization: secret\n X-A: b \n".to_owned();
        form.if_exists = 2;
        let options = form.options(9).unwrap();
        assert_eq!(options.time_limit, Some(Duration::from_secs(120)));
        assert_eq!(options.job_rate_limit_bytes_per_sec, Some(500_000));
        assert_eq!(options.if_exists, IfExists::Skip);
        assert_eq!(
            format!("{:?}", options.headers),
            r#"["Authorization", "X-A"]"#
        );
        assert!(!format!("{form:?}").contains("secret"));
        form.headers = "A: b\nsecret".to_owned();
        let error = form.headers().unwrap_err();
        assert!(error.starts_with("line 2: a header has a colon"), "{error}");
        assert!(!error.contains("secret"));
        form.headers.clear();
        form.time_limit = "0".to_owned();
        assert!(form.time_limit().is_err() && form.has_error_in_more(9));
    }

    #[test]
    fn the_fields_begin_with_what_the_call_said() {
        let options = JobOptions {
            folder: Some("/data".into()),
            sleep: Duration::from_millis(500)..=Duration::from_secs(3),
            retries: 2,
            seed: Some(7),
            time_limit: Some(Duration::from_secs(90)),
            job_rate_limit_bytes_per_sec: Some(5_000),
            if_exists: IfExists::Overwrite,
            ..JobOptions::default()
        };
        let folder = Some("/home/ada/Downloads".into());
        let form = Form::new(&AddDefaults {
            options: options.clone(),
            folder,
            home: None,
        });
        assert_eq!(
            (form.folder.as_str(), form.sleep.as_str()),
            ("/data", "500 ms..3 s")
        );
        assert_eq!(form.options(1), Some(options));
    }

    #[test]
    fn other_defaults_fill_the_fields_that_nobody_changed() {
        let mut form = form();
        form.retries = "7".to_owned();
        let mut defaults = form.defaults.clone();
        defaults.options.retries = 2;
        defaults.options.folder = Some("/data".into());
        form.set_defaults(&defaults);
        assert_eq!(
            (form.folder.as_str(), form.retries.as_str()),
            ("/data", "7")
        );
    }

    #[test]
    fn a_tilde_is_the_home_folder_only_where_it_stands_alone() {
        let mut form = form();
        assert_eq!(form.folder, "~/Downloads");
        assert_eq!(form.folder(), Ok("/home/ada/Downloads".into()));
        form.set_folder(Path::new("/mnt/disk"));
        assert_eq!(
            (form.folder.as_str(), form.count_only),
            ("/mnt/disk", false)
        );
        assert_eq!(form.expanded("~"), PathBuf::from("/home/ada"));
        assert_eq!(form.expanded("~/a/b"), PathBuf::from("/home/ada/a/b"));
        assert_eq!(form.expanded("~ada/a"), PathBuf::from("~ada/a"));
    }
}
