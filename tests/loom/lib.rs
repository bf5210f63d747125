//! Every interleaving of threads at the runtime's queue and at a worker's control.
//!
//! The modules have the same paths as in jobdeck, and the sources are its own, compiled with loom's
//! primitives. Minimal stand-ins replace everything else that they name.

#![cfg(test)]

mod runtime;

/// Runs a model in every order with at most three preemptions.
fn model(run: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(3);
    builder.check(run);
}
