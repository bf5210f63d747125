//! The native entry point: runs what the arguments ask for, in a window or without one.

mod download_folder;

use std::cell::RefCell;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

use jobdeck::app::{AppOptions, Demo, Desktop, open_window};
use jobdeck::cli::{BadLine, Invocation, OpenOptions, RunOptions, StoreOptions};
use jobdeck::deck::{HostKind, Limits};
use jobdeck::demo::{DemoServer, Pace};
use jobdeck::fetch::Stream;
use jobdeck::headless::{ExitReason, JobLog, Run, Show};
use jobdeck::jobs::{Destination, FetchSpec, Spec};
use jobdeck::links::Link;
use jobdeck::options::Settings;
use jobdeck::records::CommandError;
use jobdeck::runtime::{Host as _, ParkHost};
use jobdeck::store::{Folder, OpenError, Reader, Store};
use jobdeck::view::AddDefaults;
use jobdeck::{cli, demo, format, headless, instance, records};

/// Parses the arguments, runs the command and returns its exit code.
pub(crate) fn start() -> ExitCode {
    let end = match cli::parse(std::env::args_os()) {
        Ok(Invocation::Open(options)) => open(options),
        Ok(Invocation::Run(options)) => run(options),
        Ok(invocation) => return over_list(&invocation),
        Err(error) => {
            // If even this cannot be printed, the exit code still says it.
            let _printed = error.print();
            return ExitCode::from(u8::try_from(error.exit_status()).unwrap_or(2));
        }
    };
    end.unwrap_or_else(|problem| {
        headless::say(&format::escaped_lines(&problem.to_string()));
        ExitCode::FAILURE
    })
}

/// The commands that start no jobs.
fn over_list(invocation: &Invocation) -> ExitCode {
    let folder = |store| state_folder(store).ok_or(CommandError::NoFolder);
    let print = |text: &[u8]| records::print(|out| out.write_all(text)).map(|()| 0);
    let end = match invocation {
        Invocation::Open(_) | Invocation::Run(_) => Ok(0),
        Invocation::List(options) => {
            folder(&options.store).and_then(|folder| records::list(options, &folder))
        }
        Invocation::Show(options) => {
            folder(&options.store).and_then(|folder| records::show(options, &folder))
        }
        Invocation::Export(options) => {
            folder(&options.store).and_then(|folder| records::export(options, &folder))
        }
        Invocation::Import(options) => folder(&options.store)
            .and_then(|folder| records::import(options, &folder, download_folder::find())),
        Invocation::Forget(options) => {
            folder(&options.store).and_then(|folder| records::forget(options, &folder))
        }
        Invocation::Completions(shell) => print(&cli::completions(*shell)),
        Invocation::Man => print(&cli::manual()),
    };
    ExitCode::from(end.unwrap_or_else(|error| {
        headless::say(&format::escaped_lines(&error.to_string()));
        error.exit_status()
    }))
}

type Problem = Box<dyn std::error::Error>;

fn open(options: OpenOptions) -> Result<ExitCode, Problem> {
    print_left_out(&options.bad_lines);
    print_notes(&options.notes);
    let mut jobs = Settings::default().with(&options.options);
    // A user at the window can make room on a full disk.
    jobs.pauses_when_full = true;
    // The demo's downloads are counted, not saved, unless the arguments name a folder.
    let demo_now = if options.demo {
        Some(Work::new(Vec::new(), &jobs, true, None)?)
    } else {
        None
    };
    let state_folder = Some(&options.store)
        .filter(|store| !store.no_store)
        .and_then(state_folder);
    if let Some(folder) = state_folder.as_deref().filter(|_| !options.demo)
        && let Some(end) = hand_over(folder, &options)?
    {
        return Ok(end);
    }
    let demo = offered_demo(jobs.clone());
    let app = AppOptions {
        specs: demo_now
            .as_ref()
            .map_or_else(Vec::new, |work| demo::marked(work.specs.clone())),
        links: options.links,
        cli_overrides: options.options,
        keeps_nothing: options.store.no_store,
        state_folder,
        add_defaults: AddDefaults {
            options: jobs,
            folder: download_folder::find(),
            home: dirs::home_dir(),
        },
        demo: Some(demo),
        desktop: Some(Desktop::new(notify_desktop)),
        ..AppOptions::default()
    };
    if let Err(error) = open_window(app) {
        let hint = error.hint();
        return Err(format!("{}\n{hint}", with_causes(&error)).into());
    }
    Ok(ExitCode::SUCCESS)
}

