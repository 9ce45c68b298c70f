# Shared by the scripts beside it (sourced, never run): where the repository is, the one way
# to build, and how a script complains.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1

# One configuration and one build directory for everything but the fuzzers. An import that
# Package.swift does not declare is an error here, and so a wrong arrow does not compile.
swift_flags=(-c release --explicit-target-dependency-import-check error)
# The tests need no @testable, so they and the binary share what they compile; and there are no
# XCTest cases here.
test_flags=("${swift_flags[@]}" --disable-testable-imports --disable-xctest)

# static_binary : builds what is installed, where TALLY_BINARY names none, and says where it lies in
# $binary. Swift's own libraries are inside it; only C libraries stay outside, where Debian can mend
# them, and all of what they bring is bound when it starts. It has a build directory of its own: the
# other way of linking would rebuild the usual one.
#
# It is the same bytes wherever it is built, once it is installed (scripts/install): so it gets no
# symbols for a debugger, which name the folder, and no build id, which is a hash of them.
static_binary() {
    local build=(swift build "${swift_flags[@]}" --static-swift-stdlib -Xlinker -z -Xlinker now
        -Xswiftc -gnone -Xlinker --build-id=none --scratch-path .build/install --product tally)
    binary=${TALLY_BINARY:-}
    [ -z "$binary" ] || return 0
    "${build[@]}"
    binary=$("${build[@]}" --show-bin-path)/tally
}

# fail WHAT HINT… : one error in one form: what is wrong, then what to do about it.
fail() {
    printf 'error: %s\n' "$1" >&2
    shift
    for hint in "$@"; do printf 'hint: %s\n' "$hint" >&2; done
    exit 1
}
