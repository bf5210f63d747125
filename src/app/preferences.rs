//! Settings in effect: a change reaches everything it concerns at once, and is saved soon.

use std::path::{Path, PathBuf};

use eframe::Storage;
use egui::{Context, Theme, ThemePreference};

use super::file_dialogs::{FileDialogs, PathFor};
use super::file_ops::FileOps;
use super::panels::Panels;
use super::saved_settings::SavedSettings;
use crate::deck::WindowDeck;
use crate::fetch::ExtraCertificates;
use crate::options::{Options, SCALE_PERCENT, Setting, Settings, ThemeChoice};
use crate::view::AddDefaults;

/// What a change of settings reaches.
pub(super) struct Affected<'a> {
    pub(super) ctx: &'a Context,
    pub(super) deck: &'a mut dyn WindowDeck,
    pub(super) panels: &'a mut Panels,
    pub(super) file_ops: &'a mut FileOps,
}

/// The settings, in effect and saved.
#[derive(Debug)]
pub(super) struct Preferences {
    settings: Settings,
    pub(super) saved: SavedSettings,
    /// From the certificates' file, or from the command line.
    certificates: Option<ExtraCertificates>,
    cli_overrides: AddDefaults,
    /// The scale that the context was given last.
    scale_percent_applied: u32,
    /// Whether the context has had that scale: it takes it over in the next frame.
    is_scale_applied: bool,
}

impl Preferences {
    /// What the command line says, over the defaults. [`Preferences::begin`] takes over the saved
    /// settings.
    pub(super) fn new(cli_overrides: AddDefaults, keeps_nothing: bool) -> Self {
        Self {
            settings: cli_overrides.options.clone(),
            saved: SavedSettings::new(keeps_nothing),
            certificates: cli_overrides.options.certificates.clone(),
            cli_overrides,
            scale_percent_applied: 0,
            is_scale_applied: false,
        }
    }

    /// The settings in effect.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the command line says.
    pub(super) fn cli_overrides(&self) -> &AddDefaults {
        &self.cli_overrides
    }

    /// The folder that downloads are saved to unless something else is said.
    pub(super) fn usual_folder(&self) -> Option<PathBuf> {
        let folder = self.settings.folder.as_ref();
        let folder = folder.or(self.cli_overrides.folder.as_ref())?;
        // As rows have it.
        Some(std::path::absolute(folder).unwrap_or_else(|_| folder.clone()))
    }

    /// How downloads are made now: the settings, and what only the command line says.
    pub(super) fn job_options(&self) -> Settings {
        Settings {
            certificates: self.certificates.clone(),
            ..self.settings.clone()
        }
    }

    /// Takes over the saved settings, and over them what the command line says, and puts all
    /// settings into effect. Once, at the start.
    pub(super) fn begin(
        &mut self,
        affected: &mut Affected<'_>,
        storage: Option<&dyn Storage>,
        command_line: &Options,
    ) {
        let options_before = self.job_options();
        if let Some(storage) = storage {
            self.saved.read(storage);
        }
        self.settings.apply(self.saved.options());
        self.settings.apply(command_line);
        if let Some(path) = self.settings.certificates_file.clone() {
            affected.file_ops.read_certificates(path);
        }
        self.put_into_effect(affected, &options_before);
    }

    /// Changes these settings because the user said so; they are saved.
    pub(super) fn change(
        &mut self,
        affected: &mut Affected<'_>,
        which: &[Setting],
        wanted: &Settings,
    ) {
        let options_before = self.job_options();
        for &setting in which {
            if setting == Setting::Certificates {
                affected.file_ops.forget_certificates();
                if let Some(path) = wanted.certificates_file.clone() {
                    // In effect when they have been read, and only if they can be.
                    affected.file_ops.read_certificates(path);
                    continue;
                }
                self.certificates = None;
            }
            self.settings.take(setting, wanted);
            self.saved.change(setting, wanted);
        }
        self.put_into_effect(affected, &options_before);
    }

