//! The slot of a job: the permission to make an attempt, which a deck grants in its own order.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::fetch::FetchError;
use crate::runtime::{JobContext, JobError, Step, WaitReason};

/// What one job and its row share to agree on when the job may use the network. Cheap to clone;
/// clones share the state.
///
/// By default no deck grants it: a job has its slot whenever it asks.
#[derive(Clone, Debug, Default)]
pub struct Slot(Rc<SlotInner>);

#[derive(Debug, Default)]
struct SlotInner {
    is_granted_by_deck: Cell<bool>,
    state: Cell<SlotState>,
    attribution: Cell<Option<Attribution>>,
    /// What was reported, or what the job is to fail with.
    error: RefCell<Option<FetchError>>,
    waker: RefCell<Option<Waker>>,
}

/// What a job needs of its slot, or has of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SlotState {
    /// It needs none: it sleeps, or waits before it tries again.
    #[default]
    Unneeded,
    /// It waits for one.
    Asked,
    /// It has one, for the attempt under way.
    Held,
    /// Its attempt failed before there was a connection, and it waits to learn whether that was the
    /// host's failure.
    Reported,
    /// Its host was given up: it fails with what the host failed with.
    GivenUp,
}

/// Whose failure a failed attempt was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribution {
    /// The job's: it uses a retry.
    Job,
    /// The host's or the network's: the job waits for a slot again, and uses no retry.
    Host,
}

impl Slot {
    /// A slot that is granted by [`Slot::grant`] only.
    #[must_use]
    pub fn granted_by_deck() -> Self {
        let slot = Self::default();
        slot.0.is_granted_by_deck.set(true);
        slot
    }

    /// What the job needs of it, or has of it.
    #[must_use]
    pub fn state(&self) -> SlotState {
        self.0.state.get()
    }

    /// The job may make an attempt, now or as soon as it asks.
    pub fn grant(&self) {
        self.0.state.set(SlotState::Held);
        self.wake();
    }

    /// The error of a failed attempt whose job waits to learn whose failure it was.
    #[must_use]
    pub fn reported(&self) -> Option<FetchError> {
        let error = self.0.error.borrow();
        error
            .clone()
            .filter(|_| self.state() == SlotState::Reported)
    }

    /// Says whose failure was [reported](Self::reported).
    pub fn attribute(&self, attribution: Attribution) {
        if self.state() == SlotState::Reported {
            self.0.attribution.set(Some(attribution));
            self.wake();
        }
    }

    /// The job, which waits for a slot, is to fail with this error and not to be tried again.
    pub fn give_up(&self, error: FetchError) {
        self.0.error.replace(Some(error));
        self.0.state.set(SlotState::GivenUp);
        self.wake();
    }

    /// Whether the job is to fail, whatever its retries.
    pub(super) fn is_given_up(&self) -> bool {
        self.state() == SlotState::GivenUp
    }

    /// Waits for the slot. What is returned gives it back when it is dropped.
    ///
    /// # Errors
    /// The host's, when it was given up meanwhile; what interrupted the job.
    pub(super) async fn acquire(
        &self,
        cx: &JobContext,
        waits_for: &'static str,
    ) -> Result<HeldSlot, JobError> {
        if !self.0.is_granted_by_deck.get() {
            self.0.state.set(SlotState::Held);
        }
        if !matches!(self.state(), SlotState::Held | SlotState::GivenUp) {
            let asking = self.leave_for(SlotState::Asked);
            let reason = WaitReason::Slot("".into());
            cx.step(Step::waiting(waits_for, reason, None));
            self.wait_while(cx, waits_for, SlotState::Asked).await?;
            drop(asking);
            // Nothing else ends the step of the wait before the first step of the attempt.
            cx.step(Step::computing("Starting"));
        }
        if self.is_given_up() {
            let error = self.0.error.take();
            let error = error.unwrap_or_else(FetchError::cancelled);
            return Err(error.into());
        }
        Ok(HeldSlot(self.clone()))
    }

