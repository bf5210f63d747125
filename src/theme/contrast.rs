//! How well a colour is read on another one.

use egui::Color32;

/// What text needs, by WCAG 2.2.
pub(super) const READABLE: f32 = 4.5;

/// The relative luminance of WCAG 2.2.
pub(super) fn luminance(color: Color32) -> f32 {
    let [red, green, blue, _] = color.to_array().map(|channel| {
        let channel = f32::from(channel) / 255.0;
        if channel <= 0.04045 {
            channel / 12.92
        } else {
            ((channel + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// The contrast of two luminances, from 1 to 21.
pub(super) fn contrast(one: f32, other: f32) -> f32 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The colour, or what is next to it on the way to `end` and can be read on all of these grounds.
pub(super) fn readable(color: Color32, grounds: &[f32], end: Color32) -> Color32 {
    const STEPS: u8 = 10;
    let color = color.to_opaque();
    let mixed = (0..STEPS).map(|step| {
        let share = f32::from(step) / f32::from(STEPS);
        color.lerp_to_gamma(end, share)
    });
    let is_readable = |color: &Color32| {
        let luminance = luminance(*color);
        let mut grounds = grounds.iter();
        grounds.all(|ground| contrast(luminance, *ground) >= READABLE)
    };
    mixed.into_iter().find(is_readable).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrasts_are_those_of_the_standard() {
        let between = |one, other| contrast(luminance(one), luminance(other));
        assert!((between(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 0.01);
        assert!((between(Color32::from_gray(118), Color32::WHITE) - 4.54).abs() < 0.01);
    }

    #[test]
    fn a_colour_changes_only_as_far_as_it_must() {
        let white = [luminance(Color32::WHITE)];
        let dark = Color32::from_rgb(20, 60, 120);
        assert_eq!(readable(dark, &white, Color32::BLACK), dark);
        let yellow = readable(Color32::YELLOW, &white, Color32::BLACK);
        assert!(contrast(luminance(yellow), white[0]) >= READABLE);
        assert!(yellow.r() > 80 && yellow.b() == 0, "{yellow:?}");
    }
}
