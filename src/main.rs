//! The program: one entry natively, another one in a browser.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod web;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    native::start()
}

#[cfg(target_arch = "wasm32")]
fn main() {
    web::start();
}
