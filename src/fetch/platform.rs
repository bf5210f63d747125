//! Which file names platforms support.

/// The rules for a file name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Platform {
    /// Linux, macOS and other Unix systems: anything but `/` and NUL.
    Unix,
    /// Windows, with the strictest rules.
    Windows,
}

impl Platform {
    /// The platform this runs on. In a browser it is unknown: the strictest rules apply.
    pub(crate) const HERE: Self = if cfg!(unix) {
        Self::Unix
    } else {
        Self::Windows
    };

    /// Whether a name may contain this character.
    pub(crate) fn supports(self, c: char) -> bool {
        match self {
            Self::Unix => !matches!(c, '/' | '\0'),
            Self::Windows => !matches!(
                c,
                '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' | '\0'..='\u{1f}'
            ),
        }
    }

    /// Whether a name must not end with this character.
    pub(crate) fn drops_at_end(self, c: char) -> bool {
        self == Self::Windows && matches!(c, '.' | ' ')
    }

    /// Whether a name is that of a device. The base of a name ends at its *first* dot: `con.tar.gz`
    /// is reserved too.
    pub(crate) fn reserves(self, name: &str) -> bool {
        let base = name.split('.').next().unwrap_or_default();
        self == Self::Windows && is_device(base)
    }
}

/// Whether Windows reserves this base name for a device.
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
