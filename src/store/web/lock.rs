//! Which tab of the page has the list: one at a time, by the browser's Web Locks.
//!
//! A tab that wants the list asks the one that has it, which stores what it has and gives it up. If
//! that does not answer, the lock is taken from it.

use js_sys::{Function, Promise};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, BroadcastChannel};

use super::database::NAME;
use super::request::object;

/// For how long a lock is waited for that may be of this very tab before it was reloaded.
const RELOADED_WITHIN_MS: u32 = 800;
/// For how long another tab may take to give the list up.
const GIVEN_UP_WITHIN_MS: u32 = 4_000;
/// What a tab says that wants the list.
const WANTED: &str = "wanted";

#[wasm_bindgen]
extern "C" {
    type PageNavigator;
    #[wasm_bindgen(method, getter)]
    fn locks(this: &PageNavigator) -> Option<PageLocks>;

    /// `LockManager`, which `web-sys` counts among what may still change.
    type PageLocks;
    #[wasm_bindgen(method, catch)]
    fn request(
        this: &PageLocks,
        name: &str,
        options: &JsValue,
        callback: &Function,
    ) -> Result<Promise, JsValue>;
}

/// The lock of the list, held by this tab.
#[derive(Debug)]
pub(super) struct ListLock {
    release: Function,
    /// Rejected when another tab takes the lock.
    held: Promise,
}

/// Why there is no lock.
#[derive(Debug)]
pub(super) enum NoLock {
    /// The browser gives this page none: it is not in a secure context.
    Unsupported,
    /// Another tab has it.
    Held,
}

impl ListLock {
    /// Takes the lock unless another tab has it.
    pub(super) async fn take() -> Result<Self, NoLock> {
        let locks = locks().ok_or(NoLock::Unsupported)?;
        let free = [("ifAvailable", JsValue::TRUE)];
        if let Some(lock) = request(&locks, free).await {
            return Ok(lock);
        }
        // A page that is reloaded may be quicker than the end of the one before.
        let soon = [(
            "signal",
            AbortSignal::timeout_with_u32(RELOADED_WITHIN_MS).into(),
        )];
        request(&locks, soon).await.ok_or(NoLock::Held)
    }

    /// Takes the lock from whichever tab has it.
    pub(super) async fn demand() -> Result<Self, NoLock> {
        let locks = locks().ok_or(NoLock::Unsupported)?;
        if let Ok(channel) = BroadcastChannel::new(NAME) {
            // Without an answer the lock is taken anyway.
            let _ = channel.post_message(&WANTED.into());
            channel.close();
        }
        let soon = [(
            "signal",
            AbortSignal::timeout_with_u32(GIVEN_UP_WITHIN_MS).into(),
        )];
        if let Some(lock) = request(&locks, soon).await {
            return Ok(lock);
        }
        let steal = [("steal", JsValue::TRUE)];
        request(&locks, steal).await.ok_or(NoLock::Held)
    }

    /// Waits until it is released, or another tab has taken it: true then.
    pub(super) async fn is_stolen(held: Promise) -> bool {
        JsFuture::from(held).await.is_err()
    }

    /// What [`is_stolen`](Self::is_stolen) waits for.
    pub(super) fn held(&self) -> Promise {
        self.held.clone()
    }

    /// Gives it up.
    pub(super) fn release(self) {
        // It is a function of the browser, which throws nothing.
        let _ = self.release.call0(&JsValue::NULL);
    }
}

fn locks() -> Option<PageLocks> {
    let navigator = web_sys::window()?.navigator();
    let navigator: PageNavigator = JsValue::from(navigator).unchecked_into();
    navigator.locks()
}

/// None if the lock was not granted.
async fn request<const N: usize>(
    locks: &PageLocks,
    options: [(&str, JsValue); N],
) -> Option<ListLock> {
    let (released, release) = promise()?;
    let (granted, grant) = promise()?;
    // The lock is held while the promise that is returned is not settled.
    let on_granted = Closure::once_into_js(move |lock: JsValue| {
        let is_granted = !lock.is_null();
        // Likewise a function of the browser.
        let _ = grant.call1(&JsValue::NULL, &is_granted.into());
        if is_granted {
            JsValue::from(released)
        } else {
            JsValue::UNDEFINED
        }
    });
    let options = object(options).ok()?;
    let held = locks.request(NAME, &options, on_granted.unchecked_ref());
    let held = held.ok()?;
    let either = Promise::race(&js_sys::Array::of2(&granted, &held));
    let is_granted = JsFuture::from(either)
        .await
        .is_ok_and(|granted| granted == true);
    is_granted.then_some(ListLock { release, held })
}

/// A promise, and what resolves it; the browser always gives both.
fn promise() -> Option<(Promise, Function)> {
    let mut resolve = None;
    let promise = Promise::new(&mut |given, _| resolve = Some(given));
    Some((promise, resolve?))
}

/// Hears of other tabs that want the list. Dropping it ends that.
#[derive(Debug)]
pub(super) struct Wanted {
    channel: BroadcastChannel,
    _on_message: Closure<dyn FnMut()>,
}

impl Wanted {
    /// Calls this when another tab wants the list.
    pub(super) fn listen(on_wanted: impl FnMut() + 'static) -> Result<Self, JsValue> {
        let channel = BroadcastChannel::new(NAME)?;
        let on_message = Closure::<dyn FnMut()>::new(on_wanted);
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Ok(Self {
            channel,
            _on_message: on_message,
        })
    }
}

impl Drop for Wanted {
    fn drop(&mut self) {
        self.channel.close();
    }
}
