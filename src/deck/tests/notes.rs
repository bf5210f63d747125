//! What a file is called and what there is to know of it, on the rows: names, notes, doubts, parts
//! set aside.

use std::path::PathBuf;
use std::rc::Rc;

use super::*;
use crate::fetch::{ErrorClass, FetchScript, NameRule, Note, NoteCode, Save, ScriptedResponse};
use crate::jobs::{Destination, FetchSpec};
use crate::status::{Column, Direction, SuggestedAction, Verb};

const DOUBT: &str = "a web page came instead of report.pdf";

/// Downloads of these URLs into a folder, answered from a script.
fn downloads(script: FetchScript, urls: &[&str]) -> (Deck, Vec<RowId>) {
    let mut deck = deck();
    deck.events.watch();
    deck.runtime().set_extension(Rc::new(script));
    let specs = urls.iter().map(|url| {
        let request = Request::get(url).expect("a URL");
        let save = Destination::Save(Save::in_folder("/d"));
        Spec::Fetch(FetchSpec::new(request, save))
    });
    deck.add(specs.collect(), false);
    let ids = deck.rows.ids().collect();
    pass(&mut deck, Duration::ZERO);
    pass(&mut deck, Duration::ZERO);
    (deck, ids)
}

fn doubtful() -> (Deck, RowId) {
    let page = ScriptedResponse::body("<html>sign in</html>")
        .named("signin")
        .noted(Note::new(NoteCode::WebPage, DOUBT));
    let script = FetchScript::new().respond("http://h/report.pdf", page);
    let (deck, ids) = downloads(script, &["http://h/report.pdf"]);
    (deck, ids[0])
}

fn row(deck: &Deck, id: RowId) -> RowView {
    deck.view(id).expect("a row")
}

#[test]
fn a_doubt_has_a_chip_of_its_own_until_its_file_is_kept() {
    let (mut deck, id) = doubtful();
    let view = row(&deck, id);
    assert_eq!(view.status.word(), "Check");
    assert_eq!(view.status.detail().as_deref(), Some(DOUBT));
    assert_eq!(view.suggested_action, Some(SuggestedAction::Keep));
    assert_eq!(
        (&*view.name, view.link_name.as_deref()),
        ("signin", Some("report.pdf"))
    );
    assert_eq!(
        (deck.counts().of(Chip::Check), deck.counts().of(Chip::Done)),
        (1, 0)
    );
    assert!(deck.all_ended());
    check_sums(&deck);
    let entry = deck.activity.get(0).expect("an entry").clone();
    assert_eq!(
        (entry.kind, &*entry.subject),
        (ActivityKind::Doubted, "signin")
    );
    assert!(entry.detail.contains(DOUBT), "{}", entry.detail);

    assert_eq!(deck.apply(Action::new(Verb::Keep, vec![id])).rows, 1);
    assert_eq!(
        deck.apply(Action::new(Verb::Keep, vec![id])).rows,
        0,
        "it is kept already"
    );
    let view = row(&deck, id);
    assert_eq!(view.status.word(), "Done");
    assert_eq!(view.note.as_deref(), Some(DOUBT), "it is still to be read");
    assert_eq!(
        (deck.counts().of(Chip::Check), deck.counts().of(Chip::Done)),
        (0, 1)
    );
    check_sums(&deck);

    assert_eq!(
        deck.undo_log.last().map(|step| (step.kind, step.rows)),
        Some((UndoKind::Kept, 1))
    );
    assert_eq!(deck.undo(), 1);
    assert_eq!(word(&deck, id), "Check");
    check_sums(&deck);
}

