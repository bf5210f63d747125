//! Writes what changed, a slice in each transaction.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;
use web_sys::{IdbKeyRange, IdbRequest, IdbTransaction};
use web_time::Instant;

use super::database::{ACTIVITY, Database, META, Maxima, ORDER, ROWS, SECRETS, problem};
use super::request::{completed, natural, number, property, result_of, sleep};
use super::row_value::{RowColumns, order_range};
use super::shared::{Hold, Shared};
use crate::deck::limits::ACTIVITY_KEPT;
use crate::format;
use crate::status::RowId;
use crate::store::listed::Listed;

/// How many rows a transaction writes.
const ROWS_AT_ONCE: usize = 200;
/// How long a slice is made, or handed to the browser, without a break: a frame has room for it.
const MADE_FOR: Duration = Duration::from_millis(4);
/// How long after a failure it is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(3);
/// How many rows of the history are removed in one transaction.
const PRUNED_AT_ONCE: u32 = 200;

/// Writes the changes of one page.
pub(super) struct Writer {
    database: Database,
    shared: Rc<Shared>,
    maxima: Maxima,
    columns: RowColumns,
    /// Rows that are not on the list, as far as they are known.
    off_list: HashMap<RowId, Listed>,
    /// The key of the latest entry of the activity.
    last_activity: u64,
}

/// What one transaction writes.
#[derive(Default)]
struct Slice {
    rows: Vec<(RowId, Written)>,
    activity: Vec<String>,
    clears_activity: bool,
    maxima: Maxima,
    /// Every batch up to this one is stored then.
    batch: u64,
}

/// What is written of a row.
enum Written {
    Row {
        value: Object,
        secrets: Option<Object>,
    },
    Listed(Listed),
    Removed,
}

/// Why a slice is not written.
enum Unwritten {
    /// Another tab has the list.
    Lost,
    Failed(JsValue),
}

impl From<JsValue> for Unwritten {
    fn from(error: JsValue) -> Self {
        Self::Failed(error)
    }
}

/// The writer's turn within a transaction. The browser copies each value when it gets it, which
/// takes longer than to make it.
struct Turn<'a> {
    shared: &'a Shared,
    begun: Instant,
}

impl<'a> Turn<'a> {
    fn begin(shared: &'a Shared) -> Self {
        Self {
            shared,
            begun: Instant::now(),
        }
    }

    /// Lets the page have its turn if this one has taken long enough. Meanwhile the last request of
    /// the transaction keeps it open.
    async fn pass(&mut self, last: &IdbRequest) -> Result<(), JsValue> {
        if self.begun.elapsed() < MADE_FOR {
            return Ok(());
        }
        self.end();
        result_of(last).await?;
        self.begun = Instant::now();
        Ok(())
    }

    fn end(&self) {
        self.shared.note_busy(self.begun.elapsed());
    }
}

impl Writer {
    pub(super) fn new(database: Database, shared: Rc<Shared>, maxima: Maxima) -> Self {
        Self {
            database,
            shared,
            maxima,
            columns: RowColumns::new(),
            off_list: HashMap::new(),
            last_activity: 0,
        }
    }

    /// Writes until the list is given up or lost.
    pub(super) async fn run(mut self) {
        while self.find_off_list().await.is_err() {
            sleep(RETRY_AFTER).await;
        }
        loop {
            self.shared.work().await;
            let is_closing = match self.shared.hold.get() {
                Hold::Lost => break,
                Hold::Closing => true,
                Hold::Held | Hold::Wanted => false,
            };
            if self.shared.pending.borrow().is_empty() {
                if is_closing {
                    break;
                }
                self.prune().await;
            } else {
                let slice = self.make_slice();
                if !self.write_until_done(&slice, is_closing).await {
                    break;
                }
            }
        }
        self.database.close();
        self.shared.hold.set(Hold::Lost);
        self.shared.settle(u64::MAX);
        self.shared.wake();
    }

    /// Writes all that waits, once, before there is a page that shows it.
    pub(super) async fn write_all(mut self) -> Result<(), JsValue> {
        while !self.shared.pending.borrow().is_empty() {
            let slice = self.make_slice();
            match self.write(&slice).await {
                Ok(()) => {}
                Err(Unwritten::Failed(error)) => return Err(error),
                Err(Unwritten::Lost) => return Err("another tab has taken the list".into()),
            }
        }
        Ok(())
    }

