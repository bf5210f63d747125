//! The fonts of the system, for letters that the fonts of the program lack.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use egui::{Context, FallbackRequest, FontInsert, FontProvider};
use egui_system_font_provider::SystemFontProvider;

/// Lets a context look for letters in the fonts of the system.
pub(super) fn install(ctx: &Context) {
    let fonts = Forgiving::new(SystemFontProvider::new());
    ctx.add_font_provider(Arc::new(fonts));
}

/// Catches the provider's panic: [`SystemFontProvider`] panics on a system without a single font.
/// Letters are then shown as boxes.
struct Forgiving<P> {
    provider: P,
    is_broken: AtomicBool,
}

impl<P> Forgiving<P> {
    fn new(provider: P) -> Self {
        Self {
            provider,
            is_broken: AtomicBool::new(false),
        }
    }
}

impl<P: FontProvider> FontProvider for Forgiving<P> {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        if self.is_broken.load(Ordering::Relaxed) {
            return None;
        }
        // After a panic it is not called again, so its state does not matter.
        let found = catch_unwind(AssertUnwindSafe(|| self.provider.font_for(request)));
        found.unwrap_or_else(|_| {
            self.is_broken.store(true, Ordering::Relaxed);
            log::warn!("the fonts of the system cannot be read: some letters are shown as boxes");
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn a_system_without_fonts_is_asked_once() {
        let asked = AtomicUsize::new(0);
        let fonts = Forgiving::new(|_: &FallbackRequest<'_>| -> Option<FontInsert> {
            asked.fetch_add(1, Ordering::Relaxed);
            panic!("deliberate: no match")
        });
        let family = egui::FontFamily::Proportional;
        for cluster in ["\u{6587}", "\u{4ef6}"] {
            let request = FallbackRequest {
                cluster,
                family: &family,
            };
            assert!(fonts.font_for(&request).is_none());
        }
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
}
