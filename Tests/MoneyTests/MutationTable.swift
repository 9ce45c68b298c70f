/// Which refusals answer a change of which field: what a reader has to know of the coverage.
///
/// A test compares it with what happened, both ways, and with the names of the wire form.
enum Refused {
    /// By a payee who has seen the money before.
    ///
    /// `taken` stands where the field is the adversary's to choose: releases that nobody asked
    /// for beside those that are needed, and the order of the entries.
    static let proposal = table(
        """
        certificate.class             certificate
        certificate.issuer            certificate unreadable
        certificate.key               certificate other-payer unreadable
        certificate.not-after         certificate
        certificate.not-before        certificate
        certificate.roles             certificate
        certificate.sealing-key       certificate other-payer unreadable
        certificate.serial            certificate
        certificate.signature         certificate
        entry.hi                      outside-parent outside-stick sum unreadable
        entry.lo                      outside-parent sum unreadable
        entry.parent                  link-missing not-the-owner not-the-payee unreadable
                                      wrong-stick
        entry.parent.handover         link-missing not-the-payee unreadable
        entry.parent.number           link-missing unreadable wrong-stick
        entry.release.answers         unreadable
        entry.release.kind            unreadable
        entry.release.payment         release-missing unreadable
        entry.release.receiver        certificate other-payer release-not-for-payer unreadable
        entry.release.sender          link-signature release-missing release-signature unreadable
        entry.release.signature       release-signature unreadable
        entry.release.tally           unreadable
        entry.release.version         unreadable
        entry.releases                release-missing release-not-for-payer taken unreadable
        entry.stick                   not-the-owner outside-stick stick-missing unreadable
                                      wrong-stick
        link.entry.hi                 link-missing link-signature not-the-owner not-the-payee
                                      outside-parent outside-stick release-missing unreadable
        link.entry.lo                 link-missing link-signature not-the-owner not-the-payee
                                      outside-parent release-missing unreadable
        link.entry.parent             link-missing not-the-owner not-the-payee unreadable
                                      wrong-stick
        link.entry.parent.handover    link-missing not-the-payee unreadable
        link.entry.parent.number      link-missing unreadable wrong-stick
        link.entry.release.answers    unreadable
        link.entry.release.kind       unreadable
        link.entry.release.payment    link-missing link-signature not-the-payee release-missing
                                      release-signature unreadable
        link.entry.release.receiver   certificate link-missing not-the-payee release-not-for-payer
                                      unreadable
        link.entry.release.sender     link-missing link-signature not-the-payee release-missing
                                      release-signature unreadable
        link.entry.release.signature  link-missing not-the-payee release-signature unreadable
        link.entry.release.tally      unreadable
        link.entry.release.version    unreadable
        link.entry.releases           link-missing link-signature not-the-owner not-the-payee
                                      release-missing release-not-for-payer unreadable
        link.entry.stick              link-missing not-the-owner outside-stick stick-missing
                                      unreadable wrong-stick
        link.header.count             link-missing link-signature not-the-payee unreadable
        link.header.counter           link-missing link-signature not-the-owner not-the-payee
                                      release-missing
        link.header.epoch             link-missing link-signature not-the-owner not-the-payee
                                      release-missing unreadable
        link.header.payee             certificate link-missing not-the-payee other-payer
                                      release-not-for-payer unreadable
        link.header.payer             certificate link-missing not-the-owner not-the-payee
                                      unreadable
        link.header.payment           link-missing link-signature not-the-owner not-the-payee
                                      release-missing unreadable
        link.header.version           unreadable
        link.number                   link-missing link-signature not-the-owner not-the-payee
                                      release-missing unreadable
        link.path                     link-missing link-signature not-the-owner not-the-payee
                                      release-missing unreadable
        link.path.sibling             link-missing link-signature not-the-owner not-the-payee
                                      release-missing unreadable
        link.private-root             link-missing link-signature not-the-owner not-the-payee
                                      release-missing unreadable
        link.signature                link-signature unreadable
        proposal.amount               sum unreadable
        proposal.asset.code           asset unreadable
        proposal.asset.scale          asset unreadable
        proposal.certificates         certificate certificate-missing not-needed unreadable
        proposal.entries              not-needed overlap stick-missing sum taken
        proposal.links                link-missing not-needed unreadable wrong-stick
        proposal.payer                certificate not-the-payee other-payer unreadable
        proposal.sticks               not-needed not-the-owner not-the-payee outside-stick
                                      stick-missing unreadable
        proposal.version              unreadable
        stick.answers                 foreign-office not-the-owner not-the-payee stick-missing
                                      stick-signature unreadable
        stick.answers.hash            foreign-office not-the-owner not-the-payee stick-missing
                                      stick-signature unreadable
        stick.asset.code              foreign-office not-the-owner not-the-payee stick-missing
                                      stick-signature unreadable
        stick.asset.scale             foreign-office not-the-owner not-the-payee stick-missing
                                      stick-signature unreadable
        stick.kind                    unreadable
        stick.payment                 unreadable
        stick.receiver                certificate foreign-office not-the-owner not-the-payee
                                      other-payer stick-missing unreadable
        stick.sender                  certificate foreign-office not-the-owner not-the-payee
                                      stick-missing stick-signature unreadable
        stick.settle-until            foreign-office not-the-owner not-the-payee stick-missing
                                      stick-signature unreadable
        stick.signature               stick-signature unreadable
        stick.signed                  foreign-office not-the-owner not-the-payee stick-missing
                                      stick-signature unreadable
        stick.spend-until             foreign-office not-the-owner not-the-payee stick-missing
                                      stick-signature unreadable
        stick.tally                   unreadable
        stick.units                   foreign-office not-the-owner not-the-payee outside-stick
                                      stick-missing stick-signature unreadable
        stick.version                 unreadable
        window.answers                unreadable
        window.asset.code             foreign-office unreadable window-asset
        window.asset.scale            foreign-office unreadable window-asset
        window.ceiling                foreign-office unreadable window-signature
        window.class                  foreign-office unreadable window-signature
        window.epoch                  foreign-office unreadable window-signature
        window.first-counter          foreign-office window-signature
        window.guarantee              foreign-office unreadable window-signature
        window.kind                   unreadable
        window.largest                above-largest foreign-office unreadable window-signature
        window.not-after              foreign-office unreadable window-signature
        window.not-before             foreign-office unreadable window-signature
        window.payment                unreadable
        window.receiver               certificate foreign-office other-payer unreadable
                                      window-holder
        window.sender                 certificate foreign-office unreadable window-signature
        window.signature              unreadable window-signature
        window.signed                 foreign-office unreadable window-signature
        window.tally                  unreadable
        window.version                unreadable
        """
    )

