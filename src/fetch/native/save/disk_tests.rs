//! Disks that fail on purpose: whatever they do, no byte that was written down is lost, none is
//! invented, and the next try goes on.

use std::collections::HashMap;
use std::fs;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use super::disk::{Disk, DiskOp, SystemDisk};
use super::download::Download;
use crate::fetch::client::connect::{AgentPool, FetchContext, SystemResolver};
use crate::fetch::client::exchange::Session;
use crate::fetch::client::resume::UserKey;
use crate::fetch::limits::{RESUME_OVERLAP_BYTES, WRITE_BLOCK_BYTES};
use crate::fetch::{
    Checksum, ErrorClass, FetchError, Fetched, IfExists, NoteCode, Phase, Request, Save,
};
use crate::runtime::{ParkHost, Runtime};

/// The length of the file: two blocks and a bit.
const TOTAL: usize = 600_000;
/// The first block.
const BLOCK: u64 = WRITE_BLOCK_BYTES as u64;

/// A disk on which some operations fail.
#[derive(Debug, Default)]
pub(super) struct BadDisk {
    /// From which operation of a kind on it fails, counted from 1; up to which; and how.
    faults: Vec<(DiskOp, usize, usize, ErrorKind)>,
    free_bytes: Option<u64>,
    counts: Mutex<HashMap<String, usize>>,
}

impl BadDisk {
    /// The `number`-th operation of a kind fails, once.
    fn once(op: DiskOp, number: usize, kind: ErrorKind) -> Self {
        Self {
            faults: vec![(op, number, number, kind)],
            ..Self::default()
        }
    }

    /// All operations of a kind fail from the `number`-th on.
    pub(super) fn from(op: DiskOp, number: usize, kind: ErrorKind) -> Self {
        Self {
            faults: vec![(op, number, usize::MAX, kind)],
            ..Self::default()
        }
    }

    fn with_free_bytes(free_bytes: u64) -> Self {
        Self {
            free_bytes: Some(free_bytes),
            ..Self::default()
        }
    }
}

impl Disk for BadDisk {
    fn before(&self, op: DiskOp) -> io::Result<()> {
        let mut counts = self.counts.lock().unwrap();
        let count = counts.entry(format!("{op:?}")).or_default();
        *count += 1;
        let fault = (self.faults.iter())
            .find(|(failing, from, to, _)| *failing == op && (from..=to).contains(&&*count));
        match fault {
            Some((.., kind)) => Err((*kind).into()),
            None => Ok(()),
        }
    }

    fn free_bytes(&self, _: &Path) -> io::Result<u64> {
        Ok(self.free_bytes.unwrap_or(u64::MAX))
    }
}

fn file() -> &'static [u8] {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    FILE.get_or_init(|| {
        let mut random = fastrand::Rng::with_seed(11);
        (0..TOTAL).map(|_| random.u8(..)).collect()
    })
}

/// What a server does beside sending the file, or the part of it that is asked for.
#[derive(Clone, Default)]
pub(super) struct Manner {
    /// It waits for a second before this byte of its first answer.
    waits_at: Option<usize>,
    /// It cuts its first answer before this byte.
    cuts_at: Option<usize>,
    /// It does this before that byte of its first answer, when the client has had time to take the
    /// bytes before it.
    acts_at: Option<(usize, Arc<dyn Fn() + Send + Sync>)>,
    /// After its first answer it has another file, of another length.
    is_another_then: bool,
}

/// A server with one file, and the ranges that it was asked for.
pub(super) struct Server {
    pub(super) url: String,
    asked: Arc<Mutex<Vec<Option<u64>>>>,
}

