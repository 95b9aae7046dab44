package org.posthorn.mailet;

/// The parameters of what has none.
public record NoParameters() {}
