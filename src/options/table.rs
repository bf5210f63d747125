//! Every option, once. An entry of the table is a variant of [`Setting`], a field of [`Settings`]
//! (its value) and of [`Options`] (a layer, where it may be unsaid), its default, the [`ValueKind`]
//! that reads and writes its values, and the [`Entry`] that says where it is offered. To add an
//! option is to add an entry, and to use its field.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use super::entry::{Control, Entry, Section, SettingRow};
use super::value::{
    AnyPath, Cookies, Count, FileName, HeaderLines, HostList, IF_EXISTS, Logins, ON_OFF, PemFile,
    Percent, ProxyAddress, RateValue, Seed, Sha256, THEMES, ThemeChoice, Time, TimeLimit,
    TimeRange, ValueKind as _,
};
use super::{Headers, bounds};
use crate::fetch::{
    Checksum, CookieFile, DirectHosts, ExtraCertificates, IfExists, Netrc, Proxy, ProxyRules,
    Stream, Timeouts,
};

const SAVING: &str = "Saving";
const LIMITS: &str = "Limits";
const PATIENCE: &str = "Patience";
const NETWORK: &str = "Network";

macro_rules! options {
    (
        user {
            $($(#[$doc:meta])* $Name:ident $field:ident: $Type:ty = $default:expr, $kind:expr, $entry:expr;)+
        }
        program {
            $($(#[$host_doc:meta])* $host:ident: $HostType:ty = $host_default:expr;)+
        }
    ) => {
        /// The name of an option.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Setting { $($(#[$doc])* $Name,)+ }

        /// The options that one place says: `None` leaves it to the layers below.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Options {
            $($(#[$doc])* pub $field: Option<$Type>,)+
            $($(#[$host_doc])* pub $host: Option<$HostType>,)+
        }

        /// All options with the values that are in effect.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Settings {
            $($(#[$doc])* pub $field: $Type,)+
            $($(#[$host_doc])* pub $host: $HostType,)+
        }

        impl Default for Settings {
            fn default() -> Self {
                Self {
                    $($field: $default,)+
                    $($host: $host_default,)+
                }
            }
        }

        impl Setting {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$Name,)+];

            /// Where it is offered, and with which words.
            #[must_use]
            pub fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$Name => const { &$entry },)+
                }
            }

            /// Those that are settings, with their rows, in the order they are shown.
            #[must_use]
            pub fn rows() -> Vec<(Self, &'static SettingRow)> {
                let all = Self::ALL.iter();
                let rows = all.filter_map(|setting| Some((*setting, setting.entry().row.as_ref()?)));
                let mut rows: Vec<_> = rows.collect();
                rows.sort_by_key(|(_, row)| (row.section, row.rank));
                rows
            }

            /// The words it is chosen from, if that is how.
            #[must_use]
            pub fn words(self) -> Vec<&'static str> {
                match self {
                    $(Self::$Name => $kind.words(),)+
                }
            }
        }

        impl Options {
            /// Says one option as it was given; one that can be given more than once is added to.
            ///
            /// # Errors
            /// What cannot be understood, or is out of bounds: what is wrong and what to write
            /// instead. Nothing is changed then, and no secret is repeated.
            pub fn set(&mut self, setting: Setting, text: &str) -> Result<(), String> {
                match setting {
                    $(Setting::$Name => $kind.set(&mut self.$field, text),)+
                }
            }

            /// Says one option whose value is the path of a file or folder.
            ///
            /// # Errors
            /// As [`Self::set`], where the file is read at once.
            pub fn set_path(&mut self, setting: Setting, path: PathBuf) -> Result<(), String> {
                match setting {
                    $(Setting::$Name => $kind.set_path(&mut self.$field, path),)+
                }
            }

            /// Says one option as a field has it: empty, and 0 where it is a limit, mean that it is
            /// off.
            ///
            /// # Errors
            /// As [`Self::set`].
            pub fn set_field(&mut self, setting: Setting, text: &str) -> Result<(), String> {
                match setting {
                    $(Setting::$Name => self.$field = Some($kind.parse_field(text)?),)+
                }
                Ok(())
            }

            /// Says one option as it is in effect elsewhere.
            pub fn take(&mut self, setting: Setting, from: &Settings) {
                match setting {
                    $(Setting::$Name => self.$field = Some(from.$field.clone()),)+
                }
            }

            /// The options it says something about.
            #[must_use]
            pub fn said(&self) -> Vec<Setting> {
                let all = [$((Setting::$Name, self.$field.is_some()),)+];
                let said = all.into_iter().filter(|(_, is_said)| *is_said);
                said.map(|(setting, _)| setting).collect()
            }
        }

        impl Settings {
            /// Puts a layer over these: what it says counts from now on. The layers, from below:
            /// defaults, settings, command line, Add sheet, and the link itself.
            pub fn apply(&mut self, layer: &Options) {
                $(if let Some(value) = &layer.$field {
                    self.$field.clone_from(value);
                })+
                $(if let Some(value) = &layer.$host {
                    self.$host.clone_from(value);
                })+
            }

            /// One option as one would type it; empty for what is not set. Of a proxy only its
            /// address is shown, of headers only the names.
            #[must_use]
            pub fn text(&self, setting: Setting) -> String {
                match setting {
                    $(Setting::$Name => $kind.show(&self.$field),)+
                }
            }

            /// Whether one option is the same in both.
            #[must_use]
            pub fn is_same(&self, setting: Setting, other: &Self) -> bool {
                match setting {
                    $(Setting::$Name => self.$field == other.$field,)+
                }
            }
        }
    };
}

options! {
    // What a user can set.
    user {
        /// Where to save; `None` leaves it to the host: the window saves to the folder for
        /// downloads, a run without a window to the current one, and the demo counts.
        Folder folder: Option<PathBuf> = None, AnyPath, Entry::NEW
            .flag("--dir", "DIR", SAVING,
                "Save here, instead of the desktop's folder for downloads or ~/Downloads (the window), or the current folder (`run`)")
            .letter('d').file()
            .row("folder", Section::Downloads, "Save to", "Where new downloads go; empty is the system's Downloads folder")
            .control(Control::Path).whole()
            .for_saved().native_only();

        /// What the saved file is called; `None` leaves it to the server and the URL.
        FileName file_name: Option<String> = None, FileName, Entry::NEW
            .flag("--output", "NAME", SAVING, "Save under exactly this name; - is standard output (`run`); for a single URL")
            .letter('o').late()
            .field("File name", "as the server says").more()
            .for_one().for_saved();

        /// What happens when there is a file of the name already.
        IfExists if_exists: IfExists = IfExists::Rename, IF_EXISTS, Entry::NEW
            .flag("--if-exists", "RULE", SAVING, "What to do about a file of the same name [default: {}; with --output: fail]")
            .row("if_exists", Section::Downloads, "If the file exists", "Keep both: “name (1)”. Skip: keep the existing file")
            .control(Control::Choice(&[("rename", "Keep both"), ("overwrite", "Replace"), ("skip", "Skip")]))
            .for_saved().native_only();

        /// Whether names from servers and URLs are such that every platform can hold them.
        PortableNames portable_names: bool = false, ON_OFF, Entry::NEW
            .flag("--portable-names", "", SAVING, "Save under names that Windows can hold too").switch()
            .for_saved();

        /// Whether a saved file has the time of its last change on the server.
        RemoteTime remote_time: bool = false, ON_OFF, Entry::NEW
            .flag("--remote-time", "", SAVING, "Give the file the time of its last change on the server, where that is known").switch()
            .for_saved();

        /// The `.part` file to go on with, whatever URL it was begun from.
        ContinueFrom continue_from: Option<PathBuf> = None, AnyPath, Entry::NEW
            .flag("--continue-from", "PART", SAVING,
                "Go on with this .part file, also one of an earlier version, from a new link to the same file; for a single URL")
            .file()
            .for_one().for_saved();

        /// Count the bytes and do not keep them, whatever the folder says.
        CountOnly count_only: bool = false, ON_OFF, Entry::NEW
            .flag("--count-only", "", SAVING, "Count the bytes and do not keep them").switch().not_with("dir")
            .row("count_only", Section::Downloads, "Measure only", "")
            .control(Control::Check("measure only, save nothing"));

        /// The checksum the body must have.
        Checksum checksum: Option<Checksum> = None, Sha256, Entry::NEW
            .flag("--checksum", "sha256:HEX", SAVING, "What the content must be; for a single URL").late()
            .field("Checksum", "sha256:…").field_at(1)
            .for_one();

        /// How many jobs run at once.
        JobsAtOnce jobs_at_once: u32 = bounds::JOBS_AT_ONCE.default, Count(bounds::JOBS_AT_ONCE), Entry::NEW
            .flag("--jobs", "N", LIMITS, "How many jobs run at once [default: {}]").letter('j')
            .row("jobs_at_once", Section::Limits, "Jobs at once", "What runs goes on when this is lowered");

        /// How many of them against one host.
        JobsPerHost jobs_per_host: u32 = bounds::JOBS_PER_HOST.default, Count(bounds::JOBS_PER_HOST), Entry::NEW
            .flag("--per-host", "N", LIMITS, "How many of them at once against one host [default: {}]")
            .row("jobs_per_host", Section::Limits, "Jobs per host", "Limits load on one server");

        /// The least time between two starts at one host.
        HostWait host_wait: Duration = bounds::HOST_WAIT.default, Time(bounds::HOST_WAIT), Entry::NEW
            .flag("--wait", "SECS", LIMITS, "The least time between two starts at one host");

        /// The bytes a second of all jobs together; `None` is no limit.
        RateLimit rate_limit_bytes_per_sec: Option<u64> = None, RateValue(bounds::RATE_LIMIT), Entry::NEW
            .flag("--limit-rate", "RATE", LIMITS, "The bytes a second of all jobs together")
            .row("rate_limit", Section::Limits, "Rate of all jobs", "Bytes a second, 2M or 500 kB/s; 0 is no limit")
            .placeholder("no limit").whole()
            .native_only();

        /// The bytes a second of each job; `None` is no limit.
        JobRateLimit job_rate_limit_bytes_per_sec: Option<u64> = None, RateValue(bounds::RATE_LIMIT), Entry::NEW
            .flag("--limit-rate-per-job", "RATE", LIMITS, "The bytes a second of each job")
            .row("job_rate_limit", Section::Limits, "Rate of each job", "For each that has no limit of its own; 0 is no limit")
            .placeholder("no limit").whole()
            .field("Rate limit", "none; 500k or 2M a second, each").more()
            .native_only();

        /// The range that the sleep before a download is drawn from.
        Sleep sleep: RangeInclusive<Duration> = bounds::SLEEP.default..=bounds::SLEEP.default, TimeRange(bounds::SLEEP), Entry::NEW
            .flag("--sleep", "SECS|MIN..MAX", LIMITS, "Sleep before each download: seconds, or a range to draw from")
            .row("sleep", Section::Downloads, "Sleep before", "A time, or a range to draw from: 0..3 s")
            .field("Sleep before", "0 s, or a range: 0..3");

        /// Makes the random sleeps the same every time.
        Seed seed: Option<u64> = None, Seed, Entry::NEW
            .flag("--seed", "N", LIMITS, "Make the random sleeps the same every time");

        /// How often a failed download is tried again.
        Retries retries: u32 = bounds::RETRIES.default, Count(bounds::RETRIES), Entry::NEW
            .flag("--retries", "N", PATIENCE, "How often a failed download is tried again [default: {}]")
            .row("retries", Section::Patience, "Retries", "After 1 s, then twice as long each time, up to 10 m").at(3)
            .field("Retries", "none");

        /// How long jobs wait for a host that does not answer.
        HostPatience host_patience: Duration = bounds::HOST_PATIENCE.default, Time(bounds::HOST_PATIENCE), Entry::NEW
            .flag("--host-patience", "TIME", PATIENCE,
                "How long jobs wait for a host that does not answer, without using a retry [default: 2m; in the window: {}]; with --retries 0 they do not wait")
            .row("host_patience", Section::Patience, "Dead host", "Jobs wait this long for a host that does not answer").at(2);

        /// How long a job may take in all, its sleep and its retries included, pauses not; `None`
        /// is no limit.
        TimeLimit time_limit: Option<Duration> = None, TimeLimit(bounds::TIME_LIMIT), Entry::NEW
            .flag("--timeout", "TIME", PATIENCE,
                "How long a job may take, sleep and retries included; a pause, and the wait for a slot or for a host that does not answer, do not count")
            .row("time_limit", Section::Patience, "Whole job", "Sleep and retries included, pauses not; 0 is no limit").at(1)
            .placeholder("no limit")
            .field("Time limit", "none; 90 s, 5m or 2h, each").more();

        /// How long the lookup of a host's name may take.
        ResolveTimeout resolve_timeout: Duration = bounds::RESOLVE_TIMEOUT.default, Time(bounds::RESOLVE_TIMEOUT), Entry::NEW
            .row("resolve_timeout", Section::Patience, "Resolve", "To find the address of a host");

        /// How long a connection may take to open, TLS included.
        ConnectTimeout connect_timeout: Duration = bounds::CONNECT_TIMEOUT.default, Time(bounds::CONNECT_TIMEOUT), Entry::NEW
            .flag("--connect-timeout", "TIME", PATIENCE, "How long a connection may take to open [default: {}]")
            .row("connect_timeout", Section::Patience, "Connect", "Until a connection is open, TLS included");

        /// How long an answer may take to begin.
        FirstByteTimeout first_byte_timeout: Duration = bounds::FIRST_BYTE_TIMEOUT.default, Time(bounds::FIRST_BYTE_TIMEOUT), Entry::NEW
            .flag("--first-byte-timeout", "TIME", PATIENCE, "How long the answer may take to begin [default: {}]")
            .row("first_byte_timeout", Section::Patience, "First byte", "Until the answer begins");

        /// How long a body may stand still.
        IdleTimeout idle_timeout: Duration = bounds::IDLE_TIMEOUT.default, Time(bounds::IDLE_TIMEOUT), Entry::NEW
            .flag("--idle-timeout", "TIME", PATIENCE, "How long a download may stand still [default: {}]")
            .row("idle_timeout", Section::Patience, "Stalled", "Between two pieces of a body");

        /// The bytes a second below which a body counts as stalled; `None` lets any byte count.
        LowSpeed low_speed_bytes_per_sec: Option<u64> = None, RateValue(bounds::LOW_SPEED), Entry::NEW
            .flag("--low-speed", "RATE", PATIENCE, "Slower than this counts as stalled")
            .row("low_speed", Section::Patience, "Low speed", "Slower than this counts as stalled; 0 is off")
            .placeholder("off")
            .native_only();

        /// What every request says besides.
        Headers headers: Headers = Headers::default(), HeaderLines, Entry::NEW
            .flag("--header", "'NAME: VALUE'", NETWORK, "Say this in every request; can be repeated")
            .letter('H').late().repeats();

        /// The cookies that go with requests to their hosts.
        Cookies cookies: Option<CookieFile> = None, Cookies, Entry::NEW
            .flag("--cookies", "FILE", NETWORK, "Send the cookies in this file, each to its host: in the form of Netscape, as browsers export it")
            .file();

        /// The logins that the user keeps, each for its host.
        Netrc netrc: Option<Netrc> = None, Logins, Entry::NEW
            .flag("--netrc", "", NETWORK, "Log in with the user names and passwords in ~/.netrc, each at its host").switch();

        /// The proxy that every request goes through.
        Proxy proxy: Option<Proxy> = None, ProxyAddress, Entry::NEW
            .flag("--proxy", "URL", NETWORK,
                "Go through this proxy: http://[user:password@]host:port, or socks5://, socks5h:// [default: http_proxy, https_proxy, all_proxy]")
            .late()
            .row("proxy", Section::Network, "Proxy",
                "HTTP or SOCKS 5, http://host:port or socks5h://host:port. A name and password in it are used, but not written down: type them again after the next start")
            .placeholder("none").control(Control::Line).whole()
            .native_only();

        /// The hosts that are connected to directly, in place of those that the environment names.
        NoProxy no_proxy: Option<DirectHosts> = None, HostList, Entry::NEW
            .flag("--no-proxy", "HOSTS", NETWORK,
                "Connect to these hosts without a proxy: names, addresses and ranges with commas between, '*' for all [default: no_proxy]");

        /// Certificates that are trusted beside those of the system.
        ExtraCertificates certificates: Option<ExtraCertificates> = None, PemFile, Entry::NEW
            .flag("--cacert", "FILE", NETWORK, "Trust the certificates in this PEM file too: of authorities, or the server's own")
            .file();

        /// The file with certificates that are trusted beside those of the system. What is in it,
        /// its reader knows.
        Certificates certificates_file: Option<PathBuf> = None, AnyPath, Entry::NEW
            .row("certificates", Section::Network, "CA certificates", "A PEM file that is trusted beside the system's certificates")
            .placeholder("only those of the system").control(Control::Path).whole()
            .native_only();

        /// How many redirects of a request are followed.
        MaxRedirects max_redirects: u32 = bounds::MAX_REDIRECTS.default, Count(bounds::MAX_REDIRECTS), Entry::NEW
            .flag("--max-redirects", "N", NETWORK, "How many redirects of a request are followed [default: {}]")
            .row("max_redirects", Section::Network, "Redirects", "How many of one request are followed")
            .native_only();

        /// How many ended rows stay in the list.
        HistoryRows history_rows: u32 = bounds::HISTORY_ROWS.default, Count(bounds::HISTORY_ROWS), Entry::NEW
            .row("history_rows", Section::Downloads, "Ended jobs kept", "Beyond it the oldest leave the list, failed ones last")
            .whole();

        /// How many ended rows are remembered, beyond those that stay in the list.
        KeptRows kept_rows: u32 = bounds::KEPT_ROWS.default, Count(bounds::KEPT_ROWS), Entry::NEW
            .row("kept_rows", Section::Downloads, "History", "How many ended jobs are remembered at most")
            .whole();

        /// For how many days ended rows are remembered.
        KeptDays kept_days: u32 = bounds::KEPT_DAYS.default, Count(bounds::KEPT_DAYS), Entry::NEW
            .row("kept_days", Section::Downloads, "Days of history", "Ended jobs are forgotten after this many days")
            .whole();

        /// Whether the window goes on with unfinished rows when it opens.
        GoesOnAtStart goes_on_at_start: bool = true, ON_OFF, Entry::NEW
            .row("goes_on_at_start", Section::Downloads, "At the start", "What has not ended when jobdeck is opened")
            .control(Control::Check("goes on by itself, instead of being paused"));

        /// Dark, light, or as the system is.
        Theme theme: ThemeChoice = ThemeChoice::System, THEMES, Entry::NEW
            .row("theme", Section::Look, "Theme", "")
            .control(Control::Choice(&[("system", "System"), ("light", "Light"), ("dark", "Dark")]));

        /// How large everything is, in percent.
        Scale scale_percent: u32 = bounds::SCALE_PERCENT.default, Percent(bounds::SCALE_PERCENT), Entry::NEW
            .row("scale", Section::Look, "Scale", "Also with Ctrl and +, − or 0")
            .control(Control::Scale);

        /// Whether the desktop is told what ended while nobody looked.
        Notifications notifications: bool = true, ON_OFF, Entry::NEW
            .row("notifications", Section::Notices, "Notifications", "From the desktop, while nobody looks at the window")
            .control(Control::Check("tell when all have ended, or one failed"));

        /// Whether closing the window asks while jobs are under way.
        AsksBeforeClosing asks_before_closing: bool = true, ON_OFF, Entry::NEW
            .row("asks_before_closing", Section::Notices, "Closing", "Before the window is closed, where the list is not kept")
            .control(Control::Check("ask while jobs run"));
    }

    // What the program decides by itself.
    program {
        /// What the bytes are given to as they come, instead of a folder. Only for a single
        /// download.
        stream: Option<Stream> = None;
        /// Whether the SHA-256 of a saved file is computed also where there is no checksum to
        /// compare it with.
        computes_sha256: bool = true;
        /// Whether the text of a small saved body is kept for a look at it.
        keeps_preview: bool = true;
        /// Whether a full disk pauses a download, for somebody to make room, instead of failing it:
        /// where somebody watches.
        pauses_when_full: bool = false;
        /// The proxies for requests that have none of their own, and the hosts that are connected
        /// to directly.
        proxy_rules: ProxyRules = ProxyRules::default();
    }
}

impl Settings {
    /// These, with a layer over them.
    #[must_use]
    pub fn with(mut self, layer: &Options) -> Self {
        self.apply(layer);
        self
    }

    /// Sets one option to what was typed into a field.
    ///
    /// # Errors
    /// As [`Options::set`].
    pub fn set_text(&mut self, setting: Setting, text: &str) -> Result<(), String> {
        let mut layer = Options::default();
        layer.set_field(setting, text)?;
        self.apply(&layer);
        Ok(())
    }

    /// Takes one option from `other`.
    pub fn take(&mut self, setting: Setting, other: &Self) {
        let mut layer = Options::default();
        layer.take(setting, other);
        self.apply(&layer);
    }

    /// The options that differ between the two.
    #[must_use]
    pub fn changed_from(&self, before: &Self) -> Vec<Setting> {
        let all = Setting::ALL.iter().copied();
        all.filter(|setting| !self.is_same(*setting, before))
            .collect()
    }

    /// How long each phase of a fetch may take.
    #[must_use]
    pub fn timeouts(&self) -> Timeouts {
        Timeouts {
            resolve: self.resolve_timeout,
            connect: self.connect_timeout,
            first_byte: self.first_byte_timeout,
            idle: self.idle_timeout,
        }
    }

    /// The source of the random sleeps: the same for the same seed.
    #[must_use]
    pub fn random(&self) -> fastrand::Rng {
        self.seed
            .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed)
    }

    /// A sleep from the range.
    pub fn draw_sleep(&self, random: &mut fastrand::Rng) -> Duration {
        let (from, to) = (*self.sleep.start(), *self.sleep.end());
        let sleep = from + to.saturating_sub(from).mul_f64(random.f64());
        // Rounding must not lead out of the range.
        sleep.clamp(from, to)
    }

    /// The same for what is added later: without what is for a single download.
    #[must_use]
    pub fn for_more(mut self) -> Self {
        let defaults = Self::default();
        for setting in Setting::ALL {
            if setting.entry().for_one {
                self.take(*setting, &defaults);
            }
        }
        self.stream = None;
        self
    }
}