impl Server {
    fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/x.bin", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<Option<u64>>>>::default();
        let shared = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                // It ends with the process: a thread that waits for nobody costs nothing.
                let Ok(mut stream) = stream else { return };
                let _ = answer(&mut stream, &shared, &manner);
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> Vec<Option<u64>> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(
    stream: &mut TcpStream,
    asked: &Mutex<Vec<Option<u64>>>,
    manner: &Manner,
) -> io::Result<()> {
    let mut header = Vec::new();
    let mut byte = [0];
    while !header.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        header.push(byte[0]);
    }
    let header = String::from_utf8_lossy(&header).to_ascii_lowercase();
    let range = header
        .split_once("range: bytes=")
        .and_then(|(_, rest)| rest.split_once('-')?.0.parse().ok());
    let is_first = {
        let mut asked = asked.lock().unwrap();
        asked.push(range);
        asked.len() == 1
    };
    if manner.is_another_then && !is_first {
        return stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother");
    }
    let first = range.map_or(0, |first| usize::try_from(first).unwrap());
    let length = TOTAL - first;
    let (status, more) = match range {
        None => ("200 OK", String::new()),
        Some(_) => (
            "206 Partial Content",
            format!("Content-Range: bytes {first}-{}/{TOTAL}\r\n", TOTAL - 1),
        ),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nETag: \"v1\"\r\nConnection: close\r\nContent-Length: {length}\r\n{more}\r\n"
    )?;
    let file = file();
    let Some(manner) = Some(manner).filter(|_| is_first) else {
        return stream.write_all(&file[first..]);
    };
    let end = manner.cuts_at.unwrap_or(TOTAL);
    let mut at = first;
    let act_at = manner.acts_at.as_ref().map(|(place, _)| *place);
    for stop in [manner.waits_at, act_at].into_iter().flatten() {
        stream.write_all(&file[at..stop])?;
        at = stop;
        thread::sleep(Duration::from_millis(1200));
        if let Some((_, act)) = manner.acts_at.as_ref().filter(|(place, _)| *place == stop) {
            act();
        }
    }
    stream.write_all(&file[at..end])
}

/// A key in a folder of these tests.
pub(super) fn key() -> Arc<UserKey> {
    static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());
    Arc::new(UserKey::kept_in(Some(FOLDER.path().to_owned())))
}

/// Saves the file with this disk.
fn download(url: &str, save: Save, disk: &'static dyn Disk) -> Result<Fetched, FetchError> {
    download_request(Request::get(url).unwrap(), save, disk)
}

pub(super) fn download_request(
    request: Request,
    save: Save,
    disk: &'static dyn Disk,
) -> Result<Fetched, FetchError> {
    let host = ParkHost::new();
    let runtime = Runtime::new(host.clone());
    let job = runtime.spawn("save", async move |cx| {
        cx.worker("fetch", move |token| {
            let context = FetchContext::enter(token, &request).unwrap();
            let session = Session {
                context: &context,
                agents: &AgentPool::new(Arc::new(SystemResolver)),
                request: &request,
            };
            Ok(Download::new(session, &key(), &save, disk).run())
        })
        .await
    });
    host.block_on(&runtime, job).unwrap()
}

pub(super) fn leaked(disk: BadDisk) -> &'static BadDisk {
    Box::leak(Box::new(disk))
}

pub(super) fn names_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A server, and a folder to save to.
pub(super) struct Place {
    pub(super) server: Server,
    _root: tempfile::TempDir,
    pub(super) folder: PathBuf,
}

impl Place {
    pub(super) fn new(manner: Manner) -> Self {
        let root = tempfile::tempdir().unwrap();
        Self {
            server: Server::start(manner),
            // Not made yet.
            folder: root.path().join("new"),
            _root: root,
        }
    }

    fn save(&self, disk: &'static dyn Disk) -> Result<Fetched, FetchError> {
        download(&self.server.url, Save::in_folder(&self.folder), disk)
    }

    fn part(&self) -> PathBuf {
        self.folder.join("x.bin.part")
    }

    /// So many bytes are kept, and the error says so.
    fn assert_kept(&self, error: &FetchError, bytes: u64) {
        assert_eq!(error.received, bytes, "{error:?}");
        if bytes == 0 {
            assert_eq!(error.part, None, "{error:?}");
            assert_eq!(names_in(&self.folder), [""; 0], "{error:?}");
            return;
        }
        assert_eq!(error.part.as_deref(), Some(&*self.part()));
        assert_eq!(
            names_in(&self.folder),
            ["x.bin.part", "x.bin.part.json"],
            "{error:?}"
        );
        let there = fs::read(self.part()).unwrap();
        assert_eq!(there, &file()[..usize::try_from(bytes).unwrap()]);
    }

