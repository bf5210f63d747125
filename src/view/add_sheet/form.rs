//! What is typed into the fields of the Add sheet, and what it means.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::fetch::IfExists;
use crate::format;
use crate::options::{AddField, Headers, MUST_BE_MORE, Options, Setting, Settings};

/// What the Add sheet suggests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddDefaults {
    /// What is the same for all downloads, as the call of the program said; also what the sheet has
    /// no field for.
    pub options: Settings,
    /// Where to save if the options name no folder; `None` in a browser, which has a place of its
    /// own.
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
    /// The place in [`IF_EXISTS`]; behind its end for a rule of the call that is not offered here.
    pub(super) if_exists: usize,
    /// The text fields of the table of options.
    texts: BTreeMap<Setting, String>,
    /// One in each line.
    pub(super) headers: String,
    /// Whether the fields that are seldom needed are shown.
    pub(super) shows_more: bool,
    /// Whether they were just opened, and are to be scrolled to.
    pub(super) reveals_more: bool,
    defaults: AddDefaults,
}

/// The text fields that are shown at once, or those that are seldom needed.
pub(super) fn text_fields(is_more: bool) -> Vec<(Setting, &'static AddField)> {
    let all = Setting::ALL.iter();
    let fields = all.filter_map(|setting| Some((*setting, setting.entry().field.as_ref()?)));
    let mut fields: Vec<_> = fields
        .filter(|(_, field)| field.is_more == is_more)
        .collect();
    fields.sort_by_key(|(_, field)| field.rank);
    fields
}

