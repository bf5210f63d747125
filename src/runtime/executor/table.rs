//! The table of a runtime's jobs: those that have not ended, by index, and the latest that have.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::runtime::JobId;

/// How many finished jobs a runtime keeps in its table by default; the oldest leave first. A handle
/// keeps its job beyond that. Of a job whose handle was dropped, the table keeps no value.
pub const FINISHED_KEPT: usize = 1000;

pub(crate) struct JobTable<J> {
    slots: Vec<TableSlot<J>>,
    free: Vec<u32>,
    finished: VecDeque<(JobId, Rc<J>)>,
    finished_kept: usize,
}

struct TableSlot<J> {
    generation: u32,
    job: Option<Rc<J>>,
}

impl<J> JobTable<J> {
    pub(crate) fn new(finished_kept: usize) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            finished: VecDeque::new(),
            finished_kept,
        }
    }

    pub(crate) fn reserve(&mut self) -> JobId {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(TableSlot {
                generation: 0,
                job: None,
            });
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        JobId {
            index,
            generation: self.slots[index as usize].generation,
        }
    }

    /// Puts a job in the slot that was reserved for its id.
    pub(crate) fn put(&mut self, id: JobId, job: Rc<J>) {
        self.slots[id.index as usize].job = Some(job);
    }

    /// The job with this id, unless it has ended.
    pub(crate) fn live(&self, id: JobId) -> Option<&Rc<J>> {
        self.slots
            .get(id.index as usize)
            .filter(|slot| slot.generation == id.generation)?
            .job
            .as_ref()
    }

    /// The job with this id, ended or not.
    pub(crate) fn any(&self, id: JobId) -> Option<&Rc<J>> {
        let finished = || self.finished.iter().find(|(known, _)| *known == id);
        self.live(id).or_else(|| finished().map(|(_, job)| job))
    }

    pub(crate) fn all_live(&self) -> impl Iterator<Item = &Rc<J>> {
        self.slots.iter().filter_map(|slot| slot.job.as_ref())
    }

    /// The jobs that have ended, newest first.
    pub(crate) fn all_finished(&self) -> impl Iterator<Item = &Rc<J>> {
        self.finished.iter().rev().map(|(_, job)| job)
    }

    /// Takes a job out of the finished ones.
    pub(crate) fn forget(&mut self, id: JobId) -> Option<Rc<J>> {
        let place = self.finished.iter().position(|(known, _)| *known == id)?;
        self.finished.remove(place).map(|(_, job)| job)
    }

    /// Takes out all the finished ones.
    pub(crate) fn forget_finished(&mut self) -> VecDeque<(JobId, Rc<J>)> {
        std::mem::take(&mut self.finished)
    }

    /// Moves a job to the finished ones, and returns the one that had to leave for it.
    pub(crate) fn finish(&mut self, id: JobId) -> Option<Rc<J>> {
        let slot = self.slots.get_mut(id.index as usize)?;
        if slot.generation != id.generation {
            return None;
        }
        let job = slot.job.take()?;
        // A slot that has used up its generations is not used again, or ids would come twice.
        if let Some(next) = slot.generation.checked_add(1) {
            slot.generation = next;
            self.free.push(id.index);
        }
        self.finished.push_back((id, job));
        if self.finished.len() > self.finished_kept {
            self.finished.pop_front().map(|(_, job)| job)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_comes_twice() {
        let mut table = JobTable::new(0);
        let run = |table: &mut JobTable<()>| {
            let id = table.reserve();
            table.put(id, Rc::new(()));
            assert!(table.finish(id).is_some());
            id
        };
        let first = run(&mut table);
        table.slots[0].generation = u32::MAX;
        let last = run(&mut table);
        let next = run(&mut table);
        assert_eq!((first.index, last.index, next.index), (0, 0, 1));
        assert!(table.live(last).is_none());
        assert_eq!(table.finish(last), None);
    }
}
