//! What of a request can be changed after it was made.

use crate::fetch::{ExtraCertificates, Proxy, Request, Timeouts};

impl Request {
    /// Sets the limits of the phases.
    pub fn set_timeouts(&mut self, timeouts: Timeouts) {
        self.timeouts = timeouts;
    }

    /// Sets how many redirects are followed.
    pub fn set_max_redirects(&mut self, max_redirects: u32) {
        self.max_redirects = max_redirects;
    }

    /// Sets the bytes a second below which a body counts as stalled; `None` lets any byte count.
    pub fn set_low_speed(&mut self, bytes_per_sec: Option<u64>) {
        self.low_speed_bytes_per_sec = bytes_per_sec;
    }

    /// Sets the proxy it goes through; `None` is none.
    pub fn set_proxy(&mut self, proxy: Option<Proxy>) {
        self.proxy = proxy;
    }

    /// Sets the certificates it trusts beside those of the system; `None` is none.
    pub fn set_extra_certificates(&mut self, certificates: Option<ExtraCertificates>) {
        self.certificates = certificates;
    }
}
