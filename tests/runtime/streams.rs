//! Messages for a job: from threads and from other jobs, and however many wait, the frame comes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use jobdeck::runtime::{
    ChannelClosed, Clock, Either, ErrorKind, JobError, ParkHost, Receiver, Runtime, Sender,
    TICK_BUDGET, TrySendError, channel,
};
use jobdeck::testing::TestRuntime;

use crate::support::{Bench, failure, secs, sleep_for, state};

/// A channel that is full of this many numbers, and closed.
fn filled(count: usize) -> Receiver<usize> {
    let (sender, receiver) = channel(count);
    (0..count).for_each(|number| sender.try_send(number).unwrap());
    receiver
}

/// A job that counts what it receives in one of the two ways.
fn count_all(runtime: &Runtime, count: usize, with_for_each: bool) -> Rc<Cell<usize>> {
    let seen = Rc::new(Cell::new(0));
    let counted = seen.clone();
    let mut numbers = filled(count);
    runtime.spawn("count", async move |cx| {
        let see = |number| {
            assert_eq!(number, counted.get(), "in order");
            counted.set(number + 1);
        };
        if with_for_each {
            return cx
                .for_each("numbers", numbers, async |number| {
                    see(number);
                    Ok(())
                })
                .await;
        }
        while let Some(number) = cx.wait_for("a number", numbers.recv()).await? {
            see(number);
        }
        Ok(())
    });
    seen
}

#[test]
fn a_million_messages_are_received_in_many_ticks() {
    const COUNT: usize = 1_000_000;
    for with_for_each in [true, false] {
        let host = ParkHost::new();
        let runtime = Runtime::new(host);
        let seen = count_all(&runtime, COUNT, with_for_each);
        let mut ticks = 0;
        while runtime.tick(TICK_BUDGET).more_ready {
            ticks += 1;
        }
        assert_eq!(seen.get(), COUNT);
        // All of them take many budgets on any machine. How long a tick is, the bench says: here it
        // would be the time of whatever else runs.
        assert!(ticks >= 5, "{ticks} ticks");
    }
}

#[test]
fn on_a_virtual_clock_a_poll_takes_the_same_number_of_messages_every_time() {
    for with_for_each in [true, false] {
        let bench = Bench::new();
        let seen = count_all(&bench.runtime, 1_000, with_for_each);
        let mut after_each_poll = Vec::new();
        while bench.runtime.step().more_ready {
            after_each_poll.push(seen.get());
        }
        assert_eq!(after_each_poll, [128, 256, 384, 512, 640, 768, 896]);
        assert_eq!(seen.get(), 1_000);
    }
}

#[test]
fn slow_handlers_of_ready_messages_leave_a_tick_within_its_budget() {
    let runtime = Runtime::new(ParkHost::new());
    let seen = Rc::new(Cell::new(0));
    let counted = seen.clone();
    let job = runtime.spawn("slow", async move |cx| {
        cx.for_each("numbers", filled(100), async |_| {
            std::thread::sleep(Duration::from_millis(1));
            counted.set(counted.get() + 1);
            Ok(())
        })
        .await
    });
    assert!(runtime.tick(TICK_BUDGET).more_ready);
    assert!((1..=8).contains(&seen.get()), "{}", seen.get());
    while runtime.tick(TICK_BUDGET).more_ready {}
    assert_eq!((seen.get(), state(&job)), (100, "done"));
}

#[test]
fn a_yield_loses_no_message_that_a_timeout_interrupts() {
    // Each wait is dropped at its yield or at its end; what is ready stays in the channel.
    let bench = Bench::new();
    let mut numbers = filled(1_000);
    let job = bench.runtime.spawn("hasty", async move |cx| {
        let mut received = Vec::new();
        loop {
            let number = cx.wait_for("a number", numbers.recv());
            match cx.timeout(Duration::ZERO, number).await {
                Ok(Some(number)) => received.push(number),
                Ok(None) => return Ok(received),
                Err(error) => assert!(matches!(error.kind(), ErrorKind::TimedOut)),
            }
        }
    });
    bench.settle();
    assert_eq!(job.take_value(), Some((0..1_000).collect()));
}

