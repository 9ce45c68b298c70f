import Commit
import Money
package import Wallet
package import Wire
import Words

// News, and why a wish was not followed, as the talk has them.

extension News: WireValue {
    package func write(to writer: inout Writer) {
        switch self {
        case .listening(let id):
            writer.choice(0) {
                $0.array(id == nil ? 0 : 1)
                if let id { $0.number(id) }
            }
        case .calling(let name): writer.choice(1) { $0.value(name) }
        case .here(let lookup, let name, let id):
            writer.choice(2) {
                $0.array(3)
                $0.value(lookup)
                $0.value(name)
                $0.number(id)
            }
        case .standing(let standing): writer.choice(3) { $0.value(standing) }
        case .denied(let denial): writer.choice(4) { $0.value(denial) }
        case .charged(let amount): writer.choice(5) { $0.value(amount) }
        case .opened: writer.choice(6)
        case .inert(let reason): writer.choice(7) { $0.text(reason) }
        case .answer(let signed): writer.choice(8) { $0.value(signed) }
        case .asking(let id): writer.choice(9) { $0.value(id) }
        case .convicted(let proof): writer.choice(11) { $0.value(proof) }
        case .answered(let answer): writer.choice(10) { $0.value(answer) }
        case .carried(let receipt, let registers, let isAgain):
            writer.choice(13) {
                $0.array(3)
                $0.value(receipt)
                $0.list(registers)
                $0.flag(isAgain)
            }
        case .served(let number): writer.choice(12) { $0.number(number) }
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        let at = reader.position
        switch try reader.number() {
        case 0:
            self = .listening(try reader.array(atMost: 1) == 0 ? nil : try reader.number())
        case 1: self = .calling(try reader.value())
        case 2:
            try reader.array(3)
            self = .here(
                lookup: try reader.value(),
                name: try reader.value(),
                id: try reader.number()
            )
        case 3: self = .standing(try reader.value())
        case 4: self = .denied(try reader.value())
        case 5: self = .charged(try reader.value())
        case 6: self = try reader.nothing(.opened)
        case 7: self = .inert(try reader.shown(atMost: Limits.reasonBytes))
        case 8: self = .answer(try reader.value())
        case 9: self = .asking(try reader.value())
        case 11: self = .convicted(try reader.value())
        case 10: self = .answered(try reader.value())
        case 12: self = .served(through: try reader.number())
        case 13:
            try reader.array(3)
            self = .carried(
                try reader.value(),
                try reader.list(atMost: listedAtMost),
                isAgain: try reader.flag()
            )
        case _: throw WireError(.outOfRange, at: at)
        }
    }
}

extension Denial: WireValue {
    package func write(to writer: inout Writer) {
        switch self {
        case .noSuchPayment: writer.choice(0)
        case .noSuchAnswer: writer.choice(1)
        case .inert(let reason): writer.choice(2) { $0.text(reason) }
        case .noWindow: writer.choice(3)
        case .short(.nothing): writer.choice(4)
        case .short(.short(let most)): writer.choice(5) { $0.value(most) }
        case .short(.window(let most)): writer.choice(6) { $0.value(most) }
        case .needsPIN(let above): writer.choice(7) { $0.value(above) }
        case .noRoom: writer.choice(8)
        case .tooMany: writer.choice(9)
        case .refused(let name): writer.choice(10) { $0.text(name) }
        case .held: writer.choice(11)
        case .nothingNew: writer.choice(12)
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        let at = reader.position
        switch try reader.number() {
        case 0: self = try reader.nothing(.noSuchPayment)
        case 1: self = try reader.nothing(.noSuchAnswer)
        case 2: self = .inert(try reader.shown(atMost: Limits.reasonBytes))
        case 3: self = try reader.nothing(.noWindow)
        case 4: self = try reader.nothing(.short(.nothing))
        case 5: self = .short(.short(most: try reader.value()))
        case 6: self = .short(.window(most: try reader.value()))
        case 7: self = .needsPIN(above: try reader.value())
        case 8: self = try reader.nothing(.noRoom)
        case 9: self = try reader.nothing(.tooMany)
        case 10: self = .refused(try reader.shown(atMost: Limits.reasonBytes))
        case 11: self = try reader.nothing(.held)
        case 12: self = try reader.nothing(.nothingNew)
        case _: throw WireError(.outOfRange, at: at)
        }
    }
}
