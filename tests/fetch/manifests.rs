//! Parts of every version of the program resume: those of this version by themselves, older ones
//! without a signature on request.

use std::fs;
use std::path::Path;

use jobdeck::fetch::{FetchError, FetchExt as _, Fetched, NoteCode, Request, Save};

use crate::support::fault::{FaultServer, serve};
use crate::support::{Rig, get, names_in};

/// The length of the file.
const TOTAL: usize = 150_000;
/// How much of it is in the parts.
const CUT: usize = 100_000;
/// What version 1 wrote when its connection was cut.
const VERSION_1: &str = include_str!("fixtures/version1.part.json");
/// What version 2 wrote, with this key.
const VERSION_2: &str = include_str!("fixtures/version2.part.json");
const KEY: &[u8; 32] = include_bytes!("fixtures/version2.part-key");
/// Where both were fetched from.
const URL: &str = "http://127.0.0.1:18099/x.bin";

/// The file that the parts belong to.
fn file() -> Vec<u8> {
    (0..TOTAL).map(|at| ((at * at) >> 7) as u8).collect()
}

fn answer(header: &str) -> Vec<u8> {
    let header = header.to_ascii_lowercase();
    let range = header
        .split_once("range: bytes=")
        .and_then(|(_, range)| range.lines().next()?.trim().split_once('-'));
    let number = |text: &str| text.parse::<usize>().ok();
    let first = range.and_then(|(first, _)| number(first)).unwrap_or(0);
    let last = range
        .and_then(|(_, last)| number(last))
        .unwrap_or(TOTAL - 1);
    let head = match range {
        None => "200 OK".to_owned(),
        Some(_) => format!("206 x\r\nContent-Range: bytes {first}-{last}/{TOTAL}"),
    };
    let body = &file()[first..=last];
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nContent-Type: application/zip\r\n\
         ETag: \"one\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// A folder with the part of one version, and the runtime that resumes it.
struct Left {
    server: FaultServer,
    rig: Rig,
    root: tempfile::TempDir,
}

impl Left {
    fn new(manifest: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let left = Self {
            server: FaultServer::always(vec![serve(answer)]),
            rig: Rig::with_data_folder(&root.path().join("data")),
            root,
        };
        fs::create_dir(left.folder()).unwrap();
        fs::write(left.folder().join("x.bin.part"), &file()[..CUT]).unwrap();
        fs::write(left.folder().join("x.bin.part.json"), manifest).unwrap();
        left
    }

    fn folder(&self) -> std::path::PathBuf {
        self.root.path().join("here")
    }

    fn save(&self, request: Request, save: Save) -> Result<Fetched, FetchError> {
        let job = (self.rig.runtime).spawn("save", async move |cx| {
            cx.fetch(request).save_as(save).await
        });
        self.rig.end_of(job)
    }

    fn continuing(&self) -> Save {
        Save::in_folder(self.folder()).continuing(self.folder().join("x.bin.part"))
    }
}

fn with_key(root: &Path) {
    let data = root.join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("part-key"), KEY).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(data.join("part-key"), private).unwrap();
    }
}

#[test]
fn a_part_of_either_version_resumes_on_request() {
    for (manifest, has_key) in [(VERSION_1, false), (VERSION_2, false), (VERSION_2, true)] {
        for wants_sha256 in [true, false] {
            let left = Left::new(manifest);
            if has_key {
                with_key(left.root.path());
            }
            let request = get(&left.server.url("/other?link"));
            let save = match wants_sha256 {
                true => left.continuing(),
                false => left.continuing().without_sha256(),
            };
            let fetched = left.save(request, save).unwrap();
            assert_eq!(fetched.resumed_at, Some(CUT as u64));
            assert_eq!(fetched.sha256.is_some(), wants_sha256);
            assert_eq!(names_in(&left.folder()), ["x.bin"]);
            assert!(fs::read(left.folder().join("x.bin")).unwrap() == file());
        }
    }
}

#[test]
fn a_plain_download_says_that_a_part_of_version_1_is_there() {
    let left = Left::new(VERSION_1);
    // It was fetched from another port.
    let url = left.server.url("/x.bin");
    let hash = |url: &str| jobdeck::fetch::Checksum::of(url.as_bytes()).hex();
    assert!(VERSION_1.contains(&hash(URL)));
    let manifest = VERSION_1.replace(&hash(URL), &hash(&url));
    fs::write(left.folder().join("x.bin.part.json"), manifest).unwrap();
    let fetched = left
        .save(get(&url), Save::in_folder(left.folder()))
        .unwrap();
    assert_eq!(fetched.resumed_at, None);
    assert_eq!(fetched.notes[0].code, NoteCode::PartLeftAlone);
    assert_eq!(
        names_in(&left.folder()),
        ["x.bin", "x.bin.part", "x.bin.part.json"]
    );
    // A part of another URL is left alone.
    let left = Left::new(VERSION_1);
    let fetched = left
        .save(get(&url), Save::in_folder(left.folder()))
        .unwrap();
    assert!(fetched.notes.is_empty(), "{:?}", fetched.notes);
}

/// A part that was resumed on request is signed from then on, also when it stops again.
#[test]
fn a_part_of_version_1_that_stops_again_has_a_mark_then() {
    let left = Left::new(VERSION_1);
    let refusing = FaultServer::always(crate::support::fault::answer(
        "HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n",
    ));
    left.save(get(&refusing.url("/x.bin")), left.continuing())
        .unwrap_err();
    let text = fs::read_to_string(left.folder().join("x.bin.part.json")).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert!(line.starts_with("{\"version\":2,"), "{line}");
        assert!(
            line.contains("\"good\":[[0,100000]],\"good_hash\":\"sha256:"),
            "{line}"
        );
        assert!(
            line.trim_end().ends_with("\"}") && line.contains(",\"mark\":\""),
            "{line}"
        );
    }
    let fetched = left
        .save(get(&left.server.url("/x.bin")), left.continuing())
        .unwrap();
    assert_eq!(fetched.resumed_at, Some(CUT as u64));
}

/// The manifest of a part that did not want SHA-256 has another hash; either goes on as the other.
#[test]
fn a_part_with_either_hash_resumes_as_the_other() {
    for first_wants in [true, false] {
        for second_wants in [true, false] {
            let root = tempfile::tempdir().unwrap();
            let cut = vec![
                crate::support::fault::Act::ReadRequest,
                crate::support::fault::send(&answer("")[..CUT]),
            ];
            let server = FaultServer::start(vec![cut, vec![serve(answer)]]);
            let rig = Rig::new();
            let save = |wants_sha256| {
                let save = Save::in_folder(root.path());
                let save = match wants_sha256 {
                    true => save,
                    false => save.without_sha256(),
                };
                let request = get(&server.url("/x.bin"));
                rig.end_of((rig.runtime).spawn("save", async move |cx| {
                    cx.fetch(request).save_as(save).await
                }))
            };
            save(first_wants).unwrap_err();
            let manifest = fs::read_to_string(root.path().join("x.bin.part.json")).unwrap();
            let hash = if first_wants { "sha256:" } else { "blake3:" };
            assert!(manifest.contains(&format!("\"good_hash\":\"{hash}")));
            let fetched = save(second_wants).unwrap();
            assert!(fetched.resumed_at.is_some());
            assert_eq!(fetched.sha256.is_some(), second_wants);
            assert!(fs::read(root.path().join("x.bin")).unwrap() == file());
        }
    }
}
