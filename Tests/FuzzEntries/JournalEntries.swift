internal import JournalTrials

/// Mutations of a small valid journal's files: it opens as it was, or names what is wrong.
package func fuzzJournal(_ bytes: [UInt8]) { fuzzJournalOpen(bytes) }
