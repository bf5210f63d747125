//! Reading the rows of an earlier page, a slice in each transaction.

use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::database::{ACTIVITY, Database, Maxima, ORDER, ROWS, SECRETS};
use super::request::{completed, name_and_text, natural, number};
use super::row_value::{RawRow, order_range};
use super::shared::Shared;
use crate::deck::restore::StoredRows;
use crate::deck::{ActivityEntry, RowRecord};
use crate::format;
use crate::status::RowId;
use crate::store::listed::Listed;

/// How many rows a transaction reads.
const ROWS_AT_ONCE: usize = 100;
/// How many rows are read ahead.
const ROWS_AHEAD: usize = 300;

/// What comes of the earlier page, in the order of the variants.
#[derive(Debug)]
pub enum RestoringItem {
    /// What is known of all rows that will come: once.
    Stored(StoredRows),
    /// A row: those that had not ended by rank, then those that had, the last one first.
    Row(Box<RowRecord>, Listed),
    /// The activity, the oldest first: once.
    Activity(Vec<ActivityEntry>),
    /// There is no more: once. What could not be read is in [`Store::notes`](super::Store::notes).
    End,
}

/// What was read and not taken yet.
enum RawItem {
    Stored(StoredRows),
    Row(RawRow),
    Activity(Vec<ActivityEntry>),
    End,
}

#[derive(Default)]
struct Queue {
    items: VecDeque<RawItem>,
    reader: Option<Waker>,
}

/// Rows that are being read. Dropping it ends the reading.
pub struct Restoring {
    queue: Rc<RefCell<Queue>>,
    shared: Rc<Shared>,
    unreadable: u64,
}

impl Restoring {
    pub(super) fn begin(database: Database, shared: Rc<Shared>, maxima: Maxima) -> Self {
        let queue = Rc::<RefCell<Queue>>::default();
        let reader = Reader {
            database,
            shared: shared.clone(),
            maxima,
            queue: Rc::downgrade(&queue),
        };
        spawn_local(reader.run());
        Self {
            queue,
            shared,
            unreadable: 0,
        }
    }

    /// What was read meanwhile, if anything was. The store's `wake` is called when there is more.
    #[must_use]
    pub fn try_next(&mut self) -> Option<RestoringItem> {
        loop {
            let (item, reader) = {
                let mut queue = self.queue.borrow_mut();
                let item = queue.items.pop_front();
                let is_low = queue.items.len() < ROWS_AHEAD;
                (item, queue.reader.take_if(|_| is_low))
            };
            if let Some(reader) = reader {
                reader.wake();
            }
            match item? {
                RawItem::Stored(stored) => return Some(RestoringItem::Stored(stored)),
                RawItem::Row(row) => match row.parse() {
                    Some((record, listed)) => {
                        return Some(RestoringItem::Row(Box::new(record), listed));
                    }
                    None => self.unreadable += 1,
                },
                RawItem::Activity(entries) => return Some(RestoringItem::Activity(entries)),
                RawItem::End => {
                    if self.unreadable > 0 {
                        let count = format::count(self.unreadable, "job", "jobs");
                        self.shared.add_note(format!(
                            "{count} of the list cannot be read by this version. They are kept."
                        ));
                    }
                    return Some(RestoringItem::End);
                }
            }
        }
    }
}

impl fmt::Debug for Restoring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Restoring").finish_non_exhaustive()
    }
}

struct Reader {
    database: Database,
    shared: Rc<Shared>,
    /// As they were at the start: what was added since is no row of an earlier page.
    maxima: Maxima,
    queue: Weak<RefCell<Queue>>,
}

/// Why reading ended early.
enum Stop {
    /// Nothing takes the rows any more.
    Unwanted,
    Failed(JsValue),
}

impl From<JsValue> for Stop {
    fn from(error: JsValue) -> Self {
        Self::Failed(error)
    }
}

impl Reader {
    async fn run(self) {
        if let Err(Stop::Failed(error)) = self.read().await {
            let (_, text) = name_and_text(&error);
            let note = format!("The list cannot be read to its end: {text}.");
            self.shared.add_note(note);
        }
        // Unwanted or not, it is the last.
        let _ = self.send([RawItem::End]);
    }

