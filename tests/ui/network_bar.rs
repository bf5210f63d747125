//! The bar for a missing network.

use std::time::Duration;

use egui::{Role, Theme};
use egui_kittest::kittest::Queryable as _;
use jobdeck::status::{NetworkOutage, Totals};

use crate::support::{Screen, every_state, harness};

fn screen(outage: Option<NetworkOutage>) -> Screen {
    Screen {
        totals: Totals {
            network_outage: outage,
            ..Totals::default()
        },
        ..every_state()
    }
}

#[test]
fn a_lost_network_is_said_in_one_line_over_the_table_in_any_width() {
    let lost = NetworkOutage {
        next_try: Duration::from_secs(45),
    };
    for width in [480.0, 900.0] {
        let says = "No network · next try in 45 s";
        let mut window = harness([width, 600.0], Theme::Dark, screen(Some(lost)));
        window.run_steps(3);
        let bounds = window.get_by_label(says).rect();
        assert!(
            bounds.left() >= 0.0 && bounds.right() <= width,
            "{bounds:?}"
        );
        assert!(bounds.height() < 24.0, "{bounds:?}");
        let table = window.query_all_by_role(Role::Row).next();
        let top = table.map(|row| row.rect().top());
        assert!(top.is_none_or(|top| top >= bounds.bottom()), "{top:?}");

        let mut window = harness([width, 600.0], Theme::Dark, screen(None));
        window.run_steps(3);
        assert!(window.query_by_label(says).is_none());
    }
}
