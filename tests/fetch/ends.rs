//! The end of a download as one line that a test can compare. In every case no file is outside the
//! folder, no failure leaves a file, and every failure has a hint.

use jobdeck::fetch::{FetchError, Fetched, Request};

use crate::support::fault::{Act, FaultServer, answer};
use crate::support::{Rig, get, names_in};

/// A download at its end.
pub(crate) struct End {
    pub(crate) result: Result<Fetched, FetchError>,
    /// The name and the bytes of the file that was saved.
    pub(crate) file: Option<(String, Vec<u8>)>,
}

impl End {
    /// The end in one line. Of a success: `done`, status, length, and whether it was announced. Of
    /// a failure: class, phase, status, received bytes, and whether it is retried.
    pub(crate) fn line(&self) -> String {
        match &self.result {
            Ok(fetched) => format!(
                "done {} {} {}",
                fetched.http_status,
                fetched.received,
                if fetched.length_announced {
                    "announced"
                } else {
                    "unannounced"
                }
            ),
            Err(error) => format!(
                "{} {} {} {} {}",
                error.class,
                error.phase.map_or("-", |phase| phase.name()),
                error
                    .http_status
                    .map_or("-".to_owned(), |status| status.to_string()),
                error.received,
                if error.is_retryable() {
                    "again"
                } else {
                    "final"
                }
            ),
        }
    }

    #[track_caller]
    pub(crate) fn error(&self) -> &FetchError {
        self.result.as_ref().unwrap_err()
    }

    /// The bytes of the saved file, as text.
    #[track_caller]
    pub(crate) fn text(&self) -> String {
        let (_, bytes) = self.file.as_ref().unwrap();
        String::from_utf8_lossy(bytes).into_owned()
    }
}

/// Saves the response to this request, and checks the folder.
#[track_caller]
pub(crate) fn saved(request: Request) -> End {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("folder");
    let rig = Rig::new();
    let result = rig.end_of(rig.save(request, &folder));
    assert_eq!(rig.runtime.busy_workers(), 0);
    assert_eq!(rig.runtime.abandoned_workers(), 0);
    let outside = names_in(outer.path());
    assert!(outside.is_empty() || outside == ["folder"], "{outside:?}");
    let mut names = if outside.is_empty() {
        Vec::new()
    } else {
        names_in(&folder)
    };
    let file = match &result {
        Ok(fetched) => {
            assert_eq!(names.len(), 1, "{names:?}");
            let name = names.remove(0);
            let path = folder.join(&name);
            assert!(path.symlink_metadata().unwrap().is_file(), "{name:?}");
            assert_eq!(fetched.path.as_ref(), Some(&path));
            let bytes = std::fs::read(path).unwrap();
            assert_eq!(bytes.len() as u64, fetched.received);
            Some((name, bytes))
        }
        Err(error) => {
            // Only a part that can be resumed is left.
            if let Some(part) = &error.part {
                let name = part.file_name().unwrap().to_str().unwrap();
                assert_eq!(names, [name.to_owned(), format!("{name}.json")]);
                assert!(name.ends_with(".part"), "{name:?}");
                let kept = std::fs::metadata(folder.join(name)).unwrap();
                assert!(kept.is_file() && kept.len() == error.received);
            } else {
                assert!(names.is_empty(), "{names:?} after {error:?}");
            }
            assert!(
                !error.message.is_empty() && !error.hint.is_empty(),
                "{error:?}"
            );
            None
        }
    };
    End { result, file }
}

/// The end of a download from a server with this script for every connection, without retries.
#[track_caller]
pub(crate) fn after(script: Vec<Act>) -> End {
    let server = FaultServer::always(script);
    let end = saved(get(&server.url("/x")));
    assert_eq!(
        server.connections(),
        1,
        "a download tries nothing again by itself"
    );
    end
}

/// The end of a download whose response is these bytes, followed by the end of the connection.
#[track_caller]
pub(crate) fn answered(response: impl AsRef<[u8]>) -> End {
    let response = response.as_ref();
    let text = String::from_utf8_lossy(response);
    // Shown when the test fails.
    println!("{:?}", text.chars().take(200).collect::<String>());
    after(answer(response))
}

/// The line of such an end.
#[track_caller]
pub(crate) fn line(response: impl AsRef<[u8]>) -> String {
    let end = answered(response);
    if let Err(error) = &end.result {
        println!("  {error:?}");
    }
    end.line()
}
