//! What is typed into the settings, and what becomes of it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::AddDefaults;
use super::intent::Intent;
use crate::options::{Control, Setting, SettingRow, Settings};

/// What the settings keep: also while they are closed, so that what could not be understood is not
/// lost.
#[derive(Clone, Debug)]
pub struct SettingsSheetState {
    pub(super) has_files: bool,
    has_desktop: bool,
    pub(super) default_folder: Option<PathBuf>,
    home: Option<PathBuf>,
    is_open: bool,
    /// Only of fields whose text is not what is in effect.
    drafts: BTreeMap<Setting, Draft>,
    /// What was in effect before all was reset, until something else is changed.
    before_reset: Option<Box<Settings>>,
}

#[derive(Clone, Default)]
struct Draft {
    text: String,
    is_sent: bool,
    refused: Option<String>,
}

impl fmt::Debug for Draft {
    /// Without the text: it may hold a proxy's password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("is_sent", &self.is_sent)
            .field("refused", &self.refused)
            .finish_non_exhaustive()
    }
}

impl SettingsSheetState {
    /// Closed. `has_files` is whether there are files and folders to name: in a page there are
    /// none. `has_desktop` is whether there is a desktop to be told something.
    #[must_use]
    pub fn new(has_files: bool, has_desktop: bool, call: &AddDefaults) -> Self {
        Self {
            has_files,
            has_desktop,
            default_folder: call.folder.clone(),
            home: call.home.clone(),
            is_open: false,
            drafts: BTreeMap::new(),
            before_reset: None,
        }
    }

    /// Whether they are shown.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Shows them.
    pub fn open(&mut self) {
        self.is_open = true;
    }

    /// What was asked for is in effect.
    pub fn accept(&mut self, setting: Setting) {
        self.drafts.remove(&setting);
    }

    /// What was asked for turned out not to work: it stays in its field, with the reason beside it.
    pub fn refuse(&mut self, setting: Setting, text: String, why: String) {
        let draft = self.drafts.entry(setting).or_insert(Draft {
            text,
            is_sent: true,
            refused: None,
        });
        // Of what was typed since, nothing is known yet.
        if draft.is_sent {
            draft.refused = Some(why);
        }
    }

    /// Whether this is a setting that has an effect here.
    pub(super) fn shows(&self, setting: Setting) -> bool {
        if setting == Setting::Notifications {
            return self.has_desktop;
        }
        let entry = setting.entry();
        entry.row.is_some() && (self.has_files || !entry.native_only)
    }

    /// Those that are shown, with their rows.
    pub(super) fn shown(&self) -> Vec<(Setting, &'static SettingRow)> {
        let mut rows = Setting::rows();
        rows.retain(|(setting, _)| self.shows(*setting));
        rows
    }

    /// The text of a field.
    pub(super) fn text(&self, setting: Setting, settings: &Settings) -> String {
        let draft = self.drafts.get(&setting);
        draft.map_or_else(|| settings.text(setting), |draft| draft.text.clone())
    }

    /// Why the text of a field is not in effect, if it cannot be.
    pub(super) fn error(&self, setting: Setting, settings: &Settings) -> Option<String> {
        let draft = self.drafts.get(&setting)?;
        if let Some(why) = &draft.refused {
            return Some(why.clone());
        }
        self.read(setting, &draft.text, settings).err()
    }

    /// Whether what was typed is being looked at.
    pub(super) fn is_waiting(&self, setting: Setting) -> bool {
        let draft = self.drafts.get(&setting);
        setting == Setting::Certificates
            && draft.is_some_and(|draft| draft.is_sent && draft.refused.is_none())
    }

    /// A field has another text.
    pub(super) fn edit(
        &mut self,
        setting: Setting,
        text: String,
        settings: &Settings,
        intents: &mut Vec<Intent>,
    ) {
        let draft = Draft {
            text,
            ..Draft::default()
        };
        self.drafts.insert(setting, draft);
        if !waits_until_left(setting) {
            self.send(setting, settings, intents);
        }
    }

    /// Nobody types into a field any more: what can be understood is in effect, and shown as it was
    /// understood.
    pub(super) fn leave(
        &mut self,
        setting: Setting,
        settings: &Settings,
        intents: &mut Vec<Intent>,
    ) {
        if self.send(setting, settings, intents) && !self.is_waiting(setting) {
            self.drafts.remove(&setting);
        }
    }

    /// Asks for what a field says, unless that was done. False if it cannot be understood or was
    /// refused.
    fn send(&mut self, setting: Setting, settings: &Settings, intents: &mut Vec<Intent>) -> bool {
        let Some(draft) = self.drafts.get(&setting) else {
            return false;
        };
        if draft.is_sent {
            return draft.refused.is_none();
        }
        let Ok(wanted) = self.read(setting, &draft.text, settings) else {
            return false;
        };
        if wanted.is_same(setting, settings) {
            if setting == Setting::Certificates {
                self.drafts.remove(&setting);
            }
            return true;
        }
        if let Some(draft) = self.drafts.get_mut(&setting) {
            // There is nothing to be read where there is no path.
            draft.is_sent = wanted.certificates_file.is_some() || setting != Setting::Certificates;
        }
        self.change(vec![setting], wanted, intents);
        true
    }