    /// Finds the rows that were removed and may come back.
    async fn find_off_list(&mut self) -> Result<(), JsValue> {
        let transaction = self.database.read()?;
        let index = transaction.object_store(ROWS)?.index(ORDER)?;
        let request = index.get_all_keys_with_key(&order_range(Listed::Removed, None)?)?;
        let keys: Array = result_of(&request).await?.into();
        for id in keys.iter() {
            self.off_list.insert(RowId(natural(&id)), Listed::Removed);
        }
        Ok(())
    }

    /// True once it is written; false if the list is lost.
    async fn write_until_done(&mut self, slice: &Slice, is_closing: bool) -> bool {
        loop {
            match self.write(slice).await {
                Ok(()) => {
                    self.shared.set_problem(None);
                    self.shared.settle(slice.batch);
                    return true;
                }
                Err(Unwritten::Lost) => {
                    self.shared.set_hold(Hold::Lost);
                    return false;
                }
                Err(Unwritten::Failed(error)) => {
                    log::warn!("the list cannot be saved: {error:?}");
                    self.shared.set_problem(Some(problem(&error)));
                    let submitted = self.shared.pending.borrow().submitted();
                    self.shared.settle(submitted);
                    if is_closing {
                        return false;
                    }
                }
            }
            // What is added meanwhile waits for nothing.
            sleep(RETRY_AFTER).await;
            let submitted = self.shared.pending.borrow().submitted();
            self.shared.settle(submitted);
            if self.shared.hold.get() == Hold::Lost {
                return false;
            }
            // The browser may have closed it. If it cannot be opened either, the next try says why.
            let _ = self.database.reopen().await;
        }
    }

    /// Takes as much of what waits as one transaction writes.
    fn make_slice(&mut self) -> Slice {
        let begun = Instant::now();
        let mut slice = Slice::default();
        let mut pending = self.shared.pending.borrow_mut();
        let activity = pending.take_activity();
        slice.clears_activity = activity.is_cleared;
        for entry in &activity.entries {
            slice.activity.extend(serde_json::to_string(entry));
        }
        while slice.rows.len() < ROWS_AT_ONCE && begun.elapsed() < MADE_FOR {
            let Some((id, change)) = pending.next_row() else {
                break;
            };
            if let Some(listed) = change.listed {
                self.off_list.insert(id, listed);
            }
            let written = match (change.is_removed, change.record, change.listed) {
                (true, _, _) => {
                    self.off_list.remove(&id);
                    Some(Written::Removed)
                }
                (false, Some(record), _) => {
                    let listed = self.off_list.get(&id).copied();
                    let listed = listed.unwrap_or(Listed::Shown);
                    let name = record.name.clone();
                    self.maxima.last_id = self.maxima.last_id.max(id.0);
                    self.maxima.last_end = self.maxima.last_end.max(record.end_number);
                    let made = self.columns.values(*record, listed);
                    match made {
                        Ok((value, secrets)) => Some(Written::Row { value, secrets }),
                        Err(error) => {
                            let name = format::escaped(&name).into_owned();
                            let note = format!("“{name}” is not saved in the list: {error}.");
                            self.shared.add_note(note);
                            None
                        }
                    }
                }
                (false, None, listed) => listed.map(Written::Listed),
            };
            slice.rows.extend(written.map(|written| (id, written)));
        }
        slice.batch = pending.taken();
        slice.maxima = self.maxima;
        self.shared.note_busy(begun.elapsed());
        slice
    }

