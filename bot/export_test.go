package bot

// Lease is how long the claims of a worker that died keep others away.
const Lease = lease
