//! Requests and replies of the demo's server: which bytes, at which pace.

use std::time::{Duration, Instant};

use super::pace::Pace;

/// The longest body that the server sends, in bytes.
pub const MAX_BODY_BYTES: u64 = 1 << 40;

/// The longest request that is read, in bytes.
pub(super) const MAX_REQUEST_BYTES: usize = 64 * 1024;

/// Fills `block` with the bytes of every body from `offset` on. They differ by position, so that a
/// missing, extra or repeated byte shows.
///
/// ```
/// let mut whole = [0; 100];
/// jobdeck::demo::fill_body(0, &mut whole);
/// let mut rest = [0; 63];
/// jobdeck::demo::fill_body(37, &mut rest);
/// assert_eq!(whole[37..], rest);
/// ```
pub fn fill_body(offset: u64, block: &mut [u8]) {
    let mut at = offset;
    let mut rest = block;
    while !rest.is_empty() {
        let word = mixed(at / 8).to_le_bytes();
        let word = &word[(at % 8) as usize..];
        let count = word.len().min(rest.len());
        let (head, tail) = rest.split_at_mut(count);
        head.copy_from_slice(&word[..count]);
        at += count as u64;
        rest = tail;
    }
}

/// Spreads a number over 64 bits (the finalizer of SplitMix64).
fn mixed(number: u64) -> u64 {
    let mut x = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The parts of a request that the server uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HttpRequest {
    pub(super) method: String,
    /// Path and query as received.
    pub(super) target: String,
    /// True if the client asks to close the connection after the reply.
    pub(super) wants_close: bool,
}

/// Parses the header block of a request; `None` if it is malformed.
pub(super) fn parse_request(header: &str) -> Option<HttpRequest> {
    let mut lines = header.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let method = words.next()?.to_owned();
    let target = words.next()?.to_owned();
    let version = words.next()?;
    if words.next().is_some() || !target.starts_with('/') {
        return None;
    }
    let wants_close = lines.any(|line| {
        line.split_once(':').is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("connection") && value.trim().eq_ignore_ascii_case("close")
        })
    });
    Some(HttpRequest {
        method,
        target,
        wants_close: wants_close || version == "HTTP/1.0",
    })
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) http_status: u16,
    pub(super) body_bytes: u64,
    pub(super) rate_bytes_per_second: Option<u64>,
    pub(super) delay: Duration,
    pub(super) has_body: bool,
}

impl Reply {
    /// `/bytes/N` is a body of N bytes. The rest of the path is ignored, so that a URL can end in a
    /// file name. The query may set `rate=` (bytes per second, 0: unlimited) and `delay_ms=`
    /// (before the reply).
    pub(super) fn to(request: &HttpRequest, pace: Pace) -> Self {
        let nothing = |http_status| Self {
            http_status,
            body_bytes: 0,
            rate_bytes_per_second: None,
            delay: Duration::ZERO,
            has_body: true,
        };
        match request.method.as_str() {
            "OPTIONS" => return nothing(204),
            "GET" | "HEAD" => {}
            _ => return nothing(405),
        }
        let (path, query) = request
            .target
            .split_once('?')
            .unwrap_or((&request.target, ""));
        let number = path
            .strip_prefix("/bytes/")
            .and_then(|rest| rest.split('/').next())
            .and_then(|number| number.parse::<u64>().ok())
            .filter(|number| *number <= MAX_BODY_BYTES);
        let Some(body_bytes) = number else {
            return nothing(404);
        };
        let value = |wanted: &str| {
            query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .find(|(name, _)| *name == wanted)
                .and_then(|(_, value)| value.parse::<u64>().ok())
        };
        Self {
            http_status: 200,
            body_bytes,
            rate_bytes_per_second: match value("rate") {
                Some(0) => None,
                Some(rate) => Some(rate),
                None => pace.bytes_per_second,
            },
            delay: value("delay_ms").map_or(pace.delay, Duration::from_millis),
            has_body: request.method == "GET",
        }
    }

    /// The status line and the headers. A page of any origin may read the reply.
    pub(super) fn header(&self) -> String {
        let reason = match self.http_status {
            200 => "OK",
            204 => "No Content",
            404 => "Not Found",
            405 => "Method Not Allowed",
            503 => "Service Unavailable",
            _ => "",
        };
        let length = if self.http_status == 204 {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", self.body_bytes)
        };
        format!(
            "HTTP/1.1 {} {reason}\r\n\
             Content-Type: application/octet-stream\r\n\
             {length}\
             Cache-Control: no-store\r\n\
             Access-Control-Allow-Origin: *\r\n\
             Access-Control-Allow-Headers: *\r\n\
             Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n\
             Access-Control-Allow-Private-Network: true\r\n\
             Access-Control-Expose-Headers: *\r\n\
             \r\n",
            self.http_status
        )
    }
}

