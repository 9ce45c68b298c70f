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

# fail WHAT HINT… : one error in one form: what is wrong, then what to do about it.
fail() {
    printf 'error: %s\n' "$1" >&2
    shift
    for hint in "$@"; do printf 'hint: %s\n' "$hint" >&2; done
    exit 1
}
