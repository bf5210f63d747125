//! The words of the settings: sections, labels and hints.

use crate::deck::Settings;
use crate::format;
use crate::settings::{BACK_OFF_FIRST, BACK_OFF_MAX, Setting};

/// What stands under one heading.
pub(super) struct Section {
    pub(super) heading: &'static str,
    pub(super) settings: &'static [Setting],
}

/// All of them, in their order.
pub(super) const SECTIONS: [Section; 6] = [
    Section {
        heading: "Downloads",
        settings: &[
            Setting::Folder,
            Setting::IfExists,
            Setting::CountOnly,
            Setting::Sleep,
            Setting::HistoryRows,
        ],
    },
    Section {
        heading: "Limits",
        settings: &[
            Setting::JobsAtOnce,
            Setting::JobsPerHost,
            Setting::RateLimit,
            Setting::JobRateLimit,
        ],
    },
    Section {
        heading: "Time-outs and retries",
        settings: &[
            Setting::ResolveTimeout,
            Setting::ConnectTimeout,
            Setting::FirstByteTimeout,
            Setting::IdleTimeout,
            Setting::LowSpeed,
            Setting::TimeLimit,
            Setting::HostPatience,
            Setting::Retries,
        ],
    },
    Section {
        heading: "Network",
        settings: &[Setting::Proxy, Setting::Certificates, Setting::MaxRedirects],
    },
    Section {
        heading: "Look",
        settings: &[Setting::Theme, Setting::Scale],
    },
    Section {
        heading: "Notifications and closing",
        settings: &[Setting::Notifications, Setting::AsksBeforeClosing],
    },
];

/// What one changes a setting with.
pub(super) enum Control {
    /// A field.
    Field,
    /// A field as wide as there is room.
    Line,
    /// A field for a path, and a button for the system's dialog.
    Path,
    /// A box to tick, with its words.
    Check(&'static str),
    /// One of a few: the words it is kept as, and those that are shown.
    Choice(&'static [(&'static str, &'static str)]),
    /// Smaller, larger.
    Scale,
}

/// What one changes it with.
pub(super) fn control(setting: Setting) -> Control {
    match setting {
        Setting::Folder | Setting::Certificates => Control::Path,
        Setting::Proxy => Control::Line,
        Setting::CountOnly => Control::Check("measure only, save nothing"),
        Setting::Notifications => Control::Check("tell when all have ended, or one failed"),
        Setting::AsksBeforeClosing => Control::Check("ask while jobs run"),
        Setting::IfExists => Control::Choice(&[
            ("rename", "Keep both"),
            ("overwrite", "Replace"),
            ("skip", "Skip"),
        ]),
        Setting::Theme => {
            Control::Choice(&[("system", "System"), ("light", "Light"), ("dark", "Dark")])
        }
        Setting::Scale => Control::Scale,
        _ => Control::Field,
    }
}

/// What it is called.
pub(super) fn label(setting: Setting) -> &'static str {
    match setting {
        Setting::Folder => "Save to",
        Setting::IfExists => "If the file exists",
        Setting::CountOnly => "Measure only",
        Setting::Sleep => "Sleep before",
        Setting::HistoryRows => "Ended jobs kept",
        Setting::JobsAtOnce => "Jobs at once",
        Setting::JobsPerHost => "Jobs per host",
        Setting::RateLimit => "Rate of all jobs",
        Setting::JobRateLimit => "Rate of each job",
        Setting::ResolveTimeout => "Resolve",
        Setting::ConnectTimeout => "Connect",
        Setting::FirstByteTimeout => "First byte",
        Setting::IdleTimeout => "Stalled",
        Setting::TimeLimit => "Whole job",
        Setting::LowSpeed => "Low speed",
        Setting::HostPatience => "Dead host",
        Setting::Retries => "Retries",
        Setting::Proxy => "Proxy",
        Setting::Certificates => "CA certificates",
        Setting::MaxRedirects => "Redirects",
        Setting::Theme => "Theme",
        Setting::Scale => "Scale",
        Setting::Notifications => "Notifications",
        Setting::AsksBeforeClosing => "Closing",
    }
}

/// What stands in an empty field.
pub(super) fn placeholder(setting: Setting) -> &'static str {
    match setting {
        Setting::RateLimit | Setting::JobRateLimit | Setting::TimeLimit => "no limit",
        Setting::LowSpeed => "off",
        Setting::Proxy => "none",
        Setting::Certificates => "only those of the system",
        _ => "",
    }
}

/// What one should know of it, with its default.
pub(super) fn hint(setting: Setting) -> String {
    let text = match setting {
        Setting::Folder => "Where new downloads go; empty is the system's Downloads folder",
        Setting::IfExists => "Keep both: “name (1)”. Skip: keep the existing file",
        Setting::CountOnly => "",
        Setting::Sleep => "A time, or a range to draw from: 0..3 s",
        Setting::HistoryRows => "Beyond it the oldest leave the list, failed ones last",
        Setting::JobsAtOnce => "What runs goes on when this is lowered",
        Setting::JobsPerHost => "Limits load on one server",
        Setting::RateLimit => "Bytes a second, 2M or 500 kB/s; 0 is no limit",
        Setting::JobRateLimit => "For each that has no limit of its own; 0 is no limit",
        Setting::ResolveTimeout => "To find the address of a host",
        Setting::ConnectTimeout => "Until a connection is open, TLS included",
        Setting::FirstByteTimeout => "Until the answer begins",
        Setting::IdleTimeout => "Between two pieces of a body",
        Setting::TimeLimit => "Sleep and retries included, pauses not; 0 is no limit",
        Setting::LowSpeed => "Slower than this counts as stalled; 0 is off",
        Setting::HostPatience => "Jobs wait this long for a host that does not answer",
        Setting::Retries => {
            let [first, longest] = [BACK_OFF_FIRST, BACK_OFF_MAX].map(format::typed_duration);
            let default = Settings::default().text(setting);
            return format!(
                "Default {default}. After {first}, then twice as long each time, up to {longest}"
            );
        }
        Setting::Proxy => {
            "HTTP, http://host:port. A name and password in it are used, but not written down: \
             type them again after the next start"
        }
        Setting::Certificates => "A PEM file that is trusted beside the system's certificates",
        Setting::MaxRedirects => "How many of one request are followed",
        Setting::Theme => "",
        Setting::Scale => "Also with Ctrl and +, − or 0",
        Setting::Notifications => "From the desktop, while nobody looks at the window",
        Setting::AsksBeforeClosing => "Before the window is closed",
    };
    let default = Settings::default().text(setting);
    match (control(setting), text, default.as_str()) {
        (Control::Field | Control::Scale, text, default) if !default.is_empty() => {
            format!("Default {default}. {text}")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_stands_in_one_section() {
        let mut shown: Vec<_> = SECTIONS
            .iter()
            .flat_map(|section| section.settings)
            .collect();
        shown.sort();
        let mut all: Vec<_> = Setting::ALL.iter().collect();
        all.sort();
        assert_eq!(shown, all);
        for setting in Setting::ALL {
            assert!(!label(setting).is_empty());
        }
    }

    #[test]
    fn what_is_chosen_from_is_what_is_kept() {
        for setting in Setting::ALL {
            let Control::Choice(words) = control(setting) else {
                continue;
            };
            for (kept, _) in words {
                let mut settings = Settings::default();
                settings.set_text(setting, kept).unwrap();
                assert_eq!(settings.text(setting), *kept);
            }
        }
    }
}
