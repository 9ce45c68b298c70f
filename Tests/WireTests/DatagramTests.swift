import Testing
import Wire
import Words

@Suite struct DatagramTests {
    private func fault(_ bytes: [UInt8]) -> EnvelopeFault? {
        do {
            _ = try Datagram(bytes)
            return nil
        } catch {
            return error
        }
    }

    private func framed(
        _ kind: Datagram.Kind,
        _ plaintext: Int,
        index: Int = 0,
        count: Int = 2
    ) -> [UInt8] {
        let fragment = kind.isFragment ? Fragment(number: 7, index: index, count: count) : nil
        return Datagram.head(
            kind,
            sealed: kind.carriesKey ? Array(1...80) : [],
            fragment: fragment,
            plaintextBytes: plaintext
        ) + [UInt8](repeating: 9, count: 24 + plaintext + 16)
    }

    @Test(arguments: Datagram.Kind.allCases)
    func `a frame reads back as it was written`(kind: Datagram.Kind) throws {
        var bytes = framed(kind, 1_024)
        Datagram.setTag(0x0102_0304_0506_0708, in: &bytes)
        let datagram = try Datagram(bytes)
        #expect(datagram.kind == kind && datagram.tag == 0x0102_0304_0506_0708)
        #expect(Array(bytes[1..<9]) == Array(1...8))
        #expect(datagram.nonce.count == 24 && datagram.box.count == 1_024 + 16)
        #expect(datagram.box.upperBound == bytes.count)
        #expect(
            (datagram.sealedKey.map { Array(bytes[$0]) }) == (kind.carriesKey ? Array(1...80) : nil)
        )
        #expect((datagram.fragment != nil) == kind.isFragment)
        let data = [bytes[0]] + bytes[9..<datagram.nonce.lowerBound]
        #expect(datagram.associatedData == data)
    }

    @Test func `what one datagram holds is the most that fits`() {
        #expect(Datagram.roomBytes(.first) == 1_056)
        #expect(Datagram.roomBytes(.following) == 1_120)
        for kind in Datagram.Kind.allCases {
            #expect(framed(kind, Limits.fragmentBytes).count <= Limits.datagramBytes)
        }
    }

    @Test func `every fault of a frame has its name`() {
        #expect(fault([]) == .tooShort)
        #expect(fault([UInt8](repeating: 0, count: 1_201)) == .tooLong)
        #expect(fault([2] + framed(.first, 32).dropFirst()) == .version)
        for kind in [0, 5, 255] as [UInt8] {
            var bytes = framed(.first, 32)
            bytes[9] = kind
            #expect(fault(bytes) == .kind)
        }
        for kind in [Datagram.Kind.first, .following] {
            #expect(fault(framed(kind, 0)) == .tooShort)
            #expect(fault(framed(kind, 1)) == nil)
        }
    }

    @Test func `a part has the one length its place has`() {
        for kind in [Datagram.Kind.firstFragment, .followingFragment] {
            #expect(fault(framed(kind, 1_024)) == nil)
            #expect(fault(framed(kind, 1_023)) == .fragment)
            #expect(fault(framed(kind, 1_025)) == .fragment)
            #expect(fault(framed(kind, 1, index: 1)) == nil)
            #expect(fault(framed(kind, 1_024, index: 1)) == nil)
            #expect(fault(framed(kind, 1_025, index: 1)) == .fragment)
            #expect(fault(framed(kind, 0, index: 1)) == .tooShort)
            for (index, count) in [(0, 0), (0, 1), (2, 2), (0, 49), (255, 48)] as [(UInt8, UInt8)] {
                var bytes = framed(kind, 1_024)
                let at = Datagram.boxOffset(kind) - 2
                (bytes[at], bytes[at + 1]) = (index, count)
                #expect(fault(bytes) == .fragment, "\(index) of \(count)")
            }
        }
    }
}
