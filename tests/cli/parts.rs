//! Parts of the real program: the key that signs their manifests, and a folder shared by two users.

#![cfg(unix)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::program::{End, command, end_of, names_in};

/// The length of the file.
const TOTAL: usize = 300_000;
/// Where its first answer is cut.
const CUT: usize = 200_000;

fn file() -> Vec<u8> {
    let mut body = vec![0; TOTAL];
    jobdeck::demo::fill_body(0, &mut body);
    body
}

/// A server with one file, which it cuts while it is `broken`, and then has other bytes.
struct Server {
    url: String,
    is_broken: Arc<AtomicBool>,
}

impl Server {
    fn start(broken_body: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/x.bin", listener.local_addr().unwrap());
        let is_broken = Arc::new(AtomicBool::new(true));
        let shared = is_broken.clone();
        // It ends with the process.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let broken = shared.load(Ordering::SeqCst).then(|| broken_body.clone());
                thread::spawn(move || {
                    let mut header = Vec::new();
                    let mut byte = [0];
                    while !header.ends_with(b"\r\n\r\n")
                        && stream.read(&mut byte).is_ok_and(|n| n > 0)
                    {
                        header.push(byte[0]);
                    }
                    let header = String::from_utf8_lossy(&header).to_ascii_lowercase();
                    let first = header
                        .split_once("range: bytes=")
                        .and_then(|(_, range)| range.split_once('-')?.0.parse::<usize>().ok());
                    let (status, body) = match (broken, first) {
                        (Some(body), _) => ("200 OK".to_owned(), body),
                        (None, None) => ("200 OK".to_owned(), file()),
                        (None, Some(first)) => {
                            let range = format!("bytes {first}-{}/{TOTAL}", TOTAL - 1);
                            let status = format!("206 x\r\nContent-Range: {range}");
                            (status, file()[first..].to_vec())
                        }
                    };
                    let length = TOTAL - first.filter(|_| body.len() != CUT).unwrap_or(0);
                    let head = format!(
                        "HTTP/1.1 {status}\r\nETag: \"v1\"\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
                    );
                    // The client may be gone.
                    let _ = stream.write_all(&[head.as_bytes(), &body].concat());
                });
            }
        });
        Self { url, is_broken }
    }

    fn mend(&self) {
        self.is_broken.store(false, Ordering::SeqCst);
    }
}

fn at(folder: &Path) -> &str {
    folder.to_str().unwrap()
}

/// Downloads into a folder, with the data of programs in another.
fn spawn_run(folder: &Path, data: &Path, url: &str) -> Child {
    let arguments = ["run", "--json", "-d", at(folder), "--retries", "0", url];
    let mut command = command(&arguments);
    command.env("XDG_DATA_HOME", data).spawn().unwrap()
}

#[test]
fn processes_that_begin_at_once_make_one_key() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    let server = Server::start(file()[..CUT].to_vec());
    let folder = |number: usize| root.path().join(number.to_string());
    let run = |number: usize| spawn_run(&folder(number), &data, &server.url);
    let first: Vec<_> = (0..20).map(run).collect();
    for child in first {
        end_of(child).expect_status(1);
    }
    let key = data.join("jobdeck/part-key");
    assert_eq!(names_in(&data.join("jobdeck")), ["part-key"]);
    let there = fs::metadata(&key).unwrap();
    assert_eq!((there.len(), there.mode() & 0o777), (32, 0o600));
    let folder_mode = fs::metadata(data.join("jobdeck")).unwrap().mode() & 0o777;
    assert_eq!(folder_mode, 0o700);
    server.mend();
    let second: Vec<_> = (0..20).map(run).collect();
    for (number, child) in second.into_iter().enumerate() {
        let end = end_of(child);
        end.expect_status(0);
        let finished = end.finished(&server.url);
        assert_eq!(finished["resumed_at"], CUT, "{number}: {finished}");
        assert!(fs::read(folder(number).join("x.bin")).unwrap() == file());
    }
}

/// A key that others may have read or written signs nothing: the next run finds no part of its own.
#[test]
fn a_key_that_is_not_this_users_alone_is_not_used() {
    for spoil in [
        (|key: &Path| fs::set_permissions(key, fs::Permissions::from_mode(0o644)).unwrap())
            as fn(&Path),
        |key| {
            let elsewhere = key.with_file_name("elsewhere");
            fs::rename(key, &elsewhere).unwrap();
            symlink(&elsewhere, key).unwrap();
        },
    ] {
        let root = tempfile::tempdir().unwrap();
        let data = root.path().join("data");
        let folder = root.path().join("here");
        let server = Server::start(file()[..CUT].to_vec());
        let run = || end_of(spawn_run(&folder, &data, &server.url));
        run().expect_status(1);
        spoil(&data.join("jobdeck/part-key"));
        server.mend();
        let end = run();
        end.expect_status(0);
        assert!(end.finished(&server.url)["resumed_at"].is_null());
        assert!(fs::read(folder.join("x.bin")).unwrap() == file());
        assert!(names_in(&folder).contains(&"x.bin.part".to_owned()));
    }
}

/// Two users of this system, and the program where both may run it.
struct Users {
    root: tempfile::TempDir,
    program: PathBuf,
    /// Their user and group numbers.
    attacker: (u32, u32),
    victim: (u32, u32),
}

