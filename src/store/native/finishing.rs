//! Where worker threads record files that are about to get their final name.

use std::sync::Arc;
use std::time::Duration;

use crate::fetch::{CompletePart, RenameNotice};
use crate::status::RowId;

use super::finishing_file::FinishingFile;
use super::finishing_log::FinishingLog;
use super::shared::Shared;

/// How long a file waits at most for its row to be on the disk: for a disk that stands still, no
/// download does.
const ROW_PATIENCE: Duration = Duration::from_secs(2);

/// Where worker threads record a file before it gets its final name: a process that is killed
/// between that and the end of the row would otherwise download it again.
#[derive(Clone)]
pub struct Finishing {
    log: Arc<FinishingLog>,
    shared: Arc<Shared>,
}

impl Finishing {
    pub(super) fn new(log: Arc<FinishingLog>, shared: Arc<Shared>) -> Self {
        Self { log, shared }
    }

    /// What the download of a row calls before its file gets its name.
    #[must_use]
    pub fn notice(&self, row: RowId) -> RenameNotice {
        let finishing = self.clone();
        RenameNotice::new(move |file: &CompletePart<'_>| {
            // The download is complete in any case.
            let _ = finishing.record(row, file);
        })
    }

    /// Records a file, whose row is on the disk by then: without it, nobody would look for the
    /// file. False if one of them is not: there is a [`problem`](super::Store::problem), or the
    /// store is closed. The entry goes when the row's end is stored.
    pub fn record(&self, row: RowId, file: &CompletePart<'_>) -> bool {
        let recorded = self.log.record(&FinishingFile::new(row, file));
        if let Err(error) = &recorded {
            log::warn!("a file that gets its name is not recorded: {error}");
        }
        recorded.is_ok() && self.shared.wait_for_row(row, ROW_PATIENCE)
    }
}
