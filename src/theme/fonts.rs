//! The fonts: three weights of Inter, each a family of its own, and JetBrains Mono.

use std::cell::Cell;
use std::sync::{Arc, LazyLock};

use egui::epaint::text::{FontInsert, FontPriority, InsertFontFamily};
use egui::{Color32, Context, FontData, FontDefinitions, FontFamily, FontId, Ui};

/// A weight of the font. Its name is that of its family and of its data.
struct Weight {
    family: LazyLock<FontFamily>,
    name: &'static str,
    data: &'static [u8],
}

static REGULAR: Weight = Weight {
    family: LazyLock::new(|| FontFamily::Name(REGULAR.name.into())),
    name: "jobdeck regular",
    data: include_bytes!("../../assets/fonts/Inter-Regular.otf"),
};

static MEDIUM: Weight = Weight {
    family: LazyLock::new(|| FontFamily::Name(MEDIUM.name.into())),
    name: "jobdeck medium",
    data: include_bytes!("../../assets/fonts/Inter-Medium.otf"),
};

static SEMIBOLD: Weight = Weight {
    family: LazyLock::new(|| FontFamily::Name(SEMIBOLD.name.into())),
    name: "jobdeck semibold",
    data: include_bytes!("../../assets/fonts/Inter-SemiBold.otf"),
};

static WEIGHTS: [&Weight; 3] = [&REGULAR, &MEDIUM, &SEMIBOLD];

/// For text in columns of characters: logs, links as they are typed.
const MONOSPACE: (&str, &[u8]) = (
    "jobdeck monospace",
    include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf"),
);

/// Which fonts there are to lay out with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Typeface {
    /// The theme's are installed: they are the proportional family too.
    Installed,
    /// The theme's are families beside those of the application.
    Added,
    /// Only those of the application, which has one weight.
    OfHost,
}

thread_local! {
    static IN_USE: Cell<Typeface> = const { Cell::new(Typeface::Installed) };
}

/// The font of regular weight.
#[must_use]
pub fn regular(size: f32) -> FontId {
    let family = match IN_USE.get() {
        Typeface::Installed | Typeface::OfHost => FontFamily::Proportional,
        Typeface::Added => REGULAR.family.clone(),
    };
    FontId::new(size, family)
}

/// The font of medium weight: names, buttons.
#[must_use]
pub fn medium(size: f32) -> FontId {
    heavier(&MEDIUM, size)
}

/// The font of semibold weight: titles, the total.
#[must_use]
pub fn semibold(size: f32) -> FontId {
    heavier(&SEMIBOLD, size)
}

fn heavier(weight: &Weight, size: f32) -> FontId {
    let family = match IN_USE.get() {
        Typeface::Installed | Typeface::Added => weight.family.clone(),
        Typeface::OfHost => FontFamily::Proportional,
    };
    FontId::new(size, family)
}

/// How much wider than that of the theme the font of this size is that is laid out in, at least 1:
/// columns of numbers are as much wider.
#[must_use]
pub fn width_factor(ui: &Ui, size: f32) -> f32 {
    // What stands in such columns.
    const SAMPLE: &str = "0:12 / 1:30, 2.7 / 3.8 MB";
    // That of Inter, in a size of one point.
    const SAMPLE_WIDTH: f32 = 11.8;
    match IN_USE.get() {
        Typeface::Installed | Typeface::Added => 1.0,
        Typeface::OfHost => {
            let font = regular(size);
            let sample = SAMPLE.to_owned();
            let sample = ui
                .painter()
                .layout_no_wrap(sample, font, Color32::PLACEHOLDER);
            let factor = sample.size().x / (SAMPLE_WIDTH * size);
            factor.clamp(1.0, 1.6)
        }
    }
}

