import Keypad
import Testing
import Wire
import Words

@Suite struct TreeTests {
    private let province = Made.step("Zhejiang")
    private let city = Made.step("Ningbo")

    @Test(arguments: ["", "-1", "1-", "m-1", "M 1", "M_1", "Ä", String(repeating: "A", count: 33)])
    func `what is no name of a meter is refused`(_ string: String) {
        #expect(MeterName(string) == nil)
    }

    @Test(arguments: ["1", "M-1001", "A--B", String(repeating: "9", count: 32)])
    func `a name of a meter is read as it is written`(_ string: String) throws {
        let name = Made.name(string)
        #expect(try MeterName(wireBytes: name.wireBytes) == name)
    }

    @Test func `a place has a name of 1 to 64 bytes, and generations have an end`() throws {
        #expect(IssueStep(name: try #require(Text(""))) == nil)
        #expect(IssueStep(name: try #require(Text(String(repeating: "x", count: 65)))) == nil)
        #expect(Generation(0) == nil && Generation(1_001) == nil)
        #expect(Generation(1_000)?.next == nil && Generation.first.next == Generation(2))
    }

    @Test func `there is nothing but meters below a city`() throws {
        let ofCity = try #require(Made.top.below(province)?.below(city))
        #expect(ofCity.below(Made.step("Street")) == nil)
        #expect(ofCity.path == IssuePath([province, city]))
    }

    @Test func `an issuing key leads down, and neither up nor aside`() throws {
        let ofProvince = try #require(Made.top.below(province))
        let path = try #require(IssuePath([province, city]))
        #expect(Made.top.key(at: path) == ofProvince.below(city))
        #expect(ofProvince.key(at: path) == ofProvince.below(city))
        #expect(ofProvince.key(at: ofProvince.path) == ofProvince)
        #expect(ofProvince.key(at: .top) == nil)
        let other = try #require(IssuePath([Made.step("Fujian")]))
        #expect(ofProvince.key(at: other) == nil)
        let later = try #require(IssuePath([Made.step("Zhejiang", 2)]))
        #expect(ofProvince.key(at: later) == nil)
        #expect(Made.top.key(at: later) != ofProvince)
    }

    @Test func `no two places, meters, generations or uses share a key`() throws {
        var secrets: Set<Hash> = []
        var count = 0
        let places = ["A", "B", "AB"]
        var issuing = [Made.top]
        for place in places {
            for generation in 1...2 as ClosedRange<UInt64> {
                let ofProvince = try #require(Made.top.below(Made.step(place, generation)))
                issuing.append(ofProvince)
                issuing += places.compactMap { ofProvince.below(Made.step($0)) }
            }
        }
        for key in issuing {
            for use in KeyUse.allCases {
                for meter in ["A", "B", "AB"] {
                    for generation in [1, 2].compactMap(Generation.init) {
                        let made = key.meterKey(Made.name(meter), generation, for: use)
                        secrets.insert(made.derived(Digest.Domain("tally1 test"), []))
                        count += 1
                    }
                }
            }
        }
        #expect(secrets.count == count && count == 25 * 12)
    }

    @Test func `a home goes on with the next key of its places, and keeps those that ended`() throws
    {
        let first = try #require(Made.top.below(province)?.below(city))
        let second = try #require(Made.top.below(Made.step("Zhejiang", 2))?.below(city))
        let third = try #require(
            Made.top.below(Made.step("Zhejiang", 2))?.below(Made.step("Ningbo", 2))
        )
        let keys = try #require(IssuingKeys(first).followed(by: second)?.followed(by: third))
        #expect(keys.present == third && keys.ended == [first, second])
        for key in [first, second, third] { #expect(keys.key(at: key.path) == key) }
        #expect(keys.key(at: .top) == nil)
        #expect(try IssuingKeys(third, endedBytes: keys.endedBytes) == keys)
        let other = try #require(Made.top.below(province)?.below(Made.step("Wenzhou", 2)))
        for wrong in [first, second, third, other, Made.top] {
            #expect(keys.followed(by: wrong) == nil)
        }
        for count in keys.endedBytes.indices {
            #expect(throws: WireError.self) {
                try IssuingKeys(third, endedBytes: Array(keys.endedBytes[..<count]))
            }
        }
    }

    @Test func `a key that is handed on is the same key, and tells nobody what it is`() throws {
        let ofCity = try #require(Made.top.below(province)?.below(city))
        let papers: [KeyPaper] = [
            .issuing(Made.top), .issuing(ofCity), .meter(ofCity.meterKey(Made.meter, .first)),
            .meter(Made.top.meterKey(Made.meter, .first, for: .test)),
        ]
        for paper in papers {
            #expect(try KeyPaper(wireBytes: paper.wireBytes) == paper)
            #expect(!"\(paper)".contains("words") && !String(reflecting: paper).contains("words"))
            for count in paper.wireBytes.indices {
                #expect(throws: WireError.self) {
                    try KeyPaper(wireBytes: Array(paper.wireBytes[..<count]))
                }
            }
        }
    }
}
