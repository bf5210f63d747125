//! The window as a whole: its phases, and what outlives it.

mod deck_elsewhere;
mod phases;
mod saving;
