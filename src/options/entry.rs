//! What one option is: where it is offered, and with which words.

/// One option. A place that is `None` does not offer it.
#[derive(Debug)]
pub struct Entry {
    /// On the command line.
    pub flag: Option<Flag>,
    /// In the settings, where it is also kept.
    pub row: Option<SettingRow>,
    /// In the Add sheet.
    pub field: Option<AddField>,
    /// It is for a single download.
    pub for_one: bool,
    /// It is about files that are saved.
    pub for_saved: bool,
    /// A browser does as it likes instead.
    pub native_only: bool,
}

/// An option on the command line.
#[derive(Debug)]
pub struct Flag {
    /// With its two hyphens.
    pub name: &'static str,
    /// Its short form.
    pub letter: Option<char>,
    /// What the value is called in the help; `None` for a switch.
    pub value_name: Option<&'static str>,
    /// The heading in the help.
    pub heading: &'static str,
    /// What the help says; `{}` stands for the default.
    pub help: &'static str,
    /// It is read when all arguments are known: its value may be a secret, which the parser of the
    /// arguments would repeat, or its meaning depends on others.
    pub is_read_late: bool,
    /// Its value is a path, which need not be text.
    pub is_path: bool,
    /// It can be given more than once.
    pub repeats: bool,
    /// The flag that it cannot be given with, without hyphens.
    pub conflicts_with: Option<&'static str>,
}

/// A row of the settings.
#[derive(Debug)]
pub struct SettingRow {
    /// The name it is kept under, which never changes. An option whose values come to mean
    /// something else needs another.
    pub key: &'static str,
    /// Where it stands.
    pub section: Section,
    /// Its place among the rows of its section: by this number, then as in the table.
    pub rank: u8,
    /// What it is called.
    pub label: &'static str,
    /// What one should know of it.
    pub hint: &'static str,
    /// What an empty field says.
    pub placeholder: &'static str,
    /// What changes it.
    pub control: Control,
    /// Half typed, it would do harm: it counts when its field is left.
    pub waits_until_left: bool,
}

/// The sections of the settings, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Where files go, and what happens before and after.
    Downloads,
    /// How much goes on at once.
    Limits,
    /// How patient downloads are.
    Patience,
    /// How hosts are reached.
    Network,
    /// How the window looks.
    Look,
    /// What the window says by itself.
    Notices,
}

impl Section {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 6] = [
        Self::Downloads,
        Self::Limits,
        Self::Patience,
        Self::Network,
        Self::Look,
        Self::Notices,
    ];

    /// The words over it.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::Downloads => "Downloads",
            Self::Limits => "Limits",
            Self::Patience => "Time-outs and retries",
            Self::Network => "Network",
            Self::Look => "Look",
            Self::Notices => "Notifications and closing",
        }
    }
}

/// What one changes a setting with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// A field.
    Field,
    /// A field as wide as there is room.
    Line,
    /// A field for a path, and a button for the system's dialog.
    Path,
    /// A box to tick, with its words.
    Check(&'static str),
    /// One of a few: the words it is kept as, and those that are shown.
    Choice(&'static [(&'static str, &'static str)]),
    /// Smaller, larger.
    Scale,
}

/// A text field of the Add sheet.
#[derive(Debug)]
pub struct AddField {
    /// What it is called.
    pub label: &'static str,
    /// What an empty field says.
    pub hint: &'static str,
    /// Its place among the fields: by this number, then as in the table.
    pub rank: u8,
    /// It is seldom needed, and shown with the others of its kind.
    pub is_more: bool,
}

/// How the table is written: an entry begins as [`Entry::NEW`], and each of these adds to it.
impl Entry {
    pub(super) const NEW: Self = Self {
        flag: None,
        row: None,
        field: None,
        for_one: false,
        for_saved: false,
        native_only: false,
    };

    pub(super) const fn flag(
        mut self,
        name: &'static str,
        value_name: &'static str,
        heading: &'static str,
        help: &'static str,
    ) -> Self {
        self.flag = Some(Flag {
            name,
            letter: None,
            value_name: Some(value_name),
            heading,
            help,
            is_read_late: false,
            is_path: false,
            repeats: false,
            conflicts_with: None,
        });
        self
    }

    pub(super) const fn row(
        mut self,
        key: &'static str,
        section: Section,
        label: &'static str,
        hint: &'static str,
    ) -> Self {
        self.row = Some(SettingRow {
            key,
            section,
            rank: 0,
            label,
            hint,
            placeholder: "",
            control: Control::Field,
            waits_until_left: false,
        });
        self
    }

    pub(super) const fn field(mut self, label: &'static str, hint: &'static str) -> Self {
        self.field = Some(AddField {
            label,
            hint,
            rank: 0,
            is_more: false,
        });
        self
    }

    pub(super) const fn for_one(mut self) -> Self {
        self.for_one = true;
        self
    }

    pub(super) const fn for_saved(mut self) -> Self {
        self.for_saved = true;
        self
    }

    pub(super) const fn native_only(mut self) -> Self {
        self.native_only = true;
        self
    }
}

/// Details of an entry's flag, row or field.
macro_rules! details {
    ($($name:ident($($argument:ident: $Type:ty)?) => $place:ident.$part:ident = $value:expr;)+) => {
        impl Entry {
            $(pub(super) const fn $name(mut self $(, $argument: $Type)?) -> Self {
                if let Some(place) = &mut self.$place {
                    place.$part = $value;
                }
                self
            })+
        }
    };
}

details! {
    letter(letter: char) => flag.letter = Some(letter);
    switch() => flag.value_name = None;
    late() => flag.is_read_late = true;
    file() => flag.is_path = true;
    repeats() => flag.repeats = true;
    not_with(flag: &'static str) => flag.conflicts_with = Some(flag);
    at(rank: u8) => row.rank = rank;
    placeholder(text: &'static str) => row.placeholder = text;
    control(control: Control) => row.control = control;
    whole() => row.waits_until_left = true;
    field_at(rank: u8) => field.rank = rank;
    more() => field.is_more = true;
}
