//! Chooses loom's primitives in `src/runtime/sync/primitives.rs`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cfg=jobdeck_loom");
}
