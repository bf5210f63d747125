//! The cleanups that a job registers for its cancel.

use jobdeck::runtime::{CLEANUP_DEADLINE, Job, JobContext, JobError, Outcome};

use crate::support::{Bench, Story, TellsDrop, secs, sleep_for, sleep_holding, state};

/// A cleanup of one second that records its beginning and its end.
fn tells(cx: &JobContext, story: &Story, name: &'static str) -> jobdeck::runtime::CancelCleanup {
    let story = story.clone();
    cx.on_cancel(async move |cx| {
        story.tell(format!("{name} begins"));
        cx.sleep(secs(1)).await?;
        story.tell(format!("{name} ends"));
        Ok(())
    })
}

/// A job that registers its cleanups, and then sleeps until it is cancelled. It holds the value of
/// `register`.
fn sleeper<T: 'static>(
    bench: &Bench,
    story: &Story,
    register: impl FnOnce(&JobContext, &Story) -> T + 'static,
) -> Job {
    let story = story.clone();
    let job = bench.runtime.spawn("a", async move |cx| {
        let _held = register(&cx, &story);
        cx.sleep(secs(1000)).await.map(drop)
    });
    job.job().clone()
}

/// Registers one cleanup, and holds a value that records its drop.
fn one_cleanup(cx: &JobContext, story: &Story) -> TellsDrop {
    tells(cx, story, "cleanup");
    TellsDrop(story.clone(), "dropped")
}

/// A [`sleeper`], cancelled after its first poll.
fn cancelled<T: 'static>(
    register: impl FnOnce(&JobContext, &Story) -> T + 'static,
) -> (Bench, Story, Job) {
    let (bench, story) = (Bench::new(), Story::default());
    let job = sleeper(&bench, &story, register);
    bench.tick();
    assert!(job.cancel());
    (bench, story, job)
}

#[test]
fn the_last_cleanup_runs_first_after_the_code_was_dropped() {
    let (bench, story, job) = cancelled(|cx, told| {
        tells(cx, told, "old");
        tells(cx, told, "new");
        TellsDrop(told.clone(), "dropped")
    });
    assert_eq!(story.told(), ["dropped"]);
    assert_eq!(state(&job), "cancelling");
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(state(&job), "cancelling", "until all of it is done");
    bench
        .clock
        .advance(secs(1) - std::time::Duration::from_nanos(1));
    bench.settle();
    assert_eq!(
        story.told(),
        ["dropped", "new begins", "new ends", "old begins"]
    );
}

#[test]
fn two_cleanups_that_share_the_time_both_end() {
    let (bench, story, job) = cancelled(|cx, told| {
        for name in ["old", "new"] {
            let told = told.clone();
            cx.on_cancel(async move |cx| {
                cx.sleep(CLEANUP_DEADLINE / 3).await?;
                told.tell(name);
                Ok(())
            });
        }
    });
    for _ in 0..3 {
        bench.pass(CLEANUP_DEADLINE / 3);
    }
    assert_eq!(story.told(), ["new", "old"]);
    assert_eq!(state(&job), "cancelled");
}

#[test]
fn a_cleanup_cannot_be_paused_or_cancelled() {
    let (bench, story, job) = cancelled(one_cleanup);
    bench.settle();
    let children = job.children();
    assert_eq!(children[0].name(), "cleanup");
    for one in [&job, &children[0]] {
        assert!(!one.pause() && !one.cancel());
        assert!(!one.is_paused());
    }
    bench.pass(secs(1));
    assert_eq!(story.told(), ["dropped", "cleanup begins", "cleanup ends"]);
    assert_eq!(state(&job), "cancelled");
}

