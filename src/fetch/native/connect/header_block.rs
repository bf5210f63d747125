//! Cleans the header of a response for the client's parser, which refuses a whole response for one
//! control character: servers copy file names into headers unescaped.
//!
//! Control characters are dropped from values only, and never end a line. Nothing is dropped that
//! could change which bytes belong to the body: the parser still sees, and refuses, control
//! characters in names and in the values of [`FRAMING`] headers. A value that is folded over
//! several lines, as by old servers, is joined (RFC 9112, section 5.2); one of a framing header is
//! refused.

use ureq::unversioned::transport::Buffers;

use super::transport_error::TransportError;
use crate::fetch::limits::MAX_HEADER_BYTES;

/// Headers that define the length of the body.
const FRAMING: [&[u8]; 3] = [b"content-length", b"transfer-encoding", b"content-range"];
/// Longer names are none of those.
const LONGEST_NAME: usize = 24;
/// The position of the code in a status line.
const CODE_AT: usize = b"HTTP/1.1 ".len();

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    /// Before the status line: empty lines are allowed here.
    Start,
    StatusLine,
    /// The first byte of a line, after a carriage return or not.
    LineStart {
        after_cr: bool,
        /// Whether the line before is a value that this line may continue.
        may_continue: bool,
    },
    Name,
    /// The value of a framing header.
    Framing,
    /// Any other value.
    Value {
        /// A carriage return was held back: it is passed on only before a line feed.
        after_cr: bool,
    },
    /// The empty line was read.
    End,
}

/// A line that continues nothing.
const LINE_START: Position = Position::LineStart {
    after_cr: false,
    may_continue: false,
};

/// Whether a byte of a value, or of the reason phrase, is dropped.
fn is_dropped(byte: u8) -> bool {
    byte != b'\t' && byte.is_ascii_control()
}

/// A header block, from its first byte to its empty line.
#[derive(Debug)]
pub(super) struct HeaderBlock {
    position: Position,
    /// The name of the current header, in lower case, cut.
    name: Vec<u8>,
    /// What the parser sees.
    bytes: Vec<u8>,
    consumed: usize,
    /// How many bytes were read from the connection for it.
    read: usize,
    /// Whether the parser consumed bytes the last time it looked.
    is_used: bool,
}

impl HeaderBlock {
    pub(super) fn new() -> Self {
        Self {
            position: Position::Start,
            name: Vec::new(),
            bytes: Vec::new(),
            consumed: 0,
            read: 0,
            is_used: false,
        }
    }

