import Links
import Testing
import Words

/// What a person types for an address, and how it is written down.
@Suite struct EndpointTests {
    @Test(
        arguments: [
            ("127.0.0.1", "127.0.0.1:7557"), ("192.168.1.7:4000", "192.168.1.7:4000"),
            ("::1", "[::1]:7557"), ("[::1]:4000", "[::1]:4000"),
            ("[2001:db8::7]", "[2001:db8::7]:7557"), ("fe80::1%lo", "[fe80::1%lo]:7557"),
        ]
    )
    func `an address is read as it is typed, and shown with its port`(
        _ typed: String,
        _ shown: String
    ) throws {
        let endpoint = try Endpoint(typed: typed)
        #expect(endpoint.text == shown)
        #expect(try Endpoint(typed: endpoint.text) == endpoint)
        #expect(Endpoint(endpoint.address) == endpoint)
    }

    @Test(
        arguments: [
            ("", Endpoint.Fault.notAnAddress), ("ada.example", .notAnAddress),
            ("1.2.3", .notAnAddress), ("1.2.3.4.5", .notAnAddress), ("1.2.3.4:0", .notAPort),
            ("1.2.3.4:65536", .notAPort), ("1.2.3.4:+5", .notAPort), ("1.2.3.4:", .notAPort),
            ("[::1", .notAnAddress), ("[::1]5", .notAnAddress), ("[::1]:x", .notAPort),
            ("fe80::1%nowhere", .noSuchInterface), ("1.2.3.4%lo", .notAnAddress),
        ]
    )
    func `what is no address says why`(_ typed: String, _ fault: Endpoint.Fault) {
        #expect(throws: fault) { try Endpoint(typed: typed) }
    }

    @Test func `what another link wrote down is no endpoint`() throws {
        for bytes: [UInt8] in [
            [], [4], [4, 1, 2, 3, 4, 5], [4, 1, 2, 3, 4, 5, 6, 7], [6, 1], [9, 1, 2, 3, 4, 5, 6],
        ] {
            let address = try #require(Address(bytes))
            #expect(Endpoint(address) == nil)
        }
    }
}
