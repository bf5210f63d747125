//! Settings in effect: a change reaches everything it concerns at once, and is written down soon.

use std::path::{Path, PathBuf};

use egui::{Context, Theme, ThemePreference};

use super::files::FileEvent;
use super::{App, persist::Kept};
use crate::deck::Limits;
use crate::jobs::{FetchSpec, Spec};
use crate::links::Link;
use crate::options::{Options, SCALE_PERCENT, Setting, Settings, ThemeChoice};
use crate::view::AddDefaults;

impl App {
    /// The settings in effect.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How downloads are made now: the settings, and what only the call of the program said.
    pub(super) fn job_options(&self) -> Settings {
        Settings {
            certificates: self.certificates.clone(),
            ..self.settings.clone()
        }
    }

    /// What the Add sheet suggests now.
    pub(super) fn add_defaults(&self) -> AddDefaults {
        AddDefaults {
            options: self.job_options().for_more(),
            ..self.call.clone()
        }
    }

    /// Takes over what was kept, and over that what the call of the program said, and puts all settings into effect.
    /// Once, at the start.
    pub(super) fn begin_with(&mut self, ctx: &Context, kept: Kept, call: &Options) {
        self.settings.apply(&kept.options);
        self.settings.apply(call);
        if let Some(path) = self.settings.certificates_file.clone() {
            self.files.read_certificates(self.deck.runtime(), path);
        }
        self.kept = kept;
        self.put_into_effect(ctx);
    }

    /// Changes these settings because somebody said so; they are kept.
    pub(super) fn change_settings(&mut self, ctx: &Context, which: &[Setting], wanted: &Settings) {
        let options_before = self.job_options();
        for &setting in which {
            if setting == Setting::Certificates {
                self.files.forget_certificates();
                if let Some(path) = wanted.certificates_file.clone() {
                    // In effect when they are read, and only if they can be.
                    self.files.read_certificates(self.deck.runtime(), path);
                    continue;
                }
                self.certificates = None;
            }
            self.settings.take(setting, wanted);
            self.kept.change(setting, wanted);
        }
        self.deck.follow(&options_before, &self.job_options());
        self.put_into_effect(ctx);
    }

    fn put_into_effect(&mut self, ctx: &Context) {
        self.deck.set_limits(Limits::of(&self.settings));
        let theme = match self.settings.theme {
            ThemeChoice::System => ThemePreference::System,
            ThemeChoice::Dark => ThemePreference::Dark,
            ThemeChoice::Light => ThemePreference::Light,
        };
        ctx.set_theme(theme);
        self.scale_percent_applied = self.settings.scale_percent;
        ctx.set_zoom_factor(self.settings.scale_percent as f32 / 100.0);
        let defaults = self.add_defaults();
        self.add_sheet.set_defaults(&defaults);
        self.drop_old_rows();
    }

    /// From the theme that is shown to the other one.
    pub(super) fn switch_theme(&mut self, ctx: &Context) {
        let theme = match ctx.theme() {
            Theme::Dark => ThemeChoice::Light,
            Theme::Light => ThemeChoice::Dark,
        };
        let wanted = Settings {
            theme,
            ..self.settings.clone()
        };
        self.change_settings(ctx, &[Setting::Theme], &wanted);
    }

    /// What settings need each frame, whether or not anything is shown.
    pub(super) fn settings_phase(&mut self, ctx: &Context) {
        self.drop_old_rows();
        self.note_scale(ctx);
        for event in self.files.take_events() {
            match event {
                FileEvent::Chosen(setting, path) => self.take_chosen(ctx, setting, path),
                FileEvent::NoDialog => {
                    self.say_problem("No file dialog here: type the path".to_owned());
                }
                FileEvent::Read(path, Ok(certificates)) => {
                    let options_before = self.job_options();
                    self.certificates = Some(certificates);
                    let is_new = self.settings.certificates_file.as_ref() != Some(&path);
                    self.settings.certificates_file = Some(path);
                    if is_new {
                        self.kept.change(Setting::Certificates, &self.settings);
                    }
                    self.settings_sheet.accept(Setting::Certificates);
                    self.deck.follow(&options_before, &self.job_options());
                    self.put_into_effect(ctx);
                }
                FileEvent::Read(path, Err(error)) => {
                    log::warn!("certificates: {}", error.message);
                    let text = path.display().to_string();
                    let why = format!("{}. {}", error.message, error.hint);
                    self.settings_sheet.refuse(Setting::Certificates, text, why);
                }
            }
        }
        if !self.files.is_reading() {
            self.begin_downloads();
        }
    }

    fn take_chosen(&mut self, ctx: &Context, setting: Setting, path: PathBuf) {
        let mut wanted = self.settings.clone();
        match setting {
            Setting::Folder => wanted.folder = Some(path),
            Setting::Certificates => wanted.certificates_file = Some(path),
            _ => return,
        }
        self.settings_sheet.accept(setting);
        self.change_settings(ctx, &[setting], &wanted);
        ctx.request_repaint();
    }

    /// Opens the system's dialog for a setting that is a path.
    pub(super) fn choose_path(&mut self, setting: Setting) {
        let from = match setting {
            Setting::Folder => self
                .settings
                .folder
                .as_deref()
                .or(self.call.folder.as_deref()),
            _ => {
                let file = self.settings.certificates_file.as_deref();
                file.and_then(Path::parent)
            }
        };
        self.files.choose(self.deck.runtime(), setting, from);
    }

    /// Takes over a scale that was changed with the keyboard.
    fn note_scale(&mut self, ctx: &Context) {
        let percent = (ctx.zoom_factor() * 100.0).round() as u32;
        if percent == self.scale_percent_applied {
            self.scale_seen = true;
        } else if std::mem::take(&mut self.scale_seen) {
            // Not ours: ours was seen before.
            let wanted = Settings {
                scale_percent: SCALE_PERCENT.clamp(percent),
                ..self.settings.clone()
            };
            self.change_settings(ctx, &[Setting::Scale], &wanted);
        }
    }

    fn drop_old_rows(&mut self) {
        if self.deck.keep_history(self.settings.history_rows) > 0 {
            self.main.table.selection.keep_shown(&self.deck);
        }
    }

    /// Adds the downloads that the call of the program named, once it is known how they are made.
    fn begin_downloads(&mut self) {
        let links = std::mem::take(&mut self.links);
        if links.is_empty() {
            return;
        }
        let options = self.job_options();
        let mut random = options.random();
        let folder = self.call.folder.clone();
        let spec = move |link: Link| {
            Spec::Fetch(FetchSpec::of_link(
                link,
                &options,
                folder.clone(),
                &mut random,
            ))
        };
        self.deck.add_from(links.into_iter().map(spec), false);
    }
}
