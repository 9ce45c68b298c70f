internal import Glibc

/// How another program is started.
enum Spawn {
    /// Where one of its streams goes to or comes from.
    enum End {
        case file(Int32)
        /// A file by name: read where it is the input, else made anew and written.
        case path(String)
    }

    /// Starts it; its other streams are ours, and `other` is none of them.
    static func start(
        _ path: String,
        _ arguments: [String],
        _ ends: [Process.Stream: End],
        not other: Int32? = nil
    ) throws(HostFault) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        // Unsafe, all of it: C strings that stand until the call returns, and a list that the
        // system makes and takes apart again.
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for stream in Process.Stream.allCases {
            switch ends[stream] {
            case .file(let file):
                unsafe posix_spawn_file_actions_adddup2(&actions, file, stream.rawValue)
                unsafe posix_spawn_file_actions_addclose(&actions, file)
            case .path(let name):
                let how = stream == .input ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC
                unsafe posix_spawn_file_actions_addopen(
                    &actions,
                    stream.rawValue,
                    name,
                    how,
                    0o600
                )
            case nil: continue
            }
        }
        if let other { unsafe posix_spawn_file_actions_addclose(&actions, other) }
        var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        var child: pid_t = 0
        let code = unsafe posix_spawn(&child, path, &actions, nil, &words, environ)
        guard code == 0 else { throw HostFault(code) }
        return child
    }
}