    /// Changes from the theme that is shown to the other one.
    pub(super) fn switch_theme(&mut self, affected: &mut Affected<'_>) {
        let theme = match affected.ctx.theme() {
            Theme::Dark => ThemeChoice::Light,
            Theme::Light => ThemeChoice::Dark,
        };
        let wanted = Settings {
            theme,
            ..self.settings.clone()
        };
        self.change(affected, &[Setting::Theme], &wanted);
    }

    /// What settings need in each frame, whether or not anything is shown.
    pub(super) fn update(&mut self, affected: &mut Affected<'_>) {
        self.drop_old_rows(affected);
        self.note_scale(affected);
        if let Some((path, read)) = affected.file_ops.take_certificates() {
            match read {
                Ok(certificates) => self.take_certificates(affected, path, certificates),
                Err(error) => {
                    log::warn!("certificates: {}", error.message);
                    let text = path.display().to_string();
                    let why = format!("{}. {}", error.message, error.hint);
                    let sheet = &mut affected.panels.settings_sheet;
                    sheet.refuse(Setting::Certificates, text, why);
                }
            }
        }
    }

    /// Opens a dialog for a setting that is a path.
    pub(super) fn choose_path(&self, dialogs: &mut FileDialogs, setting: Setting) {
        let from = match setting {
            Setting::Folder => {
                let folder = self.settings.folder.as_deref();
                folder.or(self.cli_overrides.folder.as_deref())
            }
            _ => {
                let file = self.settings.certificates_file.as_deref();
                file.and_then(Path::parent)
            }
        };
        dialogs.choose_path(PathFor::Setting(setting), from);
    }

    /// Changes a setting to a path that was chosen in a dialog.
    pub(super) fn take_chosen(
        &mut self,
        affected: &mut Affected<'_>,
        setting: Setting,
        path: PathBuf,
    ) {
        let mut wanted = self.settings.clone();
        match setting {
            Setting::Folder => wanted.folder = Some(path),
            Setting::Certificates => wanted.certificates_file = Some(path),
            _ => return,
        }
        affected.panels.settings_sheet.accept(setting);
        self.change(affected, &[setting], &wanted);
    }

    fn take_certificates(
        &mut self,
        affected: &mut Affected<'_>,
        path: PathBuf,
        certificates: ExtraCertificates,
    ) {
        let options_before = self.job_options();
        self.certificates = Some(certificates);
        let is_new = self.settings.certificates_file.as_ref() != Some(&path);
        self.settings.certificates_file = Some(path);
        if is_new {
            self.saved.change(Setting::Certificates, &self.settings);
        }
        affected.panels.settings_sheet.accept(Setting::Certificates);
        self.put_into_effect(affected, &options_before);
    }

    fn put_into_effect(&mut self, affected: &mut Affected<'_>, before: &Settings) {
        let options = self.job_options();
        affected.deck.follow_settings(before, &options);
        let theme = match self.settings.theme {
            ThemeChoice::System => ThemePreference::System,
            ThemeChoice::Dark => ThemePreference::Dark,
            ThemeChoice::Light => ThemePreference::Light,
        };
        affected.ctx.set_theme(theme);
        self.scale_percent_applied = self.settings.scale_percent;
        let zoom = self.settings.scale_percent as f32 / 100.0;
        affected.ctx.set_zoom_factor(zoom);
        affected.panels.add_sheet.set_defaults(&AddDefaults {
            options: options.for_more(),
            ..self.cli_overrides.clone()
        });
        self.drop_old_rows(affected);
    }

    /// Takes over a scale that was changed with the keyboard.
    fn note_scale(&mut self, affected: &mut Affected<'_>) {
        let percent = (affected.ctx.zoom_factor() * 100.0).round() as u32;
        if percent == self.scale_percent_applied {
            self.is_scale_applied = true;
        } else if std::mem::take(&mut self.is_scale_applied) {
            // Not ours, which was in effect before.
            let wanted = Settings {
                scale_percent: SCALE_PERCENT.clamp(percent),
                ..self.settings.clone()
            };
            self.change(affected, &[Setting::Scale], &wanted);
        }
    }

    fn drop_old_rows(&self, affected: &mut Affected<'_>) {
        let Affected { deck, panels, .. } = affected;
        if deck.keep_history(self.settings.history_rows) > 0 {
            panels.main.table.selection.keep_shown(*deck);
        }
    }
}
