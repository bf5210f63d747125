//! Decoding a body that comes compressed although `identity` was requested.

use std::io::{self, Write as _};

use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::response_head::ResponseHead;
use crate::fetch::media_type::media_type;
use crate::fetch::{ErrorClass, FetchError, Phase};

const GZIP: &str = "gzip";
/// How many bytes are decoded at once. A body may expand a thousandfold: so the output of one step
/// fits in memory.
const STEP_BYTES: usize = 4 * 1024;

/// A decoder of gzip or deflate.
pub(crate) struct BodyDecoder {
    coding: &'static str,
    kind: DecoderKind,
}

enum DecoderKind {
    /// Fewer than two bytes came, which tell the format.
    Unknown(Vec<u8>),
    Gzip(MultiGzDecoder<Vec<u8>>),
    /// Not encoded, though the response says so.
    Plain(Vec<u8>),
    Zlib(ZlibDecoder<Vec<u8>>),
    Bare(DeflateDecoder<Vec<u8>>),
}

impl BodyDecoder {
    /// The decoder for the body of a response; none if its coding is not supported or is the file's
    /// own: a `.tar.gz` is often sent with `Content-Encoding: gzip`, and has to stay one.
    pub(crate) fn of(head: &ResponseHead, name: &str) -> Option<Self> {
        let coding = match head.content_encoding.as_deref()? {
            "gzip" | "x-gzip" => GZIP,
            "deflate" => "deflate",
            _ => return None,
        };
        (!is_own_coding(coding, name, head.content_type.as_deref())).then_some(Self {
            coding,
            kind: DecoderKind::Unknown(Vec::new()),
        })
    }

    /// The coding, as HTTP names it.
    pub(crate) fn coding(&self) -> &'static str {
        self.coding
    }

    /// Decodes the next block of the body, and gives the output to `take`.
    ///
    /// # Errors
    /// Class `protocol` when the block is not encoded as the response says, and those of `take`.
    pub(crate) fn decode(
        &mut self,
        block: &[u8],
        mut take: impl FnMut(&[u8]) -> Result<(), FetchError>,
    ) -> Result<(), FetchError> {
        for step in block.chunks(STEP_BYTES) {
            let bytes = self.kind.decode(step, self.coding);
            take(&bytes.map_err(|error| self.wrong(&error))?)?;
        }
        Ok(())
    }

    /// Ends the body, and returns the rest of the output.
    ///
    /// # Errors
    /// Class `truncated` when it ends too early, `protocol` when its checksum is wrong.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, FetchError> {
        self.kind.finish().map_err(|error| self.wrong(&error))
    }

    fn wrong(&self, error: &io::Error) -> FetchError {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return FetchError::new(
                ErrorClass::Truncated,
                format!("The body ends before the {} in it does", self.coding),
            )
            .with_hint("Try again.")
            .with_detail(error.to_string())
            .in_phase(Phase::Body);
        }
        FetchError::new(
            ErrorClass::Protocol,
            format!("The body is not the {} that the server says", self.coding),
        )
        .with_hint("This is the server's fault; try again, or look for another link.")
        .with_detail(error.to_string())
        .in_phase(Phase::Body)
    }
}

impl DecoderKind {
    /// The kind of a body that begins with these bytes.
    fn of(first: u8, second: u8, coding: &str) -> Self {
        // RFC 1950, section 2.2: method 8, and a check sum over both bytes. Some servers send
        // deflate without it (RFC 9110, section 8.4.1.2).
        let is_zlib = first & 0x0f == 8 && (u16::from(first) << 8 | u16::from(second)) % 31 == 0;
        match (coding, (first, second)) {
            (GZIP, (0x1f, 0x8b)) => Self::Gzip(MultiGzDecoder::new(Vec::new())),
            (GZIP, _) => Self::Plain(Vec::new()),
            _ if is_zlib => Self::Zlib(ZlibDecoder::new(Vec::new())),
            _ => Self::Bare(DeflateDecoder::new(Vec::new())),
        }
    }

    fn decode(&mut self, bytes: &[u8], coding: &str) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip(decoder) => {
                decoder.write_all(bytes)?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Unknown(first) => {
                first.extend_from_slice(bytes);
                let [one, two, ..] = first.as_slice() else {
                    return Ok(Vec::new());
                };
                let known = Self::of(*one, *two, coding);
                let first = std::mem::take(first);
                *self = known;
                self.decode(&first, coding)
            }
            Self::Plain(_) => Ok(bytes.to_vec()),
            Self::Zlib(decoder) => {
                decoder.write_all(bytes)?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Bare(decoder) => {
                decoder.write_all(bytes)?;
                Ok(std::mem::take(decoder.get_mut()))
            }
        }
    }

    fn finish(&mut self) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip(decoder) => {
                decoder.try_finish()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Unknown(first) | Self::Plain(first) => Ok(std::mem::take(first)),
            Self::Zlib(decoder) => {
                decoder.try_finish()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Bare(decoder) => {
                decoder.try_finish()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
        }
    }
}

/// Whether the name or the type of a file says that the file itself is compressed.
fn is_own_coding(coding: &str, name: &str, content_type: Option<&str>) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    let extension = extension.unwrap_or_default().to_ascii_lowercase();
    let media = content_type.map(media_type).unwrap_or_default();
    match coding {
        GZIP => {
            let extensions = [
                "gz", "gzip", "tgz", "taz", "svgz", "emz", "wmz", "vgz", "cpgz",
            ];
            let types = [
                "application/gzip",
                "application/x-gzip",
                "application/gzip-compressed",
                "application/x-tgz",
                "application/x-gtar-compressed",
                "application/x-compressed-tar",
            ];
            extensions.contains(&extension.as_str()) || types.contains(&media.as_str())
        }
        _ => matches!(extension.as_str(), "zz" | "zlib") || media == "application/zlib",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_is_the_files_own_by_name_or_type() {
        let own = |name: &str, media: &str| is_own_coding("gzip", name, Some(media));
        assert!(own("a.tar.gz", "application/octet-stream"));
        assert!(own("A.TGZ", ""));
        assert!(own("download", "application/x-gzip; charset=binary"));
        assert!(!own("d.json", "application/json"));
        assert!(!own("gz", "text/plain"));
    }
}