#[test]
fn a_pause_or_a_cancel_of_the_parent_leaves_it_alone() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let parent = bench.runtime.spawn("parent", async move |cx| {
        let child = cx.spawn("child", async move |cx| {
            tells(&cx, &told, "cleanup");
            cx.sleep(secs(1000)).await.map(drop)
        });
        cx.sleep(secs(1)).await?;
        child.cancel();
        cx.sleep(secs(1000)).await.map(drop)
    });
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(story.told(), ["cleanup begins"]);
    parent.pause();
    parent.cancel();
    assert_eq!(state(&parent), "cancelling");
    bench.pass(secs(1));
    assert_eq!(story.told(), ["cleanup begins", "cleanup ends"]);
    assert_eq!(state(&parent), "cancelled");
}

#[test]
fn it_is_dropped_at_its_deadline_and_the_log_says_so() {
    let (bench, story, job) = cancelled(|cx, told| {
        let told = told.clone();
        let never = TellsDrop(told.clone(), "never run");
        cx.on_cancel(async move |_| {
            drop(never);
            Ok(())
        });
        cx.on_cancel(sleep_holding(
            TellsDrop(told, "too slow"),
            CLEANUP_DEADLINE * 2,
        ));
    });
    bench.settle();
    bench.pass(CLEANUP_DEADLINE);
    assert_eq!(state(&job), "cancelled");
    assert_eq!(story.told(), ["too slow", "never run"]);
    assert!(job.log_lines()[0].text.contains("did not end within 2s"));
    assert_eq!(bench.runtime.next_deadline(), None);
}

#[test]
fn a_cleanup_of_the_cleanup_has_no_time_of_its_own() {
    let (bench, _, job) = cancelled(|cx, _| {
        cx.on_cancel(async |cx| {
            cx.on_cancel(sleep_for(CLEANUP_DEADLINE * 2));
            cx.sleep(CLEANUP_DEADLINE * 2).await.map(drop)
        });
    });
    bench.settle();
    bench.pass(CLEANUP_DEADLINE);
    assert_eq!(
        state(&job),
        "cancelled",
        "all of it together has one deadline"
    );
}

#[test]
fn a_panic_in_one_does_not_stop_the_others_and_is_the_outcome() {
    let (bench, story, job) = cancelled(|cx, told| {
        tells(cx, told, "old");
        cx.on_cancel(async |cx: JobContext| {
            cx.sleep(secs(0)).await?;
            std::panic::panic_any("in a cleanup, deliberately");
        });
    });
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(story.told(), ["old begins", "old ends"]);
    let Some(Outcome::Panicked(report)) = job.outcome() else {
        panic!("{job:?}");
    };
    assert_eq!(report.message(), "in a cleanup, deliberately");
}

#[test]
fn an_error_in_one_does_not_stop_the_others_and_is_logged() {
    let (bench, story, job) = cancelled(|cx, told| {
        tells(cx, told, "old");
        cx.on_cancel(async |_| Err(JobError::new("no such file")));
    });
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(story.told(), ["old begins", "old ends"]);
    assert_eq!(state(&job), "cancelled");
    assert!(job.log_lines()[0].text.contains("no such file"));
}

#[test]
fn a_disarmed_cleanup_does_not_run() {
    let (bench, story, _) = cancelled(|cx, told| {
        tells(cx, told, "kept");
        let taken_back = tells(cx, told, "taken back");
        assert!(taken_back.disarm());
    });
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(story.told(), ["kept begins", "kept ends"]);
}

#[test]
fn cleanups_are_dropped_unrun_when_the_job_ends_without_a_cancel() {
    for ending in ["done", "failed", "panicked"] {
        let bench = Bench::new();
        let story = Story::default();
        let told = story.clone();
        let job = bench.runtime.spawn("a", async move |cx| {
            let guard = TellsDrop(told.clone(), "let go");
            cx.on_cancel(async move |_| {
                guard.0.tell("ran");
                Ok(())
            });
            match ending {
                "done" => Ok(()),
                "failed" => Err(JobError::new("broken")),
                _ => std::panic::panic_any("deliberately"),
            }
        });
        bench.settle();
        assert_eq!(state(&job), ending);
        assert_eq!(story.told(), ["let go"], "what it holds goes with the job");
    }
}

