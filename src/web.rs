//! The start of the web page: `assets/web/page.js` loads the program, and the program runs this.

use wasm_bindgen::JsValue;
use web_sys::{CustomEvent, CustomEventInit};

/// Tells `page.js` something, as an event of the browser's window.
fn tell_page(event: &str, detail: &str) {
    let init = CustomEventInit::new();
    init.set_detail(&JsValue::from_str(detail));
    if let (Some(window), Ok(event)) = (
        web_sys::window(),
        CustomEvent::new_with_event_init_dict(event, &init),
    ) {
        // Nobody cancels these events.
        let _not_cancelled = window.dispatch_event(&event);
    }
}

/// Starts the program in the page; a panic is shown by the page.
pub(crate) fn start() {
    std::panic::set_hook(Box::new(|panic| {
        tell_page("jobdeck_failed", &panic.to_string());
    }));
    tell_page("jobdeck_started", "");
}