    /// Takes bytes up to the end of the block, and returns how many.
    ///
    /// # Errors
    /// [`TransportError::TooLarge`] when the block exceeds the limit.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<usize, TransportError> {
        if self.position == Position::End && self.consumed == self.bytes.len() {
            // The next response after an informational one.
            *self = Self::new();
        }
        let mut taken = 0;
        for &byte in bytes {
            if self.position == Position::End {
                break;
            }
            self.push(byte);
            taken += 1;
        }
        self.read += taken;
        // The parser gives up earlier, but does not see dropped bytes.
        if self.read > MAX_HEADER_BYTES + 4 * 1024 {
            return Err(TransportError::TooLarge(self.read));
        }
        Ok(taken)
    }

    /// Whether the parser has read the header of a final response to its end: the body follows.
    pub(super) fn is_over(&self) -> bool {
        let is_read = self.position == Position::End && self.consumed == self.bytes.len();
        is_read && !self.is_informational()
    }

    /// Whether another header follows: after any status 1xx except 101, which switches the
    /// protocol.
    fn is_informational(&self) -> bool {
        let line = self.bytes.iter().position(|byte| !b"\r\n".contains(byte));
        let line = &self.bytes[line.unwrap_or(0)..];
        let code = line.get(CODE_AT..CODE_AT + 3);
        code.is_some_and(|code| code[0] == b'1' && code != b"101")
    }

    fn push(&mut self, byte: u8) {
        self.position = match (self.position, byte) {
            (Position::Start, b'\r' | b'\n') => self.pass(byte, Position::Start),
            (Position::StatusLine, b'\n') => self.pass(byte, LINE_START),
            // The reason phrase is for people only.
            (Position::StatusLine, _)
                if byte != b'\r' && is_dropped(byte) && self.is_in_reason() =>
            {
                Position::StatusLine
            }
            (Position::Start | Position::StatusLine, _) => self.pass(byte, Position::StatusLine),
            (Position::LineStart { .. }, b'\n') => self.pass(byte, Position::End),
            (
                Position::LineStart {
                    after_cr: false, ..
                },
                b'\r',
            ) => self.pass(
                byte,
                Position::LineStart {
                    after_cr: true,
                    may_continue: false,
                },
            ),
            (
                Position::LineStart {
                    may_continue: true, ..
                },
                b' ' | b'\t',
            ) => self.unfold(),
            (Position::LineStart { .. }, _) => {
                self.name.clear();
                self.push_name(byte)
            }
            (Position::Name, _) => self.push_name(byte),
            (Position::Framing, b'\n') => self.pass(byte, LINE_START),
            (Position::Framing, _) => self.pass(byte, Position::Framing),
            (Position::Value { after_cr }, b'\n') => {
                if after_cr {
                    self.bytes.push(b'\r');
                }
                self.pass(
                    byte,
                    Position::LineStart {
                        after_cr: false,
                        may_continue: true,
                    },
                )
            }
            (Position::Value { .. }, b'\r') => Position::Value { after_cr: true },
            (Position::Value { .. }, byte) => {
                let value = Position::Value { after_cr: false };
                if is_dropped(byte) {
                    value
                } else {
                    self.pass(byte, value)
                }
            }
            (Position::End, _) => Position::End,
        };
    }

    fn push_name(&mut self, byte: u8) -> Position {
        match byte {
            b':' if FRAMING.contains(&self.name.as_slice()) => self.pass(byte, Position::Framing),
            b':' => self.pass(byte, Position::Value { after_cr: false }),
            b'\n' => self.pass(byte, LINE_START),
            _ => {
                if self.name.len() < LONGEST_NAME {
                    self.name.push(byte.to_ascii_lowercase());
                }
                self.pass(byte, Position::Name)
            }
        }
    }

    /// Removes the end of the previous line: its value continues.
    fn unfold(&mut self) -> Position {
        for end in [b'\n', b'\r'] {
            // Bytes that the parser has consumed cannot be removed.
            if self.bytes.len() > self.consumed && self.bytes.last() == Some(&end) {
                self.bytes.pop();
            }
        }
        self.pass(b' ', Position::Value { after_cr: false })
    }

    /// Whether the code of the status line is complete.
    fn is_in_reason(&self) -> bool {
        let line = self.bytes.iter().position(|byte| !b"\r\n".contains(byte));
        line.is_some_and(|line| self.bytes.len() - line > CODE_AT + 3)
    }

    fn pass(&mut self, byte: u8, next: Position) -> Position {
        self.bytes.push(byte);
        next
    }
}

/// The parser reads it like a connection. Nothing is sent while a header is read.
impl Buffers for HeaderBlock {
    fn output(&mut self) -> &mut [u8] {
        &mut []
    }

    fn input(&self) -> &[u8] {
        &self.bytes[self.consumed..]
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        &mut []
    }

    fn input_appended(&mut self, _: usize) {}

    fn input_consume(&mut self, amount: usize) {
        self.is_used = amount > 0;
        self.consumed = (self.consumed + amount).min(self.bytes.len());
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        (&mut [], &mut [])
    }

