//! The colours by name.

use std::cell::Cell;

use egui::{Color32, Ui, Visuals};

use super::contrast::{contrast, luminance, readable};
use crate::status::Tone;

/// The colours of the table, by what they are for. The theme of the dashboard has two sets of them,
/// one for a dark window and one for a light one.
///
/// ```
/// use jobdeck::view::Tokens;
///
/// let mut tokens = Tokens::from_visuals(&egui::Visuals::light());
/// tokens.accent = egui::Color32::from_rgb(0, 110, 90);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tokens {
    /// The window.
    pub bg: Color32,
    /// Toolbar, inspector, status bar.
    pub panel: Color32,
    /// Buttons, and row buttons under the pointer.
    pub raised: Color32,
    /// Hairlines and borders of fields.
    pub line: Color32,
    /// Behind bars.
    pub track: Color32,
    /// A row under the pointer.
    pub hover: Color32,
    /// A selected row.
    pub selection: Color32,
    /// Text.
    pub text: Color32,
    /// Second lines, headers.
    pub muted: Color32,
    /// Only for what carries no information: `–`, hints, disabled controls.
    pub faint: Color32,
    /// The primary button, selection, transfers.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Done.
    pub good: Color32,
    /// Waits.
    pub waiting: Color32,
    /// Failed.
    pub failed: Color32,
    /// Queued, cancelled, bars of what is paused.
    pub off: Color32,
    /// Over the main screen while a sheet is open.
    pub backdrop: Color32,
}