/// A job that receives from its own worker, which has sent as much as fits.
fn blocked_sender(bench: &Bench) -> (jobdeck::runtime::JobHandle<Vec<u32>>, mpsc::Receiver<u32>) {
    let (tell, told) = mpsc::channel();
    let job = bench.runtime.spawn("a", async move |cx| {
        let (sender, numbers) = channel(2);
        let counting = cx.blocking("counting", move |token| {
            for number in 1..=5 {
                token.send(&sender, number)?;
                tell.send(number)?;
            }
            Ok(())
        });
        cx.sleep(secs(60)).await?;
        let mut received = Vec::new();
        cx.for_each("numbers", numbers, async |number| {
            received.push(number);
            Ok(())
        })
        .await?;
        counting.await?;
        Ok(received)
    });
    bench.tick();
    assert_eq!([told.recv().unwrap(), told.recv().unwrap()], [1, 2]);
    bench.tick_until(|| !bench.runtime.has_moving_workers());
    (job, told)
}

#[test]
fn a_pause_and_a_resume_reach_a_sender_that_waits_for_room() {
    let bench = Bench::new();
    let (job, told) = blocked_sender(&bench);
    job.pause();
    assert_eq!(state(&job), "paused", "at once: it stands still already");
    bench.pass(secs(3600));
    job.resume();
    bench.pass(secs(60));
    bench.tick_until(|| job.is_finished());
    assert_eq!(job.take_value(), Some(vec![1, 2, 3, 4, 5]));
    assert_eq!(told.try_iter().count(), 3);
}

#[test]
fn a_paused_sender_sends_nothing_although_there_is_room() {
    let bench = Bench::new();
    let (sender, mut numbers) = channel(1);
    let job = bench.spawn_call("counting", move |token| {
        for number in 1..=3 {
            token.send(&sender, number)?;
        }
        Ok(())
    });
    bench.tick();
    bench.tick_until(|| numbers.len() == 1 && !bench.runtime.has_moving_workers());
    job.pause();
    assert_eq!(numbers.try_recv(), Some(1));
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(numbers.try_recv(), None);
    assert_eq!(state(&job), "paused");
    job.resume();
    bench.tick_until(|| numbers.len() == 1);
    assert_eq!(numbers.try_recv(), Some(2));
    bench.tick_until(|| job.is_finished());
    assert_eq!(numbers.try_recv(), Some(3));
}

#[test]
fn a_cancel_reaches_a_sender_that_waits_for_room() {
    let bench = Bench::new();
    let (job, told) = blocked_sender(&bench);
    let began = Instant::now();
    job.cancel();
    bench.tick_until(|| job.is_finished());
    assert!(began.elapsed() < secs(4), "not after the grace period");
    assert_eq!((state(&job), job.abandoned_workers()), ("cancelled", 0));
    assert!(told.recv().is_err(), "it has returned");
}

#[test]
fn a_virtual_clock_moves_while_a_sender_waits_for_room() {
    let test = TestRuntime::new();
    let job = test.spawn("slow", async |cx| {
        let (sender, numbers) = channel(1);
        let counting = cx.blocking("counting", move |token| {
            (1..=20).try_for_each(|number| token.send(&sender, number))
        });
        let mut sum = 0;
        cx.for_each("numbers", numbers, async |number| {
            cx.sleep(secs(60)).await?;
            sum += number;
            Ok(())
        })
        .await?;
        counting.await?;
        Ok((sum, cx.active()))
    });
    test.run_until_idle();
    assert_eq!(job.take_value(), Some((210, secs(20 * 60))));

    let host = ParkHost::new();
    let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    let (sender, _never_read) = channel(1);
    let stuck = runtime.spawn("stuck", async move |cx| {
        cx.blocking("counting", move |token| {
            (1..=2).try_for_each(|n| token.send(&sender, n))
        })
        .await
    });
    host.run(&runtime); // returns: nothing could ever change
    assert_eq!(state(&stuck), "running");
    stuck.cancel();
    host.run_until(&runtime, || stuck.is_finished());
}

