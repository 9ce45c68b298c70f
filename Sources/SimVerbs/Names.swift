internal import Command

/// A world reports too: in this room a report is what a verb comes to.
typealias Report = Command::Report
