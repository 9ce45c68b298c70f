extension Reason {
    package static let proofs: [Reason] = [
        Reason(
            "signature",
            "a signature in the proof is not the accused one's",
            "nobody is convicted by what somebody else wrote"
        ),
        Reason(
            "order",
            "its two papers stand the wrong way round",
            "a proof has one form; have it made again from the papers"
        ),
        Reason(
            "other-key",
            "its two papers are signed by different keys",
            "each of them may be honest; there is nothing to convict"
        ),
        Reason(
            "other-parent",
            "its two handovers pass on units of different parents",
            "a fork passes on the same units of the same parent twice"
        ),
        Reason(
            "no-overlap",
            "its two handovers have no unit in common",
            "paying two people with different units is what money is for"
        ),
        Reason(
            "released",
            "the first handover was released, so its units were free again",
            "the payer did right; look at who released them"
        ),
        Reason(
            "other-payment",
            "its papers are about different payments",
            "an abort contradicts only what was done with the payment it names"
        ),
        Reason(
            "office-decision",
            "its commit is signed by another key than its abort",
            "an office that decides for an ended epoch convicts nobody"
        ),
        Reason(
            "not-below",
            "its second handover does not use what the first one passed on",
            "the payee may have spent other money; there is nothing to convict"
        ),
        Reason(
            "other-place",
            "its two handovers stand at different places of their epoch",
            "a rollback notice of this kind needs one place with two contents"
        ),
        Reason(
            "same-content",
            "its two handovers are one and the same",
            "a repeat is no second handover"
        ),
        Reason(
            "is-fork",
            "it accuses of less than its papers show: they are a fork",
            "have the proof made again as a fork, which convicts"
        ),
        Reason(
            "closed-leaves",
            "its handovers do not show the totals that it speaks of",
            "the payee or the office can open them"
        ),
        Reason(
            "other-epoch",
            "its two handovers are of different epochs",
            "totals begin anew with each epoch; there is nothing to freeze"
        ),
        Reason(
            "fits",
            "its two handovers fit together",
            "nothing was rolled back"
        ),
    ]

    package static let papers: [Reason] = [
        Reason(
            "signature",
            "it is not signed by who it says it is from",
            "it was changed or made up; do not rely on any word of it"
        ),
        Reason(
            "leaves",
            "what it shows of the private part is not what was signed",
            "it was changed after it was signed; \(Reason.again)"
        ),
        Reason(
            "receipt: other-payee",
            "its commit is signed by somebody who was not paid",
            "a receipt is the payee's own word, or that of its office; \(Reason.again)"
        ),
        Reason(
            "receipt: other-payer",
            "its commit thanks somebody who did not pay",
            "the two papers in it belong to different payers; \(Reason.again)"
        ),
        Reason(
            "receipt: other-handover",
            "its commit names another handover",
            "the two papers in it do not belong together; \(Reason.again)"
        ),
        Reason(
            "receipt: other-payment",
            "its handover was made for another payment",
            "the two papers in it are of two payments; \(Reason.again)"
        ),
        Reason(
            "receipt: leaves",
            "its handover does not show the payment and offer it was for",
            "ask the payer to write it again with leaves 0 and 1 open"
        ),
        Reason(
            "receipt: amount",
            "its commit is for another amount than was handed over",
            "one of the two papers in it is false; show it to the office"
        ),
    ]

    package static let wire: [Reason] = [
        Reason(
            "truncated",
            "the file ends in the middle: a part of it is missing",
            "copy it again, whole"
        ),
        Reason(
            "trailing",
            "something follows after the paper's end",
            "copy it again, and nothing but it"
        ),
        Reason(
            "wrong-type",
            "another kind of item stands where the format has one",
            "it was damaged, or it is no paper of Tally; \(Reason.again)"
        ),
        Reason(
            "not-shortest",
            "a number in it is written longer than it has to be",
            "Tally has one form for each value; whatever wrote it must be mended"
        ),
        Reason(
            "indefinite",
            "a length in it is left open",
            "Tally writes lengths first; whatever wrote it must be mended"
        ),
        Reason(
            "wrong-length",
            "a key, hash or signature in it has another size than it must have",
            "it was damaged, or another version wrote it; \(Reason.again)"
        ),
        Reason(
            "wrong-count",
            "a list in it has another number of elements than it must have",
            "it was damaged, or put together by hand; \(Reason.again)"
        ),
        Reason(
            "over-cap",
            "a part of it is larger than any such part may be",
            "it is not made for a wallet to read; \(Reason.again)"
        ),
        Reason(
            "bad-text",
            "a text in it is not UTF-8, not the word of this place, or not to be shown",
            "texts that could make a screen lie are refused; \(Reason.again)"
        ),
        Reason(
            "out-of-range",
            "a number in it is one that this value cannot have",
            "it was damaged, or a newer version wrote it; try a newer Tally"
        ),
        Reason(
            "version",
            "it is of a version of the format that this program does not speak",
            "try a newer Tally; 'tally version' says which this is"
        ),
        Reason(
            "not-sorted",
            "a list in it is not in its one order, or has something twice",
            "whatever wrote it must be mended"
        ),
    ]

    package static let certificates: [Reason] = [
        Reason(
            "too-large",
            "the certificate is larger than any certificate of Tally",
            "it is for another purpose, or damaged; \(Reason.again)"
        ),
        Reason(
            "malformed",
            "it is no certificate of the one form that Tally has",
            "docs/PROTOCOL section 5 says what stands in one; \(Reason.again)"
        ),
        Reason(
            "not-ed25519",
            "its key or its signature is not Ed25519",
            "it is for another purpose: Tally knows Ed25519 alone"
        ),
        Reason(
            "wrong-issuer",
            "another key issued the certificate than this root or its office",
            "look at whose root you trust; an office between a root and a certificate goes"
                + " with --office"
        ),
        Reason(
            "bad-signature",
            "its issuer did not sign this certificate",
            "it was changed or made up; ask its holder's office"
        ),
        Reason(
            "missing",
            "the certificate lacks an extension that Tally needs",
            "it was made by another program; have one made by your office"
        ),
        Reason(
            "unusable",
            "the certificate is not fit for this use",
            "use one of the kind that is asked for"
        ),
    ]

    /// Those that the demo shows.
    static let envelopes: [Reason] = [
        Reason(
            "not-for-me",
            "the statement in it was signed for somebody else",
            "whoever got it sealed it anew to you: it is no message to you"
        )
    ]
}
