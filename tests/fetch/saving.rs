//! A saved file has exactly the bytes that were sent, a name of its own, and no part beside it.

use std::fs;
use std::sync::{Arc, Mutex};

use jobdeck::demo::{DemoServer, Pace};
use jobdeck::fetch::{
    CompletePart, ErrorClass, FetchExt, Fetched, NameRule, NoteCode, RenameNotice,
};

use crate::support::fault::{FaultServer, answer};
use crate::support::{Rig, body, get, names_in};

#[test]
fn the_bytes_are_those_of_the_server() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    for bytes in [0, 1, 262_144, 262_145, 3_000_000] {
        let request = get(&server.url(&format!("/bytes/{bytes}/f{bytes}.bin")));
        let fetched = rig.end_of(rig.save(request, folder.path())).unwrap();
        let path = fetched.path.unwrap();
        assert_eq!(path, folder.path().join(format!("f{bytes}.bin")));
        assert!(
            fs::read(path).unwrap() == body(bytes),
            "{bytes} bytes differ"
        );
    }
    assert_eq!(names_in(folder.path()).len(), 5);
}

#[test]
fn what_is_told_before_a_file_gets_its_name_is_what_the_fetch_yields() {
    // A login page, whose name is taken.
    let page =
        answer("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<p>Log in");
    let server = FaultServer::start(vec![page]);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.pdf"), "mine").unwrap();
    let told = Arc::<Mutex<Vec<Fetched>>>::default();
    let its_told = told.clone();
    let notice = RenameNotice::new(move |part: &CompletePart<'_>| {
        assert_eq!(part.fetched.path.as_deref(), Some(part.path));
        its_told.lock().unwrap().push(part.fetched.clone());
    });
    let request = get(&server.url("/a.pdf")).with_rename_notice(notice);
    let fetched = rig.end_of(rig.save(request, folder.path())).unwrap();
    assert_eq!(fetched.doubt().unwrap().code, NoteCode::WebPage);
    let told = told.lock().unwrap();
    let last = told.last().unwrap();
    assert_eq!(last.preview, fetched.preview);
    let codes =
        |fetched: &Fetched| -> Vec<_> { fetched.notes.iter().map(|note| note.code).collect() };
    assert_eq!(codes(last), codes(&fetched));
    assert!(*last == fetched, "{last:?}\n{fetched:?}");
}

#[test]
fn a_missing_folder_is_made() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a/b");
    let request = get(&server.url("/bytes/3/x"));
    let fetched = rig.end_of(rig.save(request, &deep)).unwrap();
    assert_eq!(fetched.path.unwrap(), deep.join("x"));
}

#[test]
fn jobs_that_want_one_name_at_once_get_one_each() {
    // Enough that some end while others begin: a part file's name is used again at once.
    const JOBS: usize = 100;
    let server = DemoServer::start(Pace::default()).unwrap();
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("same.bin"), "mine").unwrap();
    let jobs: Vec<_> = (0..JOBS)
        .map(|_| rig.save(get(&server.url("/bytes/30000/same.bin")), folder.path()))
        .collect();
    let mut paths: Vec<_> = jobs
        .into_iter()
        .map(|job| rig.end_of(job).unwrap().path.unwrap())
        .collect();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), JOBS);
    for path in &paths {
        assert!(fs::read(path).unwrap() == body(30_000));
    }
    assert_eq!(fs::read(folder.path().join("same.bin")).unwrap(), b"mine");
    assert_eq!(names_in(folder.path()).len(), JOBS + 1);
}

#[test]
fn the_server_may_name_the_file_but_never_its_folder() {
    let rig = Rig::new();
    let name = |header: &str, path: &str, rule: NameRule| {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("folder");
        let server = FaultServer::always(answer(format!(
            "HTTP/1.1 200 OK\r\n{header}Content-Length: 1\r\n\r\nx"
        )));
        let (url, into) = (server.url(path), folder.clone());
        let fetched = rig
            .run(async move |cx| Ok(cx.fetch(get(&url)).save(into, rule).await?))
            .unwrap();
        assert_eq!(names_in(outer.path()), ["folder"]);
        let names = names_in(&folder);
        assert_eq!(names.len(), 1);
        assert_eq!(fetched.path.unwrap(), folder.join(&names[0]));
        names[0].clone()
    };
    let server_says = |value: &str| {
        let header = format!("Content-Disposition: {value}\r\n");
        name(&header, "/from/url.txt", NameRule::FromServer)
    };
    assert_eq!(server_says("attachment; filename=\"a b.txt\""), "a b.txt");
    assert_eq!(
        server_says("attachment; filename=\"../../evil.sh\""),
        "evil.sh"
    );
    assert_eq!(server_says("attachment; filename=/etc/cron.d/evil"), "evil");
    assert_eq!(
        server_says("attachment; filename*=utf-8''%2e%2e%2fevil"),
        "evil"
    );
    assert_eq!(server_says("attachment; filename=\"....\""), "url.txt");
    assert_eq!(server_says("inline"), "url.txt");
    assert_eq!(name("", "/a%2Fb%00.txt", NameRule::FromServer), "b.txt");
    assert_eq!(name("", "/", NameRule::FromServer), "download");
    let rule = NameRule::Named("my file".to_owned());
    let header = "Content-Disposition: attachment; filename=y\r\n";
    assert_eq!(name(header, "/z", rule), "my file");
}

#[test]
fn a_folder_that_cannot_be_written_is_a_clear_error() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    let error = rig
        .end_of(rig.save(get(&server.url("/bytes/3")), &file))
        .unwrap_err();
    assert_eq!(error.class, ErrorClass::Permission);
    assert!(error.hint.contains("folder"), "{error:?}");
    assert_eq!(fs::read(&file).unwrap(), b"mine");
}