    fn send(&self, items: impl IntoIterator<Item = RawItem>) -> Result<(), Stop> {
        let queue = self.queue.upgrade().ok_or(Stop::Unwanted)?;
        queue.borrow_mut().items.extend(items);
        self.shared.wake();
        Ok(())
    }

    /// Waits until there is room for more rows.
    async fn room(&self) {
        std::future::poll_fn(|task| match self.queue.upgrade() {
            Some(queue) if queue.borrow().items.len() >= ROWS_AHEAD => {
                queue.borrow_mut().reader = Some(task.waker().clone());
                Poll::Pending
            }
            _ => Poll::Ready(()),
        })
        .await;
    }

    async fn read(&self) -> Result<(), Stop> {
        let (plan, with_secrets) = self.plan().await?;
        let mut ids = plan.clone();
        ids.sort_unstable();
        self.send([RawItem::Stored(StoredRows {
            last_id: self.maxima.last_id,
            last_end: self.maxima.last_end,
            ids,
        })])?;
        for ids in plan.chunks(ROWS_AT_ONCE) {
            self.room().await;
            let rows = self.rows(ids, &with_secrets).await?;
            self.send(rows.into_iter().map(RawItem::Row))?;
        }
        let activity = self.activity().await?;
        self.send([RawItem::Activity(activity)])
    }

    /// The ids of the rows in the order in which they are restored, and those of rows with secrets.
    async fn plan(&self) -> Result<(Vec<RowId>, HashSet<u64>), JsValue> {
        let transaction = self.database.read()?;
        let index = transaction.object_store(ROWS)?.index(ORDER)?;
        let keys_of =
            |listed, has_ended| index.get_all_keys_with_key(&order_range(listed, Some(has_ended))?);
        let requests = [
            (keys_of(Listed::Shown, false)?, false),
            (keys_of(Listed::Removed, false)?, false),
            (keys_of(Listed::Shown, true)?, true),
            (keys_of(Listed::Removed, true)?, true),
        ];
        let secrets = transaction.object_store(SECRETS)?.get_all_keys()?;
        completed(&transaction).await?;
        let mut plan = Vec::new();
        for (request, is_reversed) in requests {
            let keys: Array = request.result()?.into();
            let begin = plan.len();
            let ids = keys.iter().map(|key| natural(&key));
            plan.extend(ids.filter(|id| *id <= self.maxima.last_id).map(RowId));
            if is_reversed {
                plan[begin..].reverse();
            }
        }
        let secrets: Array = secrets.result()?.into();
        let with_secrets = secrets.iter().map(|key| natural(&key)).collect();
        Ok((plan, with_secrets))
    }

    async fn rows(
        &self,
        ids: &[RowId],
        with_secrets: &HashSet<u64>,
    ) -> Result<Vec<RawRow>, JsValue> {
        let transaction = self.database.read()?;
        let rows = transaction.object_store(ROWS)?;
        let secrets = transaction.object_store(SECRETS)?;
        let mut requests = Vec::with_capacity(ids.len());
        for id in ids {
            let key = number(id.0);
            let secret = with_secrets.contains(&id.0).then(|| secrets.get(&key));
            requests.push((*id, rows.get(&key)?, secret.transpose()?));
        }
        completed(&transaction).await?;
        let mut raw = Vec::with_capacity(ids.len());
        for (id, row, secret) in requests {
            let value = row.result()?;
            let secrets = secret.map(|secret| secret.result()).transpose()?;
            // It may have been removed meanwhile.
            if !value.is_undefined() {
                raw.push(RawRow {
                    id,
                    value,
                    secrets: secrets.unwrap_or_default(),
                });
            }
        }
        Ok(raw)
    }

    /// The activity, the oldest first. What cannot be read is left out.
    async fn activity(&self) -> Result<Vec<ActivityEntry>, JsValue> {
        let transaction = self.database.read()?;
        let request = transaction.object_store(ACTIVITY)?.get_all()?;
        completed(&transaction).await?;
        let entries: Array = request.result()?.into();
        let parsed = entries.iter().filter_map(|entry| {
            let text = entry.as_string()?;
            serde_json::from_str(&text).ok()
        });
        Ok(parsed.collect())
    }
}
