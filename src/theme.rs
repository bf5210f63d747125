//! Every colour, size and font by name, in a dark and a light form; nothing else in the crate names
//! a colour.
//!
//! [`install`] gives a context both forms and the fonts; widgets and panels paint with
//! [`Tokens::of`]. One accent; state colours only on signs, bars and failure text; hairlines
//! instead of boxes; no shadow on the main screen.

use std::sync::Arc;

use egui::style::{Selection, WidgetVisuals, Widgets};
use egui::{
    Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke,
    TextStyle, vec2,
};

use crate::status::Tone;

/// Height of the toolbar, in points, as are all sizes here.
pub const TOOLBAR_HEIGHT: f32 = 48.0;
/// Height of the strip of filter chips.
pub const CHIPS_HEIGHT: f32 = 40.0;
/// Height of the strip about a lost network.
pub const NETWORK_BAR_HEIGHT: f32 = 28.0;
/// Height of the strip about rows of an earlier process.
pub const START_BAR_HEIGHT: f32 = 32.0;
/// Height of the table's header.
pub const HEADER_HEIGHT: f32 = 28.0;
/// Height of a row of the table: two lines of text.
pub const ROW_HEIGHT: f32 = 44.0;
/// Width of a row's buttons, at the right.
pub const ROW_BUTTONS_WIDTH: f32 = 72.0;
/// Height of the status bar.
pub const STATUS_HEIGHT: f32 = 30.0;
/// Height of buttons and fields.
pub const CONTROL_HEIGHT: f32 = 28.0;
/// The margin at the sides of a panel.
pub const PANEL_MARGIN: i8 = 12;

/// Corner radius of buttons and fields.
pub const RADIUS: u8 = 6;
/// Corner radius of bars and boxes.
pub const RADIUS_SMALL: u8 = 3;
/// Corner radius of chips.
pub const RADIUS_CHIP: u8 = 12;

/// Corner radius of sheets.
pub const RADIUS_SHEET: u8 = 10;

/// Width of the strokes of icons.
pub const ICON_STROKE: f32 = 1.5;
/// Width of dividing lines.
pub const HAIRLINE: f32 = 1.0;

/// Size of body text.
pub const TEXT_BODY: f32 = 13.0;
/// Size of second lines, headers and the status bar.
pub const TEXT_SMALL: f32 = 12.0;
/// Size of the title of a sheet or of the inspector.
pub const TEXT_TITLE: f32 = 15.0;
/// Size of the one sentence on an empty screen.
pub const TEXT_LARGE: f32 = 20.0;

/// The colours of one form of the theme.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The colours of the form that is in use where `style` comes from.
    #[must_use]
    pub fn of(style: &egui::Style) -> &'static Self {
        if style.visuals.dark_mode {
            &DARK
        } else {
            &LIGHT
        }
    }

    /// The colour of a state.
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

/// The family of regular weight.
#[must_use]
pub fn regular(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// The family of medium weight: names, buttons.
#[must_use]
pub fn medium(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(MEDIUM.into()))
}

/// The family of semibold weight: titles, the total.
#[must_use]
pub fn semibold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(SEMIBOLD.into()))
}

const REGULAR: &str = "regular";
const MEDIUM: &str = "medium";
const SEMIBOLD: &str = "semibold";

/// Inter, then egui's own fonts for the letters that Inter lacks.
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    for (name, data) in [
        (
            REGULAR,
            include_bytes!("../assets/fonts/Inter-Regular.otf").as_slice(),
        ),
        (MEDIUM, include_bytes!("../assets/fonts/Inter-Medium.otf")),
        (
            SEMIBOLD,
            include_bytes!("../assets/fonts/Inter-SemiBold.otf"),
        ),
    ] {
        fonts
            .font_data
            .insert(name.to_owned(), Arc::new(FontData::from_static(data)));
    }
    let fallbacks = fonts
        .families
        .get(&FontFamily::Proportional)
        .cloned()
        .unwrap_or_default();
    for (family, first) in [
        (FontFamily::Proportional, REGULAR),
        (FontFamily::Name(REGULAR.into()), REGULAR),
        (FontFamily::Name(MEDIUM.into()), MEDIUM),
        (FontFamily::Name(SEMIBOLD.into()), SEMIBOLD),
    ] {
        let names = [first.to_owned()]
            .into_iter()
            .chain(fallbacks.iter().cloned())
            .collect();
        fonts.families.insert(family, names);
    }
    // Without egui's own fonts monospaced text is at least shown.
    fonts
        .families
        .entry(FontFamily::Monospace)
        .or_default()
        .push(REGULAR.to_owned());
    fonts
}

/// Gives a context the fonts and both forms of the style. The context still chooses which form is
/// shown.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    ctx.set_style_of(egui::Theme::Dark, style(egui::Theme::Dark, &DARK));
    ctx.set_style_of(egui::Theme::Light, style(egui::Theme::Light, &LIGHT));
}