impl Form {
    pub(super) fn new(defaults: &AddDefaults) -> Self {
        let options = &defaults.options;
        let folder = options.folder.as_ref().or(defaults.folder.as_ref());
        let if_exists = IF_EXISTS.iter().position(|rule| *rule == options.if_exists);
        let all = Setting::ALL.iter().copied();
        let texts = all.filter(|setting| setting.entry().field.is_some());
        Self {
            folder: folder
                .map(|folder| folder_text(folder, defaults.home.as_deref()))
                .unwrap_or_default(),
            count_only: options.count_only,
            if_exists: if_exists.unwrap_or(IF_EXISTS.len()),
            texts: texts
                .map(|setting| match setting.entry().for_one {
                    true => (setting, String::new()),
                    false => (setting, options.text(setting)),
                })
                .collect(),
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
        let (old, mut new) = (Self::new(&self.defaults), Self::new(defaults));
        for (setting, text) in &mut self.texts {
            if old.texts.get(setting) == Some(text) {
                *text = new.texts.remove(setting).unwrap_or_default();
            }
        }
        if self.folder == old.folder {
            self.folder = new.folder;
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

    /// What is typed into a text field.
    pub(super) fn text_mut(&mut self, setting: Setting) -> &mut String {
        self.texts.entry(setting).or_default()
    }

    /// Whether a field has an effect.
    pub(super) fn is_enabled(&self, setting: Setting) -> bool {
        !(self.count_only && setting.entry().for_saved)
    }

    /// Why a text field cannot be understood, with this many links.
    pub(super) fn error(&self, setting: Setting, links: usize) -> Option<String> {
        self.read(&mut Options::default(), setting, links).err()
    }

    /// Puts what a text field says about this many links into a layer.
    fn read(&self, layer: &mut Options, setting: Setting, links: usize) -> Result<(), String> {
        let text = self.texts.get(&setting).map_or("", |text| text.trim());
        if text.is_empty() || !self.is_enabled(setting) {
            return layer.set_field(setting, "");
        }
        if setting.entry().for_one {
            for_one(links)?;
        }
        layer.set(setting, text).map_err(|error| match setting {
            Setting::FileName if text.contains(['/', '\\']) => {
                "the name alone; its folder is above".to_owned()
            }
            Setting::Checksum => "sha256: and the 64 digits of sha256sum".to_owned(),
            // A field is left empty, and not out.
            _ if error == MUST_BE_MORE => "more than 0, or leave it empty".to_owned(),
            _ => lower_first(&error),
        })
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

    /// Those of the call, and those that are typed. What is wrong with one is said without its
    /// value.
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

    /// What the fields say about this many links, over the options around them; `None` while a
    /// field cannot be understood.
    pub(super) fn options(&self, links: usize) -> Option<Settings> {
        let mut layer = Options {
            folder: Some(Some(self.folder().ok()?)),
            count_only: Some(self.count_only),
            if_exists: IF_EXISTS.get(self.if_exists).copied(),
            headers: Some(self.headers().ok()?),
            ..Options::default()
        };
        for setting in self.texts.keys() {
            self.read(&mut layer, *setting, links).ok()?;
        }
        Some(self.defaults.options.clone().with(&layer))
    }

    /// Whether something is wrong with a field that is only shown with the others of its kind.
    pub(super) fn has_error_in_more(&self, links: usize) -> bool {
        let mut more = text_fields(true).into_iter();
        more.any(|(setting, _)| self.error(setting, links).is_some()) || self.headers().is_err()
    }

    /// Forgets what was for the one link that is added now.
    pub(super) fn forget_the_one(&mut self) {
        for (setting, text) in &mut self.texts {
            if setting.entry().for_one {
                text.clear();
            }
        }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
        *form.text_mut(Setting::Sleep) = "3..soon".to_owned();
        assert!(
            form.error(Setting::Sleep, 1)
                .unwrap()
                .contains("“soon” is not a number")
        );
        assert_eq!(form.options(1), None);
        *form.text_mut(Setting::Sleep) = "0..3".to_owned();
        *form.text_mut(Setting::Retries) = "-1".to_owned();
        assert_eq!(
            form.error(Setting::Retries, 1).unwrap(),
            "a whole number from 0 to 1000"
        );
        assert_eq!(
            (form.options(1), form.texts[&Setting::Retries].as_str()),
            (None, "-1")
        );
        *form.text_mut(Setting::Retries) = " 0 ".to_owned();
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
        *form.text_mut(Setting::Checksum) = format!(" sha256:{hex} ");
        *form.text_mut(Setting::FileName) = "a.iso".to_owned();
        let options = form.options(1).unwrap();
        assert_eq!(options.checksum.map(|sum| sum.hex()).as_deref(), Some(hex));
        assert_eq!(options.file_name.as_deref(), Some("a.iso"));
        assert_eq!(
            form.error(Setting::Checksum, 1_234).unwrap(),
            "only for one link, and there are 1,234"
        );
        assert!(form.options(2).is_none() && form.has_error_in_more(2));
        form.forget_the_one();
        assert!(form.options(2).is_some());
        *form.text_mut(Setting::FileName) = "../a".to_owned();
        *form.text_mut(Setting::Checksum) = "md5:1".to_owned();
        assert!(
            form.error(Setting::FileName, 1).is_some()
                && form.error(Setting::Checksum, 1).is_some()
        );
    }

    #[test]
    fn a_name_is_taken_exactly_or_refused_with_the_reason() {
        let mut form = form();
        let mut name = |text: &str| {
            *form.text_mut(Setting::FileName) = text.to_owned();
            let mut layer = Options::default();
            let read = form.read(&mut layer, Setting::FileName, 1);
            read.map(|()| layer.file_name.flatten())
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
        *form.text_mut(Setting::TimeLimit) = "2m".to_owned();
        *form.text_mut(Setting::JobRateLimit) = "500k".to_owned();
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
        *form.text_mut(Setting::TimeLimit) = "0".to_owned();
        assert!(form.error(Setting::TimeLimit, 1).is_some() && form.has_error_in_more(9));
    }

    #[test]
    fn the_fields_begin_with_what_the_call_said() {
        let options = Settings {
            folder: Some("/data".into()),
            sleep: Duration::from_millis(500)..=Duration::from_secs(3),
            retries: 2,
            seed: Some(7),
            time_limit: Some(Duration::from_secs(90)),
            job_rate_limit_bytes_per_sec: Some(5_000),
            if_exists: IfExists::Overwrite,
            ..Settings::default()
        };
        let folder = Some("/home/ada/Downloads".into());
        let form = Form::new(&AddDefaults {
            options: options.clone(),
            folder,
            home: None,
        });
        assert_eq!(
            (form.folder.as_str(), form.texts[&Setting::Sleep].as_str()),
            ("/data", "500 ms..3 s")
        );
        assert_eq!(form.options(1), Some(options));
    }

    #[test]
    fn other_defaults_fill_the_fields_that_nobody_changed() {
        let mut form = form();
        *form.text_mut(Setting::Retries) = "7".to_owned();
        let mut defaults = form.defaults.clone();
        defaults.options.retries = 2;
        defaults.options.folder = Some("/data".into());
        form.set_defaults(&defaults);
        assert_eq!(
            (form.folder.as_str(), form.texts[&Setting::Retries].as_str()),
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
