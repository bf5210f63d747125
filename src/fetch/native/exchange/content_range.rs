//! The header `Content-Range`.

/// The header `Content-Range` (RFC 9110, section 14.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentRange {
    /// The bytes from `first` to `last`, both included, of `total`.
    Part {
        first: u64,
        last: u64,
        total: Option<u64>,
    },
    /// The requested range is outside of the file.
    Unsatisfied { total: Option<u64> },
}

impl ContentRange {
    /// Parses the header; none if it is invalid or contradicts itself.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (unit, rest) = text.split_once([' ', '\t'])?;
        if !unit.eq_ignore_ascii_case("bytes") {
            return None;
        }
        let (range, total) = rest.trim().split_once('/')?;
        let total = match total.trim() {
            "*" => None,
            digits => Some(number(digits)?),
        };
        let range = range.trim();
        if range == "*" {
            return Some(Self::Unsatisfied { total });
        }
        let (first, last) = range.split_once('-')?;
        let (first, last) = (number(first.trim())?, number(last.trim())?);
        let fits = first <= last && last < u64::MAX && total.is_none_or(|total| last < total);
        fits.then_some(Self::Part { first, last, total })
    }
}

/// Parses digits only: no sign and no space.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_as_the_standard_writes_it() {
        let part = |first, last, total| Some(ContentRange::Part { first, last, total });
        assert_eq!(ContentRange::parse("bytes 0-0/1"), part(0, 0, Some(1)));
        assert_eq!(
            ContentRange::parse(" Bytes  42-1233 / 1234 "),
            part(42, 1233, Some(1234))
        );
        assert_eq!(ContentRange::parse("bytes 42-1233/*"), part(42, 1233, None));
        assert_eq!(
            ContentRange::parse("bytes */1234"),
            Some(ContentRange::Unsatisfied { total: Some(1234) })
        );
        assert_eq!(
            ContentRange::parse("bytes */*"),
            Some(ContentRange::Unsatisfied { total: None })
        );
    }

    #[test]
    fn what_cannot_be_is_no_range() {
        for text in [
            "",
            "bytes",
            "bytes ",
            "bytes 1-2",
            "bytes 2-1/5",
            "bytes 0-5/5",
            "bytes -1-5/9",
            "bytes +1-5/9",
            "bytes 1-5/-9",
            "bytes 1-5/9x",
            "bytes 1-/9",
            "bytes -5/9",
            "items 1-5/9",
            "bytes=1-5/9",
            "bytes 1-18446744073709551615/*",
            "bytes 1-18446744073709551616/*",
            "bytes 0-1,3-4/9",
            "bytes ０-1/9",
        ] {
            assert_eq!(ContentRange::parse(text), None, "{text}");
        }
    }

    #[test]
    fn arbitrary_text_is_read_without_harm_and_only_as_what_it_says() {
        let mut random = fastrand::Rng::with_seed(7);
        let alphabet: Vec<char> = "bytes 0123456789-/*,=+ \t\0é".chars().collect();
        for _ in 0..200_000 {
            let length = random.usize(..24);
            let tail: String = (0..length)
                .filter_map(|_| random.choice(&alphabet))
                .collect();
            let text = if random.bool() {
                format!("bytes {tail}")
            } else {
                tail
            };
            if let Some(ContentRange::Part { first, last, total }) = ContentRange::parse(&text) {
                assert!(
                    first <= last && total.is_none_or(|total| last < total),
                    "{text}"
                );
                let again = match total {
                    Some(total) => format!("bytes {first}-{last}/{total}"),
                    None => format!("bytes {first}-{last}/*"),
                };
                assert_eq!(ContentRange::parse(&again), ContentRange::parse(&text));
            }
        }
    }
}
