//! Shows files in the desktop's own file manager.

use std::path::PathBuf;

/// Shows a file in its folder, or a folder, as the desktop does it. In a thread of its own: it may take a while.
pub(super) fn show(path: PathBuf) {
    let shown = std::thread::Builder::new()
        .name("show folder".to_owned())
        .spawn(move || {
            let result = if path.is_dir() {
                opener::open(&path)
            } else {
                opener::reveal(&path)
            };
            if let Err(error) = result {
                log::warn!("{} cannot be shown: {error}", path.display());
            }
        });
    if let Err(error) = shown {
        log::warn!("no thread to show a folder in: {error}");
    }
}
