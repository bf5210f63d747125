# Sourced by the other scripts: where tools and target folders live, and which compiler makes the page.
# shellcheck shell=bash

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/jobdeck
tools=$cache/tools
wasm_target=wasm32-unknown-unknown
windows_target=x86_64-pc-windows-gnu

say() { printf '%s: %s\n' "${0##*/}" "$*"; }
fail() {
    printf '%s: error: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# The command line must be of exactly the version that the crate was built with.
wasm_bindgen_version=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/"/, "", $3); print $3; exit }' "$repository/Cargo.lock")
wasm_bindgen=$tools/wasm-bindgen-$wasm_bindgen_version/bin/wasm-bindgen

# The npm packages of tests/web, one folder per lock file.
node_tools=$tools/node-$(sha256sum "$repository/tests/web/package-lock.json" | cut -c1-16)
node_modules=$node_tools/node_modules

# The packages that stand in where rustup cannot add the wasm target: a compiler with its library's sources.
debian_wasm_packages=(rustc-web cargo-web rust-web-src rust-web-clippy)

# Whether the compiler in the path has the standard library of a target.
has_target() {
    [[ -n $(find "$(rustc --print sysroot)/lib/rustlib/$1/lib" -name 'libstd-*.rlib' -print -quit 2>/dev/null) ]]
}

# `rustup`, `debian` or `none`. JOBDECK_WASM_TOOLCHAIN=debian asks for the stand-in even where rustup's is there.
wasm_toolchain() {
    if [[ ${JOBDECK_WASM_TOOLCHAIN:-} != debian ]] && has_target "$wasm_target"; then
        echo rustup
    elif [[ $(dpkg-query -W -f='${db:Status-Abbrev}\n' "${debian_wasm_packages[@]}" 2>/dev/null | grep -c '^ii') == "${#debian_wasm_packages[@]}" ]]; then
        echo debian
    else
        echo none
    fi
}

# Runs a command with the compiler for the page in its environment. Each compiler has a target folder of its own,
# apart from the native one, so that they do not undo each other's work.
with_wasm_toolchain() {
    local toolchain
    toolchain=$(wasm_toolchain)
    case $toolchain in
    rustup)
        CARGO_TARGET_DIR=${JOBDECK_WEB_TARGET_DIR:-$cache/target-web} "$@"
        ;;
    debian)
        local linker
        linker=$(rustc --print sysroot)/lib/rustlib/$(rustc --print host-tuple)/bin/rust-lld
        [[ -x $linker ]] || linker=$(command -v wasm-ld || command -v wasm-ld-22) ||
            fail "no linker for wasm: neither rust-lld ($linker) nor wasm-ld (package lld)"
        # The library is built along with the crate, which needs the door to unstable cargo options.
        PATH=/usr/bin:$PATH RUSTC=/usr/bin/rustc CARGO=/usr/bin/cargo \
            RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD=std,panic_abort \
            CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$linker \
            CARGO_TARGET_DIR=${JOBDECK_WEB_TARGET_DIR:-$cache/target-web}-debian "$@"
        ;;
    none)
        fail "no compiler for $wasm_target: run scripts/setup"
        ;;
    esac
}

# Runs a command with a compiler that can check the types of a build for Windows. Nothing is linked or run; the C of ring
# and of SQLite is compiled by gcc-mingw-w64-x86-64.
with_windows_toolchain() {
    command -v x86_64-w64-mingw32-gcc >/dev/null || fail "no C compiler for $windows_target (package gcc-mingw-w64-x86-64)"
    if has_target "$windows_target"; then
        CARGO_TARGET_DIR=$cache/target-windows "$@"
    elif [[ -x /usr/bin/cargo && -d $(/usr/bin/rustc --print sysroot)/lib/rustlib/src ]]; then
        # The library is checked along with the crate, as for the page.
        PATH=/usr/bin:$PATH RUSTC=/usr/bin/rustc CARGO=/usr/bin/cargo \
            RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD=std,panic_unwind \
            CARGO_TARGET_DIR=$cache/target-windows-debian "$@"
    else
        fail "no compiler for $windows_target: neither rustup's target nor the packages ${debian_wasm_packages[*]}"
    fi
}