#[test]
fn a_cleanup_that_holds_its_jobs_context_is_no_leak() {
    let story = Story::default();
    let bench = Bench::new();
    let told = story.clone();
    drop(bench.runtime.spawn("a", async move |cx| {
        let guard = TellsDrop(told, "let go");
        let own = cx.clone();
        cx.on_cancel(async move |_| {
            own.log("cleaned up");
            drop(guard);
            Ok(())
        });
        Ok(())
    }));
    bench.settle();
    drop(bench);
    assert_eq!(story.told(), ["let go"]);
}

#[test]
fn it_runs_when_the_time_of_the_job_is_over() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let job = bench
        .runtime
        .builder("a")
        .time_limit(secs(5))
        .spawn(async move |cx| {
            tells(&cx, &told, "cleanup");
            cx.sleep(secs(1000)).await.map(drop)
        });
    bench.settle();
    bench.pass(secs(5));
    assert_eq!(state(&job), "cancelling");
    bench.pass(secs(1));
    assert_eq!(story.told(), ["cleanup begins", "cleanup ends"]);
    assert_eq!(state(&job), "timed out");
}

#[test]
fn it_runs_for_a_paused_job_and_is_not_paused_itself() {
    let bench = Bench::new();
    let story = Story::default();
    let job = sleeper(&bench, &story, one_cleanup);
    bench.tick();
    job.pause();
    bench.pass(secs(3));
    job.cancel();
    assert_eq!(state(&job), "cancelling");
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(story.told(), ["dropped", "cleanup begins", "cleanup ends"]);
    assert_eq!(state(&job), "cancelled");
}

#[test]
fn a_queued_job_has_nothing_to_clean_up() {
    let bench = Bench::new();
    let story = Story::default();
    let job = sleeper(&bench, &story, one_cleanup);
    job.cancel();
    assert_eq!(state(&job), "cancelled");
    bench.pass(secs(1));
    assert_eq!(story.told(), [""; 0]);
}

#[test]
fn a_job_that_only_waits_for_its_children_is_cancelling_until_its_cleanup_is_done() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let job = bench.runtime.spawn("a", async move |cx| {
        tells(&cx, &told, "cleanup");
        drop(cx.spawn("child", sleep_for(secs(1000))));
        Ok(())
    });
    bench.settle();
    assert_eq!(state(&job), "completing");
    job.cancel();
    assert_eq!(state(&job), "cancelling");
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(story.told(), ["cleanup begins", "cleanup ends"]);
    assert_eq!(state(&job), "cancelled");
}

#[test]
fn it_may_use_a_worker_thread() {
    let (bench, story, job) = cancelled(|cx, told| {
        let told = told.clone();
        cx.on_cancel(async move |cx| {
            let sum = cx.blocking("adding", |token| {
                token.checkpoint()?;
                Ok(1 + 1)
            });
            told.tell(format!("{}", sum.await?));
            Ok(())
        });
    });
    bench.tick_until(|| job.is_finished());
    assert_eq!(story.told(), ["2"]);
    assert_eq!(state(&job), "cancelled");
}

#[test]
fn a_job_that_cancels_itself_is_cleaned_up_after_that_poll() {
    let bench = Bench::new();
    let story = Story::default();
    let (told, runtime) = (story.clone(), bench.runtime.clone());
    let job = bench.runtime.spawn("a", async move |cx| {
        tells(&cx, &told, "cleanup");
        runtime.job(cx.id()).unwrap().cancel();
        drop(runtime);
        told.tell("still in the poll");
        Ok(())
    });
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(
        story.told(),
        ["still in the poll", "cleanup begins", "cleanup ends"]
    );
    assert_eq!(state(&job), "cancelled");
}
