//! The options of downloads: what the command line, the settings and the sheet that adds jobs can say.

mod headers;
mod job_options;

pub use headers::Headers;
pub use job_options::JobOptions;
