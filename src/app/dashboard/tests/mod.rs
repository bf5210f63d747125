//! The window as a whole: its phases, and what outlives it.

mod phases;
mod saving;
