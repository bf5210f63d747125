//! jobdeck
