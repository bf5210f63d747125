//! The media type of a body, as a `Content-Type` header says it.

/// The media type of a `Content-Type`, without its parameters, in small letters.
pub(crate) fn media_type(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// Whether a media type is that of a web page.
pub(crate) fn is_web_page(media_type: &str) -> bool {
    matches!(media_type, "text/html" | "application/xhtml+xml")
}
