//! Which links the list has.

use super::*;
use crate::jobs::{Destination, FetchSpec};

fn request(url: &str) -> Request {
    Request::get(url).expect("a URL")
}

fn fetches(urls: &[&str]) -> Vec<Spec> {
    let spec = |url: &&str| Spec::Fetch(FetchSpec::new(request(url), Destination::Count));
    urls.iter().map(spec).collect()
}

#[test]
fn a_link_is_in_the_list_as_long_as_a_row_has_it() {
    let mut deck = deck();
    deck.apply(Action::Add {
        specs: fetches(&["http://h/a", "http://h/b", "http://h/a#x"]),
        paused: true,
    });
    let has = |deck: &Deck, path: &str| deck.has_link(&request(&format!("http://h/{path}")));
    assert!(has(&deck, "a") && has(&deck, "b") && !has(&deck, "c"));
    let ids: Vec<_> = deck.ids().collect();
    deck.apply(Action::Cancel(ids.clone()));
    deck.apply(Action::Remove(vec![ids[0], ids[1]]));
    assert!(has(&deck, "a") && !has(&deck, "b"), "one of two is left");

    let new = Box::new(request("http://h/c"));
    assert_eq!(deck.apply(Action::ChangeUrl(ids[2], new)), 1);
    assert!(!has(&deck, "a") && has(&deck, "c"));
}
