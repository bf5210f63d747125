//! The order of the operations that make a file durable.

use std::io;
use std::path::Path;
use std::sync::Mutex;

use super::disk::{Disk, DiskOp};
use super::disk_tests::{Manner, Place, download_request};
use crate::fetch::{AttemptStage, Request, Save, Trace};

/// Notes the operations, and how far the download says that it has come at each.
#[derive(Debug, Default)]
struct Recorder {
    operations: Mutex<Vec<(DiskOp, AttemptStage)>>,
    trace: Trace,
}

impl Disk for Recorder {
    fn before(&self, op: DiskOp) -> io::Result<()> {
        self.operations
            .lock()
            .unwrap()
            .push((op, self.trace.stage()));
        Ok(())
    }

    fn free_bytes(&self, _: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}

#[test]
fn the_bytes_are_flushed_before_the_name_and_the_folder_after_it() {
    let place = Place::new(Manner::default());
    let recorder: &'static Recorder = Box::leak(Box::default());
    let request = (Request::get(&place.server.url).unwrap()).with_trace(recorder.trace.clone());
    let save = Save::in_folder(&place.folder).without_sha256();
    download_request(request, save, recorder).unwrap();
    let operations = recorder.operations.lock().unwrap();
    let last: Vec<_> = operations.iter().rev().take(4).rev().copied().collect();
    let complete = AttemptStage::BytesComplete;
    assert_eq!(
        last,
        [
            (DiskOp::Write, AttemptStage::Responded),
            (DiskOp::Flush, complete),
            (DiskOp::Rename, complete),
            (DiskOp::FlushFolder, complete),
        ]
    );
}
