//! Secrets are in the tables for secrets alone, whatever happens to a run.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::fault::{FaultServer, serve};
use crate::list_folder::{Killed, files_of, wait_for};
use crate::program::{command, names_in};

/// Each secret begins with this, and continues with where it was planted.
const MARK: &str = "SECRETmark";
/// What looks random is a secret, whatever its name says.
const RANDOM: &str = "aG9kX3JhbmRvbV92YWx1ZV90aGF0X2lzX2xvbmc0123456789";

/// Responds by the path: whole, in part and then silence, refused, or elsewhere.
fn respond(header: &str) -> Vec<u8> {
    let path = header.split(' ').nth(1).unwrap_or_default();
    let name = path.trim_start_matches('/').split(['?', '/']).next();
    let moved = |location: &str| {
        format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
    };
    let text = match name.unwrap_or_default() {
        "signed" => moved(&format!(
            "/whole/s.bin?X-Amz-Signature={MARK}Signature&x={RANDOM}"
        )),
        "signed-slow" => moved(&format!("/stall/t.bin?X-Amz-Signature={MARK}SlowSignature")),
        "signed-fails" => moved(&format!("/fail/u.bin?sig={MARK}FailSignature")),
        "login" => moved(&format!(
            "http://{MARK}User:{MARK}Pass@127.0.0.1:1/v?token={MARK}V"
        )),
        "no-url" => moved(&format!("http://[{MARK}/?token={MARK}NoUrl")),
        "no-host" => moved(&format!("http://no.invalid/?token={MARK}NoHost")),
        "no-http" => moved(&format!("ftp://127.0.0.1/?token={MARK}NoHttp")),
        "loop" => moved(&format!("/loop/x.bin?token={MARK}Loop")),
        "fail" => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
        "deny" => format!(
            "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"r\"\r\nSet-Cookie: id={MARK}Set\r\nContent-Length: 0\r\n\r\n"
        ),
        "stall" => {
            let head = "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nAccept-Ranges: bytes\r\nContent-Length: 100000\r\n\r\n";
            return format!("{head}{}", "x".repeat(50_000)).into_bytes();
        }
        _ => "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody".to_owned(),
    };
    text.into_bytes()
}

struct Scene {
    server: FaultServer,
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let server = FaultServer::always(vec![serve(respond)]);
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: String| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                let mode = std::fs::Permissions::from_mode(0o600);
                std::fs::set_permissions(&path, mode).unwrap();
            }
        };
        let cookies = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tsession";
        write("cookies.txt", format!("{cookies}\t{MARK}Cookie\n"));
        let machine = format!("machine 127.0.0.1 login {MARK}Login password {MARK}Password\n");
        write(".netrc", machine);
        let links = links(&server);
        write(
            "links.txt",
            links.iter().map(|link| format!("{link}\n")).collect(),
        );
        Self { server, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, name: &str, more: &[&str]) -> std::process::Command {
        let [state, out, joblog] = ["state", "out", name].map(|name| self.path(name));
        let [state, out, joblog] = [state, out, joblog].map(|path| path.display().to_string());
        let joblog = format!("{joblog}.log");
        let mut arguments = vec!["run", "--state-dir", &state, "-d", &out];
        arguments.extend(["--joblog", &joblog, "-j", "30", "--per-host", "30"]);
        arguments.extend(more);
        let mut command = command(&arguments);
        let output = |kind| std::fs::File::create(self.path(&format!("{name}.{kind}"))).unwrap();
        command.env("HOME", self.folder.path());
        command.stdout(output("out")).stderr(output("err"));
        command
    }

    /// Everything that was written but the database, and what its other tables have.
    fn check_written(&self, when: &str) {
        let mut folders = vec![self.path("out")];
        folders.extend([self.folder.path().to_owned()]);
        let mut checked = 0;
        for folder in folders {
            for name in names_in(&folder) {
                let path = folder.join(&name);
                let is_given = ["links.txt", ".netrc", "cookies.txt"].contains(&name.as_str());
                assert!(
                    !name.contains(MARK) && !name.contains(RANDOM),
                    "{when}: {name}"
                );
                if path.is_file() && !is_given {
                    check_bytes(&std::fs::read(&path).unwrap(), &format!("{when}: {name}"));
                    checked += 1;
                }
            }
        }
        assert!(checked > 4, "{checked}");
        for name in names_in(&self.path("state")) {
            // The pages of the tables of secrets are in these.
            if !name.starts_with("jobs.sqlite") {
                let bytes = std::fs::read(self.path("state").join(&name)).unwrap();
                check_bytes(&bytes, &format!("{when}: {name}"));
            }
        }
        self.check_tables(when);
    }

    fn check_tables(&self, when: &str) {
        // Of a copy: nothing is moved from the log into the database here.
        let copy = tempfile::tempdir().unwrap();
        for (name, bytes) in files_of(&self.path("state")) {
            std::fs::write(copy.path().join(name), bytes).unwrap();
        }
        let connection = Connection::open(copy.path().join("jobs.sqlite")).unwrap();
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table'";
        let mut statement = connection.prepare(names).unwrap();
        let names = statement.query_map([], |row| row.get(0)).unwrap();
        let names: Vec<String> = names.map(Result::unwrap).collect();
        assert!(names.len() > 4, "{names:?}");
        for name in names {
            let bytes = dump(&connection, &name);
            if name == "secrets" {
                let is_kept = contains(&bytes, MARK.as_bytes());
                assert!(is_kept, "{when}: nothing is kept");
            } else if name != "secret_files" {
                check_bytes(&bytes, &format!("{when}: table {name}"));
            }
        }
    }
}

