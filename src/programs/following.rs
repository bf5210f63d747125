//! A download that follows a change of what is the same for all.

use super::{FetchSpec, JobOptions};

impl FetchSpec {
    /// Takes over what `after` says where it still has what `before` said: time-outs, retries, time limit, low speed,
    /// redirects, proxy, certificates and its own rate limit. Where it is saved, and how long it sleeps, was settled
    /// when it was added.
    pub fn follow(&mut self, before: &JobOptions, after: &JobOptions) {
        let mut timeouts = self.request.timeouts();
        let (old, new) = (before.timeouts, after.timeouts);
        follow(&mut timeouts.resolve, &old.resolve, &new.resolve);
        follow(&mut timeouts.connect, &old.connect, &new.connect);
        follow(&mut timeouts.first_byte, &old.first_byte, &new.first_byte);
        follow(&mut timeouts.idle, &old.idle, &new.idle);
        self.request.set_timeouts(timeouts);

        let mut redirects = self.request.max_redirects();
        follow(&mut redirects, &before.max_redirects, &after.max_redirects);
        self.request.set_max_redirects(redirects);

        let (old, new) = (
            before.low_speed_bytes_per_sec,
            after.low_speed_bytes_per_sec,
        );
        let mut low_speed = self.request.low_speed_bytes_per_sec();
        follow(&mut low_speed, &old, &new);
        self.request.set_low_speed(low_speed);

        if before.proxy != after.proxy && self.request.proxy() == before.proxy.as_ref() {
            self.request.set_proxy(after.proxy.clone());
        }
        if before.certificates != after.certificates
            && self.request.extra_certificates() == before.certificates.as_ref()
        {
            let certificates = after.certificates.clone();
            self.request.set_extra_certificates(certificates);
        }

        follow(&mut self.retry.retries, &before.retries, &after.retries);
        follow(&mut self.time_limit, &before.time_limit, &after.time_limit);
        follow(
            &mut self.rate_limit_bytes_per_sec,
            &before.job_rate_limit_bytes_per_sec,
            &after.job_rate_limit_bytes_per_sec,
        );
    }
}

fn follow<T: PartialEq + Copy>(value: &mut T, before: &T, after: &T) {
    if value == before {
        *value = *after;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fetch::{Request, Timeouts};

    #[test]
    fn a_download_follows_where_nothing_else_was_said_for_it() {
        let before = JobOptions {
            proxy: Some("old:1".parse().unwrap()),
            low_speed_bytes_per_sec: Some(5),
            ..JobOptions::default()
        };
        let after = JobOptions {
            timeouts: Timeouts {
                resolve: Duration::from_secs(1),
                connect: Duration::from_secs(2),
                first_byte: Duration::from_secs(3),
                idle: Duration::from_secs(4),
            },
            retries: 9,
            time_limit: Some(Duration::from_secs(60)),
            max_redirects: 1,
            job_rate_limit_bytes_per_sec: Some(1_000),
            ..JobOptions::default()
        };
        let mut random = fastrand::Rng::with_seed(1);
        let request = || Request::get("https://a.example/1").unwrap();
        let mut usual = before.spec(request(), None, &mut random);
        usual.follow(&before, &after);
        assert_eq!(usual, after.spec(request(), None, &mut random));

        let own = JobOptions {
            retries: 2,
            proxy: Some("own:1".parse().unwrap()),
            ..before.clone()
        };
        let mut own = own.spec(request(), None, &mut random);
        own.follow(&before, &after);
        assert_eq!(own.retry.retries, 2);
        let proxy = own.request.proxy().map(ToString::to_string);
        assert_eq!(proxy.as_deref(), Some("http://own:1"));
        assert_eq!(own.request.timeouts(), after.timeouts, "the rest follows");
    }
}
