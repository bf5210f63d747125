//! Which settings there are.

/// What a user can set, each by a name that never changes: what was kept under it is found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// Where downloads are saved.
    Folder,
    /// What happens when there is a file of the name already.
    IfExists,
    /// Whether bytes are counted and not kept.
    CountOnly,
    /// The range that the sleep before a download is drawn from.
    Sleep,
    /// How many ended rows stay in the list.
    HistoryRows,
    /// How many jobs run at once.
    JobsAtOnce,
    /// How many of them against one host.
    JobsPerHost,
    /// The bytes a second of all jobs together.
    RateLimit,
    /// The bytes a second of each job.
    JobRateLimit,
    /// How long the lookup of a host's name may take.
    ResolveTimeout,
    /// How long a connection may take to open.
    ConnectTimeout,
    /// How long an answer may take to begin.
    FirstByteTimeout,
    /// How long a body may stand still.
    IdleTimeout,
    /// How long a job may take in all.
    TimeLimit,
    /// The bytes a second below which a body stands still.
    LowSpeed,
    /// How long jobs wait for a host that does not answer.
    HostPatience,
    /// How often a failed download is tried again.
    Retries,
    /// The proxy that every request goes through.
    Proxy,
    /// The file with certificates that are trusted beside those of the system.
    Certificates,
    /// How many redirects of a request are followed.
    MaxRedirects,
    /// Dark, light, or as the system.
    Theme,
    /// How large everything is.
    Scale,
    /// Whether the desktop is told what ended while nobody looked.
    Notifications,
    /// Whether closing the window asks while jobs are under way.
    AsksBeforeClosing,
}

impl Setting {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 24] = [
        Self::Folder,
        Self::IfExists,
        Self::CountOnly,
        Self::Sleep,
        Self::HistoryRows,
        Self::JobsAtOnce,
        Self::JobsPerHost,
        Self::RateLimit,
        Self::JobRateLimit,
        Self::ResolveTimeout,
        Self::ConnectTimeout,
        Self::FirstByteTimeout,
        Self::IdleTimeout,
        Self::TimeLimit,
        Self::LowSpeed,
        Self::HostPatience,
        Self::Retries,
        Self::Proxy,
        Self::Certificates,
        Self::MaxRedirects,
        Self::Theme,
        Self::Scale,
        Self::Notifications,
        Self::AsksBeforeClosing,
    ];

    /// The name it is kept under. A setting whose values come to mean something else needs another one.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::IfExists => "if_exists",
            Self::CountOnly => "count_only",
            Self::Sleep => "sleep",
            Self::HistoryRows => "history_rows",
            Self::JobsAtOnce => "jobs_at_once",
            Self::JobsPerHost => "jobs_per_host",
            Self::RateLimit => "rate_limit",
            Self::JobRateLimit => "job_rate_limit",
            Self::ResolveTimeout => "resolve_timeout",
            Self::ConnectTimeout => "connect_timeout",
            Self::FirstByteTimeout => "first_byte_timeout",
            Self::IdleTimeout => "idle_timeout",
            Self::TimeLimit => "time_limit",
            Self::LowSpeed => "low_speed",
            Self::HostPatience => "host_patience",
            Self::Retries => "retries",
            Self::Proxy => "proxy",
            Self::Certificates => "certificates",
            Self::MaxRedirects => "max_redirects",
            Self::Theme => "theme",
            Self::Scale => "scale",
            Self::Notifications => "notifications",
            Self::AsksBeforeClosing => "asks_before_closing",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_settings_are_kept_under_one_name() {
        for (index, setting) in Setting::ALL.iter().enumerate() {
            for earlier in &Setting::ALL[..index] {
                assert_ne!(setting, earlier);
                assert_ne!(setting.key(), earlier.key());
            }
        }
    }
}
