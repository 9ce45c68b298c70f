package import Command
package import Words

extension Day {
    /// A day that somebody typed.
    package static func typed(_ typed: String, _ scene: Scene) throws(Complaint) -> Day {
        if typed == "today" { return scene.now.day }
        // Two hundred years from the day on which days are counted from.
        let first = Moment(0)?.day
        if typed.count == 10, let first, let year = Int(typed.prefix(4)), year < 2_200 {
            let guess = UInt64(max(0, (year - 1_970) * 365))
            for days in guess..<guess + 430 {
                guard let day = first.advanced(by: days) else { break }
                if day.text == typed { return day }
            }
        }
        throw Complaint(
            .usage,
            "bad-day",
            "\(quoted(typed)) is no day",
            hint: "write it as 2026-11-28, or write today"
        )
    }
}
