//! A cancelled fetch releases its thread, its connection and its file immediately.

use std::time::{Duration, Instant};

use jobdeck::demo::End;
use jobdeck::fetch::FetchExt;
use jobdeck::runtime::{Lifecycle, Outcome};

use crate::support::fault::{Act, FaultServer, send};
use crate::support::{BlackHole, Rig, SOON, get, names_in, paced_server};

#[test]
fn in_the_middle_of_a_body() {
    let server = paced_server(200_000);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let job = rig.save(get(&server.url("/bytes/100000000/x")), folder.path());
    rig.drive_until("the first bytes", || job.progress().0 > 0);
    assert_eq!(names_in(folder.path()), ["x.part", "x.part.json"]);
    let began = Instant::now();
    assert!(job.cancel());
    rig.finish(&job);
    assert!(began.elapsed() < SOON);
    assert!(matches!(
        job.lifecycle(),
        Lifecycle::Finished(Outcome::Cancelled)
    ));
    assert_eq!(rig.runtime.busy_workers(), 0);
    assert_eq!(rig.runtime.abandoned_workers(), 0);
    let kept = std::fs::metadata(folder.path().join("x.part")).unwrap();
    assert_eq!(kept.len(), job.progress().0, "what came is kept");
    rig.drive_until("the server to notice", || {
        server.log()[0].end == End::ClosedByPeer
    });
}

/// The server stays silent in all of these: only the cancel can end the wait.
#[test]
fn while_the_server_is_silent() {
    let scripts: [Vec<Act>; 4] = [
        // Not even the request is read.
        vec![Act::StaySilent],
        vec![Act::ReadRequest, Act::StaySilent],
        vec![
            Act::ReadRequest,
            send("HTTP/1.1 200 OK\r\nContent-Le"),
            Act::StaySilent,
        ],
        vec![
            Act::ReadRequest,
            send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"),
            Act::StaySilent,
        ],
    ];
    let rig = Rig::new();
    for script in scripts {
        let server = FaultServer::always(script);
        let job = rig.count(get(&server.url("/")));
        rig.drive_until("the connection", || server.connections() == 1);
        rig.cancel_waiting(&job);
    }
}

#[test]
fn while_connecting() {
    let hole = BlackHole::new();
    let rig = Rig::new();
    let job = rig.count(get(&hole.url()));
    rig.drive_until("the step", || {
        job.step().is_some_and(|step| step.label == "Connecting")
    });
    rig.cancel_waiting(&job);
}

#[test]
fn by_dropping_its_task() {
    let server = FaultServer::always(vec![Act::ReadRequest, Act::StaySilent]);
    let url = server.url("/");
    let rig = Rig::new();
    rig.run(async move |cx| {
        let task = cx.fetch(get(&url)).count();
        cx.sleep(Duration::from_millis(50)).await?;
        drop(task);
        Ok(())
    })
    .unwrap();
    rig.drive_until("the worker to let go", || rig.runtime.busy_workers() == 0);
    // It may have been dropped before it could connect.
    rig.drive_until("the connection to close", || {
        server.closed_by_peer().len() == server.connections()
    });
}

#[test]
fn while_it_is_paused() {
    let server = paced_server(200_000);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let job = rig.save(get(&server.url("/bytes/100000000/x")), folder.path());
    rig.drive_until("the first bytes", || job.progress().0 > 0);
    rig.pause(&job);
    job.cancel();
    rig.finish(&job);
    assert_eq!(rig.runtime.busy_workers(), 0);
    assert_eq!(names_in(folder.path()), ["x.part", "x.part.json"]);
}

#[test]
fn an_error_thrown_at_a_fetch_comes_out_unchanged() {
    let server = paced_server(200_000);
    let rig = Rig::new();
    let url = server.url("/bytes/100000000/x");
    let job = rig.runtime.spawn("caught", async move |cx| {
        let error = cx.fetch(get(&url)).count().await.unwrap_err();
        // The job itself goes on.
        cx.sleep(Duration::from_millis(1)).await?;
        Ok(error.to_string())
    });
    rig.drive_until("the first bytes", || job.progress().0 > 0);
    assert!(job.throw(jobdeck::runtime::JobError::new("enough")));
    rig.finish(&job);
    assert_eq!(job.take_value().as_deref(), Some("enough"));
    rig.drive_until("the server to notice", || {
        server.log()[0].end == End::ClosedByPeer
    });
    assert_eq!(rig.runtime.busy_workers(), 0);
}
