//! What the table says, and how layers go over one another.

use std::collections::HashSet;
use std::time::Duration;

use super::*;
use crate::fetch::IfExists;

/// Settings of which none has its default.
fn all_changed() -> Settings {
    let secs = Duration::from_secs;
    Settings {
        folder: Some("/data/new files".into()),
        if_exists: IfExists::Skip,
        count_only: true,
        sleep: Duration::from_millis(500)..=secs(90),
        history_rows: 50,
        jobs_at_once: 3,
        jobs_per_host: 2,
        rate_limit_bytes_per_sec: Some(2_000_000),
        job_rate_limit_bytes_per_sec: Some(1_500),
        resolve_timeout: secs(1),
        connect_timeout: secs(2),
        first_byte_timeout: secs(90),
        idle_timeout: Duration::from_millis(1_500),
        time_limit: Some(secs(7_200)),
        low_speed_bytes_per_sec: Some(10),
        host_patience: secs(30),
        retries: 0,
        proxy: Some("http://me:secret@h:3128".parse().unwrap()),
        certificates_file: Some("/etc/ours.pem".into()),
        max_redirects: 0,
        kept_rows: 5_000,
        kept_days: 30,
        goes_on_at_start: false,
        theme: ThemeChoice::Light,
        scale_percent: 125,
        notifications: false,
        asks_before_closing: false,
        ..Settings::default()
    }
}

#[test]
fn every_setting_is_read_as_it_is_written() {
    let changed = all_changed();
    let mut kept: Vec<_> = Setting::rows()
        .iter()
        .map(|(setting, _)| *setting)
        .collect();
    kept.sort();
    assert_eq!(changed.changed_from(&Settings::default()), kept);
    let mut read = Settings::default();
    for setting in kept.iter().copied() {
        read.set_text(setting, &changed.text(setting)).unwrap();
    }
    assert_eq!(
        read.changed_from(&changed),
        [Setting::Proxy],
        "the password is not written"
    );
    for setting in kept {
        let text = Settings::default().text(setting);
        read.set_text(setting, &text).unwrap();
    }
    assert_eq!(read, Settings::default());
}

#[test]
fn one_setting_is_taken_without_the_others() {
    let changed = all_changed();
    for (setting, _) in Setting::rows() {
        let mut settings = Settings::default();
        settings.take(setting, &changed);
        assert_eq!(settings.changed_from(&Settings::default()), [setting]);
    }
}

#[test]
fn amounts_are_understood_as_people_type_them() {
    let mut settings = Settings::default();
    for (setting, typed, means) in [
        (Setting::RateLimit, "2M", "2 MB/s"),
        (Setting::RateLimit, "2Mi", "2097.152 kB/s"),
        (Setting::RateLimit, "0", ""),
        (Setting::RateLimit, "  ", ""),
        (Setting::LowSpeed, "1k", "1 kB/s"),
        (Setting::IdleTimeout, "1m30", "1 m 30 s"),
        (Setting::IdleTimeout, "45", "45 s"),
        (Setting::IdleTimeout, "1:30", "1 m 30 s"),
        (Setting::TimeLimit, "2h", "2 h"),
        (Setting::TimeLimit, "0 s", ""),
        (Setting::Sleep, "0..3", "0 s..3 s"),
        (Setting::Sleep, "", "0 s"),
        (Setting::Scale, "125", "125 %"),
        (Setting::Scale, "75%", "75 %"),
        (Setting::Proxy, "me:pw@h:3128", "http://h:3128"),
        (Setting::Proxy, "", ""),
        (Setting::Theme, "DARK", "dark"),
        (Setting::JobsAtOnce, " 12 ", "12"),
    ] {
        settings.set_text(setting, typed).expect(typed);
        assert_eq!(settings.text(setting), means, "{typed}");
    }
}

#[test]
fn what_cannot_be_understood_changes_nothing_and_says_what_to_write() {
    let mut settings = all_changed();
    for (setting, typed, says) in [
        (Setting::JobsAtOnce, "0", "a whole number from 1 to 1000"),
        (Setting::JobsAtOnce, "", "a whole number from 1 to 1000"),
        (Setting::JobsAtOnce, "2.5", "a whole number from 1 to 1000"),
        (
            Setting::HistoryRows,
            "9",
            "a whole number from 10 to 1000000",
        ),
        (Setting::Scale, "74", "a whole number from 75 to 200"),
        (
            Setting::RateLimit,
            "fast",
            "“fast” is not a number: write a number such as 3, 1.5 or 2M",
        ),
        (
            Setting::RateLimit,
            "16Ei",
            "“16Ei” is too large: write a smaller number",
        ),
        (Setting::LowSpeed, "2Pi", "at most 1125899906842.624 kB/s"),
        (Setting::IdleTimeout, "0", "between 1 ms and 1 d"),
        (
            Setting::IdleTimeout,
            "",
            "nothing is given: write a number such as 3, 1.5 or 2M",
        ),
        (Setting::ResolveTimeout, "2d", "between 1 ms and 1 d"),
        (Setting::TimeLimit, "400d", "between 1 ms and 366 d"),
        (
            Setting::Sleep,
            "3..0",
            "“3..0” ends before it begins: write the smaller number first: 0..3",
        ),
        (Setting::Sleep, "400d", "at most 366 d"),
        (
            Setting::Folder,
            "here",
            "The whole path is needed, from the top or from ~",
        ),
        (Setting::Theme, "purple", "one of system, light, dark"),
        (Setting::Notifications, "maybe", "one of off, on"),
    ] {
        assert_eq!(
            settings.set_text(setting, typed),
            Err(says.to_owned()),
            "{typed}"
        );
    }
    let error = settings
        .set_text(Setting::Proxy, "socks4://me:pw@h")
        .unwrap_err();
    assert!(error.starts_with("SOCKS 4 is not supported. "), "{error}");
    assert_eq!(settings, all_changed());
}

