//! Opens the window natively, and says what is missing when it cannot.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use eframe::{CreationContext, NativeOptions};
use egui::{ViewportBuilder, vec2};
use winit::event_loop::EventLoop;

use super::app_options::AppOptions;
use super::dashboard::App;
use super::event_loop::{LoopHost, Opened, WindowLoop};
use super::persistence::Persistence;
use super::shared::SharedApp;
use super::window_place::window_place;
use super::{last_error, system_fonts};
use crate::runtime::Host;

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WindowError {
    /// Nothing to show it on.
    #[error("There is no display to open a window on: neither DISPLAY nor WAYLAND_DISPLAY is set")]
    NoDisplay,
    /// A library of the system is missing.
    #[error("A system library that a window needs is missing: {detail}")]
    MissingLibrary {
        /// What was looked for, as far as it is known.
        detail: String,
    },
    /// The window system refused.
    #[error("The window could not be opened")]
    Refused(#[source] eframe::Error),
    /// There is no window, or no OpenGL to paint it with.
    #[error("The window could not be opened: {reason}")]
    NoOpenGl {
        /// What exactly was refused, as far as it is known.
        reason: String,
    },
}

impl WindowError {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoDisplay => "Without a display, `jobdeck run` does the same in the terminal",
            Self::MissingLibrary { .. } => {
                "Install libxkbcommon-x11-0, libxcursor1, libxi6, libxrandr2 and libgl1 (Debian's names), \
                 or use `jobdeck run` in the terminal"
            }
            Self::Refused(_) | Self::NoOpenGl { .. } => {
                "Look for a working OpenGL 2 driver, or use `jobdeck run` in the terminal"
            }
        }
    }
}

const SIZE: [f32; 2] = [1280.0, 800.0];
const LEAST_SIZE: [f32; 2] = [480.0, 320.0];

/// Opens the window and returns when it is closed.
///
/// # Errors
/// Where no window can be opened: without a display, without the libraries it needs, without
/// OpenGL.
pub fn open_window(options: AppOptions) -> Result<(), WindowError> {
    if !has_display() {
        return Err(WindowError::NoDisplay);
    }
    let mut viewport = ViewportBuilder::default()
        .with_title("jobdeck")
        .with_app_id("jobdeck")
        .with_inner_size(vec2(SIZE[0], SIZE[1]))
        .with_min_inner_size(vec2(LEAST_SIZE[0], LEAST_SIZE[1]));
    match eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")) {
        Ok(icon) => viewport = viewport.with_icon(icon),
        Err(error) => log::warn!("the window's icon cannot be read: {error}"),
    }
    let native = NativeOptions {
        viewport,
        // Explicit, because a test build enables the other renderer too, and the default would
        // change.
        renderer: eframe::Renderer::Glow,
        // Our own provider does not panic on a system without fonts.
        system_font_fallback: false,
        // Kept with the list, and in points that the scale of the settings does not change.
        persist_window: false,
        ..NativeOptions::default()
    };
    // A dependency panics if a library is missing.
    match catch_unwind(AssertUnwindSafe(|| run(native, options))) {
        Ok(end) => end,
        Err(panic) => match library_missing(panic.as_ref()) {
            Some(detail) => Err(WindowError::MissingLibrary { detail }),
            None => std::panic::resume_unwind(panic),
        },
    }
}

/// Runs the window's event loop to its end.
fn run(mut native: NativeOptions, options: AppOptions) -> Result<(), WindowError> {
    last_error::keep();
    let refused = |error| WindowError::Refused(eframe::Error::WinitEventLoop(error));
    let event_loop = EventLoop::with_user_event().build().map_err(refused)?;
    let host = LoopHost::new(event_loop.create_proxy());
    let opened = Opened::default();
    let (its_host, its_opened) = (host.clone(), opened.clone());
    let its_dyn_host: Arc<dyn Host> = its_host.clone();
    let persistence = Persistence::open(options.state_folder.as_deref(), &its_dyn_host);
    let place = persistence.storage().and_then(window_place);
    if let Some(place) = place {
        let size = place.size.max(vec2(LEAST_SIZE[0], LEAST_SIZE[1]));
        let viewport = native.viewport.with_inner_size(size);
        native.viewport = viewport
            .with_position(place.position)
            .with_maximized(place.is_maximized);
    }
    let create = move |creation: &CreationContext<'_>| {
        let ctx = &creation.egui_ctx;
        system_fonts::install(ctx);
        let app = SharedApp::new(App::over(
            ctx,
            creation.storage,
            options,
            its_host,
            persistence,
        ));
        its_opened.get_or_init(|| (app.downgrade(), ctx.clone()));
        Ok(Box::new(app) as Box<dyn eframe::App>)
    };
    let eframe = eframe::create_native("jobdeck", native, Box::new(create), &event_loop);
    let mut window_loop = WindowLoop::new(eframe, host, opened.clone());
    event_loop.run_app(&mut window_loop).map_err(refused)?;
    // The loop ends as after a closed window, but eframe creates the app only once it can paint.
    if opened.get().is_some() {
        return Ok(());
    }
    let reason = last_error::reason();
    let reason = reason.unwrap_or_else(|| "there is no OpenGL to paint it with".to_owned());
    Err(WindowError::NoOpenGl { reason })
}

fn has_display() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let by_variable = cfg!(all(unix, not(target_os = "macos")));
    !by_variable
        || ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"]
            .into_iter()
            .any(is_set)
}

/// The message of a panic that is about a library that could not be loaded.
fn library_missing(panic: &(dyn std::any::Any + Send)) -> Option<String> {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&'static str>().copied())?;
    let is_about_library = text.contains("could not be loaded") || text.contains(".so");
    is_about_library.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_about_a_library_is_told_apart() {
        let missing: Box<dyn std::any::Any + Send> =
            Box::new("Library libxkbcommon-x11.so could not be loaded.".to_owned());
        assert!(
            library_missing(missing.as_ref())
                .unwrap()
                .contains("libxkbcommon-x11")
        );
        let other: Box<dyn std::any::Any + Send> = Box::new("index out of bounds");
        assert_eq!(library_missing(other.as_ref()), None);
    }
}
