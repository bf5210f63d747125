//! A paused fetch reads nothing, loses nothing, and resumes over the same connection.

use std::time::{Duration, Instant};

use jobdeck::demo::End;

use crate::support::fault::{Act, FaultServer, send};
use crate::support::{PATIENCE, Rig, body, get, paced_server};

const BYTES: usize = 64 * 1024 * 1024;

#[test]
fn the_bytes_stop_and_go_on_over_the_same_connection() {
    let server = paced_server(40_000_000);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let request = get(&server.url(&format!("/bytes/{BYTES}/x")));
    let job = rig.save(request, folder.path());
    rig.drive_until("the first bytes", || job.progress().0 > 0);
    rig.pause(&job);
    let received = job.progress().0;
    assert!(received < BYTES as u64, "it was too fast to be paused");
    // The server fills the socket buffers, and then blocks.
    let mut sent = server.log()[0].body_bytes;
    rig.drive_until("the server to be held", || {
        std::thread::sleep(Duration::from_millis(400));
        let before = std::mem::replace(&mut sent, server.log()[0].body_bytes);
        before == sent
    });
    assert!(sent < BYTES as u64, "the buffers took everything");
    assert_eq!(job.progress().0, received, "bytes came during the pause");
    assert_eq!(server.log()[0].end, End::UnderWay);

    assert!(job.resume());
    let fetched = rig.end_of(job).unwrap();
    assert_eq!(fetched.received, BYTES as u64);
    assert!(std::fs::read(fetched.path.unwrap()).unwrap() == body(BYTES));
    assert_eq!((server.connections(), server.log().len()), (1, 1));
}

#[test]
fn a_pause_longer_than_every_time_out_ends_none() {
    let limit = Duration::from_millis(500);
    let rig = Rig::new();
    // Silent before the response, within its header, and within its body, until long after the
    // limit.
    let scripts: [[&str; 2]; 3] = [
        ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"],
        ["HTTP/1.1 200 OK\r\nCont", "ent-Length: 5\r\n\r\nhello"],
        ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", "llo"],
    ];
    for [first, then] in scripts {
        let server = FaultServer::always(vec![
            Act::ReadRequest,
            send(first),
            Act::Wait(limit * 3),
            send(then),
        ]);
        let request = get(&server.url("/"))
            .with_first_byte_timeout(limit)
            .with_idle_timeout(limit);
        let job = rig.count(request);
        rig.drive_until("the request", || !server.requests().is_empty());
        job.pause();
        rig.drive_for(limit * 4);
        assert!(!job.is_finished());
        job.resume();
        assert_eq!(rig.end_of(job).unwrap().received, 5);
    }
}

/// Not only between two reads: a worker that waits for bytes stops too.
#[test]
fn a_pause_reaches_a_fetch_whose_server_is_silent() {
    let rig = Rig::new();
    for first in ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"] {
        let server = FaultServer::always(vec![Act::ReadRequest, send(first), Act::StaySilent]);
        let job = rig.count(get(&server.url("/")));
        rig.drive_until("the request", || !server.requests().is_empty());
        rig.pause(&job);
        job.cancel();
        rig.finish(&job);
    }
}

#[test]
fn pausing_again_and_again_loses_nothing() {
    let server = paced_server(4_000_000);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let job = rig.save(get(&server.url("/bytes/4000000/x")), folder.path());
    let began = Instant::now();
    let mut pauses = 0;
    while !job.is_finished() {
        assert!(began.elapsed() < PATIENCE);
        pauses += u32::from(job.pause());
        rig.drive_for(Duration::from_millis(20));
        job.resume();
        rig.drive_for(Duration::from_millis(30));
    }
    assert!(pauses > 5, "{pauses} pauses only");
    let fetched = rig.end_of(job).unwrap();
    assert!(std::fs::read(fetched.path.unwrap()).unwrap() == body(4_000_000));
}
