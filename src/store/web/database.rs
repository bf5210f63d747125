//! The database of the page: what is in it, and how it is opened.

use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{
    IdbDatabase, IdbObjectStoreParameters, IdbOpenDbRequest, IdbTransaction, IdbTransactionMode,
};

use super::request::{name_and_text, natural, result_of};

/// Its name.
pub(super) const NAME: &str = "jobdeck";
/// The version that this program writes.
pub(super) const VERSION: u32 = 1;

/// The rows, by id: each with its record as text, without secrets, and where it is on the list.
pub(super) const ROWS: &str = "rows";
/// The secrets of those rows that have any, by id.
pub(super) const SECRETS: &str = "secrets";
/// The activity, by number.
pub(super) const ACTIVITY: &str = "activity";
/// Single values.
pub(super) const META: &str = "meta";
const STORES: [&str; 4] = [ROWS, SECRETS, ACTIVITY, META];

/// The index of the rows by [`ORDER_COLUMNS`].
pub(super) const ORDER: &str = "order";
const ORDER_COLUMNS: [&str; 3] = ["listed", "end_number", "rank"];

/// The largest numbers that were ever used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Maxima {
    pub(super) last_id: u64,
    pub(super) last_end: u64,
}

/// The database, opened by one page.
#[derive(Clone, Debug)]
pub(super) struct Database {
    idb: IdbDatabase,
    /// In [`META`] while this page is the one that writes.
    pub(super) owner: String,
}

impl Database {
    /// Opens it, and makes it unless it exists.
    pub(super) async fn open() -> Result<Self, JsValue> {
        let window = web_sys::window().ok_or("there is no browser window")?;
        let factory = window.indexed_db()?.ok_or("the browser has no IndexedDB")?;
        let request = factory.open_with_u32(NAME, VERSION)?;
        let upgraded = request.clone();
        let on_upgrade = Closure::once_into_js(move || upgrade(&upgraded));
        request.set_onupgradeneeded(Some(on_upgrade.unchecked_ref()));
        let idb: IdbDatabase = result_of(&request).await?.unchecked_into();
        let names = idb.object_store_names();
        if !STORES.iter().all(|name| names.contains(name)) {
            idb.close();
            return Err("its tables are not there".into());
        }
        // A newer page that waits to change the database must not wait for this one. What is
        // written from then on fails, which is said.
        let closed = idb.clone();
        let on_change = Closure::once_into_js(move || closed.close());
        idb.set_onversionchange(Some(on_change.unchecked_ref()));
        Ok(Self {
            idb,
            owner: format!("{:016x}", fastrand::u64(..)),
        })
    }

    /// Opens it again after the browser closed it.
    pub(super) async fn reopen(&mut self) -> Result<(), JsValue> {
        let owner = std::mem::take(&mut self.owner);
        let opened = Self::open().await;
        self.owner = owner;
        self.idb = opened?.idb;
        Ok(())
    }

    /// Makes this page the one that writes, and reads what was used.
    pub(super) async fn own(&self) -> Result<Maxima, JsValue> {
        let transaction = self.write()?;
        let meta = transaction.object_store(META)?;
        let [last_id, last_end] = ["last_id", "last_end"].map(|key| meta.get(&key.into()));
        let (last_id, last_end) = (last_id?, last_end?);
        meta.put_with_key(&self.owner.as_str().into(), &"owner".into())?;
        super::request::completed(&transaction).await?;
        Ok(Maxima {
            last_id: natural(&last_id.result()?),
            last_end: natural(&last_end.result()?),
        })
    }

    /// A transaction that reads.
    pub(super) fn read(&self) -> Result<IdbTransaction, JsValue> {
        self.transaction(IdbTransactionMode::Readonly)
    }

    /// A transaction that writes.
    pub(super) fn write(&self) -> Result<IdbTransaction, JsValue> {
        self.transaction(IdbTransactionMode::Readwrite)
    }

    fn transaction(&self, mode: IdbTransactionMode) -> Result<IdbTransaction, JsValue> {
        let stores: Array = STORES.iter().map(|name| JsValue::from_str(name)).collect();
        self.idb
            .transaction_with_str_sequence_and_mode(&stores, mode)
    }

    /// Closes it once its transactions have ended.
    pub(super) fn close(&self) {
        self.idb.close();
    }
}

/// Makes what is in it, or takes all of it back.
fn upgrade(request: &IdbOpenDbRequest) {
    if let Err(error) = create(request) {
        log::error!("the list cannot be made: {error:?}");
        if let Some(transaction) = request.transaction() {
            // It may have ended by itself.
            let _ = transaction.abort();
        }
    }
}

fn create(request: &IdbOpenDbRequest) -> Result<(), JsValue> {
    let idb: IdbDatabase = request.result()?.unchecked_into();
    let rows = idb.create_object_store(ROWS)?;
    let columns: Array = ORDER_COLUMNS
        .iter()
        .map(|name| JsValue::from_str(name))
        .collect();
    rows.create_index_with_str_sequence(ORDER, &columns)?;
    idb.create_object_store(SECRETS)?;
    let numbered = IdbObjectStoreParameters::new();
    numbered.set_auto_increment(true);
    idb.create_object_store_with_optional_parameters(ACTIVITY, &numbered)?;
    idb.create_object_store(META)?;
    Ok(())
}

/// Why a database cannot be opened, and what to do.
pub(super) fn refusal(error: &JsValue) -> String {
    let (name, text) = name_and_text(error);
    match name.as_str() {
        "VersionError" => format!(
            "The list was written by a newer jobdeck (this one knows version {VERSION} of the list): close all tabs of this page and open it again."
        ),
        "QuotaExceededError" => {
            "The list is not kept: the browser has no room for it. Make room on the disk, and reload."
                .to_owned()
        }
        "SecurityError" | "InvalidStateError" => format!(
            "The list is not kept: the browser allows this page no storage ({text}). Allow it, or use a window that is not private."
        ),
        _ => format!("The list is not kept: it cannot be opened ({text}). Reload to try again."),
    }
}

/// Why nothing can be written at present, and what to do.
pub(super) fn problem(error: &JsValue) -> String {
    let (name, text) = name_and_text(error);
    let what = match name.as_str() {
        "QuotaExceededError" => {
            "the browser gives this page no more room. Clear finished jobs, or make room on the disk"
                .to_owned()
        }
        "" => text,
        _ => format!("{text} ({name})"),
    };
    format!("The list cannot be saved: {what}; it is tried again every few seconds.")
}
