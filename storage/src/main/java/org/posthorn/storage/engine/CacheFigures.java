package org.posthorn.storage.engine;

/// How full a cache is and how often it had what was asked for, since the start.
public record CacheFigures(String name, long usedBytes, long maxBytes, long hits, long misses) {}