    /// Asks whose failure this is: an attempt ended with it before there was a connection.
    ///
    /// # Errors
    /// What interrupted the job.
    pub(super) async fn report(
        &self,
        cx: &JobContext,
        error: &FetchError,
    ) -> Result<Attribution, JobError> {
        if !self.0.is_granted_by_deck.get() {
            return Ok(Attribution::Job);
        }
        self.0.error.replace(Some(error.clone()));
        let reporting = self.leave_for(SlotState::Reported);
        // The change of the step makes the deck look at this slot.
        cx.step(Step::computing("Connecting"));
        let attributed = poll_fn(|task| match self.0.attribution.take() {
            Some(attribution) => Poll::Ready(attribution),
            None => {
                self.0.waker.replace(Some(task.waker().clone()));
                Poll::Pending
            }
        });
        let attribution = cx.wait_for("Connecting", attributed).await?;
        drop(reporting);
        Ok(attribution)
    }

    async fn wait_while(
        &self,
        cx: &JobContext,
        label: &'static str,
        state: SlotState,
    ) -> Result<(), JobError> {
        let changed = poll_fn(|task| {
            if self.state() != state {
                return Poll::Ready(());
            }
            self.0.waker.replace(Some(task.waker().clone()));
            Poll::Pending
        });
        cx.wait_for(label, changed).await
    }

    fn leave_for(&self, state: SlotState) -> Left {
        self.0.state.set(state);
        Left {
            slot: self.clone(),
            state,
        }
    }

    fn wake(&self) {
        let waker = self.0.waker.take();
        waker.into_iter().for_each(Waker::wake);
    }
}

/// While a job waits in this state; dropped when it waits no longer, whatever the reason: then it
/// needs no slot.
struct Left {
    slot: Slot,
    state: SlotState,
}

impl Drop for Left {
    fn drop(&mut self) {
        if self.slot.state() == self.state {
            self.slot.0.state.set(SlotState::Unneeded);
        }
    }
}

/// A slot in use; dropping it gives it back.
#[must_use = "dropping this gives the slot back"]
pub(super) struct HeldSlot(Slot);

impl Drop for HeldSlot {
    fn drop(&mut self) {
        if self.0.state() == SlotState::Held {
            self.0.0.state.set(SlotState::Unneeded);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::ErrorClass;
    use crate::testing::TestRuntime;

    fn job(test: &TestRuntime, slot: &Slot) -> crate::runtime::JobHandle<()> {
        let slot = slot.clone();
        test.spawn("job", async move |cx| {
            let held = slot.acquire(&cx, "Queued").await?;
            cx.sleep(std::time::Duration::from_secs(1)).await?;
            drop(held);
            Ok(())
        })
    }

    #[test]
    fn without_a_deck_there_is_always_one() {
        let test = TestRuntime::new();
        let slot = Slot::default();
        let job = job(&test, &slot);
        test.settle();
        assert_eq!(slot.state(), SlotState::Held);
        test.run_until_idle();
        assert_eq!(slot.state(), SlotState::Unneeded);
        assert!(job.is_finished());
    }

    #[test]
    fn it_is_waited_for_and_given_back_also_by_a_cancel() {
        let test = TestRuntime::new();
        let slot = Slot::granted_by_deck();
        let waiting = job(&test, &slot);
        test.settle();
        assert_eq!(slot.state(), SlotState::Asked);
        waiting.cancel();
        assert_eq!(slot.state(), SlotState::Unneeded);
        let holding = job(&test, &slot);
        test.settle();
        slot.grant();
        test.settle();
        assert_eq!(slot.state(), SlotState::Held);
        holding.cancel();
        assert_eq!(slot.state(), SlotState::Unneeded);
    }

    #[test]
    fn a_host_that_is_given_up_ends_the_wait_with_its_error() {
        let test = TestRuntime::new();
        let slot = Slot::granted_by_deck();
        let job = job(&test, &slot);
        test.settle();
        slot.give_up(FetchError::new(ErrorClass::Dns, "no address"));
        test.settle();
        match job.outcome() {
            Some(crate::runtime::Outcome::Failed(error)) => {
                assert_eq!(error.to_string(), "no address");
            }
            outcome => panic!("{outcome:?}"),
        }
        assert!(slot.is_given_up(), "no retry follows");
    }
}
