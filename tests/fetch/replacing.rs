//! A file of an earlier fetch about which there was a doubt: the file that was wanted takes its place, and nothing else
//! does.

use std::fs;
use std::path::{Path, PathBuf};

use jobdeck::fetch::{ErrorClass, FetchError, FetchExt, Fetched, IfExists, Save};

use crate::support::fault::{Act, FaultServer, send};
use crate::support::{Rig, get, names_in};

const RULES: [IfExists; 4] = [
    IfExists::Rename,
    IfExists::Overwrite,
    IfExists::Skip,
    IfExists::Fail,
];
const PAGE: &str = "<html>sign in</html>";
const FILE: &str = "%PDF-1.7 the real one";

fn answer(content_type: &str, body: &str) -> Vec<Act> {
    let length = body.len();
    vec![
        Act::ReadRequest,
        send(format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
        )),
    ]
}

fn file() -> Vec<Act> {
    answer("application/pdf", FILE)
}

fn page() -> Vec<Act> {
    answer("text/html", PAGE)
}

struct Place {
    server: FaultServer,
    rig: Rig,
    folder: tempfile::TempDir,
}

impl Place {
    fn new(scripts: Vec<Vec<Act>>) -> Self {
        Self {
            server: FaultServer::start(scripts),
            rig: Rig::new(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Saves `real.pdf`, in the place of these files.
    fn save(&self, rule: IfExists, replaced: &[&str]) -> Result<Fetched, FetchError> {
        let request = get(&self.server.url("/real.pdf"));
        let mut save = Save::in_folder(self.folder.path()).if_exists(rule);
        for name in replaced {
            save = save.replacing(self.path(name));
        }
        let job = (self.rig.runtime).spawn("save", async move |cx| {
            cx.fetch(request).save_as(save).await
        });
        self.rig.end_of(job)
    }

    #[track_caller]
    fn assert_files(&self, expected: &[(&str, &str)]) {
        let names = names_in(self.folder.path());
        let there: Vec<_> = names
            .iter()
            .map(|name| (name.clone(), fs::read_to_string(self.path(name)).unwrap()))
            .collect();
        let there: Vec<_> = there
            .iter()
            .map(|(name, text)| (&**name, &**text))
            .collect();
        assert_eq!(there, expected);
    }
}

fn name_of(fetched: &Fetched) -> &str {
    let name = fetched.path.as_deref().and_then(Path::file_name);
    name.unwrap().to_str().unwrap()
}

#[test]
fn the_wanted_file_takes_the_place_of_the_doubtful_one() {
    for rule in RULES {
        let place = Place::new(vec![page(), file()]);
        let doubtful = place.save(rule, &[]).unwrap();
        assert!(doubtful.doubt().is_some());
        place.assert_files(&[("real.pdf", PAGE)]);
        let fetched = place.save(rule, &["real.pdf"]).unwrap();
        assert!(!fetched.skipped, "{rule:?}");
        assert_eq!(name_of(&fetched), "real.pdf");
        place.assert_files(&[("real.pdf", FILE)]);
    }
}

#[test]
fn doubtful_files_of_other_names_go() {
    for rule in RULES {
        let place = Place::new(vec![file()]);
        fs::write(place.path("signin.html"), PAGE).unwrap();
        fs::write(place.path("real (1).pdf"), PAGE).unwrap();
        place.save(rule, &["signin.html", "real (1).pdf"]).unwrap();
        place.assert_files(&[("real.pdf", FILE)]);
    }
}

#[test]
fn another_file_of_the_name_is_none_of_its_own() {
    let place = Place::new(vec![file()]);
    fs::write(place.path("real.pdf"), "somebody's").unwrap();
    fs::write(place.path("real (1).pdf"), PAGE).unwrap();
    place.save(IfExists::Rename, &["real (1).pdf"]).unwrap();
    place.assert_files(&[("real (1).pdf", FILE), ("real.pdf", "somebody's")]);
}

#[test]
fn another_doubt_or_a_failure_replaces_nothing() {
    for rule in RULES {
        let refusal = vec![
            Act::ReadRequest,
            send("HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n"),
        ];
        let place = Place::new(vec![page(), refusal, file()]);
        fs::write(place.path("real.pdf"), "the first page").unwrap();
        let fetched = place.save(rule, &["real.pdf"]).unwrap();
        assert!(fetched.doubt().is_some());
        let both = [("real (1).pdf", PAGE), ("real.pdf", "the first page")];
        place.assert_files(&both);
        let replaced = ["real.pdf", "real (1).pdf"];
        let error = place.save(rule, &replaced).unwrap_err();
        assert_eq!(error.class, ErrorClass::HttpStatus);
        place.assert_files(&both);
        place.save(rule, &replaced).unwrap();
        place.assert_files(&[("real.pdf", FILE)]);
    }
}

#[test]
fn a_doubtful_file_that_is_changed_meanwhile_stays() {
    let half = FILE.len() / 2;
    let held = vec![
        Act::ReadRequest,
        send(format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}",
            FILE.len(),
            &FILE[..half]
        )),
        Act::AwaitRequests(2),
        send(&FILE[half..]),
    ];
    let place = Place::new(vec![held, vec![Act::ReadRequest]]);
    fs::write(place.path("real.pdf"), PAGE).unwrap();
    let request = get(&place.server.url("/real.pdf"));
    let save = Save::in_folder(place.folder.path()).replacing(place.path("real.pdf"));
    let job = (place.rig.runtime).spawn("save", async move |cx| {
        cx.fetch(request).save_as(save).await
    });
    place
        .rig
        .drive_until("the first half", || job.progress().0 == half as u64);
    fs::write(place.path("real.pdf"), "edited by its user").unwrap();
    let other = get(&place.server.url("/other"));
    let other = (place.rig.runtime).spawn("other", async move |cx| cx.fetch(other).count().await);
    let fetched = place.rig.end_of(job).unwrap();
    other.cancel();
    assert_eq!(name_of(&fetched), "real (1).pdf");
    place.assert_files(&[("real (1).pdf", FILE), ("real.pdf", "edited by its user")]);
}

#[cfg(unix)]
#[test]
fn a_link_is_not_taken_for_a_doubtful_file() {
    let place = Place::new(vec![file()]);
    fs::write(place.path("target"), "somebody's").unwrap();
    std::os::unix::fs::symlink(place.path("target"), place.path("real.pdf")).unwrap();
    let fetched = place.save(IfExists::Rename, &["real.pdf"]).unwrap();
    assert_eq!(name_of(&fetched), "real (1).pdf");
    assert_eq!(
        fs::read_link(place.path("real.pdf")).unwrap(),
        place.path("target")
    );
}