impl Users {
    /// None where this test may not act as another user.
    fn find() -> Option<Self> {
        let root = tempfile::tempdir().unwrap();
        if fs::metadata(root.path()).unwrap().uid() != 0 {
            println!("skipped: only the superuser can act as two other users");
            return None;
        }
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let user = |name: &str| {
            let fields: Vec<_> = passwd
                .lines()
                .map(|line| line.split(':').collect::<Vec<_>>())
                .find(|fields| fields.first() == Some(&name))?;
            Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
        };
        let (Some(attacker), Some(victim)) = (user("daemon"), user("nobody")) else {
            println!("skipped: this system has no users daemon and nobody");
            return None;
        };
        let anyone = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        anyone(root.path(), 0o755);
        let program = root.path().join("jobdeck");
        // The one that was built may be in a folder that they may not enter. Another process makes
        // the copy: a file that this one has open for writing can be inherited by the children that
        // other tests start at that moment, and running it would fail with "Text file busy".
        let mut copy = Command::new("cp");
        copy.arg(env!("CARGO_BIN_EXE_jobdeck")).arg(&program);
        assert!(copy.status().unwrap().success());
        anyone(&program, 0o755);
        for name in ["shared", "attacker", "victim"] {
            fs::create_dir(root.path().join(name)).unwrap();
        }
        anyone(&root.path().join("shared"), 0o777);
        for (name, (user, group)) in [("attacker", attacker), ("victim", victim)] {
            let home = root.path().join(name);
            std::os::unix::fs::chown(home, Some(user), Some(group)).unwrap();
        }
        Some(Self {
            root,
            program,
            attacker,
            victim,
        })
    }

    fn shared(&self) -> PathBuf {
        self.root.path().join("shared")
    }

    fn home(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// A command of one of the two.
    fn command(&self, name: &str, program: &Path, arguments: &[&str]) -> Command {
        let (user, group) = match name {
            "attacker" => self.attacker,
            _ => self.victim,
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.home(name))
            .env("HOME", self.home(name))
            .env("XDG_DATA_HOME", self.home(name))
            .uid(user)
            .gid(group)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        command
    }

    fn run(&self, name: &str, arguments: &[&str]) -> End {
        let mut command = self.command(name, &self.program, arguments);
        end_of(command.spawn().unwrap())
    }

    fn shell(&self, name: &str, script: &str) {
        let mut command = self.command(name, Path::new("/bin/sh"), &["-c", script]);
        end_of(command.spawn().unwrap()).expect_status(0);
    }

    fn download(&self, name: &str, url: &str, more: &[&str]) -> End {
        let shared = self.shared();
        let mut arguments = vec!["run", "--json", "-d", at(&shared), "--retries", "0"];
        arguments.extend(more);
        arguments.push(url);
        self.run(name, &arguments)
    }
}

#[test]
fn a_part_of_another_user_in_a_shared_folder_is_not_resumed() {
    let Some(users) = Users::find() else { return };
    // The attacker's body differs from the victim's.
    let server = Server::start(vec![6; CUT]);
    users
        .download("attacker", &server.url, &[])
        .expect_status(1);
    let part = users.shared().join("x.bin.part");
    let manifest = users.shared().join("x.bin.part.json");
    assert_eq!(fs::metadata(&part).unwrap().uid(), users.attacker.0);
    let before = [&part, &manifest].map(|path| fs::read(path).unwrap());
    server.mend();

    // Private, as it is made, and when it can be read and written by all.
    for mode in ["600", "666"] {
        let script = format!("chmod {mode} {0} {0}.json", at(&part));
        users.shell("attacker", &script);
        let end = users.download("victim", &server.url, &["--if-exists", "overwrite"]);
        end.expect_status(0);
        let finished = end.finished(&server.url);
        assert!(finished["resumed_at"].is_null(), "{finished}");
        let saved = users.shared().join("x.bin");
        assert!(fs::read(&saved).unwrap() == file());
        assert_eq!(fs::metadata(&saved).unwrap().uid(), users.victim.0);
        // Not by an explicit word either: the file stays the attacker's, who may write to it at any
        // time.
        let end = users.download("victim", &server.url, &["--continue-from", at(&part)]);
        end.expect_status(1);
        assert_eq!(end.finished(&server.url)["error"]["class"], "not_resumable");
        for (path, before) in [&part, &manifest].iter().zip(&before) {
            assert!(fs::read(path).unwrap() == *before, "{}", path.display());
        }
    }
}

#[test]
fn a_link_of_another_user_leads_to_no_file_of_ours() {
    let Some(users) = Users::find() else { return };
    let server = Server::start(file()[..CUT].to_vec());
    let precious = [&file()[..CUT], b" and what is worth more"].concat();
    let own = users.home("victim").join("precious");
    fs::write(&own, &precious).unwrap();
    let (user, group) = users.victim;
    std::os::unix::fs::chown(&own, Some(user), Some(group)).unwrap();
    // A part of the victim's own, in whose place the attacker puts a link.
    users.download("victim", &server.url, &[]).expect_status(1);
    let part = users.shared().join("x.bin.part");
    // The victim may have another part there in between.
    let swap = format!("rm -f {0}; ln -s {1} {0} || true", at(&part), at(&own));
    users.shell("attacker", &swap);
    server.mend();
    let end = users.download("victim", &server.url, &[]);
    end.expect_status(0);
    assert!(fs::read(users.shared().join("x.bin")).unwrap() == file());
    assert_eq!(fs::read(&own).unwrap(), precious);
    assert_eq!(fs::read_link(&part).unwrap(), own);

    // While the victim checks.
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                users.shell("attacker", &swap);
                users.shell("attacker", &format!("rm -f {}", at(&part)));
            }
        });
        for _ in 0..8 {
            let end = users.download("victim", &server.url, &["--if-exists", "overwrite"]);
            // Its part may have been taken away: that is a failure, and costs no other file.
            if end.status == 0 {
                assert!(fs::read(users.shared().join("x.bin")).unwrap() == file());
            }
            assert_eq!(fs::read(&own).unwrap(), precious);
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(fs::read(&own).unwrap(), precious);
}
