//! The entry point of the web page: `assets/web/page.js` loads the program, which then runs this.

mod controls;
mod leaving;
mod state;

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use eframe::{WebOptions, WebRunner};
use egui::Context;
use jobdeck::app::{AppOptions, Demo, Desktop, app_in_page, open_page_list};
use jobdeck::demo;
use jobdeck::jobs::Spec;
use jobdeck::options::Settings;
use jobdeck::runtime::running_job;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{
    CustomEvent, CustomEventInit, HtmlCanvasElement, Notification, NotificationOptions,
    NotificationPermission, UrlSearchParams, Window,
};

/// The running window of this page.
struct WebPage {
    runner: WebRunner,
    ctx: Context,
}

thread_local! {
    /// Read by [`state::jobdeck_state`].
    static PAGE: RefCell<Option<WebPage>> = const { RefCell::new(None) };
}

/// Starts the dashboard in the page's canvas. The page shows an error.
pub(crate) fn start() {
    std::panic::set_hook(Box::new(|panic| {
        let guilty = running_job().map_or_else(String::new, |job| format!("In the job «{job}»: "));
        tell_page("jobdeck_failed", &format!("{guilty}{panic}"));
    }));
    wasm_bindgen_futures::spawn_local(async {
        match run().await {
            Ok(()) => tell_page("jobdeck_started", ""),
            Err(error) => {
                let text = error.as_string();
                let text = text.unwrap_or_else(|| format!("{error:?}"));
                tell_page("jobdeck_not_started", &text);
            }
        }
    });
}

async fn run() -> Result<(), JsValue> {
    let window = web_sys::window().ok_or("There is no browser window")?;
    let canvas = window
        .document()
        .and_then(|document| document.get_element_by_id("jobdeck_canvas"))
        .ok_or("The page has no canvas")?
        .dyn_into::<HtmlCanvasElement>()?;
    // Also where it does not run: an address that names no server is said at once.
    let mut specs = demo_specs(&window)?;
    let list = open_page_list().await;
    if !list.is_new() {
        specs.clear();
    }
    let desktop = desktop(&window);
    let demo = Demo::new(move || {
        demo_specs(&window)
            .map(demo::marked)
            .map_err(|error| error.as_string().unwrap_or_else(|| format!("{error:?}")))
    });
    let options = AppOptions {
        specs,
        demo: Some(demo),
        desktop,
        ..AppOptions::default()
    };
    let web_options = WebOptions {
        renderer: eframe::Renderer::Glow,
        ..WebOptions::default()
    };
    let runner = WebRunner::new();
    let created_for = Rc::new(OnceCell::new());
    let ctx = Rc::clone(&created_for);
    let create = Box::new(move |creation: &eframe::CreationContext<'_>| {
        ctx.get_or_init(|| creation.egui_ctx.clone());
        Ok(Box::new(app_in_page(creation, options, list)) as Box<dyn eframe::App>)
    });
    runner.start(canvas, web_options, create).await?;
    let ctx = created_for.get().cloned();
    PAGE.set(ctx.map(|ctx| WebPage { runner, ctx }));
    Ok(())
}

/// The browser's notifications, if the user has already allowed them. The page never asks by
/// itself.
fn desktop(window: &Window) -> Option<Desktop> {
    let exists = js_sys::Reflect::has(window, &JsValue::from_str("Notification"));
    let is_allowed =
        exists == Ok(true) && Notification::permission() == NotificationPermission::Granted;
    is_allowed.then(|| {
        Desktop::new(|text| {
            let options = NotificationOptions::new();
            options.set_body(text);
            if let Err(error) = Notification::new_with_options("jobdeck", &options) {
                log::debug!("the browser shows no notification: {error:?}");
            }
        })
    })
}

/// The demo with the server in the page's address (`?server=http://127.0.0.1:8000`). Without one,
/// jobs that only take time, as their names say.
fn demo_specs(window: &Window) -> Result<Vec<Spec>, JsValue> {
    let options = Settings::default();
    let query = UrlSearchParams::new_with_str(&window.location().search()?)?;
    let Some(server) = query.get("server") else {
        return Ok(demo::timed_specs(&options));
    };
    demo::fetch_specs(&server, &options).map_err(|error| {
        let text = format!(
            "The page's address names a demo server (?server=) that cannot be one. {}. {}",
            error.message, error.hint
        );
        JsValue::from_str(&text)
    })
}

/// Sends an event to `page.js` through the browser's window.
fn tell_page(event: &str, detail: &str) {
    let init = CustomEventInit::new();
    init.set_detail(&JsValue::from_str(detail));
    if let (Some(window), Ok(event)) = (
        web_sys::window(),
        CustomEvent::new_with_event_init_dict(event, &init),
    ) {
        // No listener cancels these events.
        let _not_cancelled = window.dispatch_event(&event);
    }
}