#[test]
fn only_a_doubt_can_be_kept_and_only_a_doubt_is_begun_again() {
    let (mut deck, id) = doubtful();
    let (mut others, ids) = added(2);
    others.apply(Action::new(Verb::Cancel, vec![ids[1]]));
    assert_eq!(others.apply(Action::new(Verb::Keep, ids)).rows, 0);
    deck.apply(Action::new(Verb::Keep, vec![id]));
    assert_eq!(
        deck.apply(Action::new(Verb::Retry, vec![id])).rows,
        0,
        "it is done"
    );
    deck.undo();
    let _ = deck.events.take();
    assert_eq!(deck.apply(Action::new(Verb::Retry, vec![id])).rows, 1);
    assert_eq!(
        &*row(&deck, id).name,
        "report.pdf",
        "it is another file that is wanted"
    );
    pass(&mut deck, SECOND);
    assert_eq!(&*row(&deck, id).name, "signin");
    let link = Request::get("http://h/other.pdf").expect("a URL");
    assert!(deck.change_url(id, &link));
    check_sums(&deck);
}

#[test]
fn a_doubt_is_found_by_its_words_and_by_its_state() {
    let (mut deck, id) = doubtful();
    for search in [
        "\"web page\"",
        "state:check",
        "name:signin",
        "error:instead",
        "report.pdf",
    ] {
        let search = search.to_owned();
        deck.set_filter(Filter {
            chip: Some(Chip::Check),
            search,
        });
        assert_eq!(
            (deck.len(), deck.id(0)),
            (1, Some(id)),
            "{:?}",
            deck.listing.filter()
        );
    }
    deck.set_filter(Filter {
        chip: Some(Chip::Done),
        search: String::new(),
    });
    assert_eq!(deck.len(), 0);
}

#[test]
fn what_is_only_good_to_know_leaves_a_row_done() {
    let url = "http://h/d.json";
    let body = ScriptedResponse::body("{}").named("d.json");
    let body = body
        .noted(Note::new(NoteCode::Compared, "compared at four places"))
        .noted(Note::new(NoteCode::Renamed, "d.json\u{202e} was taken"));
    let (deck, ids) = downloads(FetchScript::new().respond(url, body), &[url]);
    let view = row(&deck, ids[0]);
    assert_eq!(
        (view.status.word(), view.suggested_action),
        ("Done".into(), Some(SuggestedAction::OpenFolder))
    );
    let note = "compared at four places · d.json\\u{202e} was taken";
    assert_eq!(view.note.as_deref(), Some(note));
    assert_eq!(view.link_name, None);
    let entry = deck.activity.get(0).expect("an entry");
    assert_eq!(entry.kind, ActivityKind::Done);
    assert!(entry.detail.ends_with(note), "{}", entry.detail);
    check_sums(&deck);
}

#[test]
fn rows_are_called_what_their_files_are_called() {
    let urls: Vec<String> = (0..18)
        .map(|number| format!("http://h/{number}/x"))
        .collect();
    let script = urls
        .iter()
        .enumerate()
        .fold(FetchScript::new(), |script, (number, url)| {
            let body =
                ScriptedResponse::body("hello").named(format!("file {:02}.zip", 17 - number));
            script.respond(url, body.over(SECOND))
        });
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let (mut deck, ids) = downloads(script, &urls);
    deck.limit(|limits| limits.jobs_at_once = 100);
    for _ in 0..20 {
        pass(&mut deck, SECOND);
    }
    for (number, id) in ids.iter().enumerate() {
        let view = row(&deck, *id);
        assert_eq!(*view.name, format!("file {:02}.zip", 17 - number));
        assert_eq!(view.link_name.as_deref(), Some("x"));
    }
    deck.set_sorting(Sorting {
        first: Some((Column::Job, Direction::Ascending)),
        second: None,
    });
    assert_eq!(deck.id(0), ids.last().copied());
    let search = "name:\"file 04\"".to_owned();
    deck.set_filter(Filter { chip: None, search });
    assert_eq!((deck.len(), deck.id(0)), (1, Some(ids[13])));
    // Each was renamed once, before its end.
    let mut renamed = BTreeSet::new();
    for event in deck.events.take() {
        match event {
            Event::Renamed(id) => assert!(renamed.insert(id), "{id:?} twice"),
            Event::Ended(id) => assert!(renamed.contains(&id), "{id:?} had no name"),
            Event::Added(_) | Event::Step(..) => {}
        }
    }
    assert_eq!(renamed.len(), 18);
}