    fn read(&self, setting: Setting, text: &str, settings: &Settings) -> Result<Settings, String> {
        let mut wanted = settings.clone();
        wanted.set_text(setting, &self.with_home(setting, text))?;
        Ok(wanted)
    }

    /// A path with the home folder in place of its `~`.
    fn with_home(&self, setting: Setting, text: &str) -> String {
        let text = text.trim();
        let in_home = text
            .strip_prefix('~')
            .filter(|rest| rest.is_empty() || rest.starts_with(['/', '\\']))
            .filter(|_| is_path(setting));
        match (in_home, &self.home) {
            (Some(rest), Some(home)) => {
                let path = home.join(rest.trim_start_matches(['/', '\\']));
                path.display().to_string()
            }
            _ => text.to_owned(),
        }
    }

    /// Asks for other settings.
    pub(super) fn change(&mut self, which: Vec<Setting>, to: Settings, intents: &mut Vec<Intent>) {
        self.before_reset = None;
        let to = Box::new(to);
        intents.push(Intent::ChangeSettings { which, to });
    }

    /// Whether one setting can be reset.
    pub(super) fn can_reset(&self, setting: Setting, settings: &Settings) -> bool {
        self.drafts.contains_key(&setting) || !settings.is_same(setting, &Settings::default())
    }

    /// Back to the default of one setting.
    pub(super) fn reset(&mut self, setting: Setting, intents: &mut Vec<Intent>) {
        self.drafts.remove(&setting);
        self.change(vec![setting], Settings::default(), intents);
    }

    /// Whether there is anything to reset.
    pub(super) fn can_reset_all(&self, settings: &Settings) -> bool {
        let mut all = self.shown().into_iter();
        all.any(|(setting, _)| self.can_reset(setting, settings))
    }

    /// Back to all defaults; can be taken back.
    pub(super) fn reset_all(&mut self, settings: &Settings, intents: &mut Vec<Intent>) {
        self.drafts.clear();
        let which = self.shown().into_iter().map(|(setting, _)| setting);
        let which = which.collect();
        self.change(which, Settings::default(), intents);
        self.before_reset = Some(Box::new(settings.clone()));
    }

    /// Whether a reset of all can be taken back.
    pub(super) fn can_take_back(&self) -> bool {
        self.before_reset.is_some()
    }

    /// Takes the reset of all back.
    pub(super) fn take_back(&mut self, intents: &mut Vec<Intent>) {
        if let Some(before) = self.before_reset.take() {
            let which = before.changed_from(&Settings::default());
            self.change(which, *before, intents);
        }
    }

    /// Shows them no longer. What was typed and can be understood is in effect.
    pub(super) fn close(&mut self, settings: &Settings, intents: &mut Vec<Intent>) {
        let typed: Vec<Setting> = self.drafts.keys().copied().collect();
        for setting in typed {
            self.leave(setting, settings, intents);
        }
        self.before_reset = None;
        self.is_open = false;
    }
}

/// Of what would do harm half typed, only the whole counts: a proxy that is not there, a list that
/// is cut, two bytes a second on the way to `2M`.
fn waits_until_left(setting: Setting) -> bool {
    let row = setting.entry().row.as_ref();
    row.is_some_and(|row| row.waits_until_left)
}

