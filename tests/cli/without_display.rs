//! Without a display, the commands that open a window say so, and what to do instead.

#![cfg(target_os = "linux")]

use crate::program::{command, end_of};

#[test]
fn the_error_names_the_run_without_a_window() {
    for arguments in [&["demo"][..], &[], &["http://127.0.0.1:1/x"]] {
        let child = command(arguments)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
            .spawn()
            .unwrap();
        let end = end_of(child);
        assert!(end.status > 0, "{}", end.stderr);
        end.expect_stderr("jobdeck run");
        assert!(!end.stderr.contains("panicked"), "{}", end.stderr);
        assert_eq!(end.stdout, "");
    }
}
