//! The store of a page: the browser's IndexedDB.
//!
//! A [`Store`] holds a lock that one tab of the page can have, and writes in slices, each in a
//! transaction of its own, between two frames. What is committed outlives a reload, a closed tab
//! and a crash. A [`Restoring`] reads the rows of an earlier page in slices too. Where another tab
//! has the list there is [`Elsewhere`] in place of a store.
//!
//! A page that lost its lock may write for a moment before it learns that. So each transaction
//! checks that the database names its page as the owner.

mod database;
mod elsewhere;
mod figures;
mod lock;
mod not_opened;
mod request;
mod restoring;
mod row_value;
mod shared;
mod store;
mod writer;

pub use elsewhere::Elsewhere;
pub use figures::StoreFigures;
pub use not_opened::NotOpened;
pub use restoring::{Restoring, RestoringItem};
pub use store::Store;
