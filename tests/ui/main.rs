//! The window: its widgets by role and label, its pictures, and the real thing on a virtual screen.

mod pictures;
mod support;
