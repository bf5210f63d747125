//! The rows: what each is, where it stands, and what it remembers.

pub(super) mod ability_table;
pub(super) mod ended;
pub(super) mod files;
pub(super) mod history;
pub(super) mod link_index;
pub(super) mod pause_clock;
pub(super) mod row;
pub(super) mod row_list;
pub(super) mod silence;
