//! A row as a value of the database: the text of its record, and what it is found by.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;
use web_sys::IdbKeyRange;

use super::request::{name_and_text, natural, number, object, property};
use crate::deck::RowRecord;
use crate::fetch::{CookieFile, Netrc, RequestSecrets};
use crate::status::RowId;
use crate::store::listed::Listed;

/// The version of the records. One that an older program would misread has a greater one.
const RECORD_VERSION: u32 = 1;

/// The names of the columns, made once.
pub(super) struct RowColumns {
    version: JsValue,
    listed: JsValue,
    state: JsValue,
    end_number: JsValue,
    rank: JsValue,
    ended_ms: JsValue,
    has_secrets: JsValue,
    record: JsValue,
}

impl RowColumns {
    pub(super) fn new() -> Self {
        Self {
            version: "version".into(),
            listed: "listed".into(),
            state: "state".into(),
            end_number: "end_number".into(),
            rank: "rank".into(),
            ended_ms: "ended_ms".into(),
            has_secrets: "has_secrets".into(),
            record: "record".into(),
        }
    }

    /// The values of a row and of its secrets, or why it has none.
    pub(super) fn values(
        &self,
        mut record: RowRecord,
        listed: Listed,
    ) -> Result<(Object, Option<Object>), String> {
        let of_browser = |error: JsValue| name_and_text(&error).1;
        let checked = record.spec.check_storable();
        checked.map_err(|error| error.to_string())?;
        let secrets = record.spec.take_secrets();
        let text = serde_json::to_string(&record).map_err(|error| error.to_string())?;
        let ended_ms = record.ended_at().map(|at| at.as_secs_f64() * 1000.0);
        let value = Object::new();
        for (name, value_of) in [
            (&self.version, JsValue::from(RECORD_VERSION)),
            (&self.listed, JsValue::from_f64(listed.number() as f64)),
            (&self.state, record.state.name().into()),
            (&self.end_number, number(record.end_number)),
            (&self.rank, number(record.rank)),
            (
                &self.ended_ms,
                ended_ms.map_or(JsValue::NULL, JsValue::from_f64),
            ),
            (&self.has_secrets, secrets.is_some().into()),
            (&self.record, text.into()),
        ] {
            Reflect::set(&value, name, &value_of).map_err(of_browser)?;
        }
        let secrets = secrets.map(|secrets| {
            let request = serde_json::to_string(&secrets).map_err(|error| error.to_string())?;
            let file = |text: Option<String>| text.map_or(JsValue::NULL, JsValue::from);
            let made = object([
                ("request", request.into()),
                ("cookies", file(secrets.cookies.map(Into::into))),
                ("netrc", file(secrets.netrc.map(Into::into))),
            ]);
            made.map_err(of_browser)
        });
        Ok((value, secrets.transpose()?))
    }
}

/// The rows of a part of the list in the index of their order: all, or those that have ended or
/// have not.
pub(super) fn order_range(listed: Listed, has_ended: Option<bool>) -> Result<JsValue, JsValue> {
    let listed = JsValue::from_f64(listed.number() as f64);
    // A list is greater than any number.
    let last = JsValue::from(Array::new());
    let not_ended = JsValue::from_f64(0.0);
    let (first, end) = match has_ended {
        None => (Array::of1(&listed), Array::of2(&listed, &last)),
        Some(false) => (
            Array::of2(&listed, &not_ended),
            Array::of3(&listed, &not_ended, &last),
        ),
        Some(true) => (
            Array::of3(&listed, &not_ended, &last),
            Array::of2(&listed, &last),
        ),
    };
    Ok(IdbKeyRange::bound(&first, &end)?.into())
}

/// A row as it was read. It is understood when it is its turn.
pub(super) struct RawRow {
    pub(super) id: RowId,
    pub(super) value: JsValue,
    pub(super) secrets: JsValue,
}

impl RawRow {
    /// The row; none if its record is not one that this version can read.
    pub(super) fn parse(&self) -> Option<(RowRecord, Listed)> {
        if natural(&property(&self.value, "version")) != u64::from(RECORD_VERSION) {
            return None;
        }
        let text = property(&self.value, "record").as_string()?;
        let mut record: RowRecord = serde_json::from_str(&text).ok()?;
        if record.id != self.id {
            return None;
        }
        if property(&self.value, "has_secrets").is_truthy() {
            match self.parse_secrets() {
                Some(secrets) => record.spec.put_secrets(secrets),
                None => record.spec.lose_secrets(),
            }
        }
        let listed = property(&self.value, "listed").as_f64()?;
        Some((record, Listed::of_number(listed as i64)))
    }

    fn parse_secrets(&self) -> Option<RequestSecrets> {
        let text = property(&self.secrets, "request").as_string()?;
        let mut secrets: RequestSecrets = serde_json::from_str(&text).ok()?;
        if let Some(text) = property(&self.secrets, "cookies").as_string() {
            secrets.cookies = Some(CookieFile::parse(&text).ok()?);
        }
        if let Some(text) = property(&self.secrets, "netrc").as_string() {
            secrets.netrc = Some(Netrc::parse(&text).ok()?);
        }
        Some(secrets)
    }
}
