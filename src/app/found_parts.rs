//! Incomplete downloads in the folder of downloads that no row is about: of another list, of a run
//! without one, or of rows that were removed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::background::BackgroundJobs;
use crate::deck::{Deck, WindowDeck};
use crate::fetch::{ClientPool, Request, UnfinishedPart};
use crate::jobs::{Destination, FetchSpec, Spec};
use crate::options::Settings;
use crate::view::StartBar;

/// Looks once, when the rows are there.
#[derive(Debug, Default)]
pub(super) struct FoundParts {
    pub(super) folder: Option<PathBuf>,
    looking: Option<BackgroundJobs<Vec<UnfinishedPart>>>,
    parts: Vec<UnfinishedPart>,
}

impl FoundParts {
    /// Begins to look, and takes over what was found. True if there is news.
    pub(super) fn look(&mut self, deck: &Deck) -> bool {
        if let Some(folder) = self.folder.take() {
            let mut jobs = BackgroundJobs::new(deck.runtime());
            jobs.spawn("look for unfinished downloads", async move |cx| {
                let pool = cx.extension::<ClientPool>();
                let pool = pool.map_or_else(ClientPool::new, |pool| (*pool).clone());
                let found = cx.blocking("unfinished downloads", move |_| {
                    // A folder that is not there has none.
                    Ok(pool.unfinished_in(&folder).unwrap_or_default())
                });
                found.await
            });
            self.looking = Some(jobs);
        }
        let Some(jobs) = &mut self.looking else {
            return false;
        };
        let finished = jobs.take_finished();
        if finished.is_empty() {
            return false;
        }
        self.looking = None;
        let found = finished.into_iter().filter_map(Result::ok).flatten();
        self.parts = without_rows(found.collect(), deck);
        // What of a link is secret is not in the file that describes its part.
        let is_known = |found: &UnfinishedPart| {
            !found.is_url_whole && deck.rows.has_link_for_files(&found.url)
        };
        self.parts.retain(|found| !is_known(found));
        !self.parts.is_empty()
    }

    /// What is said of them.
    pub(super) fn bar(&self) -> Option<StartBar> {
        let folder = self.parts.first()?.part.parent()?;
        let home = dirs::home_dir();
        let below_home =
            home.and_then(|home| folder.strip_prefix(home).ok().map(ToOwned::to_owned));
        let folder = match below_home {
            Some(below) => format!("~/{}", below.display()),
            None => folder.display().to_string(),
        };
        Some(StartBar::Found {
            parts: self.parts.len(),
            folder,
        })
    }

    /// Adds rows for them; returns how many need their link.
    pub(super) fn add(&mut self, deck: &mut dyn WindowDeck, options: &Settings) -> usize {
        // Much may have happened since they were found.
        let parts = without_rows(std::mem::take(&mut self.parts), deck);
        let specs = parts
            .into_iter()
            .filter_map(|found| spec_of(found, options));
        let (needs_link, whole): (Vec<_>, Vec<_>) = specs.partition(Spec::needs_link);
        let count = needs_link.len();
        deck.add_from(Box::new(whole.into_iter()), false);
        deck.add_from(Box::new(needs_link.into_iter()), true);
        count
    }
}

/// Those parts that no row is about. A row that has not opened its part yet is known by its link,
/// if it does not know its part from an earlier try.
fn without_rows(mut parts: Vec<UnfinishedPart>, deck: &dyn WindowDeck) -> Vec<UnfinishedPart> {
    if parts.is_empty() {
        return parts;
    }
    let of_rows = deck.paths_of_others(&BTreeSet::new());
    let has_row = |found: &UnfinishedPart| {
        let request = Request::get(&found.url).ok();
        found.is_url_whole && request.is_some_and(|request| deck.has_link(&request))
    };
    parts.retain(|found| !of_rows.contains(&found.part) && !has_row(found));
    parts
}

/// A download that goes on with a part.
fn spec_of(found: UnfinishedPart, options: &Settings) -> Option<Spec> {
    let request = Request::get(&found.url).ok()?;
    let folder = found.part.parent()?.to_owned();
    let here = Settings {
        folder: Some(folder),
        file_name: None,
        count_only: false,
        ..options.clone()
    };
    let mut spec = FetchSpec::of_request(request, &here, None, &mut options.random());
    if let Destination::Save(save) = &mut spec.destination {
        *save = save.clone().continuing(found.part);
    }
    spec.name = found.name;
    spec.needs_link = !found.is_url_whole;
    Some(Spec::Fetch(spec))
}