/// Whether a setting is the path of a file or folder.
fn is_path(setting: Setting) -> bool {
    let row = setting.entry().row.as_ref();
    row.is_some_and(|row| row.control == Control::Path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> SettingsSheetState {
        let call = AddDefaults {
            folder: Some("/home/ada/Downloads".into()),
            home: Some("/home/ada".into()),
            ..AddDefaults::default()
        };
        SettingsSheetState::new(true, true, &call)
    }

    /// What the intents ask for, done.
    fn carried_out(settings: &mut Settings, intents: &mut Vec<Intent>) -> usize {
        let count = intents.len();
        for intent in intents.drain(..) {
            let Intent::ChangeSettings { which, to } = intent else {
                panic!("another intent: {intent:?}");
            };
            for setting in which {
                settings.take(setting, &to);
            }
        }
        count
    }

    #[test]
    fn a_number_counts_while_it_is_typed() {
        let (mut state, mut settings, mut intents) = (state(), Settings::default(), Vec::new());
        let setting = Setting::JobsAtOnce;
        for (typed, in_effect, error) in [
            ("1", 1, false),
            ("12", 12, false),
            ("12x", 12, true),
            ("", 12, true),
            ("0", 12, true),
        ] {
            state.edit(setting, typed.to_owned(), &settings, &mut intents);
            carried_out(&mut settings, &mut intents);
            assert_eq!(settings.jobs_at_once, in_effect, "{typed}");
            assert_eq!(state.text(setting, &settings), typed);
            assert_eq!(state.error(setting, &settings).is_some(), error, "{typed}");
        }
        state.close(&settings, &mut intents);
        assert_eq!(intents, []);
        state.open();
        assert_eq!(state.text(setting, &settings), "0", "nothing typed is lost");
        assert!(state.can_reset(setting, &settings));
        state.reset(setting, &mut intents);
        carried_out(&mut settings, &mut intents);
        assert_eq!(settings, Settings::default());
        assert_eq!(state.text(setting, &settings), "6");
        assert!(!state.can_reset(setting, &settings));
    }

    #[test]
    fn what_would_do_harm_half_typed_counts_when_its_field_is_left() {
        let (mut state, mut settings, mut intents) = (state(), Settings::default(), Vec::new());
        for (setting, typed, shown) in [
            (Setting::HistoryRows, "500", "500"),
            (Setting::Proxy, "me:secret@h:3128", "http://h:3128"),
            (Setting::Folder, "~/new", "/home/ada/new"),
        ] {
            state.edit(setting, typed.to_owned(), &settings, &mut intents);
            assert_eq!(intents, []);
            assert!(!format!("{state:?}").contains("secret"));
            state.leave(setting, &settings, &mut intents);
            assert!(!format!("{intents:?}").contains("secret"));
            assert_eq!(carried_out(&mut settings, &mut intents), 1);
            assert_eq!(state.text(setting, &settings), shown);
        }
        let setting = Setting::HistoryRows;
        state.edit(setting, "20".to_owned(), &settings, &mut intents);
        state.close(&settings, &mut intents);
        carried_out(&mut settings, &mut intents);
        assert_eq!(settings.history_rows, 20, "also by closing");
    }

    #[test]
    fn an_amount_is_shown_as_it_was_understood_when_its_field_is_left() {
        let (mut state, mut settings, mut intents) = (state(), Settings::default(), Vec::new());
        let setting = Setting::RateLimit;
        state.edit(setting, "2Mi".to_owned(), &settings, &mut intents);
        assert_eq!(intents, [], "the 2 alone would stop everything");
        assert_eq!(state.text(setting, &settings), "2Mi");
        state.leave(setting, &settings, &mut intents);
        carried_out(&mut settings, &mut intents);
        assert_eq!(settings.rate_limit_bytes_per_sec, Some(2_097_152));
        assert_eq!(state.text(setting, &settings), "2097.152 kB/s");
    }

    #[test]
    fn certificates_wait_until_they_are_read() {
        let (mut state, mut settings, mut intents) = (state(), Settings::default(), Vec::new());
        let setting = Setting::Certificates;
        state.edit(setting, "/a.pem".to_owned(), &settings, &mut intents);
        state.leave(setting, &settings, &mut intents);
        assert_eq!(intents.len(), 1);
        intents.clear();
        assert!(state.is_waiting(setting));
        state.leave(setting, &settings, &mut intents);
        assert_eq!(intents, [], "asked for once");
        state.refuse(setting, "/a.pem".to_owned(), "No such file".to_owned());
        let error = state.error(setting, &settings);
        assert_eq!(error.as_deref(), Some("No such file"));
        assert_eq!(state.text(setting, &settings), "/a.pem");
        state.leave(setting, &settings, &mut intents);
        assert_eq!(state.text(setting, &settings), "/a.pem", "it stays");

        state.edit(setting, "/b.pem".to_owned(), &settings, &mut intents);
        assert_eq!(state.error(setting, &settings), None);
        state.leave(setting, &settings, &mut intents);
        carried_out(&mut settings, &mut intents);
        state.accept(setting);
        assert_eq!(state.text(setting, &settings), "/b.pem");
        state.edit(setting, String::new(), &settings, &mut intents);
        state.leave(setting, &settings, &mut intents);
        carried_out(&mut settings, &mut intents);
        assert_eq!(
            (
                settings.certificates_file.clone(),
                state.is_waiting(setting)
            ),
            (None, false)
        );
    }

    #[test]
    fn a_reset_of_all_can_be_taken_back() {
        let (mut state, mut intents) = (state(), Vec::new());
        let mut settings = Settings {
            retries: 9,
            scale_percent: 150,
            ..Settings::default()
        };
        let before = settings.clone();
        assert!(state.can_reset_all(&settings));
        state.reset_all(&settings, &mut intents);
        carried_out(&mut settings, &mut intents);
        assert_eq!(settings, Settings::default());
        assert!(state.can_take_back() && !state.can_reset_all(&settings));
        state.take_back(&mut intents);
        carried_out(&mut settings, &mut intents);
        assert_eq!(settings, before);
        assert!(!state.can_take_back());
        state.reset_all(&settings, &mut intents);
        state.reset(Setting::Retries, &mut intents);
        assert!(!state.can_take_back(), "something else was changed");
    }

    #[test]
    fn a_page_shows_what_has_an_effect_there() {
        let page = SettingsSheetState::new(false, false, &AddDefaults::default());
        assert!(!page.shows(Setting::Folder) && !page.shows(Setting::Proxy));
        assert!(!page.shows(Setting::Notifications));
        assert!(page.shows(Setting::JobsAtOnce) && page.shows(Setting::Theme));
        let desktop = state();
        assert_eq!(desktop.shown().len(), Setting::rows().len());
    }
}
