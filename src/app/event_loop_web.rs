//! The browser's event loop. Between its frames the jobs are ticked by messages that the page sends
//! to itself.
//!
//! A hidden page gets no frames, and its timers come once a second. Messages still arrive at once,
//! and so do responses of servers.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use egui::Context;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::{MessageChannel, MessagePort};
use web_time::Instant;

use super::app_options::AppOptions;
use super::dashboard::App;
use super::persistence::{ListFigures, PageList, Persistence};
use super::shared::{SharedApp, WeakApp};
use crate::runtime::Host;

/// What ticks the jobs of this page.
struct PageLoop {
    app: WeakApp,
    ctx: Context,
    /// A message into it comes out of the port that `_receiver` belongs to.
    sender: MessagePort,
    _receiver: (MessagePort, Closure<dyn FnMut()>),
    timer: Option<i32>,
    on_timer: Closure<dyn FnMut()>,
}

thread_local! {
    static PAGE_LOOP: RefCell<Option<PageLoop>> = const { RefCell::new(None) };
    static LONGEST_TICK: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Drives a runtime from the page: a wake is a message to the page itself.
#[derive(Debug)]
struct PageHost;

impl Host for PageHost {
    fn wake(&self) {
        // Not a promise: those that follow each other would let neither a frame nor an input in
        // between.
        PAGE_LOOP.with_borrow(|page| {
            if let Some(page) = page
                && let Err(error) = page.sender.post_message(&JsValue::NULL)
            {
                log::error!("the page cannot send itself a message: {error:?}");
            }
        });
    }

    fn wake_later(&self) {
        self.wake();
    }

    fn wake_after(&self, delay: Duration) {
        PAGE_LOOP.with_borrow_mut(|page| {
            if let Some(page) = page {
                page.set_timer(delay);
            }
        });
    }
}

impl PageLoop {
    fn new(app: WeakApp, ctx: Context) -> Result<Self, JsValue> {
        let channel = MessageChannel::new()?;
        let on_message = Closure::<dyn FnMut()>::new(tick);
        let receiver = channel.port1();
        // This also opens the port.
        receiver.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Ok(Self {
            app,
            ctx,
            sender: channel.port2(),
            _receiver: (receiver, on_message),
            timer: None,
            on_timer: Closure::new(tick),
        })
    }

    /// In the place of the one before.
    fn set_timer(&mut self, delay: Duration) {
        let Some(window) = web_sys::window() else {
            return;
        };
        if let Some(timer) = self.timer.take() {
            window.clear_timeout_with_handle(timer);
        }
        // Rounded up, for a tick that comes too early finds nothing; and one that is years away is
        // set again when the longest that a browser can wait is over.
        let millis = i32::try_from(delay.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
        let on_timer = self.on_timer.as_ref().unchecked_ref();
        let set = window.set_timeout_with_callback_and_timeout_and_arguments_0(on_timer, millis);
        match set {
            Ok(timer) => self.timer = Some(timer),
            Err(error) => log::error!("the page has no timers: {error:?}"),
        }
    }
}

/// What the last frame cost the page. The browser paints it elsewhere.
pub(super) fn cost_of_last(frame: &eframe::Frame) -> Option<Duration> {
    let secs = frame.info().cpu_usage?;
    Duration::try_from_secs_f32(secs).ok()
}

fn tick() {
    let page = PAGE_LOOP.with_borrow(|page| {
        let page = page.as_ref()?;
        Some((page.app.clone(), page.ctx.clone()))
    });
    if let Some((app, ctx)) = page {
        let begun = Instant::now();
        // It is out of reach once it has panicked.
        let _gone = app.with(|app| app.tick_between_frames(&ctx));
        LONGEST_TICK.set(LONGEST_TICK.get().max(begun.elapsed()));
    }
}

/// Whether this page would lose links that were added, if it were left now.
#[must_use]
pub fn is_page_adding(app: &App) -> bool {
    let (list, deck) = (app.persistence.figures(), app.deck());
    let is_adding = deck.bulk.adding().is_some() || deck.journal.has_unlisted();
    list.is_kept && (is_adding || list.has_unstored)
}

/// What a page did, in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageFigures {
    /// What it did with its list.
    pub list: ListFigures,
    /// How many rows a single tick added at most.
    pub most_added: usize,
    /// How many rows a single tick handed over to be stored at most.
    pub most_recorded: usize,
    /// The longest tick between two frames.
    pub longest_tick: Duration,
    /// The longest frame, without the first few and without the painting.
    pub longest_frame: Duration,
}

/// What this page did so far.
#[must_use]
pub fn page_figures(app: &App) -> PageFigures {
    PageFigures {
        list: app.persistence.figures(),
        most_added: app.deck().bulk.most_added(),
        most_recorded: app.deck().journal.most_taken(),
        longest_tick: LONGEST_TICK.get(),
        longest_frame: app
            .frame_times()
            .map(|times| times.longest)
            .unwrap_or_default(),
    }
}

/// Opens the list of this page, before there is a window.
pub async fn open_page_list() -> PageList {
    PageList::open(Arc::new(|| PageHost.wake())).await
}

/// The dashboard of a page over its list, with what was saved of the last one. Its jobs go on
/// between its frames, also while the page is hidden.
#[must_use]
pub fn app_in_page(
    creation: &eframe::CreationContext<'_>,
    options: AppOptions,
    list: PageList,
) -> SharedApp {
    let (ctx, storage) = (&creation.egui_ctx, creation.storage);
    let host: Arc<dyn Host> = Arc::new(PageHost);
    let persistence = Persistence::of(list);
    let app = SharedApp::new(App::over(ctx, storage, options, host, persistence));
    match PageLoop::new(app.downgrade(), ctx.clone()) {
        Ok(page) => PAGE_LOOP.set(Some(page)),
        Err(error) => log::error!("the page has no messages to itself: {error:?}"),
    }
    // Wakes from before the window opened had no app to tick.
    PageHost.wake();
    app
}
