//! What earlier runs made of links that are given again.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::deck::{HostKind, RowRecord, StoredState};
use crate::jobs::Spec;
use crate::status::RowId;
use crate::store::{Listed, Query, Reader, StoreError};

/// The link of a download, and the folder that it saves to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place(Option<(String, Option<PathBuf>)>);

impl Place {
    /// The place of a spec. A job that downloads nothing has none.
    pub(super) fn of(spec: &Spec) -> Self {
        let Spec::Fetch(spec) = spec else {
            return Self(None);
        };
        let folder = spec.destination.folder().map(ToOwned::to_owned);
        Self(Some((spec.request.url().to_string(), folder)))
    }
}

/// What earlier runs made of links that are given again.
#[derive(Default)]
pub(super) struct GivenBefore {
    /// Those that are done, and whose file is there.
    pub(super) done: HashSet<Place>,
    /// The last row of each of the others, if it failed or was cancelled, and is on the list.
    pub(super) failed: Vec<RowRecord>,
}

impl GivenBefore {
    /// Reads it from the list of this folder. What cannot be read is not known.
    pub(super) fn read(folder: &Path, specs: &[Spec]) -> Self {
        let mut before = Self::default();
        if !specs.is_empty()
            && let Err(error) = before.take(folder, specs)
        {
            log::warn!("not all that earlier runs made of these links is known: {error}");
        }
        before
    }

    fn take(&mut self, folder: &Path, specs: &[Spec]) -> Result<(), StoreError> {
        let reader = Reader::open(folder).map_err(|error| StoreError::Failed(error.to_string()))?;
        let places: HashSet<Place> = specs.iter().map(Place::of).collect();
        let mut last: HashMap<Place, RowRecord> = HashMap::new();
        for id in candidates(&reader, specs)? {
            let Some(row) = reader.row(id, true)? else {
                continue;
            };
            let place = Place::of(&row.record.spec);
            if place == Place(None) || !places.contains(&place) || self.done.contains(&place) {
                continue;
            }
            let is_done = matches!(row.record.state, StoredState::Done | StoredState::Check);
            if is_done && has_its_file(&row.record) {
                last.remove(&place);
                self.done.insert(place);
            } else if !is_done && row.listed == Listed::Shown {
                last.entry(place).or_insert(row.record);
            }
        }
        self.failed = last.into_values().collect();
        self.failed.sort_unstable_by_key(|record| record.rank);
        Ok(())
    }
}

/// The ended rows of runs that look like one of these, the newest first.
fn candidates(reader: &Reader, specs: &[Spec]) -> Result<Vec<RowId>, StoreError> {
    let links: HashSet<String> = specs.iter().map(Spec::url_for_files).collect();
    let query = Query {
        states: vec![
            StoredState::Done,
            StoredState::Check,
            StoredState::Failed,
            StoredState::TimedOut,
            StoredState::Panicked,
            StoredState::Cancelled,
        ],
        host: Some(HostKind::Run),
        ..Query::default()
    };
    let mut ids = Vec::new();
    reader.lines(&query, |line| {
        // Links that differ only in what is secret look alike here.
        if links.contains(&line.url) {
            ids.push(line.id);
        }
        ControlFlow::Continue(())
    })?;
    Ok(ids)
}

/// Whether what a download saved is still there; one that saved nothing has all it wants.
fn has_its_file(record: &RowRecord) -> bool {
    let fetched = record.ended.as_ref().and_then(|it| it.fetched.as_ref());
    let path = fetched.and_then(|fetched| fetched.path.as_ref());
    path.is_none_or(|path| std::fs::metadata(path).is_ok())
}