    /// With a good disk it goes on from there, and the file is right.
    fn assert_goes_on(&self, from: u64) {
        let tries = self.server.asked().len();
        let fetched = self.save(&SystemDisk).unwrap();
        assert_eq!(fetched.resumed_at, Some(from).filter(|from| *from > 0));
        assert_eq!(names_in(&self.folder), ["x.bin"]);
        assert!(fs::read(fetched.path.unwrap()).unwrap() == file());
        assert_eq!(fetched.sha256, Some(Checksum::of(file())));
        let asked = self.server.asked();
        let first = (from > 0).then(|| from - RESUME_OVERLAP_BYTES);
        assert_eq!(asked[tries..], [first]);
    }
}

#[test]
fn whatever_act_fails_what_was_written_is_kept_and_the_next_try_goes_on() {
    let all = TOTAL as u64;
    for (op, number, kept) in [
        (DiskOp::CreateFolder, 1, 0),
        (DiskOp::Open, 1, 0),
        (DiskOp::WriteManifest, 1, 0),
        (DiskOp::Write, 1, 0),
        (DiskOp::Write, 2, BLOCK),
        (DiskOp::Write, 3, 2 * BLOCK),
        (DiskOp::Flush, 1, all),
        (DiskOp::Rename, 1, all),
    ] {
        for (kind, class) in [
            (ErrorKind::StorageFull, ErrorClass::DiskFull),
            (ErrorKind::QuotaExceeded, ErrorClass::DiskFull),
            (ErrorKind::PermissionDenied, ErrorClass::Permission),
            (ErrorKind::Other, ErrorClass::Internal),
        ] {
            let what = format!("{op:?} {number} {kind:?}");
            let place = Place::new(Manner::default());
            let error = place
                .save(leaked(BadDisk::once(op, number, kind)))
                .unwrap_err();
            let told = (error.class, error.phase);
            assert_eq!(told, (class, Some(Phase::Save)), "{what}");
            assert!(!error.is_retryable(), "{what}");
            assert!(!error.hint.is_empty() && !error.detail.is_empty());
            place.assert_kept(&error, kept);
            place.assert_goes_on(kept);
        }
    }
}

#[test]
fn a_disk_that_fails_while_it_goes_on_loses_nothing() {
    for (op, kept) in [(DiskOp::Write, BLOCK), (DiskOp::Flush, TOTAL as u64)] {
        let place = Place::new(Manner::default());
        let first = BadDisk::once(DiskOp::Write, 2, ErrorKind::StorageFull);
        place.save(leaked(first)).unwrap_err();
        let error = place
            .save(leaked(BadDisk::once(op, 1, ErrorKind::StorageFull)))
            .unwrap_err();
        assert_eq!(error.class, ErrorClass::DiskFull);
        place.assert_kept(&error, kept);
        place.assert_goes_on(kept);
    }
}

#[test]
fn too_little_room_is_noticed_before_anything_is_written() {
    let place = Place::new(Manner::default());
    let disk = leaked(BadDisk::with_free_bytes(TOTAL as u64 - 1));
    let error = place.save(disk).unwrap_err();
    assert_eq!(
        (error.class, error.phase),
        (ErrorClass::DiskFull, Some(Phase::Save))
    );
    assert!(error.detail.contains("are needed"), "{}", error.detail);
    place.assert_kept(&error, 0);
    assert!(!disk.counts.lock().unwrap().contains_key("Write"));
    place.assert_goes_on(0);
}

#[test]
fn exactly_enough_room_is_enough() {
    let place = Place::new(Manner::default());
    let disk = leaked(BadDisk::with_free_bytes(TOTAL as u64));
    let fetched = place.save(disk).unwrap();
    assert!(fs::read(fetched.path.unwrap()).unwrap() == file());
}

