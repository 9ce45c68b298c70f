/// What SQLite, or the disk under it, answered when it did not do what it was asked.
///
/// It carries the code and the activity, never a bound value: an error may be printed.
package struct StoreError: Error, Hashable, Sendable {
    /// What a caller can do about it.
    package enum Kind: Hashable, Sendable {
        /// Another connection or process holds it.
        case busy
        /// The disk has no room left.
        case full
        /// The disk failed to read, write or sync.
        case io
        /// The bytes are not a database's, or not any more.
        case corrupt
        /// There is no such file, or it may not be opened.
        case cannotOpen
        /// It may be read, not written.
        case readOnly
        /// Anything else: a fault of this program.
        case other
    }

    /// What was being done.
    package enum Activity: String, Hashable, Sendable {
        case open
        case prepare
        case bind
        case step
        case checkpoint
        case read
        case write
        case sync
        case truncate
        case size
        case lock
        case remove
    }

    /// The extended result code.
    package let code: Int32
    package let activity: Activity

    package init(code: Int32, _ activity: Activity) {
        (self.code, self.activity) = (code, activity)
    }

    package var kind: Kind {
        switch code & 0xFF {
        case 5, 6, 15: .busy
        case 13: .full
        case 10: .io
        case 11, 26: .corrupt
        case 14, 3, 23: .cannotOpen
        case 8: .readOnly
        default: .other
        }
    }
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch kind {
        case .busy: "held by somebody else (\(activity.rawValue), code \(code))"
        case .full: "no room left on the disk (\(activity.rawValue), code \(code))"
        case .io: "the disk failed (\(activity.rawValue), code \(code))"
        case .corrupt: "the file is damaged (\(activity.rawValue), code \(code))"
        case .cannotOpen: "the file cannot be opened (\(activity.rawValue), code \(code))"
        case .readOnly: "the file may not be written (\(activity.rawValue), code \(code))"
        case .other: "the store refused (\(activity.rawValue), code \(code))"
        }
    }
}