    /// The handover that answers the request, by the same payee.
    ///
    /// `taken`: salts, what was before, and any place and total that are high enough.
    static let handover = table(
        """
        entry.hi                      other-entries unreadable
        entry.lo                      other-entries unreadable
        entry.parent                  other-entries unreadable
        entry.parent.handover         other-entries unreadable
        entry.parent.number           other-entries unreadable
        entry.release.answers         unreadable
        entry.release.kind            unreadable
        entry.release.payment         other-entries unreadable
        entry.release.receiver        other-entries unreadable
        entry.release.sender          other-entries unreadable
        entry.release.signature       other-entries unreadable
        entry.release.tally           unreadable
        entry.release.version         unreadable
        entry.releases                other-entries unreadable
        entry.stick                   other-entries unreadable
        handover.entries              other-entries unreadable
        handover.signature            handover-signature unreadable
        header.count                  unreadable
        header.counter                below-first-counter below-floor taken
        header.epoch                  other-epoch unreadable
        header.payee                  not-to-me unreadable
        header.payer                  other-payer unreadable
        header.payment                other-payment unreadable
        header.version                unreadable
        leaf.offer                    other-offer private-leaf
        leaf.offer.salt               taken unreadable
        leaf.payment                  private-leaf
        leaf.payment.salt             taken unreadable
        leaf.previous                 taken unreadable
        leaf.previous.hash            private-leaf taken
        leaf.previous.salt            taken unreadable
        leaf.total                    above-ceiling private-leaf taken total
        leaf.total.salt               taken unreadable
        leaf.window                   other-window private-leaf
        leaf.window.salt              taken unreadable
        """
    )

    private static func table(_ text: String) -> [String: Set<String>] {
        var (table, field) = ([String: Set<String>](), "")
        for line in text.split(separator: "\n") {
            var words = line.split(separator: " ").map(String.init)
            if !line.hasPrefix(" ") { field = words.removeFirst() }
            table[field, default: []].formUnion(words)
        }
        return table
    }
}
