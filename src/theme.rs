//! Every colour, size and font by name, in a dark and a light form; nothing else in the crate names
//! a colour.
//!
//! [`install`] gives a context both forms and the fonts; widgets and panels paint with
//! [`Tokens::of`]. In another application [`embedded`] gives them its colours and fonts instead.
//! One accent; state colours only on signs, bars and failure text; hairlines instead of boxes; no
//! shadow on the main screen.

mod contrast;
mod fonts;
mod tokens;

use egui::style::{Selection, WidgetVisuals, Widgets};
use egui::{CornerRadius, FontFamily, FontId, Margin, Stroke, TextStyle, Ui, vec2};

pub use fonts::{add_fonts, medium, regular, semibold, width_factor};
pub use tokens::{DARK, LIGHT, Tokens};

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

/// Gives a context the fonts and both forms of the style. The context still chooses which form is
/// shown.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts::definitions());
    ctx.set_style_of(egui::Theme::Dark, style(egui::Theme::Dark, &DARK));
    ctx.set_style_of(egui::Theme::Light, style(egui::Theme::Light, &LIGHT));
}

/// Lays out inside another application, whose fonts and style may be its own: with these colours,
/// and in the fonts that its context has.
pub fn embedded<R>(ui: &mut Ui, tokens: Tokens, add_contents: impl FnOnce(&mut Ui) -> R) -> R {
    let _tokens = tokens::Scope::enter(tokens);
    let _typeface = fonts::Scope::enter(ui.ctx());
    add_contents(ui)
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
    use egui::Color32;

    use super::*;

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
            assert_eq!(Tokens::of(&style), *tokens);
            assert_eq!(style.visuals.panel_fill, tokens.bg);
            assert_eq!(style.visuals.window_shadow, egui::Shadow::NONE);
        }
    }
}
