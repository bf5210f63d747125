//! The table of a runtime's jobs: those that have not ended, by index, and the latest that have.

use std::{collections::VecDeque, rc::Rc};

use crate::runtime::{JobId, job::record::JobRecord};

/// How many finished jobs a runtime keeps in its table; the oldest leave first. A handle keeps its job beyond that.
pub const FINISHED_KEPT: usize = 1000;

#[derive(Default)]
pub(crate) struct Table {
    slots: Vec<Slot>,
    free: Vec<u32>,
    finished: VecDeque<Rc<JobRecord>>,
}

#[derive(Default)]
struct Slot {
    generation: u32,
    job: Option<Rc<JobRecord>>,
}

impl Table {
    pub(crate) fn reserve(&mut self) -> JobId {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        JobId {
            index,
            generation: self.slots[index as usize].generation,
        }
    }

    pub(crate) fn put(&mut self, job: Rc<JobRecord>) {
        let index = job.id().index as usize;
        self.slots[index].job = Some(job);
    }

    /// The job with this id, unless it has ended.
    pub(crate) fn live(&self, id: JobId) -> Option<&Rc<JobRecord>> {
        self.slots
            .get(id.index as usize)
            .filter(|slot| slot.generation == id.generation)?
            .job
            .as_ref()
    }

    /// The job with this id, ended or not.
    pub(crate) fn any(&self, id: JobId) -> Option<&Rc<JobRecord>> {
        self.live(id)
            .or_else(|| self.finished.iter().find(|job| job.id() == id))
    }

    pub(crate) fn all_live(&self) -> impl Iterator<Item = &Rc<JobRecord>> {
        self.slots.iter().filter_map(|slot| slot.job.as_ref())
    }

    /// The jobs that have ended, newest first.
    pub(crate) fn all_finished(&self) -> impl Iterator<Item = &Rc<JobRecord>> {
        self.finished.iter().rev()
    }

    /// Moves a job to the finished ones, and gives back the one that had to leave for it.
    pub(crate) fn finish(&mut self, id: JobId) -> Option<Rc<JobRecord>> {
        let slot = self.slots.get_mut(id.index as usize)?;
        if slot.generation != id.generation {
            return None;
        }
        let job = slot.job.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(id.index);
        self.finished.push_back(job);
        if self.finished.len() > FINISHED_KEPT {
            self.finished.pop_front()
        } else {
            None
        }
    }
}
