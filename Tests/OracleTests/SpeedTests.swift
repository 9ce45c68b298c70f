import Glibc
import Oracle
import Testing
import Wire
import Words

/// The oracle looks on at some 20,000 steps a second: each costs what it touches.
@Suite(.serialized) struct SpeedTests {
    enum Act { case step(Int, Step), said(Int, Deed, Int) }

    /// Payments between `people`, as they would be told.
    static func acts(people: Int, payments: Int) -> (Street, [[Act]]) {
        var street = Street()
        for number in 0..<people {
            street.join(key("person \(number)"))
            street.issue(1_000_000_000, to: number)
        }
        var (acts, chance) = ([[Act]](), UInt64(1))
        for _ in 0..<payments {
            chance = chance &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let payer = Int(chance >> 33) % people
            let payee = (payer + 1 + Int(chance >> 40) % (people - 1)) % people
            let deed = street.deed(payer, payee, 100 + chance >> 56)
            acts.append([
                .step(payer, street.heldStep(deed)), .said(payer, deed, 0),
                .step(payee, street.paidStep(deed)), .said(payee, deed, 1),
                .step(payer, street.boughtStep(deed)), .said(payer, deed, 2),
                .step(payee, street.completeStep(deed)),
            ])
        }
        return (street, acts)
    }

    static func run(_ acts: ArraySlice<[Act]>, _ oracle: inout Oracle) -> Double {
        let told: [(Int, Step?, [SignedObject])] = acts.joined().map { act in
            switch act {
            case .step(let who, let step): (who, step, [])
            case .said(let who, let deed, 0): (who, nil, [deed.passing.agreed])
            case .said(let who, let deed, 1): (who, nil, [deed.commit])
            case .said(let who, let deed, _): (who, nil, [deed.committed])
            }
        }
        let steps = told.count { $0.1 != nil }
        // The processor's time: others may be at work on this machine.
        let begun = clock()
        for (who, step, said) in told {
            if let step { oracle.durable(who, [step]) }
            for message in said { oracle.said(who, message) }
        }
        return Double(clock() - begun) / Double(steps)
    }

    @Test(arguments: [2, 50])
    func `a step costs what it touches, not what the world holds`(_ people: Int) {
        let (street, acts) = Self.acts(people: people, payments: 6_000)
        var oracle = street.oracle
        let first = Self.run(acts[..<1_000], &oracle)
        _ = Self.run(acts[1_000..<5_000], &oracle)
        let last = Self.run(acts[5_000...], &oracle)
        oracle.atRest()
        #expect(oracle.violations == [])
        print("oracle, \(people) people: \(first) µs per step, after 5,000 payments \(last) µs")
        #expect(last < 6 * first)
    }
}