#[test]
fn a_row_moves_to_where_its_new_name_belongs() {
    let script = FetchScript::new()
        .respond(
            "http://h/a",
            ScriptedResponse::body("1").named("zebra").over(SECOND * 10),
        )
        .respond(
            "http://h/b",
            ScriptedResponse::body("1").named("ant").over(SECOND * 10),
        );
    let mut deck = deck();
    deck.set_sorting(Sorting {
        first: Some((Column::Job, Direction::Ascending)),
        second: None,
    });
    deck.set_filter(Filter {
        chip: None,
        search: "name:a".to_owned(),
    });
    deck.runtime().set_extension(Rc::new(script));
    for url in ["http://h/a", "http://h/b"] {
        let request = Request::get(url).expect("a URL");
        let save = Destination::Save(Save::in_folder("/d"));
        deck.add(vec![Spec::Fetch(FetchSpec::new(request, save))], false);
    }
    pass(&mut deck, Duration::ZERO);
    pass(&mut deck, SECOND);
    let names = |deck: &Deck| -> Vec<String> {
        let rows = (0..deck.len()).filter_map(|at| deck.row(at));
        rows.map(|row| row.name.to_string()).collect()
    };
    assert_eq!(names(&deck), ["ant", "zebra"]);
}

#[test]
fn a_part_that_is_set_aside_is_a_file_of_its_row() {
    let url = "http://h/big.iso";
    let error = FetchError::new(ErrorClass::Changed, "It changed");
    let script = FetchScript::new().respond(url, ScriptedResponse::failure(error));
    let (mut deck, ids) = downloads(script, &[]);
    assert!(ids.is_empty());
    let folder = tempfile::tempdir().expect("a folder");
    let aside = folder.path().join("big.iso.part.old");
    std::fs::write(&aside, "older bytes").expect("a file");
    let request = Request::get(url).expect("a URL");
    let save = Destination::Save(Save::in_folder(folder.path()));
    deck.add(vec![Spec::Fetch(FetchSpec::new(request, save))], true);
    let id = deck.rows.ids().next().expect("a row");
    let trace = deck.rows[0].facts.borrow().trace.clone();
    *trace.0.aside.lock().expect("a lock") = Some((aside.clone(), 11));
    deck.apply(Action::new(Verb::Resume, vec![id]));
    pass(&mut deck, Duration::ZERO);
    pass(&mut deck, Duration::ZERO);
    assert_eq!(word(&deck, id), "Failed");
    assert_eq!(
        deck.detail(id).map_or_else(Vec::new, |row| row.files()),
        [RowFile::SetAside(aside.clone())]
    );
    assert_eq!(
        deck.detail(id)
            .and_then(|row| row.file_bytes(&RowFile::SetAside(aside.clone()))),
        Some(11)
    );
    let others = deck.rows.paths_of_others(&BTreeSet::new());
    assert_eq!(others.into_iter().collect::<Vec<PathBuf>>(), [aside]);
}

#[test]
fn a_given_name_is_shown_before_the_file_comes_with_the_name_of_the_link() {
    let mut deck = deck();
    let request = Request::get("http://h/x?id=7").expect("a URL");
    let save = Save::in_folder("/d").named(NameRule::Named("report.pdf".to_owned()));
    let mut spec = FetchSpec::new(request, Destination::Save(save));
    spec.name = "report.pdf".to_owned();
    deck.add(vec![Spec::Fetch(spec)], true);
    let id = deck.rows.ids().next().expect("a row");
    let view = row(&deck, id);
    assert_eq!(
        (&*view.name, view.link_name.as_deref()),
        ("report.pdf", Some("x"))
    );
}