#[test]
fn too_little_room_for_the_rest_keeps_what_is_there() {
    let place = Place::new(Manner::default());
    let full = BadDisk::once(DiskOp::Write, 2, ErrorKind::StorageFull);
    place.save(leaked(full)).unwrap_err();
    let rest = TOTAL as u64 - BLOCK;
    let error = place
        .save(leaked(BadDisk::with_free_bytes(rest - 1)))
        .unwrap_err();
    assert_eq!(
        (error.class, error.phase),
        (ErrorClass::DiskFull, Some(Phase::Save))
    );
    place.assert_kept(&error, BLOCK);
    // What is there already needs no room.
    let fetched = place.save(leaked(BadDisk::with_free_bytes(rest))).unwrap();
    assert_eq!(fetched.resumed_at, Some(BLOCK));
    assert!(fs::read(fetched.path.unwrap()).unwrap() == file());
}

#[test]
fn a_record_that_cannot_be_written_costs_only_what_came_since_the_last_one() {
    let manner = Manner {
        waits_at: Some(300_000),
        cuts_at: Some(TOTAL - 1),
        ..Manner::default()
    };
    let place = Place::new(manner);
    // The first is written with the file, the second after the server waited; none after that.
    let disk = leaked(BadDisk::from(
        DiskOp::WriteManifest,
        3,
        ErrorKind::StorageFull,
    ));
    let error = place.save(disk).unwrap_err();
    assert_eq!(error.class, ErrorClass::Truncated, "{error:?}");
    assert_eq!(error.received, TOTAL as u64 - 1);
    let records = disk.counts.lock().unwrap()["WriteManifest"];
    assert!(records >= 3, "{records} records were tried");
    let fetched = place.save(&SystemDisk).unwrap();
    let resumed_at = fetched.resumed_at.unwrap();
    assert!(
        (300_000..TOTAL as u64).contains(&resumed_at),
        "{resumed_at}"
    );
    assert!(fs::read(fetched.path.unwrap()).unwrap() == file());
    assert_eq!(names_in(&place.folder), ["x.bin"]);
}

#[test]
fn records_that_all_fail_cost_the_bytes_and_never_their_truth() {
    let manner = Manner {
        cuts_at: Some(TOTAL - 1),
        ..Manner::default()
    };
    let place = Place::new(manner);
    let disk = leaked(BadDisk::from(DiskOp::WriteManifest, 2, ErrorKind::Other));
    place.save(disk).unwrap_err();
    place.assert_goes_on(0);
}

#[test]
fn what_cannot_be_set_aside_is_kept() {
    let place = Place::new(Manner {
        cuts_at: Some(400_000),
        is_another_then: true,
        ..Manner::default()
    });
    place.save(&SystemDisk).unwrap_err();
    let disk = leaked(BadDisk::once(
        DiskOp::Rename,
        1,
        ErrorKind::PermissionDenied,
    ));
    let error = place.save(disk).unwrap_err();
    assert_eq!(error.class, ErrorClass::Permission);
    place.assert_kept(&error, 400_000);
}

#[test]
fn an_overwrite_that_fails_leaves_the_old_file() {
    let place = Place::new(Manner::default());
    fs::create_dir(&place.folder).unwrap();
    fs::write(place.folder.join("x.bin"), "old").unwrap();
    let save = || Save::in_folder(&place.folder).if_exists(IfExists::Overwrite);
    for op in [DiskOp::Flush, DiskOp::Rename] {
        let disk = leaked(BadDisk::once(op, 1, ErrorKind::Other));
        download(&place.server.url, save(), disk).unwrap_err();
        assert_eq!(fs::read(place.folder.join("x.bin")).unwrap(), b"old");
    }
    download(&place.server.url, save(), &SystemDisk).unwrap();
    assert_eq!(names_in(&place.folder), ["x.bin"]);
    assert!(fs::read(place.folder.join("x.bin")).unwrap() == file());
}

