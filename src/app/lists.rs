//! Lists of links in files, chosen in a dialog or dropped on the window: read in threads, so that no frame waits.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::runtime::{JobHandle, Runtime};

/// The longest list that is taken from a file at once, in bytes: more is not a list somebody looks through.
const LONGEST_LIST_BYTES: u64 = 8 * 1024 * 1024;

/// The lists that are being chosen or read.
#[derive(Default)]
pub(super) struct Lists {
    reading: Vec<JobHandle<Result<String, String>>>,
}

impl Lists {
    /// Asks for a file, and reads it. One dialog at a time.
    pub(super) fn choose(&mut self, runtime: &Runtime) {
        if !self.reading.is_empty() {
            return;
        }
        let job = runtime.spawn("choose a list", async |cx| {
            let dialog = rfd::AsyncFileDialog::new()
                .set_title("A list of links")
                .pick_file();
            let Some(file) = cx.wait_for("the file's dialog", dialog).await? else {
                return Ok(Ok(String::new()));
            };
            let path = file.path().to_owned();
            cx.blocking("reading the list", move |_token| Ok(read(&path)))
                .await
        });
        self.reading.push(job);
    }

    /// Reads a file.
    pub(super) fn read(&mut self, runtime: &Runtime, path: PathBuf) {
        let job = runtime.spawn("read a list", async move |cx| {
            cx.blocking("reading the list", move |_token| Ok(read(&path)))
                .await
        });
        self.reading.push(job);
    }

    /// The lists that were read since the last call, or why one could not be.
    pub(super) fn take(&mut self) -> Vec<Result<String, String>> {
        let is_over = |job: &JobHandle<_>| job.is_finished();
        let over = self.reading.extract_if(.., |job| is_over(job));
        let lists = over.map(|job| {
            job.into_value()
                .unwrap_or_else(|error| Err(error.to_string()))
        });
        lists
            .filter(|list| list.as_ref() != Ok(&String::new()))
            .collect()
    }
}

impl std::fmt::Debug for Lists {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lists")
            .field("reading", &self.reading.len())
            .finish()
    }
}

/// The lines of a text file; of a shortcut to a page, its link.
fn read(path: &Path) -> Result<String, String> {
    let name = path.file_name().unwrap_or_default().display().to_string();
    let cannot = |why: &str| format!("{name} is no list of links: {why}");
    if path.is_dir() {
        return Err(cannot("it is a folder"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LONGEST_LIST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| format!("{name} cannot be read: {error}"))?;
    if bytes.len() as u64 > LONGEST_LIST_BYTES {
        return Err(cannot("it is longer than 8 MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|_| cannot("it is not text"))?;
    if text.contains('\0') {
        return Err(cannot("it is not text"));
    }
    let text = text.trim_start_matches('\u{feff}');
    let shortcut = path.extension().is_some_and(|extension| {
        ["url", "desktop"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    });
    if shortcut {
        let url = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("URL="));
        return url
            .map(str::to_owned)
            .ok_or_else(|| cannot("no link is in it"));
    }
    if text.trim().is_empty() {
        return Err(cannot("it is empty"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_shortcuts_are_read_and_everything_else_says_why_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            read(&path)
        };
        let list = "http://a/1\n# no link\nhttp://a/2\n";
        assert_eq!(file("a.txt", list.as_bytes()), Ok(list.to_owned()));
        let shortcut = b"[InternetShortcut]\r\nURL=http://a/3\r\n";
        assert_eq!(file("a.URL", shortcut), Ok("http://a/3".to_owned()));
        assert!(
            file("b.url", b"[InternetShortcut]")
                .unwrap_err()
                .contains("no link")
        );
        assert!(
            file("a.bin", &[0xff, 0xfe, 0])
                .unwrap_err()
                .contains("not text")
        );
        assert!(file("a.zero", b"a\0b").unwrap_err().contains("not text"));
        assert!(file("empty.txt", b" \n").unwrap_err().contains("empty"));
        let long = vec![b'a'; LONGEST_LIST_BYTES as usize + 1];
        assert!(file("long.txt", &long).unwrap_err().contains("8 MiB"));
        assert!(read(folder.path()).unwrap_err().contains("folder"));
        assert!(
            read(Path::new("/no/such/file"))
                .unwrap_err()
                .contains("cannot be read")
        );
    }
}
