//! The default folder for downloads.

use std::fs;
use std::path::{Path, PathBuf};

/// The desktop's folder for downloads, or `Downloads` in the home folder if it names none. It may
/// not exist yet: the first saved download creates it. `None` without a home folder.
pub(super) fn find() -> Option<PathBuf> {
    dirs::download_dir().or_else(|| {
        let home = dirs::home_dir()?;
        let settings = dirs::config_dir().map(|folder| folder.join("user-dirs.dirs"));
        // Without the file, the desktop names no folder.
        let settings = settings.and_then(|file| fs::read_to_string(file).ok());
        Some(unnamed(&home, settings.as_deref().unwrap_or_default()))
    })
}

/// The folder if `user-dirs.dirs` names the home folder or none. By the convention of
/// xdg-user-dirs, naming the home folder means that the user wants no separate folder.
fn unnamed(home: &Path, user_dirs: &str) -> PathBuf {
    // As in a shell, the last assignment wins.
    let value = user_dirs.lines().rev().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "XDG_DOWNLOAD_DIR").then(|| value.trim().trim_matches('"'))
    });
    let is_home = |value: &str| {
        let value = value.trim_end_matches('/');
        value == "$HOME" || Path::new(value) == home
    };
    match value {
        Some(value) if is_home(value) => home.to_owned(),
        _ => home.join("Downloads"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn downloads_go_to_a_folder_of_their_own_unless_their_user_wants_none() {
        let home = Path::new("/home/ada");
        let downloads = Path::new("/home/ada/Downloads");
        for (user_dirs, folder) in [
            ("", downloads),
            ("# XDG_DOWNLOAD_DIR=\"$HOME/\"\n", downloads),
            ("XDG_MUSIC_DIR=\"$HOME/\"\n", downloads),
            ("XDG_DOWNLOAD_DIR=\"relative\"\n", downloads),
            (
                "XDG_MUSIC_DIR=\"$HOME/m\"\nXDG_DOWNLOAD_DIR=\"$HOME/\"\n",
                home,
            ),
            ("XDG_DOWNLOAD_DIR=\"$HOME\"", home),
            (" XDG_DOWNLOAD_DIR = \"/home/ada/\"", home),
        ] {
            assert_eq!(unnamed(home, user_dirs), folder, "{user_dirs}");
        }
    }
}
