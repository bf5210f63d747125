//! From when until when a certificate is valid.

use der::asn1::{AnyRef, GeneralizedTime, UtcTime};
use der::{Decode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};

/// From when until when a certificate is valid, as seconds since 1970, both ends included
/// (RFC 5280, section 4.1.2.5). Dates before 1970 are no dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) not_before_secs: u64,
    pub(super) not_after_secs: u64,
}

impl Validity {
    /// Reads it from a certificate in DER.
    pub(super) fn of(certificate: &[u8]) -> der::Result<Self> {
        let certificate = AnyRef::from_der(certificate)?;
        let mut certificate = contents(&certificate)?;
        let signed: AnyRef<'_> = certificate.decode()?;
        let mut signed = contents(&signed)?;
        let first: AnyRef<'_> = signed.decode()?;
        // The version is left out in version 1; the serial number follows it.
        if first.tag() == version_tag() {
            signed.decode::<AnyRef<'_>>()?;
        }
        let _signature: AnyRef<'_> = signed.decode()?;
        let _issuer: AnyRef<'_> = signed.decode()?;
        let validity: AnyRef<'_> = signed.decode()?;
        let mut validity = contents(&validity)?;
        Ok(Self {
            not_before_secs: seconds(validity.decode()?)?,
            not_after_secs: seconds(validity.decode()?)?,
        })
    }
}

fn version_tag() -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(0),
    }
}

/// What is in a sequence.
fn contents<'a>(sequence: &AnyRef<'a>) -> der::Result<SliceReader<'a>> {
    sequence.tag().assert_eq(Tag::Sequence)?;
    SliceReader::new(sequence.value())
}

/// A date up to 2049 has a year of two digits.
fn seconds(date: AnyRef<'_>) -> der::Result<u64> {
    let since_1970 = match date.tag() {
        Tag::UtcTime => date.decode_as::<UtcTime>()?.to_unix_duration(),
        _ => date.decode_as::<GeneralizedTime>()?.to_unix_duration(),
    };
    Ok(since_1970.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sequence, or another value that holds others.
    fn holder(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
        value(tag, &parts.concat())
    }

    fn value(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).unwrap();
        assert!(length < 128);
        [&[tag, length], content].concat()
    }

    fn certificate(version: Option<u8>, dates: &[Vec<u8>; 2]) -> Vec<u8> {
        let version = version.map(|number| holder(0xa0, &[value(2, &[number])]));
        let mut signed: Vec<_> = version.into_iter().collect();
        signed.push(value(2, &[7]));
        signed.push(holder(0x30, &[]));
        signed.push(holder(0x30, &[]));
        signed.push(holder(0x30, dates));
        holder(0x30, &[holder(0x30, &signed), holder(0x30, &[])])
    }

    #[test]
    fn both_kinds_of_dates_are_read_in_every_version() {
        let dates = || {
            [
                value(0x17, b"700101000001Z"),
                value(0x18, b"20500101000000Z"),
            ]
        };
        for version in [None, Some(2)] {
            let read = Validity::of(&certificate(version, &dates())).unwrap();
            assert_eq!(read.not_before_secs, 1);
            assert_eq!(read.not_after_secs, 2_524_608_000);
        }
    }

    #[test]
    fn what_is_no_certificate_is_an_error() {
        let date = || value(0x17, b"700101000001Z");
        let whole = certificate(Some(2), &[date(), date()]);
        for length in 0..whole.len() {
            assert!(Validity::of(&whole[..length]).is_err(), "{length}");
        }
        let no_date = [date(), value(0x17, b"yesterday")];
        assert!(Validity::of(&certificate(Some(2), &no_date)).is_err());
        let text = [date(), value(0x0c, b"20500101000000Z")];
        assert!(Validity::of(&certificate(Some(2), &text)).is_err());
    }
}