fn style(theme: egui::Theme, tokens: &Tokens) -> egui::Style {
    let mut style = theme.default_style();
    style.text_styles = [
        (TextStyle::Small, regular(TEXT_SMALL)),
        (TextStyle::Body, regular(TEXT_BODY)),
        (TextStyle::Button, regular(TEXT_BODY)),
        (TextStyle::Heading, semibold(TEXT_TITLE)),
        (
            TextStyle::Monospace,
            FontId::new(TEXT_SMALL, FontFamily::Monospace),
        ),
    ]
    .into();

    style.spacing.item_spacing = vec2(8.0, 8.0);
    style.spacing.button_padding = vec2(10.0, 4.0);
    style.spacing.interact_size = vec2(CONTROL_HEIGHT, CONTROL_HEIGHT);
    style.spacing.window_margin = Margin::same(20);
    style.spacing.menu_margin = Margin::symmetric(8, 5);
    style.spacing.tooltip_width = 420.0;
    style.spacing.icon_width = 14.0;
    style.spacing.icon_spacing = 8.0;

    let visuals = &mut style.visuals;
    visuals.widgets = widgets(tokens);
    visuals.selection = Selection {
        bg_fill: tokens.accent.gamma_multiply(0.35),
        stroke: Stroke::new(HAIRLINE, tokens.text),
    };
    visuals.weak_text_color = Some(tokens.muted);
    visuals.hyperlink_color = tokens.accent;
    visuals.warn_fg_color = tokens.waiting;
    visuals.error_fg_color = tokens.failed;
    visuals.panel_fill = tokens.bg;
    visuals.faint_bg_color = tokens.hover;
    visuals.extreme_bg_color = tokens.bg;
    visuals.code_bg_color = tokens.raised;
    visuals.window_fill = tokens.panel;
    visuals.window_stroke = Stroke::new(HAIRLINE, tokens.line);
    visuals.window_corner_radius = CornerRadius::same(RADIUS_SHEET);
    visuals.menu_corner_radius = CornerRadius::same(RADIUS);
    visuals.window_shadow = egui::Shadow::NONE;
    // A blinking caret would need repaints.
    visuals.text_cursor.blink = false;
    visuals.text_cursor.stroke = Stroke::new(ICON_STROKE, tokens.accent);
    visuals.disabled_alpha = 1.0;
    style
}

fn widgets(tokens: &Tokens) -> Widgets {
    let line = Stroke::new(HAIRLINE, tokens.line);
    let base = WidgetVisuals {
        bg_fill: tokens.raised,
        weak_bg_fill: tokens.raised,
        bg_stroke: line,
        corner_radius: CornerRadius::same(RADIUS),
        fg_stroke: Stroke::new(HAIRLINE, tokens.text),
        expansion: 0.0,
    };
    Widgets {
        noninteractive: WidgetVisuals {
            bg_fill: tokens.panel,
            weak_bg_fill: tokens.panel,
            ..base
        },
        inactive: base,
        hovered: WidgetVisuals {
            bg_fill: tokens.hover,
            weak_bg_fill: tokens.hover,
            bg_stroke: Stroke::new(HAIRLINE, tokens.faint),
            ..base
        },
        active: WidgetVisuals {
            bg_fill: tokens.selection,
            weak_bg_fill: tokens.selection,
            bg_stroke: Stroke::new(HAIRLINE, tokens.accent),
            ..base
        },
        open: WidgetVisuals {
            bg_fill: tokens.hover,
            weak_bg_fill: tokens.hover,
            ..base
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The relative luminance of WCAG 2.2.
    fn luminance(color: Color32) -> f64 {
        let [red, green, blue, _] = color.to_array().map(|channel| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.04045 {
                channel / 12.92
            } else {
                ((channel + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(one: Color32, other: Color32) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn everything_that_says_something_can_be_read() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 0.01);
        for tokens in [&DARK, &LIGHT] {
            let grounds = [
                tokens.bg,
                tokens.panel,
                tokens.raised,
                tokens.hover,
                tokens.selection,
            ];
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
                    let contrast = contrast(color, ground);
                    assert!(contrast >= 4.5, "{color:?} on {ground:?}: {contrast:.2}");
                }
            }
            assert!(contrast(tokens.on_accent, tokens.accent) >= 4.5);
        }
    }

    #[test]
    fn digits_are_of_equal_width_in_every_weight() {
        let ctx = egui::Context::default();
        install(&ctx);
        let output = ctx.run_ui(egui::RawInput::default(), |ui| {
            for font in [regular(TEXT_BODY), medium(TEXT_BODY), semibold(TEXT_BODY)] {
                let widths: Vec<f32> = ('0'..='9')
                    .map(|digit| ui.fonts_mut(|fonts| fonts.glyph_width(&font, digit)))
                    .collect();
                assert!(
                    widths.iter().all(|width| (width - widths[0]).abs() < 0.01),
                    "{font:?}: {widths:?}"
                );
            }
        });
        output.drop_without_applying_deltas();
    }

    /// Where the fonts come from that have every letter is the system's business; without them a
    /// name is still seen.
    #[test]
    fn a_letter_that_no_font_has_is_a_box_and_not_blank() {
        let ctx = egui::Context::default();
        install(&ctx);
        let monospace = FontId::monospace(TEXT_SMALL);
        let output = ctx.run_ui(egui::RawInput::default(), |ui| {
            let families = [regular(TEXT_BODY), medium(TEXT_BODY), semibold(TEXT_BODY)];
            for font in families.into_iter().chain([monospace.clone()]) {
                let text = "\u{6587}\u{4ef6}\u{1f980}\u{639}".to_owned();
                let ink = Color32::WHITE;
                let galley = ui.painter().layout_no_wrap(text, font.clone(), ink);
                for glyph in galley.rows.iter().flat_map(|row| &row.glyphs) {
                    let size = glyph.uv_rect.size;
                    assert!(size.x > 3.0 && size.y > 3.0, "{font:?}: {glyph:?}");
                }
            }
        });
        output.drop_without_applying_deltas();
    }

    #[test]
    fn both_forms_are_installed() {
        let ctx = egui::Context::default();
        install(&ctx);
        for (theme, tokens) in [(egui::Theme::Dark, &DARK), (egui::Theme::Light, &LIGHT)] {
            let style = ctx.style_of(theme);
            assert_eq!(Tokens::of(&style), tokens);
            assert_eq!(style.visuals.panel_fill, tokens.bg);
            assert_eq!(style.visuals.window_shadow, egui::Shadow::NONE);
        }
    }
}
