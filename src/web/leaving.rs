//! Whether the page can be left.

use jobdeck::app::{SharedApp, is_page_adding};
use wasm_bindgen::prelude::wasm_bindgen;

use super::PAGE;

/// Whether links that were added would be lost if the page were left now: `page.js` then lets the
/// browser ask first.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm-bindgen exports public functions only")]
pub fn jobdeck_is_adding() -> bool {
    PAGE.with_borrow(|page| {
        let app = page.as_ref()?.runner.app_mut::<SharedApp>()?;
        app.look(is_page_adding)
    })
    .unwrap_or(false)
}
