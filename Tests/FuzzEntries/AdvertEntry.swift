import Nearby
import Words

/// Takes the bytes as what a stranger announces: a name, and after it a TXT record as DNS has
/// it, each entry with its length before it.
///
/// A name that is shown is short, and nothing in it moves a screen; a record that reads as ours
/// says a role that we would write the same way.
package func fuzzAdvert(_ bytes: [UInt8]) {
    let name = Array(bytes.prefix(while: { $0 != 0 }))
    let shown = Advert.shown(name)
    precondition((1...Advert.nameBytes).contains(shown.byteCount), "a name is short")
    precondition(Advert.shown(Array(shown.string.utf8)) == shown, "what is clean stays so")
    var (entries, rest) = ([[UInt8]](), bytes.dropFirst(name.count + 1))
    while let count = rest.first {
        rest = rest.dropFirst()
        entries.append(Array(rest.prefix(Int(count))))
        rest = rest.dropFirst(Int(count))
    }
    guard let card = Card(entries) else { return }
    precondition(entries.count <= Card.entriesAtMost, "no more are looked at")
    guard let role = card.role else { return }
    let advert = Advert(role, name: shown, port: 1, networks: nil)
    precondition(Card(advert.record) == card, "what is said is read as the same")
}