/// When the next block of a paced body is due.
pub(super) struct Pacer {
    rate_bytes_per_second: Option<u64>,
    began: Instant,
    counted_bytes: u64,
}

impl Pacer {
    /// A reader that fell further behind than this does not catch up in one burst.
    const CATCH_UP: Duration = Duration::from_millis(200);

    pub(super) fn new(rate_bytes_per_second: Option<u64>, now: Instant) -> Self {
        Self {
            rate_bytes_per_second,
            began: now,
            counted_bytes: 0,
        }
    }

    /// The bytes of one block: about fifty blocks a second.
    pub(super) fn block_bytes(&self, most: usize) -> usize {
        self.rate_bytes_per_second.map_or(most, |rate| {
            usize::try_from((rate / 50).max(1)).map_or(most, |bytes| bytes.min(most))
        })
    }

    /// How long to wait before the next block.
    pub(super) fn wait(&mut self, now: Instant) -> Duration {
        let Some(rate) = self.rate_bytes_per_second else {
            return Duration::ZERO;
        };
        let due = Duration::from_secs_f64(self.counted_bytes as f64 / rate as f64);
        let elapsed = now.saturating_duration_since(self.began);
        if elapsed > due + Self::CATCH_UP {
            self.began = now;
            self.counted_bytes = 0;
            return Duration::ZERO;
        }
        due.saturating_sub(elapsed)
    }

    pub(super) fn sent(&mut self, bytes: usize) {
        self.counted_bytes += bytes as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> HttpRequest {
        parse_request(&format!("{line}\r\nHost: h\r\n\r\n")).unwrap()
    }

    #[test]
    fn every_place_of_a_body_has_its_own_bytes() {
        let mut body = vec![0; 4096];
        fill_body(0, &mut body);
        for shift in 1..200 {
            let mut shifted = vec![0; 64];
            fill_body(shift, &mut shifted);
            assert_eq!(shifted, body[shift as usize..][..64]);
            assert_ne!(shifted, body[..64]);
        }
    }

    #[test]
    fn a_path_says_how_much_and_how_fast() {
        let pace = Pace {
            bytes_per_second: Some(7),
            delay: Duration::ZERO,
        };
        let reply = Reply::to(
            &parsed("GET /bytes/10/a.bin?rate=5&delay_ms=3 HTTP/1.1"),
            pace,
        );
        assert_eq!((reply.http_status, reply.body_bytes), (200, 10));
        assert_eq!(reply.rate_bytes_per_second, Some(5));
        assert_eq!(reply.delay, Duration::from_millis(3));
        let reply = Reply::to(&parsed("GET /bytes/10 HTTP/1.1"), pace);
        assert_eq!(reply.rate_bytes_per_second, Some(7));
        let reply = Reply::to(&parsed("GET /bytes/10?rate=0 HTTP/1.1"), pace);
        assert_eq!(reply.rate_bytes_per_second, None);
        for target in [
            "/",
            "/bytes/",
            "/bytes/x",
            "/bytes/-1",
            "/bytes/9999999999999999",
        ] {
            let reply = Reply::to(&parsed(&format!("GET {target} HTTP/1.1")), pace);
            assert_eq!((reply.http_status, reply.body_bytes), (404, 0), "{target}");
        }
        assert_eq!(
            Reply::to(&parsed("POST /bytes/1 HTTP/1.1"), pace).http_status,
            405
        );
        assert!(!Reply::to(&parsed("HEAD /bytes/1 HTTP/1.1"), pace).has_body);
        assert_eq!(parse_request("garbage\r\n\r\n"), None);
        assert_eq!(parse_request("GET http://h/ HTTP/1.1\r\n\r\n"), None);
    }

    #[test]
    fn a_paced_body_comes_at_its_rate_also_after_a_standstill() {
        let start = Instant::now();
        let mut pacer = Pacer::new(Some(1000), start);
        assert_eq!(pacer.block_bytes(65_536), 20);
        assert_eq!(pacer.wait(start), Duration::ZERO);
        pacer.sent(100);
        assert_eq!(pacer.wait(start), Duration::from_millis(100));
        let later = start + Duration::from_secs(60);
        assert_eq!(pacer.wait(later), Duration::ZERO);
        pacer.sent(100);
        assert_eq!(pacer.wait(later), Duration::from_millis(100));
        assert_eq!(Pacer::new(None, start).block_bytes(65_536), 65_536);
    }
}
