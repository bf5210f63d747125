//! What file systems can hold as a name.

/// Whose rules a file name has to obey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Platform {
    /// Linux, macOS and their like: anything but `/` and NUL.
    Unix,
    /// Windows, whose rules are the strictest.
    Windows,
}

impl Platform {
    /// The platform this runs on. In a browser it is not known: the strictest rules hold.
    pub(crate) const HERE: Self = if cfg!(unix) {
        Self::Unix
    } else {
        Self::Windows
    };

    /// True if a name may have this character.
    pub(crate) fn holds(self, c: char) -> bool {
        match self {
            Self::Unix => !matches!(c, '/' | '\0'),
            Self::Windows => !matches!(
                c,
                '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' | '\0'..='\u{1f}'
            ),
        }
    }

    /// True if a name may not end with this character.
    pub(crate) fn drops_at_end(self, c: char) -> bool {
        self == Self::Windows && matches!(c, '.' | ' ')
    }

    /// True if a device has this name. The base of a name ends at its *first* dot: `con.tar.gz` is reserved too.
    pub(crate) fn reserves(self, name: &str) -> bool {
        let base = name.split('.').next().unwrap_or_default();
        self == Self::Windows && is_device(base)
    }
}

/// Whether Windows keeps this base name for a device.
fn is_device(base: &str) -> bool {
    let base = base.trim_end().to_ascii_uppercase();
    if matches!(
        base.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"
    ) {
        return true;
    }
    let number = base
        .strip_prefix("COM")
        .or_else(|| base.strip_prefix("LPT"))
        .unwrap_or_default();
    let mut digits = number.chars();
    matches!(
        (digits.next(), digits.next()),
        (Some('0'..='9' | '¹' | '²' | '³'), None)
    )
}
