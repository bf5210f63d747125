//! Every order in which threads can meet at the runtime's queue and at a worker's control.
//!
//! The modules stand where they stand in jobdeck, and the sources are its own, compiled with loom's primitives. What
//! they name besides is replaced by the least that they need.

#![cfg(test)]

mod runtime;

/// Runs a model in every order; those with more than three interruptions of a thread that could have gone on are left
/// out.
fn model(run: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(3);
    builder.check(run);
}
