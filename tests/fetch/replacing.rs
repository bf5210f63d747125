//! A file with a doubt about it: only the wanted file replaces it.

use std::fs;
use std::path::Path;

use jobdeck::fetch::{ErrorClass, FetchError, Fetched, IfExists, Save};

use crate::support::fault::{Act, send};
use crate::support::{Place, get};

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

/// Saves `real.pdf`, in the place of these files.
fn save(place: &Place, rule: IfExists, replaced: &[&str]) -> Result<Fetched, FetchError> {
    let request = get(&place.server.url("/real.pdf"));
    let replacing = |save: Save, name: &&str| save.replacing(place.path(name));
    place.save_as(request, replaced.iter().fold(place.rules(rule), replacing))
}

#[track_caller]
fn assert_files(place: &Place, expected: &[(&str, &str)]) {
    let names = place.names();
    let texts = names
        .iter()
        .map(|name| fs::read_to_string(place.path(name)).unwrap());
    let there: Vec<_> = names.iter().cloned().zip(texts).collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    assert_eq!(there, expected);
}

fn name_of(fetched: &Fetched) -> &str {
    let name = fetched.path.as_deref().and_then(Path::file_name);
    name.unwrap().to_str().unwrap()
}

#[test]
fn the_wanted_file_takes_the_place_of_the_doubtful_one() {
    for rule in RULES {
        let place = Place::new(vec![page(), file()]);
        let doubtful = save(&place, rule, &[]).unwrap();
        assert!(doubtful.doubt().is_some());
        assert_files(&place, &[("real.pdf", PAGE)]);
        let fetched = save(&place, rule, &["real.pdf"]).unwrap();
        assert!(!fetched.skipped, "{rule:?}");
        assert_eq!(name_of(&fetched), "real.pdf");
        assert_files(&place, &[("real.pdf", FILE)]);
    }
}

#[test]
fn doubtful_files_of_other_names_go() {
    for rule in RULES {
        let place = Place::new(vec![file()]);
        fs::write(place.path("signin.html"), PAGE).unwrap();
        fs::write(place.path("real (1).pdf"), PAGE).unwrap();
        save(&place, rule, &["signin.html", "real (1).pdf"]).unwrap();
        assert_files(&place, &[("real.pdf", FILE)]);
    }
}

#[test]
fn another_file_of_the_name_is_not_replaced() {
    let place = Place::new(vec![file()]);
    fs::write(place.path("real.pdf"), "somebody's").unwrap();
    fs::write(place.path("real (1).pdf"), PAGE).unwrap();
    save(&place, IfExists::Rename, &["real (1).pdf"]).unwrap();
    assert_files(
        &place,
        &[("real (1).pdf", FILE), ("real.pdf", "somebody's")],
    );
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
        let fetched = save(&place, rule, &["real.pdf"]).unwrap();
        assert!(fetched.doubt().is_some());
        let both = [("real (1).pdf", PAGE), ("real.pdf", "the first page")];
        assert_files(&place, &both);
        let replaced = ["real.pdf", "real (1).pdf"];
        let error = save(&place, rule, &replaced).unwrap_err();
        assert_eq!(error.class, ErrorClass::HttpStatus);
        assert_files(&place, &both);
        save(&place, rule, &replaced).unwrap();
        assert_files(&place, &[("real.pdf", FILE)]);
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
    let save = Save::in_folder(&place.folder).replacing(place.path("real.pdf"));
    let job = place.rig.save_as(request, save);
    place
        .rig
        .drive_until("the first half", || job.progress().0 == half as u64);
    fs::write(place.path("real.pdf"), "edited by its user").unwrap();
    let other = place.rig.count(get(&place.server.url("/other")));
    let fetched = place.rig.end_of(job).unwrap();
    other.cancel();
    assert_eq!(name_of(&fetched), "real (1).pdf");
    assert_files(
        &place,
        &[("real (1).pdf", FILE), ("real.pdf", "edited by its user")],
    );
}

#[cfg(unix)]
#[test]
fn a_link_is_not_taken_for_a_doubtful_file() {
    let place = Place::new(vec![file()]);
    fs::write(place.path("target"), "somebody's").unwrap();
    std::os::unix::fs::symlink(place.path("target"), place.path("real.pdf")).unwrap();
    let fetched = save(&place, IfExists::Rename, &["real.pdf"]).unwrap();
    assert_eq!(name_of(&fetched), "real (1).pdf");
    assert_eq!(
        fs::read_link(place.path("real.pdf")).unwrap(),
        place.path("target")
    );
}