    /// Writes a slice: all of it or nothing.
    async fn write(&mut self, slice: &Slice) -> Result<(), Unwritten> {
        let transaction = self.database.write()?;
        let rows = transaction.object_store(ROWS)?;
        // Rows that move are read first, as they were written.
        let mut moved = Vec::new();
        for (id, written) in &slice.rows {
            if let Written::Listed(listed) = written {
                moved.push((*id, *listed, rows.get(&number(id.0))?));
            }
        }
        self.check_owner(&transaction).await?;
        let mut turn = Turn::begin(&self.shared);
        for (id, listed, request) in moved {
            let value = request.result()?;
            // It was never written if it has no record that could be.
            if value.is_object() {
                Reflect::set(&value, &"listed".into(), &(listed.number() as f64).into())?;
                let put = rows.put_with_key(&value, &number(id.0))?;
                turn.pass(&put).await?;
            }
        }
        let secrets_of = transaction.object_store(SECRETS)?;
        for (id, written) in &slice.rows {
            let key = number(id.0);
            let request = match written {
                Written::Row { value, secrets } => {
                    rows.put_with_key(value, &key)?;
                    match secrets {
                        Some(secrets) => secrets_of.put_with_key(secrets, &key)?,
                        None => secrets_of.delete(&key)?,
                    }
                }
                Written::Listed(_) => continue,
                Written::Removed => {
                    rows.delete(&key)?;
                    secrets_of.delete(&key)?
                }
            };
            turn.pass(&request).await?;
        }
        let latest = self.write_activity(&transaction, slice)?;
        let meta = transaction.object_store(META)?;
        meta.put_with_key(&number(slice.maxima.last_id), &"last_id".into())?;
        meta.put_with_key(&number(slice.maxima.last_end), &"last_end".into())?;
        turn.end();
        completed(&transaction).await?;
        if let Some(latest) = latest {
            self.last_activity = natural(&latest.result()?);
        }
        let mut figures = self.shared.figures.get();
        figures.written += slice.rows.len() as u64;
        figures.transactions += 1;
        self.shared.figures.set(figures);
        Ok(())
    }

    /// Ends a transaction of a page that has the list no more. It may not know yet: the lock is
    /// taken at once, and said later.
    async fn check_owner(&self, transaction: &IdbTransaction) -> Result<(), Unwritten> {
        let owner = transaction.object_store(META)?.get(&"owner".into())?;
        let owner = result_of(&owner).await?.as_string();
        if owner.as_ref() == Some(&self.database.owner) {
            return Ok(());
        }
        transaction.abort()?;
        Err(Unwritten::Lost)
    }

    /// Returns the request that tells the number of the latest entry.
    fn write_activity(
        &self,
        transaction: &IdbTransaction,
        slice: &Slice,
    ) -> Result<Option<IdbRequest>, JsValue> {
        if slice.activity.is_empty() && !slice.clears_activity {
            return Ok(None);
        }
        let activity = transaction.object_store(ACTIVITY)?;
        if slice.clears_activity {
            activity.clear()?;
        } else if let Some(oldest) = self.last_activity.checked_sub(ACTIVITY_KEPT as u64) {
            let old = IdbKeyRange::upper_bound(&number(oldest))?;
            activity.delete(&old.into())?;
        }
        let mut latest = None;
        for entry in &slice.activity {
            latest = Some(activity.add(&entry.as_str().into())?);
        }
        Ok(latest)
    }

    /// Removes rows of the history, the oldest first: a slice, unless there is something to write.
    async fn prune(&mut self) {
        let Some((keep_rows, before_ms)) = self.shared.prune.get() else {
            return;
        };
        // What fails now is tried again with the next call of the whole.
        let is_over = self.prune_slice(keep_rows, before_ms).await.unwrap_or(true);
        if is_over {
            self.shared.prune.set(None);
        }
    }

    async fn prune_slice(&self, keep_rows: u32, before_ms: f64) -> Result<bool, JsValue> {
        let transaction = self.database.write()?;
        let rows = transaction.object_store(ROWS)?;
        let index = rows.index(ORDER)?;
        let history = order_range(Listed::History, None)?;
        let ended_on_list = index.count_with_key(&order_range(Listed::Shown, Some(true))?)?;
        let in_history = index.count_with_key(&history)?;
        let keys = index.get_all_keys_with_key_and_limit(&history, PRUNED_AT_ONCE)?;
        let values = index.get_all_with_key_and_limit(&history, PRUNED_AT_ONCE)?;
        if self.check_owner(&transaction).await.is_err() {
            return Ok(true);
        }
        let count = natural(&ended_on_list.result()?) + natural(&in_history.result()?);
        let excess = count.saturating_sub(keep_rows.into());
        let (keys, values): (Array, Array) = (keys.result()?.into(), values.result()?.into());
        let secrets = transaction.object_store(SECRETS)?;
        let mut removed = 0;
        for (key, value) in keys.iter().zip(values.iter()) {
            let ended_ms = property(&value, "ended_ms").as_f64();
            if removed < excess || ended_ms.is_some_and(|at| at < before_ms) {
                rows.delete(&key)?;
                secrets.delete(&key)?;
                removed += 1;
            }
        }
        completed(&transaction).await?;
        Ok(removed < u64::from(PRUNED_AT_ONCE))
    }
}
