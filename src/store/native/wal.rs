//! Whether SQLite's log of a database lost something in the middle. SQLite takes what comes before
//! the first wrong frame and says nothing of what follows.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// Whether a log has commits that SQLite will not read. A batch that a killed process did not write
/// to its end is none.
pub(super) fn is_damaged(path: &Path) -> io::Result<bool> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    if length < (HEADER + FRAME_HEADER) as u64 {
        return Ok(false);
    }
    let mut file = BufReader::with_capacity(1 << 16, file);
    let mut header = [0; HEADER];
    file.read_exact(&mut header)?;
    let magic = word(&header, 0, true);
    let is_big_endian = magic == 0x377f_0683;
    let page_size = word(&header, 8, true) as usize;
    let mut sums = checksum([0; 2], &header[..24], is_big_endian);
    let is_header_whole = (is_big_endian || magic == 0x377f_0682)
        && (512..=65_536).contains(&page_size)
        && sums == [word(&header, 24, true), word(&header, 28, true)];
    if !is_header_whole {
        // Zeros are what a power cut leaves of a log that was just begun.
        let mut rest = Vec::new();
        file.take(1 << 20).read_to_end(&mut rest)?;
        return Ok(header.iter().chain(&rest).any(|byte| *byte != 0));
    }
    let mut frame = vec![0; FRAME_HEADER + page_size];
    let frames = (length - HEADER as u64) / frame.len() as u64;
    let has_salts = |frame: &[u8]| frame[8..16] == header[16..24];
    for index in 0..frames {
        file.read_exact(&mut frame)?;
        let body = checksum(sums, &frame[..8], is_big_endian);
        let body = checksum(body, &frame[FRAME_HEADER..], is_big_endian);
        let is_whole =
            has_salts(&frame) && body == [word(&frame, 16, true), word(&frame, 20, true)];
        if is_whole {
            sums = body;
            continue;
        }
        // Without a commit they are of a batch that was never acknowledged.
        let is_commit = |frame: &[u8]| frame[4..8] != [0; 4];
        for later in index + 1..frames {
            let at = HEADER as u64 + later * frame.len() as u64;
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut frame[..FRAME_HEADER])?;
            if has_salts(&frame) && is_commit(&frame) {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    Ok(false)
}

fn word(bytes: &[u8], at: usize, is_big_endian: bool) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    if is_big_endian {
        u32::from_be_bytes(word)
    } else {
        u32::from_le_bytes(word)
    }
}

/// As in "Checksum Algorithm" of SQLite's file format.
fn checksum(mut sums: [u32; 2], bytes: &[u8], is_big_endian: bool) -> [u32; 2] {
    for pair in bytes.chunks_exact(8) {
        sums[0] = sums[0]
            .wrapping_add(word(pair, 0, is_big_endian))
            .wrapping_add(sums[1]);
        sums[1] = sums[1]
            .wrapping_add(word(pair, 4, is_big_endian))
            .wrapping_add(sums[0]);
    }
    sums
}