/// Hands the links to the window that holds the folder, if there is one.
fn hand_over(folder: &Path, options: &OpenOptions) -> Result<Option<ExitCode>, Problem> {
    let settings = saved_settings(folder).with(&options.options);
    let mut random = settings.random();
    let folder_of_downloads = download_folder::find();
    let specs = options.links.iter().map(|link| {
        let link = link.clone();
        let folder = folder_of_downloads.clone();
        Spec::Fetch(FetchSpec::of_link(link, &settings, folder, &mut random))
    });
    let request = instance::Request::new(specs.collect());
    let Some(reply) = instance::hand_over(folder, &request)
        .map_err(|error| format!("The window that is open does not answer: {error}"))?
    else {
        return Ok(None);
    };
    if let Some(error) = reply.error {
        let pid = reply.pid;
        return Err(
            format!("The window that is open (process {pid}) took nothing: {error}").into(),
        );
    }
    let done = match reply.added {
        0 => "jobdeck is open already".to_owned(),
        added => format!(
            "{} added to the window that is open",
            format::count(added as u64, "link", "links")
        ),
    };
    // It is done, whether or not that can be printed.
    let _printed = writeln!(std::io::stdout(), "{done}");
    Ok(Some(ExitCode::SUCCESS))
}

/// The settings of the window, as they are saved in this folder.
fn saved_settings(folder: &Path) -> Settings {
    let reader = Reader::open(folder).ok();
    let texts = reader.and_then(|reader| reader.settings().ok());
    let mut settings = jobdeck::app::settings_of(&texts.unwrap_or_default());
    settings.pauses_when_full = true;
    settings
}

/// The body of a notification: markup by the protocol of freedesktop.org, plain text on other
/// desktops.
fn notification_body(text: &str) -> String {
    if cfg!(any(windows, target_os = "macos")) {
        format::escaped(text).into_owned()
    } else {
        format::escaped_markup(text)
    }
}

/// Shows a desktop notification, from a thread: the desktop may be slow or missing.
fn notify_desktop(text: &str) {
    let text = text.to_owned();
    let spawned = std::thread::Builder::new()
        .name("tell the desktop".to_owned())
        .spawn(move || {
            let mut notification = notify_rust::Notification::new();
            let body = notification_body(&text);
            let shown = notification
                .appname("jobdeck")
                .summary("jobdeck")
                .body(&body);
            if let Err(error) = shown.show() {
                log::debug!("the desktop could not be told: {error}");
            }
        });
    if let Err(error) = spawned {
        log::warn!("no thread to tell the desktop from: {error}");
    }
}

/// The demo of the empty screen. Its server starts with it and stops with the window.
fn offered_demo(jobs: Settings) -> Demo {
    let servers = RefCell::new(Vec::new());
    Demo::new(move || {
        let work =
            Work::new(Vec::new(), &jobs, true, None).map_err(|problem| problem.to_string())?;
        servers.borrow_mut().extend(work.server);
        Ok(demo::marked(work.specs))
    })
}

/// Downloads that replace files only replace those from before `moment`.
fn replacing_files_before(moment: SystemTime, mut specs: Vec<Spec>) -> Vec<Spec> {
    for spec in &mut specs {
        if let Spec::Fetch(spec) = spec
            && let Destination::Save(save) = &mut spec.destination
        {
            *save = save.clone().replacing_files_before(moment);
        }
    }
    specs
}

