//! Bars of progress.

use egui::{Color32, CornerRadius, Painter, Rect, vec2};

use crate::theme::{self, Tokens};

/// What a bar shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum BarValue {
    /// From 0 to 1.
    Known(f32),
    /// Of unknown length: a part of the bar that moves on with each beat.
    Unknown {
        /// Counts up while it moves.
        beat: u64,
    },
}

/// How many positions the moving part has before it starts over.
const STEPS: u8 = 16;
/// The length of the moving part, as a share of the bar.
const MOVING_PART: f32 = 0.35;

/// Paints a bar of progress into `rect`.
pub(crate) fn paint_bar(
    painter: &Painter,
    rect: Rect,
    value: BarValue,
    color: Color32,
    tokens: &Tokens,
) {
    let radius = CornerRadius::same(theme::RADIUS_SMALL);
    painter.rect_filled(rect, radius, tokens.track);
    let filled = match value {
        BarValue::Known(fraction) => {
            let fraction = fraction.clamp(0.0, 1.0);
            if fraction <= 0.0 {
                return;
            }
            // Never narrower than it is high, so that its ends stay round.
            Rect::from_min_size(
                rect.min,
                vec2((rect.width() * fraction).max(rect.height()), rect.height()),
            )
        }
        BarValue::Unknown { beat } => {
            let step = u8::try_from(beat % u64::from(STEPS)).unwrap_or(0);
            let left = rect.width() * (1.0 - MOVING_PART) * f32::from(step) / f32::from(STEPS - 1);
            Rect::from_min_size(
                rect.min + vec2(left, 0.0),
                vec2(rect.width() * MOVING_PART, rect.height()),
            )
        }
    };
    painter.rect_filled(filled, radius, color);
}
