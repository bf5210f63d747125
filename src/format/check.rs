//! What the tests of this room share.

/// Fails at the first value that is not shown as it should be.
#[track_caller]
pub(super) fn check<T>(
    show: impl Fn(T) -> String,
    cases: impl IntoIterator<Item = (T, &'static str)>,
) {
    for (value, expected) in cases {
        assert_eq!(show(value), expected);
    }
}
