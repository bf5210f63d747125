//! Which links the list has.

use super::*;
use crate::jobs::{Destination, FetchSpec};
use crate::status::Verb;

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
    deck.add(fetches(&["http://h/a", "http://h/b", "http://h/a#x"]), true);
    let has = |deck: &Deck, path: &str| deck.rows.has_link(&request(&format!("http://h/{path}")));
    assert!(has(&deck, "a") && has(&deck, "b") && !has(&deck, "c"));
    let ids: Vec<_> = deck.rows.ids().collect();
    deck.apply(Action::new(Verb::Cancel, ids.clone()));
    deck.apply(Action::new(Verb::Remove, vec![ids[0], ids[1]]));
    assert!(has(&deck, "a") && !has(&deck, "b"), "one of two is left");

    assert!(deck.change_url(ids[2], &request("http://h/c")));
    assert!(!has(&deck, "a") && has(&deck, "c"));
}
