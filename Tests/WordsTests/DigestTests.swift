import Testing
import Words

@Suite struct DigestTests {
    /// From hashlib.blake2b(bytes, digest_size=32, person=domain), where the bytes count up from
    /// 0 and start again after 250.
    static let fromHashlib: [(StaticString, Int, String)] = [
        ("", 0, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"),
        ("", 1, "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314"),
        ("tally1 object", 0, "2fe7b3f2435320fcb881181a5ded6fde672fee4c8f2ede9821ce3297b6bbaa39"),
        ("tally1 object", 3, "fbc91d24717089809b80e329356fbd5222578ebc38dd2c96bde90f64fcf88e80"),
        (
            "sixteen letters!", 127,
            "6c0caefc5def2e16ab1f3c258d541b35303df0e43e7ac4decb109a1e29e691f2"
        ),
        ("tally1 object", 128, "9894d73a8c9c6240063c6b29719df263a3f9d0905bf765b33d495bf5c2a5061f"),
        ("tally1 object", 129, "42e3125ae759de7c4bc6164028abf818f9977ed9a5f654578a41db89df1762fa"),
        ("tally1 tree", 256, "40272723fd0574496598109838a4923580e5f41712e99ccf3291ea2f330bd71a"),
        ("tally1 tree", 257, "541e3cfe6e0e428d811e0dc898d2031311bc1813e0f2658bacfdba037b530a25"),
        ("tally1 tree", 1000, "a25e03e8d265f0eb896278fa1189afb834752e60e7dabc4d8a0cea1dd64ecd99"),
    ]

    /// The same with `key=bytes(range(1, 33))`.
    static let keyedByHashlib: [(StaticString, Int, String)] = [
        (
            "", 0,
            "6689399b55d2c998473a55fa741f5c0bd91c49e7d15cc211482a37d75a9d95a0"
        ),
        (
            "tally1 province", 1,
            "8176dcc82e6d47df0c6bc7ac0ac3e7e2ce4a9746089145cd800354ad95486c03"
        ),
        (
            "sixteen letters!", 127,
            "2a89abcfe7e5dfc7e87cb863a95151779b6be2de287cf1573504f20eb5a2f044"
        ),
        (
            "tally1 city", 128,
            "0fcc1ad7d0977c3c5af5ab8c4f3d82d34262efa8c4b4b724728757cace8277e6"
        ),
        (
            "tally1 meterkey", 129,
            "5991bc1d932068c0c318f50cd9f9855c8718d4f037e0d0e0478cbbe005773401"
        ),
        (
            "tally1 token mix", 300,
            "58e2a36aec344e74e8a9499ef9bfca66bd4c92d057174f4cc7bc1d20fcf8d394"
        ),
    ]

    @Test(arguments: keyedByHashlib.indices)
    func `a keyed hash is hashlib's`(_ index: Int) throws {
        let (domain, count, wanted) = Self.keyedByHashlib[index]
        let key = try #require(Bytes32((1...32).map { UInt8($0) }))
        let hash = Digest.keyed(key, Digest.Domain(domain), Self.counting(count))
        #expect(Hex.text(hash.bytes.array) == wanted)
    }

    static func counting(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 % 251) } }

    @Test(arguments: fromHashlib.indices)
    func `a hash is hashlib's`(_ index: Int) {
        let (domain, count, wanted) = Self.fromHashlib[index]
        let hash = Digest.hash(Digest.Domain(domain), Self.counting(count))
        #expect(Hex.text(hash.bytes.array) == wanted)
    }

    @Test func `the hash of a part is the hash of its copy`() {
        let bytes = Self.counting(600)
        let domain = Digest.Domain("tally1 test")
        for range in [0..<0, 0..<600, 1..<129, 1..<130, 7..<263, 599..<600, 600..<600] {
            #expect(Digest.hash(domain, bytes, range) == Digest.hash(domain, Array(bytes[range])))
        }
    }

    @Test func `a node is the hash of its parts side by side`() {
        let domain = Digest.Domain("tally1 node")
        let parts = (1...3).map { Hash(Bytes32(repeating: UInt8($0))) }
        func joined(_ count: Int) -> Hash {
            Digest.hash(domain, parts[..<count].flatMap { $0.bytes.array })
        }
        #expect(Digest.hash(domain, parts[0], parts[1]) == joined(2))
        #expect(Digest.hash(domain, parts[0], parts[1], parts[2]) == joined(3))
    }

    @Test func `domains never share a hash`() {
        let names: [StaticString] = [
            "", "a", "b", "ab", "tally1 object", "tally1 objec", "aaaaaaaaa",
        ]
        let hashes = names.map { Digest.hash(Digest.Domain($0), [1, 2, 3]) }
        #expect(Set(hashes).count == names.count)
    }
}
