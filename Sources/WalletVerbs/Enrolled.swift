internal import Command
internal import Homes
internal import Station
internal import Words

extension Complaint {
    /// Why what an office answered makes no wallet.
    init(_ fault: EnrolmentFault) {
        switch fault {
        case .bad(let why):
            self.init(
                .refused,
                "bad-enrolment",
                "what the office answered makes no wallet: \(why)",
                hint: "show this to the office; the keys stay where they are, and nothing was"
                    + " believed"
            )
        case .hardware:
            self.init(
                .refused,
                "hardware-class",
                "the office certifies these keys as hardware that nobody can copy, and they are in"
                    + " a file",
                hint: "ask it for an invitation of class software, or emulated for an eKey"
            )
        case .certificate(let fault): self.init(fault)
        case .paper(let fault): self.init(fault)
        }
    }
}

extension Enrolled {
    /// What is to be told when the two clocks are far apart: then nothing is in date here.
    func away(from now: Moment) -> String? {
        let (here, there) = (now.seconds, moment.seconds)
        guard max(here, there) - min(here, there) > Self.secondsApart else { return nil }
        return "this device's clock says \(now.text), the office's \(moment.text): set it right, or"
            + " payees will refuse what this wallet signs"
    }

    private static let secondsApart: UInt64 = 3_600
}