const fn hex(rgb: u32) -> Color32 {
    let [_, red, green, blue] = rgb.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

/// Light on dark.
pub static DARK: Tokens = Tokens {
    bg: hex(0x0010_1318),
    panel: hex(0x0015_1920),
    raised: hex(0x001c_222b),
    line: hex(0x0025_2c37),
    track: hex(0x0023_2a35),
    hover: hex(0x001a_2029),
    selection: hex(0x001a_2c48),
    text: hex(0x00d7_dde6),
    muted: hex(0x0096_a0ae),
    faint: hex(0x005b_6573),
    accent: hex(0x006a_a6ff),
    on_accent: hex(0x0010_1318),
    good: hex(0x0043_bf85),
    waiting: hex(0x00e0_a83a),
    failed: hex(0x00f2_7d7d),
    off: hex(0x0094_9eac),
    backdrop: Color32::from_black_alpha(120),
};

/// Dark on light.
pub static LIGHT: Tokens = Tokens {
    bg: hex(0x00f6_f7f9),
    panel: hex(0x00ff_ffff),
    raised: hex(0x00ff_ffff),
    line: hex(0x00df_e3e9),
    track: hex(0x00e6_eaf0),
    hover: hex(0x00ee_f2f7),
    selection: hex(0x00e2_ecfd),
    text: hex(0x001d_2530),
    muted: hex(0x0055_6170),
    faint: hex(0x008d_97a4),
    accent: hex(0x001a_60cc),
    on_accent: hex(0x00ff_ffff),
    good: hex(0x000f_6b46),
    waiting: hex(0x0085_5800),
    failed: hex(0x00b9_2b27),
    off: hex(0x005a_6473),
    backdrop: Color32::from_black_alpha(70),
};

impl Tokens {
    /// The colours to paint with where `style` comes from.
    #[must_use]
    pub fn of(style: &egui::Style) -> Self {
        let chosen = IN_USE.get();
        chosen.unwrap_or_else(|| Self::from_visuals(&style.visuals))
    }

    /// Colours that go with these visuals. Where the theme is installed they are its own; elsewhere
    /// each comes from what egui has for the same purpose:
    ///
    /// | colour | from |
    /// |---|---|
    /// | `bg` | `panel_fill` |
    /// | `text` | `override_text_color`, without it the text of a button (`widgets.inactive`) |
    /// | `muted` | `weak_text_color()` where the text is overridden, else `text_color()` |
    /// | `accent` | `hyperlink_color` |
    /// | `selection` | 35 % of `selection.bg_fill` on `bg` |
    /// | `line` | the stroke of `widgets.noninteractive`; without one, as below |
    /// | `waiting`, `failed` | `warn_fg_color`, `error_fg_color` |
    /// | `panel`, `hover`, `raised`, `track`, `line`, `faint`, `off` | `text` on `bg`: 3, 6, 10, 14, 15, 50 and 65 % |
    /// | `good`, `backdrop` | the theme's, dark or light as `bg` is |
    /// | `on_accent` | `bg` |
    ///
    /// What is read (`text`, `muted`, `accent`, `on_accent`, `good`, `waiting`, `failed`, `off`) is
    /// moved towards white on a dark ground, or towards black, as far as it takes to be readable on
    /// `bg`, `panel`, `hover` and `selection`: 4.5 : 1, as WCAG 2.2 asks for (1.4.3).
    #[must_use]
    pub fn from_visuals(visuals: &Visuals) -> Self {
        Self::on_ground(visuals, visuals.panel_fill)
    }

    /// The same on what is painted behind a user interface: it may be in a window.
    #[must_use]
    pub fn behind(ui: &Ui) -> Self {
        let ground = ui.stack().bg_color();
        let fill = ui.visuals().panel_fill;
        Self::on_ground(ui.visuals(), if ground.is_opaque() { ground } else { fill })
    }

    fn on_ground(visuals: &Visuals, ground: Color32) -> Self {
        let is_installed = |theme: &&Self| {
            visuals.hyperlink_color == theme.accent
                && visuals.window_fill == theme.panel
                && visuals.faint_bg_color == theme.hover
        };
        if let Some(theme) = [&DARK, &LIGHT].into_iter().find(is_installed) {
            return *theme;
        }
        let bg = ground.to_opaque();
        let is_dark = contrast(luminance(bg), 1.0) > contrast(luminance(bg), 0.0);
        let (end, theme) = if is_dark {
            (Color32::WHITE, &DARK)
        } else {
            (Color32::BLACK, &LIGHT)
        };
        let mix = |color: Color32, share| bg.lerp_to_gamma(bg.blend(color), share);
        let text = visuals.override_text_color;
        let (text, muted) = match text {
            Some(text) => (text, visuals.weak_text_color()),
            // Rows are not less than buttons.
            None => (visuals.widgets.inactive.text_color(), visuals.text_color()),
        };
        let (panel, hover) = (mix(text, 0.03), mix(text, 0.06));
        let selection = mix(visuals.selection.bg_fill, 0.35);
        let grounds = [bg, panel, hover, selection].map(luminance);
        let ink = |color| readable(bg.blend(color), &grounds, end);
        let accent = ink(visuals.hyperlink_color);
        let line = visuals.widgets.noninteractive.bg_stroke.color;
        Self {
            bg,
            panel,
            raised: mix(text, 0.1),
            line: if line.a() == 0 { mix(text, 0.15) } else { line },
            track: mix(text, 0.14),
            hover,
            selection,
            text: ink(text),
            muted: ink(muted),
            faint: mix(text, 0.5),
            accent,
            on_accent: readable(bg, &[luminance(accent)], bg),
            good: ink(theme.good),
            waiting: ink(visuals.warn_fg_color),
            failed: ink(visuals.error_fg_color),
            off: ink(mix(text, 0.65)),
            backdrop: theme.backdrop,
        }
    }

    /// The colour of a state.
    #[doc(hidden)]
    #[must_use]
    pub fn tone(&self, tone: Tone) -> Color32 {
        match tone {
            Tone::Off => self.off,
            Tone::Waiting | Tone::Doubt => self.waiting,
            Tone::Accent => self.accent,
            Tone::Text => self.text,
            Tone::Good => self.good,
            Tone::Failed => self.failed,
        }
    }

    /// A state colour with little opacity, as the ground of a sign in that colour.
    #[must_use]
    pub fn soft(&self, color: Color32) -> Color32 {
        color.gamma_multiply(0.2)
    }
}

thread_local! {
    /// What an embedded part paints with. Its popups and tooltips begin with the style of the
    /// context, so that neither a style nor an argument of the part itself reaches them.
    static IN_USE: Cell<Option<Tokens>> = const { Cell::new(None) };
}

/// Makes [`Tokens::of`] give chosen colours on this thread, until it is dropped.
pub(super) struct Scope(Option<Tokens>);

impl Scope {
    pub(super) fn enter(tokens: Tokens) -> Self {
        Self(IN_USE.replace(Some(tokens)))
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        IN_USE.set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::contrast::READABLE;

    #[test]
    fn everything_that_says_something_can_be_read() {
        let mut paper = Visuals::light();
        paper.panel_fill = Color32::from_rgb(0xf6, 0xee, 0xdc);
        paper.override_text_color = Some(Color32::from_rgb(0x3a, 0x2e, 0x22));
        paper.hyperlink_color = Color32::from_rgb(0xd0, 0x60, 0x20);
        let mut night = Visuals::dark();
        night.panel_fill = Color32::BLACK;
        night.selection.bg_fill = Color32::from_rgb(0xff, 0xd0, 0x00);
        let hosts = [Visuals::dark(), Visuals::light(), paper, night];
        let hosts = hosts.map(|visuals| Tokens::from_visuals(&visuals));
        for tokens in [&DARK, &LIGHT].into_iter().chain(&hosts) {
            let mut grounds = vec![tokens.bg, tokens.panel, tokens.hover, tokens.selection];
            if !hosts.contains(tokens) {
                grounds.push(tokens.raised);
            }
            let mut colors = vec![tokens.text, tokens.muted];
            let tones = [
                Tone::Off,
                Tone::Waiting,
                Tone::Accent,
                Tone::Text,
                Tone::Good,
                Tone::Doubt,
                Tone::Failed,
            ];
            colors.extend(tones.map(|tone| tokens.tone(tone)));
            for ground in grounds {
                for &color in &colors {
                    let contrast = contrast(luminance(color), luminance(ground));
                    assert!(
                        contrast >= READABLE,
                        "{color:?} on {ground:?}: {contrast:.2}"
                    );
                }
            }
            let on_accent = contrast(luminance(tokens.on_accent), luminance(tokens.accent));
            assert!(on_accent >= READABLE, "{tokens:?}");
        }
    }

    #[test]
    fn chosen_colours_end_with_their_scope() {
        let style = egui::Style::default();
        let usual = Tokens::of(&style);
        {
            let _scope = Scope::enter(LIGHT);
            assert_eq!(Tokens::of(&style), LIGHT);
            let inner = Scope::enter(DARK);
            assert_eq!(Tokens::of(&style), DARK);
            drop(inner);
            assert_eq!(Tokens::of(&style), LIGHT);
        }
        assert_eq!(Tokens::of(&style), usual);
    }
}
