import Store

extension Journal {
    /// The files that hold all of it, as they stand now.
    ///
    /// Each comes by its name and size, then part by part; `part` says whether to go on.
    /// The WAL is copied back first, so that the database alone has everything; a disk without
    /// room for that is told as `noRoom`. Nothing may be written meanwhile.
    package func image(
        begin: (_ name: String, _ size: Int) -> Bool,
        part: (_ bytes: [UInt8]) -> Bool
    ) throws(JournalError) {
        try running { engine throws(JournalError) in
            try asking { () throws(StoreError) in try engine.head?.sync() }
            let before = checkpoints
            try checkpoint(engine)
            guard checkpoints > before else { throw .noRoom }
            try asking { () throws(StoreError) in
                let files = [
                    (Self.name, try engine.connection.database()),
                    (Head.name, try File(engine.disk, Head.name, for: .data)),
                ]
                for (name, file) in files {
                    let size = try file.size()
                    guard begin(name, size) else { return }
                    for at in stride(from: 0, to: size, by: Self.partBytes) {
                        let bytes = try file.read(min(Self.partBytes, size - at), at: at)
                        guard part(bytes) else { return }
                    }
                }
            }
        }
    }

    private static let partBytes = 1 << 20
}
