package import Wire
package import Words

// What an eKey says of itself: docs/PROTOCOL sections 17.2 and 17.4.

/// Its version, class and codes, and how the session stands.
package struct EKeyFacts: WireValue {
    package let version: String
    package let key: Key
    package let device: DeviceClass
    package let pinTries: UInt64?
    package let codeTries: UInt64?
    package let isVerified: Bool
    package let isPaired: Bool

    init(_ inside: any Inside, isVerified: Bool, isPaired: Bool) throws(EKeyFailure) {
        (version, key, device) = (inside.version, inside.identity, inside.device)
        pinTries = try inside.tries(left: .pin)
        codeTries = try inside.tries(left: .unblock)
        (self.isVerified, self.isPaired) = (isVerified, isPaired)
    }

    package func write(to writer: inout Writer) {
        writer.array(8)
        writer.number(1)
        writer.text(version)
        writer.value(key)
        writer.number(device.rawValue)
        for left in [pinTries, codeTries] {
            writer.array(left == nil ? 0 : 1)
            if let left { writer.number(left) }
        }
        writer.number(isVerified ? 1 : 0)
        writer.number(isPaired ? 1 : 0)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(8)
        try reader.version(1)
        (version, key) = (try reader.text(atMost: 64), try reader.value())
        let at = reader.position
        guard let device = DeviceClass(rawValue: try reader.number()) else {
            throw WireError(.outOfRange, at: at)
        }
        self.device = device
        pinTries = try reader.array(atMost: 1) == 0 ? nil : try reader.number(0...10)
        codeTries = try reader.array(atMost: 1) == 0 ? nil : try reader.number(0...10)
        isVerified = try reader.number(0...1) == 1
        isPaired = try reader.number(0...1) == 1
    }
}

/// How each of its parts is.
package struct EKeyFindings: WireValue {
    package private(set) var all: [Finding] = []

    init(_ all: [Finding]) { self.all = all }

    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.number(1)
        writer.array(all.count)
        for one in all {
            writer.array(2)
            writer.text(one.what)
            writer.number(one.isGood ? 1 : 0)
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        try reader.version(1)
        for _ in 0..<(try reader.array(atMost: 64)) {
            try reader.array(2)
            let what = try reader.text(atMost: 256)
            all.append(Finding(what, isGood: try reader.number(0...1) == 1))
        }
    }
}

/// What befell it.
package struct EKeyLog: WireValue {
    package private(set) var all: [Happening] = []

    init(_ all: [Happening]) { self.all = Array(all.suffix(Happening.most)) }

    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.number(1)
        writer.array(all.count)
        for one in all {
            writer.array(2)
            writer.value(one.moment)
            writer.text(one.text)
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        try reader.version(1)
        for _ in 0..<(try reader.array(atMost: Happening.most)) {
            try reader.array(2)
            let moment: Moment = try reader.value()
            all.append(Happening(try reader.text(atMost: 256), at: moment))
        }
    }
}

/// What an eKey says of itself at SELECT.
package struct EKeyHello: WireValue, Hashable, Sendable {
    package let key: Key
    package let device: DeviceClass

    init(_ inside: any Inside) { (key, device) = (inside.identity, inside.device) }

    package func write(to writer: inout Writer) {
        writer.array(3)
        writer.number(1)
        writer.value(key)
        writer.number(device.rawValue)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(3)
        try reader.version(1)
        key = try reader.value()
        let at = reader.position
        guard let device = DeviceClass(rawValue: try reader.number()) else {
            throw WireError(.outOfRange, at: at)
        }
        self.device = device
    }
}