#[test]
fn many_senders_lose_nothing_and_keep_their_order() {
    const SENDERS: u32 = 8;
    const EACH: u32 = 3_000;
    let host = ParkHost::new();
    let runtime = Runtime::new(host.clone());
    let job = runtime.spawn("funnel", async |cx| {
        let (sender, messages) = channel(3);
        let workers: Vec<_> = (0..SENDERS)
            .map(|number| {
                let sender = sender.clone();
                cx.blocking("sending", move |token| {
                    (0..EACH).try_for_each(|count| token.send(&sender, (number, count)))
                })
            })
            .collect();
        drop(sender);
        let mut next = [0; SENDERS as usize];
        cx.for_each("messages", messages, async |(number, count): (u32, u32)| {
            let next = &mut next[number as usize];
            assert_eq!(*next, count);
            *next += 1;
            Ok(())
        })
        .await?;
        jobdeck::runtime::join_all(workers).await?;
        Ok(next)
    });
    let received = host.block_on(&runtime, job).unwrap();
    assert_eq!(received, [EACH; SENDERS as usize]);
}

#[test]
fn a_send_that_is_given_up_leaves_its_turn_to_the_next() {
    let bench = Bench::new();
    let (sender, mut numbers) = channel(1);
    sender.try_send(0).unwrap();
    let send = |number: u32| {
        let sender: Sender<u32> = sender.clone();
        bench.runtime.spawn("sender", async move |cx| {
            cx.wait_for("room", sender.send(number)).await??;
            Ok(())
        })
    };
    let (first, second) = (send(1), send(2));
    bench.settle();
    assert_eq!(numbers.try_recv(), Some(0));
    // It was woken for the room, and goes without using it.
    first.cancel();
    bench.settle();
    assert_eq!(state(&second), "done");
    assert_eq!(numbers.try_recv(), Some(2));
}

#[test]
fn a_receiver_that_is_gone_ends_every_send() {
    let bench = Bench::new();
    let (sender, numbers) = channel(1);
    let (of_job, of_worker) = (sender.clone(), sender.clone());
    sender.try_send(1).unwrap();
    let job = bench.runtime.spawn("sender", async move |cx| {
        cx.wait_for("room", of_job.send(2)).await??;
        Ok(())
    });
    let call = bench.spawn_call("sending", move |token| token.send(&of_worker, 3));
    bench.settle();
    drop(numbers);
    bench.tick_until(|| call.is_finished());
    for job in [job.job(), call.job()] {
        assert!(failure(job).downcast_ref::<ChannelClosed>().is_some());
    }
    assert_eq!(sender.try_send(4), Err(TrySendError::Closed(4)));
    assert!(sender.is_closed());
}

#[test]
fn what_is_thrown_reaches_a_stream_and_what_its_handler_awaits() {
    let bench = Bench::new();
    let (sender, numbers) = channel(4);
    let caught = Rc::new(RefCell::new(Vec::new()));
    let told = caught.clone();
    let job = bench.runtime.spawn("a", async move |cx| {
        cx.for_each("numbers", numbers, async |number: u64| {
            if let Err(error) = cx.sleep(secs(number)).await {
                told.borrow_mut().push(error.to_string());
            }
            Ok(())
        })
        .await
    });
    sender.try_send(60).unwrap();
    bench.settle();
    job.throw(JobError::new("in the sleep"));
    bench.settle();
    assert_eq!(*caught.borrow(), ["in the sleep"]);
    assert_eq!(job.await_tree()[0].label, "numbers");
    job.throw(JobError::new("in the stream"));
    bench.settle();
    assert_eq!(failure(&job).to_string(), "in the stream");
}

#[test]
fn either_takes_the_first_result_and_drops_the_other_task() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        let child = cx.spawn("child", sleep_for(secs(60)));
        let view = child.job().clone();
        let first = cx.either(cx.sleep(secs(1)), child.cancel_on_drop()).await?;
        Ok((matches!(first, Either::Left(_)), state(&view)))
    });
    bench.settle();
    assert_eq!(job.await_tree()[0].label, "Either");
    assert_eq!(job.await_tree()[0].children.len(), 2);
    bench.pass(secs(1));
    assert_eq!(job.take_value(), Some((true, "cancelled")));
    let failing = bench.runtime.spawn("a", async |cx| {
        let fails = async { Err::<(), _>(JobError::new("no")) };
        cx.either(cx.sleep(secs(1)), fails).await.map(drop)
    });
    bench.settle();
    assert_eq!(failure(&failing).to_string(), "no");
}
