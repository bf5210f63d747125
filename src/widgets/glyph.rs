//! The signs of a row's state.

use std::f32::consts::TAU;

use egui::{Color32, Pos2, Ui};

use super::icon::Pen;
use crate::status::Glyph;
use crate::theme::Tokens;

/// Paints the sign of a state around `center`, 16 points wide.
pub(crate) fn paint_glyph(ui: &Ui, glyph: Glyph, center: Pos2, color: Color32) {
    let pen = Pen {
        painter: ui.painter(),
        center,
        scale: 1.0,
        color,
    };
    let soft = Tokens::of(ui.style()).soft(color);
    match glyph {
        Glyph::Dashed => {
            const DASHES: u8 = 8;
            for dash in 0..DASHES {
                let from = f32::from(dash) * TAU / f32::from(DASHES);
                pen.arc((8.0, 8.0), 6.8, from, from + TAU / f32::from(DASHES) * 0.55);
            }
        }
        Glyph::Clock => {
            pen.ring(6.8);
            pen.line(&[(8.0, 4.2), (8.0, 8.2), (10.6, 9.8)]);
        }
        Glyph::Dot => {
            pen.ring(6.8);
            pen.disc(2.6, color);
        }
        Glyph::ArrowDown => {
            pen.ring(6.8);
            pen.line(&[(8.0, 4.6), (8.0, 11.0)]);
            pen.line(&[(5.4, 8.5), (8.0, 11.1), (10.6, 8.5)]);
        }
        Glyph::Bars => {
            pen.ring(6.8);
            pen.line(&[(6.3, 5.4), (6.3, 10.6)]);
            pen.line(&[(9.7, 5.4), (9.7, 10.6)]);
        }
        Glyph::Slashed => {
            pen.ring(6.8);
            pen.line(&[(3.4, 12.6), (12.6, 3.4)]);
        }
        Glyph::Tick => {
            pen.disc(7.0, soft);
            pen.line(&[(5.2, 8.2), (7.2, 10.1), (10.9, 6.0)]);
        }
        Glyph::Warning => {
            let corners = [(8.0, 1.8), (14.6, 13.6), (1.4, 13.6)];
            pen.line(&[corners[0], corners[1], corners[2], corners[0]]);
            pen.line(&[(8.0, 6.2), (8.0, 9.4)]);
            pen.line(&[(8.0, 11.4), (8.0, 11.5)]);
        }
        Glyph::Cross => {
            pen.disc(7.0, soft);
            pen.line(&[(5.9, 5.9), (10.1, 10.1)]);
            pen.line(&[(10.1, 5.9), (5.9, 10.1)]);
        }
    }
}
