//! Links on their way to rows: lists that were opened or dropped, and the downloads that the
//! command line names.

use super::background::BackgroundJobs;
use super::list_file::ListFile;
use super::notices::Notices;
use super::preferences::Preferences;
use crate::deck::WindowDeck;
use crate::jobs::{FetchSpec, Spec};
use crate::links::{Link, ListText};
use crate::runtime::{Runtime, Semaphore};
use crate::view::{AddSheetState, ToastKind};

/// A list that was read, by its name.
type ReadList = (String, Result<ListText, String>);

/// Links that are not rows yet.
#[derive(Debug)]
pub(super) struct LinkImport {
    reading: BackgroundJobs<ReadList>,
    /// Lists are read one after the other, and arrive in their order.
    turn: Semaphore,
    named_by_cli: Vec<Link>,
}

impl LinkImport {
    pub(super) fn new(named_by_cli: Vec<Link>, runtime: &Runtime) -> Self {
        Self {
            reading: BackgroundJobs::new(runtime),
            turn: Semaphore::new("the reader of lists", 1),
            named_by_cli,
        }
    }

    /// Reads lists into the sheet.
    pub(super) fn read_lists(&mut self, sheet: &mut AddSheetState, files: Vec<ListFile>) {
        if files.is_empty() {
            return;
        }
        sheet.wait_for_files(files.iter().map(|file| file.name().to_owned()));
        for file in files {
            let turn = self.turn.clone();
            self.reading.spawn("read a list", async move |cx| {
                let _turn = cx.acquire(&turn).await?;
                let name = file.name().to_owned();
                Ok((name, file.links(&cx).await))
            });
        }
    }

    /// Gives the sheet the lists that have been read; true if there were any.
    pub(super) fn deliver(&mut self, sheet: &mut AddSheetState, notices: &mut Notices) -> bool {
        let read = self.reading.take_finished();
        let has_any = !read.is_empty();
        for (name, links) in read.into_iter().flatten() {
            let note = links.as_ref().ok().and_then(ListText::note);
            if let Some(note) = note {
                notices.say(ToastKind::Note, format!("{name} {note}"));
            }
            let text = links.as_ref().map(|list| list.text.as_str());
            sheet.file_read(&name, text.map_err(Clone::clone));
        }
        has_any
    }

    /// Adds the downloads that the command line names, once it is known how they are made.
    pub(super) fn begin_downloads(&mut self, deck: &mut dyn WindowDeck, preferences: &Preferences) {
        let links = std::mem::take(&mut self.named_by_cli);
        if links.is_empty() {
            return;
        }
        let options = preferences.job_options();
        let mut random = options.random();
        let folder = preferences.cli_overrides().folder.clone();
        let spec = move |link: Link| {
            Spec::Fetch(FetchSpec::of_link(
                link,
                &options,
                folder.clone(),
                &mut random,
            ))
        };
        deck.add_from(Box::new(links.into_iter().map(spec)), false);
    }
}
