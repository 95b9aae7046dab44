package org.posthorn.storage.engine;

/// Names one try to commit, chosen by the committer: whoever does not know whether its commit
/// happened compares it with [Head#last].
public record CommitId(long high, long low) {}
