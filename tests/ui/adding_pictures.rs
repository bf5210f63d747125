//! Pictures of the Add sheet, the empty screen, and files held over the window.

use egui::{Event, HoveredFile, Role, Theme};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use crate::support::{Screen, every_state, harness};

const LINKS: &str = "https://cdimage.example.org/debian-13.1-amd64-netinst.iso
https://tiles.example.org/2026/tile-[001-240].png
htps://typo.example.com/file.zip
curl 'https://api.example.com/report.json' -H 'Accept: application/json' \\
  -H 'Authorization: Bearer secret'
curl -X POST https://api.example.com/start
https://cdimage.example.org/debian-13.1-amd64-netinst.iso
https://mirror.example.net/already-there.tar.zst";

/// Pictures to be looked at, written where `JOBDECK_PICTURES` says.
#[test]
fn pictures_to_look_at() {
    let Some(folder) = std::env::var_os("JOBDECK_PICTURES") else {
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    let save = |harness: &mut Harness<'static, Screen>, name: String| {
        let image = harness.render().unwrap();
        image.save(folder.join(format!("{name}.png"))).unwrap();
    };
    for (theme, word) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        for (size, at) in [
            ([1280.0, 800.0], "1280"),
            ([800.0, 600.0], "800"),
            ([480.0, 560.0], "480"),
        ] {
            let name = |what: &str| format!("{what}_{word}_{at}");
            let mut screen = Screen::default();
            screen.state.empty.offers_demo = true;
            let mut window = harness(size, theme, screen);
            window.run();
            save(&mut window, name("empty"));
            window.input_mut().hovered_files = vec![HoveredFile::default()];
            // egui itself paints on while files are held over a window.
            window.run_steps(2);
            save(&mut window, name("drop"));

            let mut screen = every_state();
            screen.listed = vec!["https://mirror.example.net/already-there.tar.zst"];
            screen.add_sheet.open("");
            let mut window = harness(size, theme, screen);
            window.run();
            save(&mut window, name("add"));
            window.event(Event::Paste(LINKS.to_owned()));
            window.run();
            save(&mut window, name("add_links"));
            window
                .get_by_role_and_label(Role::Button, "More options")
                .click_accesskit();
            window.run();
            let sheet = &mut window.state_mut().add_sheet;
            sheet.file_read("photo.png", Err("is not a text file".to_owned()));
            let list: String = (0..9000)
                .map(|at| format!("https://h.example/{at}\n"))
                .collect();
            sheet.file_read("urls.txt", Ok(&list));
            window.run_steps(8);
            let time = window.get_by_role_and_label(Role::TextInput, "Time limit");
            time.focus();
            window.run();
            window
                .get_by_role_and_label(Role::TextInput, "Time limit")
                .type_text("soon");
            window.run();
            save(&mut window, name("add_more"));
        }
    }
}
