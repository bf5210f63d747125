//! A sorted list in pieces: finding, inserting and removing an entry touches one piece, not all
//! entries.

use std::cell::OnceCell;

use crate::status::RowId;

use super::entries::Entries;
use super::entry::ListEntry;

/// A sorted list in pieces: what comes and goes moves the entries of one piece only.
#[derive(Default)]
pub(super) struct Sequence {
    pieces: Vec<Vec<ListEntry>>,
    /// Every entry by its row.
    entries: Entries,
    /// Where each piece begins: made when it is asked for.
    starts: OnceCell<Vec<usize>>,
}

/// A piece with more entries is cut in two.
const PIECE_AT_MOST: usize = 512;
/// What [`Sequence::drop_incrementally`] drops at once.
const PIECES_DROPPED_PER_TICK: usize = 32;
const PAGES_DROPPED_PER_TICK: usize = 16;
/// New pieces are filled up to here, to have room for more.
const PIECE_AT_FIRST: usize = 384;

impl Sequence {
    /// An empty one with room for about this many entries.
    pub(super) fn with_room(entries: usize) -> Self {
        Self {
            pieces: Vec::with_capacity(entries / PIECE_AT_FIRST + 1),
            entries: Entries::default(),
            starts: OnceCell::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The row at a place.
    pub(super) fn get(&self, place: usize) -> Option<RowId> {
        let starts = self.starts();
        let piece = starts
            .partition_point(|start| *start <= place)
            .checked_sub(1)?;
        let entry = self.pieces[piece].get(place - starts[piece])?;
        Some(entry.id)
    }

    /// The place of a row.
    pub(super) fn place(&self, id: RowId) -> Option<usize> {
        let entry = self.entries.get(id)?;
        let piece = self.piece_of(entry);
        let within = self.pieces.get(piece)?.binary_search(entry).ok()?;
        Some(self.starts()[piece] + within)
    }

    /// Whether putting this entry in would change the place of its row, or show it at all.
    pub(super) fn would_move(&self, entry: &ListEntry) -> bool {
        let Some(place) = self.place(entry.id) else {
            return true;
        };
        let at = |place| self.entries.get(self.get(place)?);
        let before = place.checked_sub(1).and_then(at);
        let after = at(place + 1);
        before.is_some_and(|before| before > entry) || after.is_some_and(|after| after < entry)
    }

    /// Puts an entry after all others, where it belongs.
    pub(super) fn push(&mut self, entry: ListEntry) {
        self.entries.insert(entry.clone());
        match self.pieces.last_mut() {
            Some(piece) if piece.len() < PIECE_AT_FIRST => piece.push(entry),
            _ => {
                let mut piece = Vec::with_capacity(PIECE_AT_MOST);
                piece.push(entry);
                self.pieces.push(piece);
            }
        }
        self.starts.take();
    }

    /// Puts an entry where it belongs, and takes the one of the same row out.
    pub(super) fn insert(&mut self, entry: ListEntry) {
        if self.entries.get(entry.id) == Some(&entry) {
            return;
        }
        self.remove(entry.id);
        let at = self
            .piece_of(&entry)
            .min(self.pieces.len().saturating_sub(1));
        let Some(piece) = self.pieces.get_mut(at) else {
            self.push(entry);
            return;
        };
        self.starts.take();
        self.entries.insert(entry.clone());
        let within = piece.partition_point(|other| *other < entry);
        piece.insert(within, entry);
        if piece.len() > PIECE_AT_MOST {
            let mut second = Vec::with_capacity(PIECE_AT_MOST);
            second.extend(piece.drain(PIECE_AT_MOST / 2..));
            self.pieces.insert(at + 1, second);
        }
    }

    /// Takes the entry of a row out, if there is one.
    pub(super) fn remove(&mut self, id: RowId) {
        let Some(entry) = self.entries.remove(id) else {
            return;
        };
        self.starts.take();
        let at = self.piece_of(&entry);
        let Some(piece) = self.pieces.get_mut(at) else {
            return;
        };
        if let Ok(within) = piece.binary_search(&entry) {
            piece.remove(within);
        }
        if piece.is_empty() {
            self.pieces.remove(at);
        }
    }

    /// Drops a tick's part of it; true when nothing is left. A million entries dropped at once
    /// would be a slow frame.
    pub(super) fn drop_incrementally(&mut self) -> bool {
        let left = self.pieces.len().saturating_sub(PIECES_DROPPED_PER_TICK);
        self.pieces.truncate(left);
        if self.pieces.is_empty() {
            self.entries.drop_pages(PAGES_DROPPED_PER_TICK);
        }
        self.entries.is_dropped()
    }

    /// The piece that an entry is in, or would be.
    fn piece_of(&self, entry: &ListEntry) -> usize {
        self.pieces
            .partition_point(|piece| piece.last().is_some_and(|last| last < entry))
    }

    fn starts(&self) -> &[usize] {
        self.starts.get_or_init(|| {
            let mut start = 0;
            let before = |piece: &Vec<ListEntry>| {
                let before = start;
                start += piece.len();
                before
            };
            self.pieces.iter().map(before).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(place: u64, id: u64) -> ListEntry {
        ListEntry {
            values: None,
            place,
            id: RowId(id),
        }
    }

    #[test]
    fn it_is_what_sorting_gives() {
        let mut random = fastrand::Rng::with_seed(4);
        let mut sequence = Sequence::default();
        let mut expected = std::collections::BTreeMap::new();
        for round in 0..30_000 {
            let id = random.u64(1..3_000);
            if random.u8(0..3) == 0 {
                sequence.remove(RowId(id));
                expected.remove(&id);
            } else {
                let entry = entry(random.u64(0..6), id);
                sequence.insert(entry.clone());
                expected.insert(id, entry);
            }
            if round % 1_000 == 999 {
                let mut sorted: Vec<_> = expected.values().collect();
                sorted.sort_unstable();
                assert_eq!(sequence.len(), sorted.len());
                for (place, entry) in sorted.into_iter().enumerate() {
                    assert_eq!(sequence.get(place), Some(entry.id));
                    assert_eq!(sequence.place(entry.id), Some(place));
                }
                assert_eq!(sequence.get(expected.len()), None);
                assert_eq!(sequence.place(RowId(9_999)), None);
            }
        }
    }
}