#[test]
fn a_file_in_the_place_of_the_folder_is_left_alone() {
    let place = Place::new(Manner::default());
    fs::write(&place.folder, "a file").unwrap();
    for folder in [place.folder.clone(), place.folder.join("below")] {
        let error = download(&place.server.url, Save::in_folder(folder), &SystemDisk).unwrap_err();
        assert_eq!(
            (error.class, error.phase),
            (ErrorClass::Permission, Some(Phase::Save))
        );
        assert!(error.hint.contains("folder"), "{}", error.hint);
    }
    assert_eq!(fs::read(&place.folder).unwrap(), b"a file");
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_to_says_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new(Manner::default());
    fs::create_dir(&place.folder).unwrap();
    let allow =
        |mode| fs::set_permissions(&place.folder, fs::Permissions::from_mode(mode)).unwrap();
    allow(0o500);
    // The superuser may write anywhere: there is nothing to see then.
    let may_write = fs::write(place.folder.join("probe"), "").is_ok();
    if !may_write {
        let error = place.save(&SystemDisk).unwrap_err();
        assert_eq!(
            (error.class, error.phase),
            (ErrorClass::Permission, Some(Phase::Save))
        );
        place.assert_kept(&error, 0);
    }
    allow(0o700);
}

/// What happens to the folder while the file comes, and the end of it.
fn with_trouble(
    trouble: impl Fn(&Path) + Send + Sync + 'static,
) -> (Place, Result<Fetched, FetchError>) {
    let folder = Arc::<Mutex<PathBuf>>::default();
    let shared = folder.clone();
    let place = Place::new(Manner {
        acts_at: Some((300_000, Arc::new(move || trouble(&shared.lock().unwrap())))),
        ..Manner::default()
    });
    folder.lock().unwrap().clone_from(&place.folder);
    let result = place.save(&SystemDisk);
    (place, result)
}

#[cfg(unix)]
#[test]
fn a_folder_that_vanishes_while_it_comes_is_a_clear_error() {
    let (place, result) = with_trouble(|folder| fs::remove_dir_all(folder).unwrap());
    let error = result.unwrap_err();
    assert_eq!(
        (error.class, error.phase),
        (ErrorClass::Permission, Some(Phase::Save))
    );
    assert_eq!(error.part, None, "nothing is kept");
    assert!(!place.folder.exists());
    place.assert_goes_on(0);
}

#[cfg(unix)]
#[test]
fn a_part_that_is_another_file_by_now_is_not_given_the_final_name() {
    let (place, result) = with_trouble(|folder| {
        fs::remove_file(folder.join("x.bin.part")).unwrap();
        fs::write(folder.join("x.bin.part"), "somebody else's").unwrap();
        fs::write(folder.join("x.bin.part.json"), "and what is known of it").unwrap();
    });
    let error = result.unwrap_err();
    assert_eq!(
        (error.class, error.phase),
        (ErrorClass::Permission, Some(Phase::Save))
    );
    assert_eq!(error.part, None);
    assert_eq!(
        names_in(&place.folder),
        ["x.bin.part", "x.bin.part.json"],
        "neither was touched"
    );
    assert_eq!(fs::read(place.part()).unwrap(), b"somebody else's");
}

#[cfg(unix)]
#[test]
fn a_folder_that_moves_while_it_comes_gets_no_other_file_in_its_place() {
    let (place, result) = with_trouble(|folder| {
        fs::rename(folder, folder.with_file_name("moved")).unwrap();
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("x.bin.part"), "another's").unwrap();
    });
    result.unwrap_err();
    assert_eq!(names_in(&place.folder), ["x.bin.part"]);
    assert_eq!(fs::read(place.part()).unwrap(), b"another's");
    let moved = names_in(&place.folder.with_file_name("moved"));
    assert_eq!(moved, ["x.bin.part", "x.bin.part.json"]);
}

#[test]
fn a_folder_that_is_not_flushed_is_a_note_of_a_file_that_is_complete() {
    let place = Place::new(Manner::default());
    let disk = leaked(BadDisk::once(DiskOp::FlushFolder, 1, ErrorKind::Other));
    let fetched = place.save(disk).unwrap();
    let notes: Vec<_> = fetched.notes.iter().map(|note| note.code).collect();
    assert_eq!(notes, [NoteCode::NameNotDurable]);
    assert_eq!(names_in(&place.folder), ["x.bin"]);
    assert!(fs::read(fetched.path.unwrap()).unwrap() == file());
}