fn links(server: &FaultServer) -> Vec<String> {
    let address = server.address();
    let with_login = |name: &str| format!("http://{MARK}{name}:{MARK}pw@{address}");
    let paths = [
        format!("/stall/a.bin?token={MARK}A"),
        format!("/stall/b.bin?v={RANDOM}"),
        format!("/stall/c.bin?v={RANDOM}&part=2#{MARK}Fragment"),
        format!("/fail/d.bin?token={MARK}D"),
        format!("/deny/e.bin?access_token={MARK}E"),
        format!("/whole/f.bin?password={MARK}F"),
        "/signed/g.bin".to_owned(),
        format!("/signed-slow/h.bin?token={MARK}H"),
        "/signed-fails/i.bin".to_owned(),
        "/login/j.bin".to_owned(),
        "/no-url/k.bin".to_owned(),
        "/no-host/l.bin".to_owned(),
        "/no-http/m.bin".to_owned(),
        "/loop/n.bin".to_owned(),
        format!("/whole/?api_key={MARK}NoName"),
    ];
    let mut links: Vec<_> = paths.iter().map(|path| server.url(path)).collect();
    links.extend([
        format!("{}/stall/o.bin", with_login("O")),
        format!("{}/whole/p.bin?x={RANDOM}", with_login("P")),
        format!("{}/fail/q.bin?key={MARK}Key", with_login("Q")),
        format!("http://{MARK}R:{MARK}R@no.invalid/r.bin?token={MARK}R"),
        format!("http://127.0.0.1:1/s.bin?token={MARK}S"),
    ]);
    links
}

fn dump(connection: &Connection, table: &str) -> Vec<u8> {
    let mut statement = connection
        .prepare(&format!("SELECT * FROM {table}"))
        .unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut bytes = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        for column in 0..columns {
            match row.get_ref(column).unwrap() {
                ValueRef::Text(text) | ValueRef::Blob(text) => bytes.extend_from_slice(text),
                _ => {}
            }
            bytes.push(b'\n');
        }
    }
    bytes
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

#[track_caller]
fn check_bytes(bytes: &[u8], what: &str) {
    for secret in [MARK, RANDOM] {
        let found = bytes
            .windows(secret.len())
            .position(|window| window.eq_ignore_ascii_case(secret.as_bytes()));
        if let Some(at) = found {
            let around = &bytes[at.saturating_sub(200)..(at + 100).min(bytes.len())];
            panic!("{what}: {}", String::from_utf8_lossy(around));
        }
    }
}

/// How many jobs ended, by the job log of this run.
fn ends(joblog: &Path) -> usize {
    let text = std::fs::read_to_string(joblog).unwrap_or_default();
    text.lines().count().saturating_sub(1)
}

#[test]
fn no_secret_is_written_anywhere_else_by_a_run_that_is_killed_and_goes_on() {
    let scene = Scene::new();
    let [links, cookies] = ["links.txt", "cookies.txt"].map(|name| scene.path(name));
    let [links, cookies] = [links, cookies].map(|path| path.display().to_string());
    let [bearer, key] = [
        format!("Authorization: Bearer {MARK}B"),
        format!("X-Key: {MARK}K"),
    ];
    let headers = ["-H", &bearer, "-H", &key];
    let files = [
        "--cookies",
        &cookies,
        "--netrc",
        "--retries",
        "0",
        "--json",
        "-i",
        &links,
    ];
    let first = scene.run("first", &[&headers[..], &files].concat()).spawn();
    let mut first = Killed(first.unwrap());
    // All but the five that stand still have ended.
    let count = self::links(&scene.server).len();
    let joblog = scene.path("first.log");
    wait_for("the ends of most", || {
        (ends(&joblog) >= count - 5).then_some(())
    });
    first.0.kill().unwrap();
    first.0.wait().unwrap();
    let names = names_in(&scene.path("out"));
    assert!(
        names.iter().any(|name| name.ends_with(".part.json")),
        "{names:?}"
    );
    scene.check_written("killed");

    // What is left fails now, after tries.
    let resumed = ["--resume", "--retries", "1", "--idle-timeout", "1s"];
    let mut command = scene.run("second", &resumed);
    let status = command.status().unwrap();
    let [printed, said] = ["second.out", "second.err"].map(|name| {
        let text = std::fs::read_to_string(scene.path(name));
        text.unwrap()
    });
    scene.check_written("gone on");
    assert_eq!(status.code(), Some(1), "{printed}{said}");
    assert!(ends(&scene.path("second.log")) > 0);
}

#[test]
fn the_password_of_a_proxy_is_written_nowhere_else() {
    let scene = Scene::new();
    let address = scene.server.address();
    let links = [
        format!("http://host.invalid/whole/a.bin?token={MARK}A"),
        format!("https://host.invalid/whole/b.bin?token={MARK}B"),
        format!("http://host.invalid/fail/c.bin?token={MARK}C"),
    ];
    let links: Vec<_> = links.iter().map(String::as_str).collect();
    for (number, proxy) in [
        format!("http://{MARK}User:{MARK}Pass@{address}"),
        format!("socks5://{MARK}User:{MARK}Pass@{address}"),
        format!("http://{MARK}User:{MARK}Pass@127.0.0.1:1"),
    ]
    .iter()
    .enumerate()
    {
        for show in [&["--json"][..], &["--quiet"], &[]] {
            let own = ["--retries", "0", "--timeout", "5s", "--proxy", proxy];
            let more = [&own[..], show, &links].concat();
            let name = format!("run{number}{}", show.concat());
            scene.run(&name, &more).status().unwrap();
        }
    }
    scene.check_written("through a proxy");
}