#[test]
fn sleeps_stay_in_their_range_and_follow_their_seed() {
    let options = Settings {
        sleep: Duration::from_secs(1)..=Duration::from_secs(3),
        seed: Some(7),
        ..Settings::default()
    };
    let draw = || {
        let mut random = options.random();
        (0..1000)
            .map(|_| options.draw_sleep(&mut random))
            .collect::<Vec<_>>()
    };
    let sleeps = draw();
    assert_eq!(sleeps, draw());
    assert!(sleeps.iter().all(|sleep| options.sleep.contains(sleep)));
    let spread = sleeps
        .iter()
        .max()
        .unwrap()
        .saturating_sub(*sleeps.iter().min().unwrap());
    assert!(spread > Duration::from_secs(1), "{spread:?}");
    let fixed = Settings::default();
    assert_eq!(fixed.draw_sleep(&mut fixed.random()), Duration::ZERO);
}

#[test]
fn each_layer_goes_over_those_below_it() {
    let of = |retries, max_redirects| Options {
        retries,
        max_redirects,
        ..Options::default()
    };
    let defaults = Settings::default();
    assert_eq!(defaults.clone().with(&Options::default()), defaults);
    let kept = of(Some(1), Some(1));
    let said = of(Some(2), None);
    let settings = defaults.with(&kept).with(&said);
    assert_eq!((settings.retries, settings.max_redirects), (2, 1));
    let no_limit = Options {
        time_limit: Some(None),
        ..Options::default()
    };
    let limited = Settings {
        time_limit: Some(Duration::from_secs(1)),
        ..Settings::default()
    };
    assert_eq!(limited.with(&no_limit).time_limit, None);
    assert_eq!(said.said(), [Setting::Retries]);
}

#[test]
fn no_two_options_share_a_key_a_flag_or_a_label() {
    let mut words = HashSet::new();
    let mut is_new = |place: &'static str, word: String| words.insert((place, word));
    for setting in Setting::ALL {
        let entry = setting.entry();
        let mut is_offered = false;
        if let Some(flag) = &entry.flag {
            assert!(is_new("flag", flag.name.to_owned()), "{setting:?}");
            assert!(
                flag.letter
                    .is_none_or(|letter| is_new("letter", letter.to_string()))
            );
            is_offered = true;
        }
        if let Some(row) = &entry.row {
            assert!(is_new("key", row.key.to_owned()), "{setting:?}");
            assert!(is_new("label", row.label.to_owned()), "{setting:?}");
            is_offered = true;
        }
        if let Some(field) = &entry.field {
            assert!(is_new("field", field.label.to_owned()), "{setting:?}");
        }
        assert!(is_offered, "{setting:?}");
    }
}

#[test]
fn what_is_chosen_from_is_what_is_kept() {
    for (setting, row) in Setting::rows() {
        let Control::Choice(words) = row.control else {
            continue;
        };
        for (kept, _) in words {
            let mut settings = Settings::default();
            settings.set_text(setting, kept).unwrap();
            assert_eq!(settings.text(setting), *kept);
        }
    }
}

#[test]
fn an_option_that_is_given_says_something() {
    for (setting, text, says) in [
        (Setting::RateLimit, "0", "leave the option out for no limit"),
        (
            Setting::TimeLimit,
            "0 s",
            "leave the option out for no limit",
        ),
        (Setting::Proxy, "", "There is no proxy's address"),
        (Setting::FileName, "", "The name is empty"),
        (Setting::Sleep, "", "nothing is given"),
    ] {
        let mut options = Options::default();
        let error = options.set(setting, text).unwrap_err();
        assert!(error.contains(says), "{error}");
        assert_eq!(options, Options::default());
        // A field may be empty.
        options.set_field(setting, text).unwrap();
    }
}

#[test]
fn what_is_for_a_single_download_is_not_for_more() {
    let mut options = Options::default();
    for (setting, text) in [
        (Setting::FileName, "a"),
        (Setting::ContinueFrom, "a.part"),
        (Setting::Retries, "2"),
    ] {
        options.set(setting, text).unwrap();
    }
    let more = Settings::default().with(&options).for_more();
    assert_eq!(more.changed_from(&Settings::default()), [Setting::Retries]);
}

#[test]
fn the_hint_of_retries_names_the_waits_between_them() {
    use crate::fetch::limits::{BACK_OFF_FIRST, BACK_OFF_MAX};
    let [first, longest] = [BACK_OFF_FIRST, BACK_OFF_MAX].map(crate::format::typed_duration);
    let row = Setting::Retries.entry().row.as_ref().unwrap();
    assert!(
        row.hint.contains(&first) && row.hint.ends_with(&longest),
        "{}",
        row.hint
    );
}
