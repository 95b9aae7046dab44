package org.posthorn.imap.wire;

/// What a search looks for. `charsetKnown` is false when the client's strings are in a character
/// set that we do not have; then the key is not to be used.
public record SearchProgram(SearchKey key, boolean mentionsModSeq, boolean charsetKnown) {}