    fn can_use_input(&self) -> bool {
        self.consumed < self.bytes.len() && self.is_used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the parser sees of a response, and what is left for the body, however the bytes arrive.
    #[track_caller]
    fn check(response: &[u8], seen: &[u8], body: &[u8]) {
        for step in [1, 2, 3, 7, response.len()] {
            let mut block = HeaderBlock::new();
            let mut taken = 0;
            let mut all_seen = Vec::new();
            while taken < response.len() && !block.is_over() {
                let end = (taken + step).min(response.len());
                taken += block.take(&response[taken..end]).unwrap();
                if block.position == Position::End {
                    all_seen.extend_from_slice(block.input());
                    block.input_consume(block.input().len());
                }
            }
            all_seen.extend_from_slice(block.input());
            let shown = String::from_utf8_lossy(&all_seen).into_owned();
            assert_eq!(shown, String::from_utf8_lossy(seen), "in steps of {step}");
            assert_eq!(&response[taken..], body, "in steps of {step}");
        }
    }

    #[test]
    fn control_characters_leave_values_and_nothing_else() {
        check(
            b"HTTP/1.1 200 OK\r\nX: a\0b\x1b[31m\tc\x7f\rd\r\nY:\r\r\nZ: \xe4\n\r\nbo\0dy\r\n",
            b"HTTP/1.1 200 OK\r\nX: ab[31m\tcd\r\nY:\r\nZ: \xe4\n\r\n",
            b"bo\0dy\r\n",
        );
        // A carriage return alone ends no line, here as in the parser.
        check(
            b"HTTP/1.1 200 OK\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nX: aTransfer-Encoding: chunked\r\n\r\n",
            b"",
        );
    }

    #[test]
    fn a_folded_value_is_one_line_again_and_the_words_behind_a_code_are_cleaned() {
        check(
            b"HTTP/1.1 200 O\x1bK\0\r\nX: a\r\n b\r\n\tc\nY: d\n e\r\n\r\nbody",
            b"HTTP/1.1 200 OK\r\nX: a b c\nY: d e\r\n\r\n",
            b"body",
        );
        // A framing header must not be folded.
        let framing = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n 0\r\n\r\n";
        check(framing, framing, b"");
        let code = b"HTTP/1.1 2\x010 OK\r\n\r\n";
        check(code, code, b"");
    }

    #[test]
    fn what_says_where_a_body_ends_is_left_for_the_parser_to_refuse() {
        for line in [
            "Content-Length: 5\0",
            "content-length:\x015",
            "TRANSFER-ENCODING: chun\x01ked",
            "Content-Range: bytes 0-4\x7f/5",
            "Content-Length\x01: 5",
            "X\0: a",
            "X\r: a",
            " folded: \u{1}",
        ] {
            let response = format!("HTTP/1.1 200 OK\r\n{line}\r\n\r\nbody");
            let seen = response.strip_suffix("body").unwrap();
            if line.starts_with(' ') {
                check(
                    response.as_bytes(),
                    seen.replace("folded: \u{1}", "folded: ").as_bytes(),
                    b"body",
                );
            } else {
                check(response.as_bytes(), seen.as_bytes(), b"body");
            }
        }
    }

    #[test]
    fn every_informational_header_has_its_end() {
        check(
            b"\r\nHTTP/1.1 103 Early Hints\r\nX: \x01\r\n\r\n\nHTTP/1.1 200 OK\nX: \x02\n\nbody",
            b"\r\nHTTP/1.1 103 Early Hints\r\nX: \r\n\r\n\nHTTP/1.1 200 OK\nX: \n\n",
            b"body",
        );
        check(
            b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x01HTTP/1.1 200 OK\r\n\r\n",
            b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
            b"\x01HTTP/1.1 200 OK\r\n\r\n",
        );
    }

    /// What is dropped counts for the size of a header.
    #[test]
    fn a_header_of_nothing_but_dropped_bytes_is_too_large() {
        let mut block = HeaderBlock::new();
        block.take(b"HTTP/1.1 200 OK\r\nX: ").unwrap();
        let flood = [1; 4096];
        let result = (0..100).try_for_each(|_| block.take(&flood).map(|_| ()));
        assert!(matches!(result, Err(TransportError::TooLarge(_))));
    }
}
