//! Links on their way from rows into a text file: gathered a part in each frame, asked about where
//! they hold secrets, and written in a worker thread.

use std::path::PathBuf;
use std::vec::IntoIter;

use super::background::BackgroundJobs;
use super::file_dialogs::{FileDialogs, PathFor};
use super::file_ops;
use crate::deck::WindowDeck;
use crate::format;
use crate::jobs::LinkList;
use crate::runtime::Runtime;
use crate::status::RowId;
use crate::view::SaveLinksQuestion;

/// How many rows are looked at in one frame.
const ROWS_PER_FRAME: usize = 2_000;

/// What the file is called unless its user says otherwise.
const FILE_NAME: &str = "links.txt";

/// The links that are being saved.
#[derive(Debug)]
pub(super) struct LinkExport {
    gathering: Option<Gathering>,
    /// Links that wait for an answer about their secrets.
    asked: Option<LinkList>,
    pub(super) question: Option<SaveLinksQuestion>,
    /// A text that waits for its file.
    text: Option<ListText>,
    /// Each gives what to say.
    writing: BackgroundJobs<Result<String, String>>,
    /// Where downloads are saved: links that are saved elsewhere say so.
    usual_folder: Option<PathBuf>,
}

/// Rows whose links are being gathered.
#[derive(Debug)]
struct Gathering {
    ids: IntoIter<RowId>,
    list: LinkList,
}

/// A text to be written.
struct ListText {
    text: String,
    links: usize,
    left_out: usize,
    has_secrets: bool,
}

impl LinkExport {
    pub(super) fn new(runtime: &Runtime) -> Self {
        Self {
            gathering: None,
            asked: None,
            question: None,
            text: None,
            writing: BackgroundJobs::new(runtime),
            usual_folder: None,
        }
    }

    /// Begins with the links of these rows, in this order.
    pub(super) fn begin(&mut self, ids: Vec<RowId>, usual_folder: Option<PathBuf>) {
        self.usual_folder = usual_folder;
        self.gathering = Some(Gathering {
            ids: ids.into_iter(),
            list: LinkList::default(),
        });
    }

    /// Gathers a part of the links; true while there are more. Says why there is nothing to save.
    pub(super) fn gather(
        &mut self,
        deck: &dyn WindowDeck,
        dialogs: &mut FileDialogs,
    ) -> (bool, Option<&'static str>) {
        let Some(gathering) = &mut self.gathering else {
            return (false, None);
        };
        for id in gathering.ids.by_ref().take(ROWS_PER_FRAME) {
            if let Some(row) = deck.detail(id) {
                let usual_folder = self.usual_folder.as_deref();
                gathering.list.push(row.spec(), usual_folder);
            }
        }
        if gathering.ids.len() > 0 {
            return (true, None);
        }
        let list = std::mem::take(&mut gathering.list);
        self.gathering = None;
        (false, self.offer(list, dialogs))
    }

    /// Goes on with links that were gathered. Says why there is nothing to save.
    pub(super) fn offer(
        &mut self,
        list: LinkList,
        dialogs: &mut FileDialogs,
    ) -> Option<&'static str> {
        if list.links() == 0 {
            return Some(if list.lost() > 0 {
                "No link is whole: there is nothing to save"
            } else {
                "There is no link to save"
            });
        }
        if list.secrets() == 0 {
            self.choose_file(list, false, dialogs);
            return None;
        }
        self.question = Some(SaveLinksQuestion {
            links: list.links(),
            secrets: list.secrets(),
        });
        self.asked = Some(list);
        None
    }

    /// Goes on with or without secrets, or not at all.
    pub(super) fn answer(&mut self, answer: Option<bool>, dialogs: &mut FileDialogs) {
        let list = self.asked.take();
        if let (Some(list), Some(with_secrets)) = (list, answer) {
            self.choose_file(list, with_secrets, dialogs);
        }
    }

    /// Writes into the file that was chosen.
    pub(super) fn write(&mut self, path: PathBuf) {
        let Some(ListText {
            text,
            links,
            left_out,
            has_secrets,
        }) = self.text.take()
        else {
            return;
        };
        self.writing.spawn("save links", async move |cx| {
            let written = file_ops::save_list(&cx, path, text, has_secrets).await?;
            Ok(written.map(|path| {
                let links = format::count(links as u64, "link", "links");
                let left_out = match left_out {
                    0 => String::new(),
                    count => format!(", {} left out", format::grouped(count)),
                };
                let name = path.file_name().unwrap_or(path.as_os_str());
                format!("Saved {links} in {}{left_out}", name.to_string_lossy())
            }))
        });
    }

    /// What there is to say about files that were written since the last call.
    pub(super) fn take_written(&mut self) -> Vec<Result<String, String>> {
        let ended = self.writing.take_finished().into_iter();
        ended
            .map(|written| written.unwrap_or_else(|error| Err(error.to_string())))
            .collect()
    }

    fn choose_file(&mut self, list: LinkList, with_secrets: bool, dialogs: &mut FileDialogs) {
        let all = list.links();
        let secrets = list.secrets();
        let kept = if with_secrets { all } else { all - secrets };
        self.text = Some(ListText {
            links: kept,
            left_out: all - kept + list.lost(),
            has_secrets: with_secrets && secrets > 0,
            text: list.into_text(with_secrets),
        });
        let from = self.usual_folder.clone().unwrap_or_default();
        dialogs.choose_path(PathFor::Links, Some(&from.join(FILE_NAME)));
    }
}

impl std::fmt::Debug for ListText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ListText({} links)", self.links)
    }
}
