internal import Books
internal import Ledger
package import Mint
package import Money
package import Reckoning
package import Words

/// A case, as the books tell it.
package struct BookedCase: Hashable, Sendable {
    /// The number of its entry.
    package let number: UInt64
    package let moment: Moment
    package let id: CaseID
    package let proof: Proof
    /// As long as what it is about is not settled: who was given what.
    package let known: Case?
    /// What was settled of what was passed on twice.
    package internal(set) var repaid: [Repaid] = []
}

/// A key that has to begin anew.
package struct BookedNotice: Hashable, Sendable {
    package let number: UInt64
    package let moment: Moment
    package let notice: Notice
    package let proof: Proof
}

extension Till {
    /// Everybody who was convicted, and everybody who has to begin anew, the first first.
    package func cases() throws(UnitFault) -> (cases: [BookedCase], notices: [BookedNotice]) {
        var (cases, notices) = ([BookedCase](), [BookedNotice]())
        var (repaid, unread) = ([Hash: [Repaid]](), UInt64?.none)
        func read(_ entry: Books.Entry) {
            guard case .ruled(let ruling)? = try? entry.deed() else {
                unread = unread ?? entry.number
                return
            }
            switch ruling {
            case .convicted(let id, let proof):
                cases.append(
                    BookedCase(
                        number: entry.number,
                        moment: entry.moment,
                        id: id,
                        proof: proof,
                        known: mint.known(of: id)
                    )
                )
            case .frozen(let notice, let proof):
                notices.append(
                    BookedNotice(
                        number: entry.number,
                        moment: entry.moment,
                        notice: notice,
                        proof: proof
                    )
                )
            case .repaid(_, let one): repaid[one.id.name, default: []].append(one)
            case .settled, .lapsed, .usedUp, .cleared, .closed: break
            }
        }
        do throws(BooksError) {
            for matter in [Books.Matter.conviction, .notice, .duplicate] {
                try books.entries(of: matter, read)
            }
            try books.entries(of: .honour, read)
        } catch {
            throw .books(error)
        }
        if let unread { throw .entry(unread) }
        for index in cases.indices {
            cases[index].repaid = repaid[cases[index].id.name] ?? []
        }
        return (cases, notices)
    }

    /// A proof, with what it takes to check it.
    package func paper(_ proof: Proof) -> Paper {
        let own = mint.members[proof.accused]?.enrolment.certificate
        return Paper(
            .proof(proof),
            certificates: [mint.setting.officeDER] + [own].compactMap { $0 }
        )
    }
}