fn run(options: RunOptions) -> Result<ExitCode, Problem> {
    let began = SystemTime::now();
    let joblog = match options.joblog.as_deref().map(JobLog::open).transpose() {
        Ok(joblog) => joblog,
        Err(error) => {
            // The exit code of any unusable file in the arguments: nothing was started.
            headless::say(&format!("--joblog: the file cannot be written: {error}"));
            return Ok(ExitCode::from(2));
        }
    };
    let mut jobs = options.jobs;
    if options.to_standard_output {
        jobs.stream = Some(Stream::new(std::io::stdout()));
    }
    let host = ParkHost::new();
    let store = match open_store(&options.store, options.demo, &host) {
        Err(problem) if options.resume => {
            headless::say(&format!("--resume: {}", with_causes(&problem)));
            return Ok(ExitCode::from(2));
        }
        Err(problem) => {
            if !options.quiet {
                let problem = with_causes(&problem);
                headless::say(&format!("this run is not recorded: {problem}"));
            }
            None
        }
        Ok(store) => store,
    };
    let here = PathBuf::from(".");
    let work = Work::new(options.links, &jobs, options.demo, Some(&here))?;
    print_left_out(&options.bad_lines);
    if !options.quiet {
        print_notes(&options.notes);
    }
    let end = headless::run(Run {
        specs: replacing_files_before(began, work.specs),
        limits: Limits::of(&jobs),
        joblog,
        show: match (options.json, options.quiet) {
            (true, _) => Show::Json,
            (_, true) => Show::Quiet,
            _ if options.to_standard_output => Show::BesideOutput,
            _ => Show::Usual,
        },
        strict: options.strict,
        host,
        store,
        resume: options.resume.then_some(options.given),
    });
    if matches!(end, Ok(ExitReason::NothingLeft)) && !options.quiet {
        headless::say("Nothing to go on with");
    }
    let end = match end {
        // The reader of the output closed it, and needs no message.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitReason::SomeNot,
        end => end?,
    };
    Ok(ExitCode::from(end_status(end, &options.bad_lines)))
}

/// Opens the list in which a run is recorded. A demo is none: its server ends with it.
fn open_store(
    options: &StoreOptions,
    is_demo: bool,
    host: &Arc<ParkHost>,
) -> Result<Option<Store>, OpenError> {
    if options.no_store || is_demo {
        return Ok(None);
    }
    let Some(folder) = state_folder(options) else {
        return Ok(None);
    };
    let host = host.clone();
    let wake = Arc::new(move || host.wake());
    Store::open(&folder, HostKind::Run, wake).map(Some)
}

/// Where the list is kept; none on a system that names no place for it.
fn state_folder(options: &StoreOptions) -> Option<PathBuf> {
    options.state_dir.clone().or_else(Folder::default_path)
}

fn print_notes(notes: &[String]) {
    for note in notes {
        headless::say(note);
    }
}

fn print_left_out(lines: &[BadLine]) {
    for line in lines {
        headless::say(&format!("left out: {}", format::escaped(&line.to_string())));
    }
}

/// A run that left lines of a list out has not done everything.
fn end_status(end: ExitReason, left_out: &[BadLine]) -> u8 {
    match end {
        ExitReason::AllDone if !left_out.is_empty() => ExitReason::SomeNot.exit_status(),
        end => end.exit_status(),
    }
}

/// The jobs to run, and the demo's server while they need it.
struct Work {
    specs: Vec<Spec>,
    server: Option<DemoServer>,
}

impl Work {
    fn new(
        links: Vec<Link>,
        jobs: &Settings,
        demo: bool,
        default_folder: Option<&PathBuf>,
    ) -> Result<Self, Problem> {
        if demo {
            let server = DemoServer::start(Pace::default())
                .map_err(|error| format!("the demo's server cannot be started: {error}"))?;
            let specs =
                demo::fetch_specs(&server.url(""), jobs).map_err(|error| error.message.clone())?;
            return Ok(Self {
                specs,
                server: Some(server),
            });
        }
        let mut random = jobs.random();
        let specs = links
            .into_iter()
            .map(|link| {
                Spec::Fetch(FetchSpec::of_link(
                    link,
                    jobs,
                    default_folder.cloned(),
                    &mut random,
                ))
            })
            .collect();
        Ok(Self {
            specs,
            server: None,
        })
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
