//! What is ready to be polled, in order: by priority, with ageing, and otherwise first come, first
//! served.

use std::collections::VecDeque;

use crate::runtime::Priority;
use crate::runtime::stopwatch::Stopwatch;
use crate::runtime::sync::queue::Woken;

/// After this long, 50 ms, a job that waits for its poll counts as one level higher, so that a
/// stream of urgent jobs never starves the rest.
pub const PRIORITY_AGEING: std::time::Duration = std::time::Duration::from_millis(50);

/// The jobs that are ready, a queue for each priority.
#[derive(Default)]
pub(crate) struct ReadyQueue {
    queues: [VecDeque<Woken>; Priority::COUNT],
    /// Random order instead, from a seed: finds bugs of tests and jobs that depend on an order.
    shuffle: Option<fastrand::Rng>,
}

impl ReadyQueue {
    pub(crate) fn set_shuffle(&mut self, seed: Option<u64>) {
        self.shuffle = seed.map(fastrand::Rng::with_seed);
    }

    pub(crate) fn push(&mut self, woken: Woken) {
        self.queues[usize::from(woken.priority.level())].push_back(woken);
    }

    pub(crate) fn len(&self) -> usize {
        self.queues.iter().map(VecDeque::len).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queues.iter().all(VecDeque::is_empty)
    }

    /// Takes out the next job. `now` is the stopwatch's latest reading.
    pub(crate) fn pop(&mut self, now: u64, stopwatch: &Stopwatch) -> Option<Woken> {
        if let Some(random) = &mut self.shuffle {
            let count: usize = self.queues.iter().map(VecDeque::len).sum();
            if count == 0 {
                return None;
            }
            let mut place = random.usize(..count);
            for queue in &mut self.queues {
                if place < queue.len() {
                    return queue.swap_remove_front(place);
                }
                place -= queue.len();
            }
            return None;
        }
        let [low, normal, high] = &mut self.queues;
        if low.is_empty() && high.is_empty() {
            return normal.pop_front(); // nearly always
        }
        let ageing = PRIORITY_AGEING.as_nanos() as u64;
        // The last of equal keys wins, so the higher level comes last.
        self.queues
            .iter_mut()
            .enumerate()
            .filter_map(|(level, queue)| {
                let waited = stopwatch.nanos_between(queue.front()?.at, now);
                Some((level as u64 + waited / ageing, queue))
            })
            .max_by_key(|(effective, _)| *effective)?
            .1
            .pop_front()
    }

    /// Removes everything, at the end of the runtime.
    pub(crate) fn clear(&mut self) {
        self.queues.iter_mut().for_each(VecDeque::clear);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::JobId;

    fn woken(index: u32, priority: Priority, at: u64) -> Woken {
        Woken {
            job: JobId {
                index,
                generation: 0,
            },
            priority,
            at,
        }
    }

    fn order(ready: &mut ReadyQueue, now: u64) -> Vec<u32> {
        let stopwatch = Stopwatch::start();
        std::iter::from_fn(|| ready.pop(now, &stopwatch))
            .map(|woken| woken.job.index)
            .collect()
    }

    #[test]
    fn the_important_come_first_and_equals_in_order() {
        let mut ready = ReadyQueue::default();
        for (index, priority) in [
            Priority::Low,
            Priority::Normal,
            Priority::High,
            Priority::Normal,
        ]
        .into_iter()
        .enumerate()
        {
            ready.push(woken(index as u32, priority, 1000));
        }
        assert_eq!(order(&mut ready, 1000), [2, 1, 3, 0]);
        assert!(ready.is_empty());
    }

    #[test]
    fn who_waits_for_long_rises() {
        let stopwatch = Stopwatch::start();
        let began = stopwatch.read();
        // Ticks of the stopwatch are its own: wait for the real ones.
        while stopwatch.nanos_between(began, stopwatch.read())
            < 3 * PRIORITY_AGEING.as_nanos() as u64
        {
            std::thread::yield_now();
        }
        let now = stopwatch.read();
        let mut ready = ReadyQueue::default();
        ready.push(woken(1, Priority::High, now));
        ready.push(woken(2, Priority::Low, began));
        ready.push(woken(3, Priority::Normal, now));
        assert_eq!(order(&mut ready, now), [2, 1, 3]);
    }

    #[test]
    fn a_seed_gives_the_same_other_order_every_time() {
        let shuffled = |seed| {
            let mut ready = ReadyQueue::default();
            ready.set_shuffle(Some(seed));
            (0..50).for_each(|index| ready.push(woken(index, Priority::Normal, 0)));
            order(&mut ready, 0)
        };
        let first = shuffled(1);
        assert_eq!(first, shuffled(1));
        assert_ne!(first, shuffled(2));
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_ne!(first, sorted);
        assert_eq!(sorted, (0..50).collect::<Vec<_>>());
    }
}
