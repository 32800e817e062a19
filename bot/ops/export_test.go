package ops

// RedactIn is [Redact] on an open ledger.
var RedactIn = eraseWords
