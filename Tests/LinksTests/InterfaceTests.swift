import Links
import Testing

/// Which hosts are on a network itself.
@Suite struct InterfaceTests {
    static func loopback() throws -> Interface {
        try #require(Interface.loopback.first { $0.hasFour })
    }

    @Test func `a network holds its own hosts, and nobody else`() throws {
        let network = try Self.loopback()
        #expect(network.holds(.four([127, 0, 0, 1])))
        #expect(network.holds(.four([127, 1, 2, 3])))
        for other: [UInt8] in [
            [10, 0, 0, 1], [128, 0, 0, 1], [127, 0, 0, 0], [0, 0, 0, 0], [224, 0, 0, 1],
            [239, 84, 76, 89], [255, 255, 255, 255],
        ] { #expect(!network.holds(.four(other))) }
    }

    @Test func `a link's own address counts on that link alone`() throws {
        let network = try Self.loopback()
        let far = Endpoint.Host.six([0xFE, 0x80] + [UInt8](repeating: 9, count: 14), interface: 0)
        #expect(!network.holds(far))
        guard network.hasSix else { return }
        let one = [UInt8](repeating: 0, count: 15) + [1]
        #expect(network.holds(.six(one, interface: 0)))
        #expect(network.holds(.six(one, interface: network.number)))
        #expect(!network.holds(.six(one, interface: network.number + 1)))
        let group: [UInt8] = [0xFF, 2] + [UInt8](repeating: 0, count: 13) + [1]
        #expect(!network.holds(.six(group, interface: 0)))
    }
}