/// Inter, then egui's own fonts, where they are built in, for the letters that Inter lacks.
pub(super) fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    for weight in WEIGHTS {
        let data = Arc::new(FontData::from_static(weight.data));
        fonts.font_data.insert(weight.name.to_owned(), data);
    }
    let proportional = fonts.families.get(&FontFamily::Proportional).cloned();
    let fallbacks = proportional.unwrap_or_default();
    for (family, first) in [
        (&FontFamily::Proportional, REGULAR.name),
        (&REGULAR.family, REGULAR.name),
        (&MEDIUM.family, MEDIUM.name),
        (&SEMIBOLD.family, SEMIBOLD.name),
    ] {
        let first = std::iter::once(first.to_owned());
        let names = first.chain(fallbacks.iter().cloned()).collect();
        fonts.families.insert(family.clone(), names);
    }
    let (name, data) = MONOSPACE;
    let data = Arc::new(FontData::from_static(data));
    fonts.font_data.insert(name.to_owned(), data);
    let monospace = fonts.families.entry(FontFamily::Monospace).or_default();
    monospace.insert(0, name.to_owned());
    // What it lacks, Inter has or the fonts behind it.
    monospace.push(REGULAR.name.to_owned());
    monospace.extend(fallbacks);
    fonts
}

/// Adds the fonts of the theme as families of their own, which only this crate uses. The fonts of
/// the application stay as they are.
///
/// Without it the jobs table is laid out in the proportional font of the application.
///
/// ```
/// let ctx = egui::Context::default();
/// jobdeck::view::add_fonts(&ctx);
/// ```
pub fn add_fonts(ctx: &Context) {
    for weight in WEIGHTS {
        ctx.add_font(FontInsert::new(
            weight.name,
            FontData::from_static(weight.data),
            vec![InsertFontFamily {
                family: weight.family.clone(),
                priority: FontPriority::Highest,
            }],
        ));
    }
}

/// Lays out in the fonts of a context on this thread, until it is dropped.
pub(super) struct Scope(Typeface);

impl Scope {
    pub(super) fn enter(ctx: &Context) -> Self {
        Self(IN_USE.replace(typeface_of(ctx)))
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        IN_USE.set(self.0);
    }
}

fn typeface_of(ctx: &Context) -> Typeface {
    let (typeface, completed) = ctx.fonts(|fonts| {
        let fonts = fonts.definitions();
        let is_bound = |weight: &&Weight| fonts.families.contains_key(&*weight.family);
        if !WEIGHTS.iter().all(is_bound) {
            return (Typeface::OfHost, None);
        }
        let proportional = fonts.families.get(&FontFamily::Proportional);
        let first = proportional.and_then(|names| names.first());
        if first.is_some_and(|name| name == REGULAR.name) {
            (Typeface::Installed, None)
        } else {
            (Typeface::Added, completed(fonts))
        }
    });
    if let Some(completed) = completed {
        ctx.set_fonts(completed);
        ctx.request_repaint();
    }
    typeface
}

/// The definitions with the application's fonts behind each weight, for the letters that Inter
/// lacks; `None` if they are there. What an application's fonts are is known only while it paints.
fn completed(fonts: &FontDefinitions) -> Option<FontDefinitions> {
    let fallbacks = fonts.families.get(&FontFamily::Proportional)?;
    let is_complete = |weight: &&Weight| {
        let names = fonts.families.get(&*weight.family);
        names.is_some_and(|names| names.get(1..) == Some(&**fallbacks))
    };
    if WEIGHTS.iter().all(is_complete) {
        return None;
    }
    let mut completed = fonts.clone();
    for weight in WEIGHTS {
        let first = std::iter::once(weight.name.to_owned());
        let names = first.chain(fallbacks.iter().cloned()).collect();
        completed.families.insert(weight.family.clone(), names);
    }
    Some(completed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_the_font_needs() {
        let factor = |typeface, proportional| {
            let ctx = Context::default();
            let mut fonts = definitions();
            let names = fonts.families[proportional].clone();
            fonts.families.insert(FontFamily::Proportional, names);
            ctx.set_fonts(fonts);
            let mut factor = 0.0;
            let output = ctx.run_ui(egui::RawInput::default(), |ui| {
                let before = IN_USE.replace(typeface);
                factor = width_factor(ui, 13.0);
                IN_USE.set(before);
            });
            output.drop_without_applying_deltas();
            factor
        };
        let of_inter = factor(Typeface::OfHost, &REGULAR.family);
        assert!((1.0..1.02).contains(&of_inter), "{of_inter}");
        // Not Hack: egui's own fonts are not there in each build.
        let of_bold = factor(Typeface::OfHost, &SEMIBOLD.family);
        assert!((1.005..1.1).contains(&of_bold), "{of_bold}");
        assert_eq!(factor(Typeface::Added, &SEMIBOLD.family), 1.0);
    }
}
