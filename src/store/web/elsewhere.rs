//! The list in another tab.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::database::{Database, refusal};
use super::lock::{ListLock, NoLock};
use super::shared::Shared;
use super::writer::Writer;
use crate::deck::Change;

/// The list is in another tab. What is added here waits in memory, until the list is used here.
pub struct Elsewhere {
    shared: Rc<Shared>,
    /// What happens when the list is to be used here, or why that failed.
    progress: Rc<RefCell<Option<String>>>,
}

impl Elsewhere {
    /// `wake` is called when there is something new to ask for.
    pub(super) fn new(wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self {
            shared: Rc::new(Shared::new(wake)),
            progress: Rc::default(),
        }
    }

    /// Takes changes over, for the case that the list will be used here.
    pub fn submit(&self, changes: Vec<Change>) {
        self.shared.pending.borrow_mut().submit(changes);
    }

    /// What happens since [`use_here`](Self::use_here), or why that failed.
    #[must_use]
    pub fn progress(&self) -> Option<String> {
        self.progress.borrow().clone()
    }

    /// Takes the list from the other tab, puts the rows of this one behind its own, and reloads the
    /// page, which then has it.
    pub fn use_here(&self) {
        let says = "Taking the list from the other tab…";
        if self.progress.replace(Some(says.to_owned())).as_deref() == Some(says) {
            return;
        }
        let (shared, progress) = (self.shared.clone(), self.progress.clone());
        spawn_local(async move {
            if let Err(problem) = take(shared.clone()).await {
                progress.replace(Some(problem));
                shared.wake();
            }
        });
    }
}

impl fmt::Debug for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Elsewhere").finish_non_exhaustive()
    }
}

async fn take(shared: Rc<Shared>) -> Result<(), String> {
    let lock = ListLock::demand().await.map_err(|error| match error {
        NoLock::Unsupported => "The browser gives this page no locks.".to_owned(),
        NoLock::Held => "Another tab keeps the list. Try again.".to_owned(),
    })?;
    let taken = append(shared).await;
    if taken.is_ok()
        && let Some(window) = web_sys::window()
    {
        // The page that comes takes the lock again; until then no tab asks for it.
        let reloaded = window.location().reload();
        return reloaded.map_err(|error| refusal(&error));
    }
    lock.release();
    taken.map_err(|error| refusal(&error))
}

async fn append(shared: Rc<Shared>) -> Result<(), JsValue> {
    let database = Database::open().await?;
    let maxima = database.own().await?;
    let (last_id, last_end) = (maxima.last_id, maxima.last_end);
    shared.pending.borrow_mut().renumber(last_id, last_end);
    Writer::new(database, shared, maxima).write_all().await
}
