//! Requests and transactions of IndexedDB as futures.
//!
//! A transaction ends by itself once nothing of it is under way. What is awaited within one must
//! therefore be a request of its own: its future goes on before the browser looks at the
//! transaction again.

use std::time::Duration;

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomException, IdbRequest, IdbTransaction};

/// The result of a request.
pub(super) async fn result_of(request: &IdbRequest) -> Result<JsValue, JsValue> {
    let settled = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    match JsFuture::from(settled).await {
        Ok(_) => request.result(),
        Err(_) => Err(request.error()?.into()),
    }
}

/// The end of a transaction: what it wrote is in the database.
pub(super) async fn completed(transaction: &IdbTransaction) -> Result<(), JsValue> {
    let settled = Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    });
    match JsFuture::from(settled).await {
        Ok(_) => Ok(()),
        Err(_) => Err(transaction.error().into()),
    }
}

/// An object with these properties.
pub(super) fn object<const N: usize>(properties: [(&str, JsValue); N]) -> Result<Object, JsValue> {
    let object = Object::new();
    for (name, value) in properties {
        Reflect::set(&object, &name.into(), &value)?;
    }
    Ok(object)
}

/// A property; `undefined` if there is none.
pub(super) fn property(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or_default()
}

/// A number that is never negative; 0 if it is none.
pub(super) fn natural(value: &JsValue) -> u64 {
    // Larger ones than a page can count are cut off by the conversion.
    value.as_f64().map_or(0, |number| number as u64)
}

/// An id, rank or count as the browser has it: exact up to 2^53.
pub(super) fn number(number: u64) -> JsValue {
    JsValue::from_f64(number as f64)
}

/// Waits.
pub(super) async fn sleep(time: Duration) {
    let millis = i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
    let elapsed = Promise::new(&mut |resolve, _| {
        let window = web_sys::window();
        let set = window.map(|window| {
            window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis)
        });
        if !matches!(set, Some(Ok(_))) {
            // A page without timers is about to end.
            log::error!("the page has no timers");
        }
    });
    // It is never rejected.
    let _elapsed = JsFuture::from(elapsed).await;
}

/// The name of an error of the browser, and its text.
pub(super) fn name_and_text(error: &JsValue) -> (String, String) {
    if let Some(exception) = error.dyn_ref::<DomException>() {
        return (exception.name(), exception.message());
    }
    let text = error.as_string().unwrap_or_else(|| format!("{error:?}"));
    (String::new(), text)
}
