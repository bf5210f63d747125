//! A job and its result as a field of a screen.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use jobdeck::runtime::{ErrorKind, JobContext, JobError, Task, TaskState};

use crate::support::{Bench, Gate, Story, TellsDrop, secs, sleep_holding, state};

/// A stand-in for a frame's widgets: one button is clicked, and texts are collected.
struct Ui<'a> {
    clicked: &'a str,
    shown: Vec<String>,
}

impl Ui<'_> {
    fn label(&mut self, text: impl Into<String>) {
        self.shown.push(text.into());
    }

    fn button(&mut self, text: &str) -> bool {
        self.label(format!("[{text}]"));
        self.clicked == text
    }
}

struct Screen {
    bench: Bench,
    attempts: Rc<Cell<u32>>,
    names: Task<Vec<&'static str>>,
}

impl Screen {
    /// Starts from within the match on the state that it starts anew.
    fn frame(&mut self, clicked: &str) -> Vec<String> {
        self.bench.tick();
        let mut ui = Ui {
            clicked,
            shown: Vec::new(),
        };
        match self.names.state() {
            TaskState::Idle => {
                if ui.button("Load") {
                    self.load();
                }
            }
            TaskState::Running(job) => {
                ui.label(format!("{}…", job.name()));
                if ui.button("Stop") {
                    self.names.cancel();
                }
            }
            TaskState::Done(names) => ui.label(names.join(", ")),
            TaskState::Failed(error) => {
                ui.label(error.to_string());
                if ui.button("Retry") {
                    self.load();
                }
            }
        }
        ui.shown
    }

    fn load(&mut self) {
        let attempts = self.attempts.clone();
        self.names
            .start(&self.bench.runtime, "load", async move |cx| {
                load(cx, attempts).await
            });
    }
}

async fn load(cx: JobContext, attempts: Rc<Cell<u32>>) -> Result<Vec<&'static str>, JobError> {
    cx.sleep(secs(1)).await?;
    attempts.set(attempts.get() + 1);
    match attempts.get() {
        1 => Err(JobError::new("no network")),
        _ => Ok(vec!["Ada", "Grace"]),
    }
}

#[test]
fn a_screen_needs_one_field_and_one_match() {
    let mut screen = Screen {
        bench: Bench::new(),
        attempts: Rc::default(),
        names: Task::new(),
    };
    assert_eq!(screen.frame(""), ["[Load]"]);
    assert_eq!(screen.frame("Load"), ["[Load]"]);
    assert_eq!(screen.frame(""), ["load…", "[Stop]"]);
    assert_eq!(screen.frame("Stop"), ["load…", "[Stop]"]);
    assert_eq!(screen.frame("Load"), ["[Load]"]);
    screen.frame("");
    screen.bench.pass(secs(1));
    assert_eq!(screen.frame("Retry"), ["no network", "[Retry]"]);
    screen.frame("");
    screen.bench.pass(secs(1));
    assert_eq!(screen.frame(""), ["Ada, Grace"]);
    assert_eq!(
        screen.frame(""),
        ["Ada, Grace"],
        "it can be looked at again"
    );
    assert_eq!(screen.names.take(), Some(vec!["Ada", "Grace"]));
    assert_eq!(screen.frame(""), ["[Load]"]);
}

#[test]
fn a_start_cancels_the_job_before_first() {
    let bench = Bench::new();
    let story = Story::default();
    let mut task = Task::new();
    for name in ["one", "two"] {
        story.tell(format!("start {name}"));
        let held = TellsDrop(story.clone(), name);
        task.start(&bench.runtime, name, sleep_holding(held, secs(9)));
        bench.settle();
    }
    assert_eq!(story.told(), ["start one", "start two", "one"]);
    assert_eq!(
        bench
            .runtime
            .jobs()
            .iter()
            .filter(|job| !job.is_finished())
            .count(),
        1
    );
    drop(task);
    assert_eq!(story.told().last().map(String::as_str), Some("two"));
}

#[test]
fn a_detached_job_outlives_its_task() {
    let bench = Bench::new();
    let mut task = Task::new();
    task.start(&bench.runtime, "a", async |cx| cx.sleep(secs(1)).await);
    let job = task.detach().unwrap();
    assert!(task.job().is_none());
    drop(task);
    bench.pass(Duration::ZERO);
    bench.pass(secs(1));
    assert_eq!(state(&job), "done");
}

#[test]
fn every_other_ending_is_a_failure_with_its_kind() {
    let bench = Bench::new();
    let gate = Gate::default();
    let until = gate.clone();
    let jobs = [
        bench
            .runtime
            .spawn("panics", async |_cx| panic!("deliberate")),
        bench
            .runtime
            .builder("is late")
            .time_limit(secs(1))
            .spawn(async |cx| {
                cx.sleep(secs(2)).await?;
                Ok(())
            }),
        bench.runtime.spawn("is cancelled", async move |_cx| {
            until.wait().await;
            Ok(())
        }),
    ];
    let tasks = jobs.map(Task::from);
    bench.settle();
    tasks[2].job().unwrap().cancel();
    bench.pass(secs(1));
    let kinds = tasks.each_ref().map(|task| match task.state() {
        TaskState::Failed(error) => error.kind().clone(),
        other => panic!("{other:?}"),
    });
    assert!(matches!(kinds[0], ErrorKind::Panicked(_)), "{kinds:?}");
    assert!(matches!(kinds[1], ErrorKind::TimedOut), "{kinds:?}");
    assert!(matches!(kinds[2], ErrorKind::Cancelled), "{kinds:?}");
}

#[test]
fn the_failure_of_a_child_in_a_task_is_its_own() {
    // Looking at a task observes the failure, as awaiting the child would.
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        let child = Task::from(cx.spawn("child", async |_cx| Err::<(), _>(JobError::new("no"))));
        cx.sleep(secs(1)).await?;
        Ok(matches!(child.state(), TaskState::Failed(_)))
    });
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(job.take_value(), Some(true));
}

#[test]
fn a_task_with_code_starts_it_as_often_as_wanted() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let mut task = Task::with_code(&bench.runtime, "load", async move |cx| {
        let _held = TellsDrop(told.clone(), "dropped");
        told.tell("started");
        cx.sleep(secs(1)).await?;
        Err::<(), _>(JobError::new("no network"))
    });
    bench.settle();
    assert!(bench.runtime.jobs().is_empty(), "nothing starts by itself");
    for _ in 0..2 {
        assert!(task.restart());
        bench.settle();
    }
    // The first was cancelled.
    assert_eq!(story.told(), ["started", "dropped", "started"]);
    bench.pass(secs(1));
    assert!(matches!(task.state(), TaskState::Failed(_)));
    assert!(task.restart());
    assert!(matches!(task.state(), TaskState::Running(job) if job.name() == "load"));
    assert!(task.cancel());
    assert!(task.restart(), "a cancel leaves the code");
    let job = task.job().unwrap().clone();
    drop(task);
    bench.settle();
    assert_eq!(state(&job), "cancelled");
}

#[test]
fn a_task_without_code_or_runtime_cannot_restart() {
    let bench = Bench::new();
    let mut bare = Task::from(bench.runtime.spawn("a", async |_cx| Ok(1)));
    assert!(!bare.restart());
    bench.settle();
    assert!(matches!(bare.state(), TaskState::Done(1)), "it stays");
    let mut task = Task::with_code(&bench.runtime, "a", async |_cx| Ok(1));
    drop((bare, bench));
    assert!(!task.restart());
    assert!(matches!(task.state(), TaskState::Idle));
}
