//! A type's inherent methods are in one file.

use crate::Complaint;
use crate::model::{Model, shown_type};

/// Facades: each of their files holds the entry to the part beside it.
const FACADES: &[(&str, &str)] = &[
    ("runtime::Job", "`Job::remote` stands beside `RemoteJob`"),
    (
        "runtime::JobContext",
        "`JobContext::sleep` stands beside `Sleep`",
    ),
    (
        "runtime::JobHandle",
        "`JobHandle::into_remote` stands beside `RemoteHandle`",
    ),
    (
        "runtime::Runtime",
        "`Runtime::call_soon` stands beside `Callback`",
    ),
];

/// Types whose methods are still in several files.
#[rustfmt::skip]
const STILL_SPREAD: &[&str] = &[];

#[test]
fn the_methods_of_a_type_are_in_one_file() {
    crate::check(
        spread_impls,
        STILL_SPREAD,
        &[
            &[
                (
                    "deck/mod.rs",
                    "mod queue; pub struct Deck; impl Deck { fn a(&self) {} }",
                ),
                (
                    "deck/queue.rs",
                    "use super::Deck; impl Deck { fn b(&self) {} }",
                ),
            ],
            // Under another name, through a re-export.
            &[
                ("deck/mod.rs", "mod model; pub use model::Deck as Rows;"),
                (
                    "deck/model.rs",
                    "pub struct Deck; impl Deck { fn a(&self) {} }",
                ),
                ("deck/queue.rs", "impl super::Rows { fn b(&self) {} }"),
            ],
            &[
                (
                    "deck/mod.rs",
                    "mod queue; pub struct Deck<T>(T); impl<T> Deck<T> {}",
                ),
                (
                    "deck/queue.rs",
                    "use crate::deck as d; impl<T> d::Deck<T> { fn b(&self) {} }",
                ),
            ],
        ],
    );
    crate::check_allowed(
        spread_impls,
        &[
            &[
                (
                    "deck/mod.rs",
                    "mod queue; pub struct Deck; impl Deck {} impl Deck {}",
                ),
                ("deck/queue.rs", "use super::Deck; impl Clone for Deck {}"),
            ],
            &[
                ("deck/mod.rs", "mod queue; pub struct Deck; impl Deck {}"),
                (
                    "deck/queue.rs",
                    "use super::Deck; #[cfg(test)] impl Deck {}",
                ),
            ],
            &[
                ("deck/a.rs", "struct State; impl State {}"),
                ("deck/b.rs", "struct State; impl State {}"),
            ],
            // Of each platform its own.
            &[
                (
                    "app/mod.rs",
                    "mod files; #[path = \"files_web.rs\"] mod files;",
                ),
                ("app/files.rs", "struct Files; impl Files {}"),
                ("app/files_web.rs", "struct Files; impl Files {}"),
            ],
        ],
    );
}

fn spread_impls(model: &Model) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (name, facts) in model.types() {
        let name = shown_type(&name);
        if facts.is_spread() && !FACADES.iter().any(|(facade, _)| *facade == name) {
            let files: Vec<&str> = facts.files.into_iter().collect();
            let text = format!("has inherent methods in {}", files.join(", "));
            complaints.push(Complaint::new(name, text));
        }
    }
    complaints
}

/// Exceptions that are none any more leave the list.
#[test]
fn every_facade_is_one() {
    let types = crate::model::ALL.types();
    for (facade, _) in FACADES {
        let is_spread = types
            .iter()
            .any(|(name, facts)| shown_type(name) == *facade && facts.is_spread());
        assert!(is_spread, "{facade} is in one file: take it off the list");
    }
}
